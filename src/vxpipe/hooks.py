"""Webhooks: who is told of what, how a message is signed, and when it is sent again. Pure."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from vxpipe.values import frozen

# Seconds after each try that failed: ten tries within about 14 hours.
PAUSES = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 21_600)
LONGEST_URL = 2000
_PREFIX = "whsec_"
_GONE = 410
_WEB_PORTS = frozenset({80, 443})
_FIRST_FREE_PORT = 1024


class HookEvent(StrEnum):
    """What a receiver may be told of."""

    JOB_ENDED = "job.ended"
    JOB_STATUS = "job.status"
    ITEM_ENDED = "item.ended"


@frozen(kw_only=False)
class Hook:
    """Where to send what."""

    url: str
    events: tuple[HookEvent, ...] = (HookEvent.JOB_ENDED,)


class DeliveryState(StrEnum):
    """Where a message stands; the last two are final."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@frozen
class Delivery:
    """One message to one receiver. `due_at` is when it is tried next, `last_error` what became of the last try."""

    id: str
    job_id: str
    event: HookEvent
    url: str
    host: str
    body: str
    created_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    tries: int = 0
    due_at: datetime | None = None
    last_error: str | None = None


@frozen
class Due(Delivery):
    """A message whose time has come, and whose the job is that it tells of: "" where jobs are nobody's."""

    owner: str


@frozen
class Reply:
    """How a try went: the status of the answer, or in `error` why there was none."""

    status: int | None = None
    error: str | None = None
    retry_after: int | None = None

    @property
    def fault(self) -> str | None:
        """What was wrong, None for a message that was taken."""
        if self.error is not None or self.status is None:
            return self.error
        return None if 200 <= self.status < 300 else f"the receiver answered {self.status}"


def next_pause(tries: int, reply: Reply, *, chance: float) -> float | None:
    """Seconds until the next try after so many; None when there is none: used up, or the receiver is gone for good.

    What the receiver asks for in Retry-After is kept to, up to the longest pause; `chance` (0..1) adds up to a quarter.
    """
    if reply.status == _GONE or tries > len(PAUSES):
        return None
    return max(PAUSES[tries - 1] * (1 + chance / 4), min(reply.retry_after or 0, PAUSES[-1]))


def signatures(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The header webhook-signature: one signature for each secret (Standard Webhooks, symmetric, v1)."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    digests = (hmac.digest(secret, signed, hashlib.sha256) for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def secret_bytes(text: str) -> bytes:
    """The key behind `whsec_...`; raises ValueError."""
    if not text.startswith(_PREFIX):
        raise ValueError(f"a secret begins with {_PREFIX}")
    try:
        secret = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"what follows {_PREFIX} must be base64") from None
    if not 24 <= len(secret) <= 64:
        raise ValueError(f"a secret has 24 to 64 bytes, not {len(secret)}")
    return secret


def destination(url: str) -> tuple[str, int]:
    """Host and port of a receiver's address; raises ValueError with what is wrong with it."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it must be an absolute http or https address")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("it must hold no user, password or fragment; messages are signed")
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"it must be at most {LONGEST_URL} printable ASCII characters without spaces")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if port not in _WEB_PORTS and port < _FIRST_FREE_PORT:
        raise ValueError(f"the port must be 80, 443 or from {_FIRST_FREE_PORT}, not {port}")
    return parts.hostname, port

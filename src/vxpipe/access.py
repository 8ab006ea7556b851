"""Keys, what they may do, and who calls. Pure."""

import hashlib
import re
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum

from vxpipe.values import frozen

# The id finds the key, the secret (256 random bits) proves it; the prefix lets scanners of leaked secrets know it.
_SPELLING = re.compile(r"vxp_([0-9a-f]{12})_([0-9a-f]{64})")

SESSION_LIFETIME = timedelta(days=7)


class Scope(StrEnum):
    """What a key may be good for."""

    SUBMIT = "submit"  # send batches
    READ = "read"  # see jobs, their files, and how the service stands
    CONTROL = "control"  # cancel, retry and delete jobs
    ADMIN = "admin"  # all of it, and the jobs of every key


@frozen
class ApiKey:
    """A stored key. `digest` is the SHA-256 of its secret; the secret itself is not kept."""

    id: str
    name: str
    scopes: frozenset[Scope]
    digest: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def opens(self, now: datetime) -> bool:
        """Whether it may still be used."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@frozen(kw_only=False)
class Caller:
    """Who a request comes from: the id of a key, what it may do, and whether all jobs are its to see."""

    id: str
    scopes: frozenset[Scope]
    sees_all: bool

    def may(self, scope: Scope) -> bool:
        """Whether the key is good for this; `admin` is for everything."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def good_for(self) -> list[Scope]:
        """All that it may do, spelled out."""
        return [scope for scope in Scope if self.may(scope)]


@frozen
class Session:
    """What a browser's cookie stands for: a key, and until when."""

    key_id: str
    expires_at: datetime


# Whoever reaches a service that has no keys.
ANYBODY = Caller("anybody", frozenset({Scope.ADMIN}), sees_all=True)


def spelled(key_id: str, secret: str) -> str:
    """A key as it is shown, once."""
    return f"vxp_{key_id}_{secret}"


def split(given: str) -> tuple[str, str]:
    """The id and the secret of a stored key; ("", "") for what is none."""
    found = _SPELLING.fullmatch(given)
    return (found[1], found[2]) if found else ("", "")


def digest(secret: str) -> bytes:
    """What is stored of a secret: it is random enough that one round of SHA-256 keeps it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def plain_id(key: str) -> str:
    """The id of a key of API_KEY: the same for the same key, and it does not tell the key."""
    return f"env-{hashlib.sha256(b'vxpipe key id ' + key.encode('utf-8', 'surrogateescape')).hexdigest()[:12]}"

"""Brings webhooks to their receivers: what is due is sent, signed, and tried again for hours where it was not taken."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import aiohttp
import structlog

from vxpipe import hooks
from vxpipe.hooks import Delivery, DeliveryState, Due, Reply
from vxpipe.insist import insist
from vxpipe.ports import Clock, DeliveryStore
from vxpipe.receivers import NotAllowed, Receivers, pinned

log = structlog.get_logger()

_SECONDS = 20
_AT_A_TIME = 16
_OF_ONE_OWNER = 8
_LOOK_SECONDS = 1.0
_HEADER_BYTES = 8190


class Courier:
    """Sends one message at a time to each host, and of each owner's jobs half of what is sent at a time.

    So a slow receiver holds up no other, and who names many slow ones holds up nobody else.

    A message may come twice when the service is killed in between; its webhook-id is then the same. Without a secret
    nothing is sent: messages wait until there is one.
    """

    def __init__(
        self,
        store: DeliveryStore,
        receivers: Receivers,
        secrets: Sequence[bytes],
        *,
        authorities: ssl.SSLContext,
        agent: str,
        now: Clock,
        chance: Callable[[], float],
    ) -> None:
        self._store = store
        self._receivers = receivers
        self._secrets = secrets
        self._authorities = authorities
        self._agent = agent
        self._now = now
        self._chance = chance
        self._busy: dict[str, str] = {}
        self._freed = asyncio.Event()

    async def run(self) -> None:
        """Send what is due, for ever; a store that refuses is asked again. Ends at once where nothing can be signed."""
        if not self._secrets:
            return
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    begun = await self._begin(group)
                except Exception:  # whatever ails the database, the messages wait in it
                    log.exception("webhooks.stalled")
                    begun = 0
                if not begun:
                    await self._pause()

    async def _begin(self, group: asyncio.TaskGroup) -> int:
        """Begin to send what is due to hosts that nothing is being sent to; how many messages that is."""
        begun = 0
        for message in await self._due():
            if message.host not in self._busy and message.owner not in self._content():
                self._busy[message.host] = message.owner
                group.create_task(self._see_through(message), name=f"webhook {message.id}")
                begun += 1
        return begun

    async def _due(self) -> tuple[Due, ...]:
        room = _AT_A_TIME - len(self._busy)
        if not room:
            return ()
        return await self._store.due(self._now(), limit=room, not_to=self._busy, not_of=self._content())

    def _content(self) -> set[str]:
        """The owners who have as many messages under way as one may."""
        return {owner for owner, count in Counter(self._busy.values()).items() if count >= _OF_ONE_OWNER}

    async def _pause(self) -> None:
        self._freed.clear()
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._freed.wait()
        except TimeoutError:
            return

    async def _see_through(self, delivery: Delivery) -> None:
        """One try, and what became of it: until that is recorded nothing else goes to the host, or it came again."""
        try:
            tried = self._after(delivery, await self._tried(delivery))
            await insist("webhook.not_recorded", lambda: self._store.record(tried))
        finally:
            del self._busy[delivery.host]
            self._freed.set()

    async def _tried(self, delivery: Delivery) -> Reply:
        try:
            return await self._send(delivery)
        except Exception:  # may neither end the courier nor be met again at once
            log.exception("webhook.broken", job=delivery.job_id, id=delivery.id)
            return Reply(error="a defect in vxpipe; its log has the details")

    def _after(self, delivery: Delivery, reply: Reply) -> Delivery:
        """The message after a try, and a line about it in the story of its job."""
        tried = replace(delivery, tries=delivery.tries + 1, due_at=None, last_error=reply.fault)
        said = {"job": delivery.job_id, "type": delivery.event.value, "host": delivery.host, "id": delivery.id}
        if reply.fault is None:
            log.info("webhook.delivered", **said, tries=tried.tries)
            return replace(tried, state=DeliveryState.DELIVERED)
        pause = hooks.next_pause(tried.tries, reply, chance=self._chance())
        if pause is None:
            log.warning("webhook.given_up", **said, tries=tried.tries, reason=reply.fault)
            return replace(tried, state=DeliveryState.FAILED)
        log.warning("webhook.refused", **said, tries=tried.tries, reason=reply.fault, seconds=round(pause))
        return replace(tried, due_at=self._now() + timedelta(seconds=pause))

    async def _send(self, delivery: Delivery) -> Reply:
        body, now = delivery.body.encode(), int(self._now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": self._agent,
            "webhook-id": delivery.id,
            "webhook-timestamp": str(now),
            "webhook-signature": hooks.signatures(self._secrets, delivery.id, now, body),
        }
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._post(delivery.url, body, headers)
        except TimeoutError:
            return Reply(error=f"no answer within {_SECONDS} s")
        except NotAllowed as exc:
            return Reply(error=str(exc))
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            return Reply(error=f"the connection failed: {type(exc).__name__}")

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> Reply:
        """One request to an address judged just now; no redirect is followed, the body of the answer is not read."""
        addresses = await self._receivers.addresses(url)
        async with (
            aiohttp.ClientSession(
                connector=pinned(addresses, self._authorities),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                max_line_size=_HEADER_BYTES,
                max_field_size=_HEADER_BYTES,
            ) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            asked = answer.headers.get("Retry-After", "")
            wait = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else None
            return Reply(status=answer.status, retry_after=wait)

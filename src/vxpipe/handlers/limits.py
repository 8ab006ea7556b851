"""How often who may call: each key, each address that shows none; and how wrong keys are slowed."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from aiohttp import web

from vxpipe.errors import TooMany
from vxpipe.handlers import peers
from vxpipe.handlers.buckets import Buckets, Policy, Standing
from vxpipe.handlers.keys import LIMITS, STANDING

# A wrong key is answered at once until an address has shown so many, then after a pause; so many may wait at a time.
_GUESSES = Policy(name="guess", quota=30)
_PAUSE_SECONDS = 1.0
_MOST_PAUSED_OF_AN_ADDRESS = 4
_MOST_PAUSED = 200


class Limits:
    """Counts requests. A right key is never held up by what others at its address do."""

    def __init__(
        self,
        *,
        of_key: int,
        of_address: int,
        clock: Callable[[], float],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._of_key = Buckets(Policy(name="key", quota=of_key))
        self._of_address = Buckets(Policy(name="address", quota=of_address))
        self._guesses = Buckets(_GUESSES)
        self._paused: Counter[str] = Counter()
        self._clock = clock
        self._pause = pause

    def of_key(self, key_id: str) -> Standing | None:
        """One more request of a key; None where there is no limit."""
        return self._of_key.take(key_id, self._clock()) if self._of_key.policy.quota else None

    def of_address(self, address: str) -> Standing | None:
        """One more request without a right key; None where there is no limit."""
        return self._of_address.take(address, self._clock()) if self._of_address.policy.quota else None

    async def slow_down(self, address: str) -> None:
        """Hold up an address that shows wrong keys; raises TooMany when too many of its guesses wait already."""
        standing = self._guesses.take(address, self._clock())
        if not standing.retry_seconds:
            return
        if self._paused[address] >= _MOST_PAUSED_OF_AN_ADDRESS or self._paused.total() >= _MOST_PAUSED:
            raise TooMany("too many wrong keys from this address", retry_after=standing.retry_seconds)
        self._paused[address] += 1
        try:
            await self._pause(_PAUSE_SECONDS)
        finally:
            self._paused[address] -= 1
            self._paused += Counter()  # drops those at zero


def count_call(request: web.Request, key_id: str) -> None:
    """Count a request of a key; raises TooMany."""
    _note(request, request.app[LIMITS].of_key(key_id))


def count_visit(request: web.Request) -> None:
    """Count a request that shows no right key; raises TooMany."""
    _note(request, request.app[LIMITS].of_address(peers.address(request)))


async def slow_down(request: web.Request) -> None:
    """Count a request with a wrong key, and hold it up where its address sends many; raises TooMany."""
    count_visit(request)
    await request.app[LIMITS].slow_down(peers.address(request))


def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Tell the caller where it stands (draft-ietf-httpapi-ratelimit-headers)."""
    if STANDING in request:
        response.headers["RateLimit-Policy"] = str(request[STANDING].policy)
        response.headers["RateLimit"] = str(request[STANDING])


def _note(request: web.Request, standing: Standing | None) -> None:
    if standing is None:
        return
    request[STANDING] = standing
    if standing.retry_seconds:
        text = f"more than {standing.policy.quota} requests in {standing.policy.seconds} s"
        raise TooMany(text, retry_after=standing.retry_seconds)

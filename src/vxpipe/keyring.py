"""Who may come in: the keys of API_KEY, the stored ones, and the browsers that signed in with one of either."""

import asyncio
import hmac
from collections.abc import Callable, Mapping, Sequence

from vxpipe import access
from vxpipe.access import ApiKey, Caller, Scope, Session
from vxpipe.ports import Clock, Doorkeeper, KeyStore

_FRESH_SECONDS = 1.0
_NO_DIGEST = access.digest("")


class KeyRing(Doorkeeper):
    """Checks keys. What `vxpipe keys` changes in the store is noticed within a second.

    `plain` are the keys of API_KEY, which may do everything; one of several sees its own jobs only where keys are
    isolated. A ring that has once held a key stays locked until the
    next start, also when the last key is revoked.
    """

    def __init__(
        self,
        store: KeyStore,
        plain: Sequence[str],
        *,
        now: Clock,
        clock: Callable[[], float],
        new_secret: Callable[[], str],
    ) -> None:
        self._store = store
        alone = len(plain) == 1
        self._plain = [
            (access.digest(key), Caller(access.plain_id(key), frozenset(Scope), sees_all=alone)) for key in plain
        ]
        self._now = now
        self._clock = clock
        self._new_secret = new_secret
        self._stored: Mapping[str, ApiKey] = {}
        self._read_at: float | None = None
        self._reading = asyncio.Lock()
        self._locked = bool(plain)

    async def is_open(self) -> bool:
        """See Doorkeeper."""
        await self._read()
        return not self._locked

    async def caller(self, given: str) -> Caller | None:
        """See Doorkeeper. Every comparison is made whatever the ones before it said, an unknown id has one too."""
        await self._read()
        key_id, secret = access.split(given)
        stored = self._stored.get(key_id)
        fits = hmac.compare_digest(access.digest(secret), stored.digest if stored else _NO_DIGEST)
        mark = access.digest(given)
        plain = [caller for digest, caller in self._plain if hmac.compare_digest(mark, digest)]
        if stored and fits:
            return self._as_caller(stored)
        return plain[0] if plain else None

    async def sign_in(self, given: str) -> str | None:
        """See Doorkeeper."""
        caller = await self.caller(given)
        if caller is None:
            return None
        cookie = self._new_secret()
        session = Session(key_id=caller.id, expires_at=self._now() + access.SESSION_LIFETIME)
        await self._store.add_session(access.digest(cookie), session, now=self._now())
        return cookie

    async def sign_out(self, cookie: str) -> None:
        """See Doorkeeper. Who has no session costs no durable write: nobody is asked for a key here."""
        digest = access.digest(cookie)
        if cookie and await self._store.session(digest):
            await self._store.end_session(digest)

    async def guest(self, cookie: str) -> Caller | None:
        """See Doorkeeper."""
        session = await self._store.session(access.digest(cookie)) if cookie else None
        if session is None or session.expires_at <= self._now():
            return None
        await self._read()
        plain = next((caller for _, caller in self._plain if caller.id == session.key_id), None)
        stored = self._stored.get(session.key_id)
        return plain or (self._as_caller(stored) if stored else None)

    def _as_caller(self, key: ApiKey) -> Caller | None:
        if not key.opens(self._now()):
            return None
        return Caller(key.id, key.scopes, sees_all=Scope.ADMIN in key.scopes)

    async def _read(self) -> None:
        """Read the stored keys when those at hand are not fresh; who asks meanwhile waits for the same reading."""
        if self._is_fresh():
            return
        async with self._reading:
            if self._is_fresh():
                return
            self._stored = {key.id: key for key in await self._store.keys() if key.revoked_at is None}
            self._read_at = self._clock()
            self._locked = self._locked or bool(self._stored)

    def _is_fresh(self) -> bool:
        return self._read_at is not None and self._clock() - self._read_at < _FRESH_SECONDS

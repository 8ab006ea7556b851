"""The ring between the door and the store: how often it asks, and what it remembers."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from fakes import START
from vxpipe import access
from vxpipe.access import ApiKey, Scope, Session
from vxpipe.keyring import KeyRing
from vxpipe.ports import KeyStore

SECRET = "5" * 64
KEY = ApiKey(id="a" * 12, name="studio", scopes=frozenset({Scope.READ}), digest=access.digest(SECRET), created_at=START)
GIVEN = access.spelled(KEY.id, SECRET)


@dataclass
class CountedKeys(KeyStore):
    """Keys in memory, and how often they were read."""

    held: list[ApiKey] = field(default_factory=list)
    readings: int = 0
    ended: list[bytes] = field(default_factory=list)

    async def keys(self) -> tuple[ApiKey, ...]:
        self.readings += 1
        await asyncio.sleep(0)
        return tuple(self.held)

    async def session(self, digest: bytes) -> Session | None:
        return Session(key_id=KEY.id, expires_at=START) if digest == access.digest(SECRET) else None

    async def end_session(self, digest: bytes) -> None:
        self.ended.append(digest)


def ring(store: KeyStore, time: list[float], *plain: str) -> KeyRing:
    def now() -> datetime:
        return START

    return KeyRing(store, plain, now=now, clock=lambda: time[0], new_secret=lambda: SECRET)


async def test_only_a_session_that_there_is_is_ended() -> None:
    store = CountedKeys()
    door = ring(store, [0.0])

    for cookie in ("", "nobody's", SECRET):
        await door.sign_out(cookie)

    assert [access.digest(SECRET)] == store.ended


async def test_many_callers_at_once_are_one_reading() -> None:
    store = CountedKeys([KEY])
    door = ring(store, [0.0])

    callers = await asyncio.gather(*(door.caller(GIVEN) for _ in range(100)))

    assert {caller.id for caller in callers if caller} == {KEY.id}
    assert store.readings == 1


async def test_what_changes_in_the_store_is_noticed_after_a_second() -> None:
    store, time = CountedKeys([KEY]), [0.0]
    door = ring(store, time)
    before = await door.caller(GIVEN)

    store.held.clear()
    time[0] = 0.9
    soon = await door.caller(GIVEN)
    time[0] = 1.1
    later = await door.caller(GIVEN)

    assert before == soon != later is None


async def test_the_keys_of_the_environment_may_do_everything_and_are_told_apart() -> None:
    door = ring(CountedKeys(), [0.0], "one", "two")

    one, two, none = [await door.caller(given) for given in ("one", "two", "three")]

    assert one is not None
    assert two is not None
    assert none is None
    assert one.id != two.id
    assert all(one.may(scope) for scope in Scope)
    assert "one" not in one.id

"""The KeyStore's promises, on SQLite."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fakes import START
from vxpipe.access import ApiKey, Scope, Session
from vxpipe.errors import Conflict
from vxpipe.store.database import Database
from vxpipe.store.keys import SqlKeys
from vxpipe.store.migrations import upgrade

KEY = ApiKey(
    id="a" * 12, name="studio", scopes=frozenset({Scope.SUBMIT, Scope.READ}), digest=b"d" * 32, created_at=START
)
LATER = START + timedelta(hours=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlKeys]:
    upgrade(tmp_path / "x.db")
    database = Database(tmp_path / "x.db", told=lambda _: None)
    yield SqlKeys(database, most=5)
    await database.close()


async def test_a_key_comes_back_as_it_was_added(store: SqlKeys) -> None:
    ending = replace(KEY, id="b" * 12, expires_at=LATER, created_at=LATER)
    await store.add(ending)
    await store.add(KEY)

    assert await store.keys() == (KEY, ending)


async def test_a_key_is_revoked_once(store: SqlKeys) -> None:
    await store.add(KEY)

    first, again = await store.revoke(KEY.id, at=LATER), await store.revoke(KEY.id, at=LATER + timedelta(1))

    assert (first, again, await store.revoke("nobody", at=LATER)) == (True, False, False)
    assert await store.keys() == (replace(KEY, revoked_at=LATER),)


async def test_live_keys_are_bounded(store: SqlKeys) -> None:
    for number in range(5):
        await store.add(replace(KEY, id=f"{number:012x}"))

    with pytest.raises(Conflict, match="revoke some"):
        await store.add(KEY)
    await store.revoke(f"{0:012x}", at=LATER)
    await store.add(KEY)


async def test_a_session_is_found_by_its_cookie_until_its_key_is_revoked(store: SqlKeys) -> None:
    session = Session(key_id=KEY.id, expires_at=LATER)
    await store.add(KEY)
    await store.add_session(b"c" * 32, session, now=START)
    found = await store.session(b"c" * 32)

    await store.revoke(KEY.id, at=LATER)

    assert (found, await store.session(b"c" * 32), await store.session(b"x" * 32)) == (session, None, None)


async def test_a_key_has_twenty_sessions_at_most_and_the_oldest_give_way(store: SqlKeys) -> None:
    for number in range(25):
        session = Session(key_id=KEY.id, expires_at=LATER + timedelta(minutes=number))
        await store.add_session(bytes([number]) * 32, session, now=START)
    await store.add_session(b"o" * 32, Session(key_id="other", expires_at=LATER), now=START)

    left = [number for number in range(25) if await store.session(bytes([number]) * 32)]

    assert left == list(range(5, 25))
    assert await store.session(b"o" * 32)


async def test_sessions_that_are_over_go_with_the_next_one(store: SqlKeys) -> None:
    await store.add_session(b"c" * 32, Session(key_id=KEY.id, expires_at=LATER), now=START)

    await store.add_session(b"d" * 32, Session(key_id="other", expires_at=LATER + timedelta(1)), now=LATER)

    assert await store.session(b"c" * 32) is None


async def test_of_the_revoked_keys_the_newest_are_kept(store: SqlKeys) -> None:
    for number in range(7):
        await store.add(replace(KEY, id=f"{number:012x}"))
        await store.revoke(f"{number:012x}", at=LATER + timedelta(seconds=number))

    kept = {key.id for key in await store.keys()}

    assert kept == {f"{number:012x}" for number in range(2, 7)}

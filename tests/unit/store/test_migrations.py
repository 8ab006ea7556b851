"""The migrations make the tables that the code expects."""

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from fakes import SteppingClock, job
from vxpipe.model import ItemKey
from vxpipe.ports import Entry
from vxpipe.recipe import Recipe
from vxpipe.store.database import Database
from vxpipe.store.jobs import SqlStore
from vxpipe.store.migrations import upgrade
from vxpipe.store.schema import metadata


def test_a_migrated_database_is_the_one_the_code_expects(tmp_path: Path) -> None:
    upgrade(tmp_path / "x.db")
    upgrade(tmp_path / "x.db")

    engine = sa.create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()

    assert differences == []


async def test_what_an_older_version_left_unfinished_goes_on_in_the_new_schema(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    upgrade(path, to="0001")
    with closing(sqlite3.connect(path)) as old, old:
        old.execute("INSERT INTO jobs (id, status, recipe, created_at, updated_at) VALUES ('j', 'pending', '{}', 1, 1)")
        old.execute(
            "INSERT INTO items (job_id, 'index', platform, code, url, status, attempt, warnings)"
            " VALUES ('j', 0, 'fake', 'abc', 'https://fake.example/abc', 'waiting', 1, '[]')"
        )

    upgrade(path)

    database = Database(path, told=lambda _: None)
    store = SqlStore(database, now=SteppingClock())
    entries = await store.requeue_unfinished(max_attempts=5)
    item = await store.item(ItemKey("j", 0))
    await database.close()
    assert entries == (Entry.of(job("j", "abc").items[0], Recipe()),)
    assert item == job("j", "abc").items[0]

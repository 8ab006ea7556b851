"""A real SQLite store in a folder of the test."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fakes import SteppingClock
from vxpipe.model import Event
from vxpipe.store.database import Database
from vxpipe.store.jobs import SqlStore
from vxpipe.store.migrations import upgrade


@dataclass
class Opened:
    """A store, its database, and what it told."""

    store: SqlStore
    database: Database
    told: list[Event] = field(default_factory=list)


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    path = tmp_path / "vxpipe.db"
    upgrade(path)
    told: list[Event] = []
    database = Database(path, told=told.extend)
    yield Opened(SqlStore(database, now=SteppingClock()), database, told)
    await database.close()

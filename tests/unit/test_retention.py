"""What goes by itself, and what never does."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fakes import START, CountingIds, job
from vxpipe.model import Wanted
from vxpipe.retention import Retention
from vxpipe.store.artifacts import FolderArtifacts
from vxpipe.store.database import Database
from vxpipe.store.jobs import SqlStore
from vxpipe.store.migrations import upgrade


class SetClock:
    """Shows the day it is set to."""

    def __init__(self) -> None:
        self.day = 0.0

    def __call__(self) -> datetime:
        return START + timedelta(days=self.day)


@dataclass
class Kept:
    """Jobs with files on the disk."""

    folder: Path
    store: SqlStore
    artifacts: FolderArtifacts
    clock: SetClock
    new_id: Callable[[], str]

    async def job(self, *, ended_on: float | None) -> str:
        """A job with a file; one that runs if no day is given."""
        job_id = self.new_id()
        await self.store.create_job(job(job_id, "abc"), idempotency=None)
        if ended_on is not None:
            self.clock.day = ended_on
            await self.store.cancel_job(job_id)
        self.file_of(job_id)
        return job_id

    def file_of(self, job_id: str) -> Path:
        """A file in the folder of a job."""
        path = self.folder / job_id / "0-fake-abc" / "x.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        return path

    def retention(self, *, days: float, is_short: Callable[[], bool] = lambda: False) -> Retention:
        """What is tested."""
        return Retention(self.store, self.artifacts, days=days, is_short=is_short, now=self.clock)

    async def left(self) -> set[str]:
        """The jobs that are there, each in rows and in files."""
        rows = {found.id for found in (await self.store.jobs(Wanted(), limit=200, cursor=None)).jobs}
        assert rows == await self.artifacts.jobs()
        return rows


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    upgrade(tmp_path / "x.db")
    database, clock, new_id = Database(tmp_path / "x.db", told=lambda _: None), SetClock(), CountingIds()
    folder = tmp_path / "artifacts"
    artifacts = FolderArtifacts(folder, new_id=new_id)
    yield Kept(folder, SqlStore(database, now=clock), artifacts, clock, new_id)
    await database.close()


async def test_a_job_goes_when_its_days_are_over_and_one_that_runs_stays(kept: Kept) -> None:
    old, young = await kept.job(ended_on=0), await kept.job(ended_on=3)
    running = await kept.job(ended_on=None)
    kept.clock.day = 7.5

    gone = await kept.retention(days=7).sweep_jobs()

    assert gone == 1
    assert await kept.left() == {young, running}
    assert not (kept.folder / old).exists()


async def test_a_job_that_was_run_again_has_its_days_before_it(kept: Kept) -> None:
    job_id = await kept.job(ended_on=0)
    kept.clock.day = 8
    await kept.store.retry_job(job_id)

    assert await kept.retention(days=7).sweep_jobs() == 0
    assert await kept.left() == {job_id}


async def test_without_a_figure_everything_stays_however_short_the_disk(kept: Kept) -> None:
    job_id = await kept.job(ended_on=0)
    kept.clock.day = 10_000

    assert await kept.retention(days=0, is_short=lambda: True).sweep_jobs() == 0
    assert await kept.left() == {job_id}


async def test_a_short_disk_takes_the_oldest_until_it_has_room_but_nothing_of_today(kept: Kept) -> None:
    days = [await kept.job(ended_on=day) for day in (0, 1, 2, 2.5)]
    kept.clock.day = 3

    def two_are_too_many() -> bool:
        return (kept.folder / days[1]).exists()

    assert await kept.retention(days=30, is_short=two_are_too_many).sweep_jobs() == 2
    assert await kept.left() == set(days[2:])
    assert await kept.retention(days=30, is_short=lambda: True).sweep_jobs() == 1
    assert await kept.left() == {days[3]}


async def test_a_sweep_takes_a_bounded_number(kept: Kept) -> None:
    for _ in range(120):
        await kept.job(ended_on=0)
    kept.clock.day = 9
    retention = kept.retention(days=7)

    assert [await retention.sweep_jobs() for _ in range(3)] == [100, 20, 0]


async def test_files_of_a_job_that_was_deleted_while_the_service_was_killed_are_swept(kept: Kept) -> None:
    half_deleted, there = await kept.job(ended_on=0), await kept.job(ended_on=0)
    foreign = kept.folder / "notes"
    foreign.mkdir()
    await kept.store.delete_job(half_deleted)  # and no more: the service was killed

    assert await kept.retention(days=0).sweep_files() == 1
    assert await kept.left() == {there}
    assert foreign.is_dir()
    assert await kept.retention(days=0).sweep_files() == 0


async def test_files_of_another_database_are_not_swept(kept: Kept, tmp_path: Path) -> None:
    job_id = await kept.job(ended_on=0)
    await kept.retention(days=0).sweep_files()
    upgrade(tmp_path / "other.db")
    other = Database(tmp_path / "other.db", told=lambda _: None)

    swept = await Retention(
        SqlStore(other, now=kept.clock), kept.artifacts, days=1, is_short=lambda: True, now=kept.clock
    ).sweep_files()

    await other.close()
    assert swept == 0
    assert await kept.left() == {job_id}

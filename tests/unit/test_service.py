"""What a caller may ask, asked of the service itself: what HTTP cannot bring about at will."""

import asyncio
from pathlib import Path

import pytest

from fakes import CountingIds, FakeTargets, SteppingClock, lanes
from vxpipe.errors import Conflict
from vxpipe.model import Batch, Job, Wanted, Wish
from vxpipe.service import Service
from vxpipe.store.artifacts import FolderArtifacts
from vxpipe.store.database import Database
from vxpipe.store.jobs import SqlStore
from vxpipe.store.local_queue import LocalQueue
from vxpipe.store.migrations import upgrade

BATCH = Batch(wishes=(Wish(FakeTargets().target("fake", "abc")),))


class SlowStore(SqlStore):
    """Takes a job when it is told to go on."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, now=SteppingClock())
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def create_job(self, job: Job, *, idempotency: tuple[str, str] | None) -> str:
        self.asked.set()
        await self.go_on.wait()
        return await super().create_job(job, idempotency=idempotency)


async def test_of_two_requests_under_one_key_the_second_waits_for_the_first_but_not_for_ever(tmp_path: Path) -> None:
    upgrade(tmp_path / "x.db")
    database = Database(tmp_path / "x.db", told=lambda _: None)
    store, pace, new_id = SlowStore(database), lanes(), CountingIds()
    service = Service(
        store,
        LocalQueue(capacity=10, lanes=pace),
        pace,
        FolderArtifacts(tmp_path, new_id=new_id),
        interrupt=lambda _: None,
        now=SteppingClock(),
        new_id=new_id,
        key_seconds=0.05,
    )

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        first = group.create_task(service.submit(BATCH, idempotency=("k", "d")))
        await store.asked.wait()
        with pytest.raises(Conflict, match="still being answered"):
            await service.submit(BATCH, idempotency=("k", "d"))
        store.go_on.set()
    again = await service.submit(BATCH, idempotency=("k", "d"))

    stored = (await store.jobs(Wanted(), limit=5, cursor=None)).jobs
    await database.close()
    assert [job.id for job in stored] == [first.result()] == [again]

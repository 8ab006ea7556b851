"""The pool: every taken item ends in exactly one way, whoever ends it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from fakes import ScriptedWork, SteppingClock, job
from vxpipe.engine.pool import Pool
from vxpipe.errors import VxError
from vxpipe.model import Event, EventKind, Item, ItemKey, ItemStatus, JobStatus, Outcome
from vxpipe.ports import Entry, Report
from vxpipe.recipe import Recipe
from vxpipe.store.database import Database
from vxpipe.store.jobs import SqlStore
from vxpipe.store.local_queue import LocalQueue
from vxpipe.store.migrations import upgrade


class MoodyStore(SqlStore):
    """Refuses as often as it is told to, as a full disk would."""

    refusals: ClassVar[dict[str, int]] = {}

    def _refuse(self, what: str) -> None:
        if self.refusals.get(what, 0) > 0:
            self.refusals[what] -= 1
            raise OSError(f"{what} refused")

    async def start_item(self, entry: Entry) -> Item | None:
        self._refuse("start")
        return await super().start_item(entry)

    async def recipe(self, job_id: str) -> Recipe:
        self._refuse("recipe")
        return await super().recipe(job_id)

    async def note_progress(self, key: ItemKey, attempt: int, *, progress: int, stage: str) -> bool:
        self._refuse("progress")
        return await super().note_progress(key, attempt, progress=progress, stage=stage)

    async def conclude_item(self, key: ItemKey, attempt: int, outcome: Outcome) -> bool:
        self._refuse("conclude")
        return await super().conclude_item(key, attempt, outcome)


class Shop:
    """A pool over a real store and queue; the work is scripted."""

    def __init__(self, path: Path) -> None:
        upgrade(path)
        self.database = Database(path, told=self._told)
        self.store = MoodyStore(self.database, now=SteppingClock())
        self.store.refusals = {}
        self.queue = LocalQueue(capacity=100, lane_limits={})
        self.work = ScriptedWork()
        self.events: list[Event] = []
        self._changed = asyncio.Event()
        self.pool = Pool(
            self.queue,
            self.store,
            self.work,
            percent=lambda _stage, fraction: int(fraction * 100),
            tell=lambda event: self._told([event]),
            flush=self._flush,
            now=SteppingClock(),
            size=2,
            item_seconds=2,
            tick_seconds=0.01,
        )

    def _told(self, events: Any) -> None:
        self.events += events
        self._changed.set()

    async def _flush(self) -> None:
        return

    async def submit(self, *codes: str) -> None:
        new = job("j", *codes)
        await self.store.create_job(new, idempotency=None)
        self.queue.put(Entry(item.key, item.attempt, "fake") for item in new.items)

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not reached():
                self._changed.clear()
                await self._changed.wait()

    async def until_status(self, status: JobStatus) -> None:
        told = [EventKind.STATUS, status.value]
        await self.until(lambda: any([event.kind, event.data.get("status")] == told for event in self.events))

    async def items(self) -> list[Item]:
        found = await self.store.job("j")
        assert found is not None
        return list(found.items)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    made = Shop(tmp_path / "x.db")
    running = asyncio.get_running_loop().create_task(made.pool.run())
    yield made
    await made.pool.drain(0)
    await asyncio.wait_for(running, 5)
    await made.database.close()


async def forever(_item: Item, report: Report) -> None:
    report("fetch", 0.3)
    await asyncio.Event().wait()


async def test_items_are_run_and_the_job_completes(shop: Shop) -> None:
    await shop.submit("abc", "def", "ghi")

    await shop.until_status(JobStatus.COMPLETED)

    assert [item.status for item in await shop.items()] == [ItemStatus.SUCCESS] * 3
    assert sorted(shop.work.begun) == ["abc", "def", "ghi"]


async def test_a_known_failure_is_recorded_with_its_row_of_the_table(shop: Shop) -> None:
    async def fail(_item: Item, _report: Report) -> None:
        raise VxError("private", "the owner hid it")

    shop.work.scripts = {"bad": fail}
    await shop.submit("bad", "good")

    await shop.until_status(JobStatus.FAILED)

    bad, good = await shop.items()
    assert bad.error is not None
    assert (bad.error.code, bad.error.message, bad.error.retryable) == ("private", "the owner hid it", False)
    assert good.status is ItemStatus.SUCCESS


async def test_a_defect_fails_the_item_and_not_the_worker(shop: Shop) -> None:
    async def stumble(_item: Item, _report: Report) -> None:
        raise ZeroDivisionError("oops")

    shop.work.scripts = {"bad": stumble}
    await shop.submit("bad", "bad", "bad", "good")

    await shop.until_status(JobStatus.FAILED)

    items = await shop.items()
    assert [item.error.code for item in items if item.error] == ["internal"] * 3
    assert items[3].status is ItemStatus.SUCCESS


async def test_an_item_that_takes_too_long_is_ended(shop: Shop) -> None:
    shop.work.scripts = {"slow": forever}
    await shop.submit("slow")

    await shop.until_status(JobStatus.FAILED)

    (item,) = await shop.items()
    assert item.error is not None
    assert item.error.code == "timed_out"


async def test_an_interrupted_item_is_cancelled(shop: Shop) -> None:
    shop.work.scripts = {"slow": forever}
    await shop.submit("slow", "slow", "slow")
    await shop.until(lambda: len(shop.work.begun) == 2)

    running = await shop.store.cancel_job("j")
    shop.pool.interrupt(running)
    await shop.until_status(JobStatus.CANCELLED)

    assert [item.status for item in await shop.items()] == [ItemStatus.CANCELLED] * 3
    assert len(shop.work.begun) == 2


async def test_draining_leaves_unfinished_items_for_the_next_start(shop: Shop) -> None:
    shop.work.scripts = {"slow": forever}
    await shop.submit("slow", "slow", "abc")
    await shop.until(lambda: len(shop.work.begun) == 2)

    await shop.pool.drain(0)

    again = await shop.store.requeue_unfinished(max_attempts=5)
    assert [(entry.key, entry.attempt) for entry in again] == [
        (ItemKey("j", 0), 1),
        (ItemKey("j", 1), 1),
        (ItemKey("j", 2), 1),
    ]


async def test_draining_lets_running_items_finish_in_time(shop: Shop) -> None:
    go = asyncio.Event()

    async def wait(_item: Item, report: Report) -> None:
        report("fetch", 0.3)
        await go.wait()

    shop.work.scripts = {"slow": wait}
    await shop.submit("slow")
    await shop.until(lambda: len(shop.work.begun) == 1)

    async with asyncio.TaskGroup() as group:
        group.create_task(shop.pool.drain(5))
        go.set()

    assert [item.status for item in await shop.items()] == [ItemStatus.SUCCESS]


@pytest.mark.parametrize("what", ["start", "recipe", "progress", "conclude"])
async def test_a_store_that_refuses_for_a_while_costs_no_item_and_no_worker(shop: Shop, what: str) -> None:
    async def climb(_item: Item, report: Report) -> None:
        report("analyse", 0.5)
        await asyncio.sleep(0.05)

    shop.work.scripts = {"abc": climb}
    shop.store.refusals = {what: 1}
    await shop.submit("abc", "def")

    await shop.until_status(JobStatus.COMPLETED)

    assert [item.status for item in await shop.items()] == [ItemStatus.SUCCESS] * 2


async def test_the_work_on_an_item_that_was_taken_over_is_ended(shop: Shop) -> None:
    go, ended = asyncio.Event(), asyncio.Event()

    async def work(_item: Item, report: Report) -> None:
        report("fetch", 0.3)
        await go.wait()
        report("fetch", 0.6)
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    shop.work.scripts = {"slow": work}
    await shop.submit("slow")
    await shop.until(lambda: len(shop.work.begun) == 1)

    await shop.store.requeue_unfinished(max_attempts=5)
    go.set()

    await asyncio.wait_for(ended.wait(), 5)
    (item,) = await shop.items()
    assert (item.attempt, item.status) == (2, ItemStatus.WAITING)


async def test_progress_moves_while_an_item_works_and_is_stored(shop: Shop) -> None:
    async def climb(_item: Item, report: Report) -> Outcome:
        for step in (0.1, 0.4, 0.2, 0.9):
            report("analyse", step)
            await asyncio.sleep(0.03)
        return Outcome(status=ItemStatus.SUCCESS, frames=1)

    shop.work.scripts = {"abc": climb}
    await shop.submit("abc")
    await shop.until_status(JobStatus.COMPLETED)

    figures = [event.data["progress"] for event in shop.events if event.kind == "progress"]
    assert figures == sorted(figures)
    assert set(figures) == {10, 40, 90}

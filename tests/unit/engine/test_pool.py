"""The pool: every taken item ends in exactly one way, whoever ends it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from structlog.testing import capture_logs

from fakes import OneStage, ScriptedWork, SteppingClock, job, lanes
from vxpipe.engine.attempt import Attempts
from vxpipe.engine.fetch.lanes import Pace
from vxpipe.engine.pool import Pool
from vxpipe.engine.retries import Patience
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

    async def recipe(self, key: ItemKey) -> Recipe | None:
        self._refuse("recipe")
        return await super().recipe(key)

    async def note_progress(
        self, key: ItemKey, attempt: int, *, progress: int, stage: str, eta: int | None = None
    ) -> bool:
        self._refuse("progress")
        return await super().note_progress(key, attempt, progress=progress, stage=stage, eta=eta)

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
        self.lanes = lanes(fake=Pace(site="fake", concurrency=2), single=Pace(site="single", concurrency=1))
        self.queue = LocalQueue(capacity=100, lanes=self.lanes)
        self.work = ScriptedWork()
        self.events: list[Event] = []
        self._changed = asyncio.Event()
        self.has_room = asyncio.Event()
        self.has_room.set()
        attempts = Attempts(
            ledger=self.store,
            process=self.work,
            costs=OneStage(),
            tell=lambda event: self._told([event]),
            now=SteppingClock(),
            item_seconds=2,
            tick_seconds=0.01,
        )
        self.pool = Pool(
            self.queue,
            self.store,
            self.lanes,
            attempts,
            patience=Patience(tries=3, first_seconds=0.02),
            flush=self._flush,
            now=SteppingClock(),
            chance=lambda: 0.5,
            size=2,
            room=self._room,
        )

    def _told(self, events: Any) -> None:
        self.events += events
        self._changed.set()

    async def _flush(self) -> None:
        return

    async def _room(self) -> None:
        await self.has_room.wait()

    async def submit(self, *codes: str, lane: str = "fake") -> None:
        new = job("j", *codes)
        await self.store.create_job(new, idempotency=None)
        self.queue.put(Entry(item.key, item.attempt, lane) for item in new.items)

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
        (ItemKey("j", 0), 2),
        (ItemKey("j", 1), 2),
        (ItemKey("j", 2), 1),  # it never began
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
        report("analyse", 0.3)
        await go.wait()
        report("analyse", 0.6)
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
    def figures() -> list[int]:
        return [event.data["progress"] for event in shop.events if event.kind == "progress"]

    async def climb(_item: Item, report: Report) -> Outcome:
        for step, figure in ((0.1, 9), (0.4, 39), (0.2, 39), (0.9, 89)):
            report("analyse", step)
            await shop.until(lambda figure=figure: figures()[-1:] == [figure])
        return Outcome(status=ItemStatus.SUCCESS, frames=1)

    shop.work.scripts = {"abc": climb}
    await shop.submit("abc")
    await shop.until_status(JobStatus.COMPLETED)

    assert figures() == sorted(figures())
    assert set(figures()) == {9, 39, 89}


def failing(code: str, *, times: int, **facts: Any) -> Callable[[Item, Report], Any]:
    """A download that fails so often and then succeeds."""
    left = [times]

    async def fail(_item: Item, _report: Report) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise VxError(code, "it broke", **facts)

    return fail


class Gate:
    """Something that many wait for, and how many have come."""

    def __init__(self) -> None:
        self.come: list[str] = []
        self.open = asyncio.Event()

    async def __call__(self, item: Item, report: Report) -> None:
        report("analyse", 0.5)
        self.come.append(item.target.code)
        await self.open.wait()


async def test_a_failure_is_told_with_the_hint_of_the_table_or_with_its_own(shop: Shop) -> None:
    shop.work.scripts = {"abc": failing("private", times=1), "def": failing("private", times=1, hint="Ask them.")}
    await shop.submit("abc", "def")
    await shop.until_status(JobStatus.FAILED)

    hints = [item.error.hint for item in await shop.items() if item.error]
    assert hints == ["The owner made this video private.", "Ask them."]


async def test_a_failure_that_may_pass_is_tried_again_and_the_log_says_so(shop: Shop) -> None:
    shop.work.scripts = {"abc": failing("network", times=2)}
    with capture_logs() as logs:
        await shop.submit("abc")
        await shop.until_status(JobStatus.COMPLETED)

    (item,) = await shop.items()
    again = [line for line in logs if line["event"] == "item.postponed"]
    assert (item.attempt, item.tries, item.error) == (3, 2, None)
    assert [(line["next"], line["of"], line["code"], line["reason"]) for line in again] == [
        (2, 3, "network", "it broke"),
        (3, 3, "network", "it broke"),
    ]
    assert "item.failed" not in {line["event"] for line in logs}
    waits = [event.data for event in shop.events if event.kind == "item" and event.data["retryAt"]]
    assert [(told["status"], told["lastFailure"]["code"]) for told in waits] == [("waiting", "network")] * 2


async def test_after_the_last_try_the_real_cause_and_the_number_of_tries_are_named(shop: Shop) -> None:
    shop.work.scripts = {"abc": failing("upstream", times=9)}

    with capture_logs() as logs:
        await shop.submit("abc")
        await shop.until_status(JobStatus.FAILED)

    (said,) = [line for line in logs if line["event"] == "item.failed"]
    assert (said["code"], said["reason"]) == ("upstream", "it broke (tried 3 times)")

    (item,) = await shop.items()
    assert item.error is not None
    assert (item.error.code, item.error.message) == ("upstream", "it broke (tried 3 times)")
    assert (item.attempt, item.tries, len(shop.work.begun)) == (3, 3, 3)


@pytest.mark.parametrize(("code", "tries"), [("private", 1), ("crashed", 2), ("forbidden", 2), ("media_gone", 3)])
async def test_each_failure_is_tried_as_often_as_the_table_says(shop: Shop, code: str, tries: int) -> None:
    shop.work.scripts = {"abc": failing(code, times=9)}
    await shop.submit("abc")

    await shop.until_status(JobStatus.FAILED)

    assert len(shop.work.begun) == tries


async def test_an_item_that_waits_for_its_next_try_is_cancelled_at_once(shop: Shop) -> None:
    shop.work.scripts = {"abc": failing("upstream", times=9, retry_after=3000)}
    await shop.submit("abc")
    await shop.until(lambda: any(event.data.get("retryAt") for event in shop.events))

    running = await shop.store.cancel_job("j")
    await shop.until_status(JobStatus.CANCELLED)

    assert running == ()
    assert [item.status for item in await shop.items()] == [ItemStatus.CANCELLED]


async def test_the_next_download_of_a_full_lane_runs_while_the_last_one_is_processed(shop: Shop) -> None:
    gate = Gate()
    shop.work.processing = {"abc": gate}
    await shop.submit("abc", "def", "ghi", lane="single")

    # The others go all the way while the first is still being processed.
    await shop.until(lambda: _ended(shop) == [1, 2])
    before = list(gate.come)
    gate.open.set()
    await shop.until_status(JobStatus.COMPLETED)

    assert before == ["abc"]


async def test_no_more_videos_wait_on_the_disk_than_there_are_workers(shop: Shop) -> None:
    gate, codes = Gate(), ("abc", "bcd", "cde", "def", "efg", "fgh")
    shop.work.processing = dict.fromkeys(codes, gate)
    await shop.submit(*codes)

    await shop.until(lambda: len(shop.work.begun) == 4)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await shop.until(lambda: len(shop.work.begun) > 4)
    begun = list(shop.work.begun)
    gate.open.set()
    await shop.until_status(JobStatus.COMPLETED)

    # Who was handed out together may begin in any order.
    assert (sorted(begun), len(gate.come)) == (["abc", "bcd", "cde", "def"], 6)
    assert set(gate.come[:2]) <= set(begun)
    assert sorted(shop.work.begun) == sorted(codes)


async def test_an_item_between_its_download_and_its_turn_is_cancelled(shop: Shop) -> None:
    gate = Gate()
    shop.work.processing = dict.fromkeys(("abc", "bcd", "cde"), gate)
    await shop.submit("abc", "bcd", "cde")
    await shop.until(lambda: len(shop.work.begun) == 3)

    shop.pool.interrupt(await shop.store.cancel_job("j") or ())
    await shop.until_status(JobStatus.CANCELLED)

    assert [item.status for item in await shop.items()] == [ItemStatus.CANCELLED] * 3
    assert len(gate.come) == 2


async def test_an_item_between_its_download_and_its_turn_is_let_go_of_at_the_end(shop: Shop) -> None:
    gate = Gate()
    shop.work.processing = dict.fromkeys(("abc", "bcd", "cde"), gate)
    await shop.submit("abc", "bcd", "cde")
    await shop.until(lambda: len(shop.work.begun) == 3)

    await asyncio.wait_for(shop.pool.drain(0), 5)

    again = await shop.store.requeue_unfinished(max_attempts=5)
    assert [(entry.key.index, entry.attempt) for entry in again] == [(0, 2), (1, 2), (2, 2)]


async def test_videos_of_a_platform_that_limits_us_wait_and_cost_no_try(shop: Shop) -> None:
    shop.work.scripts = {"abc": failing("rate_limited", times=1, retry_after=1)}
    with capture_logs() as logs:
        await shop.submit("abc", "def", "ghi", lane="single")
        await shop.until_status(JobStatus.COMPLETED)

    said = [line["event"] for line in logs if line["event"].startswith("platform.")]
    assert said == ["platform.paused", "platform.resumed"]
    # The second is the probe: nobody asks while the platform is left alone.
    assert shop.work.begun[:2] == ["abc", "def"]
    assert [item.tries for item in await shop.items()] == [1, 0, 0]
    events = [line["event"] for line in logs]
    assert events.index("platform.paused") < [n for n, name in enumerate(events) if name == "item.started"][1]


async def test_the_first_media_of_the_probe_lets_the_others_go_on(shop: Shop) -> None:
    gate = asyncio.Event()

    async def slow(_item: Item, report: Report) -> None:
        report("fetch", 0.1, bytes=1000)
        await gate.wait()

    # Two are out at once: the third is the probe.
    limited = [failing("rate_limited", times=1, retry_after=1) for _ in range(2)]
    shop.work.scripts = {"abc": limited[0], "bcd": limited[1], "def": slow}
    with capture_logs() as logs:
        await shop.submit("abc", "bcd", "def", "efg")
        await shop.until(lambda: _ended(shop) == [0, 1, 3])
        gate.set()
        await shop.until_status(JobStatus.COMPLETED)

    said = [line["event"] for line in logs if line["event"].startswith("platform.")]
    assert said == ["platform.paused", "platform.resumed"]
    assert shop.work.begun[2] == "def"


def _ended(shop: Shop) -> list[int]:
    return sorted(event.data["index"] for event in shop.events if event.data.get("status") == "success")


# Waiting for the disk


async def test_downloads_wait_for_room_and_begin_when_there_is_some(shop: Shop) -> None:
    shop.has_room.clear()
    await shop.submit("abc", "def", "ghi")
    await asyncio.sleep(0.05)
    begun = list(shop.work.begun)

    shop.has_room.set()

    await shop.until_status(JobStatus.COMPLETED)
    assert (begun, sorted(shop.work.begun)) == ([], ["abc", "def", "ghi"])


async def test_an_item_that_waits_for_room_can_be_cancelled_and_is_not_begun(shop: Shop) -> None:
    shop.has_room.clear()
    await shop.submit("abc")
    await asyncio.sleep(0.05)

    assert await shop.store.cancel_job("j") == ()
    shop.has_room.set()

    await shop.until_status(JobStatus.CANCELLED)
    await asyncio.sleep(0.05)
    assert shop.work.begun == []


async def test_draining_does_not_wait_for_room(shop: Shop) -> None:
    shop.has_room.clear()
    await shop.submit("abc")
    await asyncio.sleep(0.05)

    async with asyncio.timeout(5):
        await shop.pool.drain(60)

    (item,) = await shop.items()
    assert (item.status, item.attempt) == (ItemStatus.WAITING, 1)

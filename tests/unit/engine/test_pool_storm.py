"""The pool under random failures, cancels and restarts: every item still ends once, and no bound is passed."""

import asyncio
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fakes import FakeTargets, OneStage
from vxpipe import clock
from vxpipe.engine.attempt import Attempts
from vxpipe.engine.fetch.lanes import Pace, PlatformLanes
from vxpipe.engine.pool import Pool
from vxpipe.engine.retries import Patience
from vxpipe.errors import RequestError, VxError
from vxpipe.model import Batch, Item, ItemStatus, Job, Outcome, Wanted, Wish
from vxpipe.ports import Entry, Report, Turn
from vxpipe.recipe import Recipe
from vxpipe.service import Service
from vxpipe.store.artifacts import FolderArtifacts
from vxpipe.store.database import Database
from vxpipe.store.jobs import SqlStore
from vxpipe.store.local_queue import LocalQueue
from vxpipe.store.migrations import upgrade

CODES = ("network", "private", "rate_limited", "crashed", "upstream", "forbidden")
ENDED = {"success", "failed", "cancelled"}


class Work:
    """Downloads and processing that take a moment and often fail; counts what is under way, and the most there was.

    Most of what was downloaded is `kept`, and not downloaded again.
    """

    def __init__(self, chance: random.Random, kept: set[str] | None) -> None:
        self._chance = chance
        self.kept = kept
        self.now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def __call__(self, item: Item, recipe: Recipe, report: Report, turn: Turn) -> Outcome:
        self._count("items", 1)
        try:
            await self._fetch(item, report)
            async with turn():
                await self._step("media", report, failing=0.1)
        finally:
            self._count("items", -1)
        return Outcome(status=ItemStatus.SUCCESS, frames=1)

    async def _fetch(self, item: Item, report: Report) -> None:
        content = Entry.of(item, Recipe()).content
        assert content is not None
        if self.kept is None:
            await self._step("fetch", report, failing=0.3)
        elif content not in self.kept:
            self._count(content, 1)
            try:
                await self._step("fetch", report, failing=0.3)
            finally:
                self._count(content, -1)
            if self._chance.random() < 0.5:
                self.kept.add(content)

    async def _step(self, step: str, report: Report, *, failing: float) -> None:
        self._count(step, 1)
        try:
            report(step, self._chance.random())
            await asyncio.sleep(self._chance.random() * 0.03)
            if self._chance.random() < failing:
                raise VxError(self._chance.choice(CODES) if step == "fetch" else "storage", "it broke")
        finally:
            self._count(step, -1)

    def _count(self, what: str, step: int) -> None:
        self.now[what] += step
        self.most[what] = max(self.most[what], self.now[what])


async def live(path: Path, chance: random.Random, work: Work, *, jobs: int, until_done: bool) -> None:
    """One life of a service: it takes up what was left, takes new jobs, cancels some, and is stopped hard."""
    database = Database(path, told=lambda _: None)
    store = SqlStore(database, now=clock.now)
    fake = Pace(site="fake", concurrency=2)
    lanes = PlatformLanes({"fake": fake}, clock=time.monotonic, chance=chance.random, cooldown_seconds=0.01)
    kept = work.kept.__contains__ if work.kept is not None else None
    queue = LocalQueue(capacity=1000, lanes=lanes, kept=kept)
    attempts = Attempts(
        ledger=store,
        process=work,
        costs=OneStage(),
        tell=lambda _: None,
        now=clock.now,
        item_seconds=10,
        tick_seconds=0.01,
    )
    patience = Patience(tries=3, first_seconds=0.01)
    pool = Pool(
        queue, store, lanes, attempts, patience=patience, flush=_flush, now=clock.now, chance=chance.random, size=3
    )
    artifacts = FolderArtifacts(path.with_name("artifacts"), new_id=clock.new_id)
    service = Service(store, queue, lanes, artifacts, interrupt=pool.interrupt, now=clock.now, new_id=clock.new_id)
    await service.recover(await service.unfinished(), max_attempts=50)
    running = asyncio.get_running_loop().create_task(pool.run())
    await use(service, chance, jobs)
    while until_done and await service.unfinished():
        await asyncio.sleep(0.05)
    await pool.drain(0)
    await running
    await database.close()


async def _flush() -> None:
    await asyncio.sleep(0)


async def use(service: Service, chance: random.Random, jobs: int) -> None:
    ids: list[str] = []
    for _ in range(jobs):
        codes = chance.choices("abcdefgh", weights=range(8), k=chance.randint(1, 6))
        wishes = tuple(Wish(FakeTargets().target("fake", code)) for code in codes)
        ids.append(await service.submit(Batch(wishes=wishes, priority=chance.randint(-1, 1))))
        await asyncio.sleep(chance.random() * 0.1)
        if chance.random() < 0.3:
            try:
                await service.cancel(chance.choice(ids))
            except RequestError:
                continue


async def audit(store: SqlStore, job: Job) -> None:
    """Every item ended once, its story has no gap, its tries are what its end says, and what was cancelled after some
    that failed says why they did.
    """
    story = await store.events(job.id, after=0, limit=10_000)
    ends: list[Any] = [each.data["index"] for each in story if each.kind == "item" and each.data["status"] in ENDED]
    assert job.status.is_final
    assert [each.seq for each in story] == list(range(1, len(story) + 1))
    assert sorted(ends) == list(range(len(job.items)))
    for item in job.items:
        assert item.tries <= 3
        assert item.retry_at is None
        if item.status is not ItemStatus.CANCELLED:
            assert item.last_failure is None
        elif item.tries:
            assert item.last_failure is not None
        if item.error:
            assert (f"(tried {item.tries} times)" in item.error.message) == (item.tries > 1)


@pytest.mark.parametrize("kept", [None, set()], ids=["forgetful", "sparing"])
@pytest.mark.parametrize("seed", [1, 2])
async def test_in_a_storm_every_item_ends_once_and_no_bound_is_passed(
    tmp_path: Path, seed: int, kept: set[str] | None
) -> None:
    chance = random.Random(seed)
    work, path = Work(chance, None if kept is None else set()), tmp_path / "x.db"
    upgrade(path)

    async with asyncio.timeout(120):
        for last in (False, False, True):
            await live(path, chance, work, jobs=4, until_done=last)

    database = Database(path, told=lambda _: None)
    store = SqlStore(database, now=clock.now)
    for job in (await store.jobs(Wanted(), limit=100, cursor=None)).jobs:
        await audit(store, job)
    await database.close()
    assert work.now.total() == 0
    most = [count for what, count in work.most.items() if what.startswith("fake ")]
    assert most == [1] * len(most)  # of the same content
    assert bool(most) == (kept is not None)
    assert (work.most["fetch"] <= 2, work.most["media"] <= 3, work.most["items"] <= 6) == (True, True, True)

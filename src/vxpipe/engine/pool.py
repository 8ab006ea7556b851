"""The pool: takes items from the queue, lets them download and then be processed, and records how each ended.

An item is one task from its start to its end. While it downloads it holds a place of its lane; then it waits for one
of the pool's turns and is processed. A worker goes on to the next item when its last one has got its turn, so that
besides those being processed no more items than workers lie on the disk.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import field, replace
from datetime import timedelta

import structlog

from vxpipe.engine.attempt import Attempts
from vxpipe.engine.retries import Patience
from vxpipe.insist import insist
from vxpipe.model import Failure, Item, ItemKey, ItemStatus, Outcome, instant
from vxpipe.ports import Clock, Entry, Lanes, LaneState, Ledger, Step, WorkQueue
from vxpipe.unbroken import unbroken
from vxpipe.values import frozen

log = structlog.get_logger()

_CANCELLED = Outcome(status=ItemStatus.CANCELLED)


@frozen(kw_only=False)
class _Way:
    """How far an item has come: its download is over; it has got its turn. Both are true of one that has ended."""

    entry: Entry
    fetched: asyncio.Event = field(default_factory=asyncio.Event)
    in_turn: asyncio.Event = field(default_factory=asyncio.Event)


class Pool:
    """`size` downloads and `size` items being processed at a time, all from one queue.

    `room` is awaited before each download: it returns when the disk has room for one. `processing` counts the items
    that have their turn.
    """

    def __init__(
        self,
        queue: WorkQueue,
        ledger: Ledger,
        lanes: Lanes,
        attempts: Attempts,
        *,
        patience: Patience,
        flush: Callable[[], Awaitable[None]],
        now: Clock,
        chance: Callable[[], float],
        size: int,
        room: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.processing = 0
        self._queue = queue
        self._ledger = ledger
        self._lanes = lanes
        self._attempts = attempts
        self._patience = patience
        self._flush = flush
        self._now = now
        self._chance = chance
        self._size = size
        self._room = room
        self._turns = asyncio.Semaphore(size)
        self._running: dict[ItemKey, asyncio.Task[tuple[Item, Outcome] | None]] = {}
        self._items: set[asyncio.Task[None]] = set()
        self._idle: set[asyncio.Task[None]] = set()
        self._draining = False

    async def run(self) -> None:
        """Work until drained."""
        # One worker is enough for items without a download: all it does is to wait for their turn.
        steps = [Step.FETCH] * self._size + [Step.MEDIA]
        async with asyncio.TaskGroup() as group:
            for number, step in enumerate(steps):
                group.create_task(self._work(step, group), name=f"{step}-{number}")

    def interrupt(self, keys: Iterable[ItemKey]) -> None:
        """End the work on these items; they are recorded as cancelled once their children are gone."""
        for key in keys:
            task = self._running.get(key)
            if task and not task.cancelling():
                task.cancel()

    async def drain(self, seconds: float) -> None:
        """Stop taking items; let running ones finish for so long, then end them: the next start begins them again."""
        self._draining = True
        for worker in self._idle:
            worker.cancel()
        if not self._items:
            return
        _, late = await asyncio.wait(self._items, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    @property
    def busy(self) -> int:
        """How many items are being downloaded or worked on."""
        return len(self._items)

    async def _work(self, step: Step, group: asyncio.TaskGroup) -> None:
        me = asyncio.current_task()
        assert me is not None
        while not self._draining:
            self._idle.add(me)
            async with self._queue.take(step) as entry:
                if self._room and step is Step.FETCH:
                    with _about(entry):
                        await self._room()
                self._idle.discard(me)
                way = self._set_out(entry, group)
                await way.fetched.wait()
            await way.in_turn.wait()

    def _set_out(self, entry: Entry, group: asyncio.TaskGroup) -> _Way:
        way = _Way(entry)
        task = group.create_task(self._accompany(way), name=f"item-{entry.key.index}")
        self._items.add(task)
        task.add_done_callback(self._items.discard)
        return way

    async def _accompany(self, way: _Way) -> None:
        """See an item to its end. Cancelled from outside (a stopping service), it lets go of the item."""
        entry = way.entry
        try:
            with _about(entry):
                await self._record(way, *await self._attempted(way))
        except asyncio.CancelledError:
            await unbroken(self._ledger.release_item(entry.key, entry.attempt))
            raise
        finally:
            way.fetched.set()
            way.in_turn.set()

    async def _attempted(self, way: _Way) -> tuple[Item | None, Outcome | None]:
        """The item and how the attempt ended; no outcome when there is nothing to record."""
        entry = way.entry
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self._attempts.make(entry, lambda: self._turn(way), lambda: self._flows(entry)))
            self._running[entry.key] = task
            task.add_done_callback(lambda _: self._running.pop(entry.key, None))
        if task.cancelled():
            log.warning("item.cancelled")
            return None, _CANCELLED
        return task.result() or (None, None)

    @asynccontextmanager
    async def _turn(self, way: _Way) -> AsyncIterator[None]:
        """The media is there: its lane is freed, and one of the turns is waited for."""
        self._learn(way.entry, None)
        way.fetched.set()
        async with self._turns:
            way.in_turn.set()
            self.processing += 1
            try:
                yield
            finally:
                self.processing -= 1

    async def _record(self, way: _Way, item: Item | None, outcome: Outcome | None) -> None:
        if outcome is None:
            return
        error = outcome.error
        if item is None or error is None:
            await self._conclude(way.entry, outcome)
            return
        if not way.fetched.is_set():
            self._learn(way.entry, error.code, outcome.retry_after)
            way.fetched.set()
        pause = self._patience.pause(
            error.code, failed=item.tries + 1, asked_seconds=outcome.retry_after, chance=self._chance()
        )
        if pause is None:
            error = _counted(error, item.tries + 1)
            log.error("item.failed", stage=outcome.stage, code=error.code, reason=error.message, hint=error.hint)
            await self._conclude(way.entry, replace(outcome, error=error))
        else:
            await self._postpone(way.entry, item, error, pause)

    async def _postpone(self, entry: Entry, item: Item, error: Failure, pause: float) -> None:
        """Try the item again after `pause` seconds, or when its lane is opened again."""
        seconds = max(pause, self._lanes.state(entry.lane).seconds or 0.0)
        log.warning(
            "item.postponed",
            seconds=round(seconds),
            code=error.code,
            reason=error.message,
            next=item.tries + 2,
            of=self._patience.allowed(error.code),
        )
        await self._flush()
        at = self._now() + timedelta(seconds=seconds)
        if await insist(
            "item.not_recorded", lambda: self._ledger.retry_item(entry.key, entry.attempt, at=at, failure=error)
        ):
            self._queue.put([replace(entry, attempt=entry.attempt + 1, delay_seconds=seconds)])

    async def _conclude(self, entry: Entry, outcome: Outcome) -> None:
        await self._flush()  # the lines of an item come before its end
        if not await insist("item.not_recorded", lambda: self._ledger.conclude_item(entry.key, entry.attempt, outcome)):
            log.debug("item.overtaken", attempt=entry.attempt)

    def _flows(self, entry: Entry) -> None:
        self._tell_of(entry, self._lanes.flows(entry))

    def _learn(self, entry: Entry, code: str | None, retry_after: float | None = None) -> None:
        """Tell the lane how its platform answered."""
        self._tell_of(entry, self._lanes.learn(entry, code, retry_after))

    def _tell_of(self, entry: Entry, changed: LaneState | None) -> None:
        """Say to every job that waits for the lane what has changed there."""
        if changed is None:
            return
        self._queue.put(())  # whoever waits for the lane looks at it again
        for job_id in {entry.key.job_id} | self._queue.jobs(self._lanes.mates(entry.lane)):
            # The line is of the whole job, whatever is bound here.
            about = {"job": job_id, "item": None, "stage": None, "platform": entry.lane}
            if changed.seconds is None:
                log.info("platform.resumed", **about)
            else:
                until = instant(self._now() + timedelta(seconds=changed.seconds))
                log.warning("platform.paused", **about, until=until, code=changed.reason)


def _about(entry: Entry) -> AbstractContextManager[object]:
    """What is said meanwhile is said of this item."""
    return structlog.contextvars.bound_contextvars(job=entry.key.job_id, item=entry.key.index)


def _counted(error: Failure, tries: int) -> Failure:
    return replace(error, message=f"{error.message} (tried {tries} times)") if tries > 1 else error

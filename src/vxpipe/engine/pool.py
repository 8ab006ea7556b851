"""The workers: take an item, move its state, run it, record how it ended; end it early when somebody says so.

The engine's broad `except`s are here: no failure of an item, and no mood of the store, may end a worker.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from itertools import chain, repeat

import structlog

from vxpipe.errors import FAILURES, VxError
from vxpipe.model import Event, EventKind, Failure, Item, ItemKey, ItemStatus, Outcome
from vxpipe.ports import Clock, Entry, Report, Store, WorkQueue
from vxpipe.recipe import Recipe
from vxpipe.unbroken import unbroken

log = structlog.get_logger()

Process = Callable[[Item, Recipe, Report], Awaitable[Outcome]]


class Meter:
    """How far an item is. The work sets it from any callback; the pool reads it at its own pace."""

    def __init__(self, percent: Callable[[str, float], int]) -> None:
        self._percent = percent
        self.stage = ""
        self.progress = 0
        self.facts: dict[str, object] = {}

    def __call__(self, stage: str, fraction: float, **facts: object) -> None:
        """See Report. The figure never falls, and 100 is left for success."""
        if stage != self.stage:
            structlog.contextvars.bind_contextvars(stage=stage)
        self.stage = stage
        self.facts = facts
        self.progress = max(self.progress, min(99, self._percent(stage, fraction)))


class Pool:
    """`size` workers on one queue."""

    def __init__(
        self,
        queue: WorkQueue,
        store: Store,
        process: Process,
        *,
        percent: Callable[[str, float], int],
        tell: Callable[[Event], None],
        flush: Callable[[], Awaitable[None]],
        now: Clock,
        size: int,
        item_seconds: float,
        tick_seconds: float = 0.5,
    ) -> None:
        self._queue = queue
        self._store = store
        self._process = process
        self._percent = percent
        self._tell = tell
        self._flush = flush
        self._now = now
        self._size = size
        self._item_seconds = item_seconds
        self._tick_seconds = tick_seconds
        self._running: dict[ItemKey, asyncio.Task[Outcome | None]] = {}
        self._workers: dict[asyncio.Task[None], bool] = {}
        self._draining = False

    async def run(self) -> None:
        """Work until drained."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._size):
                task = group.create_task(self._work(), name=f"worker-{number}")
                self._workers[task] = False

    def interrupt(self, keys: Iterable[ItemKey]) -> None:
        """End the work on these items; they are recorded as cancelled once their children are gone."""
        for key in keys:
            task = self._running.get(key)
            if task and not task.cancelling():
                task.cancel()

    async def drain(self, seconds: float) -> None:
        """Stop taking items; let running ones finish for so long, then end them: the next start begins them again."""
        self._draining = True
        idle = [task for task, busy in self._workers.items() if not busy]
        for task in idle:
            task.cancel()
        busy = [task for task in self._workers if task not in idle]
        if not busy:
            return
        _, late = await asyncio.wait(busy, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    @property
    def busy(self) -> int:
        """How many items are being worked on."""
        return len(self._running)

    async def _work(self) -> None:
        me = asyncio.current_task()
        assert me is not None
        while not self._draining:
            async with self._queue.take() as entry:
                self._workers[me] = True
                with structlog.contextvars.bound_contextvars(job=entry.key.job_id, item=entry.key.index):
                    await self._run(entry)
            self._workers[me] = False

    async def _run(self, entry: Entry) -> None:
        """Run one item to its end. Cancelled from outside (a stopping service), it lets go of the item."""
        try:
            async with asyncio.TaskGroup() as group:
                task = group.create_task(self._attempt(entry), name=f"item-{entry.key.index}")
                self._running[entry.key] = task
                task.add_done_callback(lambda _: self._running.pop(entry.key, None))
        except asyncio.CancelledError:
            await unbroken(self._store.release_item(entry.key, entry.attempt))
            raise
        if task.cancelled():
            log.warning("item.cancelled")
        outcome = _CANCELLED if task.cancelled() else task.result()
        if outcome is not None:
            await self._flush()  # the lines of an item come before its end
            await self._conclude(entry, outcome)

    async def _conclude(self, entry: Entry, outcome: Outcome) -> None:
        """Record the end; a store that refuses is asked again until it takes it or the service stops."""
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
            try:
                if not await self._store.conclude_item(entry.key, entry.attempt, outcome):
                    log.debug("item.overtaken", attempt=entry.attempt)
                return
            except Exception:
                log.exception("item.not_recorded", again_in=pause)
                await asyncio.sleep(pause)

    async def _attempt(self, entry: Entry) -> Outcome | None:
        """The outcome, or None when the item is not, or no longer, this entry's to run."""
        begun = await self._begin(entry)
        if begun is None:
            return None
        item, recipe = begun
        log.info("item.started", platform=item.target.platform, code=item.target.code, attempt=item.attempt)
        meter = Meter(self._percent)
        try:
            outcome = await outcome_of(self._metered(item, recipe, meter), seconds=self._item_seconds)
        except _Overtaken:
            return None
        return replace(outcome, stage=meter.stage or None) if outcome.error else outcome

    async def _begin(self, entry: Entry) -> tuple[Item, Recipe] | None:
        """The item, now being processed, with its recipe; a store that refuses is asked again."""
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
            try:
                # Read first: once the item is started, nothing may fail between it and its work.
                recipe = await self._store.recipe(entry.key.job_id)
                item = await self._store.start_item(entry)
                return (item, recipe) if item else None
            except Exception:
                log.exception("item.not_started", again_in=pause)
                await asyncio.sleep(pause)
        return None

    async def _metered(self, item: Item, recipe: Recipe, meter: Meter) -> Outcome:
        """The work, with its meter read to the store and the readers beside it."""
        try:
            async with asyncio.TaskGroup() as group:
                reader = group.create_task(self._read(meter, item))
                outcome = await self._process(item, recipe, meter)
                reader.cancel()
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures.exceptions[0].__cause__
        return outcome

    async def _read(self, meter: Meter, item: Item) -> None:
        seen: tuple[str, int] | None = None
        while True:
            await asyncio.sleep(self._tick_seconds)
            now = (meter.stage, meter.progress)
            if meter.stage and now != seen and await self._note(meter, item):
                seen = now
            if meter.stage:
                self._tell(_progress(meter, item, self._now))

    async def _note(self, meter: Meter, item: Item) -> bool:
        """Store how far the item is. Only a figure: a store that refuses it does not cost the work."""
        try:
            is_ours = await self._store.note_progress(
                item.key, item.attempt, progress=meter.progress, stage=meter.stage
            )
        except Exception as exc:
            log.warning("progress.not_recorded", reason=str(exc))
            return False
        if not is_ours:
            raise _Overtaken
        return True


class _Overtaken(Exception):
    """The item has moved on to another attempt or another state: what is done here counts no more."""


async def outcome_of(work: Awaitable[Outcome], *, seconds: float) -> Outcome:
    """How the work on an item ends, in at most so many seconds: every failure becomes an outcome.

    Cancelling goes through, and so does the news that the item was taken over.
    """
    try:
        async with asyncio.timeout(seconds):
            return await work
    except _Overtaken:
        raise
    except VxError as exc:
        outcome = _failed(exc.code, exc.message)
        log.debug("item.failure_explained", who_must_act=exc.kind.who, **exc.facts)
    except TimeoutError:
        outcome = _failed("timed_out", f"not done after {seconds:g} s")
    except Exception as exc:
        log.exception("item.broken")
        outcome = _failed("internal", f"{type(exc).__name__}: {exc}")
    assert outcome.error is not None
    log.error("item.failed", code=outcome.error.code, reason=outcome.error.message, hint=outcome.error.hint)
    return outcome


_PAUSES = (0.5, 2.0, 10.0, 30.0)  # seconds, the last one again and again
_CANCELLED = Outcome(status=ItemStatus.CANCELLED)


def _failed(code: str, message: str) -> Outcome:
    kind = FAILURES[code]
    failure = Failure(code=code, message=message, retryable=kind.retryable, hint=kind.hint)
    return Outcome(status=ItemStatus.FAILED, error=failure)


def _progress(meter: Meter, item: Item, now: Clock) -> Event:
    data = {"index": item.key.index, "attempt": item.attempt, "stage": meter.stage, "progress": meter.progress}
    data |= meter.facts
    return Event(job_id=item.key.job_id, seq=0, kind=EventKind.PROGRESS, ts=now(), data=data)

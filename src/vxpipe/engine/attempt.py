"""One attempt at an item: its state is moved, its work done with a meter beside it, and whatever happens has a name.

The engine's broad `except`s for the work itself are here: no failure of an item may end a worker.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import structlog

from vxpipe.engine.costs import Costs
from vxpipe.engine.counting import counted
from vxpipe.engine.course import Course
from vxpipe.engine.meter import Meter
from vxpipe.errors import VxError
from vxpipe.insist import insist
from vxpipe.model import Event, EventKind, Failure, Item, ItemStatus, Outcome
from vxpipe.names import introduced
from vxpipe.ports import Clock, Entry, Ledger, Report, Tally, Turn
from vxpipe.recipe import Recipe
from vxpipe.values import frozen

log = structlog.get_logger()

_NOTE_SECONDS = 2.0  # how old the stored `eta` may be, where the stage and the percent stay the same

Process = Callable[[Item, Recipe, Report, Turn], Awaitable[Outcome]]


@frozen
class Attempts:
    """How attempts are made: `process` does the work in at most `item_seconds`, `tell` hears of its progress.

    `tally` counts them, their stages and what they download.
    """

    ledger: Ledger
    process: Process
    costs: Costs
    tell: Callable[[Event], None]
    now: Clock
    item_seconds: float
    tick_seconds: float = 0.5
    tally: Tally | None = None

    async def make(self, entry: Entry, turn: Turn, flows: Callable[[], None]) -> tuple[Item, Outcome] | None:
        """The item and its outcome, or None when it is not, or no longer, this entry's to run.

        `flows` is called whenever some of its media has come.
        """
        begun = await self._begin(entry)
        if begun is None:
            return None
        item, recipe = begun
        log.info(
            "item.started",
            platform=item.target.platform, code=item.target.code, attempt=item.attempt, name=introduced(item.target),
        )  # fmt: skip
        clock, clip = asyncio.get_running_loop().time, recipe.clip is not None
        usual = self.costs.usual_bytes(clip=clip)
        course = Course(self.costs.of(item.target, clip=clip), begun=clock(), usual_bytes=usual)
        meter = Meter(course, flows, clock=clock)
        try:
            outcome = await _outcome_of(self._limited(item, recipe, meter, turn))
        except _Overtaken:
            return None
        if outcome.status is ItemStatus.SUCCESS:
            self.costs.learn(item.target, meter.spent(), clip=clip, downloaded=meter.downloaded)
        if self.tally:
            self.tally.attempt_ended(item.target.platform, outcome.error.code if outcome.error else None)
        return item, replace(outcome, stage=meter.stage or None) if outcome.error else outcome

    async def _begin(self, entry: Entry) -> tuple[Item, Recipe] | None:
        """The item, now being processed, with its recipe."""
        # Read first: once the item is started, nothing may fail between it and its work.
        recipe = await insist("item.not_started", lambda: self.ledger.recipe(entry.key))
        if recipe is None:
            return None
        item = await insist("item.not_started", lambda: self.ledger.start_item(entry))
        return (item, recipe) if item else None

    async def _limited(self, item: Item, recipe: Recipe, meter: Meter, turn: Turn) -> Outcome:
        """The work within its time; raises VxError `timed_out`."""
        try:
            async with asyncio.timeout(self.item_seconds) as limit:
                return await self._metered(item, recipe, meter, _untimed(turn, limit))
        except TimeoutError as exc:
            if not limit.expired():
                raise
            raise VxError("timed_out", f"not done after {self.item_seconds:g} s") from exc

    async def _metered(self, item: Item, recipe: Recipe, meter: Meter, turn: Turn) -> Outcome:
        """The work, its meter read to the ledger and the readers beside it. Who cancels it when done comes too late."""
        outcome: Outcome | None = None
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.TaskGroup() as group:
                reader = group.create_task(self._read(meter, item))
                with counted(meter, self.tally, platform=item.target.platform, clock=clock) as report:
                    outcome = await self.process(item, recipe, report, turn)
                reader.cancel()
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures.exceptions[0].__cause__
        except asyncio.CancelledError:
            if outcome is None:
                raise
        return outcome

    async def _read(self, meter: Meter, item: Item) -> None:
        clock = asyncio.get_running_loop().time
        seen: tuple[str, int, int | None] | None = None
        noted = clock()
        while True:
            await asyncio.sleep(self.tick_seconds)
            if not meter.stage:
                continue
            told = meter.told()
            now = (meter.stage, meter.progress, meter.eta)
            moved = seen is None or now[:2] != seen[:2]
            if (moved or (now != seen and clock() - noted >= _NOTE_SECONDS)) and await self._note(meter, item):
                seen, noted = now, clock()
            self.tell(_progress(told, item, self.now))

    async def _note(self, meter: Meter, item: Item) -> bool:
        """Record how far the item is. Only a figure: a store that refuses it does not cost the work."""
        try:
            is_ours = await self.ledger.note_progress(
                item.key, item.attempt, progress=meter.progress, stage=meter.stage, eta=meter.eta
            )
        except Exception as exc:
            log.warning("progress.not_recorded", reason=str(exc))
            return False
        if not is_ours:
            raise _Overtaken
        return True


class _Overtaken(Exception):
    """The item has moved on to another attempt or another state: what is done here counts no more."""


async def _outcome_of(work: Awaitable[Outcome]) -> Outcome:
    """How the work ends: every failure becomes an outcome.

    Cancelling goes through, and so does the news that the item was taken over.
    """
    try:
        return await work
    except _Overtaken:
        raise
    except VxError as exc:
        log.debug("item.failure_explained", who_must_act=exc.kind.who, **exc.facts)
        return _failed(exc)
    except Exception as exc:
        log.exception("item.broken")
        return _failed(VxError("internal", f"{type(exc).__name__}: {exc}"))


def _untimed(turn: Turn, limit: asyncio.Timeout) -> Turn:
    """The same turn; waiting for it does not count as work."""

    @asynccontextmanager
    async def untimed() -> AsyncIterator[None]:
        clock = asyncio.get_running_loop().time
        left = (limit.when() or clock()) - clock()
        limit.reschedule(None)
        async with turn():
            limit.reschedule(clock() + left)
            yield

    return untimed


def _failed(error: VxError) -> Outcome:
    failure = Failure(code=error.code, message=error.message, retryable=error.kind.retryable, hint=error.hint)
    return Outcome(status=ItemStatus.FAILED, error=failure, retry_after=error.facts.get("retry_after"))


def _progress(told: Mapping[str, Any], item: Item, now: Clock) -> Event:
    data = {"index": item.key.index, "attempt": item.attempt, **told}
    return Event(job_id=item.key.job_id, seq=0, kind=EventKind.PROGRESS, ts=now(), data=data)

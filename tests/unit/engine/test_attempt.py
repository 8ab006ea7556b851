"""One attempt: what counts as its time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fakes import OneStage, ScriptedWork, SteppingClock, job
from vxpipe.engine.attempt import Attempts
from vxpipe.model import Item, ItemStatus
from vxpipe.ports import Entry, Report
from vxpipe.run import Board, RunLedger


def nobody() -> None:
    """Told of media that comes."""


def attempts(work: ScriptedWork, item: Item) -> Attempts:
    return Attempts(
        ledger=RunLedger([item], job("j", "abc").recipe, out=Path("out"), board=Board()),
        process=work,
        costs=OneStage(),
        tell=lambda _: None,
        now=SteppingClock(),
        item_seconds=0.2,
    )


@asynccontextmanager
async def late() -> AsyncIterator[None]:
    """A turn that comes later than an attempt may take."""
    await asyncio.sleep(0.4)
    yield


async def test_waiting_for_a_turn_is_no_work_but_what_follows_is() -> None:
    (item,) = job("j", "abc").items
    quick = ScriptedWork()

    async def forever(_item: Item, _report: Report) -> None:
        await asyncio.Event().wait()

    slow = ScriptedWork(processing={"abc": forever})

    ends = [await attempts(work, item).make(Entry(item.key, 1, "fake"), late, nobody) for work in (quick, slow)]

    outcomes = [end[1] for end in ends if end]
    assert outcomes[0].status is ItemStatus.SUCCESS
    assert outcomes[1].error is not None
    assert outcomes[1].error.code == "timed_out"


async def test_who_cancels_finished_work_comes_too_late() -> None:
    (item,) = job("j", "abc").items

    async def cancelled_at_the_end(_item: Item, _report: Report) -> None:
        this = asyncio.current_task()
        assert this is not None
        this.cancel()  # felt at the next wait, when the work has returned

    work = ScriptedWork(processing={"abc": cancelled_at_the_end})

    @asynccontextmanager
    async def at_once() -> AsyncIterator[None]:
        yield

    end = await asyncio.create_task(attempts(work, item).make(Entry(item.key, 1, "fake"), at_once, nobody))

    assert end is not None
    assert end[1].status is ItemStatus.SUCCESS

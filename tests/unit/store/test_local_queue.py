"""The promises of the WorkQueue port, asked of the queue in memory."""

import asyncio

import pytest

from vxpipe.errors import Unavailable
from vxpipe.model import ItemKey
from vxpipe.ports import Entry
from vxpipe.store.local_queue import LocalQueue


def entry(n: int, lane: str = "a") -> Entry:
    return Entry(ItemKey("j", n), 1, lane)


def queue(capacity: int = 10, **limits: int) -> LocalQueue:
    return LocalQueue(capacity=capacity, lane_limits=limits)


async def test_entries_come_in_the_order_they_were_put() -> None:
    line = queue()
    line.put([entry(1), entry(2)])

    async with line.take() as first, line.take() as second:
        assert (first, second) == (entry(1), entry(2))


async def test_a_full_lane_lets_others_pass_and_is_served_when_free() -> None:
    line = queue(a=1)
    line.put([entry(1), entry(2), entry(3, "b")])

    async with line.take() as first, line.take() as second:
        assert (first, second) == (entry(1), entry(3, "b"))
        assert line.depth() == 1
    async with line.take() as third:
        assert third == entry(2)


async def test_a_waiting_worker_gets_what_comes_later() -> None:
    line = queue()

    async def take() -> Entry:
        async with line.take() as got:
            return got

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        waiting = group.create_task(take())
        await asyncio.sleep(0)
        line.put([entry(7)])

    assert waiting.result() == entry(7)


async def test_a_reservation_holds_its_room_until_it_is_left() -> None:
    line = queue(capacity=3)
    line.put([entry(1)])

    with line.reserve(2), pytest.raises(Unavailable, match="full"), line.reserve(1):
        pass
    with line.reserve(2):
        pass


async def test_a_removed_entry_is_never_handed_out() -> None:
    line = queue()
    line.put([entry(1), entry(2)])

    line.remove([ItemKey("j", 1)])

    async with line.take() as got:
        assert got == entry(2)
    assert line.depth() == 0


async def test_a_worker_that_is_cancelled_while_waiting_takes_nothing() -> None:
    line = queue()

    async def take() -> None:
        async with line.take():
            raise AssertionError("nothing was there")

    task = asyncio.get_running_loop().create_task(take())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    line.put([entry(1)])

    assert line.depth() == 1

"""The promises of the WorkQueue port, asked of the queue in memory."""

import asyncio

import pytest

from fakes import lanes
from vxpipe.engine.fetch.lanes import Pace
from vxpipe.errors import Unavailable
from vxpipe.model import ItemKey
from vxpipe.ports import Entry, Step
from vxpipe.store.local_queue import LocalQueue


def entry(n: int, lane: str = "a") -> Entry:
    return Entry(ItemKey("j", n), 1, lane)


def queue(capacity: int = 10, **limits: int) -> LocalQueue:
    paces = {lane: Pace(site=lane, concurrency=limit) for lane, limit in limits.items()}
    return LocalQueue(capacity=capacity, lanes=lanes(**paces))


async def test_entries_come_in_the_order_they_were_put() -> None:
    line = queue()
    line.put([entry(1), entry(2)])

    async with line.take(Step.FETCH) as first, line.take(Step.FETCH) as second:
        assert (first, second) == (entry(1), entry(2))


def urgent(n: int, priority: int, content: str | None = None, lane: str = "a") -> Entry:
    return Entry(ItemKey("j", n), 1, lane, content=content, priority=priority)


async def taken(line: LocalQueue, count: int) -> list[int]:
    """The items that are handed out one after another."""
    found = []
    for _ in range(count):
        async with line.take(Step.FETCH) as got:
            found.append(got.key.index)
    return found


async def test_a_higher_priority_goes_first_in_its_lane_and_between_lanes() -> None:
    line = queue()
    line.put([urgent(1, -1), urgent(2, 0), urgent(3, 5), urgent(4, 5, lane="b"), urgent(5, 0), urgent(6, 9, lane="b")])

    assert await taken(line, 6) == [6, 3, 4, 2, 5, 1]


async def test_a_more_urgent_one_with_the_same_content_brings_it_and_the_others_wait_for_it() -> None:
    line = sparing(set())
    line.put([urgent(1, 0, "x"), urgent(2, 0, "y"), urgent(3, 7, "x"), urgent(4, 3, "x")])

    async with line.take(Step.FETCH) as first, line.take(Step.FETCH) as second:
        assert (first.key.index, second.key.index, line.depth()) == (3, 2, 2)
    assert await taken(line, 2) == [4, 1]


async def test_where_entries_would_stand_is_told_without_putting_them() -> None:
    line = sparing({"kept"})
    line.put([urgent(1, 0, "x"), urgent(2, -1, "y"), urgent(3, 0, "x"), urgent(4, 0, "kept"), urgent(5, 0, "z", "b")])

    told = line.outlook([urgent(6, 0, "w"), urgent(7, 0, "w"), urgent(8, -5), urgent(9, 9), urgent(10, 0, "kept")])

    assert [(outlook.ahead, outlook.is_kept) for outlook in told] == [
        (2, False),
        (3, False),
        (5, False),
        (0, False),
        (1, True),
    ]
    assert (line.depth(), line.room()) == (5, 5)


async def test_a_full_lane_lets_others_pass_and_is_served_when_free() -> None:
    line = queue(a=1)
    line.put([entry(1), entry(2), entry(3, "b")])

    async with line.take(Step.FETCH) as first, line.take(Step.FETCH) as second:
        assert (first, second) == (entry(1), entry(3, "b"))
        assert line.depth() == 1
    async with line.take(Step.FETCH) as third:
        assert third == entry(2)


async def test_a_waiting_worker_gets_what_comes_later() -> None:
    line = queue()

    async def take() -> Entry:
        async with line.take(Step.FETCH) as got:
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

    async with line.take(Step.FETCH) as got:
        assert got == entry(2)
    assert line.depth() == 0


async def test_a_worker_that_is_cancelled_while_waiting_takes_nothing() -> None:
    line = queue()

    async def take() -> None:
        async with line.take(Step.FETCH):
            raise AssertionError("nothing was there")

    task = asyncio.get_running_loop().create_task(take())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    line.put([entry(1)])

    assert line.depth() == 1


async def test_an_entry_without_a_download_is_for_others_than_the_downloaders() -> None:
    line = queue()
    line.put([Entry(ItemKey("j", 1), 1, "file", Step.MEDIA), entry(2)])

    async with line.take(Step.FETCH) as download, line.take(Step.MEDIA) as media:
        assert (download.key.index, media.key.index) == (2, 1)


async def test_an_entry_is_not_handed_out_before_its_time_and_lets_others_pass() -> None:
    line = queue()
    line.put([Entry(ItemKey("j", 1), 2, "a", delay_seconds=0.05), entry(2)])

    async with asyncio.timeout(5), line.take(Step.FETCH) as first, line.take(Step.FETCH) as second:
        assert (first.key.index, second.key.index) == (2, 1)
    assert line.depth() == 0


async def test_a_delayed_entry_counts_and_can_be_removed() -> None:
    line = queue(capacity=1)
    line.put([Entry(ItemKey("j", 1), 2, "a", delay_seconds=3600)])

    with pytest.raises(Unavailable), line.reserve(1):
        pass
    line.remove([ItemKey("j", 1)])

    assert line.depth() == 0


async def test_entries_of_a_closed_lane_wait_and_are_handed_out_when_it_opens() -> None:
    pace = lanes()
    pace.recall("a", "rate_limited", 1)
    line = LocalQueue(capacity=10, lanes=pace)
    line.put([entry(1), entry(2, "b")])

    async with asyncio.timeout(5), line.take(Step.FETCH) as first:
        assert first == entry(2, "b")
        assert line.depth() == 1
        async with line.take(Step.FETCH) as second:
            assert second == entry(1)


async def test_who_waits_for_a_probe_looks_again_when_told_that_the_lane_is_open() -> None:
    pace = lanes()
    pace.recall("a", "rate_limited", 1)
    line = LocalQueue(capacity=10, lanes=pace)
    line.put([entry(1), entry(2)])

    async def take() -> Entry:
        async with line.take(Step.FETCH) as got:
            return got

    async with asyncio.timeout(5), line.take(Step.FETCH) as probe, asyncio.TaskGroup() as group:
        waiting = group.create_task(take())
        await asyncio.sleep(0)
        pace.learn(probe, None)
        line.put([])

    assert waiting.result() == entry(2)


async def test_removing_keeps_the_order_of_the_others() -> None:
    line = queue()
    line.put([entry(n, "ab"[n % 2]) for n in range(6)])

    line.remove([ItemKey("j", 2)])

    got = []
    for _ in range(5):
        async with line.take(Step.FETCH) as each:
            got.append(each.key.index)
    assert got == [0, 1, 3, 4, 5]


async def test_the_jobs_that_wait_for_a_lane_are_known() -> None:
    line = queue()
    line.put([entry(1), Entry(ItemKey("k", 0), 2, "b", delay_seconds=9), Entry(ItemKey("l", 0), 1, "c")])

    assert line.jobs({"a", "b"}) == {"j", "k"}


# The same content


def same(n: int, content: str = "x", lane: str = "a") -> Entry:
    return Entry(ItemKey("j", n), 1, lane, content=content)


def sparing(kept: set[str], **limits: int) -> LocalQueue:
    """A queue that knows which contents need no download."""
    paces = {lane: Pace(site=lane, concurrency=limit) for lane, limit in limits.items()}
    return LocalQueue(capacity=10, lanes=lanes(**paces), kept=kept.__contains__)


async def test_of_two_with_the_same_content_one_is_handed_out_and_the_other_lets_others_pass() -> None:
    line = sparing(set(), a=2)
    line.put([same(1), same(2), same(3, "y")])

    async with line.take(Step.FETCH) as first, line.take(Step.FETCH) as second:
        assert (first.key.index, second.key.index) == (1, 3)
        assert (line.depth(), line.jobs({"a"})) == (1, {"j"})


async def test_when_the_first_ends_without_a_content_the_next_does_it_before_those_that_came_later() -> None:
    line = sparing(set(), a=1)
    line.put([same(1), same(2), same(3, "y"), same(4)])

    got = []
    for _ in range(4):
        async with line.take(Step.FETCH) as each:
            got.append(each.key.index)

    assert got == [1, 2, 3, 4]


async def test_when_the_content_has_come_the_others_need_no_download_and_no_place_in_the_lane() -> None:
    kept: set[str] = set()
    line = sparing(kept, a=1)
    line.put([same(1), same(2), same(3), same(4, "y")])
    async with line.take(Step.FETCH):
        kept.add("x")

    async with (
        line.take(Step.FETCH) as download,
        line.take(Step.MEDIA) as second,
        line.take(Step.MEDIA) as third,
    ):
        assert [each.key.index for each in (download, second, third)] == [4, 2, 3]


async def test_a_content_that_is_kept_waits_for_no_closed_lane_and_is_no_start_in_it() -> None:
    pace = lanes(a=Pace(site="a", concurrency=1, interval_seconds=100))
    line = LocalQueue(capacity=10, lanes=pace, kept={"x"}.__contains__)
    line.put([same(1), same(2), entry(3)])

    async with line.take(Step.MEDIA), line.take(Step.MEDIA):
        assert pace.wait_seconds("a") == 0
    pace.recall("a", "rate_limited", 60)
    line.put([same(4)])
    async with line.take(Step.MEDIA) as got:
        assert got.key.index == 4


async def test_a_content_that_was_lost_meanwhile_is_downloaded_by_one_of_those_that_wait() -> None:
    kept = {"x"}
    line = sparing(kept, a=2)
    line.put([same(1), same(2)])
    kept.clear()

    async with line.take(Step.FETCH) as first:
        assert (first.key.index, line.depth()) == (1, 1)
    async with line.take(Step.FETCH) as second:
        assert second.key.index == 2


async def test_a_waiting_downloader_hears_that_the_first_is_gone() -> None:
    line = sparing(set(), a=2)
    line.put([same(1), same(2)])

    async def take() -> Entry:
        async with line.take(Step.FETCH) as got:
            return got

    async with asyncio.timeout(5), asyncio.TaskGroup() as group, line.take(Step.FETCH):
        waiting = group.create_task(take())
        await asyncio.sleep(0.01)
        assert not waiting.done()

    assert waiting.result().key.index == 2


async def test_removing_the_one_in_line_lets_the_next_with_its_content_take_its_place() -> None:
    line = sparing(set())
    line.put([same(1), same(2), same(3)])

    line.remove([ItemKey("j", 1), ItemKey("j", 2)])

    async with line.take(Step.FETCH) as got:
        assert (got.key.index, line.depth()) == (3, 0)


async def test_removing_leaves_those_waiting_whose_content_is_on_its_way() -> None:
    line = sparing(set(), a=3)
    line.put([same(1), same(2), same(3), same(4, "y")])

    async with line.take(Step.FETCH):
        line.remove([ItemKey("j", 2)])
        async with line.take(Step.FETCH) as other:
            assert (other.key.index, line.depth()) == (4, 1)


async def test_without_a_memory_of_contents_the_same_is_handed_out_at_the_same_time() -> None:
    line = queue(a=2)
    line.put([same(1), same(2)])

    async with line.take(Step.FETCH) as first, line.take(Step.FETCH) as second:
        assert (first.key.index, second.key.index) == (1, 2)


async def test_ten_thousand_of_the_same_content_cost_one_look_each_time_the_first_ends() -> None:
    looks: list[str] = []

    def kept(content: str) -> bool:
        looks.append(content)
        return len(looks) > 100

    line = LocalQueue(capacity=10_000, lanes=lanes(), kept=kept)
    line.put([same(n) for n in range(10_000)])
    for n in range(3):
        async with line.take(Step.FETCH) as got:
            assert got.key.index == n
    assert len(looks) < 20

    looks += ["x"] * 100
    async with line.take(Step.FETCH):
        pass
    async with line.take(Step.MEDIA) as hit:
        assert (hit.key.index, line.depth()) == (4, 9995)


async def test_what_waits_is_told_by_lane_with_those_put_off_and_those_behind_another() -> None:
    line = sparing(set())
    later = Entry(ItemKey("j", 9), 1, "b", delay_seconds=3600)
    line.put([urgent(1, 0, "x"), urgent(2, 0, "x"), urgent(3, 0, None, "direct:one"), urgent(4, 0, None, "direct:two")])
    line.put([later])

    told = line.waiting()

    assert {name: waiting.count for name, waiting in told.items()} == {
        ("fetch", "a"): 2,
        ("fetch", "direct"): 2,
        ("fetch", "b"): 1,
    }
    assert told["fetch", "b"].oldest_seconds == 0
    assert told["fetch", "a"].oldest_seconds >= told["fetch", "direct"].oldest_seconds >= 0

"""The journal: exact for every reader, whenever it joins."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from fakes import START, SteppingClock, job
from vxpipe.hub import Hub
from vxpipe.journal import Journal
from vxpipe.model import Event, EventKind, LogLine
from vxpipe.ports import FeedClosed
from vxpipe.store.database import Database
from vxpipe.store.jobs import SqlStore
from vxpipe.store.migrations import upgrade

LINES = 400


class House:
    """A journal over a real store."""

    def __init__(self, path: Path, *, bound: int) -> None:
        upgrade(path)
        self.hub = Hub(bound=bound)
        self.database = Database(path, told=self.hub.publish)
        self.store = SqlStore(self.database, now=SteppingClock())
        self.journal = Journal(self.store, self.hub, heartbeat_seconds=0.05)

    def tap(self, n: int) -> None:
        self.journal.tap(LogLine(job_id="j", ts=START, level="INFO", msg=str(n), event="test.said"))


@pytest.fixture(params=[1000, 3], ids=["roomy", "readers fall behind"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path / "x.db", bound=request.param)
    await made.store.create_job(job("j", "abc"), idempotency=None)
    writer = asyncio.get_running_loop().create_task(made.journal.run(pause_seconds=0.001, batch=7))
    yield made
    writer.cancel()
    await asyncio.wait([writer])
    await made.database.close()


async def read(house: House, *, after: int = 0) -> list[int]:
    async with aclosing(house.journal.follow("j", after=after)) as events:
        return [event.seq async for batch in events for event in batch if event.seq]


async def speak(house: House) -> None:
    for n in range(LINES):
        house.tap(n)
        if n % 20 == 0:
            await asyncio.sleep(0.002)
    await house.journal.flush()
    await house.store.cancel_job("j")


async def test_twenty_readers_joining_at_random_hear_everything_once(house: House) -> None:
    chance = random.Random(7)

    async def join() -> list[int]:
        await asyncio.sleep(chance.uniform(0, 0.1))
        return await read(house)

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        readers = [group.create_task(join()) for _ in range(20)]
        group.create_task(speak(house))

    total = LINES + 3  # and: job pending, item cancelled, job cancelled
    assert [reader.result() for reader in readers] == [list(range(1, total + 1))] * 20


async def test_a_reader_that_leaves_and_comes_back_misses_and_repeats_nothing(house: House) -> None:
    async def in_bites() -> list[int]:
        seen: list[int] = []
        while True:
            async with aclosing(house.journal.follow("j", after=seen[-1] if seen else 0)) as events:
                bite = 0
                async for batch in events:
                    seen += [event.seq for event in batch if event.seq]
                    bite += len(batch)
                    if bite >= 37:
                        break
                else:
                    return seen

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        reader = group.create_task(in_bites())
        group.create_task(speak(house))

    assert reader.result() == list(range(1, LINES + 4))


async def test_a_reader_of_an_ended_job_gets_the_rest_and_the_end(house: House) -> None:
    await speak(house)

    assert await read(house, after=LINES) == [LINES + 1, LINES + 2, LINES + 3]
    assert await read(house, after=LINES + 3) == []


async def test_the_stream_of_a_job_that_is_deleted_meanwhile_ends(house: House) -> None:
    await speak(house)
    async with asyncio.timeout(10), aclosing(house.journal.follow("j", after=0)) as events:
        heard = [event.seq for event in await anext(events)]
        await house.store.delete_job("j")
        await house.store.purge()
        rest = [event.seq async for batch in events for event in batch]

    assert heard == list(range(1, len(heard) + 1))
    assert (0 < len(heard) < LINES, rest) == (True, [])
    assert await read(house) == []


async def test_a_flush_waits_for_what_was_said_before_it_and_no_longer(house: House) -> None:
    house.tap(0)

    async def flood() -> None:
        while True:
            house.tap(1)
            await asyncio.sleep(0)

    flooding = asyncio.get_running_loop().create_task(flood())
    async with asyncio.timeout(10):
        await house.journal.flush(seconds=60)
    flooding.cancel()

    assert [json.loads(line.text)["msg"] for line in await house.store.log_tail("j", until=2, limit=1)] == ["0"]


async def test_progress_is_passed_on_without_a_number(house: House) -> None:
    ticks = [
        Event(job_id="j", seq=0, kind=EventKind.PROGRESS, ts=START, data={"index": 0, "progress": n}) for n in (1, 2)
    ]
    async with asyncio.timeout(5), aclosing(house.journal.follow("j", after=0)) as events:
        await anext(events)
        heard = asyncio.get_running_loop().create_task(anext(events))
        await asyncio.sleep(0.02)
        house.hub.publish(ticks)

        batch = await heard
        while not batch:
            batch = await anext(events)

    assert list(batch) == ticks[-1:]  # the newest stands for those before it


async def test_silence_is_told(house: House) -> None:
    async with asyncio.timeout(5), aclosing(house.journal.follow("j", after=1)) as events:
        assert not await anext(events)


async def test_closing_the_hub_ends_every_reader_with_a_reason(house: House) -> None:
    async def follow() -> str:
        try:
            await read(house)
        except FeedClosed as exc:
            return exc.reason
        return "ended"

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        reader = group.create_task(follow())
        await asyncio.sleep(0.02)
        house.hub.close()

    assert reader.result() == "shutdown"
    assert await follow() == "shutdown"


async def test_the_feed_of_all_jobs_tells_states_and_no_log_lines(house: House) -> None:
    with house.journal.watch() as events:
        await speak(house)
        kinds = []
        async with asyncio.timeout(5):
            while kinds[-1:] != [EventKind.STATUS]:
                kinds += [event.kind for event in await anext(events)]

    assert kinds == [EventKind.ITEM, EventKind.STATUS]


async def test_a_watcher_that_falls_behind_is_sent_away_to_start_again(house: House) -> None:
    few = Hub(bound=3)
    house.journal = Journal(house.store, few)
    tick = Event(job_id="j", seq=1, kind=EventKind.STATUS, ts=START, data={"status": "running"})
    with house.journal.watch() as events:
        few.publish([tick] * 5)

        with pytest.raises(FeedClosed, match="rotate"):
            await asyncio.wait_for(anext(events), 5)


async def test_lines_beyond_the_bound_are_counted_not_kept(tmp_path: Path) -> None:
    house = House(tmp_path / "y.db", bound=100)
    house.journal = Journal(house.store, house.hub, inbox=10)
    await house.store.create_job(job("j", "abc"), idempotency=None)
    for n in range(25):
        house.tap(n)

    writer = asyncio.get_running_loop().create_task(house.journal.run())
    await house.journal.flush()
    writer.cancel()
    await asyncio.wait([writer])

    events = await house.store.events("j", after=1, limit=100)
    await house.database.close()
    assert [event.data["msg"] for event in events[:10]] == [str(n) for n in range(10)]
    assert (events[10].data["event"], events[10].data["fields"]) == ("log.dropped", {"count": 15})


async def test_what_is_left_out_is_told_in_the_place_where_it_is_missing(tmp_path: Path) -> None:
    house = House(tmp_path / "y.db", bound=100)
    house.journal = Journal(house.store, house.hub, inbox=10)
    for name in ("i", "j"):
        await house.store.create_job(job(name, "abc"), idempotency=None)
    writer = asyncio.get_running_loop().create_task(house.journal.run(batch=4))

    for n in range(12):
        house.tap(n)
    house.journal.tap(LogLine(job_id="i", ts=START, level="INFO", msg="x", event="test.said"))
    await house.journal.flush()
    house.tap(12)
    await house.journal.flush()
    writer.cancel()
    await asyncio.wait([writer])

    told = {name: await house.store.log_tail(name, until=1000, limit=100) for name in ("i", "j")}
    await house.database.close()
    said = {name: [json.loads(line.text) for line in lines] for name, lines in told.items()}
    assert [each.get("fields") or each["msg"] for each in said["j"]] == [*map(str, range(10)), {"count": 2}, "12"]
    assert [each["fields"] for each in said["i"]] == [{"count": 1}]

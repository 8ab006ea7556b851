"""Work that several wait for."""

import asyncio

from vxpipe.engine.media.flights import Flights


class Trial:
    """Something that takes until it is `over`, and says how often it was begun and how often ended."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.begun = self.ended = 0

    async def __call__(self) -> str:
        self.begun += 1
        try:
            await self.over.wait()
        finally:
            self.ended += 1
        return "found"


async def test_all_who_ask_meanwhile_share_one_flight_and_the_next_who_asks_begins_another() -> None:
    flights, trial = Flights(), Trial()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        keeping = group.create_task(flights.keep())
        await asyncio.sleep(0)
        waiting = [group.create_task(flights.result("a", trial)) for _ in range(3)]
        while not trial.begun:
            await asyncio.sleep(0)
        impatient = await flights.result("a", trial, seconds=0)
        trial.over.set()
        found = [await each for each in waiting]
        begun = trial.begun
        await flights.result("a", trial)
        keeping.cancel()

    assert (found, impatient, begun, trial.begun) == (["found"] * 3, None, 1, 2)


async def test_whoever_waits_is_let_go_and_the_flight_ended_where_nobody_keeps_it_any_more() -> None:
    flights, trial = Flights(), Trial()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        keeping = group.create_task(flights.keep())
        await asyncio.sleep(0)
        waiting = group.create_task(flights.result("a", trial))
        while not trial.begun:
            await asyncio.sleep(0)
        keeping.cancel()

    assert (waiting.result(), trial.ended) == (None, 1)


async def test_who_asks_where_nobody_keeps_flights_waits_for_its_own() -> None:
    trial = Trial()
    trial.over.set()

    assert await Flights().result("a", trial, seconds=0) == "found"

"""How the running service stands, for the System screen: told from memory, and of the last hour."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from asking import ended, submitted
from fakes import START, ScriptedWork
from house import House, house
from vxpipe import access
from vxpipe.access import ApiKey, Scope
from vxpipe.errors import VxError
from vxpipe.facts import StageTimes
from vxpipe.lately import LastHour
from vxpipe.metrics import Metrics
from vxpipe.model import Event, EventKind, Item, JobStatus
from vxpipe.ports import Report

SECRET = "5" * 64
EVERYTHING = ["submit", "read", "control", "admin"]


class Clock:
    def __init__(self) -> None:
        self.seconds = 7200.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, work=ScriptedWork()) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hour(clock: Clock) -> LastHour:
    return LastHour(Metrics(version="1.2.3"), clock=clock)


async def system(home: House, **headers: str) -> dict[str, Any]:
    answer = await home.client.get("/system", headers=headers)
    assert answer.status == 200, await answer.text()
    body: dict[str, Any] = await answer.json()
    return body


def ended_as(status: JobStatus) -> Event:
    return Event(job_id="j", seq=1, kind=EventKind.STATUS, ts=START, data={"status": status.value})


def key(letter: str, scopes: set[Scope]) -> ApiKey:
    return ApiKey(id=letter * 12, name=letter, scopes=frozenset(scopes), digest=access.digest(SECRET), created_at=START)


def spelled(letter: str) -> str:
    return access.spelled(letter * 12, SECRET)


async def test_what_ran_and_what_failed_is_told_of_the_last_hour(home: House) -> None:
    async def fail(_item: Item, _report: Report) -> None:
        raise VxError("private", "the owner hid it")

    home.work.scripts = {"bad": fail}
    await ended(home, await submitted(home, "good", "bad"))

    hour = (await system(home))["activity"]["lastHour"]

    assert (hour["attempts"], hour["failures"]) == (2, [{"code": "private", "count": 1}])
    assert sum(hour["jobs"]) == 1


async def test_busy_workers_and_what_waits_behind_them_are_told(home: House) -> None:
    held, begun = asyncio.Event(), asyncio.Semaphore(0)

    async def hold(_item: Item, _report: Report) -> None:
        begun.release()
        await held.wait()

    home.work.processing = dict.fromkeys(("one", "two", "three"), hold)
    home.work.scripts = {"five": hold, "six": hold}
    await submitted(home, "one", "two", "three")
    await submitted(home, "five", "six", "seven")
    async with asyncio.timeout(10):
        for _ in range(3):
            await begun.acquire()
        activity = (await system(home))["activity"]
        held.set()

    assert activity["workers"] == {"busy": 2, "total": 2, "fetching": 2}
    assert activity["queue"]["depth"] == 2
    (line,) = activity["queue"]["lines"]
    assert (line["class"], line["lane"], line["count"]) == ("fetch", "fake", 2)
    assert 0 <= line["oldest"] < 10


async def test_readers_are_counted_while_they_read(home: House) -> None:
    async with home.client.get("/events") as stream:
        await stream.content.readline()
        assert (await system(home))["activity"]["readers"] == {"count": 1, "most": 50, "cut": 0}


async def test_a_service_that_takes_no_work_says_why(tmp_path: Path) -> None:
    async with house(tmp_path, obstacles=["disk: full"]) as home:
        body = await system(home)

    assert (body["ready"], body["reasons"]) == (False, ["disk: full"])


async def test_an_isolated_key_hears_nothing_of_what_others_do(tmp_path: Path) -> None:
    async with house(tmp_path, isolate_keys=True) as home:
        for letter, scopes in (("a", {Scope.READ}), ("c", {Scope.ADMIN})):
            await home.keys.add(key(letter, scopes))
        mine, boss = ({"X-API-Key": spelled(letter)} for letter in "ac")

        assert (await system(home, **mine))["activity"] is None
        assert (await system(home, **boss))["activity"] is not None
        assert (await home.client.get("/system")).status == 401


async def test_a_caller_hears_what_its_key_is_good_for_and_whether_it_can_sign_out(home: House) -> None:
    assert (await system(home))["caller"] == {"scopes": EVERYTHING, "signedIn": False}
    await home.keys.add(key("a", {Scope.READ, Scope.SUBMIT}))
    await home.keys.add(key("c", {Scope.ADMIN}))

    by_key = await system(home, **{"X-API-Key": spelled("a")})
    signed_in = await home.client.post("/login", json={"apiKey": spelled("c")})
    by_cookie = await system(home)

    assert signed_in.status == 204
    assert by_key["caller"] == {"scopes": ["submit", "read"], "signedIn": False}
    assert by_cookie["caller"] == {"scopes": EVERYTHING, "signedIn": True}


def test_what_is_older_than_an_hour_is_forgotten(hour: LastHour, clock: Clock) -> None:
    hour.attempt_ended("fake", "private")
    hour.stage_ended("fetch", 2.0)
    hour.heard([ended_as(JobStatus.FAILED)])
    clock.seconds += 59 * 60
    hour.attempt_ended("fake", None)
    assert (hour.told().attempts, hour.told().jobs[0]) == (2, 1)

    clock.seconds += 60

    told = hour.told()
    assert (told.attempts, dict(told.failures), sum(told.jobs), told.stages) == (1, {}, 0, ())


def test_only_jobs_that_ended_are_counted_in_their_minute(hour: LastHour, clock: Clock) -> None:
    hour.heard([ended_as(JobStatus.RUNNING), ended_as(JobStatus.COMPLETED)])
    clock.seconds += 60
    hour.heard([ended_as(JobStatus.CANCELLED), ended_as(JobStatus.FAILED)])

    assert hour.told().jobs[-3:] == (0, 1, 2)


@pytest.mark.parametrize(
    ("seconds", "p50", "p95"), [([3.0], 3.0, 3.0), ([*range(1, 101)], 50, 95), ([4.0, 1.0], 1.0, 4.0)]
)
def test_percentiles_are_values_that_were_measured(
    hour: LastHour, seconds: list[float], p50: float, p95: float
) -> None:
    for each in seconds:
        hour.stage_ended("fetch", each)

    assert hour.told().stages == (StageTimes(stage="fetch", count=len(seconds), p50=p50, p95=p95),)

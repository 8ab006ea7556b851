"""The status of a job: kept encoded, never older than what was committed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fakes import START, ScriptedWork
from house import House, house
from vxpipe.handlers.status import Statuses
from vxpipe.model import Item, ItemKey, Job, LogLine
from vxpipe.ports import Report

BATCH = {"items": [{"platform": "fake", "code": "abc"}]}


async def forever(_item: Item, report: Report) -> None:
    report("analyse", 0.5)
    await asyncio.Event().wait()


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, work=ScriptedWork({"abc": forever})) as opened:
        yield opened


async def submit(home: House) -> str:
    return str((await (await home.client.post("/process", json=BATCH)).json())["jobId"])


async def under_way(home: House) -> str:
    """A job that stands still half way."""
    job_id = await submit(home)
    async with asyncio.timeout(10):
        while (await (await home.client.get(f"/status/{job_id}")).json())["items"][0]["progress"] < 49:
            await asyncio.sleep(0.01)
    return job_id


async def say(home: House, job_id: str, text: str) -> None:
    await home.store.append_logs([LogLine(job_id=job_id, ts=START, level="INFO", msg=text, event="test.said")])


async def test_every_line_is_in_the_status_as_soon_as_it_is_stored(home: House) -> None:
    job_id = await submit(home)
    tags = set()
    for number in range(5):
        await say(home, job_id, f"line {number}")
        answer = await home.client.get(f"/status/{job_id}")
        tags.add(answer.headers["ETag"])
        assert f"line {number}" in [line["msg"] for line in (await answer.json())["logs"]]

    assert len(tags) == 5


async def test_progress_shows_without_an_event_that_tells_of_it(home: House) -> None:
    job_id = await under_way(home)

    await home.store.note_progress(ItemKey(job_id, 0), 1, progress=77, stage="render", eta=9)

    job = await (await home.client.get(f"/status/{job_id}")).json()
    (item,) = job["items"]
    assert (item["progress"], item["stage"], item["eta"]) == (77, "render", 9)
    assert job["eta"] == 9


async def test_a_body_is_known_by_its_own_tag_only(home: House) -> None:
    job_id = await submit(home)
    whole = await home.client.get(f"/status/{job_id}")

    short = await home.client.get(f"/status/{job_id}?tail=1", headers={"If-None-Match": whole.headers["ETag"]})

    assert short.status == 200
    assert short.headers["ETag"] != whole.headers["ETag"]


class Counting:
    """The service, and how often it was asked for a whole job."""

    def __init__(self, home: House) -> None:
        self._home = home
        self.count = 0

    async def get(self, job_id: str) -> Job:
        self.count += 1
        return await self._home.service.get(job_id)


async def test_who_waits_for_a_job_that_goes_on_takes_what_the_first_has_encoded(home: House) -> None:
    job_id = await under_way(home)
    asked = await home.service.head(job_id)
    await say(home, job_id, "it goes on")
    counting: Any = Counting(home)
    statuses = Statuses(counting)

    shown = await asyncio.gather(*(statuses.shown(job_id, asked, tail=0) for _ in range(50)))

    assert counting.count == 1
    assert {each.head for each in shown} == {await home.service.head(job_id)}


async def test_any_tag_stands_for_what_there_is(home: House) -> None:
    job_id = await submit(home)

    assert (await home.client.get(f"/status/{job_id}", headers={"If-None-Match": "*"})).status == 304
    assert (await home.client.get("/status/nobody", headers={"If-None-Match": "*"})).status == 404


async def test_an_unchanged_status_is_encoded_once_and_a_full_shelf_gives_way(home: House) -> None:
    job_id, other = await under_way(home), await under_way(home)
    await home.journal.flush()
    statuses = Statuses(home.service, most_bytes=1500)

    async def shown(name: str) -> bytes:
        return (await statuses.shown(name, await home.service.head(name), tail=0)).body

    first = await shown(job_id)
    again = await shown(job_id)
    others = [await shown(other) for _ in range(2)]
    for tail in range(2, 6):  # each a body of its own: there is room for two or so
        await statuses.shown(other, await home.service.head(other), tail=tail)
    anew = await shown(job_id)

    assert first is again
    assert others[0] == others[1]
    assert anew is not first
    assert anew == first

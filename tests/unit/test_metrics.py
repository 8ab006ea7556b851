"""What Prometheus reads of the service."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from fakes import ScriptedWork
from house import House, house
from vxpipe.errors import VxError
from vxpipe.model import Item
from vxpipe.ports import Report

Figures = dict[str, float]


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as opened:
        yield opened


async def figures(home: House) -> Figures:
    answer = await home.client.get("/metrics")
    assert answer.status == 200
    assert answer.content_type == "text/plain"
    text = await answer.text()
    return {
        sample.name + "".join(f"|{value}" for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def processed(home: House, *codes: str) -> None:
    items = [{"platform": "fake", "code": code} for code in codes]
    job_id = (await (await home.client.post("/process", json={"items": items})).json())["jobId"]
    async with asyncio.timeout(10):
        while (await (await home.client.get(f"/status/{job_id}?wait=1")).json())["finishedAt"] is None:
            pass


async def test_attempts_are_counted_by_platform_and_by_how_they_ended(home: House) -> None:
    async def fail(_item: Item, _report: Report) -> None:
        raise VxError("private", "the owner hid it")

    home.work.scripts = {"bad": fail}

    await processed(home, "good", "bad")

    found = await figures(home)
    assert (found["vxpipe_attempts_total|ok|fake"], found["vxpipe_attempts_total|private|fake"]) == (1, 1)
    assert (found["vxpipe_items|success"], found["vxpipe_items|failed"], found["vxpipe_items|waiting"]) == (1, 1, 0)


async def test_stages_and_bytes_are_counted(home: House) -> None:
    async def fetch(_item: Item, report: Report) -> None:
        report("fetch", 0.0)
        report("fetch", 0.5, bytes=1000)
        report("fetch", 1.0, bytes=2500)
        report("analyse", 0.0)

    home.work.scripts = {"abc": fetch}

    await processed(home, "abc")

    found = await figures(home)
    assert found["vxpipe_fetched_bytes_total|fake"] == 2500
    assert (found["vxpipe_stage_seconds_count|fetch"], found["vxpipe_stage_seconds_count|analyse"]) == (1, 1)


async def test_the_queue_is_told_by_class_and_lane(tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def forever(_item: Item, _report: Report) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with house(tmp_path, work=ScriptedWork({"abc": forever})) as home:
        await home.client.post("/process", json={"items": [{"platform": "fake", "code": "abc"}] * 3})
        await begun.wait()

        found = await figures(home)

    assert found["vxpipe_queue_items|fetch|fake"] >= 1
    assert found["vxpipe_items_running"] >= 1


async def test_requests_are_counted_by_their_route_not_by_their_path(home: House) -> None:
    for path in ("/status/a", "/status/b", "/nowhere/1", "/nowhere/2"):
        await home.client.get(path)
    await home.client.request("PROPFIND", "/health")

    found = await figures(home)

    assert found["vxpipe_http_requests_total|GET|/status/{id}|404"] == 2
    assert found["vxpipe_http_requests_total|GET|none|404"] == 2
    assert found["vxpipe_http_requests_total|other|none|405"] == 1
    assert not any("nowhere" in name for name in found)


async def test_the_figures_need_a_key_where_there_are_keys(tmp_path: Path) -> None:
    async with house(tmp_path, api_keys=["key-one"]) as home:
        without = await home.client.get("/metrics")
        with_key = await home.client.get("/metrics", headers={"X-API-Key": "key-one"})

    assert (without.status, with_key.status) == (401, 200)


async def test_the_version_and_the_standing_are_told(home: House) -> None:
    found = await figures(home)

    assert found["vxpipe_build_info|1.2.3"] == 1
    assert (found["vxpipe_disk_free_bytes"], found["vxpipe_ytdlp_age_days"], found["vxpipe_stream_readers"]) == (
        1,
        27,
        0,
    )


async def test_the_access_log_tells_of_a_request_and_no_secret_of_it(tmp_path: Path) -> None:
    async with house(tmp_path, api_keys=["key-one"]) as home:
        with capture_logs() as said:
            await home.client.get(
                "/jobs?cursor=secret-cursor", headers={"X-API-Key": "key-one", "X-Request-ID": "asked-1"}
            )
            await home.client.post("/login", json={"apiKey": "key-two"})

    lines = [line for line in said if line["event"] == "request.answered"]
    assert [(line["method"], line["path"], line["query"]) for line in lines] == [
        ("GET", "/jobs", ["cursor"]),
        ("POST", "/login", []),
    ]
    assert lines[0]["request_id"] == "asked-1"
    assert not re.search("secret-cursor|key-one|key-two", repr(lines))


async def test_what_is_polled_is_noted_for_those_who_debug_only_unless_it_fails(home: House) -> None:
    batch = {"items": [{"platform": "fake", "code": "abc"}]}
    job = (await (await home.client.post("/process", json=batch)).json())["jobId"]
    with capture_logs() as said:
        for path in ("/health", f"/status/{job}", "/status/none"):
            await home.client.get(path)

    levels = [line["log_level"] for line in said if line["event"] == "request.answered"]
    assert levels == ["debug", "debug", "info"]

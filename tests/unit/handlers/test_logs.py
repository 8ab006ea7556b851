"""`GET /jobs/{id}/logs`."""

import asyncio
import json
from typing import Any

import pytest

from asking import ended, say, submitted
from fakes import ScriptedWork
from house import House
from vxpipe.model import Item
from vxpipe.ports import Report


async def held(home: House) -> tuple[str, asyncio.Event]:
    """A running job that has said three lines, and what lets it end."""
    begun, go = asyncio.Event(), asyncio.Event()

    async def wait(_item: Item, _report: Report) -> None:
        begun.set()
        await go.wait()

    home.work.scripts = {"abc": wait}
    job_id = await submitted(home)
    await begun.wait()
    await say(
        home, job_id, ("INFO", "one", 0, "fetch"), ("DEBUG", "two\nlines", 0, "probe"), ("ERROR", "three", None, None)
    )
    return job_id, go


async def lines(home: House, job_id: str, query: str = "") -> dict[str, Any]:
    answer = await home.client.get(f"/jobs/{job_id}/logs{query}")
    assert answer.status == 200, await answer.text()
    body: dict[str, Any] = await answer.json()
    return body


def mine(body: dict[str, Any]) -> list[str]:
    return [line["msg"] for line in body["logs"] if line["event"] == "tested"]


async def test_the_log_can_be_read_while_the_job_runs_and_is_the_same_afterwards(home: House) -> None:
    job_id, go = await held(home)

    running = await lines(home, job_id)
    go.set()
    await ended(home, job_id)
    after = await lines(home, job_id)

    assert mine(running) == ["one", "two\nlines", "three"] == mine(after)
    assert after["logs"][: len(running["logs"])] == running["logs"]
    assert {"seq", "ts", "level", "msg"} <= set(after["logs"][0])


async def test_pages_follow_each_other_without_a_gap_or_a_repeat(home: House) -> None:
    job_id, go = await held(home)
    go.set()
    await ended(home, job_id)
    whole = await lines(home, job_id)

    seen, after, more = list[Any](), 0, True
    while more:
        page = await lines(home, job_id, f"?after={after}&limit=1")
        seen, after, more = seen + page["logs"], page["nextAfter"], page["more"]

    assert seen == whole["logs"]
    assert (await lines(home, job_id, f"?after={after}")) == {"logs": [], "nextAfter": after, "more": False}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?level=ERROR", ["three"]),
        ("?level=INFO", ["one", "three"]),
        ("?level=info", ["one", "three"]),
        ("?level=", ["one", "two\nlines", "three"]),
        ("?item=0", ["one", "two\nlines"]),
        ("?stage=probe", ["two\nlines"]),
        ("?item=7", []),
        ("?limit=99999999", ["one", "two\nlines", "three"]),
    ],
)
async def test_lines_are_chosen_by_level_item_and_stage(home: House, query: str, said: list[str]) -> None:
    job_id, go = await held(home)

    assert mine(await lines(home, job_id, query)) == said

    go.set()
    await ended(home, job_id)


async def test_ndjson_is_the_same_lines_one_a_line(home: House) -> None:
    job_id, go = await held(home)
    go.set()
    await ended(home, job_id)

    answer = await home.client.get(f"/jobs/{job_id}/logs", headers={"Accept": "application/x-ndjson"})

    assert answer.content_type == "application/x-ndjson"
    assert [json.loads(line) for line in (await answer.text()).splitlines()] == (await lines(home, job_id))["logs"]


@pytest.mark.parametrize("accept", ["text/plain", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"])
async def test_plain_text_is_for_people(home: House, accept: str) -> None:
    job_id, go = await held(home)
    go.set()
    await ended(home, job_id)

    answer = await home.client.get(f"/jobs/{job_id}/logs", headers={"Accept": accept})

    text = await answer.text()
    assert answer.content_type == "text/plain"
    assert ("text/html" in accept) == ("Content-Disposition" in answer.headers)
    assert "2026-01-02T03:04:05.678Z INFO    item 0 stage fetch: one\n" in text
    assert "DEBUG   item 0 stage probe: two\n    lines\n" in text
    assert "Z ERROR   three\n" in text


async def test_a_long_log_is_streamed_whole_and_a_limit_counts_there_too(home: House) -> None:
    job_id, go = await held(home)
    await say(home, job_id, *[("INFO", f"line {number} {'x' * 200}", 0, None) for number in range(3000)])
    go.set()
    await ended(home, job_id)

    whole = await home.client.get(f"/jobs/{job_id}/logs", headers={"Accept": "application/x-ndjson"})
    some = await home.client.get(f"/jobs/{job_id}/logs?limit=1500", headers={"Accept": "application/x-ndjson"})

    assert whole.headers.get("Content-Length") is None
    told = [json.loads(line)["msg"].split()[1] for line in (await whole.text()).splitlines() if "line " in line]
    assert told == [str(number) for number in range(3000)]
    assert len((await some.text()).splitlines()) == 1500


@pytest.mark.parametrize("accept", ["application/x-ndjson", "text/plain", "application/json"])
async def test_head_tells_the_form_and_sends_nothing(home: House, accept: str) -> None:
    job_id = await submitted(home)

    answer = await home.client.head(f"/jobs/{job_id}/logs", headers={"Accept": accept})

    assert (answer.status, answer.content_type, await answer.read()) == (200, accept, b"")


@pytest.mark.parametrize(
    ("query", "accept", "status"),
    [
        ("", "image/png", 406),
        ("?after=x", "*/*", 400),
        ("?limit=0", "*/*", 400),
        ("?level=LOUD", "text/plain", 400),
        ("?level=Info", "*/*", 400),
        ("?item=-1", "*/*", 400),
    ],
)
async def test_what_cannot_be_answered_is_a_problem(home: House, query: str, accept: str, status: int) -> None:
    job_id = await submitted(home)

    answer = await home.client.get(f"/jobs/{job_id}/logs{query}", headers={"Accept": accept})

    assert (answer.status, answer.content_type) == (status, "application/problem+json")


async def test_a_job_that_is_not_there_has_no_log(home: House) -> None:
    home.work = ScriptedWork()

    assert (await home.client.get("/jobs/nobody/logs", headers={"Accept": "text/plain"})).status == 404

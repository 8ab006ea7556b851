"""The HTTP surface as CONTRACT.md promises it, asked in process over real sockets."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

import conformity
from fakes import START, ScriptedWork
from house import House, house
from vxpipe.errors import VxError
from vxpipe.handlers.routes import ROUTES
from vxpipe.model import Event, EventKind, Item, ItemStatus, LogLine, Outcome
from vxpipe.ports import OutputFile, Report

ITEM = {"platform": "fake", "code": "abc"}
ITEM_URL = "https://fake.example/abc"
BATCH = {"items": [ITEM]}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as opened:
        yield opened


async def submit(home: House, body: Any = BATCH, **headers: str) -> str:
    answer = await home.client.post("/process", json=body, headers=headers)
    assert answer.status == 202, await answer.text()
    return str((await answer.json())["jobId"])


async def ended(home: House, job_id: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            answer = await home.client.get(f"/status/{job_id}?wait=1")
            if answer.status == 200:
                body: dict[str, Any] = await answer.json()
                if body["status"] not in {"pending", "running"}:
                    return body


async def problem(answer: Any) -> dict[str, Any]:
    assert answer.content_type == "application/problem+json"
    body: dict[str, Any] = await answer.json()
    assert {"type", "title", "status", "detail", "code", "requestId"} <= set(body)
    assert body["status"] == answer.status
    return body


async def read_stream(home: House, path: str, **headers: str) -> list[dict[str, Any]]:
    """Every frame of a stream that ends by itself."""
    async with asyncio.timeout(10):
        answer = await home.client.get(path, headers=headers)
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        text = await answer.text()
    frames = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if "event" in fields:
            frames.append({"id": fields.get("id"), "event": fields["event"], "data": json.loads(fields["data"])})
            assert conformity.event_faults(fields, "JobStreamEvent") == []
        elif block and not block.startswith(":"):
            assert fields.keys() == {"retry"}
    return frames


# Submitting


async def test_a_batch_is_accepted_with_its_id_and_place(home: House) -> None:
    answer = await home.client.post("/process", json=BATCH)

    body = await answer.json()
    assert answer.status == 202
    assert set(body) == {"jobId"}
    assert answer.headers["Location"] == f"/status/{body['jobId']}"


async def test_an_accepted_batch_completes(home: House) -> None:
    body = await ended(home, await submit(home, {"items": [ITEM, {"url": "https://fake.example/def"}]}))

    assert (body["status"], body["progress"]) == ("completed", 100)
    assert [(item["platform"], item["code"], item["status"]) for item in body["items"]] == [
        ("fake", "abc", "success"),
        ("fake", "def", "success"),
    ]
    assert body["counts"]["success"] == 2
    assert all(RFC3339.fullmatch(body[name]) for name in ("createdAt", "updatedAt", "finishedAt"))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"items": []}, 400, "no_items"),
        ({"items": [ITEM] * 4}, 400, "too_many_items"),
        ({"items": "abc"}, 422, "validation"),
        ({}, 422, "validation"),
        ({"items": [{"platform": "nobody", "code": "abc"}]}, 422, "validation"),
        ({"items": [ITEM], "options": {"frames": {"mode": "x"}}}, 422, "validation"),
        ({"items": [ITEM], "extra": 1}, 422, "validation"),
    ],
)
async def test_a_wrong_batch_is_refused_and_nothing_is_queued(home: House, body: Any, status: int, code: str) -> None:
    answer = await home.client.post("/process", json=body)

    assert answer.status == status
    assert (await problem(answer))["code"] == code
    assert (await (await home.client.get("/jobs")).json())["jobs"] == []


async def test_each_wrong_value_has_a_pointer(home: House) -> None:
    body = {"items": [ITEM, {"platform": "fake", "code": "../../etc"}], "options": {}}

    found = await problem(await home.client.post("/process", json=body))

    assert [error["pointer"] for error in found["errors"]] == ["#/items/1/code"]


async def test_a_body_that_is_no_json_is_a_bad_request(home: House) -> None:
    answer = await home.client.post("/process", data=b"{items", headers={"Content-Type": "application/json"})

    assert answer.status == 400
    assert (await problem(answer))["code"] == "bad_json"


async def test_a_form_is_not_a_batch(home: House) -> None:
    answer = await home.client.post("/process", data={"items": "abc"})

    assert answer.status == 415
    await problem(answer)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "bogus"])
async def test_a_packed_body_is_refused(home: House, coding: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}

    answer = await home.client.post("/process", data=b"xx", headers=headers)

    assert answer.status == 415
    await problem(answer)


async def test_a_huge_body_is_refused(home: House) -> None:
    answer = await home.client.post(
        "/process", data=io.BytesIO(b"[" * (2 << 20)), headers={"Content-Type": "application/json"}
    )

    assert answer.status == 413
    await problem(answer)


async def test_a_full_queue_says_when_to_come_back(tmp_path: Path) -> None:
    async def forever(_item: Item, _report: Report) -> None:
        await asyncio.Event().wait()

    async with house(tmp_path, capacity=2, work=ScriptedWork({"abc": forever})) as home:
        answers = [await home.client.post("/process", json={"items": [ITEM, ITEM]}) for _ in range(4)]

    refused = [answer for answer in answers if answer.status == 503]
    assert refused
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)


async def test_a_draining_service_takes_nothing_new(home: House) -> None:
    home.service.draining = True

    answer = await home.client.post("/process", json=BATCH)

    assert answer.status == 503
    assert (await problem(answer))["code"] == "draining"
    assert answer.headers["Retry-After"]


async def test_the_same_idempotency_key_gives_the_same_answer_once(home: House) -> None:
    reordered = {"items": [{"code": "abc", "platform": "fake"}]}
    ids = {await submit(home, body, **{"Idempotency-Key": "k1"}) for body in (BATCH, BATCH, reordered)}

    other = await home.client.post("/process", json={"items": [ITEM, ITEM]}, headers={"Idempotency-Key": "k1"})

    assert len(ids) == 1
    assert other.status == 422
    assert len((await (await home.client.get("/jobs")).json())["jobs"]) == 1


# Reading


@pytest.mark.parametrize("job_id", ["nobody", "00000000-0000-7000-8000-00000000dead", "..%2f..%2fetc", "%00"])
async def test_an_unknown_job_is_not_found(home: House, job_id: str) -> None:
    for path in (f"/status/{job_id}", f"/jobs/{job_id}/events", f"/jobs/{job_id}/items/0"):
        answer = await home.client.get(path)

        assert answer.status == 404
        await problem(answer)


async def test_a_failed_item_says_why_and_leaves_the_others(home: House) -> None:
    async def fail(_item: Item, _report: Report) -> None:
        raise VxError("private", "the owner hid it")

    home.work.scripts = {"bad": fail}
    body = await ended(home, await submit(home, {"items": [ITEM, {"platform": "fake", "code": "bad"}]}))

    assert body["status"] == "failed"
    assert body["progress"] < 100
    assert [item["status"] for item in body["items"]] == ["success", "failed"]
    assert body["items"][1]["error"] == {
        "code": "private",
        "message": "the owner hid it",
        "retryable": False,
        "hint": "The owner made this video private.",
    }


async def test_tail_gives_the_last_lines_and_says_that_others_are_there(home: House) -> None:
    job_id = await submit_and_say(home, lines=30)

    whole = await (await home.client.get(f"/status/{job_id}")).json()
    some = await (await home.client.get(f"/status/{job_id}?tail=5")).json()

    assert some["logs"] == whole["logs"][-5:]
    assert (some["logsTruncated"], whole["logsTruncated"]) == (True, False)
    assert all({"ts", "level", "msg", "seq"} <= set(line) for line in whole["logs"])
    assert all(RFC3339.fullmatch(line["ts"]) for line in whole["logs"])


@pytest.mark.parametrize("query", ["tail=x", "tail=-1", "wait=soon", "tail=1e3", "tail=%00"])
async def test_a_wrong_query_is_a_bad_request(home: House, query: str) -> None:
    answer = await home.client.get(f"/status/{await submit(home)}?{query}")

    assert answer.status == 400
    await problem(answer)


async def submit_and_say(home: House, *, lines: int) -> str:
    """A job that has ended and left log lines."""

    async def speak(item: Item, _report: Report) -> None:
        for n in range(lines):
            home.journal.tap(
                LogLine(
                    job_id=item.key.job_id,
                    ts=START,
                    level="INFO",
                    msg=f"line {n}",
                    event="test.said",
                    item=item.key.index,
                )
            )

    home.work.scripts = {"abc": speak}
    job_id = await submit(home)
    await ended(home, job_id)
    return job_id


async def test_an_unchanged_status_is_304(home: House) -> None:
    job_id = await submit(home)
    await ended(home, job_id)
    first = await home.client.get(f"/status/{job_id}")

    again = await home.client.get(f"/status/{job_id}", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status == 304
    assert await again.read() == b""


async def held(home: House) -> tuple[str, asyncio.Event]:
    """A job that runs until the event is set."""
    go, begun = asyncio.Event(), asyncio.Event()

    async def hold(_item: Item, _report: Report) -> None:
        begun.set()
        await go.wait()

    home.work.scripts = {"abc": hold}
    job_id = await submit(home)
    await asyncio.wait_for(begun.wait(), 5)
    return job_id, go


async def test_a_request_that_waits_is_answered_by_the_change(home: House) -> None:
    job_id, go = await held(home)
    seen = (await home.client.get(f"/status/{job_id}")).headers["ETag"]
    waiting = asyncio.get_running_loop().create_task(
        home.client.get(f"/status/{job_id}?wait=30", headers={"If-None-Match": seen})
    )
    await asyncio.wait([waiting], timeout=0.2)
    assert not waiting.done()

    go.set()

    answer = await asyncio.wait_for(waiting, 5)
    assert answer.status == 200
    assert (await answer.json())["lastSeq"] > 0


async def test_a_request_that_waits_is_not_woken_by_what_it_would_not_show(home: House) -> None:
    job_id, go = await held(home)
    seen = (await home.client.get(f"/status/{job_id}")).headers["ETag"]
    tick = Event(job_id=job_id, seq=0, kind=EventKind.PROGRESS, ts=START, data={"index": 0, "progress": 0})
    waiting = asyncio.get_running_loop().create_task(
        home.client.get(f"/status/{job_id}?wait=30", headers={"If-None-Match": seen})
    )
    for _ in range(5):
        await asyncio.wait([waiting], timeout=0.05)
        home.hub.publish([tick])
    assert not waiting.done()

    go.set()

    assert (await asyncio.wait_for(waiting, 5)).status == 200


async def test_a_request_that_waits_for_nothing_is_304(home: House) -> None:
    job_id, go = await held(home)
    seen = (await home.client.get(f"/status/{job_id}")).headers["ETag"]

    answer = await home.client.get(f"/status/{job_id}?wait=1", headers={"If-None-Match": seen})
    go.set()

    assert answer.status == 304


async def test_a_request_that_waits_is_answered_when_the_service_stops(home: House) -> None:
    job_id, _ = await held(home)
    waiting = asyncio.get_running_loop().create_task(home.client.get(f"/status/{job_id}?wait=30"))
    await asyncio.wait([waiting], timeout=0.1)

    home.hub.close()

    assert (await asyncio.wait_for(waiting, 5)).status == 200


async def test_jobs_are_listed_newest_first_in_pages(home: House) -> None:
    ids = [await submit(home) for _ in range(5)]
    await asyncio.gather(*(ended(home, job_id) for job_id in ids))

    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = await (await home.client.get(f"/jobs?limit=2&cursor={cursor}" if cursor else "/jobs?limit=2")).json()
        seen += [job["jobId"] for job in page["jobs"]]
        cursor = page["nextCursor"]

    assert seen == ids[::-1]
    assert "logs" not in page["jobs"][0]
    assert page["counts"] == {"pending": 0, "running": 0, "completed": 5, "failed": 0, "cancelled": 0}
    assert (await (await home.client.get("/jobs?status=failed")).json())["jobs"] == []


@pytest.mark.parametrize(
    "query",
    [
        *("status=done", "limit=0", "limit=x", "cursor=abc", "label=x", "label=a b:c", "&".join(["label=a:b"] * 5)),
        *("since=yesterday", "until=2026-13-01T09:00:12Z", "since=2026-11-22", "since=2026-11-22T09:00:12"),
    ],
)
async def test_a_wrong_list_query_is_a_bad_request(home: House, query: str) -> None:
    assert (await home.client.get(f"/jobs?{query}")).status == 400


# Files


def published(home: House, tmp_path: Path) -> Callable[[Item, Report], Awaitable[Outcome]]:
    async def publish(item: Item, _report: Report) -> Outcome:
        folder = tmp_path / f"work-{item.key.index}"
        (folder / "frames").mkdir(parents=True)
        (folder / "frames" / "00001_00001.500.jpg").write_bytes(b"0123456789")
        (folder / "manifest.jsonl").write_text("{}\n")
        files = [
            OutputFile(kind="frame", name="frames/00001_00001.500.jpg", width=4, height=2, t=1.5),
            OutputFile(kind="manifest", name="manifest.jsonl"),
        ]
        artifacts = await home.artifacts.publish(folder, f"{item.key.job_id}/0-fake-abc", files)
        return Outcome(status=ItemStatus.SUCCESS, frames=1, artifacts=artifacts)

    return publish


async def test_the_files_of_an_item_can_be_fetched_whole_and_in_part(home: House, tmp_path: Path) -> None:
    home.work.scripts = {"abc": published(home, tmp_path)}
    job_id = await submit(home)
    await ended(home, job_id)

    item = await (await home.client.get(f"/jobs/{job_id}/items/0")).json()
    frame = item["artifacts"][0]
    whole = await home.client.get(frame["url"])
    part = await home.client.get(frame["url"], headers={"Range": "bytes=2-4"})

    assert {name: frame[name] for name in ("kind", "name", "bytes", "width", "height", "t")} == {
        "kind": "frame",
        "name": "00001_00001.500.jpg",
        "bytes": 10,
        "width": 4,
        "height": 2,
        "t": 1.5,
    }
    assert (await whole.read(), whole.content_type) == (b"0123456789", "image/jpeg")
    assert "immutable" in whole.headers["Cache-Control"]
    assert (part.status, await part.read()) == (206, b"234")


@pytest.mark.parametrize("path", ["/artifacts/nobody/x.jpg", "/artifacts/..%2f..%2f/x", "/artifacts/a/..%2fvxpipe.db"])
async def test_a_file_that_is_not_listed_is_not_found(home: House, path: str) -> None:
    answer = await home.client.get(path)

    assert answer.status == 404
    await problem(answer)


@pytest.mark.parametrize("index", ["1", "-1", "x", "٣", "99999999999999999999"])
async def test_an_unknown_item_is_not_found(home: House, index: str) -> None:
    job_id = await submit(home)

    assert (await home.client.get(f"/jobs/{job_id}/items/{index}")).status == 404


async def test_a_repeated_request_is_answered_by_a_service_that_takes_nothing_new(home: House) -> None:
    job_id = await submit(home, **{"Idempotency-Key": "k1"})
    home.service.draining = True

    assert await submit(home, **{"Idempotency-Key": "k1"}) == job_id


# Cancelling


async def test_cancel_ends_running_and_waiting_items(home: House) -> None:
    begun = asyncio.Event()

    async def forever(_item: Item, _report: Report) -> None:
        begun.set()
        await asyncio.Event().wait()

    home.work.scripts = {"abc": forever}
    job_id = await submit(home, {"items": [ITEM] * 3})
    await begun.wait()

    answer = await home.client.post(f"/jobs/{job_id}/cancel")
    body = await ended(home, job_id)
    again = await home.client.post(f"/jobs/{job_id}/cancel")

    assert answer.status == 202
    assert body["status"] == "cancelled"
    assert {item["status"] for item in body["items"]} == {"cancelled"}
    assert again.status == 202


async def test_a_job_that_has_ended_cannot_be_cancelled(home: House) -> None:
    job_id = await submit(home)
    await ended(home, job_id)

    answer = await home.client.post(f"/jobs/{job_id}/cancel")

    assert answer.status == 409
    await problem(answer)


# Running again


def failing(home: House, code: str = "bad") -> None:
    """Let videos of this code fail."""

    async def fail(_item: Item, _report: Report) -> None:
        raise VxError("removed", "gone")

    home.work.scripts = {code: fail}


MIXED = {"items": [ITEM, {"platform": "fake", "code": "bad"}]}


async def test_retry_runs_what_failed_and_nothing_else(home: House) -> None:
    failing(home)
    before = await ended(home, job_id := await submit(home, MIXED))
    home.work.scripts, home.work.begun = {}, []

    answer = await home.client.post(f"/jobs/{job_id}/retry")
    body, after = await answer.json(), await ended(home, job_id)

    assert (answer.status, answer.headers["Location"]) == (202, f"/status/{job_id}")
    assert (body["status"], body["finishedAt"], body["counts"]["success"]) == ("running", None, 1)
    assert body["items"][1]["lastFailure"]["code"] == "removed"
    assert (after["status"], after["progress"], home.work.begun) == ("completed", 100, ["bad"])
    assert after["items"][0] == before["items"][0]
    assert [item["attempt"] for item in after["items"]] == [1, 2]


async def test_a_cancelled_job_can_be_run_again(home: House) -> None:
    job_id, release = await held(home)
    await home.client.post(f"/jobs/{job_id}/cancel")
    assert (await ended(home, job_id))["status"] == "cancelled"
    release.set()

    answer = await home.client.post(f"/jobs/{job_id}/retry")

    assert answer.status == 202
    assert (await ended(home, job_id))["status"] == "completed"


async def test_a_reader_of_the_first_run_goes_on_with_the_second(home: House) -> None:
    failing(home)
    await ended(home, job_id := await submit(home, MIXED))
    first = await read_stream(home, f"/jobs/{job_id}/events")
    last_id = next(frame["id"] for frame in reversed(first) if frame["id"])
    await home.client.post(f"/jobs/{job_id}/retry")

    second = await read_stream(home, f"/jobs/{job_id}/events", **{"Last-Event-ID": last_id})
    whole = await read_stream(home, f"/jobs/{job_id}/events")

    numbered = [frame for frame in second if frame["id"]]
    states = [frame["data"]["status"] for frame in whole if frame["event"] == "status"]
    assert [int(frame["id"]) for frame in numbered] == list(range(int(last_id) + 1, int(numbered[-1]["id"]) + 1))
    assert (states[-1], states.count("failed")) == ("failed", 2)
    assert [frame for frame in whole if frame["id"]][1:] == [frame for frame in first if frame["id"]][1:] + numbered
    assert second[-1]["data"] == {"reason": "done"}


async def test_what_runs_or_has_succeeded_is_not_run_again_and_the_answer_says_why(home: House) -> None:
    running, release = await held(home)

    early = await home.client.post(f"/jobs/{running}/retry")
    release.set()
    await ended(home, running)
    late = await home.client.post(f"/jobs/{running}/retry")
    unknown = await home.client.post("/jobs/nobody/retry")

    assert [answer.status for answer in (early, late, unknown)] == [409, 409, 404]
    assert [(await problem(answer))["code"] for answer in (early, late)] == ["job_unfinished", "nothing_to_retry"]


async def test_a_service_that_stops_or_is_full_runs_nothing_again(tmp_path: Path) -> None:
    async with house(tmp_path, capacity=2) as home:
        failing(home, "abc")
        await ended(home, job_id := await submit(home, {"items": [ITEM] * 2}))
        with home.queue.reserve(1):
            full = await home.client.post(f"/jobs/{job_id}/retry")
        home.service.draining = True
        draining = await home.client.post(f"/jobs/{job_id}/retry")
        codes = [(await problem(answer))["code"] for answer in (full, draining)]

    assert [answer.status for answer in (full, draining)] == [503, 503]
    assert "Retry-After" in full.headers
    assert codes == ["queue_full", "draining"]


async def test_many_requests_at_once_under_one_key_make_one_job(home: House) -> None:
    jobs = await asyncio.gather(*(submit(home, **{"Idempotency-Key": "k"}) for _ in range(10)))

    assert set(jobs) == {jobs[0]}
    assert len((await (await home.client.get("/jobs")).json())["jobs"]) == 1


# Labels, priority, options of one video


async def test_labels_priority_and_options_are_shown(home: House) -> None:
    own = {"frames": {"mode": "count", "count": 2}}
    body = {
        "items": [ITEM, ITEM | {"options": own}],
        "options": {"sheet": False, "frames": {"max": 9}},
        "labels": {"project": "a:b", "empty": ""},
        "priority": 3,
    }

    shown = await ended(home, await submit(home, body))

    assert (shown["labels"], shown["priority"]) == (body["labels"], 3)
    assert (shown["options"], [item["options"] for item in shown["items"]]) == (body["options"], [None, own])


async def test_a_named_encoder_that_is_not_there_is_refused_where_it_is_named(home: House) -> None:
    absent, there = ({"clip": {"encoder": name}} for name in ("h264_nvenc", "av1_nvenc"))
    body = {"items": [ITEM | {"options": there}, ITEM | {"options": absent}], "options": absent}

    answer = await home.client.post("/process", json=body)
    plan = await home.client.post("/process?plan=1", json=body)
    fine = await home.client.post("/process", json={"items": [ITEM | {"options": there}], "options": {"clip": {}}})

    problem = await answer.json()
    assert (answer.status, plan.status, fine.status) == (422, 422, 202)
    assert problem["errors"] == [
        {"pointer": place, "detail": "there is no h264_nvenc here"}
        for place in ("#/options/clip/encoder", "#/items/1/options/clip/encoder")
    ]


async def test_each_wrong_label_priority_and_option_has_a_pointer(home: House) -> None:
    body = {
        "items": [ITEM, ITEM | {"options": {"frames": {"mode": "interval", "every": 0}, "crop": {"aspect": "x"}}}],
        "labels": {"bad name": "x", "word": 5, "long": "x" * 201},
        "priority": 11,
    }

    answer = await home.client.post("/process", json=body)

    assert answer.status == 422
    assert {fault["pointer"] for fault in (await problem(answer))["errors"]} == {
        "#/items/1/options/frames/every",
        "#/items/1/options/crop/aspect",
        "#/labels/bad name",
        "#/labels/word",
        "#/labels/long",
        "#/priority",
    }


async def test_jobs_are_found_by_label_platform_and_time(home: House) -> None:
    first = await submit(home, BATCH | {"labels": {"team": "x", "shift": "a:b"}})
    second = await submit(home, BATCH | {"labels": {"team": "x"}})
    created = (await ended(home, second))["createdAt"]

    async def found(query: str) -> list[str]:
        answer = await home.client.get(f"/jobs?{query}")
        assert answer.status == 200, await answer.text()
        return [job["jobId"] for job in (await answer.json())["jobs"]]

    assert await found("label=team:x") == [second, first]
    assert await found("label=team:x&label=shift:a:b&platform=fake") == [first]
    assert await found(f"since={created}&status=completed") == [second]
    assert await found(f"until={created}&platform=fake") == [first]
    assert await found("platform=nobody") == await found("label=team:y") == []


# Plans


async def test_a_plan_says_what_would_be_done_and_nothing_is_stored(home: House) -> None:
    home.lanes.recall("fake", "rate_limited", 60)
    await submit(home, {"items": [ITEM] * 2})
    body = {
        "items": [
            {"url": "https://fake.example/abc"},
            ITEM,
            ITEM | {"options": {"clip": {}, "image": {"maxHeight": 90}}},
        ],
        "options": {"frames": {"max": 9}, "sheet": False},
    }

    answer = await home.client.post("/process?plan=1", json=body)

    plan = await answer.json()
    first, second, third = plan["items"]
    assert answer.status == 200
    assert (first["platform"], first["code"], first["url"]) == ("fake", "abc", ITEM_URL)
    assert [item["rendition"] for item in (first, third)] == [
        {"height": None, "sound": False},
        {"height": 90, "sound": True},
    ]
    assert [item["sameAs"] for item in plan["items"]] == [None, 0, None]
    assert [item["lane"]["ahead"] for item in plan["items"]] == [2, 3, 4]
    assert [item["cached"] for item in plan["items"]] == [False] * 3
    assert (second["lane"]["state"], second["lane"]["reason"]) == ("open", "rate_limited")
    assert (third["options"]["frames"]["max"], third["options"]["sheet"], third["options"]["crop"]) == (
        9,
        False,
        "auto",
    )
    assert plan["queue"] == {"depth": 2, "room": 48, "fits": True}
    assert len((await (await home.client.get("/jobs")).json())["jobs"]) == 1


async def test_a_plan_refuses_what_a_batch_refuses_and_needs_no_room(tmp_path: Path) -> None:
    async with house(tmp_path, capacity=1) as home:
        home.service.draining = True
        full = await (await home.client.post("/process?plan=1", json={"items": [ITEM] * 2})).json()
        wrong = await home.client.post("/process?plan=1", json={"items": [{"platform": "nobody", "code": "x"}]})
        query = await home.client.post("/process?plan=2", json=BATCH)
        asked = await home.client.post("/process?plan=0", json=BATCH)

    assert full["queue"] == {"depth": 0, "room": 1, "fits": False}
    assert [answer.status for answer in (wrong, query, asked)] == [422, 400, 503]


# Drafts


async def test_a_draft_is_judged_line_by_line_and_nothing_is_stored(home: House) -> None:
    home.lanes.recall("fake", "rate_limited", 60)

    answer = await home.client.post("/drafts", json={"text": "title,url\nx,https://fake.example/abc\nhello"})

    draft = await answer.json()
    right, wrong = draft["lines"]
    assert answer.status == 200
    assert (right["line"], right["item"]) == (2, {"url": "https://fake.example/abc"})
    assert (right["platform"], right["name"], right["note"]) == ("Fake", "abc", "left alone for 1 min: rate limited")
    assert (wrong["line"], wrong["item"], wrong["fault"]) == (3, None, "no link, and no platform:code")
    assert (draft["notes"], draft["rest"]) == (["not used: title"], "title,url\nhello")
    assert (await (await home.client.get("/jobs")).json())["jobs"] == []


async def test_an_encoder_that_is_not_there_is_told_of_a_draft_too(home: House) -> None:
    body = {"text": "fake:abc", "options": {"clip": {"encoder": "hevc_nvenc"}}}

    draft = await (await home.client.post("/drafts", json=body)).json()

    assert draft["faults"] == [{"pointer": "#/options/clip/encoder", "detail": "there is no hevc_nvenc here"}]


async def test_an_encoder_that_is_not_there_is_told_of_the_line_that_names_it(home: House) -> None:
    lines = [{"platform": "fake", "code": code, "options": {"clip": {"encoder": name}}} for code, name in _WANTED]

    draft = await (await home.client.post("/drafts", json={"text": json.dumps(lines)})).json()

    reason = "options.clip.encoder: there is no hevc_nvenc here"
    assert [line["fault"] for line in draft["lines"]] == [reason, None, reason]
    assert [line["sameAs"] for line in draft["lines"]] == [None, None, None]
    assert [json.loads(line) for line in draft["rest"].split("\n")] == [lines[0], lines[2]]
    assert draft["faults"] == []


_WANTED = (("abc", "hevc_nvenc"), ("abc", "av1_nvenc"), ("abc", "hevc_nvenc"))


async def test_an_encoder_that_a_batch_in_json_names_is_told_of_the_text(home: House) -> None:
    text = json.dumps({"items": ["fake:abc"], "options": {"clip": {"encoder": "hevc_nvenc"}}})

    draft = await (await home.client.post("/drafts", json={"text": text})).json()

    detail = "in your JSON, options.clip.encoder: there is no hevc_nvenc here"
    assert draft["faults"] == [{"pointer": "#/text", "detail": detail}]


@pytest.mark.parametrize("number", [10**30, -(10**30)])
async def test_numbers_that_no_answer_can_hold_are_faults_of_a_draft(home: House, number: int) -> None:
    text = json.dumps({"items": [number, {"url": "https://fake.example/abc"}], "priority": number})
    answer = await home.client.post("/drafts", json={"text": text, "options": {"frames": {"max": number}}})

    draft = await answer.json()
    assert (answer.status, draft["besides"]) == (200, {})
    assert [(line["item"] is None, line["fault"] is None) for line in draft["lines"]] == [(True, False), (False, True)]
    assert [fault["pointer"] for fault in draft["faults"]] == ["#/options/frames/max", "#/text"]


@pytest.mark.parametrize("body", [[None], "x", 3])
async def test_what_is_no_draft_is_told_what_one_looks_like(home: House, body: Any) -> None:
    answer = await home.client.post("/drafts", json=body)

    (error,) = (await answer.json())["errors"]
    assert (answer.status, error["detail"]) == (422, 'expected an object like {"text": "https://youtu.be/aqz-KE-bpKQ"}')


async def test_what_a_draft_stands_for_is_taken_as_it_is(home: House) -> None:
    text = json.dumps({"items": ["fake:abc", "hello"], "labels": {"p": "x"}})
    draft = await (await home.client.post("/drafts", json={"text": text, "options": {"sheet": False}})).json()
    ready = [line["item"] for line in draft["lines"] if not line["fault"]]

    job_id = await submit(home, {"items": ready, **draft["besides"]})

    job = await ended(home, job_id)
    assert (job["labels"], job["options"]) == ({"p": "x"}, {"sheet": False})


async def test_the_options_are_described_with_their_defaults_and_bounds(home: House) -> None:
    schema = await (await home.client.get("/options")).json()

    frames = schema["$defs"]["Frames"]["properties"]
    assert (frames["max"]["default"], frames["max"]["maximum"]) == (500, 2000)
    assert schema["properties"]["sheet"]["default"] is True


# Deleting


async def test_a_deleted_job_is_gone_with_its_files_and_its_key_is_free(home: House, tmp_path: Path) -> None:
    home.work.scripts = {"abc": published(home, tmp_path)}
    job_id = await submit(home, **{"Idempotency-Key": "k"})
    await ended(home, job_id)
    item = await (await home.client.get(f"/jobs/{job_id}/items/0")).json()

    answer = await home.client.delete(f"/jobs/{job_id}")

    paths = [f"/status/{job_id}", f"/jobs/{job_id}/items/0", f"/jobs/{job_id}/events", item["artifacts"][0]["url"]]
    after = [(await home.client.get(path)).status for path in paths]
    again = [await home.client.delete(f"/jobs/{job_id}"), await home.client.post(f"/jobs/{job_id}/retry")]
    home.work.scripts = {}  # what is published is published once
    assert (answer.status, await answer.read()) == (204, b"")
    assert after + [found.status for found in again] == [404] * 6
    assert not (tmp_path / "artifacts" / job_id).exists()
    assert (await (await home.client.get("/jobs")).json())["jobs"] == []
    assert await submit(home, {"items": [ITEM] * 2}, **{"Idempotency-Key": "k"}) != job_id


async def test_a_job_that_runs_is_not_deleted(home: House) -> None:
    job_id, release = await held(home)

    answer = await home.client.delete(f"/jobs/{job_id}")
    release.set()

    assert answer.status == 409
    assert (await problem(answer))["code"] == "job_unfinished"
    assert (await ended(home, job_id))["status"] == "completed"


# Streams


async def test_the_stream_of_a_job_tells_everything_once_and_ends(home: House) -> None:
    job_id = await submit_and_say(home, lines=20)

    frames = await read_stream(home, f"/jobs/{job_id}/events")

    ids = [int(frame["id"]) for frame in frames if frame["id"] and frame["event"] != "snapshot"]
    assert frames[0]["event"] == "snapshot"
    assert ids == list(range(1, len(ids) + 1))
    assert frames[-1] == {"id": None, "event": "bye", "data": {"reason": "done"}}
    assert frames[-2]["event"] == "status"
    assert frames[-2]["data"]["status"] == "completed"


@pytest.mark.parametrize("way", ["header", "query"])
async def test_a_stream_resumes_after_the_last_event_id(home: House, way: str) -> None:
    job_id = await submit_and_say(home, lines=20)
    whole = await read_stream(home, f"/jobs/{job_id}/events")

    path = f"/jobs/{job_id}/events" + ("?lastEventId=7" if way == "query" else "")
    rest = await read_stream(home, path, **({"Last-Event-ID": "7"} if way == "header" else {}))

    numbered = [frame for frame in whole if frame["id"] and int(frame["id"]) > 7]
    assert rest[:-1] == numbered


async def test_a_resume_point_beyond_the_end_is_the_end(home: House) -> None:
    job_id = await submit(home)
    await ended(home, job_id)

    frames = await read_stream(home, f"/jobs/{job_id}/events?lastEventId=99999")

    assert [frame["event"] for frame in frames] == ["bye"]


@pytest.mark.parametrize("path", ["/events", "/jobs/x/events"])
async def test_streams_have_no_head(home: House, path: str) -> None:
    assert (await home.client.head(path)).status == 405


@pytest.mark.parametrize(
    ("given", "headers"),
    [("?lastEventId=last", {}), ("", {"Last-Event-ID": "last"}), ("?lastEventId=last", {"Last-Event-ID": "7"})],
)
async def test_a_wrong_resume_point_is_the_same_fault_wherever_it_stands(
    home: House, given: str, headers: dict[str, str]
) -> None:
    answer = await home.client.get(f"/jobs/{await submit(home)}/events{given}", headers=headers)

    assert answer.status == 400
    assert (await problem(answer))["code"] == "bad_event_id"


async def test_replay_ends_although_the_job_goes_on(home: House) -> None:
    begun = asyncio.Event()

    async def forever(_item: Item, _report: Report) -> None:
        begun.set()
        await asyncio.Event().wait()

    home.work.scripts = {"abc": forever}
    job_id = await submit(home)
    await begun.wait()

    frames = await read_stream(home, f"/jobs/{job_id}/events?follow=0")

    assert frames[0]["data"]["status"] == "running"
    assert frames[-1]["event"] == "bye"


async def test_the_feed_of_all_jobs_begins_with_the_unfinished_ones_and_holds_no_logs(home: House) -> None:
    go, begun = asyncio.Event(), asyncio.Event()

    async def hold(_item: Item, _report: Report) -> None:
        begun.set()
        await go.wait()

    home.work.scripts = {"abc": hold}
    finished = await submit(home, {"items": [{"platform": "fake", "code": "def"}]})
    await ended(home, finished)
    job_id = await submit(home)
    await begun.wait()
    async with asyncio.timeout(10), home.client.get("/events") as answer:
        seen: list[str] = []
        async for raw in answer.content:
            line = raw.decode().strip()
            if line.startswith("event: "):
                seen.append(line.removeprefix("event: "))
            if line.startswith("data: ") and seen == ["snapshot"]:
                begun_with = json.loads(line[6:])
                assert [job["jobId"] for job in begun_with["jobs"]] == [job_id]
                assert (begun_with["counts"]["running"], begun_with["counts"]["completed"]) == (1, 1)
                go.set()
            if line.startswith("data: ") and '"status":"completed"' in line:
                break

    assert seen[0] == "snapshot"
    assert set(seen[1:]) <= {"status", "item", "progress"}
    assert {"status", "item"} <= set(seen)


async def test_streams_say_goodbye_when_the_service_stops(home: House) -> None:
    async def forever(_item: Item, _report: Report) -> None:
        await asyncio.Event().wait()

    home.work.scripts = {"abc": forever}
    job_id = await submit(home)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        reading = group.create_task(read_stream(home, f"/jobs/{job_id}/events"))
        await asyncio.sleep(0.05)
        home.hub.close()

    assert reading.result()[-1] == {"id": None, "event": "bye", "data": {"reason": "shutdown"}}


# Keys, browsers, other origins


@pytest.fixture
async def locked(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, api_keys=["key-one", "key-two"], cors_origins=["https://app.example"]) as opened:
        yield opened


PROTECTED = [(method, path) for method, path, _, scope in ROUTES if scope]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
async def test_without_a_key_nothing_is_shown(locked: House, method: str, path: str) -> None:
    answer = await locked.client.request(method, path.replace("{", "").replace("}", ""), json=BATCH)

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"]
    await problem(answer)


@pytest.mark.parametrize("path", ["/health", "/ready", "/", "/jobs/any", "/docs"])
async def test_some_doors_are_open(locked: House, path: str) -> None:
    assert (await locked.client.get(path, headers={"Accept": "text/html, */*;q=0.1"})).status == 200


@pytest.mark.parametrize(
    "headers",
    [{"X-API-Key": "key-one"}, {"X-API-Key": "key-two"}, {"Authorization": "Bearer key-two"}],
)
async def test_any_of_the_keys_opens_in_either_way(locked: House, headers: dict[str, str]) -> None:
    assert (await locked.client.get("/jobs", headers=headers)).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": "key-three"},
        {"X-API-Key": ""},
        {"Authorization": "Basic a2V5LW9uZTo="},
        {"Authorization": "Bearer"},
        {"Cookie": f"vxpipe_session={'0' * 64}"},
        {"Cookie": "vxpipe_session="},
    ],
)
async def test_a_wrong_key_opens_nothing(locked: House, headers: dict[str, str]) -> None:
    assert (await locked.client.get("/jobs", headers=headers)).status == 401


async def test_a_browser_signs_in_with_a_key_and_gets_a_strict_cookie(locked: House) -> None:
    wrong = await locked.client.post("/login", json={"apiKey": "key-three"})
    right = await locked.client.post("/login", json={"apiKey": "key-one"})

    cookie = right.headers["Set-Cookie"]
    assert (wrong.status, right.status) == (401, 204)
    assert "Path=/" in cookie
    assert "Secure" not in cookie  # over plain HTTP a browser would drop it
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "key-one" not in cookie
    assert (await locked.client.get("/jobs")).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 202),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({}, 403),
    ],
)
async def test_a_cookie_changes_things_from_our_own_page_only(
    locked: House, headers: dict[str, str], status: int
) -> None:
    await locked.client.post("/login", json={"apiKey": "key-one"})

    assert (await locked.client.post("/process", json=BATCH, headers=headers)).status == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 202),
        ({"Host": "localhost:8000"}, 202),
        ({"Host": "evil.example"}, 403),
        ({"Host": "[::1"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 202),
    ],
)
async def test_a_service_without_keys_serves_this_machine_only(
    home: House, headers: dict[str, str], status: int
) -> None:
    assert (await home.client.post("/process", json=BATCH, headers=headers)).status == status


async def test_a_bent_name_reads_nothing_from_a_service_without_keys(home: House) -> None:
    assert (await home.client.get("/jobs", headers={"Host": "evil.example"})).status == 403


async def test_a_preflight_needs_no_key_and_only_known_origins_pass(locked: House) -> None:
    asked = {"Access-Control-Request-Method": "POST"}
    known = await locked.client.options("/process", headers={"Origin": "https://app.example", **asked})
    other = await locked.client.options("/process", headers={"Origin": "https://evil.example", **asked})

    assert known.status == 204
    assert known.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "X-API-Key" in known.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in other.headers


@pytest.mark.parametrize(("path", "status"), [("/jobs", 401), ("/health", 200), ("/nowhere", 401), ("/process", 405)])
async def test_every_answer_carries_the_cross_origin_headers(locked: House, path: str, status: int) -> None:
    origin = {"Origin": "https://app.example"}
    key = {"X-API-Key": "key-one"} if status == 405 else {}

    answer = await locked.client.get(path, headers=origin | key)

    assert answer.status == status
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "Origin" in answer.headers["Vary"]


# The rest of the house


async def test_unknown_paths_and_methods_are_problems(home: House) -> None:
    missing = await home.client.get("/nowhere")
    wrong = await home.client.delete("/process")

    assert (missing.status, wrong.status) == (404, 405)
    assert (await problem(missing))["code"] == "not_found"
    assert (await problem(wrong))["code"] == "method_not_allowed"
    assert "POST" in wrong.headers["Allow"]


async def test_a_request_id_is_kept_when_sensible_and_made_otherwise(home: House) -> None:
    kept = await home.client.get("/health", headers={"X-Request-ID": "abc-1"})
    made = await home.client.get("/nowhere", headers={"X-Request-ID": "no good id"})

    assert kept.headers["X-Request-ID"] == "abc-1"
    assert (await made.json())["requestId"] == made.headers["X-Request-ID"] != "no good id"


async def test_the_platforms_are_listed_with_their_pace_and_their_breaker(home: House) -> None:
    before = (await (await home.client.get("/platforms")).json())["platforms"]
    home.lanes.recall("fake", "rate_limited", 600)
    (after,) = (await (await home.client.get("/platforms")).json())["platforms"]

    assert before == [
        {
            "name": "fake",
            "label": "Fake",
            "aliases": [],
            "codePattern": "[a-z]+",
            "example": "abc",
            "hosts": ["fake.example"],
            "links": ["https://fake.example/{c}"],
            "concurrency": 2,
            "interval": 0.0,
            "enabled": True,
            "breaker": {"state": "closed", "until": None, "reason": None},
            "credentials": {"cookies": False, "expired": False, "expires": None, "keys": False},
        }
    ]
    assert (after["breaker"]["state"], after["breaker"]["reason"]) == ("open", "rate_limited")
    assert RFC3339.fullmatch(after["breaker"]["until"])


async def test_capabilities_give_the_reason_for_each_no(home: House) -> None:
    home.lanes.recall("fake", "rate_limited", 600)
    await submit(home)

    answer = await home.client.get("/capabilities")

    assert (answer.status, answer.content_type) == (200, "application/json")
    assert await answer.json() == {
        "tools": {"vxpipe": "1.2.3", "ffmpeg": "9.0.2"},
        "ytdlp": {"version": "2026.10.26", "ageDays": 27, "source": "vxpipe", "warnings": ["too old"]},
        "sandbox": {"mode": "auto", "level": "fs+net"},
        "encoders": [
            {"name": "mjpeg", "available": True, "reason": None, "code": None},
            {"name": "h264_nvenc", "available": False, "reason": "not yet", "code": "NVENC_NOT_ON_GPU"},
        ],
        "decoders": [{"name": "h264", "available": True, "reason": None, "code": None}],
        "accel": "auto",
        "gpus": [
            {
                "name": "Card",
                "available": True,
                "reason": None,
                "code": None,
                "uuid": "GPU-1",
                "driver": "610.1",
                "memoryBytes": 1 << 30,
                "contextSeconds": 0.2,
                "abilities": [{"name": "h264_nvdec", "available": True, "reason": None, "code": None}],
                "work": {
                    "decoding": 1,
                    "decodeSlots": 14,
                    "encoding": 0,
                    "encodeSlots": 4,
                    "breaker": "open",
                    "restsSeconds": 12.5,
                    "done": {"cuda": 3},
                    "told": "1 of 14 decodes now, 3 on cuda since the start; it failed and rests for 13 s",
                },
            }
        ],
        "workers": 2,
        "queueDepth": 1,
        "disk": {"freeBytes": 1, "totalBytes": 2},
    }


async def test_a_job_of_a_platform_that_is_left_alone_waits_and_says_until_when(home: House) -> None:
    home.lanes.recall("fake", "rate_limited", 600)

    with capture_logs() as logs:
        job_id = await submit(home, {"items": [ITEM, ITEM]})

    status = await (await home.client.get(f"/status/{job_id}")).json()
    (line,) = [line for line in logs if line["event"] == "platform.paused"]
    assert (status["status"], status["items"][0]["status"], status["items"][0]["attempt"]) == ("pending", "waiting", 1)
    assert (line["job"], line["platform"], line["code"]) == (job_id, "fake", "rate_limited")
    assert RFC3339.fullmatch(line["until"])


async def test_health_and_readiness(tmp_path: Path) -> None:
    async with house(tmp_path, obstacles=["disk: full"]) as home:
        health, ready = await home.client.get("/health"), await home.client.get("/ready")

        assert health.status == 200
        assert ready.status == 503
        assert (await ready.json())["reasons"] == ["disk: full"]

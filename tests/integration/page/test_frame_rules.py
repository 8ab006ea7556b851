"""What the list and its feed work out without a DOM. Asked of the page's own modules."""

from typing import Any

import pytest

JOB = {"jobId": "b", "createdAt": "2026-11-22T09:00:02.000Z", "status": "completed", "priority": 0, "items": []}


def job(name: str, second: int, status: str, **more: Any) -> dict[str, Any]:
    return JOB | {"jobId": name, "createdAt": f"2026-11-22T09:00:{second:02}.000Z", "status": status} | more


LOSS = {"stoodMs": 0, "retryAfter": 0, "isOnline": True, "wasLive": True, "chance": 0}


@pytest.mark.parametrize(
    ("failures", "loss", "expected"),
    [
        (0, {}, (1, 1, "stale")),
        (0, {"wasLive": False}, (1, 1, "connecting")),
        (1, {}, (2, 2, "offline")),
        (0, {"isOnline": False}, (1, 1, "offline")),
        (9, {}, (10, 30, "offline")),
        (9, {"stoodMs": 6000}, (1, 1, "stale")),
        (2, {"retryAfter": 60, "chance": 0.5}, (3, 75, "offline")),
    ],
)
async def test_pauses_grow_with_the_losses_and_the_second_is_told(
    ask: Any, failures: int, loss: dict[str, Any], expected: tuple[int, float, str]
) -> None:
    told = await ask("lib/feed", "afterLoss", failures, LOSS | loss)

    assert expected == (told["failures"], told["seconds"], told["state"])


@pytest.mark.parametrize(
    ("state", "kind", "ids", "waiting"),
    [
        ({}, "rows", ["c", "b"], 0),
        ({"filter": "completed"}, "rows", ["b"], 0),
        ({"filter": "failed"}, "loading", [], 0),
        ({"filter": "failed", "failed": {}}, "failed", [], 0),
        ({"filter": "failed", "page": {"since": ""}}, "none", [], 0),
        ({"page": {"since": "2026-11-22T09:00:03"}}, "rows", ["c"], 0),
        ({"jobs": [], "counts": {"failed": 0}}, "first", [], 0),
        ({"jobs": [], "counts": {"failed": 1}}, "loading", [], 0),
        ({"shown": ["b"], "isHeld": True}, "rows", ["b"], 1),
        ({"shown": ["b"], "isHeld": False}, "rows", ["c", "b"], 0),
        ({"shown": ["gone"], "isHeld": True}, "rows", ["c", "b"], 0),
        ({"search": "sunset x"}, "rows", ["b"], 0),
    ],
)
async def test_the_list_shows_what_is_known_and_wanted(
    ask: Any, state: dict[str, Any], kind: str, ids: list[str], waiting: int
) -> None:
    film = {"platform": "vimeo", "code": "x", "title": "A Sunset"}
    known = [job("b", 2, "completed", items=[film]), job("c", 3, "running", priority=1)]
    usual = {"counts": None, "page": None, "failed": None, "filter": "", "search": "", "shown": [], "isHeld": False}

    told = await ask("jobs/view", "view", usual | {"jobs": known} | state)

    assert {"kind": kind, "ids": ids, "waiting": waiting} == told


async def test_a_first_page_keeps_what_it_reaches_and_replaces_what_it_does_not(ask: Any) -> None:
    before = {"newest": "05", "since": "01", "cursor": "old"}

    near = await ask("jobs/view", "joined", before, {"newest": "08", "oldest": "04", "nextCursor": "new"}, None)
    far = await ask("jobs/view", "joined", before, {"newest": "09", "oldest": "07", "nextCursor": "new"}, None)
    more = await ask("jobs/view", "joined", before, {"newest": "00", "oldest": "00", "nextCursor": None}, "old")

    assert {"newest": "08", "since": "01", "cursor": "old"} == near
    assert {"newest": "09", "since": "07", "cursor": "new"} == far
    assert {"newest": "05", "since": "", "cursor": None} == more


COUNTS = {"total": 2, "waiting": 0, "processing": 0, "success": 0, "failed": 0, "cancelled": 0}


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ({"status": "pending"}, "3 jobs before it"),
        ({"status": "cancelled", "counts": {"success": 1}}, "1 of 2 completed"),
        (
            {"options": {"frames": {"mode": "scenes", "threshold": 0.15}, "sheet": False}},
            "mode scenes · threshold 0.15 · no sheet",
        ),
        (
            {"options": {"crop": {"aspect": "9:16"}, "dedupe": {"enabled": False}, "clip": {}}},
            "aspect 9:16 · no dedupe · clip",
        ),
        ({"options": {"frames": {"at": [1, 2.5]}, "clip": None}}, "at 1, 2.5 · no clip"),
        (
            {
                "status": "running",
                "items": [{"retryAt": "2026-11-22T09:00:02Z", "lastFailure": {"message": "cut off"}}],
            },
            "cut off",
        ),
        ({"status": "failed", "items": [{"error": {"message": "gone"}, "attempt": 2}]}, "gone · attempt 2"),
    ],
)
async def test_a_row_says_what_a_job_does_brought_and_was_asked_for(ask: Any, state: dict[str, Any], line: str) -> None:
    counts = COUNTS | state.pop("counts", {})

    told = await ask("jobs/told", "lineOf", {**JOB, "options": {}, **state, "counts": counts}, 3)

    assert told.endswith(line)


@pytest.mark.parametrize(
    ("state", "counts", "shown"),
    [
        ({"status": "failed"}, {"failed": 2}, "failed"),
        ({"status": "failed"}, {"failed": 1, "success": 1}, "partly"),
        ({"status": "running", "items": [{"retryAt": "2026-11-22T09:00:02Z"}]}, {"waiting": 2}, "again"),
        ({"status": "running", "items": [{"retryAt": "2026-11-22T09:00:02Z"}]}, {"processing": 1}, "running"),
        ({"status": "pending", "items": [{"retryAt": None}]}, {"waiting": 2}, "pending"),
    ],
)
async def test_a_job_that_waits_to_try_again_is_not_said_to_be_queued(
    ask: Any, state: dict[str, Any], counts: dict[str, int], shown: str
) -> None:
    assert await ask("jobs/told", "stateOf", JOB | state | {"counts": COUNTS | counts}) == shown

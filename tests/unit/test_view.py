"""A job as its events tell it."""

from typing import Any

import pytest

from vxpipe import view
from vxpipe.view import JobView, Lane


def item(index: int, **changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {"index": index, "platform": "fake", "code": "abc", "title": None, "status": "processing"}
    return base | {"stage": "fetch", "progress": 10, "attempt": 1, "frames": None, "error": None} | changes


def seen(*events: tuple[str, dict[str, Any]]) -> JobView:
    snapshot = {"status": "running", "progress": 10, "items": [item(0), item(1, status="waiting", progress=0)]}
    job = JobView(job_id="j").after("snapshot", snapshot)
    for event, data in events:
        job = job.after(event, data)
    return job


def test_progress_moves_a_lane_and_the_job() -> None:
    job = seen(("progress", {"index": 0, "attempt": 1, "stage": "render", "progress": 80, "speed": 2e6, "eta": 9.0}))

    lane = job.lanes[0]
    assert (lane.said, lane.progress, lane.speed, lane.eta) == ("render", 80, 2e6, 9.0)
    assert job.progress == 40


@pytest.mark.parametrize("late", [{"attempt": 2, "index": 0}, {"attempt": 1, "index": 7}])
def test_progress_of_another_attempt_or_item_tells_nothing(late: dict[str, Any]) -> None:
    assert seen() == seen(("progress", {"stage": "render", "progress": 80} | late))


def test_the_end_of_an_item_says_why_and_the_end_of_the_job_stands() -> None:
    failure = {"code": "private", "message": "it is private"}
    job = seen(
        ("item", item(0, status="failed", error=failure)),
        ("item", item(1, status="success", frames=4, progress=100)),
        ("status", {"status": "failed", "progress": 99}),
        ("log", {"msg": "more"}),
    )

    assert [lane.said for lane in job.lanes.values()] == ["failed: it is private", "4 frames"]
    assert (job.status, job.progress, job.succeeded) == ("failed", 99, False)


def test_what_became_of_many_videos_is_told_in_a_few_lines() -> None:
    good = [Lane(name=f"{n}.mp4", status="success", frames=n) for n in range(4)]
    bad = [Lane(name=f"bad-{n}.mp4", status="failed", trouble="a text") for n in range(25)]

    assert view.tally([*bad, *good]) == "4 of 29 videos succeeded, frames kept: 6"
    assert view.failures(good) == []
    assert view.failures([*good, *bad[:2]]) == ["bad-0.mp4: failed: a text", "bad-1.mp4: failed: a text"]
    assert view.failures(bad)[-2:] == ["bad-19.mp4: failed: a text", "and 5 more"]


@pytest.mark.parametrize(
    ("value", "shown"), [(None, ""), (0.4, "0 s"), (59, "59 s"), (61, "1:01 min"), (3600, "1.0 h"), (9000, "2.5 h")]
)
def test_time_spans_are_for_people(value: float | None, shown: str) -> None:
    assert view.seconds(value) == shown

"""The promises of the Store port, asked of SQLite."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from fakes import START, job
from vxpipe.errors import BadRequest, Invalid
from vxpipe.model import (
    Artifact,
    Crop,
    EventKind,
    Failure,
    ItemKey,
    ItemStatus,
    JobStatus,
    LogLine,
    Outcome,
    Source,
    Wanted,
    instant,
    instant_of,
)
from vxpipe.ports import Entry
from vxpipe.recipe import Frames, Mode, Recipe
from vxpipe.store.jobs import SqlStore

from .conftest import Opened

FRAME = Artifact(
    id="a1", kind="frame", name="00001_00000.000.jpg", path="j/0/frames/x.jpg", bytes=3, sha256="00", t=0.0
)
SUCCESS = Outcome(status=ItemStatus.SUCCESS, frames=1, artifacts=(FRAME,))
FAILED = Outcome(
    status=ItemStatus.FAILED, error=Failure(code="removed", message="gone", retryable=False, hint="check the code")
)


def line(job_id: str, text: str) -> LogLine:
    return LogLine(job_id=job_id, ts=START, level="INFO", msg=text, event="test.said", fields={"n": 1})


async def begin(store: SqlStore, key: ItemKey, attempt: int = 1) -> None:
    assert await store.start_item(Entry(key, attempt, "fake")) is not None


@pytest.mark.parametrize("frames", [Frames(mode=Mode.COUNT, count=4), Frames(max=2)], ids=["count", "max below min"])
async def test_a_job_comes_back_as_it_was_given(frames: Frames, opened: Opened) -> None:
    recipe = Recipe(frames=frames)
    given = job("j", "abc", "def", recipe=recipe)

    await opened.store.create_job(given, idempotency=None)

    stored = await opened.store.job("j")
    assert stored is not None
    assert stored.items == given.items
    assert (stored.recipe, stored.created_at, stored.status) == (recipe, START, JobStatus.PENDING)
    assert await opened.store.recipe(ItemKey("j", 0)) == recipe


async def test_an_unknown_job_is_none(opened: Opened) -> None:
    assert await opened.store.job("nobody") is None
    assert await opened.store.item(ItemKey("nobody", 0)) is None
    assert await opened.store.artifact("nobody") is None


async def test_the_same_idempotency_key_gives_the_same_job(opened: Opened) -> None:
    await opened.store.create_job(job("first", "abc"), idempotency=("key", "digest"))

    again = await opened.store.create_job(job("second", "abc"), idempotency=("key", "digest"))

    assert again == "first"
    assert await opened.store.job_under_key("key", "digest") == "first"
    assert await opened.store.job("second") is None


async def test_an_idempotency_key_with_another_body_is_refused(opened: Opened) -> None:
    await opened.store.create_job(job("first", "abc"), idempotency=("key", "digest"))

    with pytest.raises(Invalid, match="another body"):
        await opened.store.create_job(job("second", "abc"), idempotency=("key", "other"))


async def test_the_story_of_a_job_is_numbered_without_a_gap_and_ends_with_its_end(opened: Opened) -> None:
    store, key = opened.store, ItemKey("j", 0)
    await store.create_job(job("j", "abc"), idempotency=None)
    await begin(store, key)
    await store.append_logs([line("j", "one"), line("j", "two")])
    await store.conclude_item(key, 1, SUCCESS)

    events = await store.events("j", after=0, limit=100)

    kinds = [event.kind for event in events]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert kinds[-1] is EventKind.STATUS
    assert events[-1].data["status"] == "completed"
    assert kinds.count(EventKind.ARTIFACT) == 1
    assert list(events) == opened.told


async def test_writers_at_once_leave_no_gap_and_no_repeat(opened: Opened) -> None:
    await opened.store.create_job(job("j", "abc"), idempotency=None)

    await asyncio.gather(*(opened.store.append_logs([line("j", f"{n}")] * 3) for n in range(40)))

    events = await opened.store.events("j", after=0, limit=1000)
    assert [event.seq for event in events] == list(range(1, 122))
    assert [event.seq for event in opened.told] == list(range(1, 122))


async def test_a_job_that_has_ended_takes_no_more_lines(opened: Opened) -> None:
    store = opened.store
    await store.create_job(job("j", "abc"), idempotency=None)
    await store.cancel_job("j")
    before = await store.events("j", after=0, limit=100)

    await store.append_logs([line("j", "late"), line("nobody", "lost")])

    assert await store.events("j", after=0, limit=100) == before
    assert before[-1].data["status"] == "cancelled"


async def test_an_outcome_is_kept_with_source_crop_files_and_warnings(opened: Opened) -> None:
    store, key = opened.store, ItemKey("j", 0)
    outcome = Outcome(
        status=ItemStatus.SUCCESS,
        frames=1,
        warnings=({"code": "damaged_source", "message": "half"},),
        source=Source(platform="fake", code="abc", url="u", title="T", duration=1.5, width=2, height=3),
        crop=Crop(x=1, y=2, width=3, height=4, confidence=0.5),
        artifacts=(FRAME, replace(FRAME, id="a2", name="b.jpg")),
    )
    await store.create_job(job("j", "abc"), idempotency=None)
    await begin(store, key)

    assert await store.conclude_item(key, 1, outcome)

    item = await store.item(key)
    assert item is not None
    assert (item.status, item.progress, item.frames) == (ItemStatus.SUCCESS, 100, 1)
    assert (item.source, item.crop, item.artifacts) == (outcome.source, outcome.crop, outcome.artifacts)
    assert item.warnings == outcome.warnings
    assert await store.artifact("a2") == outcome.artifacts[1]
    assert await store.artifacts("j", limit=9) == outcome.artifacts
    assert await store.artifacts("j", limit=1) == outcome.artifacts[:1]


async def test_one_failed_item_fails_the_job_and_leaves_the_others_results(opened: Opened) -> None:
    store = opened.store
    await store.create_job(job("j", "abc", "def"), idempotency=None)
    for index, outcome in enumerate((SUCCESS, FAILED)):
        await begin(store, ItemKey("j", index))
        await store.conclude_item(ItemKey("j", index), 1, outcome)

    found = await store.job("j")

    assert found is not None
    assert found.status is JobStatus.FAILED
    assert found.finished_at is not None
    assert [item.status for item in found.items] == [ItemStatus.SUCCESS, ItemStatus.FAILED]
    assert found.items[1].error == FAILED.error


async def test_a_write_of_an_older_attempt_is_refused(opened: Opened) -> None:
    store, key = opened.store, ItemKey("j", 0)
    await store.create_job(job("j", "abc"), idempotency=None)
    await begin(store, key)
    (again,) = await store.requeue_unfinished(max_attempts=5)
    await begin(store, key, again.attempt)

    assert not await store.conclude_item(key, 1, FAILED)
    assert not await store.note_progress(key, 1, progress=50, stage="fetch")
    assert await store.start_item(Entry(key, 1, "fake")) is None
    assert await store.conclude_item(key, again.attempt, SUCCESS)


async def test_an_item_is_concluded_once(opened: Opened) -> None:
    store, key = opened.store, ItemKey("j", 0)
    await store.create_job(job("j", "abc"), idempotency=None)
    await begin(store, key)

    verdicts = [await store.conclude_item(key, 1, outcome) for outcome in (SUCCESS, FAILED)]

    assert verdicts == [True, False]


async def test_progress_never_falls(opened: Opened) -> None:
    store, key = opened.store, ItemKey("j", 0)
    await store.create_job(job("j", "abc"), idempotency=None)
    await begin(store, key)

    await store.note_progress(key, 1, progress=40, stage="fetch")
    await store.note_progress(key, 1, progress=30, stage="probe")

    item = await store.item(key)
    assert item is not None
    assert (item.progress, item.stage) == (40, "fetch")


async def test_cancel_ends_waiting_items_at_once_and_names_the_running_ones(opened: Opened) -> None:
    store = opened.store
    await store.create_job(job("j", "abc", "def", "ghi"), idempotency=None)
    await begin(store, ItemKey("j", 1))

    running = await store.cancel_job("j")

    found = await store.job("j")
    assert found is not None
    assert running == (ItemKey("j", 1),)
    assert [item.status.value for item in found.items] == ["cancelled", "processing", "cancelled"]
    assert found.status is JobStatus.RUNNING


async def test_a_restart_queues_again_what_had_not_ended(opened: Opened) -> None:
    store = opened.store
    new = job("j", "abc", "def", "ghi")
    await store.create_job(new, idempotency=None)
    await begin(store, ItemKey("j", 0))
    await store.conclude_item(ItemKey("j", 0), 1, SUCCESS)
    await begin(store, ItemKey("j", 1))

    entries = await store.requeue_unfinished(max_attempts=5)

    # The attempt that had begun is counted, the one that had not is still the first.
    assert entries == (Entry.of(replace(new.items[1], attempt=2), new.recipe), Entry.of(new.items[2], new.recipe))


async def test_an_item_that_was_cancelled_says_how_far_it_came(opened: Opened) -> None:
    store = opened.store
    await store.create_job(job("j", "abc"), idempotency=None)
    await begin(store, ItemKey("j", 0))
    await store.note_progress(ItemKey("j", 0), 1, progress=65, stage="render", eta=2)

    await store.conclude_item(ItemKey("j", 0), 1, Outcome(status=ItemStatus.CANCELLED))

    item = await store.item(ItemKey("j", 0))
    assert item is not None
    assert (item.status, item.progress, item.stage) == (ItemStatus.CANCELLED, 65, "render")


async def test_a_restart_ends_what_was_to_be_cancelled(opened: Opened) -> None:
    store = opened.store
    await store.create_job(job("j", "abc"), idempotency=None)
    await begin(store, ItemKey("j", 0))
    await store.cancel_job("j")

    entries = await store.requeue_unfinished(max_attempts=5)

    found = await store.job("j")
    assert entries == ()
    assert found is not None
    assert found.status is JobStatus.CANCELLED


async def test_an_item_that_never_ends_is_given_up_after_the_last_attempt(opened: Opened) -> None:
    store, key = opened.store, ItemKey("j", 0)
    await store.create_job(job("j", "abc"), idempotency=None)
    for attempt in (1, 2):
        await begin(store, key, attempt)
        entries = await store.requeue_unfinished(max_attempts=2)

    item = await store.item(key)
    assert entries == ()
    assert item is not None
    assert item.error is not None
    assert (item.status, item.error.code) == (ItemStatus.FAILED, "gave_up")


async def test_items_that_never_began_are_not_worn_out_by_restarts(opened: Opened) -> None:
    new = job("j", "abc")
    await opened.store.create_job(new, idempotency=None)

    entries = [await opened.store.requeue_unfinished(max_attempts=1) for _ in range(3)]

    assert entries == [(Entry.of(new.items[0], new.recipe),)] * 3


async def test_work_that_was_let_go_of_waits_again_and_costs_no_attempt(opened: Opened) -> None:
    store, key, new = opened.store, ItemKey("j", 0), job("j", "abc")
    await store.create_job(new, idempotency=None)

    for attempt in (1, 2, 3):
        await begin(store, key, attempt)
        assert await store.release_item(key, attempt)
        assert not await store.conclude_item(key, attempt, SUCCESS)

    # The next attempt, for progress never falls within one; but none of these counts.
    assert await store.requeue_unfinished(max_attempts=1) == (Entry.of(replace(new.items[0], attempt=4), new.recipe),)


FAILURE = Failure(code="network", message="reset", retryable=True, hint="try again")


async def test_an_item_that_is_tried_again_waits_with_its_reason_under_the_next_attempt(opened: Opened) -> None:
    store, key = opened.store, ItemKey("j", 0)
    await store.create_job(job("j", "abc"), idempotency=None)
    await begin(store, key)
    await store.note_progress(key, 1, progress=40, stage="fetch")

    assert await store.retry_item(key, 1, at=START + timedelta(hours=1), failure=FAILURE)

    item = await store.item(key)
    assert item is not None
    assert (item.status, item.attempt, item.tries, item.progress) == (ItemStatus.WAITING, 2, 1, 0)
    assert (item.retry_at, item.last_failure, item.error) == (START + timedelta(hours=1), FAILURE, None)
    assert opened.told[-2].data["retryAt"] == "2026-01-02T04:04:05.678Z"
    assert not await store.conclude_item(key, 1, SUCCESS)
    assert not await store.retry_item(key, 1, at=START, failure=FAILURE)


async def test_a_pause_before_the_next_try_outlives_a_restart_and_costs_no_attempt(opened: Opened) -> None:
    store, key = opened.store, ItemKey("j", 0)
    await store.create_job(job("j", "abc"), idempotency=None)
    for attempt in (1, 2):
        await begin(store, key, attempt)
        await store.retry_item(key, attempt, at=START + timedelta(hours=1), failure=FAILURE)

    (entry,) = await store.requeue_unfinished(max_attempts=1)

    assert (entry.key, entry.attempt) == (key, 3)
    assert 3590 < entry.delay_seconds < 3600


async def test_a_try_that_begins_waits_for_nothing_and_what_ends_counts_as_one(opened: Opened) -> None:
    store, key = opened.store, ItemKey("j", 0)
    await store.create_job(job("j", "abc"), idempotency=None)
    await begin(store, key)
    await store.retry_item(key, 1, at=START, failure=FAILURE)

    item = await store.start_item(Entry(key, 2, "fake"))
    await store.conclude_item(key, 2, FAILED)

    ended = await store.item(key)
    assert item is not None
    assert ended is not None
    assert (item.tries, item.retry_at, item.last_failure) == (1, None, FAILURE)
    assert (ended.tries, ended.error, ended.last_failure) == (2, FAILED.error, None)


async def test_an_item_of_a_job_to_be_cancelled_is_not_tried_again(opened: Opened) -> None:
    store, key = opened.store, ItemKey("j", 0)
    await store.create_job(job("j", "abc"), idempotency=None)
    await begin(store, key)
    await store.cancel_job("j")

    assert not await store.retry_item(key, 1, at=START, failure=FAILURE)

    found = await store.job("j")
    assert found is not None
    assert (found.status, found.items[0].status) == (JobStatus.CANCELLED, ItemStatus.CANCELLED)
    assert found.items[0].last_failure == FAILURE


async def test_cancelling_ends_an_item_that_waits_for_its_next_try_and_keeps_why_it_waited(opened: Opened) -> None:
    store, key = opened.store, ItemKey("j", 0)
    await store.create_job(job("j", "abc"), idempotency=None)
    await begin(store, key)
    await store.retry_item(key, 1, at=START + timedelta(hours=1), failure=FAILURE)

    await store.cancel_job("j")

    item = await store.item(key)
    assert item is not None
    assert (item.status, item.retry_at, item.last_failure) == (ItemStatus.CANCELLED, None, FAILURE)


async def test_a_job_that_has_ended_cannot_be_cancelled_any_more(opened: Opened) -> None:
    store, key = opened.store, ItemKey("j", 0)
    await store.create_job(job("j", "abc"), idempotency=None)
    await begin(store, key)
    await store.conclude_item(key, 1, FAILED)
    before = await store.job("j")

    assert await store.cancel_job("j") is None
    assert await store.job("j") == before


async def ended_job(store: SqlStore, *outcomes: Outcome | None) -> None:
    """A job that has ended; None stands for an item that was cancelled while it waited."""
    await store.create_job(job("j", *["abc"] * len(outcomes)), idempotency=None)
    for index, outcome in enumerate(outcomes):
        if outcome is not None:
            await begin(store, ItemKey("j", index))
            await store.conclude_item(ItemKey("j", index), 1, outcome)
    await store.cancel_job("j")


async def test_what_failed_or_was_cancelled_waits_again_under_the_next_attempt_and_the_rest_stays(
    opened: Opened,
) -> None:
    store = opened.store
    await ended_job(store, SUCCESS, FAILED, None)
    before = await store.item(ItemKey("j", 0))

    entries = await store.retry_job("j")

    found = await store.job("j")
    assert found is not None
    assert entries == tuple(Entry.of(item, found.recipe) for item in found.items[1:])
    assert (found.status, found.finished_at, found.cancel_requested) == (JobStatus.RUNNING, None, False)
    assert [(item.status.value, item.attempt, item.tries) for item in found.items[1:]] == [("waiting", 2, 0)] * 2
    assert (found.items[1].error, found.items[1].last_failure) == (None, FAILED.error)
    assert await store.item(ItemKey("j", 0)) == before


@pytest.mark.parametrize("is_begun", [False, True], ids=["before it begins again", "under way"])
async def test_what_went_wrong_before_a_retry_outlives_cancels(opened: Opened, is_begun: bool) -> None:
    store, key = opened.store, ItemKey("j", 0)
    await ended_job(store, FAILED)

    for _ in range(2):
        (entry,) = await store.retry_job("j")
        if is_begun:
            await store.start_item(entry)
        await store.cancel_job("j")
        await store.conclude_item(key, entry.attempt, Outcome(status=ItemStatus.CANCELLED))

    found = await store.item(key)
    assert found is not None
    assert (found.status, found.error, found.last_failure) == (ItemStatus.CANCELLED, None, FAILED.error)


async def test_the_story_of_a_job_goes_on_when_it_is_retried_and_ends_anew(opened: Opened) -> None:
    store = opened.store
    await ended_job(store, FAILED)
    before = await store.events("j", after=0, limit=100)

    await store.retry_job("j")
    await store.append_logs([line("j", "again")])
    await begin(store, ItemKey("j", 0), 2)
    await store.conclude_item(ItemKey("j", 0), 2, SUCCESS)

    told = await store.events("j", after=0, limit=100)
    found = await store.job("j")
    assert found is not None
    assert told[: len(before)] == before
    assert [event.seq for event in told] == list(range(1, len(told) + 1))
    assert [event.data["status"] for event in told if event.kind is EventKind.STATUS] == [
        "pending",
        "running",
        "failed",
        "pending",
        "running",
        "completed",
    ]
    assert (found.status, found.last_seq, told[-1].kind) == (JobStatus.COMPLETED, told[-1].seq, EventKind.STATUS)


async def test_nothing_is_retried_of_a_job_that_runs_or_has_succeeded_or_is_not_there(opened: Opened) -> None:
    store = opened.store
    await ended_job(store, SUCCESS)
    await store.create_job(job("k", "abc"), idempotency=None)
    before = [await store.job(name) for name in "jk"]

    assert [await store.retry_job(name) for name in ("j", "k", "nobody")] == [()] * 3
    assert [await store.job(name) for name in "jk"] == before


async def test_attempts_before_a_retry_do_not_wear_an_item_out(opened: Opened) -> None:
    store = opened.store
    await ended_job(store, FAILED)
    await store.retry_job("j")
    await begin(store, ItemKey("j", 0), 2)

    (entry,) = await store.requeue_unfinished(max_attempts=2)
    await begin(store, ItemKey("j", 0), entry.attempt)

    assert entry.attempt == 3
    assert await store.requeue_unfinished(max_attempts=2) == ()


async def test_a_deleted_job_is_not_there_and_its_rows_go(opened: Opened) -> None:
    store = opened.store
    await ended_job(store, SUCCESS, FAILED)
    await store.create_job(job("k", "abc"), idempotency=None)

    assert await store.delete_job("j")

    assert [await store.job("j"), await store.item(ItemKey("j", 0)), await store.artifact("a1")] == [None] * 3
    assert [found.id for found in (await store.jobs(Wanted(), limit=9, cursor=None)).jobs] == ["k"]
    assert await store.recipe(ItemKey("j", 0)) is None
    assert await store.unknown(["j", "k"]) == {"j"}
    assert (await store.retry_job("j"), await store.cancel_job("j"), await store.delete_job("j")) == ((), None, False)
    assert await store.ended(by=START + timedelta(days=1), limit=5) == ()
    assert [await store.purge(), await store.purge()] == [1, 0]
    assert await store.events("j", after=0, limit=10) == ()
    assert len(await store.events("k", after=0, limit=10)) == 1


async def test_a_large_job_is_purged_in_steps_between_which_others_write(opened: Opened) -> None:
    store = opened.store
    await store.create_job(job("j", "abc"), idempotency=None)
    for _ in range(5):
        await store.append_logs([line("j", "x")] * 1000)
    await store.cancel_job("j")
    await store.create_job(job("k", "abc"), idempotency=None)
    await store.delete_job("j")

    assert await store.purge(steps=1) == 0
    assert len(await store.events("j", after=0, limit=10_000)) == 3003
    async with asyncio.timeout(30):
        purging = asyncio.get_running_loop().create_task(store.purge())
        while (left := await store.events("j", after=0, limit=10_000)) and len(left) == 3003:
            await store.append_logs([line("k", "meanwhile")])
        await purging

    assert [event.seq for event in left] == list(range(1, len(left) + 1))
    assert await store.events("j", after=0, limit=10) == ()


async def test_a_job_that_runs_or_ended_later_is_not_deleted(opened: Opened) -> None:
    store = opened.store
    await ended_job(store, FAILED)
    late = await store.delete_job("j", ended_by=START)
    await store.retry_job("j")

    assert not late
    assert not await store.delete_job("j")
    assert await store.job("j") is not None


async def test_those_that_ended_first_are_named_first_and_those_that_run_never(opened: Opened) -> None:
    store = opened.store
    for name in "cab":
        await store.create_job(job(name, "abc"), idempotency=None)
        await store.cancel_job(name)
    await store.create_job(job("d", "abc"), idempotency=None)
    await store.retry_job("a")

    assert await store.ended(by=START + timedelta(days=1), limit=5) == ("c", "b")
    assert await store.ended(by=START + timedelta(days=1), limit=1) == ("c",)
    assert await store.ended(by=START, limit=5) == ()


async def test_ids_that_no_job_has_are_told(opened: Opened) -> None:
    await opened.store.create_job(job("j", "abc"), idempotency=None)

    strangers = {f"stranger-{n}" for n in range(1200)}

    assert await opened.store.unknown(strangers | {"j"}) == strangers


async def test_text_that_no_file_takes_is_stored_all_the_same(opened: Opened) -> None:
    store, key = opened.store, ItemKey("j", 0)
    source = Source(platform="fake", code="abc", url="u", title="half \ud83d of a pair")
    await store.create_job(job("j", "abc"), idempotency=None)
    await begin(store, key)

    assert await store.conclude_item(key, 1, Outcome(status=ItemStatus.SUCCESS, source=source))

    item = await store.item(key)
    assert item is not None
    assert item.source is not None
    assert item.source.title == "half ? of a pair"


async def test_pages_hold_every_job_once_newest_first(opened: Opened) -> None:
    for n in range(7):
        at = START + timedelta(seconds=n // 2)  # some share their time
        await opened.store.create_job(job(f"job-{n}", "abc", at=at), idempotency=None)

    seen: list[str] = []
    cursor = None
    while True:
        page = await opened.store.jobs(Wanted(), limit=2, cursor=cursor)
        seen += [found.id for found in page.jobs]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert seen == [f"job-{n}" for n in (6, 5, 4, 3, 2, 1, 0)]


async def test_a_page_of_large_jobs_holds_fewer_and_no_job_is_left_out(opened: Opened) -> None:
    opened.store.items_on_a_page = 5
    for n, size in enumerate((2, 9, 1, 3, 2)):
        at = START + timedelta(seconds=n)
        await opened.store.create_job(job(f"job-{n}", *["abc"] * size, at=at), idempotency=None)

    pages: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await opened.store.jobs(Wanted(), limit=4, cursor=cursor or None)
        pages.append([found.id for found in page.jobs])
        cursor = page.next_cursor

    assert pages == [["job-4", "job-3"], ["job-2"], ["job-1"], ["job-0"]]


async def test_the_list_can_be_of_one_status(opened: Opened) -> None:
    for name in ("one", "two"):
        await opened.store.create_job(job(name, "abc"), idempotency=None)
    await opened.store.cancel_job("one")

    page = await opened.store.jobs(Wanted(status=JobStatus.CANCELLED), limit=10, cursor=None)

    assert [found.id for found in page.jobs] == ["one"]


async def test_labels_priority_and_own_options_come_back_as_they_were_given_also_after_a_restart(
    opened: Opened,
) -> None:
    own = Recipe(frames=Frames(mode=Mode.COUNT, count=4))
    plain = job("j", "abc", "def", recipe=Recipe(sheet=False, frames=Frames(max=7)))
    items = (plain.items[0], replace(plain.items[1], options=own))
    given = replace(plain, labels={"a": "b", "c": ""}, priority=-3, items=items)

    await opened.store.create_job(given, idempotency=None)

    stored = await opened.store.job("j")
    assert stored is not None
    assert (stored.labels, stored.priority, stored.items) == (given.labels, -3, given.items)
    assert await opened.store.recipe(ItemKey("j", 0)) == given.recipe
    assert await opened.store.recipe(ItemKey("j", 1)) == Recipe(sheet=False, frames=own.frames)
    entries = await opened.store.requeue_unfinished(max_attempts=5)
    assert [entry.priority for entry in entries] == [-3, -3]


async def marked(store: SqlStore) -> None:
    """Twelve jobs, one a second: odd ones of team `x`, every third `urgent`, every fourth cancelled, one of a site."""
    for n in range(12):
        made = job(f"job-{n:02}", "abc", at=START + timedelta(seconds=n))
        labels = {"team": "x" if n % 2 else "y"} | ({"urgent": "yes"} if n % 3 == 0 else {})
        item = made.items[0]
        if n == 9:
            item = replace(item, target=replace(item.target, platform="site"))
        await store.create_job(replace(made, labels=labels, items=(item,)), idempotency=None)
        if n % 4 == 1:
            await store.cancel_job(made.id)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(labels=(("team", "x"),)), [11, 9, 7, 5, 3, 1]),
        (Wanted(labels=(("team", "x"), ("urgent", "yes"))), [9, 3]),
        (Wanted(labels=(("team", "x"),), status=JobStatus.CANCELLED), [9, 5, 1]),
        (Wanted(labels=(("team", "z"),)), []),
        (Wanted(labels=(("team", "x"), ("team", "y"))), []),
        (Wanted(platform="site"), [9]),
        (Wanted(platform="fake", labels=(("urgent", "yes"),)), [6, 3, 0]),
        (Wanted(status=JobStatus.CANCELLED), [9, 5, 1]),
        (Wanted(since=START + timedelta(seconds=3), until=START + timedelta(seconds=6)), [5, 4, 3]),
        (Wanted(labels=(("team", "y"),), since=START + timedelta(seconds=3)), [10, 8, 6, 4]),
        (Wanted(owner="nobody", labels=(("team", "y"),)), []),
    ],
)
async def test_what_is_wanted_comes_whole_in_pages_of_any_size(
    wanted: Wanted, expected: list[int], opened: Opened
) -> None:
    await marked(opened.store)

    for limit in (1, 2, 5):
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await opened.store.jobs(wanted, limit=limit, cursor=cursor or None)
            seen += [found.id for found in page.jobs]
            cursor = page.next_cursor
        assert seen == [f"job-{n:02}" for n in expected]


@pytest.mark.parametrize(
    ("wanted", "pending", "cancelled"),
    [
        (Wanted(), 9, 3),
        (Wanted(status=JobStatus.CANCELLED), 9, 3),
        (Wanted(labels=(("team", "x"),)), 3, 3),
        (Wanted(owner="nobody"), 0, 0),
    ],
)
async def test_jobs_are_counted_by_state(wanted: Wanted, pending: int, cancelled: int, opened: Opened) -> None:
    await marked(opened.store)
    await opened.store.create_job(job("gone", "abc"), idempotency=None)
    await opened.store.cancel_job("gone")
    await opened.store.delete_job("gone")

    counts = await opened.store.job_counts(wanted)

    none = {status.value: 0 for status in JobStatus}
    assert none | {"pending": pending, "cancelled": cancelled} == counts


async def test_a_deleted_job_leaves_no_mark(opened: Opened) -> None:
    await opened.store.create_job(replace(job("j", "abc"), labels={"a": "b"}), idempotency=None)
    await opened.store.cancel_job("j")
    await opened.store.delete_job("j")
    await opened.store.purge()

    async with opened.database.read() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM marks")).scalar() == 0


@pytest.mark.parametrize("cursor", ["", "x", "!!!!", "MTIz", "ODg4ODg4ODg4ODg4ODg4ODguYQ", "é"])
async def test_a_foreign_cursor_is_refused(opened: Opened, cursor: str) -> None:
    with pytest.raises(BadRequest, match="cursor"):
        await opened.store.jobs(Wanted(), limit=2, cursor=cursor)


async def test_no_two_changes_of_a_job_bear_the_same_time(opened: Opened) -> None:
    store = SqlStore(opened.database, now=lambda: START)
    await store.create_job(job("j", "abc"), idempotency=None)
    seen = [await store.head("j")]
    for change in (
        begin(store, ItemKey("j", 0)),
        store.note_progress(ItemKey("j", 0), 1, progress=5, stage="fetch"),
        store.note_progress(ItemKey("j", 0), 1, progress=6, stage="fetch"),
        store.cancel_job("j"),
        store.conclude_item(ItemKey("j", 0), 1, SUCCESS),
    ):
        await change
        seen.append(await store.head("j"))

    assert len({head.updated_at for head in seen if head}) == len(seen)


async def test_the_newest_lines_come_in_order(opened: Opened) -> None:
    await opened.store.create_job(job("j", "abc"), idempotency=None)
    await opened.store.append_logs([line("j", f"{n}") for n in range(9)])

    last = (await opened.store.events("j", after=0, limit=100))[-1]
    lines = await opened.store.log_tail("j", until=last.seq - 1, limit=3)

    assert [json.loads(line.text)["msg"] for line in lines] == ["5", "6", "7"]
    assert lines[-1].seq == last.seq - 1
    assert instant_of(lines[-1].ts) == instant(last.ts)


async def test_a_cancelled_caller_does_not_tear_a_transaction(opened: Opened) -> None:
    await opened.store.create_job(job("j", "abc"), idempotency=None)
    for _ in range(20):
        task = asyncio.get_running_loop().create_task(opened.store.append_logs([line("j", "x")] * 5))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    await opened.store.append_logs([line("j", "last")])

    events = await opened.store.events("j", after=0, limit=1000)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert (len(events) - 2) % 5 == 0
    assert events[-1].data["msg"] == "last"

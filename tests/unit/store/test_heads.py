"""Where jobs stand: remembered between commits, never older than the last one."""

from pathlib import Path

from fakes import START, job
from vxpipe.model import FINAL_JOB, ItemKey, LogLine
from vxpipe.ports import Entry
from vxpipe.store.database import Database
from vxpipe.store.jobs import SqlStore
from vxpipe.store.migrations import upgrade

from .conftest import Opened


async def test_a_head_is_as_the_job_says_after_every_kind_of_change(opened: Opened) -> None:
    store = opened.store
    await store.create_job(job("j", "abc", "def"), idempotency=None)
    seen = []
    for change in (
        lambda: store.start_item(Entry(ItemKey("j", 0), 1, "fake")),
        lambda: store.note_progress(ItemKey("j", 0), 1, progress=7, stage="analyse"),
        lambda: store.append_logs([LogLine(job_id="j", ts=START, level="INFO", msg="x", event="test.said")]),
        lambda: store.release_item(ItemKey("j", 0), 1),
        lambda: store.cancel_job("j"),
    ):
        seen.append(await store.head("j"))
        await change()
        whole = await store.job("j")
        assert whole is not None
        assert await store.head("j") == whole.head

    assert len(set(seen)) == len(seen)
    assert whole.head.status in FINAL_JOB


async def test_two_changes_of_one_millisecond_are_told_apart(tmp_path: Path) -> None:
    upgrade(tmp_path / "x.db")
    database = Database(tmp_path / "x.db", told=lambda _: None)
    store = SqlStore(database, now=lambda: START)
    await store.create_job(job("j", "abc"), idempotency=None)
    await store.start_item(Entry(ItemKey("j", 0), 1, "fake"))

    heads = [await store.head("j")]
    for progress in (1, 2):
        await store.note_progress(ItemKey("j", 0), 1, progress=progress, stage="analyse")
        heads.append(await store.head("j"))
    await database.close()

    assert len(set(heads)) == 3


async def test_a_job_that_is_not_there_has_no_head_until_it_is(opened: Opened) -> None:
    before = await opened.store.head("j")
    await opened.store.create_job(job("j", "abc"), idempotency=None)

    assert before is None
    assert await opened.store.head("j") is not None

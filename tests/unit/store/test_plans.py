"""However much is stored, no question reads more of it than it answers with: SQLite says how it would do it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from inspect import getmembers, isfunction
from typing import Any

import pytest
import sqlalchemy as sa

from fakes import START, job
from vxpipe.hooks import Delivery, HookEvent
from vxpipe.model import Failure, ItemKey, ItemStatus, JobStatus, LogLine, Outcome, Wanted
from vxpipe.ports import DeliveryStore, Entry, Store
from vxpipe.store.deliveries import SqlDeliveries

from .conftest import Opened

# The list of all jobs is read in its order and only as far as the page goes; messages of one moment are sorted.
ALLOWED = (
    "SCAN jobs USING INDEX jobs_newest_first",
    "SCAN identity",
    "SCAN CONSTANT ROW",
    "LIST SUBQUERY",
    "USE TEMP B-TREE FOR RIGHT PART OF ORDER BY",
)


@contextmanager
def heard() -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is executed meanwhile, with its values."""
    said: list[tuple[str, Any]] = []

    def hear(_c: Any, _k: Any, statement: str, values: Any, _x: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            said.append((statement, values[0] if many else values))

    sa.event.listen(sa.Engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", hear)


async def plans(opened: Opened, said: list[tuple[str, Any]]) -> dict[str, list[str]]:
    """How SQLite would do each statement."""
    async with opened.database.read() as connection:
        return {
            statement: [row[3] for row in await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            for statement, values in said
        }


class Watched:
    """A store, and which of its methods were asked for."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.names: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.names.add(name)
        return getattr(self._store, name)


def methods(port: type) -> set[str]:
    """What a port promises."""
    return {name for name, _ in getmembers(port, isfunction) if not name.startswith("_")}


async def ask_everything(store: Any) -> None:
    """Each method of the store at least once, but those that count all items or jobs."""
    key, labels = ItemKey("j", 0), {"team": "x", "shift": "y"}
    line = LogLine(job_id="j", ts=START, level="INFO", msg="x", event="test.said")
    await store.create_job(replace(job("j", "abc", "def"), labels=labels), idempotency=("k", "d"))
    await store.job_under_key("k", "d")
    await store.recipe(key)
    await store.start_item(Entry(key, 1, "fake"))
    await store.note_progress(key, 1, progress=5, stage="fetch")
    await store.append_logs([line])
    await store.requeue_unfinished(max_attempts=5)
    await store.start_item(Entry(key, 2, "fake"))
    await store.conclude_item(key, 2, Outcome(status=ItemStatus.SUCCESS))
    await store.cancel_job("j")
    await store.retry_job("j")
    await store.cancel_job("j")
    for ask in (store.job("j"), store.head("j"), store.item(key), store.artifact("a"), store.artifacts("j", limit=9)):
        await ask
    await store.events("j", after=0, limit=10)
    await store.log_tail("j", until=100, limit=10)
    await store.unfinished()
    await store.ended(by=START, limit=5)
    await store.unknown(["j"])
    for cursor in (None, "MTc2NzMyMzA0NTY3OC5q"):
        for wanted in (
            Wanted(),
            Wanted(status=JobStatus.FAILED),
            Wanted(owner="o"),
            Wanted(labels=tuple(labels.items()), platform="fake", status=JobStatus.FAILED, since=START),
            Wanted(platform="fake", since=START, until=START),
            Wanted(since=START, until=START),
        ):
            await store.jobs(wanted, limit=5, cursor=cursor)
    await store.owns_job("o", "j")
    await store.owns_artifact("o", "a")
    await store.identity()
    await store.ping()
    await store.retry_job("j")
    await store.start_item(Entry(ItemKey("j", 1), 2, "fake"))
    failure = Failure(code="network", message="x", retryable=True, hint="x")
    await store.retry_item(ItemKey("j", 1), 2, at=START, failure=failure)
    await store.start_item(Entry(ItemKey("j", 1), 3, "fake"))
    await store.release_item(ItemKey("j", 1), 3)
    await store.cancel_job("j")
    await store.delete_job("j")
    await store.purge()


async def ask_of_deliveries(store: Any) -> None:
    """Each method of the store of messages once."""
    await store.due(START, limit=5, not_to=["a.example"], not_of=["o"])
    await store.of_job("j")
    await store.record(
        Delivery(id="m", job_id="j", event=HookEvent.JOB_ENDED, url="u", host="h", body="b", created_at=START)
    )


async def test_no_question_reads_a_whole_table_or_sorts_what_an_index_could_give(opened: Opened) -> None:
    store, deliveries = Watched(opened.store), Watched(SqlDeliveries(opened.database))
    with heard() as said:
        await ask_everything(store)
        await ask_of_deliveries(deliveries)
    found = await plans(opened, said)

    def is_bad(step: str) -> bool:
        return ("SCAN" in step or "TEMP B-TREE" in step) and not step.startswith(ALLOWED)

    assert store.names == methods(Store) - {"item_counts", "job_counts"}
    assert deliveries.names == methods(DeliveryStore)
    assert [(statement, steps) for statement, steps in found.items() if any(map(is_bad, steps))] == []


@pytest.mark.parametrize("size", [3, 300])
async def test_a_change_of_one_item_costs_the_same_however_many_its_job_has(size: int, opened: Opened) -> None:
    await opened.store.create_job(job("j", *["abc"] * size), idempotency=None)
    key = ItemKey("j", 1)
    await opened.store.start_item(Entry(ItemKey("j", 0), 1, "fake"))

    with heard() as said:
        await opened.store.start_item(Entry(key, 1, "fake"))
        await opened.store.conclude_item(key, 1, Outcome(status=ItemStatus.SUCCESS))
    found = await plans(opened, said)

    steps = [step for statement in found.values() for step in statement if "items" in step]
    assert all("(job_id=? AND index=?)" in step or "(job_id=? AND status=?)" in step for step in steps), steps

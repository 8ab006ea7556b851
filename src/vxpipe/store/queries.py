"""The questions that the store asks in more than one place."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import accumulate
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from vxpipe.errors import BadRequest, Invalid
from vxpipe.model import Item, ItemKey, ItemStatus, Job, JobStatus
from vxpipe.store import rows
from vxpipe.store.cursor import decode_cursor
from vxpipe.store.database import OPEN_JOB, Transaction, made
from vxpipe.store.schema import DELETED, items, jobs

FINAL_JOB = tuple(status.value for status in JobStatus if status.is_final)

_IDS_AT_ONCE = 500

# What is asked of a job is asked of one that is not deleted.
THERE = jobs.c.status != DELETED

Run = Callable[[sa.Select[Any]], Awaitable[sa.CursorResult[Any]]]


def is_item(key: ItemKey) -> tuple[sa.ColumnElement[bool], ...]:
    """The row of an item."""
    return (items.c.job_id == key.job_id, items.c.index == key.index)


def in_state(job_id: str, status: ItemStatus) -> tuple[sa.ColumnElement[bool], ...]:
    """The rows of a job's items in one state."""
    return (items.c.job_id == job_id, items.c.status == status.value)


def under_way(key: ItemKey, attempt: int) -> tuple[sa.ColumnElement[bool], ...]:
    """The fence: this very attempt, and not ended."""
    return (*is_item(key), items.c.attempt == attempt, items.c.status == ItemStatus.PROCESSING.value)


async def jobs_of(connection: AsyncConnection, query: sa.Select[Any]) -> list[Job]:
    """The jobs that `query` selects, in its order, with their items."""
    return await with_items(connection, (await connection.execute(query)).mappings().all())


async def with_items(connection: AsyncConnection, heads: Sequence[sa.RowMapping]) -> list[Job]:
    """The jobs of these rows, with their items."""
    parts: dict[str, list[Item]] = {head["id"]: [] for head in heads}
    for ids in _some(list(parts)):
        found = sa.select(items).where(items.c.job_id.in_(ids)).order_by(items.c.job_id, items.c.index)
        for item in await made((await connection.execute(found)).mappings(), rows.item):
            parts[item.key.job_id].append(item)
    return await made(heads, lambda head: rows.job(head, parts[head["id"]]))


async def fitting(connection: AsyncConnection, job_ids: Sequence[str], *, most_items: int) -> int:
    """How many of these jobs, in their order, have together no more items; the first one counts anyway."""
    sizes: dict[str, int] = {}
    for ids in _some(job_ids):
        count = sa.select(items.c.job_id, sa.func.count().label("size")).where(items.c.job_id.in_(ids))
        sizes |= {row.job_id: row.size for row in await connection.execute(count.group_by(items.c.job_id))}
    together = accumulate(sizes[job_id] for job_id in job_ids)
    return max(1, sum(total <= most_items for total in together))


def _some(ids: Sequence[str]) -> list[Sequence[str]]:
    """The ids in parts that a statement takes: SQLite binds a limited number of values."""
    return [ids[start : start + _IDS_AT_ONCE] for start in range(0, len(ids), _IDS_AT_ONCE)]


async def job_under_key(run: Run, key: str, digest: str) -> str | None:
    """The job that was added under an idempotency key; raises Invalid when it had another body."""
    found = await run(sa.select(jobs.c.id, jobs.c.body_digest).where(jobs.c.idempotency_key == key))
    earlier = found.first()
    if earlier is None:
        return None
    if earlier.body_digest != digest:
        raise Invalid("this Idempotency-Key was used with another body", code="idempotency_key_reused")
    return str(earlier.id)


def interrupted() -> sa.Select[Any]:
    """The jobs, and whether each was to be cancelled, in which the last run of the service left something undone."""
    began = sa.exists().where(items.c.job_id == jobs.c.id, items.c.status == ItemStatus.PROCESSING.value)
    query = sa.select(jobs.c.id, jobs.c.cancel_requested).where(jobs.c.status.in_(OPEN_JOB))
    return query.where(jobs.c.cancel_requested | began)


async def keys_in_state(transaction: Transaction, job_id: str, status: ItemStatus) -> tuple[ItemKey, ...]:
    """The items of a job in one state."""
    query = sa.select(items.c.index).where(*in_state(job_id, status)).order_by(items.c.index)
    return tuple(ItemKey(job_id, index) for index in (await transaction.run(query)).scalars())


def position(cursor: str) -> Any:
    """Where a page ended, to compare with; raises BadRequest for a cursor that is not one of ours."""
    try:
        created_at, job_id = decode_cursor(cursor)
    except ValueError as exc:
        raise BadRequest("this cursor is not one that /jobs gave out", code="bad_cursor") from exc
    return sa.tuple_(sa.literal(created_at, jobs.c.created_at.type), sa.literal(job_id))

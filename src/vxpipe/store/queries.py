"""The questions that the store asks in more than one place."""

from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from vxpipe.errors import BadRequest, Invalid
from vxpipe.model import Item, ItemKey, ItemStatus, Job, JobStatus
from vxpipe.store import rows
from vxpipe.store.cursor import decode_cursor
from vxpipe.store.database import Transaction
from vxpipe.store.schema import DELETED, items, jobs

OPEN_JOB = tuple(status.value for status in JobStatus if not status.is_final)
FINAL_JOB = tuple(status.value for status in JobStatus if status.is_final)

# What is asked of a job is asked of one that is not deleted.
THERE = jobs.c.status != DELETED

Run = Callable[[sa.Select[Any]], Awaitable[sa.CursorResult[Any]]]


def is_item(key: ItemKey) -> tuple[sa.ColumnElement[bool], ...]:
    """The row of an item."""
    return (items.c.job_id == key.job_id, items.c.index == key.index)


def of_job(job_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    """The rows of a job's items."""
    return (items.c.job_id == job_id,)


def in_state(job_id: str, status: ItemStatus) -> tuple[sa.ColumnElement[bool], ...]:
    """The rows of a job's items in one state."""
    return (items.c.job_id == job_id, items.c.status == status.value)


def under_way(key: ItemKey, attempt: int) -> tuple[sa.ColumnElement[bool], ...]:
    """The fence: this very attempt, and not ended."""
    return (*is_item(key), items.c.attempt == attempt, items.c.status == ItemStatus.PROCESSING.value)


async def jobs_of(connection: AsyncConnection, query: sa.Select[Any]) -> list[Job]:
    """The jobs that `query` selects, in its order, with their items."""
    heads = (await connection.execute(query)).mappings().all()
    of_them = items.c.job_id.in_([head["id"] for head in heads])
    found = await connection.execute(sa.select(items).where(of_them).order_by(items.c.job_id, items.c.index))
    parts: dict[str, list[Item]] = {head["id"]: [] for head in heads}
    for row in found.mappings():
        parts[row["job_id"]].append(rows.item(row))
    return [rows.job(head, parts[head["id"]]) for head in heads]


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
    return query.where(jobs.c.cancel_requested | began).order_by(jobs.c.created_at, jobs.c.id)


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

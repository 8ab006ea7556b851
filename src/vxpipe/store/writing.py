"""What all changes of jobs have in common: they are told in their own transaction, and the job's status follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from vxpipe.model import EventKind, Item, ItemStatus, JobStatus, job_status, whole_progress
from vxpipe.store.database import Transaction, made
from vxpipe.store.rows import item as item_of
from vxpipe.store.schema import Instant, items, jobs


async def update_items(
    transaction: Transaction, which: Sequence[sa.ColumnElement[bool]], values: Mapping[str, Any]
) -> list[Item]:
    """Change the items that match, without telling it; they are given in their order."""
    changed = await transaction.run(sa.update(items).where(*which).values(**values).returning(*items.c))
    return sorted(await made(changed.mappings(), item_of), key=attrgetter("key.job_id", "key.index"))


async def tell_items(transaction: Transaction, changed: Sequence[Item], now: datetime) -> None:
    """An `item` event for each of these items of one job."""
    if changed:
        told = await made(changed, lambda item: (EventKind.ITEM, item.told()))
        await transaction.tell(changed[0].key.job_id, told, ts=[now] * len(told))


async def settle(transaction: Transaction, job_id: str, now: datetime, *, is_news: bool = False) -> None:
    """Bring the job's status in line with its items', and tell it when it changed, or anyhow when it `is_news`."""
    states = [_has(job_id, status).label(status.value) for status in ItemStatus]
    query = sa.select(jobs.c.status, jobs.c.cancel_requested, *states).where(jobs.c.id == job_id)
    row = (await transaction.run(query)).mappings().one()
    status = job_status([state for state in ItemStatus if row[state.value]], cancelled=row["cancel_requested"])
    if status == row["status"] and not is_news:
        await transaction.run(sa.update(jobs).where(jobs.c.id == job_id).values(updated_at=later(now)))
        return
    await tell_status(transaction, job_id, status, await _progress(transaction, job_id, status), now)


async def tell_status(transaction: Transaction, job_id: str, status: JobStatus, progress: int, now: datetime) -> None:
    """Set the job's status and tell it."""
    # Told first: a job that has ended takes no more events.
    await transaction.tell(job_id, [(EventKind.STATUS, {"status": status.value, "progress": progress})], ts=[now])
    values = {"status": status.value, "updated_at": later(now), "finished_at": now if status.is_final else None}
    await transaction.run(sa.update(jobs).where(jobs.c.id == job_id).values(**values))


def later(now: datetime) -> sa.ColumnElement[datetime]:
    """`now`, or the next moment after the job's last change: no two changes of a job bear the same time."""
    following = sa.type_coerce(jobs.c.updated_at, sa.BigInteger) + 1
    return sa.case((jobs.c.updated_at < now, sa.literal(now, Instant)), else_=sa.type_coerce(following, Instant))


def _has(job_id: str, status: ItemStatus) -> sa.ColumnElement[bool]:
    """Whether the job has an item in this state: one look into the index, however many items there are."""
    return sa.exists().where(items.c.job_id == job_id, items.c.status == status.value)


async def _progress(transaction: Transaction, job_id: str, status: JobStatus) -> int:
    sums = (items.c.status, sa.func.count().label("number"), sa.func.sum(items.c.progress).label("total"))
    found = await transaction.run(sa.select(*sums).where(items.c.job_id == job_id).group_by(items.c.status))
    return whole_progress(
        status, [(ItemStatus(row["status"]), row["number"], row["total"]) for row in found.mappings()]
    )

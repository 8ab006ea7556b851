"""The Store over SQL: every change and the events that tell it commit together."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count, groupby

import sqlalchemy as sa

from vxpipe.errors import FAILURES
from vxpipe.model import RETRIABLE, EventKind, Failure, Item, ItemKey, ItemStatus, Job, JobStatus, LogLine, Outcome
from vxpipe.ports import Entry, Store
from vxpipe.store import queries, rows
from vxpipe.store.database import OPEN_JOB, Transaction
from vxpipe.store.ledger import SqlLedger
from vxpipe.store.reading import SqlReader
from vxpipe.store.schema import DELETED, artifacts, deliveries, events, items, jobs, marks
from vxpipe.store.writing import settle, tell_items, tell_status, update_items

_PURGED_AT_ONCE = 2000
# What is stored of a job, by what to name a row, and which go first.
_PURGED = (
    (deliveries.c.id, deliveries.c.created_at),
    (events.c.seq, events.c.seq),
    (artifacts.c.id, artifacts.c.item),
    (items.c.index, items.c.index),
)
_OPEN = (ItemStatus.WAITING.value, ItemStatus.PROCESSING.value)
_RETRIABLE = tuple(status.value for status in RETRIABLE)


class SqlStore(SqlLedger, SqlReader, Store):
    """Jobs, items, events and artifacts in a SQL database."""

    async def create_job(self, job: Job, *, idempotency: tuple[str, str] | None) -> str:
        """See Store."""
        key, digest = idempotency or (None, None)

        async def add(transaction: Transaction) -> str:
            if idempotency and (earlier := await queries.job_under_key(transaction.run, *idempotency)):
                return earlier
            await transaction.run(
                sa.insert(jobs).values(**rows.job_values(job), idempotency_key=key, body_digest=digest)
            )
            await transaction.run(sa.insert(items), [rows.item_values(item) for item in job.items])
            await transaction.run(sa.insert(marks), rows.mark_values(job))
            await tell_status(transaction, job.id, job.status, 0, self._now())
            return job.id

        return await self._database.write(add, durable=True)

    async def cancel_job(self, job_id: str) -> tuple[ItemKey, ...] | None:
        """See Store."""

        async def cancel(transaction: Transaction) -> tuple[ItemKey, ...] | None:
            changed = await transaction.run(
                sa.update(jobs).where(jobs.c.id == job_id, jobs.c.status.in_(OPEN_JOB)).values(cancel_requested=True)
            )
            if not changed.rowcount:
                return None
            await self._end_items(transaction, queries.in_state(job_id, ItemStatus.WAITING), _CANCELLED)
            await settle(transaction, job_id, self._now())
            return await queries.keys_in_state(transaction, job_id, ItemStatus.PROCESSING)

        return await self._database.write(cancel, durable=True)

    async def retry_job(self, job_id: str) -> tuple[Entry, ...]:
        """See Store."""
        which = (items.c.job_id == job_id, items.c.status.in_(_RETRIABLE))
        reopened = {"status": JobStatus.PENDING.value, "cancel_requested": False, "finished_at": None}

        async def retry(transaction: Transaction) -> tuple[Entry, ...]:
            now = self._now()
            changed = await transaction.run(
                sa.update(jobs)
                .where(jobs.c.id == job_id, jobs.c.status.in_(queries.FINAL_JOB), sa.exists().where(*which))
                .values(**reopened)
                .returning(*jobs.c)
            )
            row = changed.mappings().first()
            if row is None:
                return ()
            waiting = await update_items(transaction, which, rows.rerun_values())
            await settle(transaction, job_id, now, is_news=True)
            await tell_items(transaction, waiting, now)
            job = rows.job(row, waiting)
            return tuple(Entry.of(item, job.recipe_of(item), priority=job.priority) for item in waiting)

        return await self._database.write(retry, durable=True)

    async def delete_job(self, job_id: str, *, ended_by: datetime | None = None) -> bool:
        """See Store."""
        marked = sa.update(jobs).where(jobs.c.id == job_id, jobs.c.status.in_(queries.FINAL_JOB))
        if ended_by is not None:
            marked = marked.where(jobs.c.finished_at <= ended_by)
        nothing = {"finished_at": None, "idempotency_key": None, "body_digest": None}

        async def delete(transaction: Transaction) -> bool:
            return bool((await transaction.run(marked.values(status=DELETED, **nothing))).rowcount)

        return await self._database.write(delete, durable=True)

    async def purge(self, *, steps: int | None = None) -> int:
        """See Store."""
        left = count() if steps is None else range(steps)
        async with self._database.read() as connection:
            found = await connection.execute(sa.select(jobs.c.id).where(jobs.c.status == DELETED))
        job_ids, gone = found.scalars().all(), 0
        for _ in left:
            if gone == len(job_ids):
                break
            gone += not await self._purge_some(job_ids[gone])
        return gone

    async def requeue_unfinished(self, *, max_attempts: int) -> tuple[Entry, ...]:
        """See Store."""

        async def pick_up(transaction: Transaction) -> None:
            for row in (await transaction.run(queries.interrupted())).all():
                await self._pick_up(transaction, row.id, max_attempts, is_unwanted=row.cancel_requested)

        await self._database.write(pick_up, durable=True)
        return tuple(
            Entry.of(item, job.recipe_of(item), delay_seconds=self._delay(item), priority=job.priority)
            for job in await self.unfinished()
            for item in job.items
            if item.status is ItemStatus.WAITING
        )

    async def append_logs(self, lines: Sequence[LogLine]) -> None:
        """See Store."""
        ordered = sorted(lines, key=lambda line: line.job_id)  # stable: the order within a job stays

        async def append(transaction: Transaction) -> None:
            for job_id, group in groupby(ordered, key=lambda line: line.job_id):
                batch = list(group)
                said = [(EventKind.LOG, rows.log_told(line)) for line in batch]
                await transaction.tell(job_id, said, ts=[line.ts for line in batch])

        await self._database.write(append, durable=False)

    async def _purge_some(self, job_id: str) -> bool:
        """Remove some rows of a deleted job, at last its own; whether there may be more.

        Of a large job all at once would hold up every other writer for seconds. Its last events go first: a reader
        under way gets no gap.
        """

        async def purge(transaction: Transaction) -> bool:
            for key, order in _PURGED:
                of_job = key.table.c.job_id == job_id
                some = sa.select(key).where(of_job).order_by(order.desc()).limit(_PURGED_AT_ONCE)
                if (await transaction.run(sa.delete(key.table).where(of_job, key.in_(some)))).rowcount:
                    return True
            await transaction.run(sa.delete(jobs).where(jobs.c.id == job_id))
            return False

        return await self._database.write(purge, durable=False)

    async def _pick_up(self, transaction: Transaction, job_id: str, max_attempts: int, *, is_unwanted: bool) -> None:
        """End what was to be cancelled or was begun too often; let the rest of what had begun wait again."""
        begun = queries.in_state(job_id, ItemStatus.PROCESSING)
        if is_unwanted:
            await self._end_items(transaction, (items.c.job_id == job_id, items.c.status.in_(_OPEN)), _CANCELLED)
        # An attempt that failed and was to be made again did not end with the service.
        ends = items.c.attempt - items.c.attempts_before - items.c.tries
        await self._end_items(transaction, (*begun, ends >= max_attempts), _GAVE_UP)
        again = await update_items(transaction, begun, rows.again_values(items.c.attempt + 1))
        await tell_items(transaction, again, self._now())
        await settle(transaction, job_id, self._now())

    def _delay(self, item: Item) -> float:
        return max(0.0, (item.retry_at - self._now()).total_seconds()) if item.retry_at else 0.0

    async def _end_items(
        self, transaction: Transaction, which: Sequence[sa.ColumnElement[bool]], outcome: Outcome
    ) -> None:
        now = self._now()
        ended = await update_items(transaction, which, rows.outcome_values(outcome) | {"finished_at": now})
        await tell_items(transaction, ended, now)


_CANCELLED = Outcome(status=ItemStatus.CANCELLED)
_GAVE_UP = Outcome(
    status=ItemStatus.FAILED,
    error=Failure(
        code="gave_up",
        message="the service ended during every attempt at this item",
        retryable=FAILURES["gave_up"].retryable,
        hint=FAILURES["gave_up"].hint,
    ),
)

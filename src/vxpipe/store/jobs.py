"""The Store over SQL: every change and the events that tell it commit together."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from vxpipe.errors import FAILURES
from vxpipe.model import (
    FINAL_JOB,
    Artifact,
    Event,
    EventKind,
    Failure,
    Item,
    ItemKey,
    ItemStatus,
    Job,
    JobStatus,
    LogLine,
    Outcome,
    job_progress,
    job_status,
)
from vxpipe.ports import Clock, Entry, Page, Store
from vxpipe.recipe import Recipe
from vxpipe.store import queries, rows
from vxpipe.store.cursor import encode_cursor
from vxpipe.store.database import Database, Transaction
from vxpipe.store.schema import artifacts, events, items, jobs

_OPEN = (ItemStatus.WAITING.value, ItemStatus.PROCESSING.value)
_FINAL_JOB = tuple(status.value for status in FINAL_JOB)


class SqlStore(Store):
    """Jobs, items, events and artifacts in a SQL database."""

    def __init__(self, database: Database, *, now: Clock) -> None:
        self._database = database
        self._now = now

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
            await self._tell_status(transaction, job.id, job.status, 0)
            return job.id

        return await self._database.write(add, durable=True)

    async def job_under_key(self, key: str, digest: str) -> str | None:
        """See Store."""
        async with self._database.read() as connection:
            return await queries.job_under_key(connection.execute, key, digest)

    async def job(self, job_id: str) -> Job | None:
        """See Store."""
        async with self._database.read() as connection:
            found = await queries.jobs_of(connection, sa.select(jobs).where(jobs.c.id == job_id))
        return found[0] if found else None

    async def item(self, key: ItemKey) -> Item | None:
        """See Store."""
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(items).where(*queries.is_item(key)))).mappings().first()
            files = await connection.execute(
                sa.select(artifacts)
                .where(artifacts.c.job_id == key.job_id, artifacts.c.item == key.index)
                .order_by(artifacts.c.place)
            )
            return rows.item(row, [rows.artifact(file) for file in files.mappings()]) if row else None

    async def jobs(self, *, status: JobStatus | None, limit: int, cursor: str | None) -> Page:
        """See Store."""
        query = sa.select(jobs).order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(limit + 1)
        if status is not None:
            query = query.where(jobs.c.status == status.value)
        if cursor is not None:
            query = query.where(sa.tuple_(jobs.c.created_at, jobs.c.id) < queries.position(cursor))
        async with self._database.read() as connection:
            found = await queries.jobs_of(connection, query)
        more = len(found) > limit
        page = found[:limit]
        return Page(tuple(page), encode_cursor(page[-1].created_at, page[-1].id) if more else None)

    async def unfinished(self) -> tuple[Job, ...]:
        """See Store."""
        query = sa.select(jobs).where(jobs.c.status.not_in(_FINAL_JOB)).order_by(jobs.c.created_at, jobs.c.id)
        async with self._database.read() as connection:
            return tuple(await queries.jobs_of(connection, query))

    async def artifact(self, artifact_id: str) -> Artifact | None:
        """See Store."""
        async with self._database.read() as connection:
            found = await connection.execute(sa.select(artifacts).where(artifacts.c.id == artifact_id))
            row = found.mappings().first()
        return rows.artifact(row) if row else None

    async def recipe(self, job_id: str) -> Recipe:
        """See Store."""
        async with self._database.read() as connection:
            text = await connection.scalar(sa.select(jobs.c.recipe).where(jobs.c.id == job_id))
        assert text is not None, job_id
        return Recipe.model_validate_json(text)

    async def start_item(self, entry: Entry) -> Item | None:
        """See Store."""

        async def start(transaction: Transaction) -> Item | None:
            changed = await transaction.run(
                sa.update(items)
                .where(
                    *queries.is_item(entry.key),
                    items.c.attempt == entry.attempt,
                    items.c.status == ItemStatus.WAITING.value,
                )
                .values(
                    status=ItemStatus.PROCESSING.value,
                    started_at=self._now(),
                    progress=0,
                    stage=None,
                    retry_at=None,
                    last_failure=None,
                )
            )
            if not changed.rowcount:
                return None
            item = await self._tell_item(transaction, entry.key)
            await self._settle(transaction, entry.key.job_id)
            return item

        return await self._database.write(start, durable=False)

    async def note_progress(self, key: ItemKey, attempt: int, *, progress: int, stage: str) -> bool:
        """See Store."""

        async def note(transaction: Transaction) -> bool:
            changed = await transaction.run(
                sa.update(items)
                .where(*queries.under_way(key, attempt), items.c.progress <= progress)
                .values(progress=progress, stage=stage)
            )
            if changed.rowcount:
                await transaction.run(sa.update(jobs).where(jobs.c.id == key.job_id).values(updated_at=self._now()))
            return bool(changed.rowcount)

        return await self._database.write(note, durable=False)

    async def conclude_item(self, key: ItemKey, attempt: int, outcome: Outcome) -> bool:
        """See Store."""

        async def conclude(transaction: Transaction) -> bool:
            changed = await transaction.run(
                sa.update(items)
                .where(*queries.under_way(key, attempt))
                .values(
                    **rows.outcome_values(outcome),
                    finished_at=self._now(),
                    tries=items.c.tries + (outcome.error is not None),
                )
            )
            if not changed.rowcount:
                return False
            await self._add_artifacts(transaction, key, outcome.artifacts)
            await self._tell_item(transaction, key)
            await self._settle(transaction, key.job_id)
            return True

        return await self._database.write(conclude, durable=True)

    async def release_item(self, key: ItemKey, attempt: int) -> bool:
        """See Store."""

        async def release(transaction: Transaction) -> bool:
            changed = await transaction.run(
                sa.update(items).where(*queries.under_way(key, attempt)).values(**_again(attempt))
            )
            if changed.rowcount:
                await self._tell_item(transaction, key)
                await self._settle(transaction, key.job_id)
            return bool(changed.rowcount)

        return await self._database.write(release, durable=True)

    async def retry_item(self, key: ItemKey, attempt: int, *, at: datetime, failure: Failure) -> bool:
        """See Store."""
        again = {"tries": items.c.tries + 1, "retry_at": at, "last_failure": asdict(failure)} | _again(attempt + 1)
        ended = rows.outcome_values(_CANCELLED) | {"finished_at": self._now()}

        async def retry(transaction: Transaction) -> bool:
            is_unwanted = await transaction.run(sa.select(jobs.c.cancel_requested).where(jobs.c.id == key.job_id))
            values = ended if is_unwanted.scalar() else again
            changed = await transaction.run(sa.update(items).where(*queries.under_way(key, attempt)).values(**values))
            if changed.rowcount:
                await self._tell_item(transaction, key)
                await self._settle(transaction, key.job_id)
            return bool(changed.rowcount) and values is again

        return await self._database.write(retry, durable=True)

    async def cancel_job(self, job_id: str) -> tuple[ItemKey, ...] | None:
        """See Store."""

        async def cancel(transaction: Transaction) -> tuple[ItemKey, ...] | None:
            changed = await transaction.run(
                sa.update(jobs)
                .where(jobs.c.id == job_id, jobs.c.status.not_in(_FINAL_JOB))
                .values(cancel_requested=True)
            )
            if not changed.rowcount:
                return None
            await self._end_items(
                transaction, await queries.keys_in_state(transaction, job_id, ItemStatus.WAITING), _CANCELLED
            )
            await self._settle(transaction, job_id)
            return await queries.keys_in_state(transaction, job_id, ItemStatus.PROCESSING)

        return await self._database.write(cancel, durable=True)

    async def requeue_unfinished(self, *, max_attempts: int) -> tuple[Entry, ...]:
        """See Store."""
        return tuple([entry for job in await self.unfinished() for entry in await self._requeue(job, max_attempts)])

    async def append_logs(self, lines: Sequence[LogLine]) -> None:
        """See Store."""
        ordered = sorted(lines, key=lambda line: line.job_id)  # stable: the order within a job stays

        async def append(transaction: Transaction) -> None:
            for job_id, group in groupby(ordered, key=lambda line: line.job_id):
                batch = list(group)
                said = [(EventKind.LOG, rows.log_told(line)) for line in batch]
                await transaction.tell(job_id, said, ts=[line.ts for line in batch])

        await self._database.write(append, durable=False)

    async def events(
        self, job_id: str, *, after: int, limit: int, kinds: frozenset[str] | None = None, newest: bool = False
    ) -> tuple[Event, ...]:
        """See Store."""
        order = events.c.seq.desc() if newest else events.c.seq
        query = sa.select(events).where(events.c.job_id == job_id, events.c.seq > after).order_by(order).limit(limit)
        if kinds is not None:
            query = query.where(events.c.kind.in_(kinds))
        async with self._database.read() as connection:
            found = [rows.event(row) for row in (await connection.execute(query)).mappings()]
        return tuple(reversed(found)) if newest else tuple(found)

    async def ping(self) -> None:
        """See Store."""
        async with self._database.read() as connection:
            await connection.execute(sa.select(1))

    async def _requeue(self, job: Job, max_attempts: int) -> list[Entry]:
        async def requeue(transaction: Transaction) -> list[Entry]:
            left = [item for item in job.items if not item.status.is_final]
            begun = {item.key for item in left if item.status is ItemStatus.PROCESSING}
            # An attempt that failed and was to be made again did not end with the service.
            worn_out = [item.key for item in left if item.key in begun and item.attempt - item.tries >= max_attempts]
            if job.cancel_requested:
                await self._end_items(transaction, [item.key for item in left], _CANCELLED)
                left = []
            elif worn_out:
                await self._end_items(transaction, worn_out, _GAVE_UP)
            entries = [
                # An attempt that never began is not counted.
                Entry.of(item, job.recipe, attempt=item.attempt + (item.key in begun), delay_seconds=self._delay(item))
                for item in left
                if item.key not in worn_out
            ]
            for entry in entries:
                await transaction.run(
                    sa.update(items).where(*queries.is_item(entry.key)).values(**_again(entry.attempt))
                )
                await self._tell_item(transaction, entry.key)
            await self._settle(transaction, job.id)
            return entries

        return await self._database.write(requeue, durable=True)

    def _delay(self, item: Item) -> float:
        return max(0.0, (item.retry_at - self._now()).total_seconds()) if item.retry_at else 0.0

    async def _add_artifacts(self, transaction: Transaction, key: ItemKey, files: Sequence[Artifact]) -> None:
        if files:
            await transaction.run(sa.insert(artifacts), rows.artifact_values(key, files))
            said = [(EventKind.ARTIFACT, rows.artifact_told(key, file)) for file in files]
            await transaction.tell(key.job_id, said, ts=[self._now()] * len(said))

    async def _end_items(self, transaction: Transaction, keys: Sequence[ItemKey], outcome: Outcome) -> None:
        for key in keys:
            values = rows.outcome_values(outcome) | {"finished_at": self._now()}
            await transaction.run(sa.update(items).where(*queries.is_item(key)).values(**values))
            await self._tell_item(transaction, key)

    async def _tell_item(self, transaction: Transaction, key: ItemKey) -> Item:
        found = await transaction.run(sa.select(items).where(*queries.is_item(key)))
        item = rows.item(found.mappings().one())
        await transaction.tell(key.job_id, [(EventKind.ITEM, item.told())], ts=[self._now()])
        return item

    async def _settle(self, transaction: Transaction, job_id: str) -> None:
        """Bring the job's status in line with its items', and tell when it changed."""
        job = (await transaction.run(sa.select(jobs).where(jobs.c.id == job_id))).mappings().one()
        parts = await transaction.run(sa.select(items.c.status, items.c.progress).where(items.c.job_id == job_id))
        shares = [(ItemStatus(part.status), part.progress) for part in parts]
        status = job_status([state for state, _ in shares], cancelled=job["cancel_requested"])
        if status == job["status"]:
            await transaction.run(sa.update(jobs).where(jobs.c.id == job_id).values(updated_at=self._now()))
            return
        await self._tell_status(transaction, job_id, status, job_progress(status, shares))

    async def _tell_status(self, transaction: Transaction, job_id: str, status: JobStatus, progress: int) -> None:
        now = self._now()
        # Told first: a job that has ended takes no more events.
        said = {"status": status.value, "progress": progress}
        await transaction.tell(job_id, [(EventKind.STATUS, said)], ts=[now])
        finished = now if status.is_final else None
        await transaction.run(
            sa.update(jobs).where(jobs.c.id == job_id).values(status=status.value, updated_at=now, finished_at=finished)
        )


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


def _again(attempt: int) -> dict[str, Any]:
    """The columns of an item that starts over."""
    return {"status": ItemStatus.WAITING.value, "attempt": attempt, "progress": 0, "stage": None}

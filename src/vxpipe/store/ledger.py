"""What becomes of items, recorded: every write of a worker carries the attempt it belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vxpipe.model import Artifact, EventKind, Failure, Item, ItemKey, ItemStatus, Outcome
from vxpipe.ports import Clock, Entry, Ledger
from vxpipe.recipe import Recipe, overridden
from vxpipe.store import queries, rows
from vxpipe.store.database import Database, Transaction
from vxpipe.store.heads import Heads
from vxpipe.store.schema import artifacts, items, jobs
from vxpipe.store.writing import later, settle, tell_items, update_items


class SqlLedger(Ledger):
    """The Ledger over SQL."""

    def __init__(self, database: Database, *, now: Clock) -> None:
        self._database = database
        self._now = now
        self._heads = Heads(database)

    async def recipe(self, key: ItemKey) -> Recipe | None:
        """See Ledger."""
        query = sa.select(jobs.c.recipe, items.c.options).join(items).where(*queries.is_item(key), queries.THERE)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        return overridden(rows.recipe(row.recipe), rows.options(row.options)) if row else None

    async def start_item(self, entry: Entry) -> Item | None:
        """See Ledger."""
        which = (*queries.is_item(entry.key), items.c.attempt == entry.attempt)
        values = {
            "status": ItemStatus.PROCESSING.value,
            "started_at": self._now(),
            "progress": 0,
            "stage": None,
            "eta": None,
            "retry_at": None,
        }

        async def start(transaction: Transaction) -> Item | None:
            return await self._changed(transaction, (*which, items.c.status == ItemStatus.WAITING.value), values)

        return await self._database.write(start, durable=False)

    async def note_progress(
        self, key: ItemKey, attempt: int, *, progress: int, stage: str, eta: int | None = None
    ) -> bool:
        """See Ledger."""

        async def note(transaction: Transaction) -> bool:
            changed = await transaction.run(
                sa.update(items)
                .where(*queries.under_way(key, attempt), items.c.progress <= progress)
                .values(progress=progress, stage=stage, eta=eta)
            )
            if changed.rowcount:
                await transaction.run(
                    sa.update(jobs).where(jobs.c.id == key.job_id).values(updated_at=later(self._now()))
                )
            return bool(changed.rowcount)

        return await self._database.write(note, durable=False)

    async def conclude_item(self, key: ItemKey, attempt: int, outcome: Outcome) -> bool:
        """See Ledger."""
        values = rows.outcome_values(outcome) | {"tries": items.c.tries + (outcome.error is not None)}

        async def conclude(transaction: Transaction) -> bool:
            now = self._now()
            ended = await update_items(transaction, queries.under_way(key, attempt), values | {"finished_at": now})
            if ended:
                await _add_artifacts(transaction, key, outcome.artifacts, now)
                await tell_items(transaction, ended, now)
                await settle(transaction, key.job_id, now)
            return bool(ended)

        return await self._database.write(conclude, durable=True)

    async def release_item(self, key: ItemKey, attempt: int) -> bool:
        """See Ledger."""

        # It starts over, so it is another attempt: within one, progress never falls. But it is none that came to grief.
        again = rows.again_values(attempt + 1) | {"attempts_before": items.c.attempts_before + 1}

        async def release(transaction: Transaction) -> bool:
            return bool(await self._changed(transaction, queries.under_way(key, attempt), again))

        return await self._database.write(release, durable=True)

    async def retry_item(self, key: ItemKey, attempt: int, *, at: datetime, failure: Failure) -> bool:
        """See Ledger."""
        why = {"last_failure": asdict(failure)}
        again = rows.again_values(attempt + 1) | why | {"tries": items.c.tries + 1, "retry_at": at}
        ended = rows.outcome_values(Outcome(status=ItemStatus.CANCELLED)) | why | {"finished_at": self._now()}

        async def retry(transaction: Transaction) -> bool:
            is_unwanted = await transaction.run(sa.select(jobs.c.cancel_requested).where(jobs.c.id == key.job_id))
            values = ended if is_unwanted.scalar() else again
            changed = await self._changed(transaction, queries.under_way(key, attempt), values)
            return bool(changed) and values is again

        return await self._database.write(retry, durable=True)

    async def _changed(
        self, transaction: Transaction, which: Sequence[sa.ColumnElement[bool]], values: Mapping[str, Any]
    ) -> Item | None:
        """The item that matches, changed and told; None when there is none."""
        now = self._now()
        changed = await update_items(transaction, which, values)
        await tell_items(transaction, changed, now)
        for item in changed:
            await settle(transaction, item.key.job_id, now)
        return changed[0] if changed else None


async def _add_artifacts(transaction: Transaction, key: ItemKey, files: Sequence[Artifact], now: datetime) -> None:
    if files:
        await transaction.run(sa.insert(artifacts), rows.artifact_values(key, files))
        told = [(EventKind.ARTIFACT, rows.artifact_told(key, file)) for file in files]
        await transaction.tell(key.job_id, told, ts=[now] * len(told))

"""The DeliveryStore over SQL."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vxpipe.hooks import Delivery, DeliveryState, Due, HookEvent
from vxpipe.ports import DeliveryStore
from vxpipe.store import queries
from vxpipe.store.database import Database, Transaction
from vxpipe.store.schema import deliveries, jobs

_MOST_SHOWN = 1000


class SqlDeliveries(DeliveryStore):
    """Messages in the database of the jobs: they are written with the events they tell of, and go with their job."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(
        self, now: datetime, *, limit: int, not_to: Collection[str], not_of: Collection[str]
    ) -> tuple[Due, ...]:
        """See DeliveryStore."""
        owner = sa.func.coalesce(jobs.c.owner, "")
        query = (
            sa.select(deliveries, owner.label("owner"))
            .join(jobs)
            .where(queries.THERE, deliveries.c.due_at <= now)
            .where(deliveries.c.host.not_in(sorted(not_to)), owner.not_in(sorted(not_of)))
            .order_by(deliveries.c.due_at, deliveries.c.id)
            .limit(limit)
        )
        return tuple(Due(**_values(row)) for row in await self._rows(query))

    async def of_job(self, job_id: str) -> tuple[Delivery, ...]:
        """See DeliveryStore."""
        of_it = deliveries.c.job_id == job_id
        query = sa.select(deliveries).where(of_it).order_by(deliveries.c.created_at, deliveries.c.id)
        return tuple(Delivery(**_values(row)) for row in await self._rows(query.limit(_MOST_SHOWN)))

    async def record(self, delivery: Delivery) -> None:
        """See DeliveryStore."""
        changed = {
            "state": delivery.state.value,
            "tries": delivery.tries,
            "due_at": delivery.due_at,
            "last_error": delivery.last_error,
        }

        async def record(transaction: Transaction) -> None:
            await transaction.run(sa.update(deliveries).where(deliveries.c.id == delivery.id).values(changed))

        await self._database.write(record, durable=False)

    async def _rows(self, query: sa.Select[Any]) -> Sequence[sa.RowMapping]:
        async with self._database.read() as connection:
            found: Sequence[sa.RowMapping] = (await connection.execute(query)).mappings().all()
        return found


def _values(row: sa.RowMapping) -> dict[str, Any]:
    return {**row, "event": HookEvent(row["event"]), "state": DeliveryState(row["state"])}

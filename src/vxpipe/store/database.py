"""The database: one connection to write, some to read; transactions that tell their events after the commit.

Everything SQLite wants to be told is here: WAL, `BEGIN IMMEDIATE`, how hard a commit is pushed to the disk.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from vxpipe.model import Event, EventKind, JobStatus
from vxpipe.store import outbox, schema
from vxpipe.unbroken import unbroken

T = TypeVar("T")
U = TypeVar("U")
Told = Callable[[Sequence[Event]], None]

OPEN_JOB = tuple(status.value for status in JobStatus if not status.is_final)

# So many rows are made or written in one go: some milliseconds in which nobody else has a turn.
_AT_ONCE = 200
_READERS = 4


async def made(rows: Iterable[T], make: Callable[[T], U]) -> list[U]:
    """What `make` makes of each row; of many, others get their turn in between."""
    found = []
    for number, row in enumerate(rows, 1):
        found.append(make(row))
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return found


class Transaction:
    """An open write transaction. What `tell` adds becomes visible, and is passed to the readers, with the commit."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.told: list[Event] = []

    async def run(
        self, statement: sa.Executable, rows: Sequence[Mapping[str, Any]] | None = None
    ) -> sa.CursorResult[Any]:
        """Execute one statement, once or for many rows."""
        return await self._connection.execute(statement, rows)

    async def tell(
        self, job_id: str, entries: Sequence[tuple[EventKind, Mapping[str, Any]]], *, ts: Sequence[datetime]
    ) -> None:
        """Add events to a job's story under the next sequence numbers, one `ts` each.

        The numbers come from an UPDATE of the job's row, whose lock makes commit order equal number order. A job that
        is unknown or has ended takes no more events. What the job's webhooks want to hear of is written as well.
        """
        if not entries:
            return
        found = await self._connection.execute(
            sa.update(schema.jobs)
            .where(schema.jobs.c.id == job_id, schema.jobs.c.status.in_(OPEN_JOB))
            .values(last_seq=schema.jobs.c.last_seq + len(entries))
            .returning(schema.jobs.c.last_seq, schema.jobs.c.hooks)
        )
        row = found.first()
        if row is None:
            return
        first = row.last_seq - len(entries) + 1
        story = [
            Event(job_id=job_id, seq=seq, kind=kind, ts=when, data=data)
            for seq, ((kind, data), when) in enumerate(zip(entries, ts, strict=True), first)
        ]
        rows = [{"job_id": e.job_id, "seq": e.seq, "kind": e.kind.value, "ts": e.ts, "data": e.data} for e in story]
        for start in range(0, len(rows), _AT_ONCE):
            await self._connection.execute(sa.insert(schema.events), rows[start : start + _AT_ONCE])
            messages = outbox.deliveries(story[start : start + _AT_ONCE], row.hooks or ())
            if messages:
                await self._connection.execute(sa.insert(schema.deliveries), [asdict(message) for message in messages])
        self.told += story


class Database:
    """Opens the database and lends its connections."""

    def __init__(self, path: Path, *, told: Told) -> None:
        url = sa.URL.create("sqlite+aiosqlite", database=str(path))
        self._told = told
        self.commits = 0
        """How many transactions have been committed: while it stays, what was read is what is there."""
        self._lock = asyncio.Lock()
        # An aiosqlite connection is one transaction shared by all coroutines: hence one connection behind one lock.
        self._writer = create_async_engine(url, pool_size=1, max_overflow=0, pool_reset_on_return=None)
        # Who reads much lets others read meanwhile.
        self._reader = create_async_engine(url, pool_size=_READERS, max_overflow=0, pool_timeout=60)
        _prepare(self._writer, begin="BEGIN IMMEDIATE", query_only=False)
        _prepare(self._reader, begin="BEGIN", query_only=True)

    async def write(self, work: Callable[[Transaction], Awaitable[T]], *, durable: bool) -> T:
        """Run `work` in one transaction; its events reach the readers after the commit, in commit order.

        `durable` waits for the disk (a 202, a final state). A cancelled caller does not interrupt the transaction.
        """
        return await unbroken(self._write(work, durable))

    async def _write(self, work: Callable[[Transaction], Awaitable[T]], durable: bool) -> T:
        engine = self._writer.execution_options(durable=durable)
        async with self._lock:
            async with engine.begin() as connection:
                transaction = Transaction(connection)
                result = await work(transaction)
            self.commits += 1
            self._told(transaction.told)
        return result

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A consistent view of what is committed."""
        async with self._reader.connect() as connection:
            yield connection

    async def close(self) -> None:
        """Finish the transaction under way and close all connections."""
        async with self._lock:
            await self._writer.dispose()
            await self._reader.dispose()


def _prepare(engine: AsyncEngine, *, begin: str, query_only: bool) -> None:
    pragmas = (
        "PRAGMA journal_mode=WAL",
        "PRAGMA foreign_keys=ON",
        "PRAGMA busy_timeout=10000",
        f"PRAGMA query_only={'ON' if query_only else 'OFF'}",
    )

    @sa.event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def began(connection: sa.Connection) -> None:
        if not query_only:
            durable = connection.get_execution_options().get("durable", True)
            connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.exec_driver_sql(begin)

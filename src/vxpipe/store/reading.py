"""What the store is asked: jobs, items, files and events as they are committed."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vxpipe.model import Artifact, Event, EventKind, Head, Item, ItemKey, ItemStatus, Job, JobStatus, TextLine, Wanted
from vxpipe.ports import Page
from vxpipe.store import queries, rows, selection
from vxpipe.store.cursor import encode_cursor
from vxpipe.store.database import OPEN_JOB, Database, made
from vxpipe.store.heads import Heads
from vxpipe.store.schema import artifacts, as_stored, events, identity, items, jobs


class SqlReader:
    """The questions of the Store port; nothing is changed."""

    _database: Database
    # Of jobs with very many items a page holds fewer.
    items_on_a_page = 20_000
    _heads: Heads

    async def job_under_key(self, key: str, digest: str) -> str | None:
        """See Store."""
        async with self._database.read() as connection:
            return await queries.job_under_key(connection.execute, key, digest)

    async def job(self, job_id: str) -> Job | None:
        """See Store."""
        async with self._database.read() as connection:
            found = await queries.jobs_of(connection, sa.select(jobs).where(jobs.c.id == job_id, queries.THERE))
        return found[0] if found else None

    async def head(self, job_id: str) -> Head | None:
        """See Store."""
        return await self._heads.of(job_id)

    async def item(self, key: ItemKey) -> Item | None:
        """See Store."""
        async with self._database.read() as connection:
            query = sa.select(items).join(jobs).where(*queries.is_item(key), queries.THERE)
            row = (await connection.execute(query)).mappings().first()
            files = await connection.execute(
                sa.select(artifacts)
                .where(artifacts.c.job_id == key.job_id, artifacts.c.item == key.index)
                .order_by(artifacts.c.place)
            )
            return rows.item(row, [rows.artifact(file) for file in files.mappings()]) if row else None

    async def jobs(self, wanted: Wanted, *, limit: int, cursor: str | None) -> Page:
        """See Store."""
        query = selection.jobs_wanted(wanted, before=queries.position(cursor) if cursor is not None else None)
        async with self._database.read() as connection:
            heads = (await connection.execute(query.limit(limit + 1))).mappings().all()
            job_ids = [head["id"] for head in heads[:limit]]
            count = await queries.fitting(connection, job_ids, most_items=self.items_on_a_page)
            page = await queries.with_items(connection, heads[: min(limit, count)])
        more = len(heads) > len(page)
        return Page(tuple(page), encode_cursor(page[-1].created_at, page[-1].id) if more else None)

    async def job_counts(self, wanted: Wanted) -> Mapping[str, int]:
        """See Store."""
        async with self._database.read() as connection:
            found = {row[0]: row[1] for row in await connection.execute(selection.count_by_status(wanted))}
        return {status.value: found.get(status.value, 0) for status in JobStatus}

    async def unfinished(self) -> tuple[Job, ...]:
        """See Store."""
        query = sa.select(jobs).where(jobs.c.status.in_(OPEN_JOB))
        async with self._database.read() as connection:
            found = await queries.jobs_of(connection, query)
        return tuple(sorted(found, key=lambda job: (job.created_at, job.id)))

    async def artifacts(self, job_id: str, *, limit: int) -> tuple[Artifact, ...]:
        """See Store."""
        query = sa.select(artifacts).join(jobs).where(artifacts.c.job_id == job_id, queries.THERE)
        query = query.order_by(artifacts.c.item, artifacts.c.place).limit(limit)
        async with self._database.read() as connection:
            return tuple(await made((await connection.execute(query)).mappings(), rows.artifact))

    async def ended(self, *, by: datetime, limit: int) -> tuple[str, ...]:
        """See Store."""
        query = sa.select(jobs.c.id).where(jobs.c.finished_at <= by).order_by(jobs.c.finished_at).limit(limit)
        async with self._database.read() as connection:
            return tuple((await connection.execute(query)).scalars())

    async def unknown(self, job_ids: Collection[str]) -> frozenset[str]:
        """See Store."""
        asked, known = list(job_ids), set[str]()
        async with self._database.read() as connection:
            for start in range(0, len(asked), 500):  # SQLite takes a bounded number of values
                some = sa.select(jobs.c.id).where(jobs.c.id.in_(asked[start : start + 500]), queries.THERE)
                known.update((await connection.execute(some)).scalars())
        return frozenset(asked) - known

    async def identity(self) -> str:
        """See Store."""
        async with self._database.read() as connection:
            return str(await connection.scalar(sa.select(identity.c.id)))

    async def artifact(self, artifact_id: str) -> Artifact | None:
        """See Store."""
        async with self._database.read() as connection:
            query = sa.select(artifacts).join(jobs).where(artifacts.c.id == artifact_id, queries.THERE)
            found = await connection.execute(query)
            row = found.mappings().first()
        return rows.artifact(row) if row else None

    async def owns_job(self, owner: str, job_id: str) -> bool:
        """See Store."""
        return await self._is_there(sa.select(1).where(jobs.c.id == job_id, jobs.c.owner == owner))

    async def owns_artifact(self, owner: str, artifact_id: str) -> bool:
        """See Store."""
        query = sa.select(1).join_from(artifacts, jobs)
        return await self._is_there(query.where(artifacts.c.id == artifact_id, jobs.c.owner == owner))

    async def _is_there(self, query: sa.Select[Any]) -> bool:
        async with self._database.read() as connection:
            return (await connection.execute(query)).first() is not None

    async def events(self, job_id: str, *, after: int, limit: int) -> tuple[Event, ...]:
        """See Store."""
        query = sa.select(events).where(events.c.job_id == job_id, events.c.seq > after)
        async with self._database.read() as connection:
            return tuple(rows.event(row) for row in await connection.execute(query.order_by(events.c.seq).limit(limit)))

    async def log_tail(self, job_id: str, *, until: int, limit: int) -> tuple[TextLine, ...]:
        """See Store. A status is asked for often and shows a thousand lines: they are left as they lie."""
        query = sa.select(events.c.seq, as_stored(events.c.ts), as_stored(events.c.data))
        query = query.where(events.c.job_id == job_id, events.c.seq <= until, events.c.kind == EventKind.LOG.value)
        async with self._database.read() as connection:
            found = (await connection.execute(query.order_by(events.c.seq.desc()).limit(limit))).all()
        return tuple(TextLine(*row) for row in reversed(found))

    async def item_counts(self) -> Mapping[str, int]:
        """See Store."""
        query = sa.select(items.c.status, sa.func.count()).group_by(items.c.status)
        async with self._database.read() as connection:
            found = {row[0]: row[1] for row in await connection.execute(query)}
        return {status.value: found.get(status.value, 0) for status in ItemStatus}

    async def ping(self) -> None:
        """See Store."""
        async with self._database.read() as connection:
            await connection.execute(sa.select(1))

"""Where jobs stand, remembered until the next commit: most who ask for a status have seen it already."""

from collections import OrderedDict

import sqlalchemy as sa

from vxpipe.model import Head, JobStatus
from vxpipe.store import queries
from vxpipe.store.database import Database
from vxpipe.store.schema import jobs

_KEPT = 4096


class Heads:
    """Costs one look into an index after a commit, whichever job it was of, and nothing before the next."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[str, tuple[int, Head]] = OrderedDict()

    async def of(self, job_id: str) -> Head | None:
        """The job's head as it is committed, or None."""
        commits = self._database.commits
        known = self._known.get(job_id)
        if known and known[0] == commits:
            return known[1]
        head = await self._read(job_id)
        if head is None:
            self._known.pop(job_id, None)
        else:
            self._keep(job_id, commits, head)
        return head

    async def _read(self, job_id: str) -> Head | None:
        query = sa.select(jobs.c.status, jobs.c.last_seq, jobs.c.updated_at).where(jobs.c.id == job_id, queries.THERE)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        return Head(status=JobStatus(row.status), last_seq=row.last_seq, updated_at=row.updated_at) if row else None

    def _keep(self, job_id: str, commits: int, head: Head) -> None:
        self._known[job_id] = (commits, head)
        self._known.move_to_end(job_id)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)

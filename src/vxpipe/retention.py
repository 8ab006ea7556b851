"""What goes by itself: jobs that ended long ago, and files that belong to no job."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from vxpipe.model import instant
from vxpipe.ports import ArtifactStore, Clock, Store

log = structlog.get_logger()

_BATCH = 100
_SWEEPS_PER_LOOK = 60
# However short the disk is: results of today stay.
_SPARED = timedelta(days=1)


class Retention:
    """Removes jobs `days` after their end (0: never), earlier while the disk `is_short`.

    Only jobs that have ended go: the store makes sure of that in the transaction that removes one.
    """

    def __init__(
        self, store: Store, artifacts: ArtifactStore, *, days: float, is_short: Callable[[], bool], now: Clock
    ) -> None:
        self._store = store
        self._artifacts = artifacts
        self._days = days
        self._is_short = is_short
        self._now = now

    async def run(self, *, pause_seconds: float = 60.0) -> None:
        """Sweep for ever; files of no job are looked for at the start, and then once in many sweeps."""
        while True:
            await _told(self.sweep_files)
            for _ in range(_SWEEPS_PER_LOOK):
                await _told(self.sweep_jobs)
                await _told(self._store.purge)
                await asyncio.sleep(pause_seconds)

    async def sweep_jobs(self) -> int:
        """Remove jobs whose days are over, a bounded number of them; how many that were."""
        if not self._days:
            return 0
        gone = 0
        for job_id in await self._store.ended(by=self._ago(timedelta(days=self._days)), limit=_BATCH):
            gone += await self._remove(job_id, self._ago(timedelta(days=self._days)))
        while gone < _BATCH and self._is_short():
            oldest = await self._store.ended(by=self._ago(_SPARED), limit=1)
            if not oldest:
                break
            gone += await self._remove(oldest[0], self._ago(_SPARED))
        return gone

    async def sweep_files(self) -> int:
        """Remove the files of jobs that are not there any more; of how many that were.

        Nothing goes from a folder that belongs to another database: its jobs are only unknown to this one.
        """
        if not await self._artifacts.claim(await self._store.identity()):
            log.warning("files.foreign")
            return 0
        # Listed first: a job is stored before it has files.
        orphans = await self._store.unknown(await self._artifacts.jobs())
        if orphans:
            await self._artifacts.discard(orphans)
            log.info("files.swept", jobs=len(orphans))
        return len(orphans)

    async def _remove(self, job_id: str, ended_by: datetime) -> bool:
        """The job first: files of no job are found by the next sweep, a job without its files would be told of."""
        if not await self._store.delete_job(job_id, ended_by=ended_by):
            return False
        await self._artifacts.discard([job_id])
        log.info("job.expired", job=job_id, before=instant(ended_by))
        return True

    def _ago(self, span: timedelta) -> datetime:
        return self._now() - span


async def _told(sweep: Callable[[], Awaitable[int]]) -> None:
    """A sweep that fails is told and made again later: it may not end the service."""
    try:
        await sweep()
    except Exception:
        log.exception("retention.failed")

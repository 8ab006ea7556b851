"""How the service stands at a moment: the facts of `GET /metrics` that nobody counts."""

import asyncio
import shutil
from pathlib import Path

from vxpipe.engine.census import processes_below
from vxpipe.engine.fetch.editions import Editions
from vxpipe.engine.fetch.lanes import PlatformLanes
from vxpipe.facts import Disk, Standing
from vxpipe.ports import Clock, Store, WorkQueue


class Survey:
    """Looks at the queue, the store, the lanes, the disk and the processes."""

    def __init__(
        self, queue: WorkQueue, store: Store, lanes: PlatformLanes, editions: Editions, *, data: Path, now: Clock
    ) -> None:
        self._queue = queue
        self._store = store
        self._lanes = lanes
        self._editions = editions
        self._data = data
        self._now = now

    async def standing(self, *, running: int, readers: int) -> Standing:
        """The facts; `running` items and `readers` of streams are told by those who hold them."""
        usage = await asyncio.to_thread(shutil.disk_usage, self._data)
        return Standing(
            queue=self._queue.waiting(),
            items=await self._store.item_counts(),
            running=running,
            readers=readers,
            disk=Disk(free_bytes=usage.free, total_bytes=usage.total),
            failing=self._lanes.failing(),
            children=await asyncio.to_thread(processes_below),
            ytdlp_age_days=self._editions.facts(self._now().date()).age_days,
        )

"""The free space of the disk stays above a floor: downloads end where it goes, those of a service wait for it."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import structlog

from vxpipe.engine.fetch.cache import Cache
from vxpipe.errors import VxError
from vxpipe.model import Target
from vxpipe.ports import Fetched, Fetcher, FetchProgress

log = structlog.get_logger()


def free_bytes(folder: Path) -> int:
    """What the disk of a folder has left for us; nothing when it does not answer."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


class Room:
    """The disk under `folder`, of which `floor_bytes` stay free. Where they do not, `cache` gives way first."""

    def __init__(
        self,
        folder: Path,
        *,
        floor_bytes: int,
        cache: Cache | None = None,
        free: Callable[[Path], int] = free_bytes,
        poll_seconds: float = 1.0,
    ) -> None:
        self._folder = folder
        self._floor_bytes = floor_bytes
        self._cache = cache
        self._free = free
        self._poll_seconds = poll_seconds
        self._giving_way = asyncio.Lock()
        self._downloads: list[object] = []
        self._quiet_until = float("-inf")

    def shortage(self) -> str | None:
        """Why no download may begin; None where one may, if only because the cache would give way."""
        spare = self._cache.bytes if self._cache else 0
        return None if self._free(self._folder) + spare >= self._floor_bytes else self._lack()

    async def found(self) -> None:
        """Wait until a download may begin."""
        if not await self._is_short():
            return
        log.warning("disk.low", reason=self._lack())
        while await self._is_short():  # noqa: ASYNC110 - a disk tells nobody when it has room
            await asyncio.sleep(self._poll_seconds)
        log.info("disk.free")

    async def check(self) -> None:
        """Raise VxError `storage` when no download may go on."""
        if await self._is_short():
            raise VxError("storage", self._lack())

    async def watch(self) -> None:
        """Stay beside a download until it is cancelled; raises VxError `storage` when the download has to end.

        Of several the youngest ends, and its space is waited for: the older ones have more to lose.
        """
        loop, this = asyncio.get_running_loop(), object()
        self._downloads.append(this)
        try:
            while True:
                await asyncio.sleep(self._poll_seconds)
                if self._downloads[-1] is this and loop.time() >= self._quiet_until:
                    await self.check()
        except VxError:
            self._quiet_until = loop.time() + 2 * self._poll_seconds
            raise
        finally:
            self._downloads.remove(this)

    async def _is_short(self) -> bool:
        if self._missing() > 0 and self._cache:
            async with self._giving_way:  # the next one sees what this one freed
                if (missing := self._missing()) > 0:
                    await self._cache.give_way(missing)
        return self._missing() > 0

    def _missing(self) -> int:
        return self._floor_bytes - self._free(self._folder)

    def _lack(self) -> str:
        free = self._free(self._folder)
        return f"only {free >> 20} MiB of the disk are free, {self._floor_bytes >> 20} MiB have to stay free"


class RoomyFetcher(Fetcher):
    """Lets `fetcher` download as long as there is `room`."""

    def __init__(self, fetcher: Fetcher, room: Room) -> None:
        self._fetcher = fetcher
        self._room = room

    async def fetch(
        self,
        target: Target,
        folder: Path,
        *,
        wanted_height: int | None,
        heard: Callable[[FetchProgress], None],
        need_audio: bool = False,
    ) -> Fetched:
        """See Fetcher; raises VxError `storage` when the disk is, or gets, too full."""
        await self._room.check()
        try:
            async with asyncio.TaskGroup() as group:
                watcher = group.create_task(self._room.watch())
                fetched = await self._fetcher.fetch(
                    target, folder, wanted_height=wanted_height, heard=heard, need_audio=need_audio
                )
                watcher.cancel()
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures.exceptions[0].__cause__
        return fetched

"""The cache of downloads: what was fetched is kept for a while, in a folder with a bound, and not fetched again."""

import asyncio
from dataclasses import asdict
from pathlib import Path

import structlog

from vxpipe.engine.fetch import kept_files
from vxpipe.engine.fetch.shelf import Kept, Shelf, is_fresh
from vxpipe.ports import Clock, Fetched
from vxpipe.unbroken import unbroken

log = structlog.get_logger()


class Cache:
    """Kept downloads under `root`, at most `max_bytes` of them, each for at most `seconds`.

    `terms` are what besides its name decides what a content is: what was kept on other terms is not lent. `root` is
    ours alone; it has to be opened first.
    """

    def __init__(self, root: Path, *, max_bytes: int, seconds: float, terms: str, now: Clock) -> None:
        self._root = root
        self._seconds = seconds
        self._terms = terms
        self._now = now
        self._shelf = Shelf(max_bytes=max_bytes)

    @property
    def bytes(self) -> int:
        """How much is kept."""
        return self._shelf.bytes

    async def open(self) -> None:
        """Find what was kept before; what is unfinished, damaged, outdated or over the bound is removed.

        Raises OSError where the folder cannot be read or written.
        """
        for name, kept in await asyncio.to_thread(kept_files.load, self._root):
            gone = self._shelf.expect(name, kept.room)
            if gone is None:
                gone = [name]
            else:
                self._shelf.put(name, kept)
            await self._remove(gone)
        await self._tidy()

    def holds(self, content: str) -> bool:
        """Whether a content is kept, its files still what they were."""
        kept = self._find(content)
        return kept is not None and kept_files.is_there(self._root, kept)

    async def lend(self, content: str, folder: Path) -> tuple[Fetched, Kept] | None:
        """What is kept, linked into `folder`, or None where that fails; what is damaged is removed."""
        kept = self._find(content)
        if kept is None:
            return None
        if not await unbroken(asyncio.to_thread(kept_files.lend, self._root, kept, folder)):
            if not self.holds(content):  # else it is the folder that takes nothing
                await self.drop(content)
            return None
        self._shelf.use(self._name(content))
        paths = {field: folder / file.name for field, file in kept.files.items()}
        fetched = Fetched(
            **paths,
            title=kept.title,
            uploader=kept.uploader,
            seconds=kept.seconds,
            ytdlp=kept.ytdlp,
            kept_as=content,
            cached=True,
        )
        return fetched, kept

    async def keep(self, content: str, fetched: Fetched) -> bool:
        """Keep what was fetched, by links to its files, which lie in one folder; whether it is kept now."""
        try:
            await self._tidy()
            kept = self._described(content, fetched)
            name = self._name(content)
            gone = self._shelf.expect(name, kept.room) if kept_files.can_keep(kept) else None
            if gone is not None:
                await unbroken(self._store(name, kept, fetched.path.parent, gone))
        except OSError as exc:
            log.warning("cache.refused", reason=exc.strerror or str(exc))
            return False
        return gone is not None

    async def drop(self, content: str) -> None:
        """Keep a content no more."""
        name = self._name(content)
        if self._shelf.get(name) is not None:
            self._shelf.drop(name)
            await self._remove([name])

    async def give_way(self, wanted_bytes: int) -> None:
        """Remove the least recently used until so many bytes are free, or all."""
        gone = self._shelf.oldest(wanted_bytes)
        for name in gone:
            self._shelf.drop(name)
        if gone:
            log.warning("cache.gave_way", files=len(gone), mib=wanted_bytes >> 20)
            await self._remove(gone)

    async def _store(self, name: str, kept: Kept, source: Path, gone: list[str]) -> None:
        try:
            await self._remove(gone)
            await asyncio.to_thread(kept_files.store, self._root, kept, source)
        except OSError:
            self._shelf.drop(name)
            raise
        self._shelf.put(name, kept)

    async def _tidy(self) -> None:
        gone = self._shelf.outdated(self._now(), self._seconds)
        for name in gone:
            self._shelf.drop(name)
        await self._remove(gone)

    async def _remove(self, names: list[str]) -> None:
        if names:
            await unbroken(asyncio.to_thread(kept_files.remove, self._root, names))

    def _find(self, content: str) -> Kept | None:
        kept = self._shelf.get(self._name(content))
        return kept if kept is not None and is_fresh(kept, self._now(), self._seconds) else None

    def _described(self, content: str, fetched: Fetched) -> Kept:
        paths = {field: value for field, value in asdict(fetched).items() if isinstance(value, Path)}
        return Kept(
            content=self._full(content),
            files={field: kept_files.described(path) for field, path in paths.items()},
            fetched_at=self._now(),
            title=fetched.title,
            uploader=fetched.uploader,
            ytdlp=fetched.ytdlp,
            seconds=fetched.seconds,
        )

    def _full(self, content: str) -> str:
        return f"{self._terms} {content}"

    def _name(self, content: str) -> str:
        return kept_files.name_of(self._full(content))

"""A fetcher that fetches nothing twice, as long as what it fetched is kept."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import structlog

from vxpipe.engine.fetch.cache import Cache
from vxpipe.model import Target, content_name, instant
from vxpipe.ports import Fetched, Fetcher, FetchProgress

log = structlog.get_logger()


class CachedFetcher(Fetcher):
    """Lends what `cache` holds, and lets `fetcher` bring the rest.

    That one content is not fetched by two at a time is the queue's doing. An item that needs no download has no place
    in its lane: should the file go in the instant between, it is fetched without one.
    """

    def __init__(self, fetcher: Fetcher, cache: Cache) -> None:
        self._fetcher = fetcher
        self._cache = cache

    async def fetch(
        self,
        target: Target,
        folder: Path,
        *,
        wanted_height: int | None,
        heard: Callable[[FetchProgress], None],
        need_audio: bool = False,
    ) -> Fetched:
        """See Fetcher."""
        content = content_name(target, wanted_height=wanted_height, need_audio=need_audio)
        if content and (found := await self._cache.lend(content, folder)):
            lent, kept = found
            log.info("download.spared", bytes=kept.bytes, fetched=instant(kept.fetched_at))
            return lent
        fetched = await self._fetcher.fetch(
            target, folder, wanted_height=wanted_height, heard=heard, need_audio=need_audio
        )
        if content and await self._cache.keep(content, fetched):
            return replace(fetched, kept_as=content)
        return fetched

    async def forget(self, fetched: Fetched) -> None:
        """See Fetcher."""
        if fetched.kept_as:
            await self._cache.drop(fetched.kept_as)

"""The story of one item, top to bottom: fetch, extract, write down, publish."""

import asyncio
import os
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog

from vxpipe import __version__
from vxpipe.engine.media.cards import Cards
from vxpipe.engine.media.damage import shortfall_warning
from vxpipe.engine.media.extract import Extraction, extract
from vxpipe.engine.media.tools import Tools, versions
from vxpipe.engine.publish import with_media, write_records
from vxpipe.engine.workplace import workplace
from vxpipe.errors import VxError
from vxpipe.model import FILE, Artifact, Item, ItemStatus, Outcome, Source, Target
from vxpipe.ports import ArtifactStore, Fetched, Fetcher, FetchProgress, OutputFile, Report, Turn
from vxpipe.recipe import Recipe, rendition

log = structlog.get_logger()

# What a file that is not whole leads to.
_SPOILED = frozenset(
    {"unreadable_media", "no_video_stream", "damaged_media", "damaged_source", "sound_unreadable", "sound_short"}
    | {"shorter_than_told"}
)


class Pipeline:
    """Does the whole work on items. `place` names the folder of an item's results, relative to the artifact root.

    `cards` are the GPUs that may decode; None: the CPU does.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        tools: Tools,
        artifacts: ArtifactStore,
        *,
        work: Path,
        place: Callable[[Item], str],
        cards: Cards | None = None,
    ) -> None:
        self._fetcher = fetcher
        self._tools = tools
        self._artifacts = artifacts
        self._work = work
        self._place = place
        self._cards = cards

    async def process(self, item: Item, recipe: Recipe, report: Report, turn: Turn) -> Outcome:
        """From the item's target to published frames: downloaded at once, the rest when it is the item's turn.

        Raises VxError; leaves no work file behind. Who cancels after the frames are published comes too late.
        """
        begun = asyncio.get_running_loop().time()
        outcome: Outcome | None = None
        try:
            async with workplace(self._work, item) as folder:
                outcome = await self._worked(item, folder, recipe, report, turn)
        except asyncio.CancelledError:
            if outcome is None:
                raise
        seconds = round(asyncio.get_running_loop().time() - begun, 2)
        log.info("item.succeeded", frames=outcome.frames, seconds=seconds)
        return outcome

    async def check(self) -> None:
        """Raise VxError `tool_failed` when a program it needs does not answer as itself."""
        await versions(self._tools)

    async def refusals(self, wanted: AbstractSet[str]) -> Mapping[str, str]:
        """Those of the encoders that somebody names for clips and that cannot be had here, each with the reason."""
        return await self._cards.refusals(wanted) if self._cards else {}

    async def _worked(self, item: Item, folder: Path, recipe: Recipe, report: Report, turn: Turn) -> Outcome:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        fetched = await self._bring(item.target, folder, recipe, report)
        seconds = round(loop.time() - begun, 3)
        report("downloaded", 0.0)
        async with turn():
            out = folder / "out"
            extraction = await self._extracted(item.target, fetched, recipe, out, report)
            extraction = replace(extraction, timings={"fetch": seconds, **extraction.timings})
            report("publish", 0.0)
            source = with_media(_source(item.target, fetched), extraction.info)
            fetching = {"yt-dlp": fetched.ytdlp} if fetched.ytdlp else {}
            records = partial(
                write_records,
                source=source,
                recipe=recipe,
                extraction=extraction,
                cached=fetched.cached,
                tool_versions={"vxpipe": __version__, **extraction.tools, **fetching},
            )
            return _success(source, extraction, await self._publish(item, out, records))

    async def _extracted(
        self, target: Target, fetched: Fetched, recipe: Recipe, out: Path, report: Report
    ) -> Extraction:
        """The frames of what was fetched; a file that is not whole is fetched anew the next time."""
        try:
            extraction = await extract(
                self._tools, fetched.path, recipe, out, report=report, sound=fetched.sound, cards=self._cards,
                origin=target.url,
            )  # fmt: skip
        except VxError as exc:
            if exc.code in _SPOILED:
                await self._fetcher.forget(fetched)
            raise
        if shortfall := shortfall_warning(extraction.info, fetched.seconds):
            extraction = replace(extraction, warnings=(*extraction.warnings, shortfall))
        if any(warning["code"] in _SPOILED for warning in extraction.warnings):
            await self._fetcher.forget(fetched)
        return extraction

    async def _bring(self, target: Target, folder: Path, recipe: Recipe, report: Report) -> Fetched:
        """The media file under a name of ours: a local one by a link, any other downloaded."""
        if target.platform == FILE:
            link = folder / "src"
            link.symlink_to(target.url)
            return Fetched(path=link, title=Path(target.url).name)
        report("fetch", 0.0)
        height, sound = rendition(recipe)
        return await self._fetcher.fetch(
            target,
            folder,
            wanted_height=height,
            heard=lambda progress: report("fetch", progress.fraction, **_figures(progress)),
            need_audio=sound,
        )

    async def _publish(
        self, item: Item, out: Path, records: Callable[[Path], tuple[OutputFile, ...]]
    ) -> tuple[Artifact, ...]:
        files = await asyncio.to_thread(records, out)
        return await self._artifacts.publish(out, self._place(item), files)


def _figures(progress: FetchProgress) -> dict[str, object]:
    return {
        "bytes": progress.downloaded,
        "total": progress.total,
        "speed": progress.speed,
        "eta": progress.eta,
    }


def _source(target: Target, fetched: Fetched) -> Source:
    return Source(
        platform=target.platform,
        code=target.code,
        url=_writable(target.url),
        title=_writable(fetched.title) if fetched.title else None,
        uploader=fetched.uploader,
    )


def _writable(text: str) -> str:
    """A file's name may hold bytes that are no UTF-8; in a document they are replaced."""
    return os.fsencode(text).decode("utf-8", "replace")


def _success(source: Source, extraction: Extraction, artifacts: tuple[Artifact, ...]) -> Outcome:
    return Outcome(
        status=ItemStatus.SUCCESS,
        frames=extraction.frames,
        warnings=extraction.warnings,
        source=source,
        crop=extraction.crop,
        artifacts=artifacts,
    )

"""What this installation can do and how it stands: the facts of `GET /capabilities`."""

import asyncio
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from vxpipe import __version__
from vxpipe.engine import sandbox
from vxpipe.engine.fetch import releases
from vxpipe.engine.fetch.editions import Editions
from vxpipe.engine.media import codecs
from vxpipe.engine.media.cards import Cards
from vxpipe.engine.media.gpus import encoders
from vxpipe.engine.media.tools import Tools, versions
from vxpipe.facts import Ability, Capabilities, Disk
from vxpipe.ports import Clock


class Inspector:
    """Gathers the facts; what cannot change while the service runs is asked for once.

    `answers` tells of each platform's last downloads how many failed as those of an old yt-dlp do, of how many.
    """

    def __init__(
        self,
        tools: Tools,
        cards: Cards,
        editions: Editions,
        *,
        sandbox_mode: str,
        workers: int,
        data: Path,
        answers: Callable[[], Mapping[str, tuple[int, int]]],
        now: Clock,
    ) -> None:
        self._tools = tools
        self._cards = cards
        self._editions = editions
        self._sandbox_mode = sandbox_mode
        self._workers = workers
        self._data = data
        self._answers = answers
        self._now = now
        self._programs: Mapping[str, str] | None = None
        self._codecs: tuple[tuple[Ability, ...], tuple[Ability, ...]] | None = None

    async def inspect(self) -> Capabilities:
        """The facts as they are now; raises VxError `tool_failed` when ffmpeg does not answer."""
        if self._programs is None or self._codecs is None:
            self._programs = await versions(self._tools)
            self._codecs = await codecs.encoders(self._tools), await codecs.decoders(self._tools)
        gpus = await self._cards.found()
        ytdlp = self._editions.facts(self._now().date())
        ytdlp = replace(ytdlp, warnings=(*ytdlp.warnings, *releases.suspicions(self._answers())))
        ours = {"vxpipe": __version__, "python": ".".join(map(str, sys.version_info[:3]))}
        return Capabilities(
            tools={**ours, **self._programs, "yt-dlp": ytdlp.version},
            ytdlp=ytdlp,
            sandbox_mode=self._sandbox_mode,
            sandbox_level=sandbox.available().value,
            encoders=(*self._codecs[0], *encoders(gpus)),
            decoders=self._codecs[1],
            accel=self._cards.accel,
            gpus=gpus,
            workers=self._workers,
            disk=await asyncio.to_thread(_disk, self._data),
        )


def _disk(folder: Path) -> Disk:
    usage = shutil.disk_usage(folder)
    return Disk(free_bytes=usage.free, total_bytes=usage.total)

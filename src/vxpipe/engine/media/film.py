"""A file, what is known of it before anything is decoded, and how its full pictures are looked at one by one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import field, replace
from pathlib import Path
from typing import TypeVar

from vxpipe.engine import child
from vxpipe.engine.media import inputs
from vxpipe.engine.media.crop import picture_bytes
from vxpipe.engine.media.descent import Descent
from vxpipe.engine.media.feed import Feed
from vxpipe.engine.media.ladder import Decode
from vxpipe.engine.media.obstacles import Gate
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.reading import Reading
from vxpipe.engine.media.smaller import Smaller
from vxpipe.engine.media.sound import Sound
from vxpipe.engine.media.tools import Tools
from vxpipe.model import MediaInfo
from vxpipe.ports import Limits
from vxpipe.values import frozen

_T = TypeVar("_T")

STALL_SECONDS = 60.0
"""argv sees to it that a child that works says something much more often."""
_LEAST_WALL_SECONDS = 60.0
_WALL_FACTOR = 20.0
_UNKNOWN_DURATION_WALL_SECONDS = 3600.0


@frozen
class Film:
    """The video at `path`, what its headers and packets tell, its `sound` where that came in a file of its own, and
    the tools and limits it is decoded with. `mixed`: frames of several sizes were seen in it. `prober`: the version of
    the ffprobe that told of it. `descent`: by whom it is decoded.
    """

    tools: Tools
    path: Path
    limits: Limits
    info: MediaInfo
    packets: PacketMap | None
    sound: Sound | None = None
    mixed: bool = False
    prober: str | None = None
    descent: Descent = field(default_factory=Descent)

    @property
    def file(self) -> inputs.File:
        """Its file, and what of that is meant."""
        return inputs.file_of(self.path, self.info)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in upright pixels."""
        return self.info.width, self.info.height

    async def decoded(
        self,
        use: str,
        reading: Reading,
        attempt: Callable[["Film", Reading], Awaitable[_T]],
        *,
        smaller: Smaller | Gate = Gate.NOTHING_SMALLER,
        is_sound: Callable[[_T], bool] = lambda _: True,
    ) -> _T:
        """What an attempt at a decode brings, by a GPU where that pays and works, else by the CPU.

        See Descent.run; `attempt` gets this film and the reading as they are on each rung. Where all frames are at hand
        there is nothing to descend for.
        """
        if not reading.decodes:
            return await attempt(self, reading)
        regular = reading.exact and self.packets is not None and not self.mixed
        packets = reading.count(self.packets) if self.packets else 0
        decode = Decode(
            info=self.info, packets=packets, threads=reading.threads, smaller=smaller, is_regular=regular
        )  # fmt: skip
        return await self.descent.run(
            use,
            decode,
            self.tools,
            lambda tools, way: attempt(replace(self, tools=tools), replace(reading, way=way)),
            is_sound=is_sound,
        )


def wall_seconds(duration: float | None) -> float:
    """How long one decode of a film of so many seconds may take; None: nobody knows."""
    return max(_LEAST_WALL_SECONDS, _WALL_FACTOR * duration) if duration else _UNKNOWN_DURATION_WALL_SECONDS


async def show(
    film: Film,
    line: list[str],
    take: Callable[[bytes], None],
    on_line: Callable[[str], None] = lambda _line: None,
) -> None:
    """Run a line of `argv.picture...`: `take` gets each yuv420p picture in a thread, `on_line` each line of stderr."""
    with Feed(take, frame_bytes=picture_bytes(*film.size)) as feed:
        await film.tools.runner.run(line, limits=film.limits, on_stdout=feed, on_stderr=child.lines(on_line))
        await asyncio.to_thread(feed.finish)

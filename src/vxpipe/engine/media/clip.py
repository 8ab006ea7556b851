"""Writes the cropped video with its sound."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import structlog

from vxpipe.engine import child
from vxpipe.engine.media import argv, framing, spoken
from vxpipe.engine.media.correction import correction_for
from vxpipe.engine.media.encoding import Encode
from vxpipe.engine.media.filters import Size
from vxpipe.engine.media.ladder import Decode, Way
from vxpipe.engine.media.render import Cropped, demand_written
from vxpipe.engine.media.smaller import for_image
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
from vxpipe.ports import OutputFile
from vxpipe.recipe import Clip

log = structlog.get_logger()


async def write_clip(
    cropped: Cropped, out: Path, *, clip: Clip, due: int, heard: Callable[[float], None], mixed: bool = False
) -> OutputFile:
    """Write the cropped video of `due` frames with its sound to `clip.mp4`; `mixed`: it has several sizes.

    Raises VxError `tool_failed`, `gpu_required`, `gpu_unavailable`, `stalled` or `timed_out`.
    """
    film, size = cropped.film, framing.clip_size(cropped.film.info, cropped.crop, clip)
    frames = film.info.frames or (film.info.duration or 0.0) * (film.info.fps or 0.0)
    encode = Encode(wanted=clip.encoder, size=size, frames=frames, threads=film.tools.threads)

    smaller = for_image(film.size, cropped.box, size, is_corrected=correction_for(film.info).has_filters)
    decode = Decode(
        info=film.info, packets=round(frames), threads=film.tools.threads, smaller=smaller, is_regular=not mixed
    )  # fmt: skip

    async def attempt(tools: Tools, encoder: str, way: Way) -> int:
        on = replace(cropped, film=replace(film, tools=tools))
        return await _encode(
            on, out, size=size, encoder=encoder, way=way, quality=clip.quality, heard=heard, mixed=mixed
        )  # fmt: skip

    log.info("clip.begun")
    await film.descent.encode(encode, decode, film.tools, attempt, is_sound=lambda written: written >= due)
    log.info("clip.written", width=size[0], height=size[1])
    return OutputFile(kind="clip", name="clip.mp4", width=size[0], height=size[1])


async def _encode(
    cropped: Cropped,
    out: Path,
    *,
    size: Size,
    encoder: str,
    way: Way,
    quality: int,
    heard: Callable[[float], None],
    mixed: bool,
) -> int:
    """How many frames were written."""
    film, info, written = cropped.film, cropped.film.info, 0
    line = argv.clip(
        film.tools.ffmpeg, film.file, info,
        box=cropped.box, size=size, encoder=encoder, quality=quality, sound=film.sound,
        correction=correction_for(info), mixed=mixed, even=film.packets is None or film.packets.even, way=way,
    )  # fmt: skip
    (out / "clip.mp4").unlink(missing_ok=True)  # of a try that failed: ffmpeg overwrites nothing, and ends with 0
    advance = Advance(film.limits.stall_seconds, now=time.monotonic)

    def on_line(text: str) -> None:
        nonlocal written
        written, seconds = spoken.written(text) or written, spoken.progress(text)
        advance.note(seconds)
        if seconds is not None and info.duration:
            heard(min(1.0, seconds / info.duration))

    done = await film.tools.runner.run(line, limits=film.limits, cwd=out, on_stdout=child.lines(on_line))
    demand_written(out / "clip.mp4", done)
    return written


class Advance:
    """Watches that what is written grows: ffmpeg tells of its progress whether there is any or not."""

    def __init__(self, stall_seconds: float, *, now: Callable[[], float]) -> None:
        self._stall_seconds = stall_seconds
        self._now = now
        self._furthest, self._since = 0.0, now()

    def note(self, seconds: float | None) -> None:
        """Note what is written by now, None: nothing new. Raises VxError `stalled` when that is so for too long."""
        if seconds is not None and seconds > self._furthest:
            self._furthest, self._since = seconds, self._now()
        elif self._now() - self._since > self._stall_seconds:
            raise VxError("stalled", f"the clip stands still at {self._furthest:.2f} s for {self._stall_seconds:g} s")

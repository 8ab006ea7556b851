"""From a video file to its frames in a folder: probe, look, choose, write."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import structlog

from vxpipe.engine.media import analyse, features, plan, render
from vxpipe.engine.media.crop import Finding
from vxpipe.engine.media.plan import Plan
from vxpipe.engine.media.probe import probe
from vxpipe.engine.media.select import select_frames
from vxpipe.engine.media.tools import Tools
from vxpipe.model import Candidate, Crop, MediaInfo
from vxpipe.ports import Limits, OutputFile, Report
from vxpipe.recipe import Recipe

log = structlog.get_logger()

_STALL_SECONDS = 60.0
_BORDER_SHARE = 0.3  # of the progress of stage "analyse"
_FRAME_SHARE = 0.9  # of the progress of stage "render" without a clip
_CLIP_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What came of a video. `files` are the kept frames in time order, then sheet and clip; `timings` in seconds.

    `crop` is what was applied, in upright source pixels; `borders` the evidence for it where they were looked for.
    """

    info: MediaInfo
    plan: Plan
    crop: Crop | None
    borders: Finding | None
    candidates: tuple[Candidate, ...]
    files: tuple[OutputFile, ...]
    warnings: tuple[Mapping[str, Any], ...]
    timings: Mapping[str, float]

    @property
    def frames(self) -> int:
        """How many frames were written."""
        return sum(file.kind == "frame" for file in self.files)


async def extract(
    tools: Tools, path: Path, recipe: Recipe, out: Path, *, report: Report, stall_seconds: float = _STALL_SECONDS
) -> Extraction:
    """Write the frames that `recipe` asks for of the video at `path` into the folder `out`.

    Reports the stages "probe", "analyse" and "render". Raises VxError `file_missing`, `unreadable_media`,
    `no_video_stream`, `damaged_media`, `bad_crop`, `tool_failed`, `stalled` or `timed_out`.
    """
    work = _Work(tools=tools, path=path, recipe=recipe, out=out, report=report)
    with work.stage("probe"):
        info = await probe(tools, path)
        chosen_plan = plan.plan_extraction(info, recipe)
    limits = Limits(wall_seconds=chosen_plan.wall_seconds, stall_seconds=stall_seconds)
    with work.stage("analyse"):
        borders, crop, decoded = await _look(work, info, chosen_plan, limits)
        candidates = await asyncio.to_thread(select_frames, decoded.samples, recipe)
        kept = tuple(c for c in candidates if c.kept)
        log.info("frames.selected", kept=len(kept), of=len(candidates), mode=recipe.frames.mode.value)
    with work.stage("render"):
        picks = plan.picks(decoded.samples.pts, [c.index for c in kept])
        files = await _write(work, render.Shape(info=info, crop=crop), kept, picks, limits)
    return Extraction(
        info=_measured(info, decoded),
        plan=chosen_plan,
        crop=crop,
        borders=borders,
        candidates=candidates,
        files=files,
        warnings=_warnings(info, decoded),
        timings=dict(work.timings),
    )


@dataclass(slots=True, kw_only=True)
class _Work:
    """What all stages need, and the time each of them takes."""

    tools: Tools
    path: Path
    recipe: Recipe
    out: Path
    report: Report
    timings: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.report(name, 0.0)
        begun = time.perf_counter()
        yield
        self.timings[name] = round(time.perf_counter() - begun, 3)
        self.report(name, 1.0)

    def heard(self, stage: str, begin: float, end: float) -> Callable[[float], None]:
        """Passes fractions of one step on as the part `begin`..`end` of the stage; safe to call from any thread."""
        loop = asyncio.get_running_loop()

        def hear(fraction: float) -> None:
            loop.call_soon_threadsafe(self.report, stage, begin + (end - begin) * fraction)

        return hear


async def _look(
    work: _Work, info: MediaInfo, chosen: Plan, limits: Limits
) -> tuple[Finding | None, Crop | None, analyse.Decoded]:
    share = _BORDER_SHARE if chosen.detect_borders else 0.0
    borders = None
    if chosen.detect_borders:
        heard = work.heard("analyse", 0.0, share)
        borders = await analyse.find_borders(work.tools, work.path, info, chosen, limits, heard)
    crop = plan.crop_for(info, work.recipe, borders.crop if borders else None)
    box = (crop.x, crop.y, crop.width, crop.height) if crop else (0, 0, info.width, info.height)
    shape = features.grid((info.width, info.height), box)
    heard = work.heard("analyse", share, 1.0)
    decoded = await analyse.measure(work.tools, work.path, info, shape, limits, heard)
    return borders, crop, decoded


async def _write(
    work: _Work, shape: render.Shape, kept: tuple[Candidate, ...], picks: plan.Picks, limits: Limits
) -> tuple[OutputFile, ...]:
    recipe, tools, out = work.recipe, work.tools, work.out
    share = _CLIP_SHARE if recipe.clip else _FRAME_SHARE
    frames = await render.write_frames(
        tools, work.path, out, shape,
        kept=kept, picks=picks, image=recipe.image, limits=limits, heard=work.heard("render", 0.0, share),
    )  # fmt: skip
    files = list(frames)
    if recipe.sheet:
        extension = recipe.image.format
        files.append(await render.write_sheet(tools, out, frames=len(frames), extension=extension, limits=limits))
    render.name_frames(out, frames)
    if recipe.clip:
        heard = work.heard("render", share, 1.0)
        files.append(
            await render.write_clip(tools, work.path, out, shape, clip=recipe.clip, limits=limits, heard=heard)
        )
    return tuple(files)


def _measured(info: MediaInfo, decoded: analyse.Decoded) -> MediaInfo:
    """The facts, with the duration that was decoded where the container tells none."""
    return info if info.duration else replace(info, duration=decoded.seconds or None)


def _warnings(info: MediaInfo, decoded: analyse.Decoded) -> tuple[Mapping[str, Any], ...]:
    warning = plan.damage_warning(info, frames=len(decoded.samples), seconds=decoded.seconds, errors=decoded.errors)
    if warning is None:
        return ()
    log.warning("source.damaged", **{key: value for key, value in warning.items() if key not in {"code", "message"}})
    return (warning,)

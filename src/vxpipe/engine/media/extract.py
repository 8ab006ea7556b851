"""From a video file to its frames in a folder: probe, look, choose, write."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from vxpipe.engine.media import analyse, argv, features, plan, render
from vxpipe.engine.media.correction import correction_for
from vxpipe.engine.media.crop import Finding
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.plan import Look, Plan
from vxpipe.engine.media.probe import probe, probe_packets
from vxpipe.engine.media.select import select_frames
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
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
        packets = await probe_packets(tools, path)
        chosen = plan.plan_extraction(info, recipe, packets)
    work.limits = Limits(wall_seconds=chosen.wall_seconds, stall_seconds=stall_seconds)
    film = _Film(info=info, packets=packets)
    with work.stage("analyse"):
        looked = await _look_safely(work, film, chosen)
        candidates = await asyncio.to_thread(select_frames, looked.samples, recipe)
        kept = tuple(c for c in candidates if c.kept)
        log.info("frames.selected", kept=len(kept), of=len(candidates), mode=recipe.frames.mode.value)
    with work.stage("render"):
        files = await _write(work, film, looked, kept)
    return Extraction(
        info=info if info.duration else replace(info, duration=looked.seconds or None),
        plan=looked.plan,
        crop=looked.crop,
        borders=looked.borders,
        candidates=candidates,
        files=files,
        warnings=_warnings(info, looked),
        timings=dict(work.timings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Film:
    """What is known of a file before anything is decoded."""

    info: MediaInfo
    packets: PacketMap | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What the look at a film told. `frames` and `seconds` are what there is of it, where errors do not tell less."""

    plan: Plan
    borders: Finding | None
    crop: Crop | None
    samples: features.Samples
    frames: int
    seconds: float
    errors: int


@dataclass(slots=True, kw_only=True)
class _Work:
    """What all stages need, and the time each of them takes."""

    tools: Tools
    path: Path
    recipe: Recipe
    out: Path
    report: Report
    limits: Limits = field(default_factory=lambda: Limits(wall_seconds=_STALL_SECONDS))
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


async def _look_safely(work: _Work, film: _Film, chosen: Plan) -> _Looked:
    """Look as planned; where that brings something unforeseen, decode everything and believe only that."""
    if not chosen.exact:
        return await _look(work, film, chosen)
    try:
        return await _look(work, film, chosen)
    except analyse.Unforeseen as exc:
        reason = str(exc)
    except VxError as exc:
        if exc.code != "damaged_media":
            raise
        reason = exc.message
    log.info("plan.dropped", reason=reason)
    return await _look(work, film, plan.thorough(chosen, because=reason))


async def _look(work: _Work, film: _Film, chosen: Plan) -> _Looked:
    info, packets = film.info, film.packets
    share = _BORDER_SHARE if chosen.detect_borders else 0.0
    borders = None
    if chosen.detect_borders:
        heard = work.heard("analyse", 0.0, share)
        borders = await analyse.find_borders(
            work.tools, work.path, info, chosen, work.limits, heard, packets=packets
        )  # fmt: skip
    crop = plan.crop_for(info, work.recipe, borders.crop if borders else None)
    shape = render.Shape(info=info, crop=crop)
    grid = features.grid((info.width, info.height), shape.box or (0, 0, info.width, info.height))
    decoded = await analyse.measure(
        work.tools, _looking(work, film, chosen, shape, grid), grid, work.limits, work.heard("analyse", share, 1.0),
        duration=info.duration, cwd=_frames_folder(work),
    )  # fmt: skip
    told = _Looked(
        plan=chosen, borders=borders, crop=crop, samples=decoded.samples,
        frames=len(decoded.samples), seconds=decoded.seconds, errors=decoded.errors,
    )  # fmt: skip
    if packets is None or not chosen.exact:
        return told
    placed = analyse.placed(decoded, packets, chosen)
    return replace(told, samples=placed.samples, frames=len(packets.shown), seconds=packets.seconds)


def _looking(work: _Work, film: _Film, chosen: Plan, shape: render.Shape, grid: features.Grid) -> list[str]:
    """The command line that shows the frames to be measured, and saves them at once where the plan says so."""
    source, small = work.path, (grid.width, grid.height)
    if chosen.look is not Look.NAMED or film.packets is None:
        reading = plan.reading(chosen)
        return argv.thumbs(work.tools.ffmpeg, source, width=grid.width, height=grid.height, reading=reading)
    picks = plan.Picks("pts", chosen.named)
    reading = plan.reading(chosen, film.packets.needed_for(np.array(chosen.named, np.int64)))
    if not chosen.save_at_once:
        return argv.thumbs(
            work.tools.ffmpeg, source, width=grid.width, height=grid.height, reading=reading, picks=picks
        )  # fmt: skip
    size = plan.frame_size(shape.info, shape.crop, work.recipe.image)
    return argv.thumbs_and_frames(
        work.tools.ffmpeg, source, small=small, picks=picks, box=shape.box, size=size, image=work.recipe.image,
        correction=correction_for(shape.info), reading=reading,
    )  # fmt: skip


async def _write(work: _Work, film: _Film, looked: _Looked, kept: tuple[Candidate, ...]) -> tuple[OutputFile, ...]:
    recipe, tools, out = work.recipe, work.tools, work.out
    share = _CLIP_SHARE if recipe.clip else _FRAME_SHARE
    shape = render.Shape(info=film.info, crop=looked.crop)
    frames = await _write_frames(work, film, looked, shape, kept)
    files = list(frames)
    if recipe.sheet:
        extension = recipe.image.format
        files.append(await render.write_sheet(tools, out, frames=len(frames), extension=extension, limits=work.limits))
    render.name_frames(out, frames)
    if recipe.clip:
        heard = work.heard("render", share, 1.0)
        files.append(
            await render.write_clip(tools, work.path, out, shape, clip=recipe.clip, limits=work.limits, heard=heard)
        )
    return tuple(files)


async def _write_frames(
    work: _Work, film: _Film, looked: _Looked, shape: render.Shape, kept: tuple[Candidate, ...]
) -> tuple[OutputFile, ...]:
    image, places = work.recipe.image, [c.index for c in kept]
    if looked.plan.save_at_once:
        saved = render.keep_frames(
            work.out, shape, looked_at=len(looked.samples), places=places, kept=kept, image=image
        )  # fmt: skip
        if saved is not None:
            return saved
    picks = plan.picks(looked.samples.pts, places)
    return await render.write_frames(
        work.tools, work.path, work.out, shape,
        kept=kept, picks=picks, image=image, limits=work.limits,
        heard=work.heard("render", 0.0, _CLIP_SHARE if work.recipe.clip else _FRAME_SHARE),
        readings=plan.readings_for(looked.plan, film.packets, picks),
    )  # fmt: skip


def _frames_folder(work: _Work) -> Path:
    folder = work.out / "frames"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _warnings(info: MediaInfo, looked: _Looked) -> tuple[Mapping[str, Any], ...]:
    warning = plan.damage_warning(info, frames=looked.frames, seconds=looked.seconds, errors=looked.errors)
    if warning is None:
        return ()
    log.warning("source.damaged", **{key: value for key, value in warning.items() if key not in {"code", "message"}})
    return (warning,)

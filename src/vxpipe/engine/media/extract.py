"""From a video file to its frames in a folder: probe, look, choose, write."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from vxpipe.engine.media import analyse, plan, render
from vxpipe.engine.media.blur import blurry, without_blurry
from vxpipe.engine.media.crop import Finding
from vxpipe.engine.media.damage import beyond_end_warning, damage_warning
from vxpipe.engine.media.long_arguments import LongArguments
from vxpipe.engine.media.look import STALL_SECONDS, Film, Looked, Work, look_at
from vxpipe.engine.media.plan import Plan
from vxpipe.engine.media.probe import probe, probe_packets, with_disposable
from vxpipe.engine.media.reading import picks, readings_for
from vxpipe.engine.media.select import other_frames, select_frames
from vxpipe.engine.media.tools import Tools
from vxpipe.model import Candidate, Crop, MediaInfo
from vxpipe.ports import Limits, OutputFile, Report
from vxpipe.recipe import Recipe

log = structlog.get_logger()

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
    tools: Tools, path: Path, recipe: Recipe, out: Path, *, report: Report, stall_seconds: float = STALL_SECONDS
) -> Extraction:
    """Write the frames that `recipe` asks for of the video at `path` into the folder `out`.

    Reports the stages "probe", "analyse" and "render". Raises VxError `file_missing`, `unreadable_media`,
    `no_video_stream`, `damaged_media`, `bad_crop`, `tool_failed`, `stalled` or `timed_out`.
    """
    tools = replace(tools, runner=LongArguments(tools.runner, out))
    work = Work(tools=tools, path=path, recipe=recipe, out=out, report=report)
    with work.stage("probe"):
        info = await probe(tools, path)
        packets = await probe_packets(tools, path)
        chosen = await asyncio.to_thread(plan.plan_extraction, info, recipe, packets, threads=tools.threads)
        if packets is not None and chosen.find_disposable:
            packets = await with_disposable(tools, path, packets)
    work.limits = Limits(wall_seconds=chosen.wall_seconds, stall_seconds=stall_seconds)
    film = Film(info=info, packets=packets)
    with work.stage("analyse"):
        looked = await look_at(work, film, chosen)
        candidates = await asyncio.to_thread(select_frames, looked.samples, recipe)
        if recipe.drop.blurry:
            candidates = await _without_blurry(work, film, looked, candidates)
        looked = replace(looked, samples=looked.samples.without_features())
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
        warnings=_warnings(info, looked, recipe),
        timings=dict(work.timings),
    )


async def _without_blurry(
    work: Work, film: Film, looked: Looked, candidates: tuple[Candidate, ...]
) -> tuple[Candidate, ...]:
    """Blur shows in the full size only: the kept frames are decoded once more, and others where one is blurred."""
    blurs = await _blurs(work, film, looked, [c.index for c in candidates if c.kept])
    blurred = blurry(candidates, blurs)
    if not blurred:
        return candidates
    others = await asyncio.to_thread(other_frames, looked.samples, work.recipe, candidates, blurred)
    blurs |= await _blurs(work, film, looked, sorted(c.index for pool in others.values() for c in pool))
    return without_blurry(candidates, blurs, others)


async def _blurs(work: Work, film: Film, looked: Looked, indices: Sequence[int]) -> dict[int, float]:
    if not indices:
        return {}
    chosen = picks(looked.samples.pts, indices)
    box = render.Shape(info=film.info, crop=looked.crop).box
    reading = readings_for(looked.plan.reading, film.packets, chosen)[0]
    blurs = await analyse.find_blur(work.tools, work.path, film.info, box, chosen, work.limits, reading=reading)
    return dict(zip(indices, blurs, strict=True)) if blurs else {}


async def _write(work: Work, film: Film, looked: Looked, kept: tuple[Candidate, ...]) -> tuple[OutputFile, ...]:
    recipe, tools, out = work.recipe, work.tools, work.out
    share = _CLIP_SHARE if recipe.clip else _FRAME_SHARE
    shape = render.Shape(info=film.info, crop=looked.crop)
    frames = await _write_frames(work, film, looked, shape, kept)
    files = list(frames)
    if recipe.sheet:
        made = await render.write_sheet(
            tools, out, shape, frames=len(frames), image=recipe.image, limits=work.limits
        )  # fmt: skip
        files.append(made)
    render.name_frames(out, frames)
    if recipe.clip:
        heard = work.heard("render", share, 1.0)
        files.append(
            await render.write_clip(tools, work.path, out, shape, clip=recipe.clip, limits=work.limits, heard=heard)
        )
    return tuple(files)


async def _write_frames(
    work: Work, film: Film, looked: Looked, shape: render.Shape, kept: tuple[Candidate, ...]
) -> tuple[OutputFile, ...]:
    image, places = work.recipe.image, [c.index for c in kept]
    if looked.plan.save_at_once:
        saved = render.keep_frames(
            work.out, shape, looked_at=len(looked.samples), places=places, kept=kept, image=image
        )  # fmt: skip
        if saved is not None:
            return saved
    chosen = picks(looked.samples.pts, places)
    return await render.write_frames(
        work.tools, work.path, work.out, shape,
        kept=kept, picks=chosen, image=image, limits=work.limits,
        heard=work.heard("render", 0.0, _CLIP_SHARE if work.recipe.clip else _FRAME_SHARE),
        readings=readings_for(looked.plan.reading, film.packets, chosen),
    )  # fmt: skip


def _warnings(info: MediaInfo, looked: Looked, recipe: Recipe) -> tuple[Mapping[str, Any], ...]:
    damage = damage_warning(info, frames=looked.frames, seconds=looked.seconds, errors=looked.errors)
    beyond = beyond_end_warning(recipe.frames.at or (), looked.seconds)
    found = {"source.damaged": damage, "times.exceeded": beyond}
    for event, warning in found.items():
        if warning:
            log.warning(event, **{key: value for key, value in warning.items() if key not in {"code", "message"}})
    return tuple(warning for warning in found.values() if warning)

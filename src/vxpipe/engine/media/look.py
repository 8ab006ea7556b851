"""The look at a film: borders first, then its frames, as the plan says, and everything where that goes wrong."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import structlog

from vxpipe.engine.media import analyse, argv, changes, features, framing, plan, render
from vxpipe.engine.media.changes import Changes
from vxpipe.engine.media.correction import correction_for
from vxpipe.engine.media.crop import Finding
from vxpipe.engine.media.miniatures import inside
from vxpipe.engine.media.outside import doubtful_frames
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.plan import Look, Plan
from vxpipe.engine.media.reading import Picks, picks
from vxpipe.engine.media.spool import Spool
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
from vxpipe.model import Crop, MediaInfo
from vxpipe.ports import Limits, Report
from vxpipe.recipe import Recipe

log = structlog.get_logger()

STALL_SECONDS = 60.0  # argv sees to it that a child that works says something much more often
_BORDER_SHARE = 0.3  # of the progress of stage "analyse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What is known of a file before anything is decoded."""

    info: MediaInfo
    packets: PacketMap | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What the look at a film told. `frames` and `seconds` are what there is of it, where errors do not tell less."""

    plan: Plan
    borders: Finding | None
    crop: Crop | None
    samples: features.Samples
    frames: int
    seconds: float
    errors: int


@dataclass(slots=True, kw_only=True)
class Work:
    """What all stages need, and the time each of them takes."""

    tools: Tools
    path: Path
    recipe: Recipe
    out: Path
    report: Report
    limits: Limits = field(default_factory=lambda: Limits(wall_seconds=STALL_SECONDS))
    timings: dict[str, float] = field(default_factory=dict)
    furthest: float = 0.0
    """The progress of the present stage, which never steps back: what went wrong is done again unnoticed."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Tells the begin and the end of a stage and keeps its time."""
        self.report(name, 0.0)
        self.furthest = 0.0
        begun = time.perf_counter()
        yield
        self.timings[name] = round(time.perf_counter() - begun, 3)
        self.report(name, 1.0)

    def heard(self, stage: str, begin: float, end: float) -> Callable[[float], None]:
        """Passes fractions of one step on as the part `begin`..`end` of the stage; safe to call from any thread."""
        loop = asyncio.get_running_loop()

        def hear(fraction: float) -> None:
            loop.call_soon_threadsafe(self._advance, stage, begin + (end - begin) * fraction)

        return hear

    def _advance(self, stage: str, fraction: float) -> None:
        if fraction > self.furthest:
            self.furthest = fraction
            self.report(stage, fraction)


async def look_at(work: Work, film: Film, chosen: Plan) -> Looked:
    """Look as planned; where that brings something unforeseen, decode everything and believe only that."""
    if not chosen.reading.exact:
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


async def _look(work: Work, film: Film, chosen: Plan) -> Looked:
    """Measure what lies within the borders; where something shows outside of them, look for them again."""
    key_pictures = Spool(work.out)
    borders = None
    if chosen.borders.wanted or chosen.look is Look.CHANGES:
        found = await _find_borders(work, film, chosen, key_pictures=key_pictures)
        borders = found if chosen.borders.wanted else None
    changed = await asyncio.to_thread(_changes, film, chosen, borders, key_pictures)
    if film.packets is not None and changed is not None:
        chosen = plan.narrowed(chosen, film.packets, changed)
    looked = await _look_within(work, film, chosen, borders, changed)
    if borders is None or borders.crop is None:
        return looked
    doubtful = doubtful_frames(looked.samples, filled=borders.fill is not None)
    if not len(doubtful):
        return looked
    log.info("borders.doubted", frames=len(doubtful))
    also = picks(looked.samples.pts, doubtful.tolist())
    again = await _find_borders(work, film, chosen, also=also)
    if again.crop is not None and again.crop.box == borders.crop.box:
        return replace(looked, borders=again, crop=framing.crop_for(film.info, work.recipe, again.crop))
    return await _look_within(work, film, chosen, again, changed)


def _changes(film: Film, chosen: Plan, borders: Finding | None, key_pictures: Spool) -> Changes | None:
    """What must be looked into; None where the plan looks into all."""
    if film.packets is None or chosen.look is not Look.CHANGES:
        return None
    if len(key_pictures) != len(film.packets.key_pts):
        raise analyse.Unforeseen("other keyframes came than its packets promised")
    size, crop = (film.info.width, film.info.height), borders.crop if borders else None
    box = (crop.x, crop.y, crop.width, crop.height) if crop else (0, 0, *size)
    parts = (inside(picture, size, box) for picture in key_pictures)
    return changes.find_changes(film.packets, parts, plan.BOUNDS.get(film.info.codec, changes.Bounds()))


async def _find_borders(
    work: Work,
    film: Film,
    chosen: Plan,
    *,
    also: Picks | None = None,
    key_pictures: Spool | None = None,
) -> Finding:
    heard = work.heard("analyse", 0.0, _BORDER_SHARE)
    return await analyse.find_borders(
        work.tools, work.path, film.info, chosen, work.limits, heard,
        packets=film.packets, also=also, key_pictures=key_pictures if chosen.look is Look.CHANGES else None,
    )  # fmt: skip


async def _look_within(
    work: Work, film: Film, chosen: Plan, borders: Finding | None, changed: Changes | None
) -> Looked:
    info, packets = film.info, film.packets
    share = _BORDER_SHARE if chosen.borders.wanted else 0.0
    crop = framing.crop_for(info, work.recipe, borders.crop if borders else None)
    shape = render.Shape(info=info, crop=crop)
    grid = features.grid((info.width, info.height), shape.box or (0, 0, info.width, info.height))
    line = _looking(work, film, chosen, shape, grid, changed)
    heard = work.heard("analyse", share, 1.0)
    decoded = await analyse.measure(
        work.tools, line, grid, work.limits, heard, duration=info.duration, cwd=_frames_folder(work)
    )
    if chosen.look is Look.NAMED:
        decoded = _in_order(work, chosen, decoded)
    told = Looked(
        plan=chosen, borders=borders, crop=crop, samples=decoded.samples,
        frames=len(decoded.samples), seconds=decoded.seconds, errors=decoded.errors,
    )  # fmt: skip
    if packets is None or not chosen.reading.exact:
        return told
    placed = analyse.placed(decoded, packets, chosen, changed if chosen.look is Look.CHANGES else None)
    return replace(told, samples=placed.samples, frames=len(packets.shown), seconds=packets.seconds)


def _in_order(work: Work, chosen: Plan, decoded: analyse.Decoded) -> analyse.Decoded:
    """The named frames by their times; a decoder may give what follows a gap before what stands in front of it."""
    samples, named = decoded.samples, Picks("pts", chosen.named)
    if chosen.save_at_once and not render.put_in_order(
        work.out / "frames", samples.pts.tolist(), named, work.recipe.image
    ):
        raise analyse.Unforeseen("other frames came than were named")
    return replace(decoded, samples=samples.taken(np.argsort(samples.pts)))


def _looking(
    work: Work, film: Film, chosen: Plan, shape: render.Shape, grid: features.Grid, changed: Changes | None
) -> list[str]:
    """The command line that shows the frames to be measured, and saves them at once where the plan says so."""
    source, small = work.path, (grid.width, grid.height)
    if chosen.look is not Look.NAMED or film.packets is None:
        reading = plan.reading_to_measure(chosen, changed.needed if changed and chosen.look is Look.CHANGES else None)
        return argv.thumbs(work.tools.ffmpeg, source, width=grid.width, height=grid.height, reading=reading)
    named = Picks("pts", chosen.named)
    reading = plan.reading_to_measure(chosen, film.packets.fewest_for(np.array(chosen.named, np.int64)))
    if not chosen.save_at_once:
        return argv.thumbs(
            work.tools.ffmpeg, source, width=grid.width, height=grid.height, reading=reading, picks=named
        )  # fmt: skip
    size = framing.frame_size(shape.info, shape.crop, work.recipe.image)
    return argv.thumbs_and_frames(
        work.tools.ffmpeg, source, film.info,
        small=small, picks=named, box=shape.box, size=size, image=work.recipe.image,
        correction=correction_for(shape.info), reading=reading,
    )  # fmt: skip


def _frames_folder(work: Work) -> Path:
    """Empty: what an earlier look saved is not wanted any more."""
    folder = work.out / "frames"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder

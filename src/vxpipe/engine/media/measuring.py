"""Measures what lies within the borders of a film as a plan says, and once more where that leaves a doubt."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vxpipe.engine.media import analyse, argv, framing, gauge, plan, second_look
from vxpipe.engine.media.amended import amended
from vxpipe.engine.media.arrays import Pts
from vxpipe.engine.media.changes import Changes
from vxpipe.engine.media.correction import correction_for
from vxpipe.engine.media.crop import Finding
from vxpipe.engine.media.doubts import doubtful_pts
from vxpipe.engine.media.film import Film
from vxpipe.engine.media.footage import footage
from vxpipe.engine.media.ladder import Rung
from vxpipe.engine.media.looked import Looked
from vxpipe.engine.media.modes import considered
from vxpipe.engine.media.numbered import put_in_order
from vxpipe.engine.media.ordered import among
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.plan import Look, Plan
from vxpipe.engine.media.reading import MOST_SPANS, Picks, Reading, taking, taking_named
from vxpipe.engine.media.render import Cropped
from vxpipe.engine.media.shots import Signs, signs_of
from vxpipe.engine.media.smaller import for_averages
from vxpipe.engine.media.spool import lightly
from vxpipe.engine.media.stills import HELD_FILE, Stills, at_hand
from vxpipe.engine.media.work import Work
from vxpipe.recipe import Recipe
from vxpipe.values import frozen

BORDER_SHARE = 0.3
"""Of the progress of stage "analyse", where borders are looked for first,"""
_AGAIN_SHARE = 0.15  # and of a second look, which may follow one without B-frames
_LINES_A_CELL = 8  # of a frame's that become one of its small picture: half of so many tell its average as well


@frozen
class _Measuring:
    """What is measured by which plan: `cropped` of the film, on the grid, and of that what may have changed (None: all
    that the plan says). `stills`: what of it lies decoded.
    """

    work: Work
    plan: Plan
    cropped: Cropped
    grid: gauge.Grid
    changed: Changes | None
    stills: Stills | None

    @property
    def film(self) -> Film:
        """The film itself."""
        return self.cropped.film

    @property
    def trusted(self) -> PacketMap | None:
        """Its packets, where frames are told by them."""
        return self.film.packets if self.plan.reading.exact else None


async def measured_within(
    work: Work, film: Film, chosen: Plan, borders: Finding | None, changed: Changes | None, stills: Stills | None
) -> Looked:
    """Measure what the plan says of the film, within the borders; what stays in doubt is looked at again."""
    cropped, grid = _cropped(work, film, borders)
    this = _Measuring(work=work, plan=chosen, cropped=cropped, grid=grid, changed=changed, stills=stills)
    begin, end = BORDER_SHARE if chosen.borders.wanted else 0.0, 1 - _AGAIN_SHARE if chosen.no_b_frames else 1.0
    decoded = await _measured(
        this, _reading(film, chosen, changed), work.heard("analyse", begin, end), is_sound=partial(_is_sound, this)
    )
    decoded = _in_order(work, chosen, decoded) if chosen.look is Look.NAMED else decoded
    looked = Looked(
        plan=chosen, borders=borders, crop=cropped.crop, samples=decoded.samples,
        frames=len(decoded.samples), seconds=decoded.seconds, errors=decoded.errors,
        patched=decoded.patched, suspected=decoded.suspected, ffmpeg=decoded.ffmpeg,
        stills=(stills,) if stills else (),
    )  # fmt: skip
    if this.trusted is None:
        return looked
    looked = _placed(this, looked, decoded, this.trusted)
    return await _without_doubts(this, looked, this.trusted) if decoded.sparse else looked


def _cropped(work: Work, film: Film, borders: Finding | None) -> tuple[Cropped, gauge.Grid]:
    """What will be written of the film, and the grid on which what is judged of it is measured."""
    within, recipe = borders.crop if borders else None, work.recipe
    crop = framing.crop_for(film.info, recipe, within)
    judged = framing.judged_crop(recipe, crop, within)
    cell = framing.cell_of([framing.frame_size(film.info, crop, recipe.image)]) if recipe.sheet else None
    grid = gauge.grid(film.size, judged.box if judged else (0, 0, *film.size), picture=within.box if within else None)
    return Cropped(film=film, crop=crop, cell=cell), grid


async def _measured(
    this: _Measuring,
    reading: Reading,
    heard: Callable[[float], None],
    *,
    is_sound: Callable[[analyse.Decoded], bool],
    use: str = "look",
) -> analyse.Decoded:
    """What a decode shows of the film, measured on the grid."""

    async def attempt(film: Film, reading: Reading) -> analyse.Decoded:
        line = _line(replace(this, cropped=replace(this.cropped, film=film)), _without_stills(this, reading))
        sparse = reading.anchors_only and reading.way.rung is Rung.SOFTWARE
        return await analyse.measure(film, line, this.grid, heard, folder=_frames_folder(this.work), sparse=sparse)

    return await this.film.decoded(
        use, reading, attempt, is_sound=is_sound,
        smaller=for_averages(this.film.size, (2 * this.grid.width, 2 * this.grid.height)),
    )  # fmt: skip


def _reading(film: Film, chosen: Plan, changed: Changes | None) -> Reading:
    """How the frames to be measured are decoded."""
    if chosen.look is Look.NAMED and film.packets is not None:
        return plan.reading_of_named(chosen, film.info, film.packets)
    return plan.reading_to_measure(chosen, changed.needed if changed else None)


def _without_stills(this: _Measuring, reading: Reading) -> Reading:
    """The reading without the keyframes that lie decoded in a file, where the CPU decodes and they are the same."""
    packets, chosen, changed = this.film.packets, this.plan, this.changed
    if this.stills is None or not chosen.measures_stills or reading.way.rung is not Rung.SOFTWARE:
        return reading
    there = at_hand([this.stills], this.film)
    if not there or packets is None:
        return reading
    if chosen.look is Look.NAMED:
        return taking_named(reading, packets, there, np.array(chosen.named, np.int64))
    if changed is None or len(packets.starts) > MOST_SPANS:
        return reading
    return taking(reading, packets, there, wanted=packets.key_pts, needed=changed.needed)


def _line(this: _Measuring, reading: Reading) -> list[str]:
    """The command line that shows the frames to be measured, and saves or holds them at once where the plan says so."""
    cropped, film, chosen, image = this.cropped, this.film, this.plan, this.work.recipe.image
    ffmpeg, small, halved = film.tools.ffmpeg, (this.grid.width, this.grid.height), _is_halved(film, this.grid)
    measured = partial(argv.thumbs, ffmpeg, film.file, size=small, halved=halved, pace=chosen.pace)
    if chosen.look is not Look.NAMED or film.packets is None:
        if chosen.ahead is None:
            return measured(reading=reading)
        return argv.thumbs_and_held(
            ffmpeg, film.file, small=small, halved=halved, ahead=chosen.ahead, into=HELD_FILE, size=film.size,
            reading=reading, pace=chosen.pace,
        )  # fmt: skip
    named = Picks("pts", chosen.named)
    if not chosen.save_at_once:
        return measured(reading=reading, picks=named)
    as_well: dict[str, Any] = {
        "small": small, "halved": halved, "box": cropped.box, "size": cropped.size(image), "image": image,
        "correction": correction_for(film.info), "cell": cropped.cell,
    }  # fmt: skip
    return argv.thumbs_and_frames(ffmpeg, film.file, film.info, picks=named, reading=reading, **as_well)


def _is_halved(film: Film, grid: gauge.Grid) -> bool:
    """Whether every other line of the frames is enough to measure them by."""
    return film.size[1] >= _LINES_A_CELL * grid.height


def _frames_folder(work: Work) -> Path:
    """Empty: what an earlier look saved is not wanted any more."""
    folder = work.out / "frames"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _is_sound(this: _Measuring, decoded: analyse.Decoded) -> bool:
    """Whether nobody complained, and what the packets promised came."""
    is_promised = this.trusted is None or analyse.is_promised(decoded, this.trusted, this.plan)
    return decoded.is_whole and is_promised


def _in_order(work: Work, chosen: Plan, decoded: analyse.Decoded) -> analyse.Decoded:
    """The named frames by their times; a decoder may give what follows a gap before what stands in front of it."""
    samples, named = decoded.samples, Picks("pts", chosen.named)
    if chosen.save_at_once and not put_in_order(work.out / "frames", samples.pts.tolist(), named, work.recipe.image):
        raise analyse.Unforeseen("other frames came than were named")
    return replace(decoded, samples=samples.taken(np.argsort(samples.pts)))


def _placed(this: _Measuring, looked: Looked, decoded: analyse.Decoded, packets: PacketMap) -> Looked:
    """With the samples as the packets tell their places and times, and what lies decoded of them."""
    samples = analyse.placed(decoded, packets, this.plan, this.changed)
    looked = replace(looked, samples=samples, frames=len(packets.shown), seconds=packets.seconds)
    return looked.with_dear(this.film).with_held(this.plan.ahead, this.film, samples.pts, this.work.out)


async def _without_doubts(this: _Measuring, looked: Looked, packets: PacketMap) -> Looked:
    """What was seen without B-frames, with what all frames show that others refer to where it takes those to tell."""
    work, film, samples = this.work, this.film, looked.samples
    signs = await lightly(asyncio.to_thread(signs_of, samples), samples.features.columns().values())
    doubtful = packets.needed_for(doubtful_pts(signs, work.recipe))
    looked = replace(looked, plan=second_look.with_reason(looked.plan, float(doubtful.mean())))
    if not doubtful.any():
        return replace(looked, signs=signs)
    choice = asyncio.to_thread(_likely_pts, looked, work.recipe, signs)
    likely = await lightly(choice, samples.features.columns().values())
    second = second_look.plan_second_look(looked.plan, film.info, packets, doubtful, likely)
    again = await _measured(
        replace(this, plan=second.plan, stills=None), second.reading, work.heard("analyse", 1 - _AGAIN_SHARE, 1.0),
        is_sound=lambda again: again.is_whole and analyse.came_again(again, samples, packets, second.needed),
        use="again",
    )  # fmt: skip
    analyse.demand_order(again.samples.pts, analyse.TooSparse)
    told = second.needed & packets.shown_up_to(doubtful)
    seen = analyse.placed_again(analyse.of_packets(again, packets, told), samples, packets, told, this.changed)
    looked = replace(looked, samples=await asyncio.to_thread(amended, samples, seen, work.out))
    return looked.with_held(second.plan.ahead, film, again.samples.pts, work.out)


def _likely_pts(looked: Looked, recipe: Recipe, signs: Signs) -> Pts:
    """The frames that would be kept as it seems by now, without those that lie decoded."""
    if not looked.plan.saves_stills:
        return np.zeros(0, np.int64)
    kept = [c.index for c in considered(footage(looked.samples, recipe, signs)) if c.kept]
    lying = np.array([pts for each in looked.stills for pts in each.pts], np.int64)
    pts = looked.samples.pts[kept]
    return np.asarray(pts[~among(pts, lying)], np.int64)

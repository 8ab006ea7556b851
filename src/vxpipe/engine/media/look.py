"""The look at a film: borders first, then its frames, as the plan says, and everything where that goes wrong."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from vxpipe.engine.media import analyse, argv, changes, framing, gauge, plan, render, second_look
from vxpipe.engine.media.amended import amended
from vxpipe.engine.media.arrays import Indices, Pts
from vxpipe.engine.media.borders import find_borders, find_borders_at
from vxpipe.engine.media.changes import Changes
from vxpipe.engine.media.correction import correction_for
from vxpipe.engine.media.crop import Finding
from vxpipe.engine.media.decoders import decoder_of
from vxpipe.engine.media.doubts import doubtful_pts
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.film import Film
from vxpipe.engine.media.footage import footage
from vxpipe.engine.media.ladder import Rung
from vxpipe.engine.media.miniatures import inside
from vxpipe.engine.media.modes import considered
from vxpipe.engine.media.ordered import among, distinct
from vxpipe.engine.media.outside import doubtful_frames, unmeasured_frames, whole_frames
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.plan import Look, Plan
from vxpipe.engine.media.reading import MOST_SPANS, Ahead, Picks, Reading, picks, pts_of, taking, taking_named
from vxpipe.engine.media.shots import Signs, signs_of
from vxpipe.engine.media.smaller import for_averages
from vxpipe.engine.media.spool import Spool, lightly
from vxpipe.engine.media.stills import HELD_FILE, Stills, at_hand, held, read_stills
from vxpipe.engine.media.work import Work
from vxpipe.errors import VxError
from vxpipe.model import Crop
from vxpipe.recipe import Image, Mode, Recipe
from vxpipe.values import frozen

log = structlog.get_logger()

_BORDER_SHARE = 0.3  # of the progress of stage "analyse",
_AGAIN_SHARE = 0.15  # and of a second look, which may follow one without B-frames
_NO_FRAMES = np.zeros(0, np.intp)
_MOST_DOUBTS = 3  # of the borders: where they change each time, something moves about in front of an even ground
_LINES_A_CELL = 8  # of a frame's that become one of its small picture: half of so many tell its average as well


@frozen
class Looked:
    """What the look at a film told."""

    plan: Plan
    """The one that it was done by in the end."""
    borders: Finding | None
    crop: Crop | None
    samples: Samples
    frames: int
    """How many the film has, where errors do not tell less."""
    seconds: float
    """How long it lasts, likewise."""
    errors: int
    """How often the decoder complained."""
    patched: int
    """How many frames lack something that the decoder filled in."""
    suspected: int
    """How many may lack something."""
    ffmpeg: str | None
    """The version of what decoded."""
    stills: tuple[Stills, ...] = ()
    """Which of the samples lie decoded in files."""
    signs: Signs | None = None
    """What tells of their shots, where that was asked already."""

    def without_signs(self) -> "Looked":
        """Without what only the selection needs, which is most of the memory."""
        return replace(self, samples=self.samples.without_features(), signs=None)


async def look_at(work: Work, film: Film, chosen: Plan) -> Looked:
    """Look as planned; where that brings something unforeseen, with all B-frames first, then decode everything and
    believe only that.
    """
    while chosen.reading.exact:
        try:
            return await _look(work, film, chosen)
        except analyse.TooSparse as exc:
            reason, chosen = str(exc), second_look.with_b_frames(chosen)
        except analyse.Unforeseen as exc:
            reason, chosen = str(exc), _thorough(work, film, chosen, because=str(exc))
        except VxError as exc:
            if exc.code != "damaged_media":
                raise
            reason, chosen = exc.message, _thorough(work, film, chosen, because=exc.message)
        log.info("plan.dropped", reason=reason)
    return await _look(work, film, chosen)


def _thorough(work: Work, film: Film, given_up: Plan, because: str) -> Plan:
    return plan.thorough(film.info, work.recipe, threads=given_up.reading.threads, because=because)


async def _look(work: Work, film: Film, chosen: Plan) -> Looked:
    """Measure what lies within the borders; where those are in doubt by then, look for them again."""
    heard = work.heard("analyse", 0.0, _BORDER_SHARE)
    stills, key_pictures = await read_stills(film, chosen, work.out, heard)
    borders = await find_borders(film, chosen, heard, stills=stills) if chosen.borders.wanted else None
    chosen, changed = await _narrowed(film, chosen, borders, key_pictures)
    looked, seen = await _look_within(work, film, chosen, borders, changed, stills), np.zeros(0, np.int64)
    for _ in range(_MOST_DOUBTS):
        frames = _frames_in_doubt(looked, work.recipe)
        if among(looked.samples.pts[frames], seen).all():
            break
        seen = distinct(np.append(seen, looked.samples.pts[frames]))
        again = await _borders_again(film, looked, seen, heard, stills)
        if looked.borders and again.box == looked.borders.box:
            return replace(looked, borders=again, crop=framing.crop_for(film.info, work.recipe, again.crop))
        looked = await _look_within(work, film, chosen, again, changed, stills)
    return looked


def _frames_in_doubt(looked: Looked, recipe: Recipe) -> Indices:
    """The frames that borders must be told from, those that are whole where some are damaged, and those that may show
    more than the borders leave.
    """
    samples, found = looked.samples, looked.borders
    if found is None:
        return _NO_FRAMES
    doubtful, whole = _NO_FRAMES, whole_frames(samples)
    if found.crop:
        doubtful = doubtful_frames(samples, found, saved=looked.plan.save_at_once)
        if recipe.frames.mode is Mode.TIMESTAMPS:  # asked for anywhere: those of other modes are spread over the film
            doubtful = np.append(doubtful, unmeasured_frames(samples, found))
    return distinct(np.append(whole, samples.unspoilt(doubtful) if len(whole) else doubtful))


async def _borders_again(
    film: Film, looked: Looked, seen: Pts, heard: Callable[[float], None], stills: Stills | None
) -> Finding:
    """The borders anew, of the frames with these pts alone where some of the film are damaged, else of them as well."""
    samples = looked.samples
    also = picks(samples.pts, np.flatnonzero(among(samples.pts, seen)).tolist())
    if len(whole_frames(samples)):
        return await find_borders_at(film, looked.plan, also)
    log.info("borders.doubted", frames=len(seen))
    return await find_borders(film, looked.plan, heard, stills=stills, also=also)


async def _narrowed(
    film: Film, chosen: Plan, borders: Finding | None, key_pictures: Spool
) -> tuple[Plan, Changes | None]:
    """The plan, narrowed to what may have changed where it looks for that; what must be looked into, None: all that the
    plan says.
    """
    if film.packets is None or chosen.look is not Look.CHANGES:
        return chosen, None
    changed = await asyncio.to_thread(_changes, film, film.packets, borders, key_pictures)
    narrow = plan.narrowed(chosen, film.packets, changed)
    return narrow, changed if narrow.look is Look.CHANGES else None


def _changes(film: Film, packets: PacketMap, borders: Finding | None, key_pictures: Spool) -> Changes:
    """What must be looked into, told from the part of each keyframe that lies within the borders."""
    if len(key_pictures) != len(packets.key_pts):
        raise analyse.Unforeseen("other keyframes came than its packets promised")
    box = borders.crop.box if borders and borders.crop else (0, 0, *film.size)
    parts = (inside(picture, film.size, box) for picture in key_pictures)
    return changes.find_changes(packets, parts, decoder_of(film.info.codec).bounds)


async def _look_within(
    work: Work, film: Film, chosen: Plan, borders: Finding | None, changed: Changes | None, stills: Stills | None
) -> Looked:
    """Measure what the plan says of the film, within the borders; what stays in doubt is looked at again."""
    cropped, grid = _cropped(work, film, borders)
    begin, end = _BORDER_SHARE if chosen.borders.wanted else 0.0, 1 - _AGAIN_SHARE if chosen.no_b_frames else 1.0
    with_stills = partial(_taking_stills, film, chosen, changed=changed, stills=stills)
    decoded = await _measured(
        work, cropped, chosen, _reading(film, chosen, changed), work.heard("analyse", begin, end), with_stills,
        grid=grid, is_sound=partial(_is_sound, film, chosen),
    )  # fmt: skip
    if chosen.look is Look.NAMED:
        decoded = _in_order(work, chosen, decoded)
    looked = Looked(
        plan=chosen, borders=borders, crop=cropped.crop, samples=decoded.samples,
        frames=len(decoded.samples), seconds=decoded.seconds, errors=decoded.errors,
        patched=decoded.patched, suspected=decoded.suspected, ffmpeg=decoded.ffmpeg,
        stills=(stills,) if stills else (),
    )  # fmt: skip
    if film.packets is None or not chosen.reading.exact:
        return looked
    looked = _placed(work, film, looked, analyse.placed(decoded, film.packets, chosen, changed), film.packets)
    return await _without_doubts(work, cropped, looked, changed, grid=grid) if decoded.sparse else looked


def _cropped(work: Work, film: Film, borders: Finding | None) -> tuple[render.Cropped, gauge.Grid]:
    """What will be written of the film, and the grid on which what is judged of it is measured."""
    within, recipe = borders.crop if borders else None, work.recipe
    crop = framing.crop_for(film.info, recipe, within)
    judged = framing.judged_crop(recipe, crop, within)
    cell = framing.cell_of([framing.frame_size(film.info, crop, recipe.image)]) if recipe.sheet else None
    grid = gauge.grid(film.size, judged.box if judged else (0, 0, *film.size), picture=within.box if within else None)
    return render.Cropped(film=film, crop=crop, cell=cell), grid


def _placed(work: Work, film: Film, looked: Looked, samples: Samples, packets: PacketMap) -> Looked:
    """With the samples as the packets tell their places and times, and what lies decoded of them."""
    looked = replace(looked, samples=samples, frames=len(packets.shown), seconds=packets.seconds)
    looked, ahead = _with_dear(looked, film), looked.plan.ahead
    return _with_held(work, film, ahead, looked, samples.pts) if ahead else looked


async def _measured(
    work: Work,
    cropped: render.Cropped,
    chosen: Plan,
    reading: Reading,
    heard: Callable[[float], None],
    with_stills: Callable[[Reading], Reading] = lambda reading: reading,
    *,
    grid: gauge.Grid,
    is_sound: Callable[[analyse.Decoded], bool],
    use: str = "look",
) -> analyse.Decoded:
    """What a decode shows of the film, measured on a grid."""
    film = cropped.film

    async def attempt(film: Film, reading: Reading) -> analyse.Decoded:
        line = _line(replace(cropped, film=film), chosen, with_stills(reading), grid, work.recipe.image)
        sparse = reading.anchors_only and reading.way.rung is Rung.SOFTWARE
        return await analyse.measure(film, line, grid, heard, folder=_frames_folder(work), sparse=sparse)

    return await film.decoded(
        use, reading, attempt, is_sound=is_sound,
        smaller=for_averages(film.size, (2 * grid.width, 2 * grid.height)),
    )  # fmt: skip


async def _without_doubts(
    work: Work, cropped: render.Cropped, looked: Looked, changed: Changes | None, *, grid: gauge.Grid
) -> Looked:
    """What was seen without B-frames, with what all frames show that others refer to where it takes those to tell."""
    film, packets, samples = cropped.film, cropped.film.packets, looked.samples
    assert packets is not None
    signs = await lightly(asyncio.to_thread(signs_of, samples), samples.features.columns().values())
    doubtful = packets.needed_for(doubtful_pts(signs, work.recipe))
    looked = replace(looked, plan=second_look.with_reason(looked.plan, float(doubtful.mean())))
    if not doubtful.any():
        return replace(looked, signs=signs)
    choice = asyncio.to_thread(_likely_pts, looked, work.recipe, signs)
    likely = await lightly(choice, samples.features.columns().values())
    second = second_look.plan_second_look(looked.plan, film.info, packets, doubtful, likely)
    again = await _measured(
        work, cropped, second.plan, second.reading,
        work.heard("analyse", 1 - _AGAIN_SHARE, 1.0), grid=grid, use="again",
        is_sound=lambda again: again.is_whole and analyse.came_again(again, samples, packets, second.needed),
    )  # fmt: skip
    analyse.demand_order(again.samples.pts, analyse.TooSparse)
    told = second.needed & packets.shown_up_to(doubtful)
    seen = analyse.placed_again(analyse.of_packets(again, packets, told), samples, packets, told, changed)
    looked = replace(looked, samples=await asyncio.to_thread(amended, samples, seen, work.out))
    ahead = second.plan.ahead
    return _with_held(work, film, ahead, looked, again.samples.pts) if ahead else looked


def _likely_pts(looked: Looked, recipe: Recipe, signs: Signs) -> Pts:
    """The frames that would be kept as it seems by now, without those that lie decoded."""
    if not looked.plan.saves_stills:
        return np.zeros(0, np.int64)
    kept = [c.index for c in considered(footage(looked.samples, recipe, signs)) if c.kept]
    lying = np.array([pts for each in looked.stills for pts in each.pts], np.int64)
    pts = looked.samples.pts[kept]
    return np.asarray(pts[~among(pts, lying)], np.int64)


def _is_sound(film: Film, chosen: Plan, decoded: analyse.Decoded) -> bool:
    if film.packets is None or not chosen.reading.exact:
        return decoded.is_whole
    return decoded.is_whole and analyse.is_promised(decoded, film.packets, chosen)


def _with_dear(looked: Looked, film: Film) -> Looked:
    """With those of the frames at hand that it would take a whole group each to decode again."""
    there = at_hand([each for each in looked.stills if each.dear], film) if looked.plan.saves_stills else ()
    return _within_reach(looked, pts_of(there)) if there else looked


def _within_reach(looked: Looked, pts: Pts) -> Looked:
    """With the frames of these pts costing nothing more."""
    samples = looked.samples
    if samples.reach is None:
        return looked
    reach = np.where(among(samples.pts, pts), -1, samples.reach)
    return replace(looked, samples=replace(samples, reach=reach))


def _with_held(work: Work, film: Film, ahead: Ahead, looked: Looked, seen: Pts) -> Looked:
    """With the frames that were held as planned while those with the pts `seen` were; none where the film changes its
    size: the filters begin anew there.
    """
    samples, pts = looked.samples, seen[list(ahead.places(seen))]
    stills = held(work.out / "frames" / HELD_FILE, work.out, film.size, pts.tolist())
    as_coded = samples.sizes is None or bool((samples.sizes == film.size).all())
    if stills is None or not as_coded:
        return looked
    return _within_reach(replace(looked, stills=(*looked.stills, stills)), pts)


def _in_order(work: Work, chosen: Plan, decoded: analyse.Decoded) -> analyse.Decoded:
    """The named frames by their times; a decoder may give what follows a gap before what stands in front of it."""
    samples, named = decoded.samples, Picks("pts", chosen.named)
    if chosen.save_at_once and not render.put_in_order(
        work.out / "frames", samples.pts.tolist(), named, work.recipe.image
    ):
        raise analyse.Unforeseen("other frames came than were named")
    return replace(decoded, samples=samples.taken(np.argsort(samples.pts)))


def _reading(film: Film, chosen: Plan, changed: Changes | None) -> Reading:
    """How the frames to be measured are decoded."""
    if chosen.look is Look.NAMED and film.packets is not None:
        return plan.reading_of_named(chosen, film.info, film.packets)
    return plan.reading_to_measure(chosen, changed.needed if changed else None)


def _taking_stills(
    film: Film, chosen: Plan, reading: Reading, *, changed: Changes | None, stills: Stills | None
) -> Reading:
    """The reading without the keyframes that lie decoded in a file, where the CPU decodes and they are the same."""
    there = at_hand([stills], film) if stills and chosen.measures_stills and reading.way.rung is Rung.SOFTWARE else ()
    if not there or film.packets is None:
        return reading
    if chosen.look is Look.NAMED:
        return taking_named(reading, film.packets, there, np.array(chosen.named, np.int64))
    if changed is None or len(film.packets.starts) > MOST_SPANS:
        return reading
    return taking(reading, film.packets, there, wanted=film.packets.key_pts, needed=changed.needed)


def _line(cropped: render.Cropped, chosen: Plan, reading: Reading, grid: gauge.Grid, image: Image) -> list[str]:
    """The command line that shows the frames to be measured, and saves or holds them at once where the plan says so."""
    film, ffmpeg, small = cropped.film, cropped.film.tools.ffmpeg, (grid.width, grid.height)
    halved = film.size[1] >= _LINES_A_CELL * grid.height
    measured = partial(argv.thumbs, ffmpeg, film.file, size=small, halved=halved, pace=chosen.pace)
    as_well: dict[str, Any] = {
        "small": small, "halved": halved, "box": cropped.box, "size": cropped.size(image), "image": image,
        "correction": correction_for(film.info), "cell": cropped.cell,
    }  # fmt: skip
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
    return argv.thumbs_and_frames(ffmpeg, film.file, film.info, picks=named, reading=reading, **as_well)


def _frames_folder(work: Work) -> Path:
    """Empty: what an earlier look saved is not wanted any more."""
    folder = work.out / "frames"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder

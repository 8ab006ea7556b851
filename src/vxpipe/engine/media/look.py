"""The look at a film: borders first, then its frames, as the plan says, and everything where that goes wrong."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import structlog

from vxpipe.engine.media import analyse, changes, framing, plan, second_look
from vxpipe.engine.media.arrays import Indices, Pts
from vxpipe.engine.media.borders import find_borders, find_borders_at
from vxpipe.engine.media.changes import Changes
from vxpipe.engine.media.crop import Finding
from vxpipe.engine.media.decoders import decoder_of
from vxpipe.engine.media.film import Film
from vxpipe.engine.media.looked import Looked
from vxpipe.engine.media.measuring import BORDER_SHARE, measured_within
from vxpipe.engine.media.miniatures import inside
from vxpipe.engine.media.ordered import among, distinct
from vxpipe.engine.media.outside import doubtful_frames, unmeasured_frames, whole_frames
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.plan import Look, Plan
from vxpipe.engine.media.reading import picks
from vxpipe.engine.media.spool import Spool
from vxpipe.engine.media.stills import Stills, read_stills
from vxpipe.engine.media.work import Work
from vxpipe.errors import VxError
from vxpipe.recipe import Mode, Recipe

log = structlog.get_logger()

_NO_FRAMES = np.zeros(0, np.intp)
_MOST_DOUBTS = 3  # of the borders: where they change each time, something moves about in front of an even ground


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
    heard = work.heard("analyse", 0.0, BORDER_SHARE)
    stills, key_pictures = await read_stills(film, chosen, work.out, heard)
    borders = await find_borders(film, chosen, heard, stills=stills) if chosen.borders.wanted else None
    chosen, changed = await _narrowed(film, chosen, borders, key_pictures)
    looked, seen = await measured_within(work, film, chosen, borders, changed, stills), np.zeros(0, np.int64)
    for _ in range(_MOST_DOUBTS):
        frames = _frames_in_doubt(looked, work.recipe)
        if among(looked.samples.pts[frames], seen).all():
            break
        seen = distinct(np.append(seen, looked.samples.pts[frames]))
        again = await _borders_again(film, looked, seen, heard, stills)
        if looked.borders and again.box == looked.borders.box:
            return replace(looked, borders=again, crop=framing.crop_for(film.info, work.recipe, again.crop))
        looked = await measured_within(work, film, chosen, again, changed, stills)
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

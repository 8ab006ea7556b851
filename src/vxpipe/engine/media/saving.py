"""From the kept frames to files in a folder: what was saved or decoded while looking is used again."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import structlog

from vxpipe.engine.media import framing, numbered, render
from vxpipe.engine.media.arrays import Pts
from vxpipe.engine.media.clip import write_clip
from vxpipe.engine.media.film import Film
from vxpipe.engine.media.looked import Looked
from vxpipe.engine.media.ordered import evenly
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.reading import AtHand, Picks, picks, pts_of, readings_for
from vxpipe.engine.media.shapes import Part, with_cells
from vxpipe.engine.media.stills import Stills, at_hand, drop_stills
from vxpipe.engine.media.work import Work
from vxpipe.model import Candidate, Crop
from vxpipe.ports import OutputFile
from vxpipe.recipe import Recipe

log = structlog.get_logger()

_FRAME_SHARE = 0.9  # of the progress of stage "render" without a clip,
_CLIP_SHARE = 0.1  # and with one: an encode takes ten times as long as the frames
_LOOKED_AT_WHOLE = 8  # kept frames of which the cheapest is shown without the crop
_WORTH_READING = 0.25  # of the stills, all of which are read: to find fewer among them spares no time


async def write_files(work: Work, film: Film, looked: Looked, parts: Sequence[Part]) -> tuple[OutputFile, ...]:
    """The kept frames of all parts in the order of their times, then the sheet, a frame without its crop and the clip,
    as far as they are wanted. What was decoded for them goes.
    """
    recipe, out, is_one = work.recipe, work.out, len(parts) == 1
    parts = with_cells(parts, recipe.image) if recipe.sheet else parts
    files = frames = await _write_kept(work, looked, parts, _CLIP_SHARE if recipe.clip else _FRAME_SHARE)
    if recipe.sheet:
        files += (await render.write_sheet(film, out, frames=frames),)
    numbered.name_frames(out, frames)
    if looked.crop and is_one and (whole := await _uncropped(film, looked, parts[0], out)):
        files += (whole,)
    if recipe.clip:
        files += (await _write_clip(work, film, looked, parts),)
    drop_stills(out)
    return files


def clip_crop(film: Film, looked: Looked, recipe: Recipe, parts: Sequence[Part]) -> Crop | None:
    """The crop of the clip: that of the frames, unless the film has several sizes."""
    return framing.crop_for(film.info, recipe, None) if len(parts) > 1 else looked.crop


async def _write_kept(work: Work, looked: Looked, parts: Sequence[Part], share: float) -> tuple[OutputFile, ...]:
    """The frames of all parts, under their numbers, in this share of the stage."""
    if len(parts) > 1:
        frames = await _write_parts(work, looked, parts, share)
    else:
        frames = await _write_frames(work, looked, parts[0], work.out, work.heard("render", 0.0, share))
    size = {"width": frames[0].width, "height": frames[0].height}
    log.info("frames.written", count=len(frames), **size, format=work.recipe.image.format)
    return frames


async def _write_parts(work: Work, looked: Looked, parts: Sequence[Part], share: float) -> tuple[OutputFile, ...]:
    """The frames of each part in a folder of its own, then all of them in one, in the order of their times."""
    found, folder, image = dict[int, OutputFile](), work.out / "part", work.recipe.image
    if looked.plan.save_at_once:
        numbered.drop_all(work.out / "frames", len(looked.samples), image)
    for place, part in enumerate(parts):
        if not part.kept:
            continue
        heard = work.heard("render", share * place / len(parts), share * (place + 1) / len(parts))
        files = await _write_frames(work, looked, part, folder, heard)
        found |= zip(
            part.numbers,
            numbered.adopt(work.out / "frames", folder / "frames", files, part.numbers, image),
            strict=True,
        )
        shutil.rmtree(folder)
    return tuple(found[number] for number in sorted(found))


async def _write_frames(
    work: Work, looked: Looked, part: Part, out: Path, heard: Callable[[float], None]
) -> tuple[OutputFile, ...]:
    """The frames that were saved when they were looked at; else those that lie decoded from there, others from another
    decode.
    """
    image, places = work.recipe.image, [c.index for c in part.kept]
    cropped = render.Cropped(film=part.film, crop=part.crop, cell=part.cell)
    is_there = looked.plan.save_at_once and out == work.out
    if is_there and numbered.keep_only(out / "frames", len(looked.samples), places, cropped.cell, image):
        return numbered.listed(part.kept, cropped.size(image), image)
    chosen = picks(looked.samples.pts, places)
    readings = readings_for(looked.plan.reading, part.film.packets, chosen)
    return await render.write_frames(
        cropped, out, kept=part.kept, picks=chosen, image=image, heard=heard, readings=readings,
        there=_there(looked, part.film, _worth_reading(looked.stills, chosen)),
    )  # fmt: skip


def _there(looked: Looked, film: Film, stills: Sequence[Stills]) -> tuple[AtHand, ...]:
    """Which frames lie decoded in these files, where images of them are the same as of the film."""
    return at_hand(stills, film) if looked.plan.saves_stills and not film.mixed else ()


def _worth_reading(stills: Sequence[Stills], chosen: Picks) -> list[Stills]:
    """The files of which so much is chosen that it is quicker to read all of them than to decode that."""
    found = {each: len(set(each.pts).intersection(chosen.values)) for each in stills}
    enough = {each: 1 if each.dear else min(len(chosen.values), _WORTH_READING * len(each.pts)) for each in stills}
    return [each for each in stills if found[each] >= enough[each]]


async def _uncropped(film: Film, looked: Looked, part: Part, out: Path) -> OutputFile | None:
    """A kept frame without the crop, the one that is reached soonest; none where that needs all of the film."""
    packets, there = film.packets, _there(looked, film, looked.stills)
    if packets is None or not looked.plan.reading.exact:
        return None
    few = [part.kept[number] for number in evenly(np.arange(len(part.kept)), _LOOKED_AT_WHOLE)]
    candidate = _soonest(few, looked.samples.pts, packets, there)
    chosen = picks(looked.samples.pts, [candidate.index])
    reading = readings_for(looked.plan.reading, packets, chosen)[0]
    return await render.write_uncropped(film, out, candidate=candidate, picks=chosen, reading=reading, there=there)


def _soonest(kept: Sequence[Candidate], pts: Pts, packets: PacketMap, there: Sequence[AtHand]) -> Candidate:
    """The one for which the fewest packets are decoded: none for what is there."""
    free = set(pts_of(there).tolist())
    needed = [
        0 if at in free else int(packets.fewest_for(np.array([at])).sum())
        for at in pts[[c.index for c in kept]].tolist()
    ]
    return kept[needed.index(min(needed))]


async def _write_clip(work: Work, film: Film, looked: Looked, parts: Sequence[Part]) -> OutputFile:
    recipe, heard = work.recipe, work.heard("render", _CLIP_SHARE, 1.0)
    assert recipe.clip is not None
    cropped = render.Cropped(film=film, crop=clip_crop(film, looked, recipe, parts))
    return await write_clip(
        cropped, work.out, clip=recipe.clip, due=looked.frames, heard=heard, mixed=len(parts) > 1
    )  # fmt: skip

"""Looks at kept frames in full size, where alone blur shows, and at others in place of the blurred ones."""

import asyncio
from collections.abc import Sequence

import numpy as np

from vxpipe.engine.media import argv, filters
from vxpipe.engine.media.analyse import Clock
from vxpipe.engine.media.blur import blur, blurry, without_blurry
from vxpipe.engine.media.crop import split_planes
from vxpipe.engine.media.film import Film, show
from vxpipe.engine.media.footage import footage
from vxpipe.engine.media.looked import Looked
from vxpipe.engine.media.reading import Picks, Reading, picks, readings_for
from vxpipe.engine.media.substitutes import substitutes
from vxpipe.model import Candidate
from vxpipe.recipe import Recipe


async def sharpened(
    film: Film, looked: Looked, recipe: Recipe, candidates: tuple[Candidate, ...]
) -> tuple[Candidate, ...]:
    """The candidates, blurred ones replaced or dropped: the kept frames are decoded once more, and others where one is
    blurred.
    """
    blurs = await _blurs(film, looked, [c.index for c in candidates if c.kept])
    blurred = blurry(candidates, blurs)
    if not blurred:
        return candidates
    divided = await asyncio.to_thread(footage, looked.samples, recipe, looked.signs)
    others = await asyncio.to_thread(substitutes, divided, candidates, blurred)
    blurs |= await _blurs(film, looked, sorted(c.index for pool in others.values() for c in pool))
    return without_blurry(candidates, blurs, others)


async def _blurs(film: Film, looked: Looked, indices: Sequence[int]) -> dict[int, float]:
    if not indices:
        return {}
    chosen = picks(looked.samples.pts, indices)
    reading = readings_for(looked.plan.reading, film.packets, chosen)[0]
    blurs = await _find_blurs(film, looked.crop.box if looked.crop else (0, 0, *film.size), chosen, reading)
    return dict(zip(indices, blurs, strict=True)) if blurs else {}


async def _find_blurs(film: Film, box: filters.Box, chosen: Picks, reading: Reading) -> list[float]:
    """How blurred each of the picked frames is inside the box, see `blur`.

    Empty where other frames came than those: then nobody knows whose figures these are.
    """
    x, y, width, height = box
    blurs, clock = list[float](), Clock()

    def take(picture: bytes) -> None:
        luma = split_planes(np.frombuffer(picture, np.uint8), *film.size)[0]
        blurs.append(blur(luma[y : y + height, x : x + width]))

    line = argv.pictures_at(film.tools.ffmpeg, film.file, film.info, picks=chosen, reading=reading)
    await show(film, line, take, clock.hear)
    if len(blurs) != len(chosen.values) or (chosen.counter == "pts" and sorted(clock.pts) != list(chosen.values)):
        return []
    return blurs if chosen.counter == "n" else [blurs[place] for place in np.argsort(clock.pts)]

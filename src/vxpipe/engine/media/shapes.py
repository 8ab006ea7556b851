"""A film that goes on in another size: each part of it is cropped, and saved, in its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vxpipe.engine.media import framing
from vxpipe.engine.media.borders import find_borders_at
from vxpipe.engine.media.crop import Finding
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.film import Film
from vxpipe.engine.media.look import Looked
from vxpipe.engine.media.packets import evenly
from vxpipe.engine.media.reading import picks
from vxpipe.model import Candidate, Crop
from vxpipe.recipe import Recipe

_ENOUGH_KEYS = 4  # to tell borders from keyframes alone, which cost one decode each


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of a film has one size: the film as if it had no other, its crop with the evidence, the frames kept of it.

    `numbers` tells which of all kept frames those are, from 0; `begin` (seconds) when the size is seen first.
    """

    film: Film
    crop: Crop | None
    borders: Finding | None
    kept: tuple[Candidate, ...]
    numbers: tuple[int, ...]
    begin: float = 0.0


async def parts_of(film: Film, looked: Looked, recipe: Recipe, kept: Sequence[Candidate]) -> tuple[Part, ...]:
    """The parts of which a frame is kept, in the order in which their sizes come; mostly one, the film as it is."""
    firsts = _firsts(looked.samples)
    if len(firsts) < 2:
        numbers = tuple(range(len(kept)))
        return (Part(film=film, crop=looked.crop, borders=looked.borders, kept=tuple(kept), numbers=numbers),)
    parts = [await _part(film, looked, recipe, kept, first) for first in firsts]
    return tuple(part for part in parts if part.kept)


def sizes_warning(samples: Samples) -> dict[str, Any] | None:
    """The warning `size_changed` when a film goes on in another size, else None."""
    firsts = _firsts(samples)
    if samples.sizes is None or len(firsts) < 2:
        return None
    shapes = [(*map(int, samples.sizes[first]), float(samples.times[first])) for first in firsts]
    told = ", ".join(f"{width}x{height} from {begin:.3f} s" for width, height, begin in shapes)
    return {
        "code": "size_changed",
        "message": f"the size of the picture changes ({told}): each frame is cropped and saved in its own",
        "sizes": [{"width": width, "height": height, "begin": round(begin, 6)} for width, height, begin in shapes],
    }


def _firsts(samples: Samples) -> list[int]:
    """The first frame of each size."""
    if samples.sizes is None:
        return []
    return sorted(np.unique(samples.sizes, axis=0, return_index=True)[1].tolist())


async def _part(film: Film, looked: Looked, recipe: Recipe, kept: Sequence[Candidate], first: int) -> Part:
    samples, sizes = looked.samples, looked.samples.sizes
    assert sizes is not None
    width, height = map(int, sizes[first])
    ours = (sizes == sizes[first]).all(axis=1)
    numbers = tuple(number for number, candidate in enumerate(kept) if ours[candidate.index])
    part = replace(film, info=replace(film.info, width=width, height=height))
    borders = None
    if numbers and looked.plan.borders.wanted:
        keys = np.flatnonzero(ours & samples.keys)
        shown = evenly(keys if len(keys) >= _ENOUGH_KEYS else np.flatnonzero(ours), looked.plan.borders.most)
        borders = await find_borders_at(part, looked.plan, picks(samples.pts, shown.tolist()))
    wanted = framing.in_size(recipe, film.size, part.size)
    return Part(
        film=part,
        crop=framing.crop_for(part.info, wanted, borders.crop if borders else None),
        borders=borders,
        kept=tuple(kept[number] for number in numbers),
        numbers=numbers,
        begin=float(samples.times[first]),
    )

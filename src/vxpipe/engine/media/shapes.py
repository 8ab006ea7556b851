"""A film that goes on in another size: each part of it is cropped, and saved, in its own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from vxpipe.engine.media import framing
from vxpipe.engine.media.borders import find_borders_at, tell_borders
from vxpipe.engine.media.crop import Finding
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.film import Film
from vxpipe.engine.media.looked import Looked
from vxpipe.engine.media.ordered import distinct, evenly
from vxpipe.engine.media.reading import picks
from vxpipe.model import Candidate, Crop
from vxpipe.recipe import Image, Recipe
from vxpipe.values import frozen

_ENOUGH_KEYS = 4  # to tell borders from keyframes alone, which cost one decode each
_MOST_PARTS = 8  # each costs two decodes or more, and whoever made the film chose how many sizes it has

_Shape = tuple[tuple[int, int], float]
"""Width and height, and the second at which they are seen first."""


@frozen
class Part:
    """What of a film has one size: the film as if it had no other, its crop with the evidence, the frames kept of it.

    `numbers` tells which of all kept frames those are, from 0; `begin` (seconds) when the size is seen first. No
    borders are looked for where no frame is kept. `cell`: the size of a frame on the contact sheet, where there is one.
    """

    film: Film
    crop: Crop | None
    borders: Finding | None
    kept: tuple[Candidate, ...]
    numbers: tuple[int, ...]
    begin: float = 0.0
    cell: tuple[int, int] | None = None


async def parts_by_size(film: Film, looked: Looked, recipe: Recipe, kept: Sequence[Candidate]) -> tuple[Part, ...]:
    """The part in the film's own size, then the others as they come; mostly one, the film as it is.

    A film of more sizes than anybody needs is one part too: all of it is scaled into the first size.
    """
    shapes = _shapes(film.size, looked.samples)
    film = replace(film, mixed=len(shapes) > 1)
    if not 1 < len(shapes) <= _MOST_PARTS:
        numbers = tuple(range(len(kept)))
        return (Part(film=film, crop=looked.crop, borders=looked.borders, kept=tuple(kept), numbers=numbers),)
    return tuple([await _part(film, looked, recipe, kept, shape) for shape in shapes])


def with_cells(parts: Sequence[Part], image: Image) -> tuple[Part, ...]:
    """The parts with the cell that has room for the frames of each of them."""
    cell = framing.cell_of([framing.frame_size(part.film.info, part.crop, image) for part in parts if part.kept])
    return tuple(replace(part, cell=cell) for part in parts)


def sizes_warning(size: tuple[int, int], samples: Samples) -> dict[str, Any] | None:
    """The warning `size_changed` when a film that begins in `size` goes on in another one, else None."""
    shapes = _shapes(size, samples)
    if len(shapes) < 2:
        return None
    named, more = shapes[:_MOST_PARTS], len(shapes) - _MOST_PARTS
    told = ", ".join(f"{width}x{height} from {begin:.3f} s" for (width, height), begin in named)
    told += f" and {more} more" if more > 0 else ""
    done = "all frames are scaled into the first" if more > 0 else "each frame is cropped and saved in its own"
    return {
        "code": "size_changed",
        "message": f"the size of the picture changes ({told}): {done}",
        "count": len(shapes),
        "sizes": [{"width": width, "height": height, "begin": round(begin, 6)} for (width, height), begin in named],
    }


def _shapes(own: tuple[int, int], samples: Samples) -> list[_Shape]:
    """The film's `own` size, whether a frame of it was looked at or not, then the others as they come."""
    if samples.sizes is None:
        return [(own, 0.0)]
    firsts = sorted(np.unique(samples.sizes, axis=0, return_index=True)[1].tolist())
    found = {(int(samples.sizes[n, 0]), int(samples.sizes[n, 1])): float(samples.times[n]) for n in firsts}
    return list(({own: found.pop(own, 0.0)} | found).items())


async def _part(film: Film, looked: Looked, recipe: Recipe, kept: Sequence[Candidate], shape: _Shape) -> Part:
    samples, ((width, height), begin) = looked.samples, shape
    assert samples.sizes is not None
    ours = (samples.sizes == (width, height)).all(axis=1)
    numbers = tuple(number for number, candidate in enumerate(kept) if ours[candidate.index])
    part = replace(film, info=replace(film.info, width=width, height=height))
    borders = None
    if numbers and looked.plan.borders.wanted:
        keys = np.flatnonzero(ours & samples.keys)
        shown = evenly(keys if len(keys) >= _ENOUGH_KEYS else np.flatnonzero(ours), looked.plan.borders.most)
        shown = distinct(np.append(shown, [kept[number].index for number in numbers]))
        borders = await find_borders_at(part, looked.plan, picks(samples.pts, shown.tolist()))
        tell_borders(borders)
    wanted = framing.in_size(recipe, film.size, part.size)
    return Part(
        film=part,
        crop=framing.crop_for(part.info, wanted, borders.crop if borders else None),
        borders=borders,
        kept=tuple(kept[number] for number in numbers),
        numbers=numbers,
        begin=begin,
    )

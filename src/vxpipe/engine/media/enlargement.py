"""How far what lies beside a picture looks like that same picture, enlarged to the whole frame. Pure numpy."""

import numpy as np

from vxpipe.engine.media.arrays import Floats, Indices
from vxpipe.engine.media.ordered import median
from vxpipe.values import frozen

_LEAST_CELLS = 2
_NEAR_CELLS = 4
_ZOOMS = ((1.0, 1.0), (1.15, 1.15), (1.3, 1.3), (1.0, 0.0))
"""Times the least enlargement that fills the frame, along and across; 0: not enlarged that way but stretched."""


@frozen
class Cells:
    """Small pictures of a box: `light` per picture, across and along; where the cells' middles lie in its pixels."""

    light: Floats
    along: Floats
    across: Floats
    size: tuple[int, int]


@frozen(kw_only=False)
class Match:
    """Per picture the correlation (-1..1) of what is outside with the picture enlarged, the lesser of both sides.

    `surplus`: by how much, next to the picture, that is usually more than the correlation with the picture itself.
    Where one picture only goes on it is negative, however alike its parts may be: ground below and sky above.
    """

    values: Floats
    surplus: float


def match(cells: Cells, lines: tuple[int, int]) -> Match | None:
    """How alike the outer `lines` and what lies between them are, by the enlargement that suits the film best.

    None where there is too little to compare.
    """
    pitch = float(np.diff(cells.along).mean())
    begin, end = lines[0], cells.size[0] - lines[1]
    parts = [_within(cells.along, *part, pitch) for part in ((0, begin), (begin, end), (end, cells.size[0]))]
    if min(len(part) for part in parts) < _LEAST_CELLS or len(cells.across) < _LEAST_CELLS:
        return None
    tried = [_match_at(cells, parts, (begin + end) / 2, (end - begin, *zooms)) for zooms in _ZOOMS]
    return max(tried, key=lambda one: median(one.values))


def _match_at(cells: Cells, parts: list[Indices], centre: float, enlarging: tuple[float, float, float]) -> Match:
    """The likeness to the picture of a width, enlarged along and across by so many times the least."""
    first, inside, last = parts
    width, more_along, more_across = enlarging
    zoom, middle = cells.size[0] / width, cells.size[1] / 2
    down = _weights(middle + (cells.across - middle) / (more_across * zoom or 1.0), cells.across)
    shown = centre + (cells.along - cells.size[0] / 2) / (more_along * zoom)
    across = _weights(shown, cells.along[inside])
    enlarged = np.asarray(down @ cells.light[:, :, inside] @ across.T, np.float32)
    alike = [_correlation(cells.light[:, :, part], enlarged[:, :, part]) for part in (first, last)]
    near = ((first[-_NEAR_CELLS:], inside[:_NEAR_CELLS]), (last[:_NEAR_CELLS], inside[-_NEAR_CELLS:]))
    surplus = min(_surplus(cells.light, enlarged, outer, inner) for outer, inner in near)
    return Match(np.minimum(alike[0], alike[1]), surplus)


def _surplus(light: Floats, enlarged: Floats, outer: Indices, inner: Indices) -> float:
    seen, filled, continued = (
        part.mean(axis=2, keepdims=True) for part in (light[:, :, outer], enlarged[:, :, outer], light[:, :, inner])
    )
    return median(_correlation(seen, filled) - _correlation(seen, continued))


def _within(places: Floats, begin: float, end: float, pitch: float) -> Indices:
    """The cells that lie between the two with all their pixels."""
    return np.flatnonzero((places - pitch / 2 >= begin - 1) & (places + pitch / 2 <= end + 1))


def _weights(places: Floats, grid: Floats) -> Floats:
    """One row per place: the share of every cell of the grid in it; beyond the grid its last cell counts."""
    near = np.clip(places, grid[0], grid[-1])[:, None]
    weights = np.maximum(0, 1 - np.abs(near - grid) / float(np.diff(grid).mean()))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def _correlation(one: Floats, other: Floats) -> Floats:
    one, other = (part - part.mean(axis=(1, 2), keepdims=True) for part in (one, other))
    strength = np.sqrt((one**2).sum(axis=(1, 2)) * (other**2).sum(axis=(1, 2)))
    return np.asarray((one * other).sum(axis=(1, 2)) / np.maximum(strength, 1.0), np.float32)

"""Whether pictures differ by the place of one thing only, as of somebody before a fixed camera. Pure numpy."""

import numpy as np

from vxpipe.engine.media.arrays import Flags, Floats, Indices
from vxpipe.engine.media.features import LUMA_SIDE, Features
from vxpipe.engine.media.likeness import EVEN, luma_grid, unevenness

_STANDS, _DIFFERS = 4.0, 8.0  # of 255: how far a cell is apart at most, and at least
_LEAST_STANDING = 0.7  # of the cells; the others are covered by the thing in one of both pictures,
_LEAST_TOLD = 0.6  # and so many stand and are no even ground, as most of a page is
_FEWEST_CELLS = 12  # smaller than what differs then nobody is
_FARTHEST_DOWN, _FARTHEST_ACROSS = 4, LUMA_SIDE - 1  # cells
# Of what differs: what the best shift leaves, and by how much the one picture is lighter there. Of one who walks in a
# room up to 0.09 and 0.03, of another picture in the same window 0.19 and 0.26 at the nearest. Of text on even ground
# the first, and of two things on one table both, may be as little: pages are told apart before.
_MOST_LEFT, _MOST_LIGHTER = 0.1, 0.3
_OFF = 255.0  # beyond the rim nothing is alike


def differ_by_place(features: Features, frame: int, others: Indices) -> Flags:
    """Which of the pictures `others` show the same background as `frame` and before it the same thing elsewhere.

    Whatever moves between two moments lies in another place in each of them, and leaves to the other picture what was
    behind it: one shift explains all that differs.
    """
    shown, rest = luma_grid(features.signature[frame : frame + 1]), luma_grid(features.signature[others])
    apart = np.abs(rest - shown)
    found = (apart <= _STANDS).mean(axis=(1, 2)) >= _LEAST_STANDING
    for place in np.flatnonzero(found).tolist():
        found[place] = _differ_by_place(shown[0], rest[place])
    return np.asarray(found, np.bool_)


def _differ_by_place(one: Floats, other: Floats) -> bool:
    apart, uneven = np.abs(one - other), np.minimum(*unevenness(np.stack([one, other]))) > EVEN
    lines, columns = np.nonzero(apart > _DIFFERS)
    if len(lines) < _FEWEST_CELLS or (uneven & (apart <= _STANDS)).mean() < _LEAST_TOLD:
        return False
    differs = apart[lines, columns].mean()
    lighter = np.abs((one - other)[lines, columns].mean())
    return bool(lighter <= _MOST_LIGHTER * differs and _left(one, other, lines, columns) <= _MOST_LEFT * differs)


def _left(one: Floats, other: Floats, lines: Indices, columns: Indices) -> float:
    """How far these cells of two pictures are apart at the shift that explains most, each where it is told better: the
    one has it at the shifted place in the other, or the other way round.
    """
    down, across = np.mgrid[-_FARTHEST_DOWN : _FARTHEST_DOWN + 1, -_FARTHEST_ACROSS : _FARTHEST_ACROSS + 1]
    shifts = np.stack([down.ravel(), across.ravel()], axis=1)
    down, across = shifts[shifts.any(axis=1)].T[:, :, None]
    here, there = (_beyond(picture) for picture in (one, other))
    lines, columns = lines + _FARTHEST_DOWN, columns + _FARTHEST_ACROSS
    forth = np.abs(here[lines, columns] - there[lines + down, columns + across])
    back = np.abs(there[lines, columns] - here[lines - down, columns - across])
    return float(np.minimum(np.minimum(forth, back), _OFF).mean(axis=1).min())


def _beyond(picture: Floats) -> Floats:
    """The picture with a rim in which nothing is alike."""
    rim = ((_FARTHEST_DOWN, _FARTHEST_DOWN), (_FARTHEST_ACROSS, _FARTHEST_ACROSS))
    return np.pad(picture, rim, constant_values=np.inf)

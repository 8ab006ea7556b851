"""Black bars that two pictures share: on two opposite sides, beside a picture that fills the others. Pure numpy."""

import numpy as np

from vxpipe.engine.media.arrays import Bytes, Flags, Floats
from vxpipe.engine.media.features import LUMA_SIDE, luma_bytes

_BLACK = 24  # of 255: no lighter is a black bar, as coders leave it
_LEAST = 2  # cells on either side: narrower ones hide nothing, and dark edges of a scene look like them


def between_bars(one: Bytes, other: Bytes) -> Flags:
    """Which cells of the light of signatures `one[i]` and `other[i]` lie between bars of both: all, where none are."""
    black = luma_bytes(np.maximum(one, other)).reshape(-1, LUMA_SIDE, LUMA_SIDE) <= _BLACK
    lines, columns = (np.asarray(black.all(axis=axis), np.bool_) for axis in (2, 1))
    across, down = _between(columns, lines), _between(lines, columns)
    return np.asarray((across[:, None, :] & down[:, :, None]).reshape(-1, LUMA_SIDE**2), np.bool_)


def without_bars(light: Bytes, within: Flags) -> Floats:
    """The light of each picture with the mean of what lies `within` its bars in their place, and in that of the cells
    beside them, which show a part of them: so they differ in nothing, and stand out from nothing.
    """
    cells = light.astype(np.float32)
    if within.all():
        return cells
    inside = _without_rim(within.reshape(-1, LUMA_SIDE, LUMA_SIDE)).reshape(within.shape)
    means = cells.sum(axis=1, where=inside) / np.maximum(inside.sum(axis=1), 1)
    return np.where(inside, cells, means[:, None])


def _without_rim(within: Flags) -> Flags:
    """Without the cells that have one on either side of them, or above or below, that is not within."""
    inside = within.copy()
    for cells, all_within in ((inside, within), (inside.swapaxes(1, 2), within.swapaxes(1, 2))):
        cells[:, 1:] &= all_within[:, :-1]
        cells[:, :-1] &= all_within[:, 1:]
    return inside


def _between(black: Flags, otherwise: Flags) -> Flags:
    """What lies between bars at both ends, where `otherwise` there are none at all."""
    first, last = (np.logical_and.accumulate(each, axis=1) for each in (black, black[:, ::-1]))
    has_bars = first[:, _LEAST - 1] & last[:, _LEAST - 1] & ~otherwise[:, 0] & ~otherwise[:, -1]
    return ~((first | last[:, ::-1]) & has_bars[:, None])

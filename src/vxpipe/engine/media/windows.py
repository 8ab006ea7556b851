"""A window in which two pictures differ, and all around which they are one. Pure numpy."""

import numpy as np

from vxpipe.engine.media.arrays import Bytes, Flags, Values
from vxpipe.engine.media.features import LUMA_SIDE, bytes_apart, luma_bytes

_DIFFERS = 6  # of 255: by no more do cells of one ground differ, however they were coded
_FILLED = 0.65  # of its cells differ where another picture is shown in it
_LEAST, _LEAST_SIDE = 20, 4  # cells: what is smaller is a caption, or a face
_MOST = 0.8  # of the frame: what is around is no more than a rim
# Of its rim the share at which the light of both pictures steps so far: of windows 0.62 and more, 0.83 on a plain
# ground; of people before a camera that stands up to 0.62.
_EDGED, _STEP = 0.65, 12


def in_window(one: Bytes, other: Bytes) -> Flags:
    """Which cells of the light of signatures `one[i]` and `other[i]` lie in the window in which alone they differ: all,
    where there is none.
    """
    light = [luma_bytes(each).reshape(-1, LUMA_SIDE, LUMA_SIDE) for each in (one, other)]
    differs = np.asarray(bytes_apart(*light) > _DIFFERS, np.bool_)
    down, across = (_from_first_to_last(np.asarray(differs.any(axis=axis), np.bool_)) for axis in (2, 1))
    height, width = (within.sum(axis=1) for within in (down, across))
    area = height * width
    may_be = (area >= _LEAST) & (area <= _MOST * LUMA_SIDE**2) & (np.minimum(height, width) >= _LEAST_SIDE)
    some = np.flatnonzero(may_be & (differs.sum(axis=(1, 2)) >= _FILLED * area))
    windows = down[some][:, :, None] & across[some][:, None, :]
    edged = np.min([_edged(windows, each[some]) for each in light], axis=0) >= _EDGED
    within = np.ones(differs.shape, np.bool_)
    within[some[edged]] = windows[edged]
    return within.reshape(-1, LUMA_SIDE**2)


def _from_first_to_last(flags: Flags) -> Flags:
    """With all between the first and the last flag of each row."""
    begun, goes_on = (np.logical_or.accumulate(each, axis=1) for each in (flags, flags[:, ::-1]))
    return np.asarray(begun & goes_on[:, ::-1], np.bool_)


def _edged(windows: Flags, light: Bytes) -> Values:
    """At which share of each window's rim the light steps; the outermost cells of a window may be half outside."""
    steps, rims = np.zeros((2, len(windows)), np.int64)
    for inside, cells in ((windows, light), (windows.swapaxes(1, 2), light.swapaxes(1, 2))):
        rim = (inside[:, :-2] != inside[:, 2:]) & inside[:, 1:-1]
        rims += rim.sum(axis=(1, 2))
        steps += (rim & (bytes_apart(cells[:, :-2], cells[:, 2:]) > _STEP)).sum(axis=(1, 2))
    return np.asarray(steps / np.maximum(rims, 1), np.float64)

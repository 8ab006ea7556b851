"""Keyframes in small: made, cut to what lies within the borders, and compared. Pure numpy."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
_Numbers = NDArray[np.unsignedinteger]

_SIDE = 128  # a keyframe is remembered as so many cells a side
_PARTS = 4  # of which 4x4 parts are compared,
_BINS = 32  # each by a histogram of so many bins


def small(luma: Picture) -> Picture:
    """A plane in at most 128x128 cells; every second pixel of a line is enough for the averages."""
    halved = luma[:, ::2] if luma.shape[1] >= 2 * _SIDE else luma
    rows, columns = (np.linspace(0, size, min(_SIDE, size), endpoint=False).astype(int) for size in halved.shape)
    counts = np.diff(rows, append=len(halved))[:, None] * np.diff(columns, append=halved.shape[1])
    enough = np.min_scalar_type(255 * int(counts.max()))
    summed = _summed(_summed(halved, rows, enough).T, columns, enough).T
    return np.asarray(summed // counts.astype(enough), np.uint8)


def inside(picture: Picture, size: tuple[int, int], box: tuple[int, int, int, int]) -> Picture:
    """The part of a small picture of a frame of `size` that lies in the box (x, y, width, height)."""
    (rows, columns), (x, y, width, height) = picture.shape, box
    down, across = rows / size[1], columns / size[0]
    part = picture[
        int(np.ceil(y * down)) : int((y + height) * down), int(np.ceil(x * across)) : int((x + width) * across)
    ]
    return part if min(part.shape) >= _PARTS else picture


def distances(pictures: Sequence[Picture]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far the light of each picture is from that of the next, 0..1: the mean over their parts, and as a whole."""
    pairs = pairwise(_histograms(picture) for picture in pictures)
    apart = [(np.abs(b - a).sum(axis=1).mean() / 2, np.abs((b - a).mean(axis=0)).sum() / 2) for a, b in pairs]
    parts, whole = np.array(apart, np.float64).reshape(-1, 2).T
    return parts, whole


def _histograms(picture: Picture) -> NDArray[np.float64]:
    """One row of `_BINS` shares for each of the parts."""
    parts = [part for band in np.array_split(picture, _PARTS) for part in np.array_split(band, _PARTS, axis=1)]
    counted = [np.bincount(part.reshape(-1) // (256 // _BINS), minlength=_BINS) / max(1, part.size) for part in parts]
    return np.stack(counted)


def _summed(lines: _Numbers, begins: NDArray[np.intp], kind: np.dtype[np.unsignedinteger]) -> _Numbers:
    """The sum of the lines from each of `begins` to the next; five times as fast as `np.add.reduceat` along this axis.

    The groups differ by one line at most.
    """
    lengths = np.diff(begins, append=len(lines))
    shortest = int(lengths.min())
    summed = lines[begins].astype(kind)
    for place in range(1, shortest):
        summed += lines[begins + place]
    longer = lengths > shortest
    summed[longer] += lines[begins[longer] + shortest]
    return summed

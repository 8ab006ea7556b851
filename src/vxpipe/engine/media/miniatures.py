"""Keyframes in small: their size, cut to what lies within the borders, and compared. Pure numpy."""

from collections.abc import Iterable

import numpy as np

from vxpipe.engine.media.arrays import Bytes, Values

_SIDE = 128  # a keyframe is remembered as so many cells a side
_PARTS = 4  # of which 4x4 parts are compared,
_BINS = 32  # each by a histogram of so many bins


def small_size(size: tuple[int, int]) -> tuple[int, int]:
    """In how many cells a keyframe of a film of `size` is remembered."""
    return min(_SIDE, size[0]), min(_SIDE, size[1])


def inside(picture: Bytes, size: tuple[int, int], box: tuple[int, int, int, int]) -> Bytes:
    """The part of a small picture of a frame of `size` that lies in the box (x, y, width, height)."""
    (rows, columns), (x, y, width, height) = picture.shape, box
    down, across = rows / size[1], columns / size[0]
    part = picture[
        int(np.ceil(y * down)) : int((y + height) * down), int(np.ceil(x * across)) : int((x + width) * across)
    ]
    return part if min(part.shape) >= _PARTS else picture


def compared(pictures: Iterable[Bytes]) -> tuple[Values, Values, Values]:
    """The spread of each picture, and how far the light of each is from that of the next, 0..1: the mean over their
    parts, and as a whole. Two pictures are held at a time.
    """
    spreads, apart, before = list[float](), list[tuple[float, float]](), None
    for picture in pictures:
        spreads.append(float(picture.std()))
        here = _histograms(picture)
        if before is not None:
            step = here - before
            apart.append((np.abs(step).sum(axis=1).mean() / 2, np.abs(step.mean(axis=0)).sum() / 2))
        before = here
    parts, whole = np.array(apart, np.float64).reshape(-1, 2).T
    return np.array(spreads), parts, whole


def _histograms(picture: Bytes) -> Values:
    """One row of `_BINS` shares for each of the parts."""
    parts = [part for band in np.array_split(picture, _PARTS) for part in np.array_split(band, _PARTS, axis=1)]
    counted = [np.bincount(part.reshape(-1) // (256 // _BINS), minlength=_BINS) / max(1, part.size) for part in parts]
    return np.stack(counted)

"""In which groups of pictures something may have happened, told from the keyframes at their ends. Pure numpy."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.packets import Flags, PacketMap

Picture = NDArray[np.uint8]

LONGEST_SECONDS = 2.0
"""Groups longer than this are always looked into: the bound of what can come and go unseen."""
_SIDE = 128  # a keyframe is remembered as so many cells a side
_PARTS = 4  # of which 4x4 parts are compared,
_BINS = 32  # each by a histogram of so many bins
_UNLIKE = 0.25  # mean distance of the histograms (0..1) from which on two keyframes may show two things
_JUMP = 2.0  # times the largest of ...
_BEFORE = 4  # ... so many frames before: what a frame takes that holds a new picture (measured 3.7 to 18)
_LIKE_A_KEY = 0.5  # of the keyframe's bytes: the same for the frame right after it


def small(luma: Picture) -> Picture:
    """A plane in at most 128x128 cells; every second pixel of a line is enough for the averages."""
    halved = luma[:, ::2] if luma.shape[1] >= 2 * _SIDE else luma
    rows, columns = (np.linspace(0, size, min(_SIDE, size), endpoint=False).astype(int) for size in halved.shape)
    summed = np.add.reduceat(np.add.reduceat(halved, rows, axis=0, dtype=np.uint32), columns, axis=1)
    counts = np.diff(np.append(rows, halved.shape[0]))[:, None] * np.diff(np.append(columns, halved.shape[1]))
    return np.asarray(summed // counts, np.uint8)


def inside(picture: Picture, size: tuple[int, int], box: tuple[int, int, int, int]) -> Picture:
    """The part of a small picture of a frame of `size` that lies in the box (x, y, width, height)."""
    (rows, columns), (x, y, width, height) = picture.shape, box
    down, across = rows / size[1], columns / size[0]
    part = picture[
        int(np.ceil(y * down)) : int((y + height) * down), int(np.ceil(x * across)) : int((x + width) * across)
    ]
    return part if min(part.shape) >= _PARTS else picture


def changed_groups(packets: PacketMap, pictures: Sequence[Picture]) -> Flags:
    """Which groups must be looked into, given the picture of the keyframe of each, without the borders.

    What may be missed: a shot that comes and goes within one group of at most LONGEST_SECONDS whose keyframes look
    alike, and whose first packet is not much larger than its neighbours. Two of 72 hard cuts inside groups needed the
    first rule, none both others.
    """
    apart = _distances(np.stack([_histograms(picture) for picture in pictures]))
    flagged = np.append(apart > _UNLIKE, True)
    flagged |= packets.group_seconds() > LONGEST_SECONDS
    return np.asarray(flagged | _has_jump(packets), np.bool_)


def _histograms(picture: Picture) -> NDArray[np.float64]:
    """One row of `_BINS` shares for each of the parts."""
    parts = [part for band in np.array_split(picture, _PARTS) for part in np.array_split(band, _PARTS, axis=1)]
    counted = [np.bincount(part.reshape(-1) // (256 // _BINS), minlength=_BINS) / max(1, part.size) for part in parts]
    return np.stack(counted)


def _distances(histograms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Between each keyframe and the next, 0..1."""
    return np.asarray(np.abs(np.diff(histograms, axis=0)).sum(axis=2).mean(axis=1) / 2, np.float64)


def _has_jump(packets: PacketMap) -> Flags:
    """Which groups hold a frame of far more bytes than those before it, as a new picture begins with one."""
    anchors = np.maximum.accumulate(packets.pts) == packets.pts  # B-frames are small whatever they show
    return np.array(
        [_jumps(packets.sizes[begin : end + 1][anchors[begin : end + 1]]) for begin, end in packets.groups()]
    )


def _jumps(sizes: NDArray[np.int64]) -> bool:
    """`sizes` of a keyframe and of the frames that follow it."""
    if len(sizes) < 2:
        return False
    padded = np.concatenate([np.zeros(_BEFORE - 1, np.int64), sizes[1:]])
    largest_before = np.lib.stride_tricks.sliding_window_view(padded, _BEFORE).max(axis=1)[:-1]
    return bool(sizes[1] > _LIKE_A_KEY * sizes[0] or (sizes[2:] > _JUMP * largest_before).any())

"""Where one page of text fades into the next. Pure numpy.

Pages on the same ground are alike in composition and in light, so that no cut and no dissolve is found between them.
But they stand still, what is written on them goes where it stood and comes where nothing was, and all of it does so at
the same pace: what moves, or lights up, does not.
"""

from collections.abc import Iterator

import numpy as np

from vxpipe.engine.media.dissolves import mixture_misfit
from vxpipe.engine.media.features import Bytes, Floats, Samples, bytes_apart, mean_of, upper_luma
from vxpipe.engine.media.ordered import quantiles_within
from vxpipe.engine.media.transitions import STEPS, Flags, Frames, Transition, Values, nearest, steps_of, stretches

_SPANS = tuple(0.2 * 1.25**step for step in range(11))  # seconds, up to 1.9
_STANDING = 0.4  # seconds before and behind in which nothing changes: the shortest shot that is promised,
_LEAST_STANDING = 0.2  # or what there is of it
_STILL = 0.03  # of 255, that a frame changes there: a page has 0.01 at most, a head that moves beside one 0.04 to 0.2
_MOST_STEP = 0.6  # of the whole change, in one frame: more is a cut
_WRITTEN = 3  # of 255: a cell that is that much lighter, or darker, shows another text,
_LEAST_WRITTEN = 3  # and so many are, some lighter and some darker: where something is only added, all are the one
_MOST_MISFIT = 0.5
_FEW = 128  # of all pictures of so many pairs, a megabyte


def find_page_turns(samples: Samples) -> Iterator[Transition]:
    """What looks like a page that fades into another; many overlap."""
    times, luma = samples.times, upper_luma(samples.features.signature)
    before, behind = _stands(samples.features.change, times)
    steps = steps_of(luma)
    for firsts, lasts in stretches(times, _SPANS):
        may = np.flatnonzero(before[firsts] & behind[lasts])
        may = may[_are_rewritten(luma[firsts[may]], luma[lasts[may]])]
        for begin in range(0, len(may), _FEW):
            first, last = (frames[may[begin : begin + _FEW]] for frames in (firsts, lasts))
            misfits = _misfit(luma, times, first, last) / _MOST_MISFIT
            largest = quantiles_within(steps, first + 1, last + 1, 1.0)
            turns = (misfits <= 1) & (largest <= _MOST_STEP * mean_of(bytes_apart(luma[first], luma[last])))
            for place in np.flatnonzero(turns).tolist():
                yield Transition(int(first[place]), int(last[place]), float(misfits[place]))


def _stands(change: Floats, times: Values) -> tuple[Flags, Flags]:
    """Before and behind which pictures nothing changes for a moment."""
    moves = np.append(0, np.cumsum(change > _STILL))
    frames = np.arange(len(times))
    begins = np.searchsorted(times, times - _STANDING)
    ends = np.searchsorted(times, times + _STANDING, side="right") - 1
    before = (moves[frames + 1] == moves[begins + 1]) & (times - times[begins] >= _LEAST_STANDING)
    behind = (moves[ends + 1] == moves[frames + 1]) & (times[ends] - times >= _LEAST_STANDING)
    return before, behind


def _are_rewritten(first: Bytes, last: Bytes) -> Flags:
    """In which pairs something is gone and something else has come."""
    apart = last.astype(np.int16) - first
    come, gone = (part.sum(axis=1) for part in (apart >= _WRITTEN, apart <= -_WRITTEN))
    return np.asarray((come > 0) & (gone > 0) & (come + gone >= _LEAST_WRITTEN), np.bool_)


def _misfit(luma: Bytes, times: Values, first: Frames, last: Frames) -> Values:
    """How far the pictures between two are from being mixtures of them, in the cells that change."""
    ways = np.arange(1, STEPS) / STEPS
    between = nearest(times, times[first, None] + (times[last] - times[first])[:, None] * ways)
    gone = (times[between] - times[first, None]) / (times[last] - times[first])[:, None]
    pictures = luma[np.column_stack([first, between, last])].astype(np.float32)
    written = np.abs(pictures[:, -1] - pictures[:, 0]) >= _WRITTEN
    return mixture_misfit(np.where(written[:, None], pictures, 0), gone)

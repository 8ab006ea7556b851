"""Where one page of text fades into the next. Pure numpy.

Pages on the same ground are alike in composition and in light, so that no cut and no dissolve is found between them.
But they stand still, what is written on them goes where it stood and comes where nothing was, and all of it does so at
the same pace. What moves does not, and a line that lights up, or pales, is the same text as before.
"""

from collections.abc import Iterator

import numpy as np

from vxpipe.engine.media.dissolves import mixture_misfit
from vxpipe.engine.media.features import LUMA_SIDE, Bytes, Floats, Samples, bytes_apart, mean_of, upper_luma
from vxpipe.engine.media.ordered import quantiles_within
from vxpipe.engine.media.transitions import STEPS, Flags, Frames, Transition, Values, nearest, steps_of, stretches

_SPANS = tuple(0.2 * 1.25**step for step in range(11))  # seconds, up to 1.9
_STANDING = 0.4  # seconds before and behind in which nothing changes: the shortest shot that is promised,
_LEAST_STANDING = 0.2  # or what there is of it
_STILL = 0.03  # of 255, that a frame changes there: a page has 0.01 at most, a head that moves beside one 0.04 to 0.2
_MOST_STEP = 0.6  # of the whole change, in one frame: more is a cut
_WRITTEN = 3  # of 255: a cell that is that much lighter, or darker, shows another text,
_LEAST_WRITTEN = 6  # and so many are, some lighter and some darker: where something is only added, all are the one
# Of what changes, that no text of more or less contrast explains, nor a line that is marked: other texts leave 0.37 and
# more of it, a line that lights up 0.1 at most.
_LEAST_UNEXPLAINED = 0.25
_MARKED = 2.0  # of 255: a line of which no cell changes more has no say,
_ENDS = 2  # and in the others the ends of a mark have none
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
    new = (come > 0) & (gone > 0) & (come + gone >= _LEAST_WRITTEN)
    new[new] = _unexplained(first[new], last[new]) >= _LEAST_UNEXPLAINED
    return np.asarray(new, np.bool_)


def _unexplained(first: Bytes, last: Bytes) -> Values:
    """What share of what changes in each pair is neither the text of its line in another contrast, nor other light."""
    lines = len(first), first.shape[1] // LUMA_SIDE, LUMA_SIDE
    one, other = (pictures.astype(np.float64).reshape(lines) for pictures in (first, last))
    apart = other - one
    rests = np.minimum(_rest(apart, one), _rest(apart, other))
    rests[np.abs(apart).max(axis=2) < _MARKED] = 0
    return np.asarray(rests.sum(axis=1) / np.maximum(np.abs(apart).sum(axis=(1, 2)), 1), np.float64)


def _rest(apart: Values, text: Values) -> Values:
    """What is left of each line once it is made, as well as can be, of an even change and its text."""
    apart, text = (cells - cells.mean(axis=2, keepdims=True) for cells in (apart, text))
    share = (apart * text).sum(axis=2) / np.maximum((text**2).sum(axis=2), 1e-6)
    return np.asarray(np.sort(np.abs(apart - share[..., None] * text), axis=2)[..., :-_ENDS].sum(axis=2), np.float64)


def _misfit(luma: Bytes, times: Values, first: Frames, last: Frames) -> Values:
    """How far the pictures between two are from being mixtures of them, in the cells that change."""
    ways = np.arange(1, STEPS) / STEPS
    between = nearest(times, times[first, None] + (times[last] - times[first])[:, None] * ways)
    gone = (times[between] - times[first, None]) / (times[last] - times[first])[:, None]
    pictures = luma[np.column_stack([first, between, last])].astype(np.float32)
    written = np.abs(pictures[:, -1] - pictures[:, 0]) >= _WRITTEN
    return mixture_misfit(np.where(written[:, None], pictures, 0), gone)

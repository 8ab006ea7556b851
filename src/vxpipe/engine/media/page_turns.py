"""Where one page of text fades into the next. Pure numpy.

Pages on the same ground are alike in composition and in light, so that no cut and no dissolve is found between them.
But they stand still, what is written on them goes where it stood and comes where nothing was, and all of it does so at
the same pace. What moves does not, and a line that lights up, or pales, is the same text as before. Pages on another
ground, or with other pictures, are told by their strokes.
"""

from collections.abc import Iterator
from itertools import chain

import numpy as np

from vxpipe.engine.media.arrays import Bytes, Flags, Floats, Indices, Values
from vxpipe.engine.media.dissolves import mixture_misfit
from vxpipe.engine.media.features import LUMA_SIDE, Samples, bytes_apart, mean_of, upper_luma
from vxpipe.engine.media.layout import places
from vxpipe.engine.media.ordered import quantiles_within
from vxpipe.engine.media.standing import moving_between, other_strokes, standing_beside
from vxpipe.engine.media.transitions import Transition, on_the_way, stretches

_SPANS = tuple(0.2 * 1.25**step for step in range(11))  # seconds, up to 1.9
_STILL = 0.03  # of 255, that a frame changes there: a page has 0.01 at most, a head that moves beside one 0.04 to 0.2
_MOST_STEP = 0.6  # of the whole change, in one frame: more is a cut
_WRITTEN = 3  # of 255: a cell that is that much lighter, or darker, shows another text,
_LEAST_WRITTEN = 6  # and so many are, some lighter and some darker: where something is only added, all are the one
# Of what changes, that no text of more or less contrast explains, nor a line that is marked: other texts leave 0.37 and
# more of it, a line that lights up 0.1 at most.
_LEAST_UNEXPLAINED = 0.25
# Of the strokes of both pages: of slides with pictures mostly 0.2 to 0.5, of a line that is marked and then another
# 0.09.
_OTHER_SHARE = 0.12
_MOST_MISFIT = 0.5
_FEW = 128  # of all pictures of so many pairs, a megabyte
_PIECE = 8192  # frames looked at together


def find_page_turns(samples: Samples, *, stood: bool = False, stands: bool = False) -> Iterator[Transition]:
    """What looks like a page that fades into another; many overlap.

    `stood`, `stands`: what was not looked at before the first of the samples, and behind the last, stands still.
    """
    times, luma, layout = samples.times, upper_luma(samples.features.signature), samples.features.layout
    change = samples.features.change
    before, behind = standing_beside(change > _STILL, times, stood=stood, stands=stands)
    steps = _steps_of(luma)
    moving = moving_between(change > _STILL, before, behind, times)
    for firsts, lasts in chain([moving], stretches(times, _SPANS)):
        may = np.flatnonzero(before[firsts] & behind[lasts])
        others = other_strokes(places(layout[firsts[may]]), places(layout[lasts[may]])) >= _OTHER_SHARE
        may = may[others | _are_rewritten(luma[firsts[may]], luma[lasts[may]])]
        for begin in range(0, len(may), _FEW):
            first, last = (frames[may[begin : begin + _FEW]] for frames in (firsts, lasts))
            misfits = _misfit(luma, times, first, last) / _MOST_MISFIT
            largest = quantiles_within(steps, first + 1, last + 1, 1.0)
            turns = (misfits <= 1) & (largest <= _MOST_STEP * mean_of(bytes_apart(luma[first], luma[last])))
            for place in np.flatnonzero(turns).tolist():
                rims = _trimmed(change, int(first[place]), int(last[place]))
                yield Transition(*rims, float(misfits[place]), of_pages=True)


def _steps_of(luma: Bytes) -> Values:
    """How far each picture is from the one before, the first from itself; a piece at a time."""
    frames = np.arange(len(luma))
    pieces = np.array_split(frames, len(frames) // _PIECE + 1)
    steps = [mean_of(bytes_apart(luma[piece], luma[np.maximum(piece - 1, 0)])) for piece in pieces]
    return np.concatenate(steps).astype(np.float64)


def _trimmed(change: Floats, first: int, last: int) -> tuple[int, int]:
    """From where to where anything changes at all; the whole where it does so too slowly to tell."""
    moving = first + np.flatnonzero(change[first + 1 : last + 1] > _STILL)
    return (int(moving[0]), int(moving[-1]) + 1) if len(moving) else (first, last)


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
    return np.asarray(rests.sum(axis=1) / np.maximum(np.abs(apart).sum(axis=(1, 2)), 1), np.float64)


def _rest(apart: Values, text: Values) -> Values:
    """What is left of each line once it is made, as well as can be, of an even change and its text."""
    apart, text = (cells - cells.mean(axis=2, keepdims=True) for cells in (apart, text))
    share = (apart * text).sum(axis=2) / np.maximum((text**2).sum(axis=2), 1e-6)
    return np.asarray(np.abs(apart - share[..., None] * text).sum(axis=2), np.float64)


def _misfit(luma: Bytes, times: Values, first: Indices, last: Indices) -> Values:
    """How far the pictures between two are from being mixtures of them, in the cells that change."""
    between, gone = on_the_way(times, first, last)
    pictures = luma[np.column_stack([first, between, last])].astype(np.float32)
    written = np.abs(pictures[:, -1] - pictures[:, 0]) >= _WRITTEN
    return mixture_misfit(np.where(written[:, None], pictures, 0), gone)

"""Where one shot dissolves into the next. Pure numpy.

During a dissolve every frame is a mixture of a picture before it and one after it. Its light goes from the one to the
other in equal steps, and as the two have nothing to do with each other, its variance, and that of its details, sags: a
half of one and a half of the other leave half of what both have on average. Movement does not do that, and whatever
moves in the two shots does not undo it. Source: A. Hanjalic, "Shot-boundary detection: unraveled and resolved?", 2002.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.cuts import squashed
from vxpipe.engine.media.features import Samples, luma_cells

Flags = NDArray[np.bool_]
Frames = NDArray[np.intp]
Values = NDArray[np.float64]
Cells = NDArray[np.float32]

_SPANS = tuple(0.3 * 1.25**step for step in range(13))  # seconds, up to 4.4
_STEPS = 8  # in which the way from one picture to the other is looked at
_LEAST_FRAMES = 3  # between the two
LEAST_CHANGE = 8.0  # of 255, between the two
_MOST_LIKE = 0.7  # correlation of the two: above, the light changes but not the picture
_LEAST_SHARE = 0.55  # of the picture's cells that change: a title that fades in changes fewer
# How far from a perfect dissolve, the sum of what is said at `_misfit`. What moves in both shots fits no mixture of
# their ends (0.4 to 0.8): where the variances sag as closely as they do there (0.03 to 0.15), mixtures count half. Of
# 444 shots planted with dissolves 20 were missed, 35 where mixtures count in full; a title that comes in over a moving
# picture sags less like one (0.2).
_MOST_MISFIT = 0.49
_SAGS_CLOSELY = 0.15
_MIXTURE_THEN = 0.5
_MOST_DETAIL_MISFIT = 0.3  # the finest details suffer from coding: that they do not fit is never proof
_AS_SURE = 0.1
_FLAT = 4.0  # of 255: the standard deviation of a picture that shows nothing,
_PALE = 0.2  # or, as a share of that of the other, of the beginning of a fade
_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class Transition:
    """One shot turns into another behind frame `first` and before frame `last`; `misfit` (1: just on the limit) tells
    how far it is from a perfect transition.
    """

    first: int
    last: int
    misfit: float

    def __len__(self) -> int:
        return self.last - self.first

    @property
    def centre(self) -> int:
        """The first frame that belongs to the later shot rather than to the earlier one."""
        return (self.first + self.last + 1) // 2

    @property
    def score(self) -> float:
        """How sure it is that a shot begins here, on the scale of cuts."""
        return float(squashed(np.array(1 / max(self.misfit, 1e-3))))


def find_dissolves(samples: Samples) -> Iterator[Transition]:
    """What looks like a dissolve, of any length; many overlap."""
    for firsts, lasts in stretches(samples.times, _SPANS):
        misfits = _misfit(samples, firsts, lasts) / _MOST_MISFIT
        for place in np.flatnonzero(misfits <= 1):
            yield Transition(int(firsts[place]), int(lasts[place]), float(misfits[place]))


def stretches(times: Values, lengths: Iterable[float]) -> Iterator[tuple[Frames, Frames]]:
    """The first and the last frame of all that take about so many seconds and have a few frames in between.

    For each of the lengths in turn, a few thousand at once.
    """
    for seconds in lengths:
        lasts = nearest(times, times + seconds)
        firsts = np.flatnonzero(lasts - np.arange(len(times)) > _LEAST_FRAMES)
        firsts = firsts[np.abs(times[lasts[firsts]] - times[firsts] - seconds) < seconds / _STEPS]
        for begin in range(0, len(firsts), _CHUNK):
            some = firsts[begin : begin + _CHUNK]
            yield some, lasts[some]


def surest(*kinds: Sequence[Transition]) -> list[Transition]:
    """Of those that overlap one of the earliest kind, the surest, or rather the longest that is about as sure and has
    about the same middle.
    """
    taken = list[Transition]()
    mixed = np.zeros(max((t.last + 1 for found in kinds for t in found), default=0), np.bool_)

    def is_free(transition: Transition) -> bool:
        return not mixed[transition.first + 1 : transition.last + 1].any()

    for found in kinds:
        ordered = sorted(found, key=lambda t: t.centre)
        centres = np.array([t.centre for t in ordered])
        for best in sorted(found, key=lambda t: t.misfit):
            if is_free(best):
                reach = len(best) // 4
                begin, end = np.searchsorted(centres, [best.centre - reach, best.centre + reach + 1])
                near = (t for t in ordered[begin:end] if t.misfit <= best.misfit + _AS_SURE)
                taken.append(max(filter(is_free, near), key=len))
                mixed[taken[-1].first + 1 : taken[-1].last + 1] = True
    return sorted(taken, key=lambda t: t.first)


def are_new(first: Cells, last: Cells, least_share: float) -> Flags:
    """Whether the pictures `first[i]` and `last[i]` are others, and neither shows so little that one may have faded."""
    flatter, other = np.sort([first.std(axis=1), last.std(axis=1)], axis=0)
    return np.asarray(are_others(first, last, least_share) & (flatter >= np.maximum(_FLAT, _PALE * other)), np.bool_)


def are_others(first: Cells, last: Cells, least_share: float) -> Flags:
    """Whether the pictures `first[i]` and `last[i]` differ in so large a share of cells, and not in light only."""
    apart = np.abs(last - first)
    mean = apart.mean(axis=1)
    spread = (apart > np.maximum(4.0, 0.25 * mean)[:, None]).mean(axis=1)
    scale = first.std(axis=1) * last.std(axis=1)
    first, last = (cells - cells.mean(axis=1, keepdims=True) for cells in (first, last))
    alike = (first * last).mean(axis=1) / np.maximum(scale, 1e-6)
    return np.asarray((mean >= LEAST_CHANGE) & (spread >= least_share) & (alike <= _MOST_LIKE), np.bool_)


def _misfit(samples: Samples, first: Frames, last: Frames) -> Values:
    """How far the frames between `first[i]` and `last[i]` are from a dissolve: how far their variance and that of their
    details are from sagging as they should, their pictures from being mixtures, and their light from going evenly.
    """
    times, features = samples.times, samples.features
    ways = np.arange(1, _STEPS) / _STEPS
    between = nearest(times, times[first, None] + (times[last] - times[first])[:, None] * ways)
    gone = (times[between] - times[first, None]) / (times[last] - times[first])[:, None]
    sags = _sag_misfit(features.spread.astype(np.float64) ** 2, first, last, between, gone)
    details = _sag_misfit(features.sharpness.astype(np.float64), first, last, between, gone)
    misfit = sags + np.minimum(details, _MOST_DETAIL_MISFIT)
    possible = np.flatnonzero(misfit <= _MOST_MISFIT)
    before, after = (luma_cells(features.signature[frames[possible]]) for frames in (first, last))
    new = are_new(before, after, _LEAST_SHARE)
    misfit[possible[~new]] = np.inf
    for place in possible[new]:
        cells = luma_cells(features.signature[[first[place], *between[place], last[place]]])
        weight = _MIXTURE_THEN if misfit[place] <= _SAGS_CLOSELY else 1.0
        misfit[place] += weight * _mixture_misfit(cells, gone[place])
    return misfit


def _sag_misfit(variance: Values, first: Frames, last: Frames, between: Frames, gone: Values) -> Values:
    """How far variances are from those of mixtures of two pictures that have nothing in common."""
    before, after = (_usual_around(variance, frames, side)[:, None] for frames, side in ((first, -1), (last, 1)))
    mixed = (1 - gone) ** 2 * before + gone**2 * after
    usual = (before + after)[:, 0] / 2
    return np.asarray(np.abs(variance[between] - mixed).mean(axis=1) / np.maximum(usual, 1e-3), np.float64)


def _usual_around(values: Values, frames: Frames, side: int) -> Values:
    """The median of the value of each frame and of the two beyond it on one side."""
    beyond = np.clip(frames[:, None] + side * np.arange(3), 0, len(values) - 1)
    return np.asarray(np.sort(values[beyond], axis=1)[:, 1], np.float64)  # a quarter of the time np.median takes


def _mixture_misfit(cells: Cells, gone: Values) -> float:
    """How far the pictures between the first and the last are from mixtures, those in the middle, and all from being as
    much of the last as they should.
    """
    direct, behind = cells[-1] - cells[0], cells[1:-1] - cells[0]
    share = behind @ direct / (direct @ direct)
    rests = np.abs(behind - share[:, None] * direct).mean(axis=1)[2:-2]
    return float(rests.mean() / np.abs(direct).mean() + np.abs(share - gone).mean())


def nearest(times: Values, asked: Values) -> Frames:
    """The frames whose times are nearest to those asked for."""
    after = np.clip(np.searchsorted(times, asked), 1, max(1, len(times) - 1))
    return np.asarray(after - (asked - times[after - 1] < times[np.minimum(after, len(times) - 1)] - asked), np.intp)

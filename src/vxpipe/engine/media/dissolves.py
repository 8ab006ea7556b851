"""Where one shot dissolves into the next. Pure numpy.

During a dissolve every frame is a mixture of a picture before it and one after it. Its light goes from the one to the
other in equal steps, and as the two have nothing to do with each other, its variance, and that of its details, sags: a
half of one and a half of the other leave half of what both have on average. Movement does not do that, and whatever
moves in the two shots does not undo it. Source: A. Hanjalic, "Shot-boundary detection: unraveled and resolved?", 2002.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.cuts import squashed
from vxpipe.engine.media.features import Bytes, Samples, bytes_apart, luma_bytes, mean_of
from vxpipe.values import frozen

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
# Of the later picture, from a quarter to three quarters of the way: of 155 planted dissolves 0.18 at least. What comes
# no nearer to it there is a shot of its own, with a push or a cut at either end.
_LEAST_PROGRESS = 0.15
_MOST_DETAIL_MISFIT = 0.3  # the finest details suffer from coding: that they do not fit is never proof
_AS_SURE = 0.1
_FLAT = 4.0  # of 255: the standard deviation of a picture that shows nothing,
_PALE = 0.2  # or, as a share of that of the other, of the beginning of a fade
_CHUNK = 4096
_FEW = 128  # of all pictures of so many stretches, a megabyte


@frozen(kw_only=False)
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
    features = samples.features
    variances = _around(features.spread.astype(np.float64) ** 2), _around(features.sharpness.astype(np.float64))
    for firsts, lasts in stretches(samples.times, _SPANS):
        misfits = _misfit(samples, variances, firsts, lasts) / _MOST_MISFIT
        for place in np.flatnonzero(misfits <= 1).tolist():
            yield Transition(int(firsts[place]), int(lasts[place]), float(misfits[place]))


def stretches(times: Values, lengths: Iterable[float]) -> Iterator[tuple[Frames, Frames]]:
    """The first and the last frame of all that take about so many seconds and have a few frames in between.

    For each of the lengths in turn, a few thousand at once.
    """
    found = list[tuple[Frames, Frames]]()
    for seconds in lengths:
        lasts = nearest(times, times + seconds)
        firsts = np.flatnonzero(lasts - np.arange(len(times)) > _LEAST_FRAMES)
        firsts = firsts[np.abs(times[lasts[firsts]] - times[firsts] - seconds) < seconds / _STEPS]
        found.append((firsts, lasts[firsts]))
    firsts, lasts = (np.concatenate(part) for part in zip(*found, strict=True))
    for begin in range(0, len(firsts), _CHUNK):
        yield firsts[begin : begin + _CHUNK], lasts[begin : begin + _CHUNK]


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


def are_new(first: Bytes, last: Bytes, least_share: float) -> Flags:
    """Whether the pictures `first[i]` and `last[i]` are others, and neither shows so little that one may have faded."""
    new = are_others(first, last, least_share)
    spreads = [picture[new].astype(np.float32).std(axis=1) for picture in (first, last)]
    flatter, other = np.sort(spreads, axis=0)
    new[new] = flatter >= np.maximum(_FLAT, _PALE * other)
    return new


def are_others(first: Bytes, last: Bytes, least_share: float) -> Flags:
    """Whether the pictures `first[i]` and `last[i]` differ in so large a share of cells, and not in light only."""
    apart = bytes_apart(first, last)
    mean = mean_of(apart)
    changed = apart > np.maximum(4.0, 0.25 * mean).astype(np.uint8)[:, None]
    others = (mean >= LEAST_CHANGE) & (mean_of(changed.view(np.uint8)) >= least_share)
    others[others] = _correlation(first[others], last[others]) <= _MOST_LIKE
    return others


def _correlation(first: Bytes, last: Bytes) -> Cells:
    one, other = (picture.astype(np.float32) for picture in (first, last))
    scale = one.std(axis=1) * other.std(axis=1)
    one, other = (cells - cells.mean(axis=1, keepdims=True) for cells in (one, other))
    alike: Cells = (one * other).mean(axis=1) / np.maximum(scale, 1e-6)
    return alike


@frozen(kw_only=False)
class _Variance:
    """A variance, per frame, and what it usually is `before` and `behind` each: the median with the two next frames."""

    of: Values
    before: Values
    behind: Values


def _around(variance: Values) -> _Variance:
    padded = np.pad(variance, 2, mode="edge")
    threes = np.sort(np.lib.stride_tricks.sliding_window_view(padded, 3), axis=1)[:, 1]
    return _Variance(variance, threes[:-2], threes[2:])


def _misfit(samples: Samples, variances: Iterable[_Variance], first: Frames, last: Frames) -> Values:
    """How far the frames between `first[i]` and `last[i]` are from a dissolve: how far their variance and that of their
    details are from sagging as they should, their pictures from being mixtures, and their light from going evenly.
    """
    times, luma = samples.times, luma_bytes(samples.features.signature)
    ways = np.arange(1, _STEPS) / _STEPS
    between = nearest(times, times[first, None] + (times[last] - times[first])[:, None] * ways)
    gone = (times[between] - times[first, None]) / (times[last] - times[first])[:, None]
    sags, details = (_sag_misfit(variance, first, last, between, gone) for variance in variances)
    misfit = sags + np.minimum(details, _MOST_DETAIL_MISFIT)
    possible = np.flatnonzero(misfit <= _MOST_MISFIT)
    new = are_new(luma[first[possible]], luma[last[possible]], _LEAST_SHARE)
    misfit[possible[~new]] = np.inf
    for begin in range(0, len(possible[new]), _FEW):
        some = possible[new][begin : begin + _FEW]
        pictures = luma[np.column_stack([first[some], between[some], last[some]])].astype(np.float32)
        weight = np.where(misfit[some] <= _SAGS_CLOSELY, _MIXTURE_THEN, 1.0)
        misfit[some] += weight * _mixture_misfit(pictures, gone[some])
    return misfit


def _sag_misfit(variance: _Variance, first: Frames, last: Frames, between: Frames, gone: Values) -> Values:
    """How far variances are from those of mixtures of two pictures that have nothing in common."""
    before, after = variance.before[first], variance.behind[last]
    mixed = (1 - gone) ** 2 * before[:, None] + gone**2 * after[:, None]
    usual = (before + after) / 2
    return np.asarray(np.abs(variance.of[between] - mixed).mean(axis=1) / np.maximum(usual, 1e-3), np.float64)


def _mixture_misfit(pictures: Cells, gone: Values) -> Values:
    """How far in each row the pictures between the first and the last are from mixtures, those in the middle, and all
    from being as much of the last as they should; not at all where they come no nearer to it.
    """
    origins, directs = pictures[:, :1], pictures[:, -1] - pictures[:, 0]
    behind = pictures[:, 1:-1] - origins
    shares = np.einsum("kpc,kc->kp", behind, directs) / np.einsum("kc,kc->k", directs, directs)[:, None]
    middle = slice(2, -2)
    rests = np.abs(behind[:, middle] - shares[:, middle, None] * directs[:, None]).mean(axis=2)
    misfit = rests.mean(axis=1) / np.abs(directs).mean(axis=1) + np.abs(shares - gone).mean(axis=1)
    quarter = _STEPS // 4
    progress = shares[:, -quarter] - shares[:, quarter - 1]
    return np.asarray(np.where(progress < _LEAST_PROGRESS, np.inf, misfit))


def nearest(times: Values, asked: Values) -> Frames:
    """The frames whose times are nearest to those asked for."""
    after = np.clip(np.searchsorted(times, asked), 1, max(1, len(times) - 1))
    return np.asarray(after - (asked - times[after - 1] < times[np.minimum(after, len(times) - 1)] - asked), np.intp)

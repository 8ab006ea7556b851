"""Where one shot dissolves into the next. Pure numpy.

During a dissolve every frame is a mixture of a picture before it and one after it. Its light goes from the one to the
other in equal steps, and as the two have nothing to do with each other, its variance, and that of its details, sags: a
half of one and a half of the other leave half of what both have on average. Movement does not do that, and whatever
moves in the two shots does not undo it. Source: A. Hanjalic, "Shot-boundary detection: unraveled and resolved?", 2002.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from vxpipe.engine.media.arrays import Floats, Indices, Values
from vxpipe.engine.media.bars import between_bars, without_bars
from vxpipe.engine.media.features import Features, Samples, luma_bytes
from vxpipe.engine.media.transitions import STEPS, Transition, are_new, on_the_way, stretches
from vxpipe.values import frozen

_SPANS = tuple(0.3 * 1.25**step for step in range(13))  # seconds, up to 4.4
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
_FEW = 128  # of all pictures of so many stretches, a megabyte
_PIECE = 8192  # frames looked at together: their light is 8 MB


def find_dissolves(samples: Samples) -> Iterator[Transition]:
    """What looks like a dissolve, of any length; many overlap."""
    features = samples.features
    variances = _around(_light_variance(features)), _around(features.sharpness.astype(np.float64))
    for firsts, lasts in stretches(samples.times, _SPANS):
        misfits = _misfit(samples, variances, firsts, lasts) / _MOST_MISFIT
        for place in np.flatnonzero(misfits <= 1).tolist():
            yield Transition(int(firsts[place]), int(lasts[place]), float(misfits[place]))


def _light_variance(features: Features) -> Values:
    """The variance of the light of each picture, between its bars where there are frames that have some: those stay
    while what is between them dissolves.
    """
    pieces = np.array_split(features.signature, len(features.signature) // _PIECE + 1)
    if all(between_bars(piece, piece).all() for piece in pieces):
        return features.spread.astype(np.float64) ** 2
    pictures = (without_bars(luma_bytes(piece), between_bars(piece, piece)) for piece in pieces)
    return np.concatenate([cells.var(axis=1) for cells in pictures]).astype(np.float64)


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


def _misfit(samples: Samples, variances: Iterable[_Variance], first: Indices, last: Indices) -> Values:
    """How far the frames between `first[i]` and `last[i]` are from a dissolve: how far their variance and that of their
    details are from sagging as they should, their pictures from being mixtures, and their light from going evenly.
    """
    luma = luma_bytes(samples.features.signature)
    between, gone = on_the_way(samples.times, first, last)
    sags, details = (_sag_misfit(variance, first, last, between, gone) for variance in variances)
    misfit = sags + np.minimum(details, _MOST_DETAIL_MISFIT)
    possible = np.flatnonzero(misfit <= _MOST_MISFIT)
    new = are_new(luma[first[possible]], luma[last[possible]], _LEAST_SHARE)
    misfit[possible[~new]] = np.inf
    for begin in range(0, len(possible[new]), _FEW):
        some = possible[new][begin : begin + _FEW]
        pictures = luma[np.column_stack([first[some], between[some], last[some]])].astype(np.float32)
        weight = np.where(misfit[some] <= _SAGS_CLOSELY, _MIXTURE_THEN, 1.0)
        misfit[some] += weight * mixture_misfit(pictures, gone[some])
    return misfit


def _sag_misfit(variance: _Variance, first: Indices, last: Indices, between: Indices, gone: Values) -> Values:
    """How far variances are from those of mixtures of two pictures that have nothing in common."""
    before, after = variance.before[first], variance.behind[last]
    mixed = (1 - gone) ** 2 * before[:, None] + gone**2 * after[:, None]
    usual = (before + after) / 2
    return np.asarray(np.abs(variance.of[between] - mixed).mean(axis=1) / np.maximum(usual, 1e-3), np.float64)


def mixture_misfit(pictures: Floats, gone: Values) -> Values:
    """How far in each row the pictures between the first and the last are from mixtures, those in the middle, and all
    from being as much of the last as they should; not at all where they come no nearer to it.
    """
    origins, directs = pictures[:, :1], pictures[:, -1] - pictures[:, 0]
    behind = pictures[:, 1:-1] - origins
    shares = np.einsum("kpc,kc->kp", behind, directs) / np.einsum("kc,kc->k", directs, directs)[:, None]
    middle = slice(2, -2)
    rests = np.abs(behind[:, middle] - shares[:, middle, None] * directs[:, None]).mean(axis=2)
    misfit = rests.mean(axis=1) / np.abs(directs).mean(axis=1) + np.abs(shares - gone).mean(axis=1)
    quarter = STEPS // 4
    progress = shares[:, -quarter] - shares[:, quarter - 1]
    return np.asarray(np.where(progress < _LEAST_PROGRESS, np.inf, misfit))

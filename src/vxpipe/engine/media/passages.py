"""Where one picture passes into another in whatever way: pushed, zoomed, swept aside. Pure numpy.

Within a shot light and colours go to and fro, or drift. Where they turn to others within a moment, and neither before
nor behind it as far in as long a time, another shot begins. One sign is enough where it is strong, that or a film far
livelier meanwhile than before and behind; else it takes both, or a composition that turns with the colours.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from vxpipe.engine.media.arrays import Bytes, Flags, Indices, Values
from vxpipe.engine.media.features import Features, Samples, luma_bytes
from vxpipe.engine.media.likeness import likeness, palettes, palettes_apart
from vxpipe.engine.media.ordered import quantiles_within
from vxpipe.engine.media.transitions import Transition, are_others, nearest, stretches

_SPANS = tuple(0.3 * 1.25**step for step in range(7))  # seconds, up to 1.1: what takes longer may be a movement
_LEAST_SHARE = 0.55  # of the picture's cells that change
# Of 255, of light and colours; and of 1 - correlation, of composition: how far either must turn, and what is no turn.
_LEAST_TURN, _STEADY = 8.0, 1.0
_LEAST_UNLIKE, _ALIKE = 0.5, 0.05
# How many times as far as before and behind light and colours turn, and how many times as much changes a second. 200 of
# 223 planted passages turn 3 times as far, and so do 58 other moments of as many shots: liveliness tells them apart.
_FAR, _VERY_FAR = 3.0, 8.0
_LIVELIER, _FAR_LIVELIER = 1.2, 4.0
# The same of colours and composition together, as their geometric mean, however much moves all along. Of 2,390 planted
# shots 22 are missed with it and 33 without, and 91 are given twice either way.
_FAR_IN_BOTH, _LEAST_FAR = 2.5, 1.5
_LEAST_OF_FASTEST = 0.17  # of the pace of the fastest frame, in three of four: planted passages have 0.19 and more
_LEAST_PACE = 9.0  # of 255, a second: what counts as nothing that moves

_Apart = Callable[[Indices, Indices], Values]


def find_passages(samples: Samples) -> Iterator[Transition]:
    """What looks like the passage from one picture to another; many overlap."""
    features, times = samples.features, samples.times
    luma = luma_bytes(features.signature)
    pace = samples.paces()
    moved = np.cumsum(pace)
    in_colours, in_composition = partial(_palettes_apart, palettes(features.signature)), partial(_unlike, features)
    for firsts, lasts in stretches(times, _SPANS):
        far = _farther(in_colours, times, firsts, lasts, _LEAST_TURN, _STEADY)
        is_fast = moved[lasts] - moved[firsts] >= _FAR_LIVELIER * _LEAST_PACE * (lasts - firsts)
        sure = np.zeros(len(firsts))
        some = np.flatnonzero((far >= _FAR) | is_fast)
        livelier = _livelier(times, pace, firsts[some], lasts[some])
        both = np.minimum(far[some] / _FAR, livelier / _LIVELIER)
        sure[some] = np.max([far[some] / _VERY_FAR, livelier / _FAR_LIVELIER, both], axis=0)
        some = np.flatnonzero(far >= _LEAST_FAR)
        unlike = _farther(in_composition, times, firsts[some], lasts[some], _LEAST_UNLIKE, _ALIKE)
        in_both = np.sqrt(far[some] * unlike) / _FAR_IN_BOTH
        some, in_both = some[in_both >= 1], in_both[in_both >= 1]
        in_both[~_is_gradual(pace, firsts[some], lasts[some])] = 0.0
        sure[some] = np.maximum(sure[some], in_both)
        first, last = (frames[sure >= 1] for frames in (firsts, lasts))
        new = are_others(luma[first], luma[last], _LEAST_SHARE)
        for found in zip(first[new].tolist(), last[new].tolist(), (1 / sure[sure >= 1][new]).tolist(), strict=True):
            yield Transition(*found)


def _palettes_apart(colours: Bytes, one: Indices, other: Indices) -> Values:
    return palettes_apart(colours[one], colours[other])


def _unlike(features: Features, one: Indices, other: Indices) -> Values:
    return 1 - likeness(features, one, other)


def _farther(apart: _Apart, times: Values, firsts: Indices, lasts: Indices, least: float, steady: float) -> Values:
    """How many times as far as before and behind the pictures `firsts[i]` and `lasts[i]` are apart; 0 where they hardly
    are.
    """
    turn = apart(firsts, lasts)
    farther, turned = np.zeros(len(turn)), np.flatnonzero(turn >= least)
    firsts, lasts = firsts[turned], lasts[turned]
    around = [
        apart(near, nearest(times, times[near] + share * (times[lasts] - times[firsts])))
        for near, shares in ((firsts, (-0.5, -1)), (lasts, (0.5, 1)))
        for share in shares
    ]
    farther[turned] = turn[turned] / (np.max(around, axis=0) + steady)
    return farther


def _is_gradual(pace: Values, firsts: Indices, lasts: Indices) -> Flags:
    """Whether the pictures change all along between two frames: those of a brief shot do where it begins and ends."""
    slow, fast = (quantiles_within(pace, firsts + 1, lasts + 1, share) for share in (0.25, 1.0))
    return np.asarray(slow >= _LEAST_OF_FASTEST * fast, np.bool_)


def _livelier(times: Values, pace: Values, firsts: Indices, lasts: Indices) -> Values:
    """How many times as much changes between two frames as before and behind; a brief glance is no ground to tell."""
    lengths = times[lasts] - times[firsts]
    begins, ends = np.searchsorted(times, times[firsts] - lengths), np.searchsorted(times, times[lasts] + lengths)
    before = quantiles_within(pace, begins + 1, firsts + 1, 0.5)
    behind = quantiles_within(pace, lasts + 1, np.minimum(ends + 1, len(pace)), 0.5)
    between = quantiles_within(pace, firsts + 1, lasts + 1, 0.25)
    return between / (np.maximum(before, behind) + _LEAST_PACE)

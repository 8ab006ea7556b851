"""Where one picture passes into another in whatever way: pushed, zoomed, swept aside. Pure numpy.

Within a shot light and colours go to and fro, or drift. Where they turn to others within a moment, and neither before
nor behind it as far in as long a time, another shot begins. One sign is enough where it is strong, that or a film far
livelier meanwhile than before and behind; else it takes both.
"""

from collections.abc import Iterator

import numpy as np

from vxpipe.engine.media.dissolves import Frames, Transition, Values, are_others, nearest, stretches
from vxpipe.engine.media.features import Bytes, Samples, luma_bytes
from vxpipe.engine.media.likeness import palettes, palettes_apart
from vxpipe.engine.media.ordered import quantiles_within

_SPANS = tuple(0.3 * 1.25**step for step in range(7))  # seconds, up to 1.1: what takes longer may be a movement
_LEAST_TURN = 8.0  # of 255, of light and colours
_LEAST_SHARE = 0.55  # of the picture's cells that change
# How many times as far as before and behind light and colours turn, and how many times as much changes a second. 200 of
# 223 planted passages turn 3 times as far, and so do 58 other moments of as many shots: liveliness tells them apart.
_FAR, _VERY_FAR = 3.0, 8.0
_LIVELIER, _FAR_LIVELIER = 1.2, 4.0
_STEADY, _LEAST_PACE = 1.0, 9.0  # of 255, and a second: what counts as no turn, and as nothing that moves


def find_passages(samples: Samples) -> Iterator[Transition]:
    """What looks like the passage from one picture to another; many overlap."""
    signature, times = samples.features.signature, samples.times
    colours, luma = palettes(signature), luma_bytes(signature)
    pace = samples.features.change / np.maximum(np.diff(times, prepend=times[:1]), 1e-3)
    moved = np.cumsum(pace)
    for firsts, lasts in stretches(times, _SPANS):
        farther = _farther(colours, times, firsts, lasts)
        is_fast = moved[lasts] - moved[firsts] >= _FAR_LIVELIER * _LEAST_PACE * (lasts - firsts)
        places = np.flatnonzero((farther >= _FAR) | is_fast)
        far, livelier = farther[places], _livelier(times, pace, firsts[places], lasts[places])
        both = np.minimum(far / _FAR, livelier / _LIVELIER)
        sure = np.max([far / _VERY_FAR, livelier / _FAR_LIVELIER, both], axis=0)
        first, last = (frames[places[sure >= 1]] for frames in (firsts, lasts))
        new = are_others(luma[first], luma[last], _LEAST_SHARE)
        for found in zip(first[new].tolist(), last[new].tolist(), (1 / sure[sure >= 1][new]).tolist(), strict=True):
            yield Transition(*found)


def _farther(colours: Bytes, times: Values, firsts: Frames, lasts: Frames) -> Values:
    """How many times as far as before and behind the light and the colours turn between `firsts[i]` and `lasts[i]`."""
    turn = palettes_apart(colours[firsts], colours[lasts])
    farther, turned = np.zeros(len(turn)), np.flatnonzero(turn >= _LEAST_TURN)
    firsts, lasts = firsts[turned], lasts[turned]
    around = [
        palettes_apart(colours[near], colours[nearest(times, times[near] + share * (times[lasts] - times[firsts]))])
        for near, shares in ((firsts, (-0.5, -1)), (lasts, (0.5, 1)))
        for share in shares
    ]
    farther[turned] = turn[turned] / (np.max(around, axis=0) + _STEADY)
    return farther


def _livelier(times: Values, pace: Values, firsts: Frames, lasts: Frames) -> Values:
    """How many times as much changes between two frames as before and behind; a brief glance is no ground to tell."""
    lengths = times[lasts] - times[firsts]
    begins, ends = np.searchsorted(times, times[firsts] - lengths), np.searchsorted(times, times[lasts] + lengths)
    before = quantiles_within(pace, begins + 1, firsts + 1, 0.5)
    behind = quantiles_within(pace, lasts + 1, np.minimum(ends + 1, len(pace)), 0.5)
    between = quantiles_within(pace, firsts + 1, lasts + 1, 0.25)
    return between / (np.maximum(before, behind) + _LEAST_PACE)

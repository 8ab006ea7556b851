"""Where one picture passes into another in whatever way: pushed, zoomed, swept aside. Pure numpy.

Within a shot light and colours go to and fro, or drift. Where they turn to others within a moment, and neither before
nor behind it as far in as long a time, another shot begins. One sign is enough where it is strong, that or a film far
livelier meanwhile than before and behind; else it takes both.
"""

from collections.abc import Iterator

import numpy as np

from vxpipe.engine.media.dissolves import Frames, Transition, Values, are_others, nearest, stretches
from vxpipe.engine.media.features import Bytes, Samples, luma_cells
from vxpipe.engine.media.likeness import palettes, palettes_apart
from vxpipe.engine.media.ordered import quantile

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
    colours = palettes(signature)
    pace = samples.features.change / np.maximum(np.diff(times, prepend=times[:1]), 1e-3)
    moved = np.cumsum(pace)
    for firsts, lasts in stretches(times, _SPANS):
        farther = _farther(colours, times, firsts, lasts)
        is_fast = moved[lasts] - moved[firsts] >= _FAR_LIVELIER * _LEAST_PACE * (lasts - firsts)
        places = np.flatnonzero((farther >= _FAR) | is_fast)
        before, after = (luma_cells(signature[frames[places]]) for frames in (firsts, lasts))
        for place in places[are_others(before, after, _LEAST_SHARE)].tolist():
            far, livelier = float(farther[place]), _livelier(times, pace, firsts[place], lasts[place])
            sure = max(far / _VERY_FAR, livelier / _FAR_LIVELIER, min(far / _FAR, livelier / _LIVELIER))
            if sure >= 1:
                yield Transition(int(firsts[place]), int(lasts[place]), 1 / sure)


def _farther(colours: Bytes, times: Values, firsts: Frames, lasts: Frames) -> Values:
    """How many times as far as before and behind the light and the colours turn between `firsts[i]` and `lasts[i]`."""
    sides = (
        (near, nearest(times, times[near] + share * (times[lasts] - times[firsts])))
        for near, shares in ((firsts, (-0.5, -1)), (lasts, (0.5, 1)))
        for share in shares
    )
    turn, *around = (palettes_apart(colours[one], colours[other]) for one, other in ((firsts, lasts), *sides))
    return np.where(turn >= _LEAST_TURN, turn / (np.max(around, axis=0) + _STEADY), 0.0)


def _livelier(times: Values, pace: Values, first: int, last: int) -> float:
    """How many times as much changes between two frames as before and behind; a brief glance is no ground to tell."""
    length = times[last] - times[first]
    begin, end = np.searchsorted(times, [times[first] - length, times[last] + length])
    before, behind = pace[begin + 1 : first + 1], pace[last + 1 : end + 1]
    calm = [quantile(side, 0.5) for side in (before, behind) if len(side)]
    return quantile(pace[first + 1 : last + 1], 0.25) / (max(calm, default=0.0) + _LEAST_PACE)

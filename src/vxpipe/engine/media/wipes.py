"""Where one shot is wiped away by the next. Pure numpy.

During a wipe each part of the picture is of the one shot or of the other, evenly more of them of the other.
"""

from collections.abc import Iterator

import numpy as np

from vxpipe.engine.media.arrays import Floats
from vxpipe.engine.media.features import Samples, bytes_apart, luma_bytes, mean_of
from vxpipe.engine.media.ordered import quantiles_within
from vxpipe.engine.media.transitions import LEAST_CHANGE, Transition, are_new, steps_of, stretches

_SPANS = tuple(0.3 * 1.25**step for step in range(7))  # seconds, up to 1.1: what takes longer may be a movement
_MOST_STEP = 0.6  # of the whole change, in one frame: more is a cut
_LEAST_SHARE = 0.7  # of the picture's cells that change
_MOST_DETOUR = 2.0  # light goes this much further, frame by frame, than the direct way: movement lets it wander
# How far each part is from the nearer one of both pictures, over the change, and how far from an even progress.
_MOST_MISFIT = 0.2
_PLAIN_CHANGE = 0.5  # of the mean change: parts that change less do not tell which picture they are of


def find_wipes(samples: Samples) -> Iterator[Transition]:
    """What looks like a wipe; many overlap."""
    luma = luma_bytes(samples.features.signature)
    steps = steps_of(luma)
    gone = np.cumsum(steps)
    for firsts, lasts in stretches(samples.times, _SPANS):
        direct = mean_of(bytes_apart(luma[firsts], luma[lasts]))
        is_straight = gone[lasts] - gone[firsts] <= _MOST_DETOUR * direct
        possible = np.flatnonzero((direct >= LEAST_CHANGE) & is_straight)
        largest = quantiles_within(steps, firsts[possible] + 1, lasts[possible] + 1, 1.0)
        possible = possible[largest <= _MOST_STEP * direct[possible]]
        new = possible[are_new(luma[firsts[possible]], luma[lasts[possible]], _LEAST_SHARE)]
        for first, last in zip(firsts[new].tolist(), lasts[new].tolist(), strict=True):
            misfit = _misfit(luma[first : last + 1].astype(np.float32)) / _MOST_MISFIT
            if misfit <= 1:
                yield Transition(first, last, misfit)


def _misfit(cells: Floats) -> float:
    """How far the pictures are from being made of parts of the first and the last, evenly more of the last."""
    apart = np.abs(cells[-1] - cells[0])
    behind, ahead = np.abs(cells - cells[0]), np.abs(cells - cells[-1])
    turned = (ahead < behind)[:, apart > _PLAIN_CHANGE * apart.mean()]
    quarter = len(cells) // 4
    rest = np.minimum(behind, ahead)[quarter : len(cells) - quarter].mean() / apart.mean()
    uneven = np.abs(turned.mean(axis=1) - np.linspace(0, 1, len(cells))).mean()
    return float(rest + uneven)

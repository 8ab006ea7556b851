"""Where one shot is wiped, pushed or zoomed away by the next. Pure numpy.

During a wipe each part of the picture is of the one shot or of the other, and changes sides once. Where a shot is
pushed away, everything moves: for a moment far more changes than before and after, and then all is another picture.
"""

from collections.abc import Iterator

import numpy as np

from vxpipe.engine.media.dissolves import LEAST_CHANGE, Cells, Frames, Transition, Values, are_new, stretches
from vxpipe.engine.media.features import Samples, luma_cells

_SPANS = tuple(0.3 * 1.25**step for step in range(7))  # seconds, up to 1.1: what takes longer may be a movement
_BESIDE_SECONDS = 0.6  # of film on either side, three frames at least, tell how lively it is
_LEAST_BESIDE = 3
_MOST_STEP = 0.6  # of the whole change, in one frame: more is a cut
_LEAST_SHARE = 0.7  # of the picture's cells that change
_MOST_DETOUR = 2.0  # light goes this much further, frame by frame, than the direct way: movement lets it wander
# How far each part is from the nearer one of both pictures, over the change, and how far from an even progress.
_MOST_MISFIT = 0.2
# How often a part changes sides: in wipes 1 to 1.3 times, in movement 1 to 6.
_MOST_TURNS = 1.3
_PLAIN_CHANGE = 0.5  # of the mean change: parts that change less do not tell which picture they are of
# What changes in the calmest quarter of the frames, over the usual before and after: of nine pushes half had 14 and
# more; of other stretches one in twenty had more than 2.2, many of those with a flash.
_LIVELIER = 4.0
_LEAST_PACE = 9.0  # of 255 a second


def find_wipes(samples: Samples) -> Iterator[Transition]:
    """What looks like a wipe or a push; many overlap."""
    seconds_before = np.diff(samples.times, prepend=samples.times[:1])
    pace = samples.features.change / np.maximum(seconds_before, 1e-3)
    for firsts, lasts in stretches(samples.times, _SPANS):
        yield from _among(samples, pace, firsts, lasts)


def _among(samples: Samples, pace: Values, firsts: Frames, lasts: Frames) -> Iterator[Transition]:
    """Those of the stretches from `firsts[i]` to `lasts[i]` that look like a wipe or a push."""
    origin = firsts[0]
    cells = luma_cells(samples.features.signature[origin : lasts[-1] + 1])
    gone, paced = (np.append(0.0, np.cumsum(way)) for way in (_steps(cells), pace[origin + 1 : lasts[-1] + 1]))
    begin, end = firsts - origin, lasts - origin
    direct = np.abs(cells[end] - cells[begin]).mean(axis=1)
    is_straight = gone[end] - gone[begin] <= _MOST_DETOUR * direct
    is_fast = (paced[end] - paced[begin]) / (end - begin) >= _LIVELIER * _LEAST_PACE
    possible = np.flatnonzero((direct >= LEAST_CHANGE) & (is_straight | is_fast))
    for place in possible[are_new(cells[begin[possible]], cells[end[possible]], _LEAST_SHARE)]:
        seen, steps = (values[begin[place] : end[place] + 1] for values in (cells, gone))
        if np.diff(steps).max() > _MOST_STEP * direct[place]:
            continue
        first, last = int(firsts[place]), int(lasts[place])
        misfits = [
            _wipe_misfit(seen) if is_straight[place] else 2.0,
            _push_misfit(samples.times, pace, first, last) if is_fast[place] else 2.0,
        ]
        if min(misfits) <= 1:
            yield Transition(first, last, min(misfits))


def _steps(cells: Cells) -> Values:
    return np.asarray(np.abs(np.diff(cells, axis=0)).mean(axis=1), np.float64)


def _wipe_misfit(cells: Cells) -> float:
    """How far the pictures are from being made of parts of the first and the last, evenly more of the last."""
    apart = np.abs(cells[-1] - cells[0])
    behind, ahead = np.abs(cells - cells[0]), np.abs(cells - cells[-1])
    turned = (ahead < behind)[:, apart > _PLAIN_CHANGE * apart.mean()]
    if np.diff(turned, axis=0).sum(axis=0).mean() > _MOST_TURNS:
        return 2.0
    quarter = len(cells) // 4
    rest = np.minimum(behind, ahead)[quarter : len(cells) - quarter].mean() / apart.mean()
    uneven = np.abs(turned.mean(axis=1) - np.linspace(0, 1, len(cells))).mean()
    return float(rest + uneven) / _MOST_MISFIT


def _push_misfit(times: Values, pace: Values, first: int, last: int) -> float:
    """The usual change before and after, over that in the calmest quarter of the frames."""
    begin, end = np.searchsorted(times, [times[first] - _BESIDE_SECONDS, times[last] + _BESIDE_SECONDS])
    sides = (pace[begin : first + 1], pace[last + 2 : end])
    if min(len(side) for side in sides) < _LEAST_BESIDE:
        return 2.0
    calmest = max(float(np.quantile(pace[first + 1 : last + 1], 0.25)), 0.1)
    return _LIVELIER * max(_LEAST_PACE, *(float(np.median(side)) for side in sides)) / calmest

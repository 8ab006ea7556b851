"""Where one shot fades out and the next one in, and how long a shot takes to appear or to vanish. Pure numpy."""

import numpy as np

from vxpipe.engine.media.arrays import Bytes, Flags, Floats, Values
from vxpipe.engine.media.features import Features, luma_bytes

_AHEAD_SECONDS = 0.3  # within which contrast grows
_GROWTH = 1.05  # so many times: a fade of four seconds does so until its end, one of one second until 95 % of it
# Of the contrast at its end: planted fades begin with up to 0.5, pictures that but move with 0.57 and more.
_FROM = 0.53

_FADE_SECONDS = 0.6  # from a picture to the bottom of its fade
_BOTTOM = 0.2  # of the range of the pictures on both sides (planted fades of 0.24 to 1 s: 0.02 to 0.17)
_BLACK, _WHITE = 45, 205  # mean luma between which nothing has faded
_FEW = 0.1  # of the picture's cells at either end of its light: what subtitles and lower thirds cover
_PLAIN = 12  # of 255: what the others range less is no picture that could fade
_LONGEST_STEP = 0.6  # in one frame, of the way to the bottom: in planted fades up to 0.33, where a cut leads there 1
_MOMENT = 0.2  # seconds before and behind the bottom


def fade_bottoms(features: Features, times: Values, bridged: Flags) -> Flags:
    """The frames at which one fade ends and another begins: of a short one none is quite black, or white.

    Where a subtitle stands none ever is: there all but a few places fade. What lies before a `bridged` frame was not
    seen: there the last frame that was tells from what it faded.
    """
    begins = np.searchsorted(times, times - _FADE_SECONDS)
    begins[bridged] = np.minimum(begins, np.arange(len(times)) - 1)[bridged]
    ends = np.searchsorted(times, times + _FADE_SECONDS, side="right")
    found = np.zeros(len(times), np.bool_)
    for place in np.flatnonzero((features.luma < _BLACK) | (features.luma > _WHITE)).tolist():
        around, here = slice(begins[place], ends[place]), place - int(begins[place])
        if _is_lowest(features.contour[around], here) and _is_deep(features.contour[around], here):
            found[place] = True
        elif _is_lowest(features.spread[around], here):
            found[place] = _fades_to(_range_of_most(features.signature[around]), times[around], here)
    return found


def _is_lowest(values: Floats, here: int) -> bool:
    before, after = values[:here], values[here + 1 :]
    return bool(len(before) and len(after) and values[here] < before.min() and values[here] <= after.min())


def _is_deep(values: Floats, here: int) -> bool:
    return bool(values[here] <= _BOTTOM * _rim(values, here))


def _fades_to(values: Floats, times: Values, here: int) -> bool:
    """Whether what is deep here comes and goes step by step: to a dark shot a cut leads."""
    begin, end = np.searchsorted(times, [times[here] - _MOMENT, times[here] + _MOMENT], side="right")
    rim, steps = _rim(values, here), np.abs(np.diff(values[min(begin, here - 1) : max(end, here + 2)]))
    return rim >= _PLAIN and _is_deep(values, here) and bool(steps.max() <= _LONGEST_STEP * rim)


def _rim(values: Floats, here: int) -> float:
    """What is reached on both sides."""
    return float(min(values[:here].max(initial=0), values[here + 1 :].max(initial=0)))


def _range_of_most(signatures: Bytes) -> Floats:
    """The range of each picture's luma but for the few lightest and darkest cells."""
    cells = np.sort(luma_bytes(signatures), axis=1)
    few = int(_FEW * cells.shape[1])
    return cells[:, -few - 1].astype(np.float32) - cells[:, few]


def fade_in(spread: Floats, times: Values) -> int:
    """How many frames at the beginning gain contrast steadily: in a fade the standard deviation grows as the light."""
    ahead = np.minimum(np.searchsorted(times, times + _AHEAD_SECONDS), len(times) - 1)
    settled = int(np.flatnonzero(spread[ahead] <= _GROWTH * spread)[0])
    return settled + 1 if spread[0] <= _FROM * spread[settled] and settled else 0


def fade_out(spread: Floats, times: Values) -> int:
    """How many frames at the end lose contrast steadily."""
    return fade_in(spread[::-1], -times[::-1])

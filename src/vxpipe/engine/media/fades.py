"""Where one shot fades out and the next one in, and how long a shot takes to appear or to vanish. Pure numpy."""

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

_AHEAD_SECONDS = 0.3  # within which contrast grows
_GROWTH = 1.05  # so many times: a fade of four seconds does so until its end, one of one second until 95 % of it

_FADE_SECONDS = 0.6  # from a picture to the bottom of its fade
_BOTTOM = 0.2  # of the range of the pictures on both sides (planted fades of 0.24 to 1 s: 0.02 to 0.17)
_BLACK, _WHITE = 45, 205  # mean luma between which nothing has faded


def fade_bottoms(contour: NDArray[np.float32], luma: NDArray[np.float32], times: NDArray[np.float64]) -> Flags:
    """The frames at which one fade ends and another begins: of a short one none is quite black, or white."""
    begins = np.searchsorted(times, times - _FADE_SECONDS)
    ends = np.searchsorted(times, times + _FADE_SECONDS, side="right")
    found = np.zeros(len(times), np.bool_)
    for place in np.flatnonzero((luma < _BLACK) | (luma > _WHITE)).tolist():
        before, after = contour[begins[place] : place], contour[place + 1 : ends[place]]
        if len(before) and len(after):
            is_lowest = contour[place] < before.min() and contour[place] <= after.min()
            found[place] = is_lowest and contour[place] <= _BOTTOM * min(before.max(), after.max())
    return found


def fade_in(spread: NDArray[np.float32], times: NDArray[np.float64]) -> int:
    """How many frames at the beginning gain contrast steadily: in a fade the standard deviation grows as the light."""
    ahead = np.minimum(np.searchsorted(times, times + _AHEAD_SECONDS), len(times) - 1)
    grown = np.flatnonzero(spread[ahead] <= _GROWTH * spread)
    return int(grown[0]) + 1 if grown[0] else 0


def fade_out(spread: NDArray[np.float32], times: NDArray[np.float64]) -> int:
    """How many frames at the end lose contrast steadily."""
    return fade_in(spread[::-1], -times[::-1])

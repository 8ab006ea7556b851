"""How long a shot takes to appear out of a flat colour, or to vanish into it. Pure numpy."""

import numpy as np
from numpy.typing import NDArray

_AHEAD_SECONDS = 0.3  # within which contrast grows
_GROWTH = 1.05  # so many times: a fade of four seconds does so until its end, one of one second until 95 % of it


def fade_in(spread: NDArray[np.float32], times: NDArray[np.float64]) -> int:
    """How many frames at the beginning gain contrast steadily: in a fade the standard deviation grows as the light."""
    ahead = np.minimum(np.searchsorted(times, times + _AHEAD_SECONDS), len(times) - 1)
    grown = np.flatnonzero(spread[ahead] <= _GROWTH * spread)
    return int(grown[0]) + 1 if grown[0] else 0


def fade_out(spread: NDArray[np.float32], times: NDArray[np.float64]) -> int:
    """How many frames at the end lose contrast steadily."""
    return fade_in(spread[::-1], -times[::-1])

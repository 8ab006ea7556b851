"""Which frames stand for moments of a film. Pure numpy.

All take the `times` at which frames begin: seconds, rising from 0.
"""

import numpy as np

from vxpipe.engine.media.arrays import Indices, Values

SOONEST = 0.0005
"""Seconds by which a moment may fall short of the time of a frame and still name it."""
NEAR = 0.1
"""Of a part: how far from its middle a frame may lie and still stand for it."""


def on_screen(times: Values, moments: Values) -> Indices:
    """The frame on screen at each moment: the last that begins no later, the first one before that."""
    return np.maximum(np.searchsorted(times, moments + SOONEST, side="right") - 1, 0)


def at_intervals(times: Values, every: float, end: float) -> Indices:
    """The frames on screen at a multiple of `every`, the last one until `end`.

    Asked of every frame, not of every multiple: a file may claim any span of time between two of its frames.
    """
    first = np.ceil((times - SOONEST) / every)
    last = max(np.floor(times[-1] / every + 1e-6) + 1, np.ceil((end - SOONEST) / every))
    past = np.append((times[1:] - SOONEST) / every, last)
    return np.flatnonzero(first < past)


def equal_parts(times: Values, end: float, count: int) -> list[slice]:
    """The frames of so many parts that last as long as each other, with one frame each at least; there are as many
    frames as that.
    """
    begins = np.searchsorted(times, np.arange(count) * end / count)
    parts = np.arange(count)
    begins = np.maximum.accumulate(begins - parts) + parts  # one further each
    begins = np.minimum(begins, len(times) - count + parts)
    return [slice(int(begin), int(after)) for begin, after in zip(begins, [*begins[1:], len(times)], strict=True)]


def middle_of(times: Values, part: slice, number: int, seconds: float) -> int:
    """Which frame of a part shows its middle: the nearest; where none is near, the one on screen then.

    All parts last so many seconds, and `number` counts them from 0. Not all of its frames need be among the `times`.
    """
    inside, middle, first = times[part], (number + 0.5) * seconds, int(part.start)
    nearest = int(np.argmin(np.abs(inside - middle)))
    if abs(inside[nearest] - middle) <= NEAR * seconds:
        return first + nearest
    return first + int(on_screen(inside, np.array([middle]))[0])

"""What order tells of values: each once, which are among others, an even choice, the middle, the largest. Pure numpy.

To see whether they were given masked arrays, numpy's own load those: 10 ms of processor time.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.arrays import Indices, Values

_Number = TypeVar("_Number", bound=np.number)
_Float = TypeVar("_Float", bound=np.floating)
_Value = TypeVar("_Value", bound=np.generic)

_MANY = 5000
_MOST_GATHERED = 1 << 18  # values


def distinct(values: NDArray[_Number]) -> NDArray[_Number]:
    """Each of the values once, rising."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def among(values: NDArray[_Number], others: NDArray[_Number]) -> NDArray[np.bool_]:
    """Which of the values are among the others."""
    ordered = np.sort(others)
    if not len(ordered):
        return np.zeros(values.shape, np.bool_)
    nearest = ordered[np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)]
    return np.asarray(nearest == values, np.bool_)


def evenly(values: NDArray[_Value], count: int) -> NDArray[_Value]:
    """`count` of the values at most, evenly spread."""
    spread: NDArray[_Value] = values[np.linspace(0, len(values) - 1, min(count, len(values))).round().astype(np.intp)]
    return spread


def median(values: NDArray[Any] | Sequence[float]) -> float:
    """The middle one of the values, or the mean of the middle two; NaN of none, and where one is NaN."""
    return quantile(values, 0.5)


def quantile(values: NDArray[Any] | Sequence[float], share: float) -> float:
    """What so large a share of the values lies below, between the nearest two of them; NaN as of `median`."""
    flat = np.ravel(values)
    if not len(flat):
        return float("nan")
    place = share * (len(flat) - 1)
    below = int(place)
    above = min(below + 1, len(flat) - 1)
    # Of a few values, which is asked for thousands of times, sorting takes half as long.
    parted = np.sort(flat) if len(flat) < _MANY else np.partition(flat, (below, above, -1))
    here, beyond, last = float(parted[below]), float(parted[above]), float(parted[-1])
    return here + (beyond - here) * (place - below) if last == last else last


def quantiles_within(values: Values, begins: Indices, ends: Indices, share: float) -> Values:
    """The `quantile` of each `values[begins[i]:ends[i]]`; 0 of none."""
    found = np.zeros(len(begins))
    lengths = ends - begins
    for length in distinct(lengths[lengths > 0]).tolist():
        alike, at_once = np.flatnonzero(lengths == length), max(1, _MOST_GATHERED // length)
        place = share * (length - 1)
        below, above = int(place), min(int(place) + 1, length - 1)
        for part in (alike[first : first + at_once] for first in range(0, len(alike), at_once)):
            parted = np.sort(values[begins[part, None] + np.arange(length)], axis=1)
            found[part] = parted[:, below] + (parted[:, above] - parted[:, below]) * (place - below)
    return found


def largest_within(values: NDArray[_Float], begins: Indices, ends: Indices) -> NDArray[_Float]:
    """The largest of each `values[begins[i]:ends[i]]`, of which none is below 0; 0 of none.

    Whatever its length, a run is covered by two that are as long as the next lower power of two.
    """
    found, lengths = np.zeros(len(begins), values.dtype), ends - begins
    largest, length = values, 1  # the largest of each `length` values in a row
    while (lengths >= length).any():
        now = (lengths >= length) & (lengths < 2 * length)
        found[now] = np.maximum(largest[begins[now]], largest[ends[now] - length])
        largest, length = np.maximum(largest[:-length], largest[length:]), 2 * length
    return found

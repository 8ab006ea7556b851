"""Where shots begin and end. Pure numpy.

A cut is a frame that differs far more from the one before than its neighbours do, and whose composition is another.
A shot is what lies between two cuts; blank frames (one flat colour) belong to no shot and separate shots as cuts do.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.features import Features, Samples, luma_cells

Flags = NDArray[np.bool_]
Scores = NDArray[np.float64]
_T = TypeVar("_T", bound=np.generic)

_NEIGHBOURS = 8  # frames on either side whose median change is the film's present liveliness
_LIVELINESS = 4.0  # a cut changes more than this many times as much
_LEAST_CHANGE = (2.5, 6.0)  # of 255; the lower bound is for dark or low-contrast pictures
_UNLIKE = 0.5  # 1 - correlation at which composition neither speaks for a cut nor against it
_WEIGHT = (0.2, 2.2)  # bounds of what composition may do to the score
_PEAK_FRAMES = 2
_FLAT_CONTOUR = 8.0
_NORMAL_THRESHOLD = 0.3


@dataclass(frozen=True, slots=True)
class Shot:
    """A run of frames from `first` to `last` (both belong to it). `score` (0..1) tells how sure the cut before it is."""

    first: int
    last: int
    score: float
    blank: bool = False

    def __len__(self) -> int:
        return self.last - self.first + 1


def blank_frames(features: Features) -> Flags:
    """Which frames are one flat colour. A faint gradient is a picture."""
    return features.contour < _FLAT_CONTOUR


def cut_scores(features: Features) -> Scores:
    """Per frame how sure it is that a shot begins there, 0..1; 0.3 is where the normal limits lie."""
    change = features.change.astype(np.float64)
    low, high = _LEAST_CHANGE
    spread = features.spread.astype(np.float64)
    least = np.clip(0.5 * np.maximum(spread, _before(spread)), low, high)
    usual = _LIVELINESS * (_median_around(change) + 0.5)
    excess = np.minimum(change / least, change / usual) * _composition_weight(features)
    excess[:1] = 0
    return squashed(excess)


def squashed(excess: Scores) -> Scores:
    """Excess over the normal limit (1 = just on it) as a score 0..1 that is 0.3 just on it."""
    scaled = excess * _NORMAL_THRESHOLD / (1 - _NORMAL_THRESHOLD)
    return scaled / (1 + scaled)


def find_shots(samples: Samples, threshold: float) -> tuple[Shot, ...]:
    """The shots and the blank runs of a film, in order, covering every frame."""
    scores = cut_scores(samples.features)
    blank = blank_frames(samples.features)
    turns = (blank != _before(blank)) | _is_cut(scores, threshold)
    turns[0] = True
    firsts = np.flatnonzero(turns)
    lasts = np.append(firsts[1:] - 1, len(samples) - 1)
    # The film's first frame needs no cut; a shot after a blank run is as sure as a cut can be.
    sure = np.where(blank != _before(blank), 1.0, scores)
    sure[0] = 1.0
    return tuple(
        Shot(int(first), int(last), float(sure[first]), bool(blank[first]))
        for first, last in zip(firsts, lasts, strict=True)
    )


def likeness(features: Features, one: NDArray[np.intp], other: NDArray[np.intp]) -> Scores:
    """Correlation (-1..1) of the 16x16 luma of frames `one[i]` and `other[i]`; 0 where one of them is flat."""
    first, second = (_centred(luma_cells(features.signature[index])) for index in (one, other))
    scale = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    return np.where(scale > 256 * 4, (first * second).sum(axis=1) / np.maximum(scale, 1), 0.0)


def _composition_weight(features: Features) -> Scores:
    frames = np.arange(len(features.change))
    unlike = 1 - likeness(features, np.maximum(frames - 1, 0), frames)
    return np.clip((unlike / _UNLIKE) ** 2, *_WEIGHT)


def _is_cut(scores: Scores, threshold: float) -> Flags:
    """At or above the threshold, and the highest within two frames (the first of equals)."""
    padded = np.pad(scores, _PEAK_FRAMES)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _PEAK_FRAMES + 1)
    first_peak = np.argmax(around, axis=1) == _PEAK_FRAMES
    return (scores >= threshold) & (scores > 0) & first_peak


def _median_around(values: Scores) -> Scores:
    """The median of the neighbours of each value, itself left out; at the ends fewer neighbours count."""
    padded = np.pad(values, _NEIGHBOURS, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEIGHBOURS + 1).copy()
    around[:, _NEIGHBOURS] = np.nan
    around[:, 0] = np.where(np.isnan(around).all(axis=1), 0.0, around[:, 0])
    return np.asarray(np.nanmedian(around, axis=1), np.float64)


def _before(values: NDArray[_T]) -> NDArray[_T]:
    return np.concatenate([values[:1], values[:-1]])


def _centred(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    return cells - cells.mean(axis=1, keepdims=True)

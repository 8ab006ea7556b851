"""How sure each frame begins a new shot. Pure numpy.

A cut is a frame that differs far more from the one before than its neighbours do, and whose composition is another.
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.arrays import Flags, Indices, Values
from vxpipe.engine.media.features import Features, Samples, chroma_cells
from vxpipe.engine.media.likeness import (
    common_picture,
    is_turned,
    likeness,
    likeness_in_window,
    palette_distance,
    share_between_bars,
    share_in_window,
    structural_likeness,
)
from vxpipe.engine.media.new_pages import SURER_UNSEEN, new_pages

_T = TypeVar("_T", bound=np.generic)

_NEIGHBOURS = 8  # frames on either side whose median change is the film's present liveliness,
_NEIGHBOUR_SECONDS = 1.1  # but for those further away
_LIVELINESS = 4.0  # a cut changes more than this many times as much
_NOTHING = 0.5  # of 255: what counts as nothing that changes from one frame to the next
_OF_SPREAD = 0.5  # of the contrast of the two pictures a cut changes as much at least,
_LEAST_CHANGE = (2.5, 6.0)  # within these bounds, of 255; the lower one is for dark or low-contrast pictures
_UNLIKE = 0.5  # 1 - correlation at which composition neither speaks for a cut nor against it
_OTHER_TINT = 40.0  # of 255: a change of colour that counts like another composition
_OTHER_PALETTE = 7.0  # of 255: light and colours of frames seconds apart: of one shot up to 13, of two 6 to 60
_ONE_PALETTE = 16.0  # the same: more is no turn of a camera (turned and pushed ones 0.2 to 13, photographs 18 to 43)
# So many times what light and colours change in any frame around, in film that moves fast: cuts 2.9 and more, anything
# else 1.5 at most where its composition changes, flashes 1.
_LONE_PALETTE = 2.0
_WEIGHT = (0.05, 2.2)  # bounds of what composition may do to the score
_RELATED = 0.06  # 1 - correlation: up to here only the light has changed
_LONE = 4.0  # times the largest change in any of so many frames on either side: a jump
_LONE_FRAMES = 3
# A cut is the surest of so many frames on either side, and no further off: of few frames a second each may be a shot.
_PEAK_FRAMES, _PEAK_SECONDS = 2, 0.2
_PIECE = 8192  # frames looked at together: hours of film at once would take a gigabyte
NORMAL_THRESHOLD = 0.3
"""How sure a cut is that lies just on the normal limits."""


def cut_scores(samples: Samples) -> tuple[Values, Flags]:
    """Per frame how sure it is that a shot begins there, 0..1 (0.3 is where the normal limits lie); and whether light
    and colours alone tell so.

    What lies before a `bridged` frame was not seen, nor how lively the film is there: it begins a shot if its light and
    colours are others than those of the last frame seen, and its composition wherever the camera turned meanwhile.
    """
    features, bridged = samples.features, marked(samples, samples.bridged)
    unlike, turned = _unlike(features, bridged), _turned(features, bridged)
    by_change = _by_change(samples, bridged, turned) * _composition_weight(features, bridged, unlike)
    by_light = _by_light(features, bridged, unlike)
    excess = np.max([by_change, by_light, new_pages(samples, bridged, turned)], axis=0)
    unseen_between = np.diff(samples.places, prepend=samples.places[:1]) > 1
    excess /= np.where(unseen_between & ~bridged, SURER_UNSEEN, 1.0)
    excess[:1] = 0
    return squashed(excess), by_light >= 1


def squashed(excess: Values) -> Values:
    """Excess over the normal limit (1 = just on it) as a score 0..1 that is 0.3 just on it."""
    scaled = excess * NORMAL_THRESHOLD / (1 - NORMAL_THRESHOLD)
    return np.asarray(scaled / (1 + scaled), np.float64)


def peaks(scores: Values, times: Values) -> Flags:
    """Which scores are the highest within two frames and a moment (the first of equals)."""
    return _piecewise(_is_peak, scores, times)


def marked(samples: Samples, flags: Flags | None) -> Flags:
    """The flags of the samples; none is set where nobody told."""
    return np.zeros(len(samples), np.bool_) if flags is None else flags


def before(values: NDArray[_T]) -> NDArray[_T]:
    """For each frame the value of the one before it; the first has its own."""
    return np.concatenate([values[:1], values[:-1]])


def _by_change(samples: Samples, bridged: Flags, turned: Flags) -> Values:
    """How many times as much changes in each frame as may in one that begins no shot, in a film as lively as there.

    How lively it is where frames were not seen nobody knows: there light and colours must be others as well.
    """
    features, places = samples.features, np.flatnonzero(bridged)
    change = features.change / _from_before(share_between_bars, features)
    spread = features.spread.astype(np.float64)
    usual = _piecewise(_median_around, np.where(bridged, np.nan, change), samples.times)
    least = np.clip(_OF_SPREAD * np.maximum(spread, before(spread)), *_LEAST_CHANGE)
    excess = change / np.maximum(least, _LIVELINESS * (usual + _NOTHING))
    others = _from_before(palette_distance, features, places) / _OTHER_PALETTE
    inside, between = (_from_before(rule, features, places) for rule in (share_in_window, share_between_bars))
    others *= between / np.minimum(inside, between)
    excess[places] = np.where(turned[places], 0.0, np.minimum(change[places] / least[places], others))
    return excess


def _turned(features: Features, bridged: Flags) -> Flags:
    """Before which of the `bridged` frames the camera turned; shifted, two photographs may be alike by chance."""
    places, turned = np.flatnonzero(bridged), np.zeros(len(bridged), np.bool_)
    is_one = _from_before(palette_distance, features, places) <= _ONE_PALETTE
    turned[places] = _from_before(is_turned, features, places) & is_one
    return turned


def _by_light(features: Features, bridged: Flags, unlike: Values) -> Values:
    """How sure each frame is of another shot by its light and colours alone: they jump, and the composition is another.

    However fast things move, hardly any light comes or goes from one frame to the next.
    """
    palette = np.where(bridged, 0.0, _from_before(palette_distance, features))
    jump = np.minimum(palette / _OTHER_PALETTE, _loneliness(palette) / _LONE_PALETTE)
    return np.asarray(jump * np.clip(unlike / _UNLIKE, 0, 1) ** 2, np.float64)


def _unlike(features: Features, bridged: Flags) -> Values:
    """1 - correlation of each frame and the one before; of a `bridged` one in the window in which alone they differ."""
    alike = _from_before(likeness if common_picture(features) is None else structural_likeness, features)
    places = np.flatnonzero(bridged)
    alike[places] = np.minimum(alike[places], _from_before(likeness_in_window, features, places))
    return 1 - alike


def _from_before(
    rule: Callable[[Features, Indices, Indices], NDArray[_T]], features: Features, frames: Indices | None = None
) -> NDArray[_T]:
    """What a rule tells of each of the frames (None: all) and the one before it, for a piece at a time."""
    frames = np.arange(len(features.change)) if frames is None else frames
    pieces = np.array_split(frames, len(frames) // _PIECE + 1)
    return np.concatenate([rule(features, np.maximum(piece - 1, 0), piece) for piece in pieces])


def _composition_weight(features: Features, bridged: Flags, unlike: Values) -> Values:
    """How much another composition speaks for a cut; a lone jump counts in full even where compositions are related.

    Nobody knows whether a `bridged` frame is a jump.
    """
    tint = _from_before(_tint_apart, features)
    loneliness = _loneliness(np.where(bridged, 0.0, features.change))
    lone = np.where(bridged, 0.0, np.clip(loneliness / _LONE, 0, 1))
    # A fade changes colour as much in each of its frames: only where it jumps does it speak for another picture.
    jump = np.where(bridged, 1.0, np.clip(loneliness - 1, 0, 1))
    unlike = np.maximum(unlike, tint / _OTHER_TINT * jump)
    weight = np.clip((unlike / _UNLIKE) ** 2, *_WEIGHT)
    return np.asarray(np.where(unlike > _RELATED, np.maximum(weight, lone), weight), np.float64)


def _tint_apart(features: Features, one: Indices, other: Indices) -> Values:
    colours = (chroma_cells(features.signature[frames]) for frames in (other, one))
    return np.asarray(np.abs(np.subtract(*colours)).mean(axis=1), np.float64)


def _loneliness(change: Values) -> Values:
    """How many times the largest change within a few frames on either side each change is."""
    padded = np.pad(change, _LONE_FRAMES)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _LONE_FRAMES + 1).copy()
    around[:, _LONE_FRAMES] = 0
    return np.asarray(change / (around.max(axis=1) + _NOTHING), np.float64)


def _is_peak(scores: Values, times: Values) -> Flags:
    """The highest within two frames and a moment (the first of equals)."""
    around = np.where(_apart(times, _PEAK_FRAMES) <= _PEAK_SECONDS, _windows(scores, _PEAK_FRAMES, 0.0), 0.0)
    return np.asarray(np.argmax(around, axis=1) == _PEAK_FRAMES, np.bool_)


def _median_around(values: Values, times: Values) -> Values:
    """The median of the neighbours of each value, itself left out; at the ends, and where frames lie far apart, fewer
    neighbours count.
    """
    around = np.where(_apart(times, _NEIGHBOURS) <= _NEIGHBOUR_SECONDS, _windows(values, _NEIGHBOURS, np.nan), np.nan)
    around[:, _NEIGHBOURS] = np.nan
    around[:, 0] = np.where(np.isnan(around).all(axis=1), 0.0, around[:, 0])
    ordered, counts = np.sort(around, axis=1), (~np.isnan(around)).sum(axis=1)
    middle = np.take_along_axis(ordered, np.stack([(counts - 1) // 2, counts // 2], axis=1), axis=1)
    return np.asarray(middle.mean(axis=1), np.float64)


def _piecewise(rule: Callable[[Values, Values], NDArray[_T]], values: Values, times: Values) -> NDArray[_T]:
    """What a rule tells of each value from its neighbours, for a piece at a time."""
    parts = list[NDArray[_T]]()
    for begin in range(0, len(values), _PIECE):
        first, end = max(0, begin - _NEIGHBOURS), begin + _PIECE
        piece = slice(first, end + _NEIGHBOURS)
        parts.append(rule(values[piece], times[piece])[begin - first : end - first])
    return np.concatenate(parts)


def _windows(values: Values, reach: int, beyond: float) -> Values:
    """One row per value: the values up to `reach` places before and after it, and itself in the middle."""
    return np.lib.stride_tricks.sliding_window_view(np.pad(values, reach, constant_values=beyond), 2 * reach + 1)


def _apart(times: Values, reach: int) -> Values:
    """How far the neighbours of each frame are from it, in seconds, in rows like those of `_windows`."""
    return np.abs(_windows(times, reach, np.inf) - times[:, None])

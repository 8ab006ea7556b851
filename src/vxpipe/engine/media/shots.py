"""Where shots begin and end. Pure numpy.

A cut is a frame that differs far more from the one before than its neighbours do, and whose composition is another.
A shot is what lies between two cuts; blank frames (one flat colour) belong to no shot and separate shots as cuts do.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.dissolves import Transition, find_dissolves, surest
from vxpipe.engine.media.fades import fade_bottoms, fade_in, fade_out
from vxpipe.engine.media.features import FLAT_CONTOUR, Features, Samples, chroma_cells
from vxpipe.engine.media.likeness import common_picture, likeness, palette_distance, structural_likeness
from vxpipe.engine.media.wipes import find_wipes

Flags = NDArray[np.bool_]
Frames = NDArray[np.intp]
Scores = NDArray[np.float64]
_T = TypeVar("_T", bound=np.generic)

_NEIGHBOURS = 8  # frames on either side whose median change is the film's present liveliness,
_NEIGHBOUR_SECONDS = 1.1  # but for those further away
_LIVELINESS = 4.0  # a cut changes more than this many times as much
_LEAST_CHANGE = (2.5, 6.0)  # of 255; the lower bound is for dark or low-contrast pictures
_UNLIKE = 0.5  # 1 - correlation at which composition neither speaks for a cut nor against it
_OTHER_TINT = 40.0  # of 255: a change of colour that counts like another composition
_OTHER_PALETTE = 7.0  # of 255: light and colours of frames seconds apart: of one shot up to 13, of two 6 to 60
# So many times what light and colours change in any frame around, in film that moves fast: cuts 2.9 and more, anything
# else 1.5 at most where its composition changes, flashes 1.
_LONE_PALETTE = 2.0
_WEIGHT = (0.05, 2.2)  # bounds of what composition may do to the score
_RELATED = 0.06  # 1 - correlation: up to here only the light has changed
_LEAST_REWRITTEN = 0.08  # share of the strokes (measured: slides 0.08 to 0.9, what a caption covers 0);
_LONE_PAGE = 2.0  # and so many times what is rewritten, and what changes at all, in any other frame ...
_PAGE_SECONDS = 0.4  # ... within the shortest shot that is promised (slides 2.1 and more, panned film 0.4 to 1.2)
_STILL_REWRITTEN, _STILL_CHANGE = 0.01, 0.1  # what does not count as either
_STANDING = 0.5  # of 255: more changes in each frame where the camera moves
_LONE = 4.0
_LONE_FRAMES = 3
_PEAK_FRAMES = 2
_PEAK_SECONDS = 0.2  # in films of few frames a second each may be a shot
_PIECE = 8192  # frames looked at together: hours of film at once would take a gigabyte
_LONGEST_RUN = 1 << 16
# Of 255, above what is around it: of capitals of 2 % of the height 20 and more after x264 at crf 18 to 32, of a line of
# two pixels in 1080 18; what a coder leaves behind on a plain ground stays below 5.
_LEAST_MARK = 12.0
_TRANSITION_RIM = 6  # a transition may last so many parts longer at either end than was measured (19 in 20 do not)
_ONLY_FADES = 0.8  # of its frames
_STAYS = 0.8  # correlation: halves of planted fades had 0.86 to 1 where they were cut apart, other pictures up to 0.35
NORMAL_THRESHOLD = 0.3
"""How sure a cut is that lies just on the normal limits."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A run of frames from `first` to `last` (both belong to it). `score` (0..1) tells how sure the cut before it is.

    `settling` and `leaving` are the frames at its two ends in which it is mixed with its neighbours, or fades.
    """

    first: int
    last: int
    score: float
    blank: bool = False
    settling: int = 0
    leaving: int = 0

    def __len__(self) -> int:
        return self.last - self.first + 1


def blank_frames(features: Features) -> Flags:
    """Which frames are one flat colour. A faint gradient is a picture, and so is a page with a single letter on it."""
    return (features.contour < FLAT_CONTOUR) & (features.mark < _LEAST_MARK)


def cut_scores(samples: Samples) -> tuple[Scores, Flags]:
    """Per frame how sure it is that a shot begins there, 0..1 (0.3 is where the normal limits lie); and whether nothing
    but a cut explains it.

    What lies before a `bridged` frame was not seen, nor how lively the film is there: it begins a shot if its light and
    colours are others than those of the last frame seen, and its composition.
    """
    features, bridged = samples.features, _marked(samples, samples.bridged)
    change = features.change.astype(np.float64)
    usual = _LIVELINESS * (_piecewise(_median_around, np.where(bridged, np.nan, change), samples.times) + 0.5)
    low, high = _LEAST_CHANGE
    spread = features.spread.astype(np.float64)
    least = np.clip(0.5 * np.maximum(spread, _before(spread)), low, high)
    excess = change / np.where(bridged, least, np.maximum(least, usual))
    places = np.flatnonzero(bridged)
    others = palette_distance(features, places - 1, places) / _OTHER_PALETTE
    excess[places] = np.minimum(change[places] / least[places], others)
    unlike = _unlike(features)
    excess *= _composition_weight(features, bridged, unlike)
    other_light = _other_light(features, bridged, unlike)
    excess = np.maximum(excess, other_light)
    excess = np.maximum(excess, _new_page(features, bridged & ~_is_still_before(samples), samples.times))
    excess[:1] = 0
    return squashed(excess), other_light >= 1


def squashed(excess: Scores) -> Scores:
    """Excess over the normal limit (1 = just on it) as a score 0..1 that is 0.3 just on it."""
    scaled = excess * NORMAL_THRESHOLD / (1 - NORMAL_THRESHOLD)
    return np.asarray(scaled / (1 + scaled), np.float64)


def find_shots(samples: Samples, threshold: float) -> tuple[Shot, ...]:
    """The shots and the blank runs of a film, in order, covering every frame."""
    features, (scores, only_cuts) = samples.features, cut_scores(samples)
    blank = blank_frames(features) | fade_bottoms(features.contour, features.luma, samples.times)
    bridged, beside_blank = _marked(samples, samples.bridged), blank != _before(blank)
    # The film's first frame needs no cut; beside a blank run a shot is as sure to begin as can be.
    scores[beside_blank] = 1.0
    peaks = _piecewise(_is_peak, np.where(bridged, 0.0, scores), samples.times)
    turns = beside_blank | (peaks & (scores > 0) & (scores >= threshold))
    turns |= bridged & (scores > 0) & (scores >= threshold)
    turns[0], scores[0] = True, 1.0
    settling, leaving = _add_transitions(samples, turns, scores, threshold, only_cuts)
    firsts = np.flatnonzero(turns)
    nexts = np.append(firsts[1:], len(samples))
    shots = tuple(
        Shot(
            int(first), int(after) - 1, float(scores[first]), bool(blank[first]),
            settling=int(settling[first]), leaving=int(leaving[after]) if after < len(samples) else 0,
        )
        for first, after in zip(firsts, nexts, strict=True)
    )  # fmt: skip
    return _whole_fades(samples, [_faded(samples, shot, blank) for shot in shots], blank)


def _whole_fades(samples: Samples, shots: Sequence[Shot], blank: Flags) -> tuple[Shot, ...]:
    """The shots, each part that does nothing but fade joined to the rest of its shot: light that changes fast may look
    like a cut, or like a dissolve.
    """
    whole = list[Shot]()
    for shot in shots:
        if whole and _is_one_fade(samples, whole[-1], shot, blank):
            both = replace(whole[-1], last=shot.last, leaving=shot.leaving)
            whole[-1] = _faded(samples, both, blank)
        else:
            whole.append(shot)
    return tuple(whole)


def _is_one_fade(samples: Samples, one: Shot, next_one: Shot, blank: Flags) -> bool:
    """Whether the one comes from a blank run and fades in all along, or the next one fades out to one, and the picture
    stays where they meet.
    """
    if one.blank or next_one.blank:
        return False
    comes = one.first > 0 and blank[one.first - 1] and one.settling >= _ONLY_FADES * len(one)
    goes = next_one.last + 1 < len(blank) and blank[next_one.last + 1]
    if not comes and not (goes and next_one.leaving >= _ONLY_FADES * len(next_one)):
        return False
    return bool(likeness(samples.features, np.array([one.last]), np.array([next_one.first]))[0] >= _STAYS)


def _faded(samples: Samples, shot: Shot, blank: Flags) -> Shot:
    """The shot, told how long it fades in from a blank run before it, and out to one behind it."""
    part = slice(shot.first, shot.last + 1)
    spread, times = samples.features.spread[part], samples.times[part]
    from_blank = not shot.blank and shot.first > 0 and bool(blank[shot.first - 1])
    to_blank = not shot.blank and shot.last + 1 < len(blank) and bool(blank[shot.last + 1])
    return replace(
        shot,
        settling=max(shot.settling, fade_in(spread, times) if from_blank else 0),
        leaving=max(shot.leaving, fade_out(spread, times) if to_blank else 0),
    )


def _add_transitions(
    samples: Samples, turns: Flags, scores: Scores, threshold: float, only_cuts: Flags
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Marks the transitions, in place of less sure cuts within them; how many frames each mixes from its centre on, and
    before.

    Where nothing but a cut explains a frame, what looks like a transition around it is a movement.
    """
    settling, leaving = np.zeros(len(samples), np.int64), np.zeros(len(samples), np.int64)
    for transition in _transitions(samples, turns.copy()):
        rim = -(-len(transition) // _TRANSITION_RIM)
        first, last, centre = transition.first, transition.last, transition.centre
        near = slice(max(0, first + 1 - rim), last + 1 + rim)
        score = float(squashed(np.array(1 / max(transition.misfit, 1e-3))))
        is_surest = score >= threshold and score > (scores[near] * turns[near]).max()
        if is_surest and not (only_cuts[near] & turns[near]).any():
            turns[near], turns[centre], scores[centre] = False, True, score
            settling[centre], leaving[centre] = last - centre + rim, centre - first + rim
    return settling, leaving


def _transitions(samples: Samples, turns: Flags) -> Iterator[Transition]:
    for begin, end in _runs(samples, turns):
        run = samples.taken(slice(begin, end))
        for found in surest([*find_dissolves(run)], [*find_wipes(run)]):
            yield replace(found, first=found.first + begin, last=found.last + begin)


def _runs(samples: Samples, turns: Flags) -> Iterator[tuple[int, int]]:
    """The runs of frames that follow one another; a very long one in parts that end with a cut."""
    begins = [0] if samples.bridged is None else [0, *np.flatnonzero(samples.bridged).tolist()]
    for begin, end in pairwise([*begins, len(samples)]):
        while begin < end:
            cuts = np.flatnonzero(turns[begin + 1 : begin + _LONGEST_RUN])
            until = end if end - begin <= _LONGEST_RUN else begin + 1 + int(cuts[-1] if len(cuts) else _LONGEST_RUN)
            yield begin, until
            begin = until


def _other_light(features: Features, bridged: Flags, unlike: Scores) -> Scores:
    """How sure each frame is of another shot by its light and colours alone: they jump, and the composition is another.

    However fast things move, hardly any light comes or goes from one frame to the next.
    """
    palette = np.where(bridged, 0.0, _from_before(palette_distance, features))
    jump = np.minimum(palette / _OTHER_PALETTE, _loneliness(palette) / _LONE_PALETTE)
    return np.asarray(jump * np.clip(unlike / _UNLIKE, 0, 1) ** 2, np.float64)


def _unlike(features: Features) -> Scores:
    """1 - correlation of each frame and the one before."""
    return 1 - _from_before(likeness if common_picture(features) is None else structural_likeness, features)


def _from_before(rule: Callable[[Features, Frames, Frames], Scores], features: Features) -> Scores:
    """What a rule tells of each frame and the one before it, for a piece at a time."""
    frames = np.arange(len(features.change))
    pieces = np.array_split(frames, len(frames) // _PIECE + 1)
    return np.concatenate([rule(features, np.maximum(piece - 1, 0), piece) for piece in pieces])


def _composition_weight(features: Features, bridged: Flags, unlike: Scores) -> Scores:
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


def _tint_apart(features: Features, one: Frames, other: Frames) -> Scores:
    colours = (chroma_cells(features.signature[frames]) for frames in (other, one))
    return np.asarray(np.abs(np.subtract(*colours)).mean(axis=1), np.float64)


def _new_page(features: Features, unseen: Flags, times: Scores) -> Scores:
    """How sure each frame begins another page of text on the same ground: its strokes are others, all at once.

    Of `unseen` frames nobody knows what moved before them.

    Where things move strokes are others in every frame, and as much changes before and after.
    """
    rewritten, change = (np.where(unseen, 0.0, values) for values in (features.rewritten, features.change))
    places = np.flatnonzero(rewritten)
    lone = [
        values[places] / (_largest_around(values, places, times) + floor)
        for values, floor in ((rewritten, _STILL_REWRITTEN), (change, _STILL_CHANGE))
    ]
    sure = np.zeros(len(times))
    sure[places] = np.minimum(rewritten[places] / _LEAST_REWRITTEN, np.minimum(*lone) / _LONE_PAGE)
    return sure


def _is_still_before(samples: Samples) -> Flags:
    """Before which frames hardly anything moved that was not seen: so the packets say, or what was seen on both sides
    of it, where a few things move in a picture that stands.
    """
    still = _before(_marked(samples, samples.still))
    for place in np.flatnonzero(_marked(samples, samples.bridged) & ~still).tolist():
        seen = np.array([place - 2, place - 1, place + 1, place + 2])
        if seen[0] > 0 and seen[-1] < len(samples):
            features, lasting = samples.features, np.ptp(samples.times[seen[:2]]) + np.ptp(samples.times[seen[2:]])
            moves = features.change[seen].max() > _STANDING or features.rewritten[seen].any()
            still[place] = not moves and lasting <= _PAGE_SECONDS
    return still


def _largest_around(values: Scores, places: NDArray[np.intp], times: Scores) -> Scores:
    """The largest of the values within a moment of each of the places, that itself left out."""
    begins = np.searchsorted(times, times[places] - _PAGE_SECONDS)
    ends = np.searchsorted(times, times[places] + _PAGE_SECONDS, side="right")
    spans = zip(begins.tolist(), places.tolist(), ends.tolist(), strict=True)
    return np.array([max(values[a:here].max(initial=0), values[here + 1 : b].max(initial=0)) for a, here, b in spans])


def _loneliness(change: Scores) -> Scores:
    """How many times the largest change within a few frames on either side each change is."""
    padded = np.pad(change, _LONE_FRAMES)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _LONE_FRAMES + 1).copy()
    around[:, _LONE_FRAMES] = 0
    return np.asarray(change / (around.max(axis=1) + 0.5), np.float64)


def _is_peak(scores: Scores, times: Scores) -> Flags:
    """The highest within two frames and a moment (the first of equals)."""
    around = np.where(_apart(times, _PEAK_FRAMES) <= _PEAK_SECONDS, _windows(scores, _PEAK_FRAMES, 0.0), 0.0)
    return np.asarray(np.argmax(around, axis=1) == _PEAK_FRAMES, np.bool_)


def _median_around(values: Scores, times: Scores) -> Scores:
    """The median of the neighbours of each value, itself left out; at the ends, and where frames lie far apart, fewer
    neighbours count.
    """
    around = np.where(_apart(times, _NEIGHBOURS) <= _NEIGHBOUR_SECONDS, _windows(values, _NEIGHBOURS, np.nan), np.nan)
    around[:, _NEIGHBOURS] = np.nan
    around[:, 0] = np.where(np.isnan(around).all(axis=1), 0.0, around[:, 0])
    return np.asarray(np.nanmedian(around, axis=1), np.float64)


def _piecewise(rule: Callable[[Scores, Scores], NDArray[_T]], values: Scores, times: Scores) -> NDArray[_T]:
    """What a rule tells of each value from its neighbours, for a piece at a time."""
    parts = list[NDArray[_T]]()
    for begin in range(0, len(values), _PIECE):
        first, end = max(0, begin - _NEIGHBOURS), begin + _PIECE
        piece = slice(first, end + _NEIGHBOURS)
        parts.append(rule(values[piece], times[piece])[begin - first : end - first])
    return np.concatenate(parts)


def _windows(values: Scores, reach: int, beyond: float) -> Scores:
    """One row per value: the values up to `reach` places before and after it, and itself in the middle."""
    return np.lib.stride_tricks.sliding_window_view(np.pad(values, reach, constant_values=beyond), 2 * reach + 1)


def _apart(times: Scores, reach: int) -> Scores:
    """How far the neighbours of each frame are from it, in seconds, in rows like those of `_windows`."""
    return np.abs(_windows(times, reach, np.inf) - times[:, None])


def _marked(samples: Samples, flags: Flags | None) -> Flags:
    return np.zeros(len(samples), np.bool_) if flags is None else flags


def _before(values: NDArray[_T]) -> NDArray[_T]:
    return np.concatenate([values[:1], values[:-1]])

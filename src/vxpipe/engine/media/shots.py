"""Where shots begin and end. Pure numpy.

A shot is what lies between two cuts (`cuts.py`), or transitions; blank frames (one flat colour) belong to no shot and
separate shots as cuts do.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import compress, pairwise

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.cuts import NORMAL_THRESHOLD, Flags, Scores, before, cut_scores, marked, peaks
from vxpipe.engine.media.dissolves import Transition, find_dissolves, surest
from vxpipe.engine.media.fades import fade_bottoms, fade_in, fade_out
from vxpipe.engine.media.features import FLAT_CONTOUR, Features, Samples
from vxpipe.engine.media.likeness import is_turned, likeness, structural_likeness
from vxpipe.engine.media.passages import find_passages
from vxpipe.engine.media.wipes import find_wipes
from vxpipe.values import frozen

_LONGEST_RUN = 1 << 16
# Of 255, above what is around it: of capitals of 2 % of the height 20 and more after x264 at crf 18 to 32, of a line of
# two pixels in 1080 18; what a coder leaves behind on a plain ground stays below 5.
_LEAST_MARK = 12.0
_TRANSITION_RIM = 6  # a transition may last so many parts longer at either end than was measured (19 in 20 do not)
_SHORTEST_SHOT = 0.4  # seconds: what is promised to be found
_ONLY_FADES = 0.8  # of its frames
_TRIED = tuple(k / 100 for k in range(5, 101))  # thresholds: below, whatever moves or flickers would be a cut
_MOST_POSSIBLE = 2000
# Correlation of what stands out from its surroundings: of one picture whose light comes and goes 0.61 to 0.79, of shots
# that follow one another without ever being clean up to 0.46.
_DETAILS_STAY = 0.55
_STAYS = 0.8  # correlation: halves of planted fades had 0.86 to 1 where they were cut apart, other pictures up to 0.35


@frozen(kw_only=False)
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


@frozen(kw_only=False)
class Cut:
    """A frame at which a shot begins, how sure it is, and at which thresholds: ranges that hold for each hundredth."""

    index: int
    score: float
    thresholds: tuple[tuple[float, float], ...]


@frozen
class Signs:
    """What tells where shots begin, whatever the threshold: per frame how sure a cut it is, whether nothing but a cut
    explains it, whether it is blank, whether it is more of a cut than those around it; and what may be a transition.

    `turned`: what looks like one where a camera turns.
    """

    samples: Samples
    scores: Scores
    only_cuts: Flags
    blank: Flags
    possible: Flags
    transitions: tuple[Transition, ...]
    turned: tuple[Transition, ...]


def blank_frames(features: Features) -> Flags:
    """Which frames are one flat colour. A faint gradient is a picture, and so is a page with a single letter on it."""
    return (features.contour < FLAT_CONTOUR) & (features.mark < _LEAST_MARK)


def find_shots(samples: Samples, threshold: float) -> tuple[Shot, ...]:
    """The shots and the blank runs of a film, in order, covering every frame."""
    return shots_at(signs_of(samples), threshold)


def signs_of(samples: Samples) -> Signs:
    """What tells where the shots of a film begin, found once for any threshold."""
    features, (scores, only_cuts) = samples.features, cut_scores(samples)
    blank = blank_frames(features) | fade_bottoms(features.contour, features.luma, samples.times)
    # The film's first frame needs no cut; beside a blank run a shot is as sure to begin as can be.
    beside_blank = blank != before(blank)
    scores[beside_blank] = 1.0
    possible = beside_blank | _stand_out(samples, scores)
    possible[0], scores[0] = True, 1.0
    found = [*_transitions(samples, possible & (scores >= NORMAL_THRESHOLD))]
    firsts, lasts = (np.array(frames, np.intp) for frames in ([t.first for t in found], [t.last for t in found]))
    turned = is_turned(features, firsts, lasts).tolist()
    return Signs(
        samples=samples, scores=scores, only_cuts=only_cuts, blank=blank, possible=possible,
        transitions=tuple(t for t, is_none in zip(found, turned, strict=True) if not is_none),
        turned=tuple(compress(found, turned)),
    )  # fmt: skip


def shots_at(signs: Signs, threshold: float) -> tuple[Shot, ...]:
    """The shots and the blank runs where a cut has to be as sure as the threshold."""
    samples, blank, scores = signs.samples, signs.blank, signs.scores.copy()
    turns = signs.possible & (scores >= threshold)
    settling, leaving = _add_transitions(signs, turns, scores, threshold)
    firsts = np.flatnonzero(turns)
    nexts = np.append(firsts[1:], len(samples))
    shots = [
        Shot(first, after - 1, float(scores[first]), bool(blank[first]), int(settling[first]), int(leaving[after]))
        for first, after in zip(firsts.tolist(), nexts.tolist(), strict=True)
    ]
    return _whole_fades(samples, [_faded(samples, shot, blank) for shot in shots], blank)


def possible_cuts(signs: Signs, used: float) -> tuple[Cut, ...]:
    """Where a shot begins at any threshold worth a try: frames in order. Of more than anybody looks at, the surest, and
    all that count at the `used` threshold.
    """
    asked = sorted({used, *_TRIED})
    levels = np.sort([*signs.scores[signs.possible], *(t.score for t in signs.transitions)])
    scores, places, shots = dict[int, float](), defaultdict[int, list[int]](list), tuple[Shot, ...]()
    for place, changes in enumerate(np.diff(np.searchsorted(levels, asked), prepend=-1)):
        shots = shots_at(signs, asked[place]) if changes else shots
        for shot in shots[1:]:
            scores[shot.first] = shot.score
            places[shot.first].append(place)
    surest = set(sorted(scores, key=lambda first: -scores[first])[:_MOST_POSSIBLE])
    surest |= {first for first, held in places.items() if asked.index(used) in held}
    return tuple(Cut(first, round(scores[first], 3), _ranges(asked, places[first])) for first in sorted(surest))


def _ranges(asked: Sequence[float], places: Sequence[int]) -> tuple[tuple[float, float], ...]:
    """The places in `asked` as ranges of what stands there."""
    breaks = [0, *(k for k in range(1, len(places)) if places[k] > places[k - 1] + 1), len(places)]
    return tuple((asked[places[begin]], asked[places[end - 1]]) for begin, end in pairwise(breaks))


def _stand_out(samples: Samples, scores: Scores) -> Flags:
    """Which frames are more of a cut than those around them."""
    bridged = marked(samples, samples.bridged)
    return (bridged | peaks(np.where(bridged, 0.0, scores), samples.times)) & (scores > 0)


def _whole_fades(samples: Samples, shots: Sequence[Shot], blank: Flags) -> tuple[Shot, ...]:
    """The shots, each part that does nothing but fade joined to the rest of its shot: light that changes fast may look
    like a cut, or like a dissolve.
    """
    whole = list[Shot]()
    for shot in shots:
        if whole and _is_one_fade(samples, whole[-1], shot, blank):
            both = replace(whole[-1], last=shot.last, leaving=shot.leaving)
            whole[-1] = _faded(samples, both, blank)
        elif whole and _is_one_in_changing_light(samples, whole[-1], shot):
            whole[-1] = _joined(whole[-1], shot)
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


def _is_one_in_changing_light(samples: Samples, one: Shot, next_one: Shot) -> bool:
    """Whether the one or the next one is mixed with others from its beginning to its end, and their details are the
    same: so a picture looks that comes out of the dark while the one before it still goes.
    """
    if one.blank or next_one.blank or not (_is_never_clean(one) or _is_never_clean(next_one)):
        return False
    late = max(one.last - one.leaving, _cleanest(one))
    early = min(next_one.first + next_one.settling, _cleanest(next_one))
    return bool(structural_likeness(samples.features, np.array([late]), np.array([early]))[0] >= _DETAILS_STAY)


def _is_never_clean(shot: Shot) -> bool:
    return min(shot.settling, shot.leaving) > 0 and shot.settling + shot.leaving >= _ONLY_FADES * len(shot)


def _cleanest(shot: Shot) -> int:
    """The frame that is least mixed with both neighbours."""
    mixed = max(1, shot.settling + shot.leaving)
    return shot.first + (len(shot) - 1) * shot.settling // mixed


def _joined(one: Shot, next_one: Shot) -> Shot:
    """Both as one shot; the one of them that is never clean is its fade."""
    if _is_never_clean(one):
        settled = next_one.first + next_one.settling
        return replace(one, last=next_one.last, settling=settled - one.first, leaving=next_one.leaving)
    return replace(one, last=next_one.last, leaving=next_one.last - one.last + one.leaving)


def _faded(samples: Samples, shot: Shot, blank: Flags) -> Shot:
    """The shot, told how long it fades in from a blank run before it, and out to one behind it."""
    from_blank = not shot.blank and shot.first > 0 and bool(blank[shot.first - 1])
    to_blank = not shot.blank and shot.last + 1 < len(blank) and bool(blank[shot.last + 1])
    if not from_blank and not to_blank:
        return shot
    part = slice(shot.first, shot.last + 1)
    spread, times = samples.features.spread[part], samples.times[part]
    return replace(
        shot,
        settling=max(shot.settling, fade_in(spread, times) if from_blank else 0),
        leaving=max(shot.leaving, fade_out(spread, times) if to_blank else 0),
    )


def _add_transitions(
    signs: Signs, turns: Flags, scores: Scores, threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Marks the transitions, in place of less sure cuts within them; how many frames each mixes from its centre on, and
    before (one more than there are frames: nothing is mixed at the end).

    Where nothing but a cut explains a frame, what looks like a transition around it is a movement.
    """
    settling, leaving = np.zeros((2, len(turns) + 1), np.int64)
    for transition in signs.transitions:
        first, last, centre, score = transition.first, transition.last, transition.centre, transition.score
        if score < threshold:
            continue
        if outdoes_cuts(signs, transition, turns, scores):
            rim, near = _rim(transition), _around(signs.samples.times, transition)
            turns[near], turns[centre], scores[centre] = False, True, score
            settling[centre], leaving[centre] = last - centre + rim, centre - first + rim
    return settling, leaving


def outdoes_cuts(signs: Signs, transition: Transition, cuts: Flags, scores: Scores) -> bool:
    """Whether a transition counts rather than the cuts around it, of which each is as sure as its score."""
    near = _around(signs.samples.times, transition)
    places = near.start + np.flatnonzero(cuts[near])
    times, rivals = signs.samples.times[places], scores[places]
    is_surest = transition.score > rivals.max(initial=0.0) or _are_two_ends(times, rivals)
    return is_surest and not signs.only_cuts[places].any()


def _rim(transition: Transition) -> int:
    return -(-len(transition) // _TRANSITION_RIM)


def _around(times: Scores, transition: Transition) -> slice:
    """The frames of a transition and its rims, but for those beyond a gap: as many frames on take longer there."""
    first, last, rim = transition.first, transition.last, _rim(transition)
    longest = (rim + 0.5) * (times[last] - times[first]) / len(transition)
    earliest, latest = np.searchsorted(times, [times[first] - longest, times[last] + longest]).tolist()
    return slice(max(earliest, first + 1 - rim), min(latest, last + 1 + rim))


def _are_two_ends(times: Scores, scores: Scores) -> bool:
    """Whether cuts lie closer together than those of a shot, none beside a blank run: so a push begins and ends."""
    return len(times) > 1 and bool(np.ptp(times) < _SHORTEST_SHOT and scores.max() < 1)


def _transitions(samples: Samples, turns: Flags) -> Iterator[Transition]:
    for begin, end in _runs(samples, turns):
        run = samples.taken(slice(begin, end))
        for found in surest([*find_dissolves(run)], [*find_passages(run)], [*find_wipes(run)]):
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

"""Where shots begin and end. Pure numpy.

A shot is what lies between two cuts (`cuts.py`), or transitions; blank frames (one flat colour) belong to no shot and
separate shots as cuts do.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import compress, pairwise

import numpy as np

from vxpipe.engine.media.arrays import Counts, Flags, Indices, Values
from vxpipe.engine.media.cuts import NORMAL_THRESHOLD, before, cut_scores, marked, peaks
from vxpipe.engine.media.dissolves import find_dissolves
from vxpipe.engine.media.fades import fade_bottoms
from vxpipe.engine.media.features import FLAT_CONTOUR, Features, Samples
from vxpipe.engine.media.glimpses import find_glimpses
from vxpipe.engine.media.gusts import find_gusts, into_others
from vxpipe.engine.media.likeness import is_turned
from vxpipe.engine.media.page_turns import find_page_turns
from vxpipe.engine.media.passages import find_passages
from vxpipe.engine.media.pushes import find_pushes
from vxpipe.engine.media.shot import SHORTEST_SHOT, Shot, faded, whole_fades
from vxpipe.engine.media.transitions import Transition, surest
from vxpipe.values import frozen

_LONGEST_RUN = 1 << 16  # frames in which transitions are looked for at once
_CERTAIN = 1.0  # the score of what begins the film, or a blank run, or follows one
# Of 255, above what is around it: of capitals of 2 % of the height 20 and more after x264 at crf 18 to 32, of a line of
# two pixels in 1080 18; what a coder leaves behind on a plain ground stays below 5.
_LEAST_MARK = 12.0
_TRANSITION_RIM = 6  # a transition may last so many parts longer at either end than was measured (19 in 20 do not)
_WIDE = 2.5  # steps from one frame of a transition to the next: more than one was left out
_SHOT_AS_SEEN = 0.36  # seconds: of a shot of 0.4 by the frames that were looked at


@frozen
class Signs:
    """What tells where shots begin, whatever the threshold: per frame how sure a cut it is, whether light and colours
    alone tell so, whether it is blank, whether it is more of a cut than those around it; and what may be a transition.

    `turned`: what looks like one where a camera turns. `gusts`: where the picture moves too fast for a shot to begin
    more than once.
    """

    samples: Samples
    scores: Values
    by_light: Flags
    blank: Flags
    possible: Flags
    transitions: tuple[Transition, ...]
    turned: tuple[Transition, ...]
    gusts: tuple[Transition, ...]


def blank_frames(features: Features) -> Flags:
    """Which frames are one flat colour. A faint gradient is a picture, and so is a page with a single letter on it."""
    return (features.contour < FLAT_CONTOUR) & (features.mark < _LEAST_MARK)


def find_shots(samples: Samples, threshold: float) -> tuple[Shot, ...]:
    """The shots and the blank runs of a film, in order, covering every frame."""
    return shots_at(signs_of(samples), threshold)


def signs_of(samples: Samples) -> Signs:
    """What tells where the shots of a film begin, found once for any threshold."""
    features, (scores, by_light) = samples.features, cut_scores(samples)
    blank = blank_frames(features) | fade_bottoms(features, samples.times, marked(samples, samples.bridged))
    beside_blank = blank != before(blank)
    scores[beside_blank] = _CERTAIN
    possible = beside_blank | _stand_out(samples, scores)
    possible[0], scores[0] = True, _CERTAIN
    cuts = np.where(possible & (scores >= NORMAL_THRESHOLD), scores, 0.0)
    gusts = find_gusts(samples, cuts)
    found = _with_gusts([*_transitions(samples, cuts)], into_others(samples, gusts))
    firsts, lasts = (np.array(frames, np.intp) for frames in ([t.first for t in found], [t.last for t in found]))
    turned = (is_turned(features, firsts, lasts) & ~np.array([t.of_pages for t in found], np.bool_)).tolist()
    return Signs(
        samples=samples, scores=scores, by_light=by_light, blank=blank, possible=possible,
        transitions=tuple(t for t, is_none in zip(found, turned, strict=True) if not is_none),
        turned=tuple(compress(found, turned)), gusts=tuple(gusts),
    )  # fmt: skip


def shots_at(signs: Signs, threshold: float) -> tuple[Shot, ...]:
    """The shots and the blank runs where a cut has to be as sure as the threshold."""
    samples, blank, found = signs.samples, signs.blank, _beginnings(signs, threshold)
    firsts = np.flatnonzero(found.begins)
    nexts = np.append(firsts[1:], len(samples))
    shots = [
        Shot(first, after - 1, float(found.scores[first]), bool(blank[first]), int(settling), int(leaving))
        for first, after, settling, leaving in zip(
            firsts.tolist(), nexts.tolist(), found.settling[firsts], found.leaving[nexts], strict=True
        )
    ]
    return whole_fades(samples, [faded(samples, shot, blank) for shot in shots], blank)


def _stand_out(samples: Samples, scores: Values) -> Flags:
    """Which frames are more of a cut than those around them."""
    bridged = marked(samples, samples.bridged)
    return (bridged | peaks(np.where(bridged, 0.0, scores), samples.times)) & (scores > 0)


@frozen
class _Beginnings:
    """Where shots begin, per frame, and how surely; how many frames from there on are mixed with the shot before, and
    how many before are with that shot. Those two have one more, for the film's end, where nothing is mixed.
    """

    begins: Flags
    scores: Values
    settling: Counts
    leaving: Counts


def _beginnings(signs: Signs, threshold: float) -> _Beginnings:
    """Cuts that are as sure as the threshold, and transitions that are, each in place of less sure cuts within it."""
    begins, scores = signs.possible & (signs.scores >= threshold), signs.scores.copy()
    settling, leaving = np.zeros((2, len(begins) + 1), np.int64)
    taken = dict[int, Transition]()
    for transition in signs.transitions:
        first, last, centre, score = transition.first, transition.last, transition.centre, transition.score
        if score >= threshold and outdoes_cuts(signs, transition, begins, scores):
            rim, near = _rim(transition), _around(signs.samples, transition)
            begins[near], begins[centre], scores[centre] = False, True, score
            settling[centre] = min(last + rim, near.stop) - centre
            leaving[centre] = centre - max(first - rim, near.start - 1)
            taken[centre] = transition
    found = _Beginnings(begins=begins, scores=scores, settling=settling, leaving=leaving)
    for gust in signs.gusts:
        _begin_once(signs, found, gust, taken)
    for glimpse in find_glimpses(signs.samples, found.begins, signs.blank):
        found.begins[glimpse] = False
        found.leaving[glimpse.stop] = max(int(found.leaving[glimpse.stop]), glimpse.stop - glimpse.start)
    return found


def _begin_once(signs: Signs, found: _Beginnings, gust: Transition, taken: Mapping[int, Transition]) -> None:
    """Have a shot begin with the surest cut within the gust only, and clear of it, unless one shot lies within.

    `taken`: the transitions that count, by where shots begin for their sake: of those it tells how far they reach.
    """
    cuts = gust.first + 1 + np.flatnonzero(found.begins[gust.first + 1 : gust.last + 1])
    if not len(cuts) or signs.blank[gust.first : gust.last + 1].any() or _lie_apart(signs.samples, cuts):
        return
    surest = int(cuts[np.argmax(found.scores[cuts])])
    found.begins[cuts], found.begins[surest] = False, True
    both = (gust, taken.get(surest, gust))
    found.settling[surest] = max(each.last for each in both) - surest
    found.leaving[surest] = max(0, surest - 1 - min(each.first for each in both))


def _lie_apart(samples: Samples, cuts: Indices) -> bool:
    """Whether there is room for a shot between two of the cuts."""
    return bool(np.diff(samples.times[cuts]).max(initial=0.0) >= _SHOT_AS_SEEN)


def outdoes_cuts(signs: Signs, transition: Transition, cuts: Flags, scores: Values) -> bool:
    """Whether a transition counts rather than the cuts around it, of which each is as sure as its score."""
    near = _around(signs.samples, transition)
    places = near.start + np.flatnonzero(cuts[near])
    rivals = scores[places]
    is_surest = transition.score > rivals.max(initial=0.0) or _are_two_ends(signs.samples, places, rivals)
    return is_surest and not _lie_apart(signs.samples, places[signs.by_light[places]])


def _rim(transition: Transition) -> int:
    return -(-len(transition) // _TRANSITION_RIM)


def _around(samples: Samples, transition: Transition) -> slice:
    """The frames of a transition and its rims, up to where many were left out: as many on are far off there."""
    first, last, times, rim = transition.first, transition.last, samples.times, _rim(transition)
    begin, end = max(0, first + 1 - rim), last + 1 + rim
    if samples.bridged is not None:
        near = np.arange(begin, min(end, len(samples)))
        is_wide = times[near] - times[near - 1] > _WIDE * (times[last] - times[first]) / len(transition)
        gaps = near[samples.bridged[near] & is_wide]
        begin, end = max([begin, *(gaps[gaps <= first] + 1).tolist()]), min([end, *gaps[gaps > first].tolist()])
    return slice(begin, end)


def _are_two_ends(samples: Samples, cuts: Indices, scores: Values) -> bool:
    """Whether a push begins and ends with these cuts, none beside a blank run: they lie closer together than those of a
    shot.
    """
    if len(cuts) < 2 or scores.max() >= _CERTAIN:
        return False
    return bool(samples.times[cuts[-1]] - samples.times[cuts[0]] < SHORTEST_SHOT)


def _with_gusts(found: Sequence[Transition], gusts: Iterable[Transition]) -> list[Transition]:
    """What was found, and the gusts that are none of it."""
    mixed = np.zeros(max((t.last + 1 for t in found), default=0), np.bool_)
    for each in found:
        mixed[each.first + 1 : each.last + 1] = True
    new = (gust for gust in gusts if not mixed[gust.first + 1 : gust.last + 1].any())
    return sorted([*found, *new], key=lambda t: t.first)


def _transitions(samples: Samples, cuts: Values) -> Iterator[Transition]:
    """What may be a transition; `cuts`: how sure each cut is, 0 where there is none.

    A passage is told from what is before it: right behind a surer cut there is nothing, and it is a movement.
    """
    for begin, end in _runs(samples, cuts > 0):
        run = samples.taken(slice(begin, end))
        passages = [p for p in find_passages(run) if p.first >= _rim(p) or p.score >= cuts[begin]]
        stood, stands = (_stands_unseen_before(samples, frame) for frame in (begin, end))
        pushes, turns = (find(run, stood=stood, stands=stands) for find in (find_pushes, find_page_turns))
        for found in surest([*pushes], [*find_dissolves(run)], passages, [*turns]):
            yield replace(found, first=found.first + begin, last=found.last + begin)


def _stands_unseen_before(samples: Samples, frame: int) -> bool:
    """Whether frames right before this one, or at the end of the film, were left out in which hardly anything moves."""
    if samples.still is None or not frame:
        return False
    if frame < len(samples):
        return bool(marked(samples, samples.bridged)[frame] and samples.still[frame - 1])
    return bool(samples.still[-1] and samples.places[-1] + 1 < samples.film_frames)


def _runs(samples: Samples, cuts: Flags) -> Iterator[tuple[int, int]]:
    """The runs of frames that follow one another; a very long one in parts that end with a cut."""
    begins = [0] if samples.bridged is None else [0, *np.flatnonzero(samples.bridged).tolist()]
    for begin, end in pairwise([*begins, len(samples)]):
        while begin < end:
            within = np.flatnonzero(cuts[begin + 1 : begin + _LONGEST_RUN])
            until = end if end - begin <= _LONGEST_RUN else begin + 1 + int(within[-1] if len(within) else _LONGEST_RUN)
            yield begin, until
            begin = until

"""Where a look that left out all B-frames may have seen a shot that is none, or none where there is one. Pure numpy.

What refers to a B-frame that was not decoded is predicted from the picture sent before it: near to what it shows, but
at times in another light, or with parts of another moment. Of 786 shots that such a look found in 45 films 20 began
elsewhere than those told from all references, and 21 were lacking: nearly all just on either side of the threshold.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from vxpipe.engine.media.arrays import Pts, Values
from vxpipe.engine.media.cuts import NORMAL_THRESHOLD
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.footage import footage
from vxpipe.engine.media.likeness import likeness
from vxpipe.engine.media.modes import picture_numbers
from vxpipe.engine.media.shot import Shot
from vxpipe.engine.media.shots import Signs, outdoes_cuts, shots_at
from vxpipe.recipe import Recipe

_UNSURE = (0.25, 0.4)  # scores between which a cut may be none; 0.3 is the normal threshold
_AROUND = 2  # frames on either side of it
_SURE = 0.5  # for a transition that was seen as one
_LONE = 2.0  # times what changes right before and behind: what changes less may be the middle of a transition
_TRANSITION_SECONDS = 0.8  # on either side of what may be one
_BRIEF, _VERY_BRIEF = 0.5, 0.35  # seconds: to the frames that are left, a shot of 0.4 may last as little
_RELATED = 0.5  # correlation: where the light goes wrong the composition stays


def doubtful_pts(signs: Signs, recipe: Recipe) -> Pts:
    """The pts of the frames that must be seen as they are to tell whether a shot begins there.

    A keyframe is what it is, but it is told from the frames beside it how sure a cut it is.
    """
    doubtful = np.zeros(len(signs.samples), np.bool_)
    for frames in (*_unsure_cuts(signs, recipe), *_turns(signs), *_unsure_shots(signs)):
        doubtful[frames] = True
    return np.asarray(signs.samples.pts[doubtful], np.int64)


def _unsure_cuts(signs: Signs, recipe: Recipe) -> Iterator[slice]:
    """Around what may be a cut or a transition and may be none, whatever threshold is asked for; but not where the
    picture before it is shown again, of which no other frame is kept either way: a keyframe that is coded better than
    what leads to it looks like a faint cut.
    """
    film = footage(signs.samples, recipe, signs, threshold=_UNSURE[0])
    unsure = [number for number, shot in enumerate(film.shots) if number and shot.score < _UNSURE[1]]
    pictures = picture_numbers(film) if unsure else np.zeros(0, np.intp)
    for number in unsure:
        shot = film.shots[number]
        if pictures[number] == pictures[number - 1] >= 0:
            continue
        yield slice(max(0, shot.first - _AROUND), shot.first + _AROUND + 1)
        if shot.settling:
            yield _near(signs.samples, shot.first)


def _turns(signs: Signs) -> Iterator[slice]:
    """Where a camera seems to turn and no cut is surer."""
    cuts = signs.possible & (signs.scores >= NORMAL_THRESHOLD)
    for turn in signs.turned:
        if outdoes_cuts(signs, turn, cuts, signs.scores):
            yield _near(signs.samples, turn.centre)


def _unsure_shots(signs: Signs) -> Iterator[slice]:
    """Around the cuts before or behind which nearly as much goes on changing; and the shots too brief to be any,
    or brief and composed as a neighbour is.
    """
    samples, shots, paces = signs.samples, shots_at(signs, NORMAL_THRESHOLD), signs.samples.paces()
    for place, shot in enumerate(shots):
        if shot.blank or samples.keys[shot.first]:
            continue
        before, after = shots[:place][-1:], shots[place + 1 : place + 2]
        is_sure = (shot.settling > 0 and shot.score >= _SURE) or _is_lone(paces, shot.first)
        if before and not before[0].blank and not is_sure:
            yield _near(samples, shot.first)
        if _may_be_none(samples, shot, before, after):
            yield slice(shot.first, shot.last + 2)


def _near(samples: Samples, place: int) -> slice:
    """The frames in which a transition with its middle there may pass."""
    middle = samples.times[place]
    begin, end = np.searchsorted(samples.times, [middle - _TRANSITION_SECONDS, middle + _TRANSITION_SECONDS])
    return slice(int(begin), int(end))


def _is_lone(paces: Values, place: int) -> bool:
    """Whether far more changes a second up to a frame than before and behind."""
    beside = [0.0, *paces[max(0, place - 1) : place], *paces[place + 1 : place + 2]]
    return bool(_LONE * max(beside) <= paces[place])


def _may_be_none(samples: Samples, shot: Shot, before: Sequence[Shot], after: Sequence[Shot]) -> bool:
    """Whether a shot may be no more than pictures gone wrong."""
    end = samples.times[shot.last + 1] if shot.last + 1 < len(samples) else samples.end
    lasts = float(end - samples.times[shot.first])
    if lasts < _VERY_BRIEF or lasts >= _BRIEF:
        return lasts < _VERY_BRIEF
    meet = [(one.last, shot.first) for one in before if not one.blank]
    meet += [(shot.last, other.first) for other in after if not other.blank]
    ends, begins = np.array(meet, np.intp).reshape(-1, 2).T
    return bool((likeness(samples.features, ends, begins) >= _RELATED).any())

"""Where shots begin at one threshold or another. Pure numpy."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from vxpipe.engine.media.shot import Shot
from vxpipe.engine.media.shots import Signs, shots_at
from vxpipe.values import frozen

_TRIED = tuple(k / 100 for k in range(5, 101))  # below, whatever moves or flickers would be a cut
_MOST_POSSIBLE = 2000  # cuts: more than anybody looks at


@frozen(kw_only=False)
class Cut:
    """A frame at which a shot begins, how sure it is, and at which thresholds: ranges that hold for each hundredth."""

    index: int
    score: float
    thresholds: tuple[tuple[float, float], ...]


def possible_cuts(signs: Signs, used: float) -> tuple[Cut, ...]:
    """Where a shot begins at any threshold worth a try: frames in order. Of more than anybody looks at, the surest, and
    all that count at the `used` threshold.
    """
    asked = sorted({used, *_TRIED})
    scores, places = dict[int, float](), defaultdict[int, list[int]](list)
    for place, shots in enumerate(_shots_at_each(signs, asked)):
        for shot in shots[1:]:
            scores[shot.first] = shot.score
            places[shot.first].append(place)
    surest = set(sorted(scores, key=lambda first: -scores[first])[:_MOST_POSSIBLE])
    surest |= {first for first, held in places.items() if asked.index(used) in held}
    return tuple(Cut(first, round(scores[first], 3), _ranges(asked, places[first])) for first in sorted(surest))


def _shots_at_each(signs: Signs, asked: Sequence[float]) -> Iterator[tuple[Shot, ...]]:
    """The shots at each of the rising thresholds: the same again where no score lies between one and the next."""
    levels = np.sort([*signs.scores[signs.possible], *(t.score for t in signs.transitions)])
    below, shots = np.searchsorted(levels, asked), tuple[Shot, ...]()
    for threshold, is_other in zip(asked, np.diff(below, prepend=-1) > 0, strict=True):
        shots = shots_at(signs, threshold) if is_other else shots
        yield shots


def _ranges(asked: Sequence[float], places: Sequence[int]) -> tuple[tuple[float, float], ...]:
    """The places in `asked` as ranges of what stands there."""
    breaks = [0, *(k for k in range(1, len(places)) if places[k] > places[k - 1] + 1), len(places)]
    return tuple((asked[places[begin]], asked[places[end - 1]]) for begin, end in pairwise(breaks))

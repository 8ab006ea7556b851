"""Which frames may stand in for a blurred one. Pure: a film divided into shots in, candidates out."""

from collections.abc import Sequence

import numpy as np

from vxpipe.engine.media.footage import Footage, part_with
from vxpipe.engine.media.ordered import distinct
from vxpipe.engine.media.portrait import clear_frames
from vxpipe.model import Candidate
from vxpipe.reasons import Reason

_SUBSTITUTES = 3  # for one frame,
_MOST_REPLACED = 100  # and for so many frames at most
_REPLACEABLE = frozenset({Reason.SHOT, Reason.OPENING_SHOT, Reason.DIVERSE, Reason.FILL, Reason.COUNT})


def substitutes(
    film: Footage, candidates: Sequence[Candidate], blurred: Sequence[Candidate]
) -> dict[int, tuple[Candidate, ...]]:
    """For each of the `blurred` candidates, by index, the frames that may replace it: sharp ones of its part, not kept.

    Three at most, each from another part of what is nearer to it than to every other candidate; none for a frame that
    stands for its very time, as one of an interval does.
    """
    samples, known = film.samples, distinct(np.array([c.index for c in candidates], np.intp))
    halfway = np.concatenate([[-1], (known[:-1] + known[1:]) / 2, [len(samples)]])
    found = dict[int, tuple[Candidate, ...]]()
    for c in [c for c in blurred if c.reason in _REPLACEABLE][:_MOST_REPLACED]:
        clear, place = clear_frames(samples, part_with(film, c.index)), int(np.searchsorted(known, c.index))
        near = clear[(clear > halfway[place]) & (clear < halfway[place + 1]) & (clear != c.index)]
        parts = [part for part in np.array_split(near, _SUBSTITUTES) if len(part)]
        best = (int(part[np.argmax(samples.features.sharpness[part])]) for part in parts)
        found[c.index] = tuple(film.candidate(index, Reason.LESS_SHARP, kept=False) for index in best)
    return found

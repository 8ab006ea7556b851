"""Pictures that are seen for a moment only, between two shots and made of both: of a transition over which nothing but
keyframes were looked at. Pure numpy.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from vxpipe.engine.media.arrays import Flags, Floats, Indices
from vxpipe.engine.media.features import Samples, luma_cells

# Of the cells of such a picture that are no darker than in both shots and no lighter, within so much of 255.
_LEAST_BETWEEN, _STRAYING = 0.8, 6.0
_LEAST_APART = 0.05  # from either, of what the two are apart: else it is one of them


def find_glimpses(samples: Samples, begins: Flags, blank: Flags, most_seconds: float) -> Iterator[slice]:
    """The frames of each run of shots that last less than `most_seconds` each, begin behind a gap of the look, and show
    nothing but what lies between the shots before and behind; none is blank, for that tells two shots apart.
    """
    if samples.bridged is None:
        return
    firsts = np.flatnonzero(begins)
    is_brief = np.diff(samples.times[firsts]) < most_seconds
    for run in _runs(is_brief & (samples.bridged & ~blank)[firsts[:-1]]):
        frames = np.arange(firsts[run.start], firsts[run.stop])
        if _is_between(samples, frames):
            yield slice(int(frames[0]), int(frames[-1]) + 1)


def _runs(flags: Flags) -> Sequence[slice]:
    """Where flags are set one after the other."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [slice(begin, end) for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)]


def _is_between(samples: Samples, frames: Indices) -> bool:
    """Whether the light of each of the frames lies between that of the one before them and that of the one behind, and
    is neither.
    """
    before, behind = (_light(samples, frames[[place]] + step) for place, step in ((0, -1), (-1, 1)))
    light, low, high = _light(samples, frames), np.minimum(before, behind), np.maximum(before, behind)
    within = (light >= low - _STRAYING) & (light <= high + _STRAYING)
    apart = [np.abs(light - other).mean(axis=1) for other in (before, behind)]
    is_neither = np.min(apart, axis=0) >= _LEAST_APART * np.abs(behind - before).mean()
    return bool(((within.mean(axis=1) >= _LEAST_BETWEEN) & is_neither).all())


def _light(samples: Samples, frames: Indices) -> Floats:
    return luma_cells(samples.features.signature[frames])

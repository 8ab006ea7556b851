"""Pictures that are seen for a moment only, between two shots and made of both: of a transition over which nothing but
keyframes were looked at. Pure numpy.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from vxpipe.engine.media.arrays import Flags, Floats, Indices
from vxpipe.engine.media.features import Samples, luma_cells

_MOST_SECONDS = 0.5  # of one such picture, until the next keyframe shows another
# Of what the shots before and behind are apart: how far such a picture is from a mixture of both, or from being in each
# of its cells one of them; and how far from either, else it is one of them.
_MOST_MISFIT, _LEAST_APART = 0.2, 0.05


def find_glimpses(samples: Samples, begins: Flags, blank: Flags) -> Iterator[slice]:
    """The frames of each run of brief shots that begin behind gaps of the look and show nothing but what is made of the
    shots before and behind; none is blank, for that tells two shots apart.
    """
    if samples.bridged is None:
        return
    firsts = np.flatnonzero(begins)
    is_brief = np.diff(samples.times[firsts]) < _MOST_SECONDS
    for run in _runs(is_brief & (samples.bridged & ~blank)[firsts[:-1]]):
        frames = np.arange(firsts[run.start], firsts[run.stop])
        if _are_of_both(samples, frames):
            yield slice(int(frames[0]), int(frames[-1]) + 1)


def _runs(flags: Flags) -> Sequence[slice]:
    """Where flags are set one after the other."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [slice(begin, end) for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)]


def _are_of_both(samples: Samples, frames: Indices) -> bool:
    """Whether each of the frames is made of the one before them and the one behind, and is neither."""
    before, behind = (_light(samples, frames[[place]] + step) for place, step in ((0, -1), (-1, 1)))
    light, way = _light(samples, frames), behind - before
    share = ((light - before) * way).sum(axis=1, keepdims=True) / np.maximum((way**2).sum(), 1.0)
    gone, left = np.abs(light - before), np.abs(light - behind)
    misfits = np.abs(light - before - share * way).mean(axis=1), np.minimum(gone, left).mean(axis=1)
    is_neither = np.minimum(gone.mean(axis=1), left.mean(axis=1)) >= _LEAST_APART * np.abs(way).mean()
    return bool(((np.min(misfits, axis=0) <= _MOST_MISFIT * np.abs(way).mean()) & is_neither).all())


def _light(samples: Samples, frames: Indices) -> Floats:
    return luma_cells(samples.features.signature[frames])

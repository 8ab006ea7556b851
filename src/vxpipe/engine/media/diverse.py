"""The frames of a film that differ most from each other. Pure numpy."""

import numpy as np

from vxpipe.engine.media.arrays import Indices, Values
from vxpipe.engine.media.features import Samples, bits_apart
from vxpipe.engine.media.likeness import signature_distance
from vxpipe.values import frozen

_BITS = 32.0  # of 64: what hashes of unrelated pictures differ in
_GREY = 40.0  # of 255: what their signatures differ in
_TIME_SHARE = 0.25  # what lying at the film's two ends counts beside differing in picture (1 for unrelated ones)


@frozen(kw_only=False)
class Choice:
    """The chosen frames in the order of choice; for every frame of the pool the chosen one that is nearest to it."""

    chosen: tuple[int, ...]
    nearest: Indices


def most_different(samples: Samples, pool: Indices, numbers: Indices, count: int) -> Choice:
    """`count` frames of the pool (all of it, if it has no more), each as far as possible from those chosen before.

    Begins with the pool's first, and takes each picture once before it takes any again; `numbers` tells for each frame
    of the pool which one it shows (-1: none). Farthest-point choice gives at least half the spread of the best choice
    there is (T. Gonzalez, "Clustering to minimize the maximum intercluster distance", 1985).
    """
    first, untaken = int(pool[0]), (numbers >= 0) & (numbers != numbers[0])
    chosen, nearest = [first], np.full(len(pool), first)
    apart = _distances(samples, pool, first)
    while len(chosen) < min(count, len(pool)):
        apart[pool == chosen[-1]] = -1.0  # equal pictures must not make one frame be chosen twice
        place = int(np.argmax(np.where(untaken, apart, -1.0) if untaken.any() else apart))
        farthest = int(pool[place])
        untaken &= numbers != numbers[place]
        chosen.append(farthest)
        ours = _distances(samples, pool, farthest)
        closer = ours < apart
        nearest[closer] = farthest
        apart[closer] = ours[closer]
    return Choice(tuple(chosen), nearest)


def _distances(samples: Samples, pool: Indices, frame: int) -> Values:
    """How far every frame of the pool is from one: 0 the same, about 1 for unrelated pictures."""
    seen, times = samples.features, samples.times
    bits = bits_apart(seen.dhash[[frame]], seen.dhash[pool])[0] / _BITS
    grey = signature_distance(seen, pool, np.array([frame])) / _GREY
    time = np.abs(times[pool] - times[frame]) / max(float(times[-1]), 1e-6)
    return np.asarray((bits + grey) / 2 + _TIME_SHARE * time, np.float64)

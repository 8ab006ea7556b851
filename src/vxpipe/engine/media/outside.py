"""Which frames may show more picture than the crop holds, told from the small pictures of all frames. Pure numpy.

Borders are looked for in a few frames; a brief shot with more picture may lie between them.
"""

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.arrays import Indices
from vxpipe.engine.media.features import Features, Samples
from vxpipe.engine.media.ordered import distinct, evenly
from vxpipe.engine.media.shots import blank_frames, find_shots

_PICTURE = 24.0  # of 255: light in a border varies by this much more than it usually does
_MOST = 12  # frames that are looked at once more
_MOST_BESIDE_FILL = 120  # the same, two of a shot
_MOST_WHOLE = 48  # as many as borders are told from anyway
LEAST_WHOLE = 3
"""Indices of a damaged film, to tell its borders from them."""
_SHOT = 0.15  # half of what makes a cut by default: a shot too many costs one more look


def doubtful_frames(samples: Samples, *, filled: bool) -> Indices:
    """The frames at which borders must be looked for once more; `filled`: the borders are a blurred fill."""
    return _frames_of_all_shots(samples) if filled else wider_frames(samples.features, samples.times)


def whole_frames(samples: Samples) -> Indices:
    """Indices of a damaged film, spread over it, at which borders must be looked for once more, for a spoilt one hides
    them; none where no frame is spoilt, or hardly any is not.
    """
    if samples.spoilt is None or samples.unspoilt_count < LEAST_WHOLE:
        return np.zeros(0, np.intp)
    return evenly(np.flatnonzero(~samples.spoilt & ~blank_frames(samples.features)), _MOST_WHOLE)


def wider_frames(features: Features, times: NDArray[np.float64]) -> Indices:
    """A few of the frames in which something is to be seen outside the crop, spread over all of them."""
    usual = _usual(features.outside, times)
    found = np.flatnonzero((features.outside > usual + _PICTURE) & ~blank_frames(features))
    return evenly(found, _MOST)


def _usual(values: NDArray[np.float32], times: NDArray[np.float64]) -> float:
    """What is there half of the time; counted by frames, those in which much changes would weigh most."""
    order = np.argsort(values)
    lasting = np.cumsum(np.diff(times, append=times[-1:])[order])
    return float(values[order[int(np.searchsorted(lasting, lasting[-1] / 2))]])


def _frames_of_all_shots(samples: Samples) -> Indices:
    """Of every shot the frame in its middle and the one with most light and shade outside the crop.

    A blurred fill is no less bright than a picture: what it is shows in the full size only, and by shots it comes and
    goes.
    """
    shots = [shot for shot in find_shots(samples, _SHOT) if not shot.blank]
    middles = [shot.first + len(shot) // 2 for shot in shots]
    outside = samples.features.outside
    brightest = [shot.first + int(np.argmax(outside[shot.first : shot.last + 1])) for shot in shots]
    return evenly(distinct(np.array([*middles, *brightest], np.intp)), _MOST_BESIDE_FILL)

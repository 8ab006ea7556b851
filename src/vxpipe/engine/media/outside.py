"""Which frames may show more picture than the crop holds, told from the small pictures of all frames. Pure numpy.

Borders are looked for in a few frames; a brief shot with more picture may lie between them.
"""

import numpy as np

from vxpipe.engine.media.arrays import Floats, Indices, Values
from vxpipe.engine.media.crop import Finding
from vxpipe.engine.media.features import Features, Samples
from vxpipe.engine.media.gauge import is_measured
from vxpipe.engine.media.ordered import distinct, evenly
from vxpipe.engine.media.shots import blank_frames, find_shots

_PICTURE = 24.0  # of 255: light in a border varies by this much more than it usually does
_MOST = 48  # frames that are looked at once more: as many as borders are told from anyway
_MOST_BESIDE_FILL = 120  # the same, two of a shot
_MOST_WHOLE = 48  # likewise
LEAST_WHOLE = 3
"""Frames of a damaged film, to tell its borders from them."""
_SHOT = 0.15  # half of what makes a cut by default: a shot too many costs one more look


def doubtful_frames(samples: Samples, borders: Finding, *, saved: bool = False) -> Indices:
    """The frames at which borders must be looked for once more, a few of those in doubt unless each may be `saved`."""
    if borders.fill is not None:
        return _frames_of_all_shots(samples)
    found = wider_frames(samples.features, samples.times, borders.outside)
    return found if saved else evenly(found, _MOST)


def unmeasured_frames(samples: Samples, borders: Finding) -> Indices:
    """The frames of which nobody knows what they show in the borders: all of them where those are too thin to be seen
    in a small picture.
    """
    crop, sides = borders.crop, borders.sides
    if crop is None:
        return np.zeros(0, np.intp)
    heights, widths = ((sides[one].lines, sides[other].lines) for one, other in (("top", "bottom"), ("left", "right")))
    is_known = all(
        is_measured(lines, size, size + sum(both))
        for both, size in ((heights, crop.height), (widths, crop.width))
        for lines in both
    )
    return np.zeros(0, np.intp) if is_known else np.flatnonzero(~blank_frames(samples.features))


def whole_frames(samples: Samples) -> Indices:
    """Frames of a damaged film, spread over it, at which borders must be looked for once more, for a spoilt one hides
    them; none where no frame is spoilt, or hardly any is not.
    """
    if samples.spoilt is None or samples.unspoilt_count < LEAST_WHOLE:
        return np.zeros(0, np.intp)
    return evenly(np.flatnonzero(~samples.spoilt & ~blank_frames(samples.features)), _MOST_WHOLE)


def wider_frames(features: Features, times: Values, known: float) -> Indices:
    """The frames in which more is to be seen outside the crop than usually, or than what is `known` to be no picture:
    all frames that were asked for may show more than others.
    """
    usual = min(known, _usual(features.outside, times))
    return np.flatnonzero((features.outside > usual + _PICTURE) & ~blank_frames(features))


def _usual(values: Floats, times: Values) -> float:
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

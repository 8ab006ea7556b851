"""How sure each frame begins another page of text on the same ground. Pure numpy.

Its composition, light and colours are those of the page before: only the strokes are others, all at once.
"""

import numpy as np

from vxpipe.engine.media.arrays import Counts, Flags, Indices, Values
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.layout import A_LITTLE, Places, places
from vxpipe.engine.media.ordered import largest_within
from vxpipe.engine.media.shot import SHORTEST_SHOT

SURER_UNSEEN = 1.25
"""Times as far above all limits: between two frames that others lie between, more has moved."""

# So many times what is rewritten, and what changes at all, in any other frame within the shortest shot: slides 2.1 and
# more, panned film 0.4 to 1.2.
_LONE_PAGE = 2.0
_GOING_ON_SECONDS = 1.25  # as often as that a little is rewritten where one counts, or where a small film runs
_STILL_REWRITTEN, _STILL_CHANGE = 0.125, 0.1  # what does not count as either
_STANDING = 0.5  # of 255: more changes in each frame where the camera moves
# What stood in the frames before and does not in those behind, where something moves beside it: so many frames are
# looked at on either side, or what there is of them within the shortest shot, but two at least.
_MOST_AROUND, _LEAST_AROUND = 4, 2
_STANDS = 0.6  # of the strokes of a frame: where less stands there is no page
# Strokes (of whole slides 39 and more, of two lines mostly 11 and more, of a question or a table 3 to 20; of what moves
# beside them up to 9), and so many each; the fewer are that share of the more at least, for what is only added takes a
# few away with it.
_GONE_AND_COME, _EITHER, _BOTH = 8, 2, 0.12
_GONE_AND_COME_UNSEEN = 14  # where frames lie between that were not seen: of a head that moved meanwhile up to 35
_MORE = 1.25  # times what changes in any frame around
_PIECE = 4096  # frames looked at together


def new_pages(samples: Samples, bridged: Flags, turned: Flags) -> Values:
    """Per frame how far it is above the normal limit (1 = just on it).

    What lies before a `bridged` frame was not seen: where the camera `turned` meanwhile nothing is told.
    """
    unseen = turned | (bridged & ~_is_still_before(samples, bridged))
    stood, at_once = _of_what_stood(samples, bridged, unseen), _at_once(samples, bridged, unseen)
    return stood + np.where(bridged, at_once / SURER_UNSEEN, at_once)


def _at_once(samples: Samples, bridged: Flags, unseen: Flags) -> Values:
    """How sure each frame begins another page by what is rewritten, and changes at all, in it alone; nothing is told of
    `unseen` ones.

    Where things move strokes are others in every frame, and as much changes before and after. Before a `bridged` one
    so much time went by that what changed is no measure of what moves, but for what others of them tell: in film that
    moves slowly strokes are others from keyframe to keyframe.
    """
    times, features = samples.times, samples.features
    rewritten, change = (np.where(unseen, 0.0, values) for values in (features.rewritten, features.change))
    frames = np.flatnonzero(rewritten)
    rivals = rewritten, np.where(bridged, 0.0, change)
    lone = [
        values[frames] / (_largest_around(others, frames, times, SHORTEST_SHOT) + floor)
        for values, others, floor in zip((rewritten, change), rivals, (_STILL_REWRITTEN, _STILL_CHANGE), strict=True)
    ]
    goes_on = _goes_on(rewritten, frames, times) & (rewritten[frames] <= A_LITTLE)
    goes_on |= _goes_on(np.where(bridged, rewritten, 0.0), frames, times) & bridged[frames]
    sure = np.zeros(len(times))
    sure[frames] = np.where(goes_on, 0.0, np.minimum(rewritten[frames], np.minimum(*lone) / _LONE_PAGE))
    return sure


def _of_what_stood(samples: Samples, bridged: Flags, unseen: Flags) -> Values:
    """How sure each frame begins another page by the strokes that stood up to there and are gone from there on; nothing
    is told of `unseen` ones.

    What moves beside a page goes on moving: where the page is another, more changes than before and behind.
    """
    frames = np.flatnonzero((samples.features.rewritten >= 1) & ~unseen)
    frames = frames[(frames >= _LEAST_AROUND) & (frames <= len(samples) - _LEAST_AROUND)]
    others, sure = np.zeros((2, len(samples)))
    for piece in np.array_split(frames, len(frames) // _PIECE + 1):
        gone, come = _gone_and_come(samples, piece)
        fewer = np.minimum(gone, come)
        others[piece] = np.where(fewer >= np.maximum(_EITHER, _BOTH * np.maximum(gone, come)), gone + come, 0)
    least = np.where(bridged[frames], _GONE_AND_COME_UNSEEN, _GONE_AND_COME)
    sure[frames] = np.minimum(others[frames] / least, samples.features.rewritten[frames])
    seen = np.where(bridged, 0.0, samples.features.change)
    is_more = bridged[frames] | (seen[frames] > _MORE * _largest_around(seen, frames, samples.times, _GOING_ON_SECONDS))
    sure[frames[~is_more | _goes_on(others, frames, samples.times)]] = 0
    return sure


def _gone_and_come(samples: Samples, frames: Indices) -> tuple[Counts, Counts]:
    """How many strokes stood before each of the frames and are gone from there on, and the other way round."""
    before, behind = _standing(samples, frames - 1, -1), _standing(samples, frames, 1)
    layout = samples.features.layout
    strokes = np.maximum(places(layout[frames - 1]).strokes, places(layout[frames]).strokes)
    stands = np.minimum(before.strokes, behind.strokes) >= _STANDS * strokes
    return before.lost_in(behind) * stands, behind.lost_in(before) * stands


def _standing(samples: Samples, frames: Indices, step: int) -> Places:
    """What is the same from each of the frames on, in the direction of `step`."""
    times, layout = samples.times, samples.features.layout
    stood = places(layout[frames])
    for number in range(1, _MOST_AROUND):
        others = np.clip(frames + step * number, 0, len(times) - 1)
        is_near = np.abs(times[others] - times[frames]) <= SHORTEST_SHOT
        is_wanted = is_near | (number < _LEAST_AROUND)
        stood = stood.shared(places(layout[np.where(is_wanted, others, frames)]))
    return stood


def _is_still_before(samples: Samples, bridged: Flags) -> Flags:
    """Before which frames hardly anything moved that was not seen: so the packets say, or what was seen on both sides
    of it, where a few things move in a picture that stands.
    """
    still = np.zeros(len(samples), np.bool_)
    if samples.still is not None:
        still[1:] = samples.still[:-1]
    for place in np.flatnonzero(bridged & ~still).tolist():
        seen = np.array([place - 2, place - 1, place + 1, place + 2])
        if seen[0] > 0 and seen[-1] < len(samples):
            features, lasting = samples.features, np.ptp(samples.times[seen[:2]]) + np.ptp(samples.times[seen[2:]])
            moves = features.change[seen].max() > _STANDING or features.rewritten[seen].any()
            still[place] = not moves and lasting <= SHORTEST_SHOT
    return still


def _goes_on(values: Values, frames: Indices, times: Values) -> Flags:
    """Of which frames the value is no larger than those of frames a moment before or behind, as where one counts."""
    return np.asarray(_largest_around(values, frames, times, _GOING_ON_SECONDS) > values[frames] / _LONE_PAGE, np.bool_)


def _largest_around(values: Values, frames: Indices, times: Values, seconds: float) -> Values:
    """The largest of the values within so many seconds of each of the frames, that itself left out."""
    begins = np.searchsorted(times, times[frames] - seconds)
    ends = np.searchsorted(times, times[frames] + seconds, side="right")
    return np.maximum(largest_within(values, begins, frames), largest_within(values, frames + 1, ends))

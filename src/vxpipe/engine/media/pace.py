"""Which of the decoded frames are measured: ten a second tell shots as well as all do. Pure numpy."""

import numpy as np

from vxpipe.engine.media.arrays import Pts
from vxpipe.engine.media.arrivals import arriving
from vxpipe.engine.media.ordered import among, distinct, median
from vxpipe.engine.media.packets import PacketMap
from vxpipe.values import frozen

_APART_SECONDS = 0.1
_NEARLY = 0.15  # of a frame: of 60 a second, told in milliseconds, most take 17
_LASTING = 1.5  # times as long as usual: a frame that stays so long would be missed, were it not measured
_MOST_ALWAYS = 10_000  # to find a frame among so many costs little yet


@frozen
class Pace:
    """Measured are keyframes, frames that come `apart` (pts) or more after the last one measured, and those that are
    `always` (pts, rising): what may bring another picture, so that its shot is measured from its first frame on, and
    what no other follows for a while.
    """

    apart: int
    always: tuple[int, ...]


def pace_of(packets: PacketMap) -> Pace | None:
    """The pace for a film; None where its frames come so seldom, or so unevenly, that all are measured."""
    steps = np.diff(packets.shown)
    usual = median(steps) if len(steps) else 0.0
    frames = int(_APART_SECONDS / (usual * float(packets.unit)) + _NEARLY) if usual else 1
    lasting = packets.shown[:-1][steps > _LASTING * usual]
    always = distinct(np.append(lasting, arriving(packets)))
    if frames < 2 or len(always) > _MOST_ALWAYS:
        return None
    # Half a frame less, as times are rounded.
    return Pace(apart=round((frames - 0.5) * usual), always=tuple(always.tolist()))


def measured(packets: PacketMap, pace: Pace) -> Pts:
    """The pts of the frames that are measured, in order."""
    shown = packets.shown
    always = np.flatnonzero(among(shown, np.append(packets.key_pts, np.array(pace.always, np.int64))))
    always = np.append(always, len(shown))
    later = np.searchsorted(shown, shown + pace.apart)
    nexts = np.minimum(later, always[np.searchsorted(always, np.arange(len(shown)), side="right")]).tolist()
    places = [0]
    while (place := nexts[places[-1]]) < len(shown):
        places.append(place)
    return np.asarray(shown[places], np.int64)


def longest_between(packets: PacketMap, pace: Pace) -> float:
    """The longest time in seconds between two frames that are measured of which others lie in between."""
    pts = measured(packets, pace)
    passed_over = np.diff(np.searchsorted(packets.shown, pts)) > 1
    return float(np.diff(packets.times(pts))[passed_over].max(initial=0.0))

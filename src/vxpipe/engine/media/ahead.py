"""Which frames are held while all are measured, before anybody knows which are kept, told from the packets. Pure numpy.

A picture that was not there before takes many bytes. To hold a frame of it costs 2 ms of 1080p; to decode one again, as
much as all of its group before it.
"""

import numpy as np

from vxpipe.engine.media.arrays import Pts
from vxpipe.engine.media.arrivals import SETTLED_SECONDS, arriving
from vxpipe.engine.media.ordered import distinct, evenly
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.reading import Ahead

_WHOLE_SECONDS = 0.3  # before another picture comes: then a page that is written line by line is all there
_APART_SECONDS = 0.2  # frames that are closer show the same
_SELDOM_SECONDS = 1.0  # between frames that are held where nothing arrives


def frames_ahead(packets: PacketMap, most: int) -> Ahead:
    """A frame soon after each packet that takes far more than those before it, one some time before the next of those,
    and one a second in between; `most` at most, evenly chosen.
    """
    shown, arrivals, unit = packets.shown, arriving(packets), float(packets.unit)
    apart, seldom = round(_APART_SECONDS / unit), max(1, round(_SELDOM_SECONDS / unit))
    settled = _thinned(np.append(shown[:1], arrivals + round(SETTLED_SECONDS / unit)), apart)
    whole = arrivals[1:] - round(_WHOLE_SECONDS / unit)
    whole = whole[(whole > shown[0]) & (_distances(whole, settled) >= apart)]
    times = distinct(np.append(settled, whole))
    # Asked of every frame: a file may claim any span of time between two of them.
    last = times[np.searchsorted(times, shown, side="right") - 1]
    times = distinct(last + (shown - last) // seldom * seldom)
    return Ahead(from_pts=tuple(evenly(times, most).tolist()))


def _thinned(times: Pts, apart: int) -> Pts:
    """The times without those that follow the last one left sooner than that."""
    left = [int(times[0])]
    for time in times[1:].tolist():
        if time - left[-1] >= apart:
            left.append(time)
    return np.array(left, np.int64)


def _distances(times: Pts, others: Pts) -> Pts:
    """How far each of the times is from the nearest of the others, which rise."""
    after = np.searchsorted(others, times)
    before = np.abs(times - others[np.maximum(after - 1, 0)])
    return np.asarray(np.minimum(before, np.abs(others[np.minimum(after, len(others) - 1)] - times)), np.int64)

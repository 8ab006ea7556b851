"""How to look again where a look without B-frames left a doubt, decided from facts alone. Pure."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vxpipe.engine.media.arrays import Flags, Pts
from vxpipe.engine.media.ordered import distinct, evenly
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.plan import MOST_HELD, Plan, reading_to_measure
from vxpipe.engine.media.reading import Ahead, Reading
from vxpipe.engine.media.reuse import room_for_stills
from vxpipe.model import MediaInfo
from vxpipe.values import frozen

_NEAR = 0.5  # of what it takes to decode a frame: the rest is measured for nothing
_LATER_SECONDS = (0.2, 0.4)  # by which a transition may end after all


@frozen
class SecondLook:
    """How to look again."""

    plan: Plan
    needed: Flags
    """Per packet, whether it is decoded: for what is in doubt, and for frames that are held."""

    @property
    def reading(self) -> Reading:
        """How it decodes. No keyframe but those that are needed: all of them were seen."""
        return replace(reading_to_measure(self.plan, self.needed), keys=False)


def with_b_frames(plan: Plan) -> Plan:
    """The plan that decodes every frame that others refer to."""
    return replace(plan, no_b_frames=False)


def plan_second_look(plan: Plan, info: MediaInfo, packets: PacketMap, doubtful: Flags, likely: Pts) -> SecondLook:
    """How to look again at the `doubtful` packets.

    Those of the frames `likely` to be kept (pts) that it comes near to are held meanwhile, so that what leads to them
    is not decoded a third time. Others a little later are as well, for that may end later than it seemed.
    """
    likely = likely[packets.share(doubtful, likely) >= _NEAR]
    if not len(likely):
        return SecondLook(plan=with_b_frames(plan), needed=doubtful)
    most = min(MOST_HELD, room_for_stills(info)) - 1  # the first frame is held whatever it is
    likely = evenly(likely, most)
    later = _anchors_after(packets, likely, _LATER_SECONDS)
    held = distinct(np.append(likely, evenly(later, most - len(likely))))
    needed = doubtful | packets.fewest_for(held)
    ahead = Ahead(from_pts=tuple(distinct(np.append(packets.pts[needed].min(), held)).tolist()))
    return SecondLook(plan=replace(with_b_frames(plan), ahead=ahead), needed=needed)


def with_reason(plan: Plan, share: float) -> Plan:
    """The plan, whose reason tells that it did without B-frames, but for so large a share of the packets."""
    but = f", but for the {share:.0%} of the packets in which that left a doubt" if share else ""
    return replace(plan, reason=f"{plan.reason}; B-frames are left out though others refer to them{but}")


def _anchors_after(packets: PacketMap, pts: Pts, seconds: Sequence[float]) -> Pts:
    """The pts of the anchors that are shown so many seconds after each of the frames, or the next ones."""
    anchors = np.sort(packets.anchor_pts)
    after = np.concatenate([pts + round(each / packets.unit) for each in seconds])
    places = np.searchsorted(anchors, after)
    return np.asarray(anchors[places[places < len(anchors)]], np.int64)

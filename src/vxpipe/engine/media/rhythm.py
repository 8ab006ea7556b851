"""When an encoder's keyframes come by habit, and when before their time. Pure numpy."""

import numpy as np

from vxpipe.engine.media.arrays import Flags
from vxpipe.engine.media.packets import PacketMap

_COMMON = 0.15  # of the groups have one length (three at least): that length is the encoder's habit
_ROUND = 10  # encoders are told round numbers of frames


def endings(packets: PacketMap) -> tuple[Flags, Flags]:
    """Which groups end before their time, and which as an encoder's habit is; of the others nobody knows.

    Habit: the longest groups if that is a round length or a common one, and keyframes on the grid that these make.
    """
    lengths = np.diff(np.append(packets.starts, len(packets)))
    longest = int(lengths[:-1].max(initial=1))
    ordered = np.sort(lengths[:-1])  # the last group ends with the film
    shared = np.searchsorted(ordered, lengths + 1, side="right") - np.searchsorted(ordered, lengths - 1)
    ends = np.append(packets.starts[1:], len(packets))
    on_grid = np.abs((ends + longest // 2) % longest - longest // 2) <= 1
    full = lengths >= longest - 1
    habit = full & ((longest % _ROUND == 0) | (shared > 1))
    regular = habit | (on_grid & bool(habit.any()))
    early = ~regular & (shared < max(3.0, _COMMON * len(lengths)))
    early[-1] = False
    return np.asarray(early, np.bool_), np.asarray(regular, np.bool_)

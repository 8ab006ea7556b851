"""Which frames a mode asks for that needs no look at the others, told from the packets alone. Pure."""

from collections.abc import Callable

import numpy as np

from vxpipe.engine.media.arrays import Pts
from vxpipe.engine.media.moments import NEAR, at_intervals, equal_parts, middle_of, on_screen
from vxpipe.engine.media.ordered import distinct, evenly
from vxpipe.engine.media.packets import PacketMap
from vxpipe.recipe import Frames, Mode, given

# Frames asked for: beside fewer, keyframes tell what is usual outside the borders, and one of them is kept where all
# that was asked for is blank.
_ENOUGH = 12
_SPARE = 16  # keyframes of the film
_SPARE_A_PART = 2  # keyframes of each part of it, of which one frame is asked for


def named_frames(packets: PacketMap, frames: Frames) -> Pts:
    """The pts of the frames to look at, in order."""
    asked = distinct(_MODES[frames.mode](packets, frames))
    # Times are all kept, blank or not: keyframes serve the borders alone, where there are fewer times than `min`.
    enough = frames.min if frames.mode is Mode.TIMESTAMPS else _ENOUGH
    if frames.mode is Mode.KEYFRAMES or len(asked) >= enough:
        return asked
    return distinct(np.append(asked, evenly(packets.key_pts, _SPARE)))


def _timestamps(packets: PacketMap, frames: Frames) -> Pts:
    shown = packets.shown
    return np.asarray(shown[on_screen(packets.times(shown), np.array(given(frames.at)))], np.int64)


def _interval(packets: PacketMap, frames: Frames) -> Pts:
    shown = packets.shown
    return np.asarray(shown[at_intervals(packets.times(shown), given(frames.every), packets.seconds)], np.int64)


def _keyframes(packets: PacketMap, _frames: Frames) -> Pts:
    return packets.key_pts


def _count(packets: PacketMap, frames: Frames) -> Pts:
    """The middle of each part, or a keyframe close by, and a few keyframes in case that one is blank or known."""
    shown, keys = packets.shown, packets.key_pts
    times, found, count = packets.times(shown), list[Pts](), min(given(frames.count), len(shown))
    seconds = packets.seconds / count
    for number, part in enumerate(equal_parts(times, packets.seconds, count)):
        middle, first, last = shown[[middle_of(times, part, number, seconds), part.start, part.stop - 1]]
        inside = keys[(keys >= first) & (keys <= last)]
        off = np.abs(packets.times(inside) - (number + 0.5) * seconds)
        nearest = inside[np.argmin(off)] if off.min(initial=np.inf) <= NEAR * seconds else middle
        found += [np.array([nearest]), evenly(inside, _SPARE_A_PART)] if len(inside) else [np.array([nearest])]
    return np.concatenate(found)


_MODES: dict[Mode, Callable[[PacketMap, Frames], Pts]] = {
    Mode.TIMESTAMPS: _timestamps,
    Mode.INTERVAL: _interval,
    Mode.KEYFRAMES: _keyframes,
    Mode.COUNT: _count,
}

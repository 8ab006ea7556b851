"""Which frames a mode asks for that needs no look at the others, told from the packets alone. Pure."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.ordered import distinct, evenly
from vxpipe.engine.media.packets import PacketMap, Times
from vxpipe.recipe import Frames, Mode

_ENOUGH = 12  # frames asked for; with fewer, keyframes are looked at as well, for `min` to choose from
_SPARE = 16
_SPARE_A_PART = 2
_NEAR = 0.1  # of a part: how far from its middle a frame may lie that is cheaper to reach
SOONEST = 0.0005  # seconds by which a time may fall short of a frame's own and still name it


def named_frames(packets: PacketMap, frames: Frames) -> Times:
    """The pts of the frames to look at, in order."""
    asked = distinct(_MODES[frames.mode](packets, frames))
    enough = frames.min if frames.mode is Mode.TIMESTAMPS else _ENOUGH  # named times are all kept
    if frames.mode is Mode.KEYFRAMES or len(asked) >= enough:
        return asked
    return distinct(np.append(asked, evenly(packets.key_pts, _SPARE)))


def at_intervals(times: NDArray[np.float64], every: float, end: float) -> NDArray[np.intp]:
    """Which of the frames that begin at `times` (seconds, rising from 0) are on screen at a multiple of `every`.

    The last one is until `end`.

    Asked of every frame, not of every multiple: a file may claim any span of time between two of its frames.
    """
    first = np.ceil((times - SOONEST) / every)
    last = max(np.floor(times[-1] / every + 1e-6) + 1, np.ceil((end - SOONEST) / every))
    past = np.append((times[1:] - SOONEST) / every, last)
    return np.flatnonzero(first < past)


def equal_parts(times: NDArray[np.float64], end: float, count: int) -> list[slice]:
    """The frames that begin at `times` (seconds, rising from 0) in so many parts that last as long as each other, with
    one frame each at least; there are as many frames as that.
    """
    begins = np.searchsorted(times, np.arange(count) * end / count)
    parts = np.arange(count)
    begins = np.maximum.accumulate(begins - parts) + parts  # one further each
    begins = np.minimum(begins, len(times) - count + parts)
    return [slice(int(begin), int(after)) for begin, after in zip(begins, [*begins[1:], len(times)], strict=True)]


def middle_of(times: NDArray[np.float64], part: slice, number: int, seconds: float) -> int:
    """Which frame of a part shows its middle: the nearest; where none is near, the one on screen then.

    All parts last so many seconds, and `number` counts them from 0. Not all of its frames need be among the `times`.
    """
    inside, middle, first = times[part], (number + 0.5) * seconds, int(part.start)
    nearest = int(np.argmin(np.abs(inside - middle)))
    if abs(inside[nearest] - middle) <= _NEAR * seconds:
        return first + nearest
    return first + max(0, int(np.searchsorted(inside, middle + SOONEST, side="right")) - 1)


def _timestamps(packets: PacketMap, frames: Frames) -> Times:
    return _on_screen(packets, packets.shown, np.array(frames.at or (), np.float64))


def _interval(packets: PacketMap, frames: Frames) -> Times:
    shown = packets.shown
    return np.asarray(shown[at_intervals(packets.times(shown), frames.every or 1.0, packets.seconds)], np.int64)


def _keyframes(packets: PacketMap, _frames: Frames) -> Times:
    return packets.key_pts


def _count(packets: PacketMap, frames: Frames) -> Times:
    """The middle of each part, or a keyframe close by, and a few keyframes in case that one is blank or known."""
    shown, keys = packets.shown, packets.key_pts
    times, found, count = packets.times(shown), list[Times](), min(frames.count or 1, len(shown))
    seconds = packets.seconds / count
    for number, part in enumerate(equal_parts(times, packets.seconds, count)):
        middle, first, last = shown[[middle_of(times, part, number, seconds), part.start, part.stop - 1]]
        inside = keys[(keys >= first) & (keys <= last)]
        off = np.abs(packets.times(inside) - (number + 0.5) * seconds)
        nearest = inside[np.argmin(off)] if off.min(initial=np.inf) <= _NEAR * seconds else middle
        found += [np.array([nearest]), evenly(inside, _SPARE_A_PART)] if len(inside) else [np.array([nearest])]
    return np.concatenate(found)


_MODES: dict[Mode, Callable[[PacketMap, Frames], Times]] = {
    Mode.TIMESTAMPS: _timestamps,
    Mode.INTERVAL: _interval,
    Mode.KEYFRAMES: _keyframes,
    Mode.COUNT: _count,
}


def _on_screen(packets: PacketMap, pts: Times, seconds: NDArray[np.float64]) -> Times:
    """The last of the frames that begins no later than each time."""
    places = np.searchsorted(packets.times(pts), seconds + SOONEST, side="right") - 1
    return np.asarray(pts[np.maximum(places, 0)], np.int64)

"""Where in a video a new picture may have arrived, told from the bytes of its packets. Pure numpy.

What was not in the picture before must be sent: the first frame of a shot takes many times the bytes of the frames
before it, and those after it another amount than they did. An encoder that sees a cut itself begins a group there,
before its time. Only frames without either sign are left undecoded.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.packets import Flags, PacketMap, Positions

Sizes = NDArray[np.float64]

_SPIKE = 1.75  # times the largest of ...
_BEFORE = 4  # ... so many reference frames before: what the first frame of a shot takes (measured: 1.77 to 300)
_FIRST_SPIKE = 0.4  # of the keyframe's bytes: the same for the frames right after it,
_SETTLING = 2  # which take more from one to the next, for it is better coded than they are
_WINDOW_SECONDS = 0.4  # the shortest shot that is promised
_RISE, _FALL = 2.5, 4.0  # how many times more, or less, a frame takes on average than before
_FLOOR = 0.03  # of the smaller keyframe: whatever takes less is no picture
_SETTLED_SECONDS = 0.25  # after an arrival, until its shot can be told from the one before
_QUIET = 0.15  # of the smallest keyframe, for any frame, ...
_QUIET_SECOND = 0.5  # ... and for all frames within a second
_COMMON = 0.15  # of the groups have one length (three at least): that length is the encoder's habit
_ROUND = 10  # encoders are told round numbers of frames
_LIVELY_END = 0.35  # of the keyframe that follows: in such movement encoders see cuts where none are (0.41 and more)
_END_FRAMES = 4
_ENDS_OF_SCALE = (0.05, 0.95)
_EVEN = 2.0  # times the least: among such frames that of a simpler picture stands out


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What the packets of each group tell.

    `until`: the last packet it takes to see all that may have arrived, -1 where nothing did. `largest`: the bytes of
    its largest frame but the keyframe, `rest` of the largest after `until`, `left` of all after it
    together; `even`: they take about the same. `quiet`: its frames hold no picture.
    `regular`: the next keyframe came when it had to. `cut_after`: it came for a cut.
    """

    until: Positions
    largest: Sizes
    rest: Sizes
    left: Sizes
    even: Flags
    quiet: Flags
    regular: Flags
    cut_after: Flags

    @property
    def some(self) -> NDArray[np.bool_]:
        """Whether anything may have arrived."""
        return np.asarray(self.until >= 0, np.bool_)


def find_arrivals(packets: PacketMap, blank: Flags) -> Arrivals:
    """What the packets of each group tell; `blank` marks the groups whose keyframe is one flat colour."""
    keys = packets.sizes[packets.starts].astype(np.float64)
    following = np.append(keys[1:], keys[-1])
    least = float(keys[~blank].min()) if not blank.all() else 0.0
    bodies = [_Body(packets, begin, end) for begin, end in packets.groups()]
    largest, second, ending = (np.array(told) for told in zip(*(body.amounts() for body in bodies), strict=True))
    smaller = np.minimum(keys, following)
    until = [body.until(float(key), _FLOOR * float(low)) for body, key, low in zip(bodies, keys, smaller, strict=True)]
    ends = (body.after(place) for body, place in zip(bodies, until, strict=True))
    rest, left, even = (np.array(told) for told in zip(*ends, strict=True))
    early, regular = _ends(packets)
    return Arrivals(
        regular=regular,
        until=np.array(until, np.intp),
        largest=largest,
        rest=rest,
        left=left,
        even=even,
        quiet=(largest <= _QUIET * least) & (second <= _QUIET_SECOND * least),
        cut_after=(early & (ending <= _LIVELY_END * following)) | np.append(blank[1:] & ~blank[:-1], False),
    )


class _Body:
    """The frames of a group but its keyframe."""

    def __init__(self, packets: PacketMap, begin: int, end: int) -> None:
        self._first = begin + 1
        self._pts, self._unit = packets.pts[begin + 1 : end + 1], float(packets.unit)
        self._sizes = packets.sizes[begin + 1 : end + 1].astype(np.float64)
        # B-frames are small whatever they show.
        self._anchors = np.flatnonzero(np.maximum.accumulate(self._pts) == self._pts)
        steps = np.diff(np.sort(packets.pts[begin : end + 1])) * float(packets.unit)
        self._frame_seconds = float(np.median(steps)) if len(steps) else 1.0

    def amounts(self) -> tuple[float, float, float]:
        """The bytes of the largest frame, of the second with most of them, and of a usual frame at the end."""
        if not len(self._sizes):
            return 0.0, 0.0, 0.0
        second = np.convolve(self._sizes, np.ones(max(1, round(1 / self._frame_seconds)))).max()
        last = self._sizes[self._anchors][-_END_FRAMES - 1 :]
        return float(self._sizes.max()), float(second), float(np.median(last[:-1] if len(last) > 1 else last))

    def until(self, key: float, floor: float) -> int:
        """The packet up to which to decode, -1 where nothing arrived."""
        found = [*self._spikes(key, floor), *self._shifts(floor)]
        if not found:
            return -1
        seen = max(found) + _SETTLED_SECONDS / self._unit
        return self._first + int(np.flatnonzero(self._pts <= seen)[-1])

    def after(self, place: int) -> tuple[float, float, bool]:
        """The bytes of the largest frame that follows a packet, those of all, and whether they take about the same.

        Judged by the frames that others refer to; the first after the keyframe and a few at either end of the scale
        have no say.
        """
        first = max(0, place + 1 - self._first)
        sizes = self._sizes[self._anchors[self._anchors >= max(_SETTLING, first)]]
        low, high = np.quantile(sizes, _ENDS_OF_SCALE) if len(sizes) else (0.0, 0.0)
        rest = self._sizes[first:]
        return float(rest.max(initial=0.0)), float(rest.sum()), bool(high <= _EVEN * max(low, 1.0))

    def _spikes(self, key: float, floor: float) -> list[int]:
        """The pts of the frames that take far more than those before them."""
        sizes = self._sizes[self._anchors]
        padded = np.concatenate([np.zeros(_BEFORE, np.float64), sizes])
        before = np.lib.stride_tricks.sliding_window_view(padded, _BEFORE).max(axis=1)[: len(sizes)]
        usual = np.maximum(before, floor)
        usual[:_SETTLING] = np.maximum(usual[:_SETTLING], _FIRST_SPIKE / _SPIKE * key)
        spikes: list[int] = self._pts[self._anchors[sizes > _SPIKE * usual]].tolist()
        return spikes

    def _shifts(self, floor: float) -> list[int]:
        """The pts of the frames after which frames take another amount than before."""
        order = np.argsort(self._pts)
        pts, sizes = self._pts[order], self._sizes[order]
        width = max(2, round(_WINDOW_SECONDS / self._frame_seconds))
        if len(sizes) < 2 * width + 1:
            return []
        windows = np.lib.stride_tricks.sliding_window_view(sizes, width)
        sums = windows.sum(axis=1) - windows.max(axis=1)  # a spike is no shift
        before, after = sums[: -width - 1], sums[width + 1 :]
        least = floor * width / _BEFORE
        rises = after > _RISE * np.maximum(before, least)
        falls = before > _FALL * np.maximum(after, least)
        shifts: list[int] = pts[width:-width][rises | falls].tolist()
        return shifts


def _ends(packets: PacketMap) -> tuple[Flags, Flags]:
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

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

_SPIKE = 2.0  # times the largest of ...
_BEFORE = 4  # ... so many reference frames before: what the first frame of a shot takes (measured: 2 to 300)
_FIRST_SPIKE = 0.4  # of the keyframe's bytes: the same for the frame right after it
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


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What the packets of each group tell.

    `until`: the last packet it takes to see all that may have arrived, -1 where nothing did. `largest`: the bytes of
    its largest frame but the keyframe, `rest` of the largest after `until`. `quiet`: its frames hold no picture.
    `early`: the next keyframe came before its time. `cut_after`: surely for a cut.
    """

    until: Positions
    largest: Sizes
    rest: Sizes
    quiet: Flags
    early: Flags
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
    early = _is_early(packets)
    return Arrivals(
        early=early,
        until=np.array(until, np.intp),
        largest=largest,
        rest=np.array([body.largest_after(place) for body, place in zip(bodies, until, strict=True)]),
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

    def largest_after(self, place: int) -> float:
        """The bytes of the largest frame that follows a packet."""
        return float(self._sizes[max(0, place + 1 - self._first) :].max(initial=0.0))

    def _spikes(self, key: float, floor: float) -> list[int]:
        """The pts of the frames that take far more than those before them."""
        sizes = self._sizes[self._anchors]
        padded = np.concatenate([np.zeros(_BEFORE, np.float64), sizes])
        before = np.lib.stride_tricks.sliding_window_view(padded, _BEFORE).max(axis=1)[: len(sizes)]
        usual = np.maximum(before, floor)
        usual[:1] = _FIRST_SPIKE / _SPIKE * key
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


def _is_early(packets: PacketMap) -> Flags:
    """Which groups end before their time.

    Regular are lengths that many groups share, and round ones of the longest; and keyframes on the grid of the longest.
    """
    lengths = np.diff(np.append(packets.starts, len(packets)))
    longest = int(lengths[:-1].max(initial=1))
    ordered = np.sort(lengths)
    shared = np.searchsorted(ordered, lengths + 1, side="right") - np.searchsorted(ordered, lengths - 1)
    ends = np.append(packets.starts[1:], len(packets))
    off_grid = np.abs((ends + longest // 2) % longest - longest // 2) > 1
    full = (lengths >= longest - 1) & ((longest % _ROUND == 0) | (shared > 1))
    early = (shared < max(3.0, _COMMON * len(lengths))) & ~full & (off_grid | (lengths == longest))
    early[-1] = False
    return np.asarray(early, np.bool_)

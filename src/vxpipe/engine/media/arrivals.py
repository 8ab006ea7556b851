"""Where in a video a new picture may have arrived, told from the bytes of its packets. Pure numpy.

What was not in the picture before must be sent: the first frame of a shot takes many times the bytes of the frames
before it, and those after it another amount than they did. An encoder that sees a cut itself begins a group there,
before its time. Only frames without either sign are left undecoded.
"""

from collections.abc import Sequence

import numpy as np

from vxpipe.engine.media.arrays import Flags, Indices, Pts, Values
from vxpipe.engine.media.ordered import median, quantile
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.rhythm import endings
from vxpipe.engine.media.shot import SHORTEST_SHOT
from vxpipe.values import frozen

SETTLED_SECONDS = 0.25
"""After another picture came, until a shot as short as the shortest can be told from the one before."""

# A spike, which the first frame of a shot is (measured: 1.77 to 300 times the largest before it):
_SPIKE = 1.75  # times the largest of ...
_BEFORE = 4  # ... so many reference frames before
_FIRST_SPIKE = 0.4  # of the keyframe's bytes: the same for the frames right after it,
_SETTLING = 2  # which take more from one to the next, for it is better coded than they are
_FLOOR = 0.03  # of the smaller keyframe: whatever takes less is no picture,
_PICTURE = 0.02  # nor what takes less than that of the usual keyframe, where all is decoded
# A shift, after which frames take another amount on average than before:
_RISE, _FALL = 2.5, 4.0  # times more, times less
_SHIFT_FLOOR = _FLOOR / _BEFORE  # of the smaller keyframe: less on average is nothing that moves
# Quiet groups, which hold no picture:
_QUIET = 0.15  # of the smallest keyframe, for any frame,
_QUIET_SECOND = 0.5  # and for all frames within a second
# Still groups, in which hardly anything moves:
_STILL_SECOND = 0.4  # of the smaller keyframe: slides with a pointer or logo that moves take up to 0.25, film 0.5
_EMPTY = 0.02  # of that keyframe: frames say that nothing has changed where the usual one takes no more ...
_LIKE_EMPTY = 1.3  # ... and no more than the least (70 bytes of 1080p in H.264, and a page of text has a key of 4,000)
_LEAST_AND_USUAL = (0.1, 0.5)  # of the scale
# Where a title fades in a keyframe at one end of the group shows next to nothing, and is no measure: it takes at most
# so many times the largest frame between (1 to 2.3). Then a usual frame of so many bytes says nothing (of 480 lines it
# takes 23 to 50), where another takes so many times that.
_SHOWS_NOTHING, _NOTHING, _SOMETHING = 3.0, 64, 5.0
# Groups that end with a cut:
_LIVELY_END = 0.35  # of the keyframe that follows: in such movement encoders see cuts where none are (0.41 and more)
_END_FRAMES = 4  # at the end of a group, by which its movement is told
# Even groups, in which the frame of a simpler picture would stand out:
_ENDS_OF_SCALE = (0.05, 0.95)  # shares of the frames: what is beyond has no say
_EVEN = 2.0  # times the least


@frozen(kw_only=False)
class Arrivals:
    """What the packets of each group tell, its keyframe apart; one value per group, sizes in bytes."""

    until: Indices
    """The last packet it takes to see all that may have arrived; -1: nothing did."""
    largest: Values
    """That of its frames."""
    rest: Values
    """The largest of those after `until`."""
    even: Flags
    """Those after `until` take about the same."""
    quiet: Flags
    """Its frames hold no picture."""
    still: Flags
    """After `until` hardly anything moves."""
    regular: Flags
    """The next keyframe came when it had to."""
    cut_after: Flags
    """The next keyframe came for a cut."""

    @property
    def some(self) -> Flags:
        """Whether anything may have arrived."""
        return np.asarray(self.until >= 0, np.bool_)


def find_arrivals(packets: PacketMap, blank: Flags) -> Arrivals:
    """What the packets of each group tell; `blank` marks the groups whose keyframe is one flat colour."""
    keys = packets.sizes[packets.starts].astype(np.float64)
    following = np.append(keys[1:], keys[-1])
    bodies = [_Body(packets, begin, end) for begin, end in packets.groups()]
    smaller = np.minimum(keys, following)
    until = [body.until(key, least) for body, key, least in zip(bodies, keys.tolist(), smaller.tolist(), strict=True)]
    early, regular = endings(packets)
    moved = [body.moved_a_second(place, key) for body, place, key in zip(bodies, until, smaller.tolist(), strict=True)]
    in_movement = np.array([body.ending for body in bodies]) > _LIVELY_END * following
    return Arrivals(
        until=np.array(until, np.intp),
        largest=np.array([body.largest for body in bodies]),
        rest=np.array([body.largest_after(place) for body, place in zip(bodies, until, strict=True)]),
        even=np.array([body.is_even_after(place) for body, place in zip(bodies, until, strict=True)]),
        quiet=_are_quiet(bodies, keys[~blank]),
        still=np.array(moved) <= _STILL_SECOND * smaller,
        regular=regular,
        cut_after=(early & ~in_movement) | np.append(blank[1:] & ~blank[:-1], False),
    )


def arriving(packets: PacketMap) -> Pts:
    """The pts of the packets that may bring another picture, in order: for films of which all is decoded, so that one
    more costs little and one less hides nothing.
    """
    order = np.argsort(packets.pts)
    pts, sizes = packets.pts[order], packets.sizes[order]
    usual = median(np.diff(pts)) * float(packets.unit) if len(pts) > 1 else SHORTEST_SHOT
    before = max(1, round(SHORTEST_SHOT / max(usual, 1e-3)))
    padded = np.concatenate([np.zeros(before, np.int64), sizes])
    largest = np.lib.stride_tricks.sliding_window_view(padded, before).max(axis=1)[: len(sizes)]
    least = _PICTURE * median(packets.sizes[packets.keys])
    return np.asarray(pts[(sizes > _SPIKE * largest) & (sizes > least)], np.int64)


def _are_quiet(bodies: Sequence["_Body"], keys: Values) -> Flags:
    """Which groups cannot hold even the simplest picture there is in the film."""
    least = float(keys.min(initial=np.inf)) if len(keys) else 0.0
    return np.array(
        [body.largest <= _QUIET * least and body.most_a_second() <= _QUIET_SECOND * least for body in bodies]
    )


class _Body:
    """The frames of a group but its keyframe; sizes in bytes."""

    def __init__(self, packets: PacketMap, begin: int, end: int) -> None:
        self._first = begin + 1
        self._pts, self._unit = packets.pts[begin + 1 : end + 1], float(packets.unit)
        self._sizes = packets.sizes[begin + 1 : end + 1].astype(np.float64)
        # B-frames are small whatever they show.
        self._anchors = np.flatnonzero(np.maximum.accumulate(self._pts) == self._pts)
        steps = np.diff(np.sort(packets.pts[begin : end + 1])) * float(packets.unit)
        self._frame_seconds = median(steps) if len(steps) else 1.0
        self.largest = float(self._sizes.max(initial=0.0))

    def most_a_second(self) -> float:
        """What the second with most bytes takes."""
        return self._most_a_second(self._sizes, self._pts)

    def moved_a_second(self, place: int, key: float) -> float:
        """The same of the frames that follow a packet, beyond what each takes where nothing moves."""
        after = slice(max(0, place + 1 - self._first), None)
        sizes, pts = self._sizes[after], self._pts[after]
        low, usual = (quantile(sizes, share) if len(sizes) else 0.0 for share in _LEAST_AND_USUAL)
        empty = low if usual <= min(_EMPTY * key, _LIKE_EMPTY * low) else 0.0
        if key <= _SHOWS_NOTHING * self.largest and usual <= min(_NOTHING, self.largest / _SOMETHING):
            empty = usual
        return self._most_a_second(np.maximum(sizes - empty, 0.0), pts)

    def _most_a_second(self, sizes: Values, pts: Indices) -> float:
        order = np.argsort(pts)
        sums = np.append(0.0, np.cumsum(sizes[order]))
        ends = np.searchsorted(pts[order], pts[order] + 1 / self._unit)
        return float((sums[ends] - sums[:-1]).max(initial=0.0))

    @property
    def ending(self) -> float:
        """What a usual frame takes at the end; the very last one apart, which may be the first of a fade."""
        last = self._sizes[self._anchors][-_END_FRAMES - 1 :]
        return median(last[:-1] if len(last) > 1 else last) if len(last) else 0.0

    def until(self, key: float, smaller: float) -> int:
        """The packet up to which to decode, -1 where nothing arrived; given the bytes of its keyframe, and of the
        smaller one at its two ends.
        """
        found = [*self._spikes(key, _FLOOR * smaller), *self._shifts(_SHIFT_FLOOR * smaller)]
        if not found:
            return -1
        seen = max(found) + SETTLED_SECONDS / self._unit
        return self._first + int(np.flatnonzero(self._pts <= seen)[-1])

    def largest_after(self, place: int) -> float:
        """The largest of the frames that follow a packet."""
        return float(self._sizes[max(0, place + 1 - self._first) :].max(initial=0.0))

    def is_even_after(self, place: int) -> bool:
        """Whether the frames that follow a packet and are referred to take about the same.

        The first after the keyframe and a few at either end of the scale have no say.
        """
        sizes = self._sizes[self._anchors[self._anchors >= max(_SETTLING, place + 1 - self._first)]]
        low, high = (quantile(sizes, share) if len(sizes) else 0.0 for share in _ENDS_OF_SCALE)
        return bool(high <= _EVEN * max(low, 1.0))

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
        width = max(2, round(min(SHORTEST_SHOT / self._frame_seconds, len(sizes))))
        if len(sizes) < 2 * width + 1:
            return []
        windows = np.lib.stride_tricks.sliding_window_view(sizes, width)
        sums = windows.sum(axis=1) - windows.max(axis=1)  # a spike is no shift
        before, after = sums[: -width - 1], sums[width + 1 :]
        least = floor * width
        rises = after > _RISE * np.maximum(before, least)
        falls = before > _FALL * np.maximum(after, least)
        shifts: list[int] = pts[width:-width][rises | falls].tolist()
        return shifts

"""What the packets of a video tell without any decoding: when each frame is shown, and what decoding it takes. Pure."""

from fractions import Fraction

import numpy as np

from vxpipe.engine.media.arrays import Counts, Flags, Indices, Pts, Values
from vxpipe.engine.media.ordered import among, distinct, median
from vxpipe.values import frozen

# Seconds: times in milliseconds, as Matroska has them, stray by half of one; some writers cut them off.
_ROUNDED = 0.002

Span = tuple[int, int]
"""First and last number of some packets in file order; both belong to it."""


@frozen(kw_only=False)
class PacketMap:
    """The packets of one video in file order, which is that of decoding; a group goes from a keyframe to the next."""

    pts: Pts
    """When its frame is shown, in `unit` seconds."""
    sizes: Counts
    """In bytes."""
    keys: Flags
    """Whether it is a keyframe."""
    hidden: Flags
    """Whether an edit list leaves it out."""
    unit: Fraction
    """The seconds that `pts` counts in."""
    disposable: Flags | None = None
    """Whether no other frame needs it; None: nobody looked."""

    def __len__(self) -> int:
        return len(self.pts)

    @property
    def starts(self) -> Indices:
        """The packets that are keyframes."""
        return np.flatnonzero(self.keys)

    @property
    def shown(self) -> Pts:
        """The pts of every frame that is shown, in order."""
        return np.sort(self.pts[~self.hidden])

    @property
    def key_pts(self) -> Pts:
        """The pts of the keyframes that are shown, in order."""
        return np.sort(self.pts[self.keys & ~self.hidden])

    def longest_anchor_gap(self) -> float:
        """The longest time, in seconds, between two frames that are surely referred to."""
        times = self.times(self.anchor_pts)
        return float(np.diff(times).max()) if len(times) > 1 else 0.0

    @property
    def anchors(self) -> Flags:
        """The frames later than all before them in file order: never a B-frame, so others refer to them but in odd
        films, where a decoder that leaves out the rest does not give them.
        """
        return np.asarray((self.pts == np.maximum.accumulate(self.pts)) & ~self.hidden, np.bool_)

    @property
    def anchor_pts(self) -> Pts:
        """The pts of the anchors, in order."""
        return np.asarray(self.pts[self.anchors], np.int64)

    def inner_references(self) -> int:
        """How many frames between two anchors others may refer to: one where there are two or more."""
        between = np.diff(np.searchsorted(self.shown, np.sort(self.anchor_pts))) - 1
        return int((between > 1).sum())

    @property
    def seconds(self) -> float:
        """From the first frame to the end of the last one, which is taken to last as long as the usual."""
        times = self.times(self.shown)
        return float(times[-1] + (median(np.diff(times)) if len(times) > 1 else 0))

    @property
    def even(self) -> bool:
        """Whether the frames come at one pace, but for what the rounding of their times makes of it."""
        times = self.times(self.shown)
        strayed = np.abs(times - np.linspace(0, times[-1], len(times))).max()
        return bool(strayed <= max(_ROUNDED, float(self.unit)))

    def times(self, pts: Pts) -> Values:
        """Seconds from the first frame shown."""
        first = self.pts[~self.hidden].min()
        return np.asarray((pts - first) * self.unit.numerator / self.unit.denominator, np.float64)

    def flaw(self) -> str | None:
        """Why the map cannot be trusted to name every frame, None where it can."""
        if not len(self) or not self.keys[0]:
            return "the stream does not begin with a keyframe"
        if self.hidden.any():
            return "an edit list hides frames"
        if self.pts[0] != self.pts.min() or len(distinct(self.pts)) != len(self):
            return "its packets' times are not in order"
        return None

    @property
    def has_open_groups(self) -> bool:
        """Whether a frame is shown before its keyframe, so that it needs the group before as well."""
        return bool((self.pts < self.pts[self.starts][np.cumsum(self.keys) - 1]).any())

    def groups(self) -> tuple[Span, ...]:
        """The spans of the groups."""
        return tuple(zip(self.starts.tolist(), [*(self.starts[1:] - 1).tolist(), len(self) - 1], strict=True))

    def reach(self, pts: Pts) -> Indices:
        """How many packets before each frame must be decoded to see it."""
        places = self._places(pts)
        return np.asarray(places - self.starts[np.searchsorted(self.starts, places, side="right") - 1], np.intp)

    def share(self, some: Flags, pts: Pts) -> Values:
        """The share of `some` packets among those from the keyframe before each frame to the frame itself."""
        ends, before = self._places(pts) + 1, np.append(0, np.cumsum(some))
        begins = ends - 1 - self.reach(pts)
        return np.asarray((before[ends] - before[begins]) / (ends - begins), np.float64)

    def up_to(self, until: Indices) -> Flags:
        """The packets of each group from its keyframe to the one in `until`; the keyframe itself stands for none."""
        places = np.arange(len(self))
        lengths = np.diff(np.append(self.starts, len(self)))
        return self.without_orphans((places <= np.repeat(until, lengths)) & np.repeat(until > self.starts, lengths))

    def shown_up_to(self, some: Flags) -> Flags:
        """The packets of the frames that are shown no later than the last of `some` in their group."""
        never = np.iinfo(np.int64).min
        last = np.maximum.reduceat(np.where(some, self.pts, never), self.starts)
        return np.asarray(self.pts <= last[np.cumsum(self.keys) - 1], np.bool_)

    def needed_for(self, pts: Pts) -> Flags:
        """The packets that must be decoded to see the frames: from the keyframe before each to the frame itself."""
        wanted = self._places(pts)
        group = np.searchsorted(self.starts, wanted, side="right") - 1
        early = self.pts[wanted] < self.pts[self.starts[group]]  # before its keyframe: the group before is needed too
        opened = np.bincount(self.starts[np.maximum(group - early, 0)], minlength=len(self) + 1)
        closed = np.bincount(wanted + 1, minlength=len(self) + 1)
        return self.without_orphans(np.cumsum(opened - closed)[:-1] > 0)

    def fewest_for(self, pts: Pts) -> Flags:
        """As `needed_for`, but without the disposable frames that nobody asks for."""
        needed = self.needed_for(pts)
        return needed if self.disposable is None else needed & ~(self.disposable & ~among(self.pts, pts))

    def without_orphans(self, needed: Flags) -> Flags:
        """Without the frames shown before their keyframe whose group before is not decoded: they would lack parts."""
        group = np.cumsum(self.keys) - 1
        alone = needed[self.starts] & (self.starts > 0) & ~needed[self.starts - 1]
        return np.asarray(needed & ~(alone[group] & (self.pts < self.pts[self.starts[group]])), np.bool_)

    def _places(self, pts: Pts) -> Indices:
        """Which packets the frames are."""
        order = np.argsort(self.pts)
        return np.asarray(order[np.searchsorted(self.pts[order], pts)], np.intp)

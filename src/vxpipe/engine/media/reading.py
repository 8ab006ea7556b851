"""What a decode is told: which packets of its file it reads, and which frames are picked from what it shows. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np

from vxpipe.engine.media.arrays import Flags, Indices, Pts
from vxpipe.engine.media.ladder import BY_CPU, Way
from vxpipe.engine.media.ordered import among, distinct
from vxpipe.engine.media.packets import PacketMap, Span
from vxpipe.values import frozen

MOST_SPANS = 10_000
"""To find a packet among so many costs little yet; of more, the nearest are joined."""
_HEADED = frozenset({"mov", "matroska"})  # as ffprobe calls them
_BRIEF_PACKETS = 2000  # decoded by one thread: some 10 seconds of 1080p at most


@frozen
class AtHand:
    """Frames of a film that lie decoded in a file of yuv420p pictures of `size`.

    `numbers` are their places in the file, `pts` their times in the film, both rising; pts count in `unit` seconds.
    Their samples have the film's `colour_range`.
    """

    path: Path
    size: tuple[int, int]
    numbers: tuple[int, ...]
    pts: tuple[int, ...]
    unit: Fraction
    colour_range: str | None

    def taken(self, which: Indices) -> "AtHand":
        """These of the frames."""
        numbers, pts = (tuple(np.array(each, np.int64)[which].tolist()) for each in (self.numbers, self.pts))
        return replace(self, numbers=numbers, pts=pts)


@frozen
class Reading:
    """How a decode reads its file."""

    keep: tuple[Span, ...] | None = None
    """Only these packets reach the decoder; None: all do."""
    keys: bool = False
    """Every keyframe does beside those to keep."""
    references_only: bool = False
    """Frames that no other frame needs are left out."""
    anchors_only: bool = False
    """All B-frames are left out; those that refer to one show something near to what they should."""
    rough: bool = False
    """The smoothing of block edges is left out."""
    threads: int = 1
    """Of the decoder; more than one cost 5 to 10 % more in all."""
    exact: bool = True
    """Pts are those of the packets, not counted from the file's start: a decode may be given only those it needs."""
    way: Way = BY_CPU
    """By the CPU or by a GPU."""
    at_hand: tuple[AtHand, ...] = ()
    """These frames come from files of pictures, each between those decoded before and after it, none of them twice."""
    by_header: bool = False
    """The file's header says enough to decode, which is so of keyframes (see `is_headed`): the first frames are not
    decoded beforehand, to learn how far others are out of order.
    """

    def of(self, needed: Flags) -> "Reading":
        """The same of the needed packets only."""
        return replace(self, keep=spans(needed), threads=1 if int(needed.sum()) < _BRIEF_PACKETS else self.threads)

    @property
    def decodes(self) -> bool:
        """Whether anything does; else all frames are at hand."""
        return self.keys or self.keep is None or bool(self.keep)

    def count(self, packets: PacketMap) -> int:
        """How many packets reach the decoder."""
        if self.keep is None:
            return len(packets)
        kept = np.zeros(len(packets), np.bool_)
        for first, last in self.keep:
            kept[first : last + 1] = True
        return int((kept | packets.keys if self.keys else kept).sum())


WHOLE = Reading(exact=False)
"""Everything, as a player shows it."""


@frozen(kw_only=False)
class Picks:
    """How a decode tells the chosen frames: by their `pts`, or by their number `n` where pts do not tell them apart."""

    counter: Literal["pts", "n"]
    values: tuple[int, ...]


@frozen
class Ahead:
    """Frames that are held by a decode that measures, before anybody knows which are kept: for each pts of the rising
    `from_pts`, of which the first is that of the first frame, the first frame that is shown then or later.
    """

    from_pts: tuple[int, ...]

    def places(self, pts: Pts) -> tuple[int, ...]:
        """Which of the frames measured those are, given their rising pts."""
        found = distinct(np.searchsorted(pts, np.array(self.from_pts, np.int64)))
        return tuple(found[found < len(pts)].tolist())


def is_headed(container: str) -> bool:
    """Whether what ffprobe calls this is a file whose header tells of every stream."""
    return not _HEADED.isdisjoint(container.split(","))


def picks(pts: Pts, numbers: Sequence[int]) -> Picks:
    """How to find the frames of the ascending `numbers` again, given the pts of every frame.

    By pts a frame is found even where a damaged source decodes to another number of frames the second time.
    """
    if bool((np.diff(pts) > 0).all()):
        return Picks("pts", tuple(int(pts[number]) for number in numbers))
    return Picks("n", tuple(numbers))


def readings_for(reading: Reading, packets: PacketMap | None, chosen: Picks) -> tuple[Reading, ...]:
    """How to decode the chosen frames: from the packets they need, and should one not come, from all."""
    if packets is None or not reading.exact:
        return (reading,)
    needed = packets.fewest_for(np.array(chosen.values, np.int64))
    return reading.of(needed), replace(reading, references_only=False)


def taking(reading: Reading, packets: PacketMap, there: Sequence[AtHand], *, wanted: Pts, needed: Flags) -> Reading:
    """The reading with the `wanted` frames taken from those that are there, where they can be.

    `needed` marks the packets that have to be decoded for others: a frame among them comes from there.
    """
    spared = wanted[~among(wanted, packets.pts[needed])]
    taken = [each.taken(np.flatnonzero(among(pts_of([each]), spared))) for each in there]
    at_hand = tuple(each for each in taken if each.pts)
    if not at_hand:
        return reading
    decoded = among(packets.pts, wanted) & ~among(packets.pts, pts_of(at_hand))
    return replace(reading.of(needed | decoded), keys=False, at_hand=at_hand)


def taking_named(reading: Reading, packets: PacketMap, there: Sequence[AtHand], named: Pts) -> Reading:
    """The reading of the `named` frames alone, taken from those that are there where they can be."""
    others = named[~among(named, pts_of(there))]
    return taking(reading, packets, there, wanted=named, needed=packets.fewest_for(others))


def pts_of(there: Sequence[AtHand]) -> Pts:
    """The pts of all that is there, file by file."""
    return np.array([pts for each in there for pts in each.pts], np.int64)


def spans(needed: Flags, most: int = MOST_SPANS) -> tuple[Span, ...]:
    """The packets as spans, `most` at most: what lies in the narrowest gaps is taken in."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], needed, [False]]).astype(np.int8)))
    begins, ends = edges[::2], edges[1::2] - 1
    gaps = begins[1:] - ends[:-1]
    if len(begins) > most:
        wide = np.sort(np.argsort(gaps, kind="stable")[len(gaps) - most + 1 :])
        begins, ends = begins[np.append(0, wide + 1)], ends[np.append(wide, len(ends) - 1)]
    return tuple(zip(begins.tolist(), ends.tolist(), strict=True))

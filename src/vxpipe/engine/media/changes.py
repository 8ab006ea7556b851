"""What of a video must be looked into, told from its packets and from the pictures of its keyframes. Pure numpy."""

from collections.abc import Iterable

import numpy as np

from vxpipe.engine.media.arrays import Bytes, Flags
from vxpipe.engine.media.arrivals import Arrivals, find_arrivals
from vxpipe.engine.media.miniatures import compared
from vxpipe.engine.media.ordered import median
from vxpipe.engine.media.packets import PacketMap
from vxpipe.values import frozen

_UNLIKE = 0.25  # distance of the histograms (0..1) from which on two keyframes may show two things
_BLANK_SPREAD = 4.0  # of 255: a keyframe of one flat colour says nothing about what others take,
_BLANK_SIZE = 0.02  # for it takes next to nothing of what the usual one does
_AS_A_KEY = 0.4  # of the smaller keyframe at the ends of a group: to come back to its picture takes that much
_CALM = 0.1  # of the smaller keyframe: frames that take no more only move what is there
_LIVELY = 0.25  # the same: among uneven frames that take more, that of a simpler picture would not stand out


@frozen
class Bounds:
    """What a codec asks for."""

    longest_gap: int | None = None
    """So many packets at most may be left out in a row; None: it does not matter."""
    sent_ahead: int = 0
    """A new picture may be sent so many packets before it is shown."""


_UNBOUND = Bounds()


@frozen(kw_only=False)
class Changes:
    """What must be looked into."""

    needed: Flags
    """Per packet, whether it is to be decoded beside the keyframes."""
    entered: Flags
    """Per group, whether all that is before its keyframe is needed."""
    still: Flags
    """Per group, whether hardly anything moves in what of it is not needed."""


def find_changes(packets: PacketMap, pictures: Iterable[Bytes], bounds: Bounds = _UNBOUND) -> Changes:
    """What must be looked into, given the picture of the keyframe of each group, without the borders.

    Left out: groups too small for a new picture; what follows the last arrival in a group that ends with a cut or in
    calm; and groups without an arrival between keyframes that look alike. So what may be missed is a shot that comes
    and goes between two keyframes without a trace in the bytes of its frames.
    """
    spreads, parts, whole = compared(pictures)
    blank = _are_tiny(packets) & (spreads < _BLANK_SPREAD)
    unlike = np.minimum(parts, whole) > _UNLIKE  # what has moved shows the same light elsewhere
    return _changes(packets, find_arrivals(packets, blank), alike=parts <= _UNLIKE, unlike=unlike, bounds=bounds)


def least_share(packets: PacketMap) -> float:
    """The share of the packets that must be looked into even if each pair of keyframes says what leaves out most."""
    either = np.ones(len(packets.starts) - 1, np.bool_)
    arrivals = find_arrivals(packets, _are_tiny(packets))
    return float(_changes(packets, arrivals, alike=either, unlike=either, bounds=Bounds()).needed.mean())


def _are_tiny(packets: PacketMap) -> Flags:
    keys = packets.sizes[packets.starts]
    return np.asarray(keys < _BLANK_SIZE * median(keys), np.bool_)


def _changes(packets: PacketMap, arrivals: Arrivals, *, alike: Flags, unlike: Flags, bounds: Bounds) -> Changes:
    keys = packets.sizes[packets.starts]
    smaller = np.minimum(keys, np.append(keys[1:], keys[-1]))
    calm = arrivals.rest <= _CALM * smaller
    cut_after = arrivals.cut_after & (arrivals.some | np.append(unlike, False) | (arrivals.largest <= _CALM * smaller))
    stands_out = arrivals.even | (arrivals.rest <= _LIVELY * smaller)
    comes_back = arrivals.largest >= _AS_A_KEY * smaller
    # Nothing more arrives where the rest is calm, up to a keyframe that had to come or came for a cut; where what is
    # not calm ends with a cut and any other would have stood out; and where the picture neither went nor came back.
    ends_calmly = calm & (cut_after | arrivals.regular)
    ends_with_a_cut = cut_after & stands_out
    stays = np.append(alike, False) & ~arrivals.some & ~comes_back & arrivals.regular & ~cut_after
    no_more = ends_calmly | ends_with_a_cut | stays
    ends = np.append(packets.starts[1:] - 1, len(packets) - 1)
    until = np.select(
        [arrivals.quiet | (no_more & ~arrivals.some), no_more],
        [packets.starts, np.minimum(arrivals.until + bounds.sent_ahead, ends)],
        ends,
    )
    if bounds.longest_gap is not None:
        until = np.maximum(until, ends - bounds.longest_gap)
    return Changes(needed=packets.up_to(until), entered=np.append(True, (until == ends)[:-1]), still=arrivals.still)

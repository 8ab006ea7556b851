"""When frames that lie decoded in a file may stand for those of the film. Pure."""

from fractions import Fraction

from vxpipe.engine.media.correction import correction_for
from vxpipe.engine.media.decoders import decoder_of
from vxpipe.engine.media.packets import PacketMap
from vxpipe.model import MediaInfo
from vxpipe.recipe import Recipe

_MOST_BYTES = 1 << 30  # of the disk for keyframes, and as much for held frames: of 8K those are 21 pictures
_FINEST_UNIT = Fraction(1, 1_000_000)  # seconds: frames of both are merged by whole microseconds


def room_for_stills(info: MediaInfo) -> int:
    """How many frames of the film may lie decoded in one file."""
    return _MOST_BYTES // (info.width * info.height * 3 // 2)


def may_be_saved(info: MediaInfo, recipe: Recipe, packets: PacketMap) -> bool:
    """Whether an image of a still is that of the frame, and decoding costs more than images and what puts colours
    right.
    """
    is_cheap = recipe.image.format == "jpg" and not correction_for(info).has_filters
    return is_cheap and info.pixel_format == "yuv420p" and packets.unit >= _FINEST_UNIT


def may_be_measured(info: MediaInfo, packets: PacketMap) -> bool:
    """Whether keyframes that are there may be left out of a decode that goes on behind them, and merged again by their
    times.
    """
    return decoder_of(info.codec).bears_gaps and not packets.has_open_groups

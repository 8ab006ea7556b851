"""What ffmpeg's decoder of each codec can do without, and what it makes of gaps. Pure."""

from vxpipe.engine.media.changes import Bounds
from vxpipe.values import frozen


@frozen
class Decoder:
    """`skips`: it can leave out the frames that no other frame needs. `reorders`: frames are sent in another order than
    they are shown in, and those shown later than all sent before them are needed by others. `replaces`: it puts another
    picture in the place of one that lacks, rather than grey. `keys_alone`: it gives the keyframes of open groups in
    their order where it is given nothing else. `bounds`: what must be looked into beside what seems needed.
    """

    skips: bool = False
    reorders: bool = False
    replaces: bool = False
    keys_alone: bool = True
    bounds: Bounds = Bounds()

    @property
    def bears_gaps(self) -> bool:
        """Whether what follows a gap comes in its order, however long that is."""
        return self.bounds.longest_gap is None


_UNKNOWN = Decoder()
_DECODERS = {
    # Over open groups it counts its frames on, modulo as few as 32 (x264): of keyframes alone most seem late, and are
    # dropped.
    "h264": Decoder(skips=True, reorders=True, replaces=True, keys_alone=False),
    # It counts frames modulo 256: beyond half of that they come out of order.
    "hevc": Decoder(skips=True, reorders=True, bounds=Bounds(longest_gap=120)),
    "vp8": Decoder(bounds=Bounds(sent_ahead=64)),
    "vp9": Decoder(bounds=Bounds(sent_ahead=64)),
    "av1": Decoder(skips=True, bounds=Bounds(sent_ahead=64)),
}


def decoder_of(codec: str) -> Decoder:
    """The decoder of a codec by ffmpeg's name for it; of others nobody knows that they skip anything."""
    return _DECODERS.get(codec, _UNKNOWN)

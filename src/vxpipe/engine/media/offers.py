"""What a card could do for a decode or a clip, as values."""

from vxpipe.engine.media.encoding import Encoders
from vxpipe.engine.media.ladder import Ladder
from vxpipe.facts import Gpu
from vxpipe.values import frozen


@frozen(kw_only=False)
class Offer:
    """The ladder of a decode on a card."""

    gpu: Gpu
    ladder: Ladder


@frozen(kw_only=False)
class EncoderOffer(Offer):
    """The encoders for a clip on a card, of which the first is its own; by its ladder it decodes for that one."""

    encoders: Encoders


def key_of(gpu: Gpu) -> str:
    """What tells a card from the others; where nvidia-smi does not name it, there is one."""
    return gpu.uuid or gpu.usable.name

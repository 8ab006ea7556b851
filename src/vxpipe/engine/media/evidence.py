"""Which pictures borders are told from. Pure."""

from dataclasses import replace

from vxpipe.engine.media.ordered import evenly
from vxpipe.engine.media.packets import PacketMap
from vxpipe.model import MediaInfo
from vxpipe.recipe import Recipe, Rectangle
from vxpipe.values import frozen

FEWEST_KEYS = 4
"""Of fewer keyframes too many may be blank, or show one shot, and hardly any two are neighbours of one."""
_PICTURES = 48  # spread over a film
_FEW_PICTURES = 16  # beside frames that are all looked at, should one of them show more; half of it beside as many
_SEEK_FROM_SECONDS = 120.0  # of a film: a shorter one is gone through in one pass
_LEAST_STEP_SECONDS = 0.05  # a frame or two
_UNKNOWN_DURATION_STEP_SECONDS = 0.5


@frozen
class BorderSource:
    """The pictures that borders are told from: keyframes, else anchors, else those fetched, else those of a pass."""

    wanted: bool
    """Somebody asks for borders."""
    most: int
    """So many pictures at most."""
    step_seconds: float
    """Between two pictures of one pass through the file."""
    seconds: tuple[float, ...]
    """Of the file, at which pictures are fetched."""
    keys: tuple[int, ...] = ()
    """The pts of keyframes."""
    anchors: tuple[int, ...] = ()
    """The pts of frames that others refer to."""


def border_source(info: MediaInfo, recipe: Recipe) -> BorderSource:
    """Pictures spread over the film, as far as its duration is known."""
    wanted = not isinstance(recipe.crop, Rectangle) and recipe.crop != "none"
    return _spread(BorderSource(wanted=wanted, most=_PICTURES, step_seconds=0.0, seconds=()), info.duration or 0.0)


def with_keys(source: BorderSource, packets: PacketMap, most: int) -> BorderSource:
    """The source, with so many keyframes at most where the film has enough of them: they cost one decode each."""
    keys = packets.key_pts
    some = evenly(keys, min(source.most, most)).tolist() if len(keys) >= FEWEST_KEYS else ()
    return replace(source, keys=tuple(some))


def in_one_pass(source: BorderSource, packets: PacketMap, most: int, *, anchored: bool) -> BorderSource:
    """The source, where the film has too few keyframes, with pictures of one pass, so many anchors at most where it is
    `anchored`: any picture takes much of the film then, and all of them no more.
    """
    if source.keys:
        return source
    anchors = evenly(packets.anchor_pts, min(source.most, most)).tolist() if anchored else ()
    return replace(source, seconds=(), anchors=tuple(anchors))


def fewer(source: BorderSource, packets: PacketMap, looked_at: int) -> BorderSource:
    """The source where so many frames are looked at anyway: fewer pictures do."""
    are_many = looked_at >= min(_FEW_PICTURES, len(packets.key_pts))
    few = replace(source, most=_FEW_PICTURES // 2 if are_many else _FEW_PICTURES)
    spread = _spread(few, packets.seconds)
    # Of a file that does not tell how long it is, nobody knows whether one can seek in it.
    return with_keys(spread if source.seconds else replace(spread, seconds=()), packets, few.most)


def _spread(source: BorderSource, duration: float) -> BorderSource:
    """The source, with the times of its pictures spread over so many seconds, 0 where nobody knows."""
    if not duration:
        return replace(source, step_seconds=_UNKNOWN_DURATION_STEP_SECONDS, seconds=())
    step, is_long = duration / source.most, duration >= _SEEK_FROM_SECONDS
    seconds = tuple((place + 0.5) * step for place in range(source.most)) if is_long else ()
    return replace(source, step_seconds=max(_LEAST_STEP_SECONDS, step), seconds=seconds)

"""The frames of a film whose borders have the same colours, and what borders they share. Pure numpy."""

from collections.abc import Mapping

import numpy as np

from vxpipe.engine.media.arrays import Bytes
from vxpipe.engine.media.extremes import COLOUR_DRIFT, Box, Colour, Extremes, Planes, spreads, upright
from vxpipe.engine.media.ordered import median
from vxpipe.engine.media.sides import (
    SIDES,
    Side,
    believable,
    goes_on,
    inner,
    joined,
    kept,
    margin,
    outer,
    without_picture,
)
from vxpipe.values import frozen

_LEAST_PICTURE = 16  # pixels: what is narrower is no picture
_LEAST_PICTURE_SHARE = 8  # of either side of the frame a picture takes an eighth: what is smaller is a mark on a page
_LINE_RANGE = 20  # the outermost line of a border is one colour within this (2nd to 98th percentile)
_CHROMA_LINE_RANGE = 40  # a border of two lines shares its chroma with the picture through the coder's averaging
_STILL = 6.0  # of 255: the mean range of the light in a film of one still picture, coded
_MOST_LEVELS = 4  # of borders within borders
_LEAST_FILLED = 0.2  # of the picture: text on black filled 0.06 of its box at most, 40 films 0.6 and more in some frame
_MOSTLY_FILLED = 0.6  # in half of the frames, to cut off text: dark films have 0.7 and more, pages that scroll less
_PAPER = 180  # luma from which a border may be the margin of a page
# Of its length a picture begins in half of the frames: 0.87 and more in films, 0.44 at most in pages of words; 0.7 on a
# ground that goes on at the other side, with a square picture and a line of words on it.
_LEAST_ALONG, _LEAST_ALONG_ONE = 0.6, 0.8
_BEHIND = 16  # lines behind a border, in which a page has a line of words or the gap between two
_SMALL = 8  # of so many lines and columns one tells what fills the picture


@frozen(kw_only=False)
class Rim:
    """The outermost line of a side: its one colour, and whether black has the chroma of a picture beside it."""

    colour: Colour
    tinted: bool

    def goes_with(self, other: "Rim") -> bool:
        """Whether both can belong to one border."""
        light, *chroma = (abs(a - b) for a, b in zip(self.colour, other.colour, strict=True))
        return light <= COLOUR_DRIFT and (max(chroma) <= _CHROMA_LINE_RANGE or self.tinted or other.tinted)

    def with_(self, other: "Rim") -> "Rim":
        """Both as one."""
        return Rim(self.colour, self.tinted or other.tinted)


Rims = Mapping[str, Rim | None]
"""Per side; None where a picture reaches the rim."""


def rims(planes: Planes) -> Rims:
    """The outermost lines of a frame."""
    return {side: _rim(*(upright(plane, side)[0] for plane in planes)) for side in SIDES}


def _rim(y: Bytes, u: Bytes, v: Bytes) -> Rim | None:
    if spreads(y, _LINE_RANGE):
        return None
    side = Side(colour=(int(median(y)), int(median(u)), int(median(v))))
    tinted = spreads(u, _CHROMA_LINE_RANGE) or spreads(v, _CHROMA_LINE_RANGE)
    return Rim(side.colour, tinted) if side.colour and (side.dark or not tinted) else None


class Framed:
    """Gathers frames one by one; memory: two of them and a small one of each."""

    def __init__(self, planes: Planes, seen: Rims) -> None:
        self._rims = dict(seen)
        self._extremes = Extremes(planes)
        self._small = [_small(planes)]

    def __len__(self) -> int:
        return len(self._small)

    @property
    def bare(self) -> bool:
        """Whether picture reaches every side."""
        return not any(self._rims.values())

    def fits(self, seen: Rims) -> bool:
        """Whether a frame has not other colours on all sides: where one stays, another side shows a dark picture."""
        both = [old.goes_with(new) for old, new in self._pairs(seen) if old and new]
        return any(both) or not both

    def add(self, planes: Planes, seen: Rims) -> None:
        """Take one more frame into account."""
        for side, (old, new) in zip(SIDES, self._pairs(seen), strict=True):
            self._rims[side] = old.with_(new) if old and new and old.goes_with(new) else None
        self._extremes.add(planes)
        self._small.append(_small(planes))

    def _pairs(self, seen: Rims) -> list[tuple[Rim | None, Rim | None]]:
        return [(self._rims[side], seen[side]) for side in SIDES]

    def range_outside(self, box: Box) -> float:
        """How far the light ranges outside the box (`Extremes.range_outside`)."""
        return self._extremes.range_outside(box)

    def sides(self, size: tuple[int, int]) -> Mapping[str, Side]:
        """The borders, from the outside inwards."""
        seen, whole = self._extremes, (0, 0, *size)
        sides = {name: self._outermost(name, whole) for name in SIDES}
        if is_tiny(box_within(sides, size), size):
            return dict.fromkeys(SIDES, Side())
        still = seen.movement(box_within(sides, size)) < _STILL
        sides = self._without_margins(believable(sides, still=still), size)
        noise = max((seen.seen_from(name, whole).noise() for name in SIDES if sides[name].lines), default=0)
        around_page = any(side.note == "margin" for side in sides.values())
        nested = not still and not around_page and any(side.lines for side in sides.values())
        for _ in range(_MOST_LEVELS if nested else 0):
            more = self._within(sides, size, noise)
            if more == sides or is_tiny(box_within(more, size), size):
                break
            sides = more
        return self._settled(sides, box_within(sides, size))

    def _without_margins(self, sides: Mapping[str, Side], size: tuple[int, int]) -> dict[str, Side]:
        """The sides without those behind which words begin, and no picture: over the film, what is pushed away or
        scrolls by may fill a page up to its margins, but no frame of it does. Where such a margin, or none that could
        be told, lies at the other side as well, what is no more than a part of the page may begin behind this one.
        """
        box = box_within(sides, size)
        told = {
            name: margin(side) if self._along(name, side, box) < _LEAST_ALONG else side for name, side in sides.items()
        }
        return {
            name: margin(side) if goes_on(told, name) and self._along(name, side, box) < _LEAST_ALONG_ONE else side
            for name, side in told.items()
        }

    def _along(self, name: str, side: Side, box: Box) -> float:
        """Along how much of a border of paper a picture begins in half of the frames; 1.0 of any other."""
        if not side.lines or side.colour is None or side.colour[0] < _PAPER:
            return 1.0
        x, y, width, height = (-(-part // _SMALL) for part in box)
        inside = (upright(small[y : y + height, x : x + width], name) for small in self._small)
        behind = (part[: _BEHIND // _SMALL].astype(np.int16) for part in inside)
        along = [(np.abs(part - side.colour[0]) > COLOUR_DRIFT).any(axis=0).mean() for part in behind]
        return median(np.array(along))

    def _within(self, sides: Mapping[str, Side], size: tuple[int, int], noise: int) -> dict[str, Side]:
        """The sides with the borders that lie right inside of them."""
        box = box_within(sides, size)
        found = believable({name: inner(self._extremes.seen_from(name, box), noise) for name in SIDES}, still=False)
        return {name: joined(side, found[name]) for name, side in sides.items()}

    def _outermost(self, name: str, whole: Box) -> Side:
        rim = self._rims[name]
        if rim is None:
            return Side()
        side = outer(self._extremes.seen_from(name, whole), rim.colour)
        return Side(colour=rim.colour) if rim.tinted and side.lines > 1 else side  # it has its chroma from the picture

    def _settled(self, sides: Mapping[str, Side], box: Box) -> Mapping[str, Side]:
        """The sides, unless what they leave is hardly a picture."""
        grounds = {side.colour[0] for side in sides.values() if side.lines and side.colour}
        filled = np.min([self._filled(box, ground) for ground in grounds], axis=0) if grounds else np.ones(1)
        if filled.max() < _LEAST_FILLED:
            return {name: without_picture(side) for name, side in sides.items()}
        return sides if median(filled) >= _MOSTLY_FILLED else {name: kept(side) for name, side in sides.items()}

    def _filled(self, box: Box, ground: int) -> list[float]:
        """Per frame the share of the box that has not the luma of the ground."""
        x, y, width, height = (-(-part // _SMALL) for part in box)
        inside = (small[y : y + height, x : x + width].astype(np.int16) for small in self._small)
        return [float((np.abs(part - ground) > COLOUR_DRIFT).mean()) for part in inside]


def is_tiny(box: Box, size: tuple[int, int]) -> bool:
    """Whether a box in a frame of `size` is too small to be the picture of a film."""
    return any(
        part < max(_LEAST_PICTURE, whole / _LEAST_PICTURE_SHARE) for part, whole in zip(box[2:], size, strict=True)
    )


def box_within(sides: Mapping[str, Side], size: tuple[int, int]) -> Box:
    """x, y, width and height of what the sides leave of a frame."""
    top, bottom, left, right = (sides[name].lines for name in SIDES)
    return left, top, size[0] - left - right, size[1] - top - bottom


def _small(planes: Planes) -> Bytes:
    return planes[0][::_SMALL, ::_SMALL].copy()

"""Where the picture ends and its borders begin, to the pixel. Pure numpy.

A border is a run of rows or columns along one side that has one colour, the same in every frame, and that ends in a
straight edge. Whatever showed picture once stays picture: the crop is the union over the film. Should the borders take
other colours in the middle of it (`framed.py`), the union of both. Within borders there may be others, of another
colour (`sides.py`), and innermost a blurred fill (`fill.py`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from vxpipe.engine.media.arrays import Bytes
from vxpipe.engine.media.extremes import Planes
from vxpipe.engine.media.fill import Fill, Fills
from vxpipe.engine.media.framed import Framed, box_within, is_tiny, rims
from vxpipe.engine.media.ordered import median
from vxpipe.engine.media.sides import SIDES, Side
from vxpipe.model import Crop
from vxpipe.values import frozen

_BLANK_SPREAD = 4.0  # a frame whose values spread less is one flat field: no evidence for or against a border
_BLOCK, _MARK = 8, 12.0  # but for a mark on it: 8x8 pixels that are so much (of 255) darker or lighter than most
_LEAST_FRAMES = 2  # of every kind, where there are several: a few dark pictures may well seem to have borders
_LEAST_SHARE = 0.15
_MOST_KINDS = 3  # of borders one after the other in a film; pages and fades have more, and no borders


@frozen
class Finding:
    """The crop (None: nothing is to be removed) and the evidence for it."""

    crop: Crop | None
    frames: int
    used: int
    sides: Mapping[str, Side]
    fill: Fill | None = None
    outside: float = 0.0
    """How far the light ranges outside the crop, in cells of it: what is never picture, as a logo in a border."""

    @property
    def box(self) -> tuple[int, int, int, int] | None:
        """The box of the crop."""
        return self.crop.box if self.crop else None

    def evidence(self) -> dict[str, Any]:
        """The evidence as plain data for item.json."""
        sides = {name: side.evidence() for name, side in self.sides.items()}
        fill = self.fill.evidence() if self.fill else None
        return {"frames": self.frames, "used": self.used, "sides": sides, "fill": fill}


class Borders:
    """Gathers full-size yuv420p frames one by one and tells the borders they share; memory: a few frames."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.frames = 0
        self.used = 0
        self._kinds = list[Framed]()
        self._bare = False
        self._fills = Fills()

    @property
    def settled(self) -> bool:
        """Whether picture was seen at every side, so that no further frame can tell of a border."""
        return self._bare and self._fills.settled

    def add(self, raw: bytes | bytearray) -> None:
        """Take one frame into account."""
        planes = split_planes(np.frombuffer(raw, np.uint8), self.width, self.height)
        self.frames += 1
        if _is_blank(planes):
            return
        self.used += 1
        if not self._bare:
            self._add_to_kind(planes)
        self._fills.add(planes[0])

    def _add_to_kind(self, planes: Planes) -> None:
        seen = rims(planes)
        kind = next((kind for kind in self._kinds if kind.fits(seen)), None)
        if kind is None and len(self._kinds) < _MOST_KINDS:
            self._kinds.append(kind := Framed(planes, seen))
        else:
            kind = kind or self._kinds[-1]
            kind.add(planes, seen)
        if kind.bare:
            self._bare = True
            self._kinds.clear()

    def found(self) -> Finding:
        """The borders every frame so far has in common."""
        size = (self.width, self.height)
        proven = bool(self._kinds) and (
            len(self._kinds) == 1 or min(map(len, self._kinds)) >= max(_LEAST_FRAMES, _LEAST_SHARE * self.used)
        )
        told = [kind.sides(size) for kind in self._kinds] if proven else [dict.fromkeys(SIDES, Side())]
        sides = {name: min((one[name] for one in told), key=lambda side: side.lines) for name in SIDES}
        fill = self._fills.found(box_within(sides, size))
        sides = _filled(sides, fill) if fill else sides
        crop = self._crop(sides)
        outside = max((kind.range_outside(crop.box) for kind in self._kinds), default=0.0) if crop else 0.0
        return Finding(crop=crop, frames=self.frames, used=self.used, sides=sides, fill=fill, outside=outside)

    def _crop(self, sides: Mapping[str, Side]) -> Crop | None:
        size = (self.width, self.height)
        x, y, width, height = box = box_within(sides, size)
        if (width, height) == size or is_tiny(box, size):
            return None
        clearest = min(side.clarity for side in sides.values() if side.lines)
        confidence = round(clearest * (1 - 0.5**self.used), 3)
        return Crop(x=x, y=y, width=width, height=height, confidence=confidence)


def picture_bytes(width: int, height: int) -> int:
    """The size of one yuv420p picture; an odd side is rounded up in U and V."""
    return width * height + 2 * ((width + 1) // 2) * ((height + 1) // 2)


def split_planes(raw: Bytes, width: int, height: int) -> Planes:
    """The Y, U and V planes of a yuv420p frame; an odd side is rounded up in U and V."""
    half_width, half_height = (width + 1) // 2, (height + 1) // 2
    luma, chroma = width * height, half_width * half_height
    return (
        raw[:luma].reshape(height, width),
        raw[luma : luma + chroma].reshape(half_height, half_width),
        raw[luma + chroma : luma + 2 * chroma].reshape(half_height, half_width),
    )


def _filled(sides: Mapping[str, Side], fill: Fill) -> dict[str, Side]:
    """The sides with the lines of the fill, which may lie inside a border."""
    told = dict(sides)
    for name, lines in zip(fill.sides, fill.lines, strict=True):
        side = sides[name]
        clarity = min(side.clarity, fill.confidence) if side.lines else fill.confidence
        colour = side.colour if side.lines else None
        told[name] = Side(lines=side.lines + lines, colour=colour, clarity=clarity, blurred=True)
    return told


def _is_blank(planes: Planes) -> bool:
    if planes[0][::16, ::16].std() >= 4 * _BLANK_SPREAD:  # a sixteenth of the pixels below: they alone make it spread
        return False
    return all(float(plane[::4, ::4].std()) < _BLANK_SPREAD for plane in planes) and not _has_mark(planes[0])


def _has_mark(luma: Bytes) -> bool:
    """Whether a flat field has a word, a line or a dot on it: that is picture as well."""
    rows, columns = (size // _BLOCK for size in luma.shape)
    if not rows or not columns:
        return False
    blocks = luma[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK).mean(axis=(1, 3))
    return float(np.abs(blocks - median(blocks)).max()) > _MARK

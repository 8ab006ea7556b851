"""One side of a picture: the border that begins there, and how likely it is one. Pure numpy."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from vxpipe.engine.media.arrays import Bytes, Flags
from vxpipe.engine.media.edges import RINGING, Edge, edge, first_trace
from vxpipe.engine.media.extremes import Colour, Strip, far
from vxpipe.values import frozen

SIDES = ("top", "bottom", "left", "right")
SURE = 0.8
"""Clarity from which a single black line is a border; pictures have brighter and darker rims by themselves."""
_OPPOSITE = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}
_LEAST_LUMA = 8  # straying that counts as picture; less is coding noise
_LEAST_CHROMA = 14
_WHOLE_WIDTH = 0.9  # of the picture's width: a margin of a page ends where words begin
_DARK = 48  # luma up to which a border counts as black
_MOST_MARKED = 0.2  # share of a border that text may cover

Note = Literal["still", "moving", "page", "words", "margin"]
_NO_NOTE: Note | None = None
_NOTES = {
    "still": "text or a logo that never changes lies in this border: it is cut off with it",
    "moving": "text or picture comes and goes in this border: it is kept whole",
    "page": "text or a logo lies in this border, and what moves may be a part of the same page: it is kept whole",
    "margin": "a page begins behind this border with an even margin, and that belongs to the page",
    "words": "no frame is filled by a picture, there are words or lights on an even ground: nothing is cut off",
}


@frozen
class Side:
    """What was seen of one side: lines to remove, the border's colour (Y, U, V) and how clear its edge is (0..1).

    `blurred`: the innermost of the lines are a blurred fill. `note`: what else decided.
    """

    lines: int = 0
    colour: Colour | None = None
    clarity: float = 0.0
    blurred: bool = False
    note: Note | None = None

    @property
    def kind(self) -> str | None:
        """What borders the picture on this side."""
        return "blurred" if self.blurred else "colour" if self.lines else None

    @property
    def dark(self) -> bool:
        """Whether the border is black or nearly so."""
        return self.colour is not None and self.colour[0] <= _DARK

    def evidence(self) -> dict[str, Any]:
        """The evidence as plain data for item.json."""
        told = {"kind": self.kind, "pixels": self.lines, "colour": self.colour, "clarity": round(self.clarity, 3)}
        return told | ({"note": _NOTES[self.note]} if self.note else {})


def outer(strip: Strip, colour: Colour) -> Side:
    """The border at the rim of the frame, whose outermost line has that colour."""
    side = _judged(strip, colour, strip.noise())
    return side if side.lines != 1 or (side.dark and side.clarity >= SURE) else replace(side, lines=0)


def inner(strip: Strip, noise: int) -> Side:
    """A border within others, which have so much noise."""
    colours = strip.colours(noise)
    return _judged(strip, colours[0], noise) if colours else Side()


def believable(sides: Mapping[str, Side], *, still: bool) -> dict[str, Side]:
    """The sides without chance finds.

    In a film of one `still` picture a bright or coloured margin on one side only belongs to the picture. Borders with
    text in them come as a pair, and the picture reaches the other sides: else it is a page in which something moves.
    Those around a page come as a pair as well: else one may be a bar that the page is adorned with.
    """
    told = dict(sides)
    for name, side in sides.items():
        opposite = sides[_OPPOSITE[name]]
        paired = _match(side, opposite)
        across = any(other.lines for other in sides.values() if other is not side and other is not opposite)
        lone = not paired and (side.note == "margin" or (still and not _is_black(side)))
        page = side.note == "still" and (still or not paired or across)
        if lone or page:
            told[name] = kept(side) if page else Side(colour=side.colour)
    return told


def kept(side: Side) -> Side:
    """The side without its border if there is text in that."""
    return Side(colour=side.colour, note="page") if side.note == "still" else side


def margin(side: Side) -> Side:
    """The side without its border, which belongs to a page."""
    return Side(colour=side.colour, note="margin")


def without_picture(side: Side) -> Side:
    """The side of a frame in which there is no picture that a border could surround."""
    return Side(colour=side.colour, note="words" if side.lines else side.note)


def goes_on(sides: Mapping[str, Side], name: str) -> bool:
    """Whether the other side's rim has the colour of this border, and no end of it can be told there."""
    opposite = sides[_OPPOSITE[name]]
    return not opposite.lines and _is_alike(sides[name], opposite)


def joined(outside: Side, inside: Side) -> Side:
    """Two borders of one side as one."""
    if not outside.lines or not inside.lines:
        return inside if inside.lines else outside
    return replace(
        outside,
        lines=outside.lines + inside.lines,
        clarity=min(outside.clarity, inside.clarity),
        note=outside.note or inside.note,
    )


def _judged(strip: Strip, colour: Colour, noise: int) -> Side:
    """The border that begins with that colour; a black one ends with it where all that is even does not end clearly."""
    side = _side(strip, colour, strip.strays(colour, noise))
    if side.note != "moving" or not _is_black(side):
        return side
    black = _side(strip, colour, strip.strays(colour, noise, in_one=True))
    return replace(black, note="margin") if black.lines and not black.note else side


def _side(strip: Strip, colour: Colour, maps: tuple[Bytes, Bytes]) -> Side:
    """The border of which these maps tell how far every pixel strays."""
    note = _NO_NOTE
    seen = _first_edge(*maps, strip.shift)
    if seen and seen.overrun and (cleaned := _without_marks(strip, *maps)):
        again = _first_edge(*cleaned, strip.shift)
        if again and not again.overrun:
            maps, seen, note = cleaned, again, "still"
    if seen is None or seen.overrun or seen.lines >= len(maps[0]):
        return Side(colour=colour, note="moving" if seen and seen.overrun else None)
    side = Side(lines=seen.lines, colour=colour, clarity=seen.clarity, note=note)
    return side if _is_black(side) or _fills_its_width(maps[0], side.lines) else replace(side, lines=0)


def _first_edge(luma: Bytes, chroma: Bytes, shift: int) -> Edge | None:
    """The edge of the light, or that of the colours where they begin further out."""
    light = edge(luma, _LEAST_LUMA)
    if light is None or 2 * first_trace(chroma) >= light.lines - RINGING:
        return light
    colours = edge(chroma, _LEAST_CHROMA)
    if colours is None:
        return None
    return replace(colours, lines=min(light.lines, 2 * colours.lines + shift), overrun=light.overrun or colours.overrun)


def _without_marks(strip: Strip, luma: Bytes, chroma: Bytes) -> tuple[Bytes, Bytes] | None:
    """The maps without the text and the logos that never change, where they cover little of a border."""
    light, colours = strip.never_changing(luma, chroma)
    seen = edge(np.where(light, 0, luma).astype(np.uint8), _LEAST_LUMA)
    if seen is None or not RINGING < seen.lines < len(luma):
        return None
    outside = seen.lines - RINGING
    if (light & (luma > _LEAST_LUMA))[:outside].mean() > _MOST_MARKED:
        return None
    return _cleaned(luma, light, outside), _cleaned(chroma, colours, outside // 2)


def _cleaned(stray: Bytes, marks: Flags, lines: int) -> Bytes:
    cleaned = stray.copy()
    cleaned[:lines][marks[:lines]] = 0
    return cleaned


def _fills_its_width(stray: Bytes, begin: int) -> bool:
    """Whether the first lines of the picture show it over its whole width; those of a page show a few words."""
    seen = stray > _LEAST_LUMA
    return bool(seen[begin : begin + RINGING].any(axis=0).sum() >= _WHOLE_WIDTH * seen.any(axis=0).sum())


def _is_black(side: Side) -> bool:
    return side.colour is not None and side.dark and not far(side.colour[1:], (128, 128))


def _match(side: Side, other: Side) -> bool:
    return bool(side.lines and other.lines) and _is_alike(side, other)


def _is_alike(side: Side, other: Side) -> bool:
    return side.colour is not None and other.colour is not None and not far(side.colour, other.colour)

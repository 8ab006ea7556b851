"""Where the picture ends and its borders begin, to the pixel. Pure numpy.

A border is a run of rows or columns along one side that has one colour, the same in every frame, and that ends in a
straight edge. How far every pixel ever strays from its side's border colour is kept as one map per side, so that the
union over the film is a matter of looking at the map: whatever showed picture once stays picture. Inside such borders a
blurred fill may follow.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.fill import Fill, Fills
from vxpipe.model import Crop

Plane = NDArray[np.uint8]
Colour = tuple[int, int, int]
_SIDES = ("top", "bottom", "left", "right")

_BLANK_SPREAD = 4.0  # a frame whose values spread less is one flat field: no evidence for or against a border
_LINE_RANGE = 20  # the outermost line of a border is one colour within this (2nd to 98th percentile)
_CHROMA_LINE_RANGE = 40  # a border of two lines shares its chroma with the picture through the coder's averaging
_GRAIN = 8  # pixels of the line that are looked at as one
_COLOUR_DRIFT = 12  # and keeps that colour over the film within this
_LEAST_LUMA = 8  # straying that counts as picture; less is coding noise
_LEAST_CHROMA = 14
_STRONG = 0.3  # of the film's strongest straying: counts as picture for certain
_NOISE = 1.4  # times what the outermost line strays, which is known to be border
_NEXT_LINES = 4
_BLENDED = 0.5  # a line that strays less than this share of the next ones is ringing, or the border mixed with them
_STEP = 0.5  # the lines before an edge stray at most this share of its own straying
_RINGING = 10  # lines next to an edge in which the coder may leave traces of it
_TRACE = 24  # straying further out that a coder does not cause
_TRACE_SHARE = 0.25  # of the picture's own straying at its edge
_SMEARED = 0.22  # of an edge's straying: what its traces in the lines before reach at most
_MOST_SMEARED = 40
_FEW = 0.02  # share of the picture's width that is enough to be seen further out: a logo, a round edge
_WHOLE_WIDTH = 0.9  # of the picture's width: a margin of a page ends where words begin
_SURE = 0.8  # clarity from which a single black line is a border; pictures have brighter and darker rims by themselves
_LEAST_PICTURE = 16
_DARK = 48  # luma up to which a border counts as black


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What was seen of one side: lines to remove, the border's colour (Y, U, V) and how clear its edge is (0..1).

    `blurred`: the innermost of the lines are a blurred fill.
    """

    lines: int
    colour: Colour | None = None
    clarity: float = 0.0
    blurred: bool = False

    @property
    def kind(self) -> str | None:
        """What borders the picture on this side."""
        return "blurred" if self.blurred else "colour" if self.lines else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The crop (None: nothing is to be removed) and the evidence for it."""

    crop: Crop | None
    frames: int
    used: int
    sides: Mapping[str, Side]
    fill: Fill | None = None

    def evidence(self) -> dict[str, Any]:
        """The evidence as plain data for item.json."""
        sides = {
            name: {"kind": side.kind, "pixels": side.lines, "colour": side.colour, "clarity": round(side.clarity, 3)}
            for name, side in self.sides.items()
        }
        fill = self.fill.evidence() if self.fill else None
        return {"frames": self.frames, "used": self.used, "sides": sides, "fill": fill}


class Borders:
    """Gathers full-size yuv420p frames one by one and tells the borders they share; memory: a few frames."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.frames = 0
        self.used = 0
        self._first: Plane | None = None
        self._change = 0.0
        self._sides = {name: _SideEvidence(name) for name in _SIDES}
        self._fills = Fills()

    @property
    def frame_bytes(self) -> int:
        """The size of one yuv420p frame."""
        return self.width * self.height + 2 * ((self.width + 1) // 2) * ((self.height + 1) // 2)

    def add(self, raw: bytes) -> None:
        """Take one frame into account."""
        planes = split_planes(np.frombuffer(raw, np.uint8), self.width, self.height)
        self.frames += 1
        if _is_blank(planes):
            return
        self.used += 1
        small = planes[0][::16, ::16]
        self._first = small.copy() if self._first is None else self._first
        self._change = max(self._change, float(np.abs(small.astype(np.int16) - self._first).mean()))
        strays = cache(partial(_strays, planes))  # most often the sides share one colour
        for side in self._sides.values():
            side.add(planes, strays)
        self._fills.add(planes[0])

    def found(self) -> Finding:
        """The borders every frame so far has in common."""
        sides = {name: side.judged() for name, side in self._sides.items()}
        sides = _without_chance_finds(sides, still=self._change < 4)
        fill = self._fills.found(self._box(sides))
        sides = _filled(sides, fill) if fill else sides
        return Finding(crop=self._crop(sides), frames=self.frames, used=self.used, sides=sides, fill=fill)

    def _box(self, sides: Mapping[str, Side]) -> tuple[int, int, int, int]:
        top, bottom, left, right = (sides[name].lines for name in _SIDES)
        return left, top, self.width - left - right, self.height - top - bottom

    def _crop(self, sides: Mapping[str, Side]) -> Crop | None:
        x, y, width, height = self._box(sides)
        if (width, height) == (self.width, self.height) or min(width, height) < _LEAST_PICTURE:
            return None
        clearest = min(side.clarity for side in sides.values() if side.lines)
        confidence = round(clearest * (1 - 0.5**self.used), 3)
        return Crop(x=x, y=y, width=width, height=height, confidence=confidence)


def split_planes(raw: Plane, width: int, height: int) -> tuple[Plane, Plane, Plane]:
    """The Y, U and V planes of a yuv420p frame; an odd side is rounded up in U and V."""
    half_width, half_height = (width + 1) // 2, (height + 1) // 2
    luma, chroma = width * height, half_width * half_height
    return (
        raw[:luma].reshape(height, width),
        raw[luma : luma + chroma].reshape(half_height, half_width),
        raw[luma + chroma : luma + 2 * chroma].reshape(half_height, half_width),
    )


class _SideEvidence:
    """One side: what its outermost line was like, and how far every pixel ever strayed from the border's colour.

    The line is looked at first, and nothing any more once it shows picture: the maps cost far more.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.reached = False  # some frame's picture reaches the edge: there is no border here
        self.tinted = False  # the outermost line has the picture's colours in black: it is alone, and shares its chroma
        self.colour: Colour | None = None
        self.luma: Plane | None = None
        self.chroma: Plane | None = None

    def add(self, planes: tuple[Plane, Plane, Plane], strays: Callable[[Colour], tuple[Plane, Plane]]) -> None:
        if self.reached:
            return
        y, u, v = (_upright(plane, self._name)[0] for plane in planes)
        colour = (_middle(y), _middle(u), _middle(v))
        if _spreads(y, _LINE_RANGE) or not self._bears(colour, u, v):
            self.reached = True
            self.luma = self.chroma = None
            return
        self.colour = self.colour or colour
        luma, chroma = strays(colour)
        self.luma = _largest(self.luma, luma)
        self.chroma = _largest(self.chroma, chroma)

    def _bears(self, colour: Colour, u: Plane, v: Plane) -> bool:
        """Whether the outermost line may be a border's by its colours."""
        tinted = _spreads(u, _CHROMA_LINE_RANGE) or _spreads(v, _CHROMA_LINE_RANGE)
        tinted = tinted or _drifted(colour, self.colour or colour)
        self.tinted |= tinted and colour[0] <= _DARK
        return self.tinted or not tinted

    def judged(self) -> Side:
        if self.reached or self.luma is None or self.chroma is None:
            return Side(lines=0, colour=None)
        luma, chroma = _upright(self.luma, self._name), _upright(self.chroma, self._name)
        edge = _edge(luma, _LEAST_LUMA)
        if edge and 2 * _first_trace(chroma) < edge[0] - _RINGING:  # colour without light, further out
            colour_edge = _edge(chroma, _LEAST_CHROMA)
            edge = (min(edge[0], 2 * colour_edge[0]), colour_edge[1]) if colour_edge else None
        if edge is None or not 1 <= edge[0] < len(luma):
            return Side(lines=0, colour=self.colour)
        side = Side(lines=edge[0], colour=self.colour, clarity=edge[1])
        if (self.tinted and side.lines > 1) or not (_is_dark(side) or _fills_its_width(luma, side.lines)):
            return replace(side, lines=0)
        if side.lines > 1:
            return side
        return side if _is_dark(side) and side.clarity >= _SURE else replace(side, lines=0)


def _edge(stray: Plane, least: int) -> tuple[int, float] | None:
    """Where the picture begins and how clearly, from the map of strayings; None when it begins without an edge.

    A map in which nothing strays says nothing: its edge lies at the far end.
    """
    strong = max(least, _STRONG * float(np.percentile(stray[::2, ::2], 99)))
    across = int((stray > strong).sum(axis=1).max())  # the picture's width; the rest is border of other sides
    if across < _FEW * stray.shape[1]:
        return stray.shape[0], 0.0
    level = _exceeded_by(stray, across // 2)
    least = max(least, int(_NOISE * level[0]))
    begin = _first_picture_line(level, least)
    if begin == 0:
        return 0, 0.0
    here, before = float(level[begin]), float(_largest_before(level)[begin])
    if before > _STEP * here or _is_seen_outside(stray, begin, across, here, least):
        return None
    return begin, 1 - before / here


def _fills_its_width(stray: Plane, begin: int) -> bool:
    """Whether the first lines of the picture show it over its whole width; those of a page show a few words."""
    seen = stray > _LEAST_LUMA
    return bool(seen[begin : begin + _RINGING].any(axis=0).sum() >= _WHOLE_WIDTH * seen.any(axis=0).sum())


def _first_picture_line(level: NDArray[np.int16], least: int) -> int:
    """The first line that strays like picture; next to a far clearer edge such lines are the coder's traces of it."""
    padded = np.concatenate([level, np.repeat(level[-1:], _NEXT_LINES)]).astype(np.float32)
    ahead = np.lib.stride_tricks.sliding_window_view(padded[1:], _NEXT_LINES).mean(axis=1)
    picture = (level >= least) & (level >= _BLENDED * ahead)
    first = int(np.argmax(picture))
    steps = np.flatnonzero(picture & (_largest_before(level) <= _STEP * level))
    near = [int(step) for step in steps[(steps >= first) & (steps <= first + _RINGING)]]
    inner = [step for step in near if _are_traces(level[first:step], float(level[step]))]
    return max(inner, default=first)


def _are_traces(level: NDArray[np.int16], here: float) -> bool:
    """Whether the lines before an edge at `here` hold nothing but what the coder smeared over it."""
    return not len(level) or float(level.max()) <= min(_MOST_SMEARED, _SMEARED * here)


def _largest_before(level: NDArray[np.int16]) -> NDArray[np.int16]:
    padded = np.concatenate([np.zeros(_NEXT_LINES, level.dtype), level[:-1]])
    largest: NDArray[np.int16] = np.lib.stride_tricks.sliding_window_view(padded, _NEXT_LINES).max(axis=1)
    return largest


def _is_seen_outside(stray: Plane, begin: int, across: int, here: float, least: int) -> bool:
    """Whether some picture lies outside the edge: in a few columns far out, or in many close by (a round edge)."""
    far = stray[: max(0, begin - _RINGING)]
    near = stray[:begin]
    few, many = max(1, int(_FEW * across)), max(1, across // 4)
    seen_far = far.size > 0 and _exceeded_by(far, few).max() > max(_TRACE, least, _TRACE_SHARE * here)
    return bool(seen_far or _exceeded_by(near, many).max() > _STEP * here)


def _first_trace(stray: Plane) -> int:
    """The outermost line in which more than the coder's traces are to be seen; the number of lines where none is."""
    seen = _exceeded_by(stray, int(_FEW * stray.shape[1])) > _TRACE
    return int(np.argmax(seen)) if seen.any() else len(seen)


def _exceeded_by(stray: Plane, columns: int) -> NDArray[np.int16]:
    """For every line the value that `columns` of its pixels reach."""
    place = stray.shape[1] - max(1, columns)
    reached: NDArray[np.int16] = np.partition(stray, place, axis=1)[:, place].astype(np.int16)
    return reached


def _without_chance_finds(sides: Mapping[str, Side], *, still: bool) -> dict[str, Side]:
    """In a film of one still picture a bright or coloured margin on one side only belongs to the picture."""
    if not still:
        return dict(sides)
    pairs = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}
    return {
        name: side if _is_black(side) or _match(side, sides[pairs[name]]) else Side(lines=0, colour=side.colour)
        for name, side in sides.items()
    }


def _filled(sides: Mapping[str, Side], fill: Fill) -> dict[str, Side]:
    """The sides with the lines of the fill, which may lie inside a border."""
    told = dict(sides)
    for name, lines in zip(fill.sides, fill.lines, strict=True):
        side = sides[name]
        clarity = min(side.clarity, fill.confidence) if side.lines else fill.confidence
        colour = side.colour if side.lines else None
        told[name] = Side(lines=side.lines + lines, colour=colour, clarity=clarity, blurred=True)
    return told


def _is_black(side: Side) -> bool:
    return side.colour is not None and _is_dark(side) and not _far(side.colour[1:], (128, 128))


def _is_dark(side: Side) -> bool:
    return side.colour is not None and side.colour[0] <= _DARK


def _match(side: Side, other: Side) -> bool:
    both = side.colour is not None and other.colour is not None and side.lines and other.lines
    return bool(both) and not _far(side.colour or (), other.colour or ())


def _upright(plane: Plane, side: str) -> Plane:
    """The plane turned so that `side` is its top."""
    turned = plane.T if side in {"left", "right"} else plane
    return turned[::-1] if side in {"bottom", "right"} else turned


def _is_blank(planes: tuple[Plane, Plane, Plane]) -> bool:
    if planes[0][::16, ::16].std() >= 4 * _BLANK_SPREAD:  # a sixteenth of the pixels below: they alone make it spread
        return False
    return all(float(plane[::4, ::4].std()) < _BLANK_SPREAD for plane in planes)


def _middle(line: Plane) -> int:
    return int(np.median(line))


def _spreads(line: Plane, limit: int) -> bool:
    """Whether the values of a line lie further apart, but for the outermost hundredths; grain is averaged away."""
    if np.ptp(line) <= limit:  # in which case the cheaper look is enough
        return False
    pieces = line[: len(line) // _GRAIN * _GRAIN].reshape(-1, _GRAIN).mean(axis=1) if len(line) >= 4 * _GRAIN else line
    low, high = np.percentile(pieces, (2, 98))
    return bool(high - low > limit)


def _drifted(now: Colour, first: Colour) -> bool:
    chroma = max(abs(now[1] - first[1]), abs(now[2] - first[2]))
    return abs(now[0] - first[0]) > _COLOUR_DRIFT or chroma > _CHROMA_LINE_RANGE


def _far(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return any(abs(a - b) > _COLOUR_DRIFT for a, b in zip(one, other, strict=True))


def _strays(planes: tuple[Plane, Plane, Plane], colour: Colour) -> tuple[Plane, Plane]:
    """How far every pixel of a frame strays from the colour, in its luma and in its chroma."""
    luma, u, v = (_stray(plane, value) for plane, value in zip(planes, colour, strict=True))
    return luma, np.maximum(u, v, out=u)


def _stray(plane: Plane, value: int) -> Plane:
    stray = np.full_like(plane, value)  # a plane, as numpy takes ten times as long for the maximum with a number
    below = np.minimum(plane, stray)
    np.maximum(plane, stray, out=stray)
    return np.subtract(stray, below, out=stray)


def _largest(so_far: Plane | None, seen: Plane) -> Plane:
    return seen.copy() if so_far is None else np.maximum(so_far, seen, out=so_far)

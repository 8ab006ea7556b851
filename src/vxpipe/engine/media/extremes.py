"""The darkest and the brightest that every pixel of a film ever was: those of a border hardly differ. Pure numpy."""

from math import ceil

import numpy as np

from vxpipe.engine.media.arrays import Bytes, Flags, Indices, Shorts, Values
from vxpipe.engine.media.gauge import CELLS
from vxpipe.engine.media.ordered import quantile
from vxpipe.values import frozen

Planes = tuple[Bytes, Bytes, Bytes]
Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]

_LINE_RANGE = 20  # a line of a border is one colour within this (2nd to 98th percentile)
_GRAIN = 8  # pixels of a line that are looked at as one
COLOUR_DRIFT = 12
"""A border keeps its colour over the film within this."""
_SAMPLE = 100  # pixels of a line; but for the one at either end they tell its range
_OUTLIERS = 3  # percent of a line at either end
_LINES_AT_ONCE = 32
_CALM = 16  # how much a line that never changes ranges by the coder's doing, beside the noise of the border around it
_NOISE = 1.4
_FLICKER = 3  # the edges of letters that never change range over a third of how far they stray at most


class Extremes:
    """Gathers frames one by one; memory: two of them."""

    def __init__(self, planes: Planes) -> None:
        self._low, self._high = ([plane.copy() for plane in planes] for _ in range(2))

    def add(self, planes: Planes) -> None:
        """Take one more frame into account."""
        for low, high, plane in zip(self._low, self._high, planes, strict=True):
            np.minimum(low, plane, out=low)
            np.maximum(high, plane, out=high)

    def movement(self, box: Box) -> float:
        """The mean range of the light inside the box, over a sample of its pixels."""
        x, y, width, height = box
        part = (slice(y, y + height, 8), slice(x, x + width, 8))
        return float((self._high[0][part] - self._low[0][part]).mean())

    def range_outside(self, box: Box) -> float:
        """How far the light ranges within a strip beside the box, at its brightest, in cells of the box."""
        x, y, width, height = box
        brightest, cell = self._high[0], (ceil(height / CELLS), ceil(width / CELLS))
        strips = (brightest[:y], brightest[y + height :], brightest[:, :x], brightest[:, x + width :])
        return max((float(np.ptp(cells)) for strip in strips if (cells := _averaged(strip, cell)).size), default=0.0)

    def seen_from(self, side: str, box: Box) -> "Strip":
        """What lies inside the box, turned so that the side is its top."""
        low, high = ([upright(part, side) for part in _inside(planes, box)] for planes in (self._low, self._high))
        x, y, width, height = box
        begins = {"top": y, "bottom": y + height, "left": x, "right": x + width}
        return Strip(low, high, shift=begins[side] % 2)


@frozen(kw_only=False)
class Strip:
    """Y, U and V at their lowest and highest, the outermost line first; U and V begin `shift` lines of Y later."""

    low: list[Bytes]
    high: list[Bytes]
    shift: int

    def noise(self) -> int:
        """How much all but the liveliest pixels of the outermost line range."""
        return int(_range(self.high[0][:1] - self.low[0][:1])[2, 0])

    def colours(self, noise: int) -> list[Colour]:
        """The colours of the lines from the first on that have one each, all along and all the time."""
        calm, told = _CALM + int(_NOISE * noise), list[Colour]()
        for begin in range(0, len(self.low[0]), _LINES_AT_ONCE):
            lines = range(begin, min(begin + _LINES_AT_ONCE, len(self.low[0])))
            told += self._colours(np.array(lines, np.intp), calm)
            if len(told) < lines.stop:
                break
        return told

    def _colours(self, lines: Indices, calm: int) -> list[Colour]:
        """By their light: a thin line shares its chroma with the picture beside it."""
        of_chroma = ((lines - self.shift) // 2).clip(0, len(self.low[1]) - 1)
        parts = (
            (low[at], high[at])
            for low, high, at in zip(self.low, self.high, (lines, of_chroma, of_chroma), strict=True)
        )
        (y, one), (u, _), (v, _) = (_values(*part, calm) for part in parts)
        count = int(np.argmin(np.append(one, False)))
        return list(zip(y[:count].tolist(), u[:count].tolist(), v[:count].tolist(), strict=True))

    def strays(self, colour: Colour, noise: int, *, in_one: bool = False) -> tuple[Bytes, Bytes]:
        """How far every pixel ever strays from the border, in luma and in chroma.

        `colour` is that of its outermost line; unless it is all `in_one`, a border goes on in another colour where
        whole lines have that.
        """
        others = [] if in_one else self.colours(noise)
        lines = np.array(_borders(colour, others, len(self.low[0])), np.uint8)
        luma = _stray(self.low[0], self.high[0], lines[:, 0])
        of_chroma = lines[np.minimum(2 * np.arange(len(self.low[1])) + self.shift, len(lines) - 1)]
        u, v = (_stray(self.low[plane], self.high[plane], of_chroma[:, plane]) for plane in (1, 2))
        return luma, np.maximum(u, v, out=u)

    def never_changing(self, luma: Bytes, chroma: Bytes) -> tuple[Flags, Flags]:
        """Which pixels stray from the border in every frame, and always as far: so far luma and chroma stray."""
        y, u, v = (high - low for low, high in zip(self.low, self.high, strict=True))
        return y <= luma // _FLICKER, np.maximum(u, v, out=u) <= chroma // _FLICKER


def _borders(colour: Colour, lines: list[Colour], count: int) -> list[Colour]:
    """The border's colour at every line; that of its last line from there on."""
    told = [colour]
    for here in lines[1:]:
        told.append(here if far(here, told[-1]) else told[-1])
    return told + told[-1:] * (count - len(told))


def _averaged(plane: Bytes, cell: tuple[int, int]) -> Values:
    """The mean of each cell of so many lines and columns that is whole."""
    rows, columns = (size // part for size, part in zip(plane.shape, cell, strict=True))
    whole = plane[: rows * cell[0], : columns * cell[1]]
    return np.asarray(whole.reshape(rows, cell[0], columns, cell[1]).mean(axis=(1, 3)), np.float64)


def far(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two colours differ by more than a border's colour may drift."""
    return any(abs(a - b) > COLOUR_DRIFT for a, b in zip(one, other, strict=True))


def upright(plane: Bytes, side: str) -> Bytes:
    """The plane turned so that `side` is its top."""
    turned = plane.T if side in {"left", "right"} else plane
    return turned[::-1] if side in {"bottom", "right"} else turned


def spreads(line: Bytes, limit: int) -> bool:
    """Whether the values of a line lie further apart, but for the outermost hundredths; grain is averaged away."""
    if np.ptp(line) <= limit:  # in which case the cheaper look is enough
        return False
    pieces = line[: len(line) // _GRAIN * _GRAIN].reshape(-1, _GRAIN).mean(axis=1) if len(line) >= 4 * _GRAIN else line
    return quantile(pieces, 0.98) - quantile(pieces, 0.02) > limit


def _values(low: Bytes, high: Bytes, calm: int) -> tuple[Shorts, Flags]:
    """The middle value of every line, and whether the line has no other."""
    (least, middle, most), (least_high, middle_high, most_high) = _range(low), _range(high)
    one = (most - least <= _LINE_RANGE) & (most_high - least_high <= _LINE_RANGE) & (_range(high - low)[2] <= calm)
    return (middle + middle_high) // 2, one


def _range(plane: Bytes) -> Shorts:
    """Of every line the least, the middle and the largest value in a sample of it, but for a few at either end."""
    step = max(1, plane.shape[1] // _SAMPLE)
    sample = plane[:, step // 2 :: step]
    outer = sample.shape[1] * _OUTLIERS // 100
    places = (outer, sample.shape[1] // 2, sample.shape[1] - 1 - outer)
    return np.asarray(np.partition(sample, places, axis=1)[:, places].T, np.int16)


def _inside(planes: list[Bytes], box: Box) -> list[Bytes]:
    """The parts of the planes that show the box and nothing else."""
    x, y, width, height = box
    rows, columns = _halved(y, height), _halved(x, width)
    return [planes[0][y : y + height, x : x + width], *(plane[rows, columns] for plane in planes[1:])]


def _halved(begin: int, size: int) -> slice:
    """Where the chroma of some lines lies that they share with no others; one line at least."""
    first = (begin + 1) // 2
    return slice(first, max(first + 1, (begin + size) // 2))


def _stray(low: Bytes, high: Bytes, lines: Bytes) -> Bytes:
    border = lines[:, None]
    above, below = np.maximum(high, border), np.minimum(low, border)
    above -= border
    np.subtract(border, below, out=below)
    return np.maximum(above, below, out=above)

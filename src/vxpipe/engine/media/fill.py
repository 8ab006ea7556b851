"""Whether a film fills both sides of its picture with a blurred copy of it, and where that fill ends. Pure numpy.

The fill of a portrait film in a landscape frame (or the other way round) is not of one colour, so it is told by much at
once: a straight step at one distance from both sides, in every picture; nothing sharp outside of it, ever; light
outside that follows the picture inside, enlarged. A false crop loses picture and a missed fill nothing, so one picture
that contradicts is enough. Some lines of every picture are looked at, in either direction: about 1 ms for 1080p.
"""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from vxpipe.engine.media.arrays import Bytes, Flags, Floats
from vxpipe.engine.media.enlargement import Cells, match
from vxpipe.engine.media.ordered import median
from vxpipe.engine.media.scanlines import CELL_LINES, Scanlines, cell_begins, line_places, scanlines
from vxpipe.values import frozen

_LEAST_FRAMES = 4
_LEAST_SIZE = 96
_LEAST = 0.04  # of the frame: the narrowest fill on one side
_LEAST_INSIDE = 0.2  # of the frame: the narrowest picture
_APART = 2  # lines: what centring in 4:2:0 makes of one distance
_RINGING = 12  # lines next to the step in which the coder leaves traces of it
_SPECKS = 0.005  # share of places that a coder's noise on a blurred ground makes sharp
_BORDER_LINES = 0.03  # of all lines lie at the edge of a black border and are sharp all along
_QUIET = 0.25  # of the detail inside: with more of it outside, a picture is no filled one
_STEP = 1.5  # of 255: the step on the average of all lines, to be seen at all in a picture
_STEP_CONTRAST = 3.0  # times what is to be seen right outside of it
_BLENDED = 0.5  # of the step: what scaling leaves of it on the next line
_LINE_STEP = 6  # of 255: the step on one line in the picture that shows it best
_CUT = 24  # of 255: a difference of neighbours that no blur leaves
_MOST_CUTS = 0.0002  # share of places outside that may show one in some picture
_LEAST_CHANGE = 1.0  # of 255: what changes less outside over the film is a painted ground
_ALIKE = 0.6  # a picture that does not show the step is a filled one if it is as much like its enlargement as this
_SURE = 0.9  # 66 of 78 trial fills are as sure and unspoken against; of 120 real films and 36 with soft sides none


@frozen
class Fill:
    """A blurred fill: on which sides, how many lines of each, how sure it is (0..1) and what makes it so.

    `step_seen`: the share of pictures, `straight`: of lines that show the step; `detail`: how much of the inner detail
    there is outside; `likeness`: correlation with the enlarged picture, `surplus`: over that with the picture going on;
    `change`: of the light outside, of 255.
    """

    sides: tuple[str, str]
    lines: tuple[int, int]
    step_seen: float
    straight: float
    detail: float
    likeness: float
    surplus: float
    change: float

    @property
    def confidence(self) -> float:
        """As sure as the weakest of what speaks for it; what is missed in a third leaves nine tenths of it."""
        least = min(self.step_seen, self.straight, self.likeness)
        return max(0.0, min(1 - (1 - max(0.0, least)) ** 2, 1 - self.detail))

    def evidence(self) -> dict[str, Any]:
        """The evidence as plain data for item.json."""
        told = {
            "confidence": self.confidence, "stepSeen": self.step_seen, "straight": self.straight,
            "detail": self.detail, "likeness": self.likeness, "surplus": self.surplus, "change": self.change,
        }  # fmt: skip
        return {"sides": self.sides, "pixels": self.lines} | {name: round(value, 3) for name, value in told.items()}


class Fills:
    """Gathers the luma of pictures one by one and tells the blurred fill they share; memory: a fraction of one."""

    def __init__(self) -> None:
        self._across = _Direction(("left", "right"))
        self._down = _Direction(("top", "bottom"))

    @property
    def settled(self) -> bool:
        """Whether no further picture can tell of a fill."""
        return self._across.reached and self._down.reached

    def add(self, luma: Bytes) -> None:
        """Take one picture, which is not blank, into account."""
        self._across.add(luma)
        self._down.add(luma.T)

    def found(self, box: tuple[int, int, int, int]) -> Fill | None:
        """The fill inside the box (x, y, width, height), if it is sure."""
        across, down = (box[0], box[0] + box[2]), (box[1], box[1] + box[3])
        found = (self._across.judged(across, down), self._down.judged(down, across))
        return max((fill for fill in found if fill), key=lambda fill: fill.confidence, default=None)


@frozen
class _Film:
    """The pictures inside a box: rows of `steps` and `detail`; `sharpest`: per line the largest step of any picture."""

    steps: Floats
    detail: Floats
    cells: Cells
    sharpest: Bytes


class _Direction:
    """What was seen in one direction; nothing is looked at any more once a picture reaches one of the sides."""

    def __init__(self, sides: tuple[str, str]) -> None:
        self._sides = sides
        self.reached = False
        self._scanlines = list[Scanlines]()
        self._sharpest: Bytes | None = None

    def add(self, plane: Bytes) -> None:
        if self.reached or min(plane.shape) < _LEAST_SIZE:
            return
        lines, steps = scanlines(plane)
        self.reached = _reaches_a_side(lines.detail())
        self._scanlines.append(lines)
        self._sharpest = steps if self._sharpest is None else np.maximum(self._sharpest, steps, out=self._sharpest)
        self._size = plane.shape

    def judged(self, along: tuple[int, int], across: tuple[int, int]) -> Fill | None:
        small = min(along[1] - along[0], across[1] - across[0]) < _LEAST_SIZE
        if self.reached or small or self._sharpest is None or len(self._scanlines) < _LEAST_FRAMES:
            return None
        film = self._film(self._sharpest, along, across)
        lines = _edges(film)
        return _judged(film, self._sides, lines) if lines else None

    def _film(self, sharpest: Bytes, along: tuple[int, int], across: tuple[int, int]) -> _Film:
        places = line_places(self._size[0])
        rows = places.reshape(-1, CELL_LINES).mean(axis=1)
        inside = (rows >= across[0]) & (rows < across[1])
        well_inside = (places > across[0] + 1) & (places < across[1] - 2)  # a border's edge is sharp as well
        edges = np.append(cell_begins(self._size[1]), self._size[1])
        cells = Cells(
            light=np.array([one.cells[inside] for one in self._scanlines]),
            along=((edges[:-1] + edges[1:]) / 2 - along[0]).astype(np.float32),
            across=(rows[inside] - across[0]).astype(np.float32),
            size=(along[1] - along[0], across[1] - across[0]),
        )
        return _Film(
            steps=np.array([one.steps[along[0] : along[1] - 1] for one in self._scanlines]),
            detail=np.array([one.detail(well_inside)[along[0] : along[1]] for one in self._scanlines]),
            cells=cells,
            sharpest=sharpest[well_inside, along[0] : along[1] - 1],
        )


def _reaches_a_side(detail: Floats) -> bool:
    """Whether a margin is as detailed as the middle; by its median, as the edge of a black border may lie in it."""
    margin, third = max(2, int(_LEAST * detail.size)), detail.size // 3
    outside = max(median(detail[:margin]), median(detail[-margin:]))
    return outside > max(_BORDER_LINES, _QUIET * float(detail[third:-third].mean()))


def _edges(film: _Film) -> tuple[int, int] | None:
    """How many lines lie outside the clearest pair of steps; None where there is no room for one."""
    steps, detail = film.steps.mean(axis=0), film.detail.mean(axis=0)
    least, most = max(3 * _RINGING, int(_LEAST * detail.size)), _most(detail.size)
    if most <= least:
        return None
    first, last = steps[: most + _APART], steps[::-1][: most + _APART]  # the step that ends n lines is at n - 1
    nearby = sliding_window_view(np.pad(last, _APART), 2 * _APART + 1).max(axis=1)
    outside = np.cumsum(detail[:most] + detail[::-1][:most]) / (2 * np.arange(1, most + 1))
    outside = np.pad(outside, (_RINGING, 0))[least - 1 : most]
    clear = np.minimum(first, nearby)[least - 1 : most] / (_SPECKS + outside)
    one = int(np.argmax(clear)) + least
    other = one - _APART + int(np.argmax(last[one - 1 - _APART : one + _APART]))
    return _unblended(first, one), _unblended(last, other)


def _most(size: int) -> int:
    """The widest fill on one side."""
    return min(int((1 - _LEAST_INSIDE) / 2 * size), size // 2 - 2 * _RINGING)


def _unblended(steps: Floats, lines: int) -> int:
    """What was scaled after it had been filled has lines mixed from both sides: they are left out as well."""
    return lines + int(lines < len(steps) and steps[lines] > _BLENDED * steps[lines - 1])


def _judged(film: _Film, sides: tuple[str, str], lines: tuple[int, int]) -> Fill | None:
    """The fill, if it is sure and nothing contradicts it."""
    begin, end = lines[0], film.detail.shape[1] - lines[1]
    alike, detail = match(film.cells, lines), _detail_outside(film.detail, begin, end)
    if alike is None:
        return None
    seen = _shows_step(film.steps, lines[0]) & _shows_step(film.steps[:, ::-1], lines[1])
    fill = Fill(
        sides=sides,
        lines=lines,
        step_seen=float(seen.mean()),
        straight=min(_straight(film.sharpest, lines[0]), _straight(film.sharpest[:, ::-1], lines[1])),
        detail=median(detail),
        likeness=median(alike.values),
        surplus=alike.surplus,
        change=_change(film.cells, begin, end),
    )
    another = (detail > _QUIET) | (~seen & (alike.values < _ALIKE))
    cuts = (_outside(film.sharpest, begin, end) > _CUT).mean()
    unlikely = fill.surplus <= 0 or fill.change < _LEAST_CHANGE or fill.confidence < _SURE
    return None if unlikely or another.any() or cuts > _MOST_CUTS else fill


def _outside(rows: NDArray[Any], begin: int, end: int) -> NDArray[Any]:
    """What lies outside, but for the lines next to the edge, and next to the box, where a black border may end."""
    return np.concatenate([rows[:, _RINGING : begin - _RINGING], rows[:, end + _RINGING : -_RINGING]], axis=1)


def _detail_outside(detail: Floats, begin: int, end: int) -> Floats:
    """Per picture how much of the detail inside there is outside."""
    inside = detail[:, begin + _RINGING : end - _RINGING].mean(axis=1)
    return np.asarray(_outside(detail, begin, end).mean(axis=1) / np.maximum(_SPECKS, inside), np.float32)


def _shows_step(steps: Floats, lines: int) -> Flags:
    """In which pictures the step is to be seen on the average of all lines."""
    here, before = steps[:, lines - 2 : lines + 1].max(axis=1), steps[:, lines - _RINGING : lines - 2].max(axis=1)
    return np.asarray((here > _STEP) & (here > _STEP_CONTRAST * before), np.bool_)


def _straight(sharpest: Bytes, lines: int) -> float:
    """The share of lines that show the step in some picture."""
    here, before = sharpest[:, lines - 2 : lines + 1].max(axis=1), sharpest[:, lines - _RINGING : lines - 3].max(axis=1)
    return float(((here > _LINE_STEP) & (here > 2.0 * before)).mean())


def _change(cells: Cells, begin: int, end: int) -> float:
    """How much the light outside ever differs from the first picture's."""
    outside = cells.light[:, :, (cells.along < begin) | (cells.along >= end)]
    return float(np.abs(outside - outside[0]).mean(axis=(1, 2)).max())

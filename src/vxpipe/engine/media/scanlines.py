"""What a few dozen lines of a picture tell of its detail, at a small part of the price of all. Pure numpy."""

import numpy as np

from vxpipe.engine.media.arrays import Bytes, Flags, Floats, Indices, Shorts
from vxpipe.values import frozen

Lines = tuple[Shorts, Shorts, Shorts]

CELL_LINES = 3
"""Lines that make one row of cells."""
_LINES = 72
_CELLS = 96
_SHARP = 8  # of 255: a Laplacian that a coder's noise on a blurred ground does not reach


@frozen(kw_only=False)
class Scanlines:
    """Of one picture: the mean `steps` from every place along the lines to the next, and which lines are `sharp` there.

    `sharp` is packed, eight lines to a byte. `cells` are a small picture, its columns along the lines.
    """

    steps: Floats
    sharp: Bytes
    cells: Floats

    def detail(self, lines: Flags | slice = slice(None)) -> Floats:
        """Per place the share of lines, or of some of them, that are sharp there."""
        count = CELL_LINES * len(self.cells)
        share: Floats = np.unpackbits(self.sharp, axis=0, count=count)[lines].mean(axis=0, dtype=np.float32)
        return share


def scanlines(plane: Bytes) -> tuple[Scanlines, Bytes]:
    """What the lines of a plane tell, and the steps from place to place on every one of them."""
    lines = _lines(plane)
    steps = np.abs(np.diff(lines[1], axis=1)).astype(np.uint8)
    sharp = np.packbits(_sharp(lines), axis=0)
    return Scanlines(steps.mean(axis=0, dtype=np.float32), sharp, _cells(lines[1])), steps


def line_places(count: int) -> Indices:
    """The lines to be looked at: not the outermost, as each is compared with its neighbours."""
    step = max(1, (count - 2) // _LINES)
    places = np.arange(1 + (count - 2) % step // 2, count - 1, step)
    return places[: len(places) // CELL_LINES * CELL_LINES]


def cell_begins(size: int) -> Indices:
    """Where the cells begin on lines of a size."""
    cells = min(_CELLS, size // 4)
    return np.asarray(np.arange(cells) * size // cells, np.intp)


def _lines(plane: Bytes) -> Lines:
    """The lines before, at and after those places."""
    places = line_places(len(plane))
    begin, end, step = int(places[0]), int(places[-1]) + 1, int(places[1] - places[0])
    before, here, after = (plane[begin + by : end + by : step].astype(np.int16, order="C") for by in (-1, 0, 1))
    return before, here, after


def _sharp(lines: Lines) -> Flags:
    """At which places of the lines the Laplacian shows something sharp."""
    before, here, after = lines
    sharp = np.zeros(here.shape, np.bool_)
    bent = before[:, 1:-1] + after[:, 1:-1]
    bent += here[:, 2:]
    bent += here[:, :-2]
    bent -= 4 * here[:, 1:-1]
    np.greater(np.abs(bent, out=bent), _SHARP, out=sharp[:, 1:-1])
    return sharp


def _cells(here: Shorts) -> Floats:
    rows = here.reshape(-1, CELL_LINES, here.shape[1]).sum(axis=1, dtype=np.int32)
    begins = cell_begins(here.shape[1])
    widths = np.diff(np.append(begins, here.shape[1]))
    return np.asarray(np.add.reduceat(rows, begins, axis=1) / (CELL_LINES * widths), np.float32)

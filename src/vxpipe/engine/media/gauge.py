"""Measures the features of frames from small pictures of them. Pure numpy."""

from math import ceil

import numpy as np

from vxpipe.engine.media.arrays import Bytes, Floats, Hashes, Values
from vxpipe.engine.media.features import CHROMA_SIDE, FLAT_CONTOUR, LUMA_SIDE, Features, bytes_apart
from vxpipe.engine.media.layout import largest_rise, layouts, rewritten
from vxpipe.engine.media.surroundings import laplacians
from vxpipe.values import frozen

Box = tuple[int, int, int, int]
Edges = tuple[float, float, float, float]

CELLS = 64
"""The picture inside the crop is looked at as about CELLS x CELLS cells."""
_MOST_CELLS = 256  # across the whole frame: of a narrow crop there are fewer inside
_BLEED = 0.25  # of a cell: so far the scaler's averages reach beyond their own
_NEXT_TO_NOTHING = 1e-6  # of a cell: as exactly as its place is computed


@frozen(kw_only=False)
class Grid:
    """The size of the small picture of the whole frame, which part of it is judged, and where its borders end: left,
    top, right and bottom in cells.
    """

    width: int
    height: int
    judged: Edges
    picture: Edges

    @property
    def frame_bytes(self) -> int:
        """The size of one small yuv420p picture."""
        return self.width * self.height * 3 // 2


def grid(size: tuple[int, int], box: Box, *, picture: Box | None = None) -> Grid:
    """The grid that gives the box (x, y, width, height) in a frame of `size` about CELLS x CELLS cells; None: it holds
    all of the `picture`.
    """
    columns, rows = (_even(CELLS * whole / part) for whole, part in zip(size, box[2:], strict=True))
    across, down = columns / size[0], rows / size[1]
    judged, inside = (
        (x * across, y * down, (x + width) * across, (y + height) * down)
        for x, y, width, height in (box, picture or box)
    )
    return Grid(columns, rows, judged, inside)


def is_measured(lines: int, inside: int, whole: int) -> bool:
    """Whether a border of so many lines, if there is any, has a cell of its own on each grid for what lies `inside`."""
    return not lines or lines >= max(inside / (CELLS - 1), whole / _MOST_CELLS)


class Gauge:
    """Measures frames batch by batch; remembers the last one, because change is measured against it."""

    def __init__(self, shape: Grid) -> None:
        self._grid = shape
        self._last: tuple[Bytes, ...] | None = None
        left, top, right, bottom = inner = shape.judged
        half = (left / 2, top / 2, right / 2, bottom / 2)
        self._luma = _Reduction((shape.width, shape.height), inner, (LUMA_SIDE, LUMA_SIDE))
        self._hash = _Reduction((shape.width, shape.height), inner, (9, 8))
        self._chroma = _Reduction((shape.width // 2, shape.height // 2), half, (CHROMA_SIDE, CHROMA_SIDE))

    def measure(self, raw: bytes) -> Features:
        """The features of the frames in `raw`, whole small yuv420p pictures one after the other."""
        planes = self._planes(np.frombuffer(raw, np.uint8))
        insides = (self._luma.inside, self._chroma.inside, self._chroma.inside)
        parts_inside = luma, u, v = tuple(
            plane[(slice(None), *inside)] for plane, inside in zip(planes, insides, strict=True)
        )
        y = luma.astype(np.float32)
        coarse = [self._luma(y), self._chroma(u.astype(np.float32)), self._chroma(v.astype(np.float32))]
        parts = [np.rint(part).astype(np.uint8).reshape(len(y), -1) for part in coarse]
        contour = np.max([np.ptp(part, axis=(1, 2)) for part in coarse], axis=0).astype(np.float32)
        return Features(
            rewritten=self._rewritten(luma),
            change=self._change(parts_inside),
            luma=y.mean(axis=(1, 2)),
            spread=y.std(axis=(1, 2)),
            contour=contour,
            mark=_marks(luma, contour),
            outside=self._outside(planes[0]),
            sharpness=_sharpness(luma),
            dhash=dhash(self._hash(y)),
            signature=np.concatenate(parts, axis=1),
            layout=layouts(luma),
        )

    def _rewritten(self, luma: Bytes) -> Floats:
        before = luma[:1] if self._last is None else self._last[0]
        return rewritten(np.concatenate([before, luma]))

    def _outside(self, y: Bytes) -> Floats:
        """The range of light in what lies outside the picture: in cells of which none reaches into it."""
        (left, top, right, bottom), middle = self._grid.picture, slice(None)
        strips = (
            (slice(0, int(top + _NEXT_TO_NOTHING)), middle),
            (slice(ceil(bottom - _NEXT_TO_NOTHING), None), middle),
            (middle, slice(0, int(left + _NEXT_TO_NOTHING))),
            (middle, slice(ceil(right - _NEXT_TO_NOTHING), None)),
        )
        seen = [y[(middle, *strip)] for strip in strips]
        ranges = [np.ptp(part, axis=(1, 2)) for part in seen if part.size]
        return np.max(ranges, axis=0).astype(np.float32) if ranges else np.zeros(len(y), np.float32)

    def _planes(self, raw: Bytes) -> tuple[Bytes, Bytes, Bytes]:
        rows, columns = self._grid.height, self._grid.width
        frames = raw.reshape(-1, self._grid.frame_bytes)
        luma, chroma = rows * columns, rows * columns // 4
        return (
            frames[:, :luma].reshape(-1, rows, columns),
            frames[:, luma : luma + chroma].reshape(-1, rows // 2, columns // 2),
            frames[:, luma + chroma :].reshape(-1, rows // 2, columns // 2),
        )

    def _change(self, now: tuple[Bytes, ...]) -> Floats:
        before = self._last or tuple(plane[:1] for plane in now)
        self._last = tuple(plane[-1:] for plane in now)
        y, u, v = (_steps(np.concatenate([first, plane])) for first, plane in zip(before, now, strict=True))
        change: Floats = (y + (u + v) / 2).astype(np.float32)
        return change


def dhash(cells: Floats) -> Hashes:
    """The 64-bit difference hash of pictures of 8 rows x 9 columns: bit set where a cell is darker than the next one.

    Bits run row by row from the highest. Source: N. Krawetz, "Kind of Like That", 2013.
    """
    rises = cells[:, :, :-1] < cells[:, :, 1:]
    packed = np.packbits(rises.reshape(len(cells), 64), axis=1)
    return packed.view(">u8").astype(np.uint64).reshape(-1)


class _Reduction:
    """Averages the part of a plane `inside` a box down to a few cells."""

    def __init__(self, size: tuple[int, int], box: tuple[float, float, float, float], cells: tuple[int, int]) -> None:
        left, top, right, bottom = box
        self.inside = (_whole(top, bottom, size[1]), _whole(left, right, size[0]))
        self._down, self._across = (_weights(part, count) for part, count in zip(self.inside, cells[::-1], strict=True))

    def __call__(self, parts: Floats) -> Floats:
        return np.asarray(self._down @ parts @ self._across.T, np.float32)


def _weights(part: slice, cells: int) -> Floats:
    """One row per cell: how much of every pixel of the part falls into it, summing to 1."""
    edges = np.linspace(part.start, part.stop, cells + 1)
    pixels = np.arange(part.start, part.stop)
    overlap = np.minimum(pixels + 1, edges[1:, None]) - np.maximum(pixels, edges[:-1, None])
    overlap = np.clip(overlap, 0, None)
    weights: Floats = (overlap / overlap.sum(axis=1, keepdims=True)).astype(np.float32)
    return weights


def _whole(begin: float, end: float, size: int) -> slice:
    """The pixels between two places that hold nothing of what lies outside; at least one.

    The scaler's averages reach a little beyond their cell, so a cell that only just fits is left out as well.
    """
    first = 0 if begin <= 0 else int(np.ceil(begin + _BLEED))
    last = size if end >= size else int(np.floor(end - _BLEED))
    return slice(first, last) if last > first else slice(min(int(begin), size - 1), min(int(begin), size - 1) + 1)


def _marks(luma: Bytes, contour: Floats) -> Floats:
    marks, flat = np.zeros(len(luma), np.float32), contour < FLAT_CONTOUR
    marks[flat] = largest_rise(luma[flat])
    return marks


def _steps(planes: Bytes) -> Values:
    """How far each picture but the first is from the one before."""
    apart = bytes_apart(planes[1:], planes[:-1])
    lines = apart.sum(axis=2, dtype=np.uint16)
    return np.asarray(lines.sum(axis=1) / (apart.shape[1] * apart.shape[2]), np.float64)


def _sharpness(luma: Bytes) -> Floats:
    if min(luma.shape[1:]) < 3:
        return np.zeros(len(luma), np.float32)
    bent = laplacians(luma.astype(np.int16, order="C")).astype(np.float32, order="C")
    return np.asarray(bent.var(axis=(1, 2)), np.float32)


def _even(cells: float) -> int:
    return min(_MOST_CELLS, 2 * max(1, round(cells / 2)))

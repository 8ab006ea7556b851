"""Where one shot dissolves into the next, or is wiped away by it. Pure numpy.

During a dissolve every frame is a mixture of the last picture before it and the first one after it, and no part of the
picture changes more than it must to get from one to the other. During a wipe each part of a frame is of the one picture
or of the other. Movement does neither: its pictures in between are neither mixtures nor made of parts of the two, and
light wanders back and forth over each place.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.features import Features, Samples, luma_cells

Cells = NDArray[np.float32]
Values = NDArray[np.float64]

_SPANS = (0.25, 0.4, 0.65, 1.0, 1.6)  # seconds between the two pictures that are compared
_LEAST_FRAMES = 6
_LEAST_CHANGE = 12.0  # of 255, between the two
_MOST_DETOUR = 1.5  # way gone frame by frame, over the direct way
_MOST_STEP = 0.4  # of the direct way, in one frame: more is a cut
_MOST_LIKE = 0.7  # correlation of the two: above, the light changes but not the picture
_MOST_REST = 0.1  # of the change: how far the pictures in between are from being mixtures
_MOST_WIPED = 0.16  # of the change: how far each part of them is from the one or the other (wipes 0.04..0.13)
_LEAST_SHARE = 0.65  # of the picture's cells that change: a title that fades in changes fewer
_LIVELIER = 1.5  # times as much change a frame as before and after
_CHUNK = 4096
_FLAT = 4.0


@dataclass(frozen=True, slots=True)
class Dissolve:
    """A transition around frame `centre`, `half` frames to either side; `score` (0..1) tells how sure it is."""

    centre: int
    half: int
    score: float


def find_dissolves(samples: Samples) -> tuple[Dissolve, ...]:
    """The dissolves of a film in order, none overlapping another."""
    if len(samples) <= _LEAST_FRAMES:
        return ()
    cells = _coarse(samples.features)
    steps = np.concatenate([[0.0], *_steps(cells)])
    usual = float(np.median(np.diff(samples.times))) or 1 / 25
    halves = sorted({max(_LEAST_FRAMES, round(span / usual)) // 2 for span in _SPANS})
    found = [dissolve for half in halves for dissolve in _of_length(cells, steps, half)]
    return tuple(sorted(_best(found), key=lambda dissolve: dissolve.centre))


def _steps(cells: Cells) -> Iterator[Values]:
    for begin in range(0, len(cells) - 1, _CHUNK):
        yield np.abs(np.diff(cells[begin : begin + _CHUNK + 1], axis=0)).mean(axis=1)


def _of_length(cells: Cells, steps: Values, half: int) -> Iterator[Dissolve]:
    way = np.cumsum(steps)
    centres = np.arange(half, len(cells) - half, max(1, half // 3))
    for begin in range(0, len(centres), _CHUNK):
        middle = centres[begin : begin + _CHUNK]
        change = np.abs(cells[middle + half] - cells[middle - half]).mean(axis=1)
        detour = (way[middle + half] - way[middle - half]) / np.maximum(change, 1e-6)
        for centre in middle[(change >= _LEAST_CHANGE) & (detour <= _MOST_DETOUR)]:
            score = _score(cells, steps, int(centre), half)
            if score > 0:
                yield Dissolve(int(centre), half, score)


def _score(cells: Cells, steps: Values, centre: int, half: int) -> float:
    """0 where the frames around `centre` are no dissolve."""
    first, last = cells[centre - half], cells[centre + half]
    direct = last - first
    change = float(np.abs(direct).mean())
    if steps[centre - half + 1 : centre + half + 1].max() > _MOST_STEP * change or not _is_new(first, last):
        return 0.0
    if change / (2 * half) < _LIVELIER * _step_around(steps, centre, half):
        return 0.0
    between = cells[centre - half // 2 : centre + half // 2 + 1]
    share = (between - first) @ direct / (direct @ direct)
    if share[0] > 0.5 or share[-1] < 0.5:
        return 0.0
    mixed = np.abs(between - first - share[:, None] * direct).mean() / change
    wiped = np.minimum(np.abs(between - first), np.abs(between - last)).mean() / change
    return max(_fit(float(mixed), _MOST_REST), _fit(float(wiped), _MOST_WIPED))


def _fit(rest: float, most: float) -> float:
    return float(max(0.0, 1 - rest / most) ** 0.5)


def _is_new(first: Cells, last: Cells) -> bool:
    """Whether two pictures differ all over, and not in light only; a flat one says nothing."""
    if min(first.std(), last.std()) < _FLAT:
        return False
    apart = np.abs(last - first)
    spread = float((apart > max(4.0, 0.25 * float(apart.mean()))).mean())
    return spread >= _LEAST_SHARE and bool(np.corrcoef(first, last)[0, 1] <= _MOST_LIKE)


def _step_around(steps: Values, centre: int, half: int) -> float:
    """The usual change a frame just outside, on the livelier side."""
    before = steps[max(1, centre - 2 * half) : centre - half + 1]
    after = steps[centre + half + 1 : centre + 2 * half + 1]
    return max((float(np.median(side)) for side in (before, after) if len(side) > 1), default=0.0)


def _best(found: list[Dissolve]) -> Iterator[Dissolve]:
    """The surest of those that overlap."""
    taken: list[Dissolve] = []
    for dissolve in sorted(found, key=lambda d: (-d.score, d.half)):
        if all(abs(dissolve.centre - other.centre) > dissolve.half + other.half for other in taken):
            taken.append(dissolve)
            yield dissolve


def _coarse(features: Features) -> Cells:
    """The luma of the signatures in 8x8 cells."""
    signatures = features.signature
    pieces = np.array_split(signatures, len(signatures) // _CHUNK + 1)
    coarse = [luma_cells(piece).reshape(-1, 8, 2, 8, 2).mean(axis=(2, 4)).reshape(-1, 64) for piece in pieces]
    return np.concatenate(coarse)

"""Which of the chosen frames are blurred in their full size. Pure numpy.

A sharp picture loses much of what changes from pixel to pixel when it is blurred once more, a blurred one loses little:
F. Crete et al., "The blur effect: perception and estimation with a new no-reference perceptual blur metric", 2007.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from vxpipe.engine.media.arrays import Bytes, Floats
from vxpipe.engine.media.ordered import median
from vxpipe.model import Candidate
from vxpipe.reasons import Reason

_TAPS = 9
# Measured on films and test patterns at 640x360: as they are 0.05..0.4; blurred by sigma 2 0.4..0.65, by 4 0.55..0.8.
_BLURRED = 0.5
_BEYOND_USUAL = 0.1  # a film that is soft all over is not blurred


def blur(luma: Bytes) -> float:
    """How blurred a picture is: 0 not at all, 1 completely. A flat picture has nothing that could be blurred: 0."""
    picture = luma.astype(np.float32)
    return max((_along(part) for part in (picture, picture.T) if part.shape[0] > 2 * _TAPS), default=0.0)


def blurry(candidates: Sequence[Candidate], blurs: Mapping[int, float]) -> tuple[Candidate, ...]:
    """The kept candidates that are blurred; `blurs` by their index. Never all of them, and none that somebody named."""
    limit = _limit(candidates, blurs)
    own = (c for c in candidates if c.kept and c.reason is not Reason.TIMESTAMP)
    return tuple(c for c in own if blurs.get(c.index, 0.0) > limit)


def without_blurry(
    candidates: Sequence[Candidate], blurs: Mapping[int, float], others: Mapping[int, Sequence[Candidate]]
) -> tuple[Candidate, ...]:
    """The candidates, each blurred one replaced by the least blurred of its `others`, or dropped where all are blurred.

    `others` by the index of the one they may replace. The opening shot stays, whatever it looks like.
    """
    limit = _limit(candidates, blurs)
    told = {c.index: c for c in candidates}
    moved = dict[int, int]()
    for blurred in blurry(candidates, blurs):
        pool = [blurred, *(c for c in others.get(blurred.index, ()) if c.index in blurs)]
        best = min(pool, key=lambda c: blurs[c.index])
        told |= {c.index: _rejected(c, blurs[c.index] > limit) for c in pool}
        if blurs[best.index] <= limit or blurred.reason is Reason.OPENING_SHOT:
            told[best.index] = replace(best, kept=True, reason=blurred.reason)
            moved[blurred.index] = best.index
    return tuple(_pointing(told[index], moved) for index in sorted(told))


def _limit(candidates: Sequence[Candidate], blurs: Mapping[int, float]) -> float:
    known = [blurs[c.index] for c in candidates if c.kept and c.index in blurs]
    return max(_BLURRED, median(known) + _BEYOND_USUAL, min(known)) if known else 1.0


def _rejected(candidate: Candidate, is_blurred: bool) -> Candidate:
    return replace(candidate, kept=False, reason=Reason.BLURRY if is_blurred else Reason.LESS_SHARP)


def _pointing(candidate: Candidate, moved: Mapping[int, int]) -> Candidate:
    """Duplicates of a frame that was replaced are duplicates of its replacement."""
    twin = candidate.duplicate_of
    return candidate if twin is None else replace(candidate, duplicate_of=moved.get(twin, twin))


def _along(picture: Floats) -> float:
    """The blur from line to line."""
    sums = np.cumsum(picture, axis=0, dtype=np.float64)
    blurred = (sums[_TAPS:] - sums[:-_TAPS]) / _TAPS
    middle = picture[_TAPS // 2 + 1 : _TAPS // 2 + 1 + len(blurred)]
    change, left = (np.abs(np.diff(part, axis=0)) for part in (middle, blurred))
    whole = float(change.sum())
    lost = float(np.maximum(change - left, 0).sum())
    return 1 - lost / whole if whole > 0.05 * change.size else 0.0

"""Which of the chosen frames are blurred in their full size. Pure numpy.

A sharp picture loses much of what changes from pixel to pixel when it is blurred once more, a blurred one loses little:
F. Crete et al., "The blur effect: perception and estimation with a new no-reference perceptual blur metric", 2007.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vxpipe.model import Candidate

_TAPS = 9
# Measured on films and test patterns at 640x360: as they are 0.05..0.4; blurred by sigma 2 0.4..0.65, by 4 0.55..0.8.
_BLURRED = 0.5
_BEYOND_USUAL = 0.1  # a film that is soft all over is not blurred


_SPARED = frozenset({"opening_shot", "timestamp"})


def blur(luma: NDArray[np.uint8]) -> float:
    """How blurred a picture is: 0 not at all, 1 completely. A flat picture has nothing that could be blurred: 0."""
    picture = luma.astype(np.float32)
    return max((_along(part) for part in (picture, picture.T) if part.shape[0] > 2 * _TAPS), default=0.0)


def without_blurry(candidates: Sequence[Candidate], blurs: Mapping[int, float]) -> tuple[Candidate, ...]:
    """The candidates, dropped where a kept one is blurred; `blurs` by their index. One at least stays.

    The opening shot stays whatever it looks like, and so does a frame that somebody named.
    """
    if not blurs:
        return tuple(candidates)
    limit = max(_BLURRED, float(np.median(list(blurs.values()))) + _BEYOND_USUAL)
    limit = max(limit, min(blurs.values()))
    return tuple(
        replace(c, kept=False, reason="blurry")
        if c.kept and c.reason not in _SPARED and blurs.get(c.index, 0.0) > limit
        else c
        for c in candidates
    )


def _along(picture: NDArray[np.float32]) -> float:
    """The blur from line to line."""
    sums = np.cumsum(picture, axis=0, dtype=np.float64)
    blurred = (sums[_TAPS:] - sums[:-_TAPS]) / _TAPS
    middle = picture[_TAPS // 2 + 1 : _TAPS // 2 + 1 + len(blurred)]
    change, left = (np.abs(np.diff(part, axis=0)) for part in (middle, blurred))
    whole = float(change.sum())
    lost = float(np.maximum(change - left, 0).sum())
    return 1 - lost / whole if whole > 0.05 * change.size else 0.0

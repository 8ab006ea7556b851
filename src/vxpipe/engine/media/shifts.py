"""What becomes of the strokes of a page where it is shifted. Pure numpy.

All shifts are tried at once, by their Fourier transforms.
"""

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.arrays import Values
from vxpipe.engine.media.layout import COLUMNS, UPPER, Places

_FARTHEST = 0.25  # of the height, or of the width, for a scroll: a page that goes further is another
# What a shift leaves of the other strokes, and that of all: of scrolls, and of cameras that turn, up to 0.5 and 0.06,
# of slides of one template that push each other away 0.8 and 0.09 at least.
_SHARE_LEFT, _MOST_LEFT = 0.6, 0.1
_LEAST_STROKES, _LEAST_SHARE = 20, 0.4  # of both where they overlap, and of all: fewer fit anything
# Others than those of the page that is shifted: a quarter of the way into a push, or out of it, mostly up to 0.15,
# where something else moves in between 0.38 and more, in the one or in the other.
_MOST_OTHERS = 0.3

_Planes = NDArray[np.float64]


def is_scrolled(first: Places, last: Places) -> bool:
    """Whether the page in the one row of `last` is that of `first`, shifted by a quarter of the picture at most: it
    scrolls, or a camera turns from rest to rest.
    """
    shares = _other_shares(first, last)
    farthest = round(_FARTHEST * shares.shape[0] / 2 / UPPER), round(_FARTHEST * COLUMNS)
    near = shares[np.ix_(*(np.r_[0 : far + 1, -far:0] for far in farthest))]
    return bool(near.min() <= min(_MOST_LEFT, _SHARE_LEFT * float(shares[0, 0])))


def is_pushed(first: Places, early: Places, late: Places, last: Places) -> bool:
    """Whether the first page is seen `early` on its way, and the last one `late`, and either was elsewhere then."""
    fits = [_other_shares(*pair) for pair in ((first, early), (late, last))]
    return all(fit.min() <= _MOST_OTHERS for fit in fits) and any(fit.argmin() for fit in fits)


def _other_shares(first: Places, last: Places) -> Values:
    """What share of the strokes of two pages are others where the last one lies shifted by so many lines and columns; 1
    where few are compared. Negative shifts come last.
    """
    others, strokes = _others(first, last)
    is_enough = strokes >= max(_LEAST_STROKES, _LEAST_SHARE * strokes[0, 0])
    return np.asarray(np.where(is_enough, others / np.maximum(strokes, 1), 1.0), np.float64)


def _others(first: Places, last: Places) -> tuple[Values, Values]:
    """How many strokes are others per shift, and how many are compared."""
    (dark, light, ground), (other_dark, other_light, other_ground) = _planes(first), _planes(last)
    everywhere = np.zeros_like(dark)
    everywhere[: dark.shape[0] // 2, : dark.shape[1] // 2] = 1
    others = _overlaps([dark, light, ground + light, ground + dark],
                       [other_ground + other_light, other_ground + other_dark, other_dark, other_light])  # fmt: skip
    return others, _overlaps([dark + light, everywhere], [everywhere, other_dark + other_light])


def _planes(page: Places) -> _Planes:
    """Where the page is dark, light and ground, each in lines and columns, with as much of nothing beside them."""
    flags = np.array([np.unpackbits(part[0]) for part in (page.dark, page.light, page.ground)], np.float64)
    planes = flags.reshape(3, -1, COLUMNS)
    return np.pad(planes, ((0, 0), (0, planes.shape[1]), (0, COLUMNS)))


def _overlaps(planes: list[_Planes], others: list[_Planes]) -> Values:
    """In how many places both of each pair are set, summed over the pairs, per shift."""
    spectrum = (np.fft.rfft2(planes) * np.conj(np.fft.rfft2(others))).sum(axis=0)
    return np.asarray(np.rint(np.fft.irfft2(spectrum, planes[0].shape)), np.float64)

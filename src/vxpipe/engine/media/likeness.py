"""How alike two pictures are in what they show, whatever their light. Pure numpy."""

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.arrays import Bytes, Counts, Flags, Floats, Indices, Values
from vxpipe.engine.media.bars import between_bars
from vxpipe.engine.media.features import (
    CHROMA_SIDE,
    LUMA_SIDE,
    Features,
    bytes_apart,
    chroma_cells,
    luma_bytes,
    luma_cells,
    mean_of,
)
from vxpipe.engine.media.surroundings import extremes_around, sums_around
from vxpipe.engine.media.windows import in_window

_LIGHT_FRAMES = 500  # of a film, at least where it has as many, tell how its light falls off
_LEAST_LIGHT = 0.1  # of that in the middle: a parabola that falls off so far goes below 0 in the corners
# Mean light over the picture, the middle being 1: ordinary films have 0.8..1, heavy vignettes 0.5..0.6.
_VIGNETTED = 0.7
_LEAST_SPREAD = 2.0  # of 255: a picture that varies less is flat
_LEAST_DETAIL = 2.0  # of 255: a picture with less detail is judged by its large shapes
_FARTHEST_TURN = 4  # cells: a quarter of the picture
# What a shift leaves of 1 - correlation, and what share of it: 19 turns of a camera 0 to 0.21 and 0.01 to 0.27; of 437
# times that another shot came unseen, or by a transition, the nearest has 0.24 and 0.39.
_LEFT_BY_A_TURN, _SHARE_LEFT = 0.22, 0.3
EVEN = 5.0
"""Of 255: light that ranges no more from one cell to the next is even ground, coded or not."""
_PAIRS_AT_ONCE = 1024  # for them all shifts take 7 MB
_NO_COLOUR = 128
_ABOVE_CAPTIONS = 3 * CHROMA_SIDE  # the cells of all lines but the lowest
# Of 255: how far another white balance moves all chroma, 14 from 6500 to 9000 K. And which share of the chroma of the
# more colourful picture differs besides: of 7,770 pairs of one shot in planted clips at most 0.26 where that is 4 of
# 255 or more, in another hue or in black and white 0.83 at least.
_WHITE_BALANCE, _OTHER_COLOURS = 16.0, 0.6


def likeness(features: Features, one: Indices, other: Indices) -> Values:
    """Correlation (-1..1) of the 16x16 luma of frames `one[i]` and `other[i]`; 0 if one is flat, 1 if both are.

    Bars that both have in common have no say.
    """
    signatures = features.signature[one], features.signature[other]
    first, second = (luma_cells(each) for each in signatures)
    alike = correlation(first, second, _LEAST_SPREAD, between_bars(*signatures))
    return np.asarray(np.where(_is_flat(first) & _is_flat(second), 1.0, alike), np.float64)


def likeness_in_window(features: Features, one: Indices, other: Indices) -> Values:
    """The same of the window in which alone frames `one[i]` and `other[i]` differ, where there is one."""
    signatures = features.signature[one], features.signature[other]
    first, second = (luma_cells(each) for each in signatures)
    return correlation(first, second, _LEAST_SPREAD, in_window(*signatures) & between_bars(*signatures))


def structural_likeness(features: Features, one: Indices, other: Indices, common: Floats | None = None) -> Values:
    """Correlation (-1..1) of what stands out from its surroundings in frames `one[i]` and `other[i]`.

    Light that falls off over the whole picture has no say, nor has what is `common` to the film. Pictures of one large
    shape are compared as they are.
    """
    first, second = luma_cells(features.signature[one]), luma_cells(features.signature[other])
    if common is not None:
        first, second = first - common, second - common
    whole = np.where(_is_flat(first) & _is_flat(second), 1.0, correlation(first, second))
    return details_alike(first, second, whole)


def details_alike(one: Floats, other: Floats, where_faint: Values | float = 1.0) -> Values:
    """Correlation (-1..1) of what stands out from its surroundings in pictures of 16x16 cells, `one[i]` and `other[i]`;
    `where_faint`: what is told where hardly anything does in one of them.
    """
    inner, outer = _detail(one), _detail(other)
    faint = np.minimum(inner.std(axis=1), outer.std(axis=1)) < _LEAST_DETAIL
    return np.asarray(np.where(faint, where_faint, correlation(inner, outer)), np.float64)


def is_recoloured(features: Features, one: Indices, other: Indices, least: float) -> Flags:
    """Whether frames `one[i]` and `other[i]` have other colours: `least` of 255 apart on average, and by most of the
    colour that there is, beyond what another white balance does to a whole picture. What a lower third brings is none.
    """
    first, second = _chroma(features.signature[one]), _chroma(features.signature[other])
    apart = first - second
    whole = apart.mean(axis=1)
    balance = whole * np.minimum(1, _WHITE_BALANCE / np.maximum(np.abs(whole), 1))
    left = np.abs(apart - balance[:, None]).mean(axis=1)
    colour = np.maximum(np.abs(first).mean(axis=1), np.abs(second).mean(axis=1))
    return np.asarray((left >= least) & (left >= _OTHER_COLOURS * colour), np.bool_)


def is_turned(features: Features, one: Indices, other: Indices) -> Flags:
    """Whether frame `other[i]` shows what `one[i]` does from a camera that has turned: shifted they are alike, and as
    they are not.
    """
    if not len(one):
        return np.zeros(0, np.bool_)
    pieces = len(one) // _PAIRS_AT_ONCE + 1
    pairs = zip(np.array_split(one, pieces), np.array_split(other, pieces), strict=True)
    return np.concatenate([_is_turned(*(features.signature[frames] for frames in pair)) for pair in pairs])


def signature_distance(features: Features, one: Indices, other: Indices) -> Values:
    """How far the signatures of frames `one[i]` and `other[i]` are apart on average, of 255."""
    signature = features.signature
    return np.asarray(np.abs(signature[one].astype(np.int16) - signature[other]).mean(axis=1), np.float64)


def share_filled(features: Features, one: Indices, other: Indices) -> Values:
    """The share of frames `one[i]` and `other[i]` where not both are empty: of one even ground."""
    first, second = (luma_grid(features.signature[frames]) for frames in (one, other))
    uneven = np.maximum(unevenness(first), unevenness(second)) > EVEN
    return np.asarray((uneven | (np.abs(first - second) > EVEN)).mean(axis=(1, 2)), np.float64)


def palette_distance(features: Features, one: Indices, other: Indices) -> Values:
    """How far the light and the colours of frames `one[i]` and `other[i]` are apart, of 255, wherever they are between
    bars that both have in common.
    """
    signatures = features.signature[one], features.signature[other]
    return palettes_apart(*(palettes(each) for each in signatures)) / share_between_bars(features, one, other)


def share_in_window(features: Features, one: Indices, other: Indices) -> Values:
    """The share of frames `one[i]` and `other[i]` that the window takes in which alone they differ; 1: none."""
    return np.asarray(in_window(features.signature[one], features.signature[other]).mean(axis=1), np.float64)


def share_between_bars(features: Features, one: Indices, other: Indices) -> Values:
    """The share of frames `one[i]` and `other[i]` that lies between bars they have in common; 1: there are none."""
    return np.asarray(between_bars(features.signature[one], features.signature[other]).mean(axis=1), np.float64)


def palettes(signatures: Bytes) -> Bytes:
    """The light and the colours of each picture, wherever they are, from dark to light."""
    parts = (luma_bytes(signatures), *np.split(signatures[:, LUMA_SIDE**2 :], 2, axis=1))
    # Stable, numpy sorts bytes by counting them: a fifteenth of the time.
    return np.concatenate([np.sort(part, axis=1, kind="stable") for part in parts], axis=1)


def palettes_apart(one: Bytes, other: Bytes) -> Values:
    """How far rows of `palettes` are apart, of 255."""
    luma, chroma = np.split(bytes_apart(one, other), [LUMA_SIDE**2], axis=1)
    return np.asarray(mean_of(luma) + mean_of(chroma).astype(np.float64), np.float64)


def common_picture(features: Features) -> Floats | None:
    """The mean 16x16 luma of a film in which all pictures are alike because light falls off so strongly; else None."""
    every = max(1, len(features.signature) // _LIGHT_FRAMES)
    mean: Floats = luma_cells(features.signature[::every]).mean(axis=0)
    down, across = np.mgrid[-1 : 1 : LUMA_SIDE * 1j, -1 : 1 : LUMA_SIDE * 1j].reshape(2, -1)
    shapes = np.stack([np.ones_like(down), down**2 + across**2], axis=1)
    middle, fall = np.linalg.lstsq(shapes, mean, rcond=None)[0]
    light = np.clip((middle + fall * shapes[:, 1]) / max(middle, 1.0), _LEAST_LIGHT, 1.0)
    return mean if light.mean() < _VIGNETTED else None


def correlation(first: Floats, second: Floats, least_spread: float = 0.0, within: Flags | None = None) -> Values:
    """Of each two rows (-1..1), of the cells `within` (None: all); 0 where the two vary less there."""
    if within is None or within.all():
        count: Counts | int = first.shape[1]
        first, second = (cells - cells.mean(axis=1, keepdims=True) for cells in (first, second))
    else:
        count = within.sum(axis=1)
        means = ((cells.sum(axis=1, where=within) / count)[:, None] for cells in (first, second))
        first, second = ((cells - mean) * within for cells, mean in zip((first, second), means, strict=True))
    scale = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    alike = (first * second).sum(axis=1) / np.maximum(scale, 1)
    return np.asarray(np.where(scale > count * least_spread**2, alike, 0.0), np.float64)


def _is_turned(one: Bytes, other: Bytes) -> Flags:
    first, second = luma_grid(one), luma_grid(other)
    turns = range(-_FARTHEST_TURN, _FARTHEST_TURN + 1)
    shifted = [_shifted_likeness(first, second, down, across) for down in turns for across in turns]
    left, unlike = 1 - np.max(shifted, axis=0), 1 - _shifted_likeness(first, second, 0, 0)
    return np.asarray(left <= np.minimum(_LEFT_BY_A_TURN, _SHARE_LEFT * unlike), np.bool_)


def _shifted_likeness(first: Floats, second: Floats, down: int, across: int) -> Values:
    """Correlation of what both pictures show where the second is shifted by so many cells."""
    rows, columns = (slice(max(0, by), LUMA_SIDE + min(0, by)) for by in (down, across))
    other_rows, other_columns = (slice(max(0, -by), LUMA_SIDE + min(0, -by)) for by in (down, across))
    cells = (LUMA_SIDE - abs(down)) * (LUMA_SIDE - abs(across))
    one, other = first[:, rows, columns].reshape(-1, cells), second[:, other_rows, other_columns].reshape(-1, cells)
    return correlation(one, other, _LEAST_SPREAD)


def luma_grid(signatures: Bytes) -> Floats:
    """The light of each picture in lines and columns."""
    return luma_cells(signatures).reshape(-1, LUMA_SIDE, LUMA_SIDE)


def unevenness(cells: Floats) -> Floats:
    """How much the 3x3 cells around each one range."""
    highest, lowest = extremes_around(cells)
    return highest - lowest


def _chroma(signatures: Bytes) -> NDArray[np.complex128]:
    """The colour of each cell above what captions cover: as far from none as it is saturated, and in the direction of
    its hue.
    """
    blue, red = np.split(chroma_cells(signatures) - _NO_COLOUR, 2, axis=1)
    return np.asarray((blue + 1j * red)[:, :_ABOVE_CAPTIONS], np.complex128)


def _is_flat(cells: Floats) -> Flags:
    return np.asarray(cells.std(axis=1) < _LEAST_SPREAD, np.bool_)


def standing_out(cells: Floats) -> Floats:
    """Every cell of pictures (frames, lines, columns) less the mean of the 3x3 cells around it."""
    return np.asarray(cells - sums_around(cells) / 9, np.float32)


def _detail(cells: Floats) -> Floats:
    return standing_out(cells.reshape(-1, LUMA_SIDE, LUMA_SIDE)).reshape(-1, LUMA_SIDE**2)

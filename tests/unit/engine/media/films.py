"""Films of small pictures, made up of shots, for the tests of what looks at features only."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.gauge import Gauge, grid
from vxpipe.engine.media.packets import PacketMap

Picture = NDArray[np.float64]
SHAPE = grid((64, 64), (0, 0, 64, 64))


def scenery(seed: int, level: float = 128, contrast: float = 45) -> Picture:
    """A picture of its own for every seed: 64x64 soft shapes."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(0, 1, (6, 6))
    across = np.linspace(0, 5, 64)
    rows = np.array([np.interp(across, np.arange(6), line) for line in coarse])
    soft = np.array([np.interp(across, np.arange(6), column) for column in rows.T]).T
    return np.clip(level + contrast * (soft - soft.mean()) / soft.std(), 0, 255)


def panorama(seed: int, turns: Iterable[float]) -> list[Picture]:
    """What a camera shows of a wide picture, turned to the right by so many of its 64 columns in each frame."""
    wide = np.concatenate([scenery(seed, contrast=60), scenery(seed + 50, contrast=60)], axis=1)
    return [wide[:, round(turn) : round(turn) + 64] for turn in turns]


def page(text: str, *, lines: int = 4, first: int = 4) -> Picture:
    """Lines of strokes on a light ground from the `first` row on, others for every text."""
    rng = np.random.default_rng(list(text.encode()))
    picture = np.full((64, 64), 230.0)
    for row in range(first, min(first + 8 * lines, 62), 8):
        picture[row : row + 3, 6 : 6 + 48] -= rng.choice([0, 60, 110, 150], 48)
    return picture


def retyped(picture: Picture, text: str, *, line: int, columns: slice = slice(None)) -> Picture:
    """A page of which one line, or a part of it, is another."""
    rows = slice(4 + 8 * line, 7 + 8 * line)
    other = picture.copy()
    other[rows, columns] = page(text, lines=line + 1)[rows, columns]
    return other


def flat(level: float) -> Picture:
    """A picture of one colour."""
    return np.full((64, 64), float(level))


def marked(ground: float, ink: float, row: int, column: int) -> Picture:
    """A flat picture but for something as small as a letter."""
    picture = flat(ground)
    picture[row : row + 2, column] = ink
    return picture


def still(picture: Picture, frames: int) -> list[Picture]:
    """A shot in which nothing moves."""
    return [picture] * frames


def moving(picture: Picture, frames: int, *, cells: float = 0.5) -> list[Picture]:
    """A shot in which everything drifts sideways by `cells` a frame."""
    return [np.roll(picture, round(k * cells), axis=1) for k in range(frames)]


def mixed(one: Picture, other: Picture, frames: int) -> list[Picture]:
    """The frames of a dissolve."""
    return [one + (other - one) * (k + 1) / (frames + 1) for k in range(frames)]


def film(
    *shots: Iterable[Picture],
    fps: float = 25,
    times: Sequence[float] | None = None,
    grain: int = 1,
    tint: float = 0,
    colours: Sequence[tuple[float, float]] | None = None,
) -> Samples:
    """The samples of the shots one after the other; a little grain makes no two frames equal.

    With a `tint` the brighter a picture is, the more colour it has, by up to so many values; `colours` are the blue and
    the red (as in YUV, from none) of each shot, where it is white.
    """
    rng = np.random.default_rng(0)
    colours = colours or [(0, 0)] * len(shots)
    painted = [(picture, colour) for shot, colour in zip(shots, colours, strict=True) for picture in shot]
    pictures = [picture for picture, _ in painted]
    raw = b"".join(
        (picture + rng.integers(-grain, grain + 1, picture.shape)).clip(0, 255).astype(np.uint8).tobytes()
        + b"".join(_chroma(picture, tint, strength) for strength in colour)
        for picture, colour in painted
    )
    seconds = np.arange(len(pictures)) / fps if times is None else np.array(times, np.float64)
    keys = np.arange(len(pictures)) % 12 == 0
    pts = np.rint(seconds * 90000).astype(np.int64)
    return Samples(pts=pts, times=seconds, keys=keys, features=Gauge(SHAPE).measure(raw))


def _chroma(picture: Picture, tint: float, strength: float) -> bytes:
    light = picture.reshape(32, 2, 32, 2).mean(axis=(1, 3))
    chroma = 128 + tint * picture.mean() / 255 + strength * light / 255
    return np.rint(chroma).clip(0, 255).astype(np.uint8).tobytes()


def film_of(*groups: list[int], fps: int = 25) -> PacketMap:
    """The packets of a film without B-frames: the bytes of each frame, group by group, each keyframe first."""
    sizes = np.concatenate(groups)
    begins = np.cumsum([0, *(len(group) for group in groups[:-1])])
    return PacketMap(
        pts=np.arange(len(sizes)), sizes=sizes, keys=np.isin(np.arange(len(sizes)), begins),
        hidden=np.zeros(len(sizes), np.bool_), unit=Fraction(1, fps),
    )  # fmt: skip

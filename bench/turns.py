"""How one picture becomes another, and the border around both. Pure."""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from paint import Picture, from_middle, places, plain
from plots import FULL, Border

Turn = Callable[[Picture, Picture, float], Picture]


def framed(border: Border, picture: Picture, *, later: bool) -> Picture:
    """What is seen of a picture within its border, before the middle of a film or later."""
    rect = border.later if later and border.later else border.rect
    if rect == FULL:
        return picture
    seen = slice(rect.y, rect.y + rect.height), slice(rect.x, rect.x + rect.width)
    canvas = _blurred(picture[seen], border.size) if border.fill == "blurred" else _painted(border).copy()
    canvas[seen] = picture[seen]
    return canvas


def _blurred(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture, enlarged until it fills the size, out of focus and darker."""
    filling = ImageOps.fit(Image.fromarray(picture), size).filter(ImageFilter.GaussianBlur(18))
    return np.array(filling.point(lambda level: level * 0.8))


@cache
def _painted(border: Border) -> Picture:
    """Its colour, or left, top, right and bottom in theirs."""
    if isinstance(border.fill, str):
        return plain(border.size, border.fill)
    left, top, right, bottom = border.fill
    image, rect, width = Image.new("RGB", border.size, bottom), border.rect, border.size[0]
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width, rect.y + rect.height - 1), right)
    draw.rectangle((0, 0, rect.x + rect.width - 1, rect.y + rect.height - 1), top)
    draw.rectangle((0, rect.y, rect.x + rect.width - 1, rect.y + rect.height - 1), left)
    return np.asarray(image)


def mixed(turn: str, before: Picture, after: Picture, done: float) -> Picture:
    """What a turn shows when `done` of it is over."""
    return TURNS[turn](before, after, done)


def _faded(before: Picture, after: Picture, done: float) -> Picture:
    return np.rint(before * (1 - done) + after * done).astype(np.uint8)


def _through(colour: str) -> Turn:
    """A fade through one colour."""

    def faded(before: Picture, after: Picture, done: float) -> Picture:
        between = plain((before.shape[1], before.shape[0]), colour)
        return _faded(before, between, 2 * done) if done < 0.5 else _faded(between, after, 2 * done - 1)

    return faded


def _uncovered(far: Callable[[int, int], NDArray[np.float64]], soft: float) -> Turn:
    """The next picture comes where it is not `far`, which is from 0 to 1 over width and height."""

    def uncovered(before: Picture, after: Picture, done: float) -> Picture:
        height, width = before.shape[:2]
        share = np.clip((done * (1 + soft) - far(width, height)) / soft, 0, 1)[..., None]
        return np.rint(before * (1 - share) + after * share).astype(np.uint8)

    return uncovered


def _from_right(width: int, height: int) -> NDArray[np.float64]:
    return (1 - places(width, height)[1]) / 2


def _from_top(width: int, height: int) -> NDArray[np.float64]:
    return (1 + places(width, height)[0]) / 2


def _pushed(axis: int) -> Turn:
    """The next picture pushes the one before out, up or to the left."""

    def pushed(before: Picture, after: Picture, done: float) -> Picture:
        length = before.shape[axis]
        return np.concatenate([before, after], axis).take(range(at := round(done * length), at + length), axis)

    return pushed


TURNS: dict[str, Turn] = {
    "fade": _faded,
    "flash": lambda before, _after, _done: np.full_like(before, 235),
    "black": _through("black"),
    "white": _through("white"),
    "wipe-left": _uncovered(_from_right, 0.001),
    "wipe-down": _uncovered(_from_top, 0.001),
    "circle": _uncovered(from_middle, 0.01),
    "soft-wipe": _uncovered(_from_right, 0.3),
    "push-left": _pushed(1),
    "push-up": _pushed(0),
}

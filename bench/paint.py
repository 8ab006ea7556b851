"""Draws what the small planted clips show beside footage: slides, and what moves before a ground. Pure."""

from collections.abc import Callable
from functools import cache, partial
from math import cos, sin
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from plots import SIZE, Page

Picture = NDArray[np.uint8]  # height, width, RGB
WIDTH, HEIGHT = SIZE

# Ground, ink, accent of a template.
TEMPLATES = (
    ("#ffffff", "#202028", "#2060b0"),
    ("#182030", "#f0f0f0", "#f0b040"),
    ("#f4efe4", "#302820", "#a03020"),
    ("#0c3c38", "#e8f4f0", "#80d0c0"),
)
SPEAKER = (464, 226, 160, 118)  # x, y, width, height


@cache
def page(shown: Page) -> Picture:
    """A slide; of one deck all have the same template."""
    ground, ink, accent = TEMPLATES[shown.deck % len(TEMPLATES)]
    image = Image.new("RGB", SIZE, ground)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 10, HEIGHT), accent)
    draw.text((36, 20), shown.heading, accent, _font(30))
    draw.line((36, 62, 604, 62), accent, 2)
    for place, line in enumerate(shown.lines):
        y, marked = 78 + 30 * place, place == shown.marked
        if marked:
            draw.rectangle((30, y - 3, 440, y + 25), accent)
        for column, cell in enumerate(line.split("\t")):
            draw.text((40 + 150 * column, y), cell, ground if marked else ink, _font(19))
    draw.text((36, 332), f"Lecture {shown.deck}", ink, _font(12))
    return np.asarray(image)


@cache
def _font(pixels: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(pixels)


def _drawn(act: Callable[[ImageDraw.ImageDraw, float, int], None]) -> "Painter":
    """A painter who draws on the ground."""

    def painted(ground: Picture, second: float, seed: int) -> Picture:
        image = Image.fromarray(ground)
        act(ImageDraw.Draw(image), second, seed)
        return np.asarray(image)

    return painted


def _speaker(ground: Picture, second: float, seed: int) -> Picture:
    """A small picture of someone who talks, in a corner."""
    x, y, width, height = SPEAKER
    image = Image.fromarray(_wall(width, height, seed))
    _person(ImageDraw.Draw(image), (width / 2, height * 0.45), 1.0, second, seed)
    canvas = ground.copy()
    canvas[y : y + height, x : x + width] = _noise(np.asarray(image), second, seed)
    return canvas


@cache
def _wall(width: int, height: int, seed: int) -> Picture:
    """A wall in uneven light, with books on a shelf."""
    chance = Random(seed)
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    image = Image.blend(image, Image.new("RGB", (width, height), "#907860"), 0.7)
    draw = ImageDraw.Draw(image)
    for left in range(4, width, 9):
        colour = chance.randint(60, 170), chance.randint(60, 170), chance.randint(60, 170)
        draw.rectangle((left, chance.randint(6, 14), left + 6, 34), colour)
    return np.asarray(image)


def _head(ground: Picture, second: float, seed: int) -> Picture:
    """Someone who talks, before a ground that stands still."""
    image = Image.fromarray(ground)
    _person(ImageDraw.Draw(image), (WIDTH / 2, HEIGHT * 0.42), 3.0, second, seed)
    return _noise(np.asarray(image), second, seed)


def _person(draw: ImageDraw.ImageDraw, at: tuple[float, float], scale: float, second: float, seed: int) -> None:
    """Sways, nods, blinks and moves the lips."""
    x = at[0] + scale * (5 * sin(second * 0.9 + seed) + 2 * sin(second * 2.3))
    y = at[1] + scale * (2 * sin(second * 1.7) + sin(second * 4.1))
    opened = 1 + 3 * abs(sin(second * 5.3) * sin(second * 1.1))
    eye = 0.4 if second % 3.1 < 0.15 else 2

    def oval(left: float, top: float, right: float, bottom: float, colour: str) -> None:
        draw.ellipse((x + left * scale, y + top * scale, x + right * scale, y + bottom * scale), colour)

    oval(-52, 30, 52, 150, "#405878")
    oval(-23, -31, 23, 20, "#403028")
    oval(-21, -24, 21, 30, "#d8a888")
    oval(-10, -2 - eye, -6, -2 + eye, "#202020")
    oval(6, -2 - eye, 10, -2 + eye, "#202020")
    oval(-7, 14 - opened, 7, 14 + opened, "#803838")


def _noise(ground: Picture | NDArray[np.float64], second: float, seed: int, spread: float = 2.5) -> Picture:
    """The noise of a sensor, another one in each frame."""
    noise = np.random.default_rng((seed, round(second * 1000))).normal(0, spread, (*ground.shape[:2], 1))
    return np.clip(ground + noise, 0, 255).astype(np.uint8)


def _clock(draw: ImageDraw.ImageDraw, second: float, seed: int) -> None:
    """The time of day, which goes on."""
    minutes, seconds = divmod(seed * 700 + int(second), 60)
    draw.text((500, 24), f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}", "#808890", _font(24))


SONG = (("and", "when", "the", "winter", "comes"), ("we", "take", "the", "copper", "road"))


def _karaoke(draw: ImageDraw.ImageDraw, second: float, _seed: int) -> None:
    """Two lines of a song, of which a word more lights up every half second."""
    sung = int(second * 2) % 12
    for row, words in enumerate(SONG):
        x = 40.0
        for place, word in enumerate(words, start=5 * row):
            colour = "#ffd040" if place < sung else "#ffffff"
            draw.text((x, 240 + 40 * row), word, colour, _font(24), stroke_width=2, stroke_fill="#101018")
            x += draw.textlength(f"{word} ", _font(24))


def _pointer(draw: ImageDraw.ImageDraw, second: float, seed: int) -> None:
    """An arrow that is moved from line to line and rests there."""
    rest, moving = divmod(second, 1.6)
    places = [Random(seed * 100 + at).choices(range(80, 320), k=2) for at in (int(rest), int(rest) + 1)]
    done = min(1.0, moving / 0.7)
    x, y = (before + (after - before) * done for before, after in zip(*places, strict=True))
    draw.polygon([(x, y), (x, y + 17), (x + 5, y + 13), (x + 12, y + 12)], "#000000", "#ffffff")


def _lowerthird(draw: ImageDraw.ImageDraw, second: float, _seed: int) -> None:
    """A band with a name, which slides in, stays and goes."""
    left = -360 + 360 * min(1.0, max(0.0, (second - 2) * 2), max(0.0, (6.5 - second) * 2))
    draw.rectangle((left, 276, left + 340, 330), "#183058")
    draw.text((left + 24, 282), "Ada Winter", "#ffffff", _font(22))
    draw.text((left + 24, 309), "Keeper of the harbour", "#c0d0e8", _font(14))


def _rain(draw: ImageDraw.ImageDraw, second: float, seed: int) -> None:
    """Streaks that fall."""
    chance = Random(seed)
    for _ in range(160):
        x, y, speed = chance.uniform(0, WIDTH), chance.uniform(0, HEIGHT), chance.uniform(500, 800)
        top = (y + speed * second) % (HEIGHT + 20) - 20
        draw.line((x, top, x - 2, top + speed / 40), "#c8d0d8")


def _walker(draw: ImageDraw.ImageDraw, second: float, seed: int) -> None:
    """Someone who walks through the picture, and back."""
    step = second * 6 + seed
    x, y = WIDTH * (0.5 - 0.6 * cos(second * 0.5 + seed)), 190 + 2 * abs(sin(step))
    for swing in (sin(step), -sin(step)):
        draw.line((x, y + 60, x + 16 * swing, y + 125), "#282838", 11)
        draw.line((x, y + 10, x - 14 * swing, y + 55), "#703028", 8)
    draw.rounded_rectangle((x - 16, y, x + 16, y + 68), 12, "#984038")
    draw.ellipse((x - 11, y - 27, x + 11, y), "#d0a080")


def _ticker(draw: ImageDraw.ImageDraw, second: float, _seed: int) -> None:
    """News that scroll above the lower edge, all the time."""
    draw.rectangle((0, 312, WIDTH, 340), "#a01818")
    news = "+++ Copper market calm before winter +++ New bridge opens at the harbour +++ Island votes on its budget "
    draw.text((-70 * second, 315), news * 3, "#ffffff", _font(19))


def _lit(ground: Picture, second: float, seed: int, *, least: float, most: float) -> Picture:
    """So much of its light is left at the corners, and in the middle."""
    height, width = ground.shape[:2]
    return _noise(ground * _light(width, height, least, most), second, seed, 1.5)


@cache
def _light(width: int, height: int, least: float, most: float) -> NDArray[np.float64]:
    far = np.clip(1.4 * from_middle(width, height), 0, 1)
    return (most + (least - most) * far)[..., None]


Painter = Callable[[Picture, float, int], Picture]
ACTS: dict[str, Painter] = {
    "speaker": _speaker,
    "head": _head,
    "noise": lambda ground, second, seed: _noise(ground, second, seed, 12),
    "clock": _drawn(_clock),
    "karaoke": _drawn(_karaoke),
    "pointer": _drawn(_pointer),
    "lowerthird": _drawn(_lowerthird),
    "rain": _drawn(_rain),
    "walker": _drawn(_walker),
    "ticker": _drawn(_ticker),
    "night": partial(_lit, least=0.15, most=0.25),
    "spot": partial(_lit, least=0.02, most=0.9),
}


def plain(size: tuple[int, int], colour: str) -> Picture:
    return np.asarray(Image.new("RGB", size, colour))


def from_middle(width: int, height: int) -> NDArray[np.float64]:
    """How far each pixel is from the middle; 1 in the corners."""
    y, x = places(width, height)
    distance: NDArray[np.float64] = np.hypot(x, y) / np.sqrt(2)
    return distance


def places(width: int, height: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A column and a row from -1 to 1."""
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return y, x

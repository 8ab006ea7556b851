"""A blurred fill beside the picture is found to the pixel; whatever else is soft at its sides stays picture."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from vxpipe.engine.media.crop import Borders, Finding

WIDTH, HEIGHT = 360, 200
FRAMES = 8
Picture = NDArray[np.float64]


def _scene(seed: int, width: int, height: int) -> Picture:
    """Soft shapes, another arrangement for every seed, under a fine texture."""
    rng = np.random.default_rng(seed)
    return (_stretched(rng.uniform(40, 210, (7, 7)), width, height) + rng.normal(0, 9, (height, width))).clip(0, 255)


def _stretched(picture: Picture, width: int, height: int) -> Picture:
    rows, columns = (
        np.linspace(0, size - 1, count) for size, count in zip(picture.shape, (height, width), strict=True)
    )
    wide = np.array([np.interp(columns, np.arange(len(line)), line) for line in picture])
    return np.array([np.interp(rows, np.arange(len(line)), line) for line in wide.T]).T


def _blurred(picture: Picture, radius: int = 9) -> Picture:
    """Three box filters make nearly a Gaussian."""
    kernel = np.ones(2 * radius + 1) / (2 * radius + 1)
    for _ in range(3):
        for axis in (0, 1):
            padding = [(radius, radius) if axis == side else (0, 0) for side in (0, 1)]
            padded = np.pad(picture, padding, mode="edge")
            picture = np.apply_along_axis(np.convolve, axis, padded, kernel, mode="valid")
    return picture


def _ground(picture: Picture, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """The picture enlarged until it covers the frame, blurred and darkened."""
    zoom = max(width / picture.shape[1], height / picture.shape[0])
    large = _stretched(picture, round(picture.shape[1] * zoom), round(picture.shape[0] * zoom))
    y, x = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return _blurred(large[y : y + height, x : x + width]) * 0.85


def _laid(picture: Picture, ground: Picture, left: int) -> Picture:
    told = ground.copy()
    told[:, left : left + picture.shape[1]] = picture
    return told


def _filled(seed: int, left: int = 120, right: int = 120) -> Picture:
    picture = _scene(seed, WIDTH - left - right, HEIGHT)
    return _laid(picture, _ground(picture), left)


def _look(*pictures: Picture) -> Finding:
    height, width = pictures[0].shape
    borders = Borders(width, height)
    chroma = bytes([128]) * (2 * ((width + 1) // 2) * ((height + 1) // 2))
    for picture in pictures:
        borders.add(picture.round().clip(0, 255).astype(np.uint8).tobytes() + chroma)
    return borders.found()


def _rect(finding: Finding) -> tuple[int, int, int, int] | None:
    crop = finding.crop
    return crop and (crop.x, crop.y, crop.width, crop.height)


@pytest.mark.parametrize(("left", "right"), [(120, 120), (121, 121), (117, 118), (90, 88), (60, 60), (43, 44)])
def test_a_fill_is_found_to_the_pixel_at_both_sides(left: int, right: int) -> None:
    finding = _look(*(_filled(seed, left, right) for seed in range(FRAMES)))

    assert (left, 0, WIDTH - left - right, HEIGHT) == _rect(finding)


@pytest.mark.parametrize(("top", "bottom"), [(120, 120), (119, 121), (101, 101)])
def test_a_fill_is_found_above_and_below(top: int, bottom: int) -> None:
    finding = _look(*(_filled(seed, top, bottom).T.copy() for seed in range(FRAMES)))

    assert (0, top, HEIGHT, WIDTH - top - bottom) == _rect(finding)


def test_its_sides_tell_what_they_are_and_how_sure() -> None:
    finding = _look(*(_filled(seed) for seed in range(FRAMES)))

    told = finding.evidence()
    assert ["blurred", "blurred"] == [told["sides"][side]["kind"] for side in ("left", "right")]
    assert [None, None] == [told["sides"][side]["kind"] for side in ("top", "bottom")]
    assert [120, 120] == [told["sides"][side]["pixels"] for side in ("left", "right")]
    assert ("left", "right") == told["fill"]["sides"]
    assert finding.crop is not None
    assert 0.9 <= told["fill"]["confidence"] <= 1
    assert 0.9 <= finding.crop.confidence <= told["fill"]["confidence"]


def test_a_fill_lies_inside_black_borders_as_well() -> None:
    pictures = [np.pad(_filled(seed), ((30, 30), (0, 0)), constant_values=16) for seed in range(FRAMES)]

    finding = _look(*pictures)

    assert (120, 30, 120, HEIGHT) == _rect(finding)
    kinds = {name: side["kind"] for name, side in finding.evidence()["sides"].items()}
    assert {"top": "colour", "bottom": "colour", "left": "blurred", "right": "blurred"} == kinds


def _full(seed: int) -> Picture:
    return _scene(seed, WIDTH, HEIGHT)


def _with_logo(seed: int) -> Picture:
    picture = _filled(seed)
    picture[20:34, 30:60:3] = 235
    return picture


@pytest.mark.parametrize(
    "odd", [_full(50), _blurred(_full(51)), _with_logo(52), _filled(53, 80, 80)],
    ids=["a full picture", "a full picture out of focus", "writing on the ground", "a wider picture"],
)  # fmt: skip
def test_one_picture_that_is_no_such_one_stops_it(odd: Picture) -> None:
    assert _look(*(_filled(seed) for seed in range(FRAMES)), odd).crop is None


def _on_a_painted_ground(seed: int) -> Picture:
    return _laid(_scene(seed, 120, HEIGHT), _ground(_scene(99, 120, HEIGHT)), 120)


def _on_another_film(seed: int) -> Picture:
    return _laid(_scene(seed, 120, HEIGHT), _ground(_scene(seed + 50, 120, HEIGHT)), 120)


def _in_sharp_parts(seed: int) -> Picture:
    return np.hstack([_scene(seed + part * 20, 120, HEIGHT) for part in range(3)])


def _out_of_focus_outside(seed: int) -> Picture:
    picture = _full(seed)
    return _laid(picture[:, 120:240], _blurred(picture) * 0.85, 120)


def _ever_less_in_focus(seed: int) -> Picture:
    picture = _full(seed)
    sharp = (1.6 - np.abs(np.linspace(-2.4, 2.4, WIDTH))).clip(0, 1)
    return picture * sharp + _blurred(picture) * (1 - sharp)


def _ever_darker(seed: int) -> Picture:
    return _full(seed) * np.sin(np.linspace(0, np.pi, WIDTH)) ** 2


def _under_a_bright_panel(seed: int) -> Picture:
    soft = _blurred(_full(seed))
    soft[:, 120:240] += 30 + np.random.default_rng(seed).normal(0, 9, (HEIGHT, 120))
    return soft


def _of_earth_and_sky(seed: int) -> Picture:
    """Alike everywhere, also enlarged; the sides are out of focus."""
    sky = np.linspace(200, 60, HEIGHT)[:, None] + 30 * np.sin(seed)
    picture = sky + 0.2 * (_full(seed) - 128)
    return _laid(picture[:, 120:240], _blurred(picture) * 0.85, 120)


@pytest.mark.parametrize(
    "shown",
    [
        _full, _on_a_painted_ground, _on_another_film, _in_sharp_parts, _out_of_focus_outside, _ever_less_in_focus,
        _ever_darker, _under_a_bright_panel, _of_earth_and_sky,
    ],
)  # fmt: skip
def test_what_is_no_blurred_copy_is_left_alone(shown: Callable[[int], Picture]) -> None:
    assert _look(*(shown(seed) for seed in range(FRAMES))).fill is None


def test_a_still_is_too_little_to_go_by() -> None:
    assert _look(*[_filled(1)] * FRAMES).fill is None


def test_a_few_pictures_are_too_little_to_go_by() -> None:
    assert _look(*(_filled(seed) for seed in range(3))).fill is None

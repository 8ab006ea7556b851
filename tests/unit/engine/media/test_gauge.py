"""What small pictures tell."""

import numpy as np
import pytest

from unit.engine.media.films import SHAPE, film, flat, scenery, still
from vxpipe.engine.media.gauge import Gauge, Grid, dhash, grid, is_measured


def _raw(luma: list[np.ndarray]) -> bytes:
    return b"".join(picture.astype(np.uint8).tobytes() + bytes([128]) * 2048 for picture in luma)


def _raw_of(shape: Grid, *luma: np.ndarray) -> bytes:
    chroma = bytes([128]) * (shape.frame_bytes - shape.width * shape.height)
    return b"".join(picture.astype(np.uint8).tobytes() + chroma for picture in luma)


def test_batches_measure_like_one_piece() -> None:
    pictures = [scenery(seed) for seed in range(6)]
    gauge = Gauge(SHAPE)

    whole = Gauge(SHAPE).measure(_raw(pictures))
    parts = [gauge.measure(_raw(pictures[piece])) for piece in (slice(1), slice(1, 5), slice(5, None))]

    for name in type(whole).__slots__:
        np.testing.assert_array_equal(getattr(whole, name), np.concatenate([getattr(part, name) for part in parts]))


def test_the_first_frame_has_not_changed() -> None:
    assert 0 == film(still(scenery(1), 3)).features.change[0]


def test_borders_have_no_say() -> None:
    """A grid for the middle half of the frame must tell the same of it whatever lies around it."""
    shape = grid((128, 128), (32, 32, 64, 64))
    inner = scenery(4)
    around = [np.full((shape.height, shape.width), level, np.uint8) for level in (0, 255)]
    for frame in around:
        frame[32:96, 32:96] = inner

    dark, light = (Gauge(shape).measure(_raw_of(shape, frame)) for frame in around)

    assert (shape.width, shape.height) == (128, 128)
    np.testing.assert_array_equal(dark.signature, light.signature)
    assert dark.luma[0] == light.luma[0]


@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((540, 960), (0, 142, 540, 676)),
        ((641, 481), (7, 0, 601, 481)),
        ((1280, 720), (436, 0, 405, 720)),
        ((16, 16), (0, 0, 16, 16)),
    ],
)
def test_the_grid_gives_the_picture_about_64_cells(size: tuple[int, int], box: tuple[int, int, int, int]) -> None:
    shape = grid(size, box)

    left, top, right, bottom = shape.judged
    assert 60 <= right - left <= 68
    assert 60 <= bottom - top <= 68
    assert (0, 0) == (shape.width % 2, shape.height % 2)


def test_what_is_judged_of_a_picture_says_nothing_of_where_its_borders_are() -> None:
    shape = grid((128, 128), (32, 32, 64, 64), picture=(0, 32, 128, 64))
    frame = np.full((shape.height, shape.width), 16.0)
    frame[32:96] = np.hstack([scenery(4), scenery(5)])
    wider = frame.copy()
    wider[20:96] = 200

    assert [0.0, 184.0] == Gauge(shape).measure(_raw_of(shape, frame, wider)).outside.tolist()


@pytest.mark.parametrize("whole", [144, 360, 1080])
def test_a_border_that_is_measured_has_a_cell_of_its_own(whole: int) -> None:
    for lines in range(1, whole // 2 - 8):
        shape = grid((whole, whole), (0, lines, whole, whole - 2 * lines))
        bright = np.full((shape.height, shape.width), 16.0)
        bright[:, ::2] = 235

        seen = Gauge(shape).measure(_raw_of(shape, bright)).outside[0] > 0

        assert seen or not is_measured(lines, whole - 2 * lines, whole)
    assert is_measured(whole // 10, whole - 2 * (whole // 10), whole)


def test_a_bit_is_set_where_the_next_cell_is_lighter() -> None:
    rising = np.tile(np.arange(9, dtype=np.float32), (1, 8, 1))

    assert [2**64 - 1, 0] == dhash(np.concatenate([rising, -rising])).tolist()


def test_one_colour_has_no_contour_and_a_faint_gradient_has() -> None:
    gradient = np.tile(np.linspace(110, 140, 64), (64, 1))
    features = film([flat(16), flat(235), gradient]).features

    assert features.contour[0] < 3
    assert features.contour[1] < 3
    assert features.contour[2] > 20

"""Frames that show more than the crop holds are told from the small pictures."""

import numpy as np
import pytest

from unit.engine.media.films import Picture, film, flat, scenery, still
from vxpipe.engine.media.features import Features
from vxpipe.engine.media.gauge import Gauge, grid
from vxpipe.engine.media.outside import doubtful_frames, wider_frames

SHAPE = grid((128, 128), (0, 32, 128, 64))


def _features(*pictures: Picture) -> Features:
    chroma = bytes([128]) * (SHAPE.frame_bytes - SHAPE.width * SHAPE.height)
    return Gauge(SHAPE).measure(b"".join(picture.astype(np.uint8).tobytes() + chroma for picture in pictures))


def _wider(features: Features, *times: float) -> list[int]:
    return wider_frames(features, np.array(times or range(len(features.outside)), np.float64)).tolist()


def _barred(seed: int, bars: Picture | float = 16.0) -> Picture:
    frame = np.full((SHAPE.height, SHAPE.width), 16.0)
    frame[:] = bars
    frame[32:96] = scenery(seed)
    return frame


def test_a_brief_full_picture_is_seen_outside_the_crop() -> None:
    full = np.vstack([scenery(8), scenery(9)])

    found = _wider(_features(*[_barred(1)] * 20, full, full, *[_barred(2)] * 20))

    assert [20, 21] == found


def test_a_full_picture_is_seen_where_only_it_was_looked_at_closely() -> None:
    full = np.vstack([scenery(8), scenery(9)])

    found = _wider(_features(_barred(1), *[full] * 4, _barred(2)), 0, 10, 10.1, 10.2, 10.3, 10.4)

    assert [1, 2, 3, 4] == found


def test_bars_that_stay_or_change_their_light_are_no_picture() -> None:
    blinking = [_barred(1, 16.0 + 40 * (n % 3 == 0)) for n in range(20)]

    assert [] == _wider(_features(*[_barred(1)] * 20, *blinking))


def test_without_borders_there_is_nothing_outside() -> None:
    shape = grid((64, 64), (0, 0, 64, 64))
    raw = scenery(3).astype(np.uint8).tobytes() + bytes([128]) * 2048

    assert [0.0] == Gauge(shape).measure(raw).outside.tolist()


def test_a_white_flash_over_everything_is_no_picture() -> None:
    white = np.full((SHAPE.height, SHAPE.width), 235.0)

    assert [] == _wider(_features(*[_barred(1)] * 10, white, *[_barred(1)] * 10))


def test_beside_a_blurred_fill_every_shot_is_doubtful_however_brief() -> None:
    shots = [still(scenery(1), 30), still(scenery(2), 4), still(scenery(3), 30), still(flat(16), 5)]

    found = doubtful_frames(film(*shots), filled=True)

    assert {15, 32, 49} <= set(found.tolist())
    assert not any(64 <= frame for frame in found)


def test_without_a_fill_only_the_frames_with_more_picture_are_doubtful() -> None:
    assert [] == doubtful_frames(film(still(scenery(1), 30), still(scenery(2), 4)), filled=False).tolist()


@pytest.mark.parametrize("border", range(100, 180, 2))
def test_light_at_the_edge_of_the_picture_is_not_taken_for_light_outside(border: int) -> None:
    """Of a cell that the edge goes through, the picture has a part."""
    shape = grid((1920, 1080), (0, border, 1920, 1080 - 2 * border))
    edges = np.clip(np.arange(shape.height + 1), shape.top, shape.bottom)
    shown = np.repeat(np.diff(edges)[:, None] * 255, shape.width, axis=1).round().astype(np.uint8)
    raw = np.concatenate([shown.ravel(), np.full(shown.size // 2, 128, np.uint8)]).tobytes()

    assert [0] == Gauge(shape).measure(raw).outside.tolist()
    assert 0 < shown[int(shape.top) + 1].min()

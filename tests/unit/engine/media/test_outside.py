"""Frames that show more than the crop holds are told from the small pictures."""

from dataclasses import replace

import numpy as np
import pytest

from unit.engine.media.films import Picture, film, flat, scenery, still
from vxpipe.engine.media.crop import Finding
from vxpipe.engine.media.features import Features
from vxpipe.engine.media.fill import Fill
from vxpipe.engine.media.gauge import Gauge, grid
from vxpipe.engine.media.outside import doubtful_frames, unmeasured_frames, wider_frames
from vxpipe.engine.media.sides import SIDES, Side
from vxpipe.model import Crop

SHAPE = grid((128, 128), (0, 32, 128, 64))


def _features(*pictures: Picture) -> Features:
    chroma = bytes([128]) * (SHAPE.frame_bytes - SHAPE.width * SHAPE.height)
    return Gauge(SHAPE).measure(b"".join(picture.astype(np.uint8).tobytes() + chroma for picture in pictures))


def _wider(features: Features, *times: float, known: float = 219.0) -> list[int]:
    return wider_frames(features, np.array(times or range(len(features.outside)), np.float64), known).tolist()


def _finding(lines: int, *, filled: bool = False, outside: float = 0.0) -> Finding:
    """Of a picture of 128x128 with bars above and below."""
    bars = Side(lines=lines, colour=(16, 128, 128), clarity=1.0)
    crop = Crop(x=0, y=lines, width=128, height=128 - 2 * lines, confidence=1.0)
    told = dict.fromkeys(("step_seen", "straight", "detail", "likeness", "surplus", "change"), 1.0)
    fill = Fill(sides=("top", "bottom"), lines=(lines, lines), **told) if filled else None
    return Finding(
        crop=crop, frames=8, used=8, sides=dict.fromkeys(SIDES, Side()) | {"top": bars, "bottom": bars}, fill=fill,
        outside=outside,
    )  # fmt: skip


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


def test_full_pictures_are_seen_though_nothing_else_was_looked_at() -> None:
    full = np.vstack([scenery(8), scenery(9)])

    assert [0, 1, 2] == _wider(_features(full, full, full), known=0.0)


def test_what_borders_are_known_to_show_all_the_time_is_no_picture() -> None:
    marked = np.full((SHAPE.height, SHAPE.width), 16.0)
    marked[4:12, 4:12] = 200.0

    assert [] == _wider(_features(*[_barred(seed, marked) for seed in range(3)]), known=184.0)
    assert [0, 1, 2] == _wider(_features(*[_barred(seed, marked) for seed in range(3)]), known=0.0)


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

    found = doubtful_frames(film(*shots), _finding(32, filled=True))

    assert {15, 32, 49} <= set(found.tolist())
    assert not any(64 <= frame for frame in found)


def test_without_a_fill_only_the_frames_with_more_picture_are_doubtful() -> None:
    assert [] == doubtful_frames(film(still(scenery(1), 30), still(scenery(2), 4)), _finding(32)).tolist()


def test_all_frames_with_more_picture_are_doubtful_where_each_may_be_saved_else_a_few() -> None:
    full = np.vstack([scenery(8), scenery(9)])
    samples = replace(film(still(scenery(1), 60)), features=_features(*[full] * 60))

    assert list(range(60)) == doubtful_frames(samples, _finding(32), saved=True).tolist()
    assert 48 == len(doubtful_frames(samples, _finding(32)))


@pytest.mark.parametrize(("lines", "unmeasured"), [(1, [0, 1, 2]), (2, []), (32, []), (0, [])])
def test_of_bars_thinner_than_a_cell_nobody_knows_what_frames_show_there(lines: int, unmeasured: list[int]) -> None:
    samples = film(still(scenery(1), 3), still(flat(16), 2))

    assert unmeasured == unmeasured_frames(samples, _finding(lines)).tolist()


@pytest.mark.parametrize("border", range(100, 180, 2))
def test_light_at_the_edge_of_the_picture_is_not_taken_for_light_outside(border: int) -> None:
    """Of a cell that the edge goes through, the picture has a part."""
    shape = grid((1920, 1080), (0, border, 1920, 1080 - 2 * border))
    _, top, _, bottom = shape.judged
    edges = np.clip(np.arange(shape.height + 1), top, bottom)
    shown = np.repeat(np.diff(edges)[:, None] * 255, shape.width, axis=1).round().astype(np.uint8)
    raw = np.concatenate([shown.ravel(), np.full(shown.size // 2, 128, np.uint8)]).tobytes()

    assert [0] == Gauge(shape).measure(raw).outside.tolist()
    assert 0 < shown[int(top) + 1].min()

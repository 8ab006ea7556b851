"""Bars that two pictures share: what lies in them has no say in whether they are alike."""

from dataclasses import replace

import numpy as np
import pytest

from unit.engine.media.films import Picture, film, mixed, scenery, still
from vxpipe.engine.media.bars import between_bars, without_bars
from vxpipe.engine.media.cuts import NORMAL_THRESHOLD, cut_scores
from vxpipe.engine.media.likeness import likeness, palette_distance
from vxpipe.engine.media.shots import find_shots

ONE, OTHER = scenery(1, level=90), scenery(2, level=110)
"""Pictures of two places."""


def _framed(picture: Picture, *, left: int = 0, right: int = 0, top: int = 0, bottom: int = 0) -> Picture:
    """The picture less so many columns and rows of its 64, which are black."""
    framed = np.zeros_like(picture)
    framed[top : 64 - bottom, left : 64 - right] = picture[top : 64 - bottom, left : 64 - right].clip(40, 255)
    return framed


def _cells_between(one: Picture, other: Picture) -> int:
    signatures = film([one, other]).features.signature
    return int(between_bars(signatures[:1], signatures[1:]).sum())


def test_what_lies_between_two_pillars_or_under_and_over_bars_is_told() -> None:
    pillars, bars = {"left": 20, "right": 16}, {"top": 12, "bottom": 8}

    assert 16 * 7 == _cells_between(_framed(ONE, **pillars), _framed(OTHER, **pillars))
    assert 16 * 11 == _cells_between(_framed(ONE, **bars), _framed(OTHER, **bars))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(_framed(ONE, left=20), _framed(OTHER, left=20), id="one side"),
        pytest.param(_framed(ONE, left=20, right=20), OTHER, id="one picture"),
        pytest.param(_framed(ONE, left=4, right=4), _framed(OTHER, left=4, right=4), id="narrow"),
        pytest.param(
            _framed(ONE, left=20, right=20, top=8, bottom=8), _framed(OTHER, left=20, right=20, top=8, bottom=8),
            id="all around, as around a title",
        ),
        pytest.param(np.zeros((64, 64)), np.zeros((64, 64)), id="all black"),
    ],
)  # fmt: skip
def test_where_there_are_no_such_bars_all_counts(one: Picture, other: Picture) -> None:
    assert 256 == _cells_between(one, other)


def test_pictures_are_as_unlike_between_pillars_as_they_are_alone() -> None:
    pillars = {"left": 24, "right": 24}
    narrow = film([_framed(ONE, **pillars), _framed(OTHER, **pillars)]).features
    places = np.array([0]), np.array([1])

    assert likeness(narrow, *places) < 0.5
    alone = film(*([np.repeat(picture[:, 24:40].clip(40, 255), 4, axis=1)] for picture in (ONE, OTHER))).features
    assert palette_distance(narrow, *places) == pytest.approx(palette_distance(alone, *places), rel=0.2)


def test_another_picture_between_the_same_pillars_begins_a_shot_after_what_was_not_seen() -> None:
    pillars = {"left": 22, "right": 22}
    seen = film(still(_framed(ONE, **pillars), 5), still(_framed(OTHER, **pillars), 5))
    bridged = np.arange(10) == 5

    scores, _ = cut_scores(replace(seen, bridged=bridged, numbers=np.where(np.arange(10) < 5, 0, 70) + np.arange(10)))

    assert (scores >= NORMAL_THRESHOLD).nonzero()[0].tolist() == [5]


def test_cells_that_show_a_part_of_a_bar_are_taken_for_one() -> None:
    row = np.array([0, 0, 0, 60, 200, 180, 160, 140, 120, 100, 90, 80, 40, 0, 0, 0], np.uint8)
    light = np.tile(row, 16)[None]

    (told,) = without_bars(light, between_bars(light, light)).reshape(-1, 16, 16)

    assert [133.75] * 4 == told[8, :4].tolist()
    assert row[4:12].tolist() == told[8, 4:12].tolist()


@pytest.mark.parametrize("frames", [12, 20])
def test_a_picture_dissolves_between_pillars_as_it_does_alone(frames: int) -> None:
    pillars = {"left": 20, "right": 18}
    one, other = (_framed(picture, **pillars) for picture in (ONE, scenery(3, level=140)))

    _, shot = find_shots(film(still(one, 30), mixed(one, other, frames), still(other, 30)), NORMAL_THRESHOLD)

    assert 30 < shot.first < 30 + frames
    assert shot.settling >= frames // 2 - 1

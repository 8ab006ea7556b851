"""Where a new picture may have arrived, told from the bytes of packets."""

import numpy as np
import pytest

from unit.engine.media.films import film_of
from vxpipe.engine.media.arrivals import Arrivals, find_arrivals

CALM = [100] * 49
KEY = 10_000


def _told(*groups: list[int], fps: int = 25) -> Arrivals:
    return find_arrivals(film_of(*([KEY, *group] for group in groups), fps=fps), np.zeros(len(groups), np.bool_))


@pytest.mark.parametrize("at", [0, 1, 10, 24, 48])
def test_a_frame_of_far_more_bytes_than_those_before_it_is_an_arrival(at: int) -> None:
    hiding = [*CALM[:at], 6000, *CALM[at + 1 :]]

    told = _told(hiding, CALM)

    assert [True, False] == told.some.tolist()
    assert told.until[0] == min(49, 1 + at + 6)  # and what shows within a quarter of a second


@pytest.mark.parametrize(("before", "after"), [(100, 1500), (3000, 400)], ids=["more", "less"])
def test_frames_that_take_another_amount_than_before_are_an_arrival(before: int, after: int) -> None:
    """As a picture fades in, or a plain one follows a lively one and takes hardly more than its frames did."""
    rising = np.geomspace(before, after, 10).astype(int).tolist()

    told = _told([*[before] * 20, *rising, *[after] * 19], CALM)

    assert told.some[0]


def test_lively_frames_of_one_amount_are_none() -> None:
    lively = np.random.default_rng(1).integers(2000, 3500, 49).tolist()

    assert [False, False] == _told(lively, lively).some.tolist()


def test_frames_too_small_for_any_picture_are_quiet() -> None:
    assert [True, False, True] == _told(CALM, [400] * 49, CALM).quiet.tolist()


def test_what_each_frame_takes_where_nothing_moves_is_no_movement() -> None:
    """Of a page that takes little itself it would be much: 25 frames as much as the half of it."""
    moving = np.random.default_rng(2).integers(20, 380, 49).tolist()

    assert [True, False, False] == _told([195] * 49, moving, [600] * 49).still.tolist()


@pytest.mark.parametrize(
    ("key", "usual", "fades_in", "is_still"),
    [(750, 50, 260, True), (800, 50, 260, False), (600, 50, 240, False), (800, 70, 900, False)],
)
def test_a_title_that_fades_in_behind_a_black_keyframe_stands(
    key: int, usual: int, fades_in: int, *, is_still: bool
) -> None:
    """Its usual frame takes next to nothing, others took more, and the keyframe showed nothing yet."""
    film = film_of([key, 30, 90, fades_in, 90, *[usual] * 44], [KEY, *CALM])

    assert find_arrivals(film, np.zeros(2, np.bool_)).still[0] == is_still


def test_a_keyframe_of_one_colour_does_not_tell_what_a_picture_takes() -> None:
    film = film_of([KEY, *CALM], [60, *CALM], [KEY, *CALM])

    told = find_arrivals(film, np.array([False, True, False]))

    assert told.quiet.all()


def test_a_group_cut_short_ends_with_a_cut_but_for_lively_films_and_regular_keyframes() -> None:
    short, lively = CALM[:17], [7000] * 23

    told = _told(CALM, short, CALM, lively, CALM, CALM[:31], CALM)

    assert [1, 5] == np.flatnonzero(told.cut_after).tolist()


def test_lengths_that_come_again_and_again_are_regular() -> None:
    told = _told(CALM, *[CALM[:29]] * 5, CALM)

    assert not told.cut_after.any()


def test_keyframes_on_a_grid_of_time_are_regular() -> None:
    told = _told(CALM, CALM[:17], CALM[:31], CALM, CALM)

    assert [1] == np.flatnonzero(told.cut_after).tolist()

"""Where the picture moves from one shot into the next, and what stays a shot of its own between two cuts."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest

from unit.engine.media.films import Picture, film, moving, scenery, still
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.gusts import find_gusts, into_others
from vxpipe.engine.media.select import select_frames
from vxpipe.engine.media.shots import find_shots
from vxpipe.recipe import Recipe

ONE, OTHER, THIRD = scenery(1), scenery(2), scenery(3)
_Transition = Callable[[Picture, Picture, int], list[Picture]]


def _zoomed(picture: Picture, times: float) -> Picture:
    """The middle of the picture, so many times as large."""
    places = np.rint(31.5 + (np.arange(64) - 31.5) / times).astype(np.intp)
    return picture[np.ix_(places, places)]


def _zoom(one: Picture, other: Picture, frames: int) -> list[Picture]:
    """Into the one picture, and out of the other."""
    ways = np.arange(1, frames // 2 + 1) / (frames // 2)
    return [*(_zoomed(one, 1 + 2.5 * way) for way in ways), *(_zoomed(other, 1 + 2.5 * way) for way in ways[::-1])]


def _spin(one: Picture, other: Picture, frames: int) -> list[Picture]:
    return [np.rot90((one if k < frames / 2 else other), k % 3 + 1) for k in range(frames)]


def _shaken(one: Picture, other: Picture, frames: int) -> list[Picture]:
    return [
        np.roll(one if k < frames / 2 else other, (7 * k % 20 - 10, 11 * k % 24 - 12), (0, 1)) for k in range(frames)
    ]


def _whipped(one: Picture, other: Picture, frames: int) -> list[Picture]:
    """Swept sideways, so blurred that no frame of it is a cut."""
    wide = np.concatenate([one, one[:, ::-1], other[:, ::-1], other], axis=1)
    blurred = np.mean([np.roll(wide, by, axis=1) for by in range(-12, 13)], axis=0)
    return [blurred[:, step : step + 64] for step in np.linspace(10, 182, frames).round().astype(int).tolist()]


def _gusts(samples: Samples, *, cuts: Iterable[int] = ()) -> list[tuple[int, int]]:
    sureness = np.zeros(len(samples))
    sureness[[*cuts]] = 0.5
    return [(gust.first, gust.last) for gust in find_gusts(samples, sureness)]


def _kept(samples: Samples) -> list[int]:
    return [c.index for c in select_frames(samples, Recipe.model_validate({"frames": {"min": 0}})).kept]


@pytest.mark.parametrize("grain", [1, 3], ids=["standing", "lively"])
@pytest.mark.parametrize("frames", [6, 8, 14])
@pytest.mark.parametrize("transition", [_zoom, _spin, _shaken, _whipped])
def test_a_picture_that_moves_into_another_is_one_cut_and_no_frame_of_it_shows_a_shot(
    transition: _Transition, frames: int, grain: int
) -> None:
    samples = film(still(ONE, 30), transition(ONE, OTHER, frames), still(OTHER, 30), grain=grain)

    kept = _kept(samples)

    assert 2 == len(find_shots(samples, 0.3)) == len(kept)
    assert kept[0] < 30
    assert 30 + frames <= kept[1]


def test_so_is_one_into_a_calm_shot_from_one_that_never_is() -> None:
    lively = [np.roll(ONE, 5 * (k % 3), axis=1) for k in range(30)]
    samples = film(lively, _zoom(ONE, OTHER, 12), still(OTHER, 30))

    kept = _kept(samples)

    assert 42 <= kept[-1]
    assert not [index for index in kept if 30 < index < 42]


@pytest.mark.parametrize("cells", [0.5, 2, 3])
def test_a_shot_of_less_than_half_a_second_between_two_cuts_is_one_however_it_moves(cells: float) -> None:
    samples = film(still(ONE, 30), moving(THIRD, 10, cells=cells), still(OTHER, 30))

    kept = _kept(samples)

    assert [0, 1, 2] == [(index >= 30) + (index >= 40) for index in kept]


def test_a_gust_after_which_the_picture_is_the_same_brings_no_other() -> None:
    samples = film(still(ONE, 30), _shaken(ONE, ONE, 10), still(ONE, 30))

    assert 1 == len(_kept(samples))
    assert not [*into_others(samples, find_gusts(samples, np.zeros(70)))]


def test_it_goes_from_the_last_calm_frame_to_the_next_one() -> None:
    assert [(29, 40)] == _gusts(film(still(ONE, 30), _spin(ONE, OTHER, 10), still(OTHER, 30)))


@pytest.mark.parametrize(
    ("before", "frames", "behind"), [(4, 10, 30), (30, 10, 4), (30, 34, 30)], ids=["begins", "ends", "a film"]
)
def test_there_is_none_without_calm_on_both_sides_nor_does_it_last_long(before: int, frames: int, behind: int) -> None:
    assert [] == _gusts(film(still(ONE, before), _spin(ONE, OTHER, frames), still(OTHER, behind)))


@pytest.mark.parametrize(("cut", "gust"), [(35, (34, 40)), (10, None)], ids=["near", "far off"])
def test_where_it_is_calm_on_one_side_it_goes_from_a_cut_near_by(cut: int, gust: tuple[int, int] | None) -> None:
    samples = film(_spin(ONE, OTHER, 40), still(OTHER, 30))

    assert ([gust] if gust else []) == _gusts(samples, cuts=[cut])


def test_it_goes_up_to_a_cut_as_well() -> None:
    samples = film(still(ONE, 30), _spin(ONE, OTHER, 40))

    assert [(29, 34)] == _gusts(samples, cuts=[34])


def test_it_does_not_go_on_where_frames_were_left_out() -> None:
    samples = film(still(ONE, 30), _spin(ONE, OTHER, 10), still(OTHER, 30))
    behind = np.arange(70) >= 34

    assert [] == _gusts(replace(samples, times=samples.times + 2.0 * behind, bridged=np.arange(70) == 34))


def test_there_is_none_between_frames_that_lie_far_apart() -> None:
    samples = film(still(ONE, 30), _spin(ONE, OTHER, 10), still(OTHER, 30))
    times = np.append(samples.times[:30], 2.0 + np.arange(40))

    assert [] == _gusts(replace(samples, times=times), cuts=[34])


def test_a_flash_is_none() -> None:
    assert [] == _gusts(film(still(ONE, 30), still(scenery(4, level=220), 2), still(ONE, 30)))


def test_of_frames_shown_twice_each_is_one_of_it() -> None:
    twice = [picture for picture in _spin(ONE, OTHER, 10) for _ in range(2)]

    assert [(59, 80)] == _gusts(film(still(ONE, 60), twice, still(OTHER, 60), fps=50))

"""Which frames at the ends of a shot show something that passes over the cut."""

from dataclasses import replace

import pytest
from tests.unit.engine.media.films import Picture, film, moving, scenery, still

from vxpipe.engine.media.select import select_frames
from vxpipe.engine.media.shot import Shot
from vxpipe.engine.media.stingers import without_stingers
from vxpipe.recipe import Recipe

SHOWN, GRAPHIC = scenery(1), scenery(2)


def _rims(*shown: list[Picture]) -> tuple[int, int]:
    """How many frames of one shot settle, and leave."""
    samples = film(*shown, fps=24)
    [shot] = without_stingers(samples, [Shot(0, len(samples) - 1, 1.0)])
    return shot.settling, shot.leaving


@pytest.mark.parametrize(("before", "behind"), [(3, 0), (0, 3), (4, 5), (0, 0)])
def test_a_graphic_at_an_end_of_a_shot_takes_all_that_it_may_have_reached(before: int, behind: int) -> None:
    reached = 10  # frames in 0.4 seconds, with the first

    rims = _rims(still(GRAPHIC, before), moving(SHOWN, 60, cells=1), still(GRAPHIC, behind))

    assert (reached * bool(before), reached * bool(behind)) == rims


def test_what_is_seen_for_longer_is_no_graphic() -> None:
    assert (0, 0) == _rims(still(GRAPHIC, 14), moving(SHOWN, 60, cells=1))


def test_what_comes_without_a_rush_is_no_graphic() -> None:
    way = [GRAPHIC + (SHOWN - GRAPHIC) * k / 60 for k in range(61)]

    assert (0, 0) == _rims(way)


def test_a_gust_of_movement_is_no_graphic() -> None:
    assert (0, 0) == _rims(still(SHOWN, 4), moving(SHOWN, 56, cells=1))


def test_what_settles_for_longer_already_stays_as_it_is() -> None:
    samples = film(still(GRAPHIC, 3), moving(SHOWN, 60, cells=1))
    shot = Shot(0, 62, 1.0, settling=20)

    assert (shot,) == without_stingers(samples, [shot])


def test_a_blank_run_has_no_graphic() -> None:
    samples = film(still(GRAPHIC, 3), moving(SHOWN, 60, cells=1))
    blank = replace(Shot(0, 62, 1.0), blank=True)

    assert (blank,) == without_stingers(samples, [blank])


def test_shots_that_begin_with_the_same_graphic_are_each_shown_once_without_it() -> None:
    shots = [[*still(GRAPHIC, 2), *moving(scenery(seed), 40, cells=1)] for seed in range(20, 26)]
    samples = film(moving(scenery(10), 42, cells=1), *shots, shots[2])

    kept = [c.index for c in select_frames(samples, Recipe()).candidates if c.kept]

    assert [0, 1, 2, 3, 4, 5, 6] == [index // 42 for index in kept]
    assert all(index % 42 >= 2 for index in kept)

"""Where one page that stands becomes another, by a fade or by a movement."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from unit.engine.media.films import Picture, film, mixed, page, retyped, scenery, still
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.page_turns import find_page_turns
from vxpipe.engine.media.select import select_frames
from vxpipe.engine.media.shots import find_shots
from vxpipe.recipe import Recipe

ONE, OTHER = page("one"), page("other")
LIGHT, DARK = page("light", lines=5), 250 - page("dark", lines=5)


def _spans(samples: Samples, *, stood: bool = False, stands: bool = False) -> set[tuple[int, int]]:
    return {(turn.first, turn.last) for turn in find_page_turns(samples, stood=stood, stands=stands)}


def _pushed(one: Picture, other: Picture, frames: int) -> list[Picture]:
    """The other page comes from the right and pushes the one away."""
    both = np.concatenate([one, other], axis=1)
    return [both[:, step : step + 64] for step in np.linspace(0, 64, frames + 2).astype(int)[1:-1]]


@pytest.mark.parametrize("frames", [6, 12, 24])
def test_pages_on_other_grounds_fade_into_one_another(frames: int) -> None:
    samples = film(still(LIGHT, 30), mixed(LIGHT, DARK, frames), still(DARK, 30), grain=0)

    assert _spans(samples) == {(29, 30 + frames)}


def test_a_page_that_dims_stays_the_same() -> None:
    samples = film(still(LIGHT, 30), mixed(LIGHT, LIGHT * 0.5, 12), still(LIGHT * 0.5, 30), grain=0)

    assert not _spans(samples)


def test_a_turn_is_told_from_where_to_where_anything_moves() -> None:
    samples = film(still(ONE, 40), mixed(ONE, OTHER, 9), still(OTHER, 40), grain=0)

    assert _spans(samples) == {(39, 49)}


@pytest.mark.parametrize("stands", ["before", "behind"])
def test_what_comes_from_a_movement_or_goes_on_with_one_is_no_page(stands: str) -> None:
    samples = film(still(ONE, 20 if stands == "before" else 3), mixed(ONE, OTHER, 12),
                   still(OTHER, 3 if stands == "before" else 20), grain=0)  # fmt: skip

    assert not _spans(samples)


@pytest.mark.parametrize(("rests", "is_page"), [(9, False), (12, True)])
def test_between_two_movements_a_page_stands_for_as_long_as_the_shortest_shot(rests: int, *, is_page: bool) -> None:
    """Which is 0.4 s: 10 of these frames."""
    comes = [*still(OTHER, 20), *_pushed(OTHER, ONE, 6), *still(ONE, rests)]
    samples = film(comes, mixed(ONE, OTHER, 12), still(OTHER, 20), grain=0)

    assert is_page == ((len(comes) - 1, len(comes) + 12) in _spans(samples))


@pytest.mark.parametrize(("frames", "is_page"), [(4, False), (7, True)])
def test_where_a_film_begins_or_ends_half_of_that_will_do(frames: int, *, is_page: bool) -> None:
    turn = [*mixed(ONE, OTHER, 12)]

    for before, behind in ((frames, 20), (20, frames)):
        samples = film(still(ONE, before), turn, still(OTHER, behind), grain=0)
        assert is_page == ((before - 1, before + 12) in _spans(samples))


@pytest.mark.parametrize(("step", "is_page"), [(82, True), (205, False)])
def test_a_page_stands_though_a_coder_is_at_work_and_not_where_anything_moves(step: int, *, is_page: bool) -> None:
    """A single cell of 4096 that blinks changes a frame by 0.02 of 255, or by 0.05."""
    pictures = [each.copy() for each in (*still(ONE, 30), *mixed(ONE, OTHER, 12), *still(OTHER, 30))]
    for number, picture in enumerate(pictures):
        picture[62, 62] = 230 - step * (number % 2)

    assert is_page == ((29, 42) in _spans(film(pictures, grain=0)))


@pytest.mark.parametrize(("step", "is_turn"), [(0.5, True), (0.7, False)])
def test_a_fade_may_go_half_of_its_way_at_once_and_not_most_of_it(step: float, *, is_turn: bool) -> None:
    """As one whose frames were dropped does; what goes most of its way in a frame is a cut."""
    shares = np.cumsum([(1 - step) / 6] * 3 + [step] + [(1 - step) / 6] * 2)
    samples = film(still(ONE, 30), [ONE + (OTHER - ONE) * share for share in shares], still(OTHER, 30), grain=0)

    assert is_turn == ((29, 36) in _spans(samples))


def test_a_figure_that_moves_from_one_pose_to_another_is_on_the_same_page() -> None:
    drawn = page("drawn", lines=5)
    poses = [drawn.copy() for _ in range(7)]
    for step, pose in enumerate(poses):
        pose[10:22, 8 + 6 * step : 16 + 6 * step] = 20

    assert not _spans(film(still(poses[0], 30), poses[1:-1], still(poses[-1], 30), grain=0))


def test_what_moves_for_long_between_two_pages_is_a_film() -> None:
    samples = film(still(ONE, 30), mixed(ONE, OTHER, 60), still(OTHER, 30), grain=0)

    assert (29, 90) not in _spans(samples)


def test_pages_stand_before_and_behind_what_was_looked_at_where_their_packets_say_so() -> None:
    turn = film(still(LIGHT, 1), mixed(LIGHT, DARK, 12), still(DARK, 1), grain=0)

    assert not _spans(turn)
    assert not _spans(turn, stood=True)
    assert not _spans(turn, stands=True)
    assert _spans(turn, stood=True, stands=True) == {(0, 13)}


@pytest.mark.parametrize(("before", "behind"), [(2, 4), (5, 1), (1, 1)])
def test_so_do_the_few_frames_that_were_looked_at_beside_a_turn(before: int, behind: int) -> None:
    turn = film(still(LIGHT, before), mixed(LIGHT, DARK, 12), still(DARK, behind), grain=0)

    assert _spans(turn, stood=True, stands=True) == {(before - 1, before + 12)}


@pytest.mark.parametrize("ends", [False, True], ids=["another group follows", "the film ends with this group"])
@pytest.mark.parametrize("still_group", [True, False])
def test_a_turn_beside_which_frames_were_left_out_divides_two_shots(*, still_group: bool, ends: bool) -> None:
    """A keyframe of the page before, the fade from the next keyframe on, and maybe one of the page behind."""
    looked_at = film(still(ONE, 2), mixed(ONE, OTHER, 12), still(OTHER, 2), grain=0).taken(slice(16 - ends))
    places = np.array([0, *range(60, 74), 134])[: len(looked_at)]
    bridged = np.isin(np.arange(len(places)), [1, 15])
    samples = replace(
        looked_at, times=places / 25, numbers=places, of=194, bridged=bridged,
        keys=bridged | (places == 0), still=np.full(len(places), still_group),
    )  # fmt: skip

    assert len(find_shots(samples, 0.3)) == 1 + still_group


def test_slides_with_pictures_that_fade_into_one_another_are_each_shown_unmixed() -> None:
    slides = list[Picture]()
    for number in range(4):
        slide = retyped(page(f"slide {number}", lines=5), "heading", line=0)
        slide[14:40, 30:58] = scenery(number, contrast=60)[14:40, 30:58]
        slides.append(slide)
    shots = [still(slides[0], 40)]
    for one, other in pairwise(slides):
        shots += [mixed(one, other, 15), still(other, 40)]

    kept = [c.index for c in select_frames(film(*shots, grain=0), Recipe()).kept]

    assert [0, 1, 2, 3] == [index // 55 for index in kept]
    assert all(index % 55 < 40 for index in kept)


def test_a_mark_that_fades_from_one_line_to_the_next_is_no_camera_that_turns() -> None:
    """Shifted by that line the two pages are alike."""
    faint, slides = 230 - (230 - page("agenda", lines=5)) * 0.4, list[Picture]()
    for row in (11, 19, 27):
        slide = faint.copy()
        slide[row : row + 5, 4:44] = 300 - slide[row : row + 5, 4:44]
        slides.append(slide)
    fades = [mixed(one, other, 15) for one, other in pairwise(slides)]
    samples = film(still(slides[0], 40), fades[0], still(slides[1], 40), fades[1], still(slides[2], 40), grain=0)

    kept = [c.index for c in select_frames(samples, Recipe()).kept]

    assert [0, 1, 2] == [index // 55 for index in kept]
    assert all(index % 55 < 40 for index in kept)


def test_a_slide_that_pushes_another_away_is_shown_by_itself() -> None:
    slides = still(LIGHT, 30), _pushed(LIGHT, DARK, 12), still(DARK, 30)

    (before, after) = (c.index for c in select_frames(film(*slides, grain=0), Recipe()).kept)

    assert before < 30
    assert after >= 42

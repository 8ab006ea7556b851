"""Which parts of a look without B-frames must be seen again, as they are."""

import numpy as np
import pytest
from tests.unit.engine.media.films import Picture, film, mixed, moving, panorama, scenery, still

from vxpipe.engine.media.doubts import doubtful_pts
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.shots import signs_of
from vxpipe.recipe import Recipe

ONE, OTHER, THIRD = scenery(1), scenery(2), scenery(3)
RECIPE = Recipe()
FPS = 7.5  # of a film of 30 frames a second with three B-frames between two others


def doubts(samples: Samples, recipe: Recipe = RECIPE) -> list[float]:
    """The times of the frames in doubt."""
    pts = doubtful_pts(signs_of(samples), recipe)
    return [float(t) for t, each in zip(samples.times, samples.pts, strict=True) if each in pts]


def without_keys(samples: Samples) -> Samples:
    """The samples as one group of pictures."""
    samples.keys[1:] = False
    return samples


def test_clean_cuts_leave_no_doubt() -> None:
    samples = without_keys(film(moving(ONE, 15), still(OTHER, 15), moving(THIRD, 15), fps=FPS))

    assert [] == doubts(samples)


def test_a_shot_too_brief_to_be_one_is_seen_again_up_to_the_frame_behind_it() -> None:
    samples = without_keys(film(still(ONE, 15), still(OTHER, 2), still(THIRD, 15), fps=FPS))

    assert [15 / FPS, 16 / FPS, 17 / FPS] == doubts(samples)


@pytest.mark.parametrize(("brief", "is_doubtful"), [(np.roll(OTHER, 6, axis=1) * 0.4, True), (THIRD, False)])
def test_a_brief_shot_is_doubted_where_it_is_composed_as_the_next_one_is(brief: Picture, is_doubtful: bool) -> None:
    samples = without_keys(film(still(ONE, 15), still(brief, 3), still(OTHER, 15), fps=FPS))

    assert ([15 / FPS, 16 / FPS, 17 / FPS, 18 / FPS] if is_doubtful else []) == doubts(samples)


def test_a_keyframe_is_what_it_is() -> None:
    samples = without_keys(film(still(ONE, 15), still(OTHER, 2), still(THIRD, 15), fps=FPS))
    samples.keys[15] = True

    assert [] == doubts(samples)


def test_a_keyframe_that_is_hardly_a_cut_is_judged_beside_frames_that_may_be_wrong() -> None:
    samples = without_keys(film(moving(ONE, 15, cells=3), moving(0.2 * ONE + 0.8 * OTHER, 15, cells=3), fps=FPS))
    samples.keys[15] = True

    assert 0.25 <= signs_of(samples).scores[15] < 0.3
    assert 15 / FPS in doubts(samples)


def test_it_does_not_matter_whether_a_cut_is_one_where_the_same_picture_is_shown_again() -> None:
    jump = np.roll(0.9 * ONE + 0.1 * OTHER, 6, axis=1)
    samples = without_keys(film(moving(ONE, 15, cells=1), moving(jump, 15, cells=1), fps=FPS))
    samples.keys[15] = True
    every_shot = Recipe.model_validate({"dedupe": {"enabled": False}})

    assert 0.3 <= signs_of(samples).scores[15] < 0.4
    assert [] == doubts(samples)
    assert 15 / FPS in doubts(samples, every_shot)


def test_a_cut_amid_much_change_may_be_a_transition() -> None:
    samples = without_keys(film(still(ONE, 15), mixed(ONE, OTHER, 2), still(OTHER, 15), fps=FPS))

    seen = doubts(samples)

    assert seen
    assert seen[0] <= 15 / FPS
    assert 17 / FPS <= seen[-1]
    assert seen[-1] - seen[0] <= 2 * 0.8 + 1 / FPS


def test_what_goes_on_as_fast_over_a_gap_is_no_sure_cut() -> None:
    passing = mixed(ONE, OTHER, 20)
    taken = [*range(8), *range(14, 20)]
    times = [*range(10), *(10 + k for k in taken), *range(30, 40)]

    samples = without_keys(
        film(still(ONE, 10), [passing[k] for k in taken], still(OTHER, 10), times=[t / 25 for t in times])
    )

    begins = samples.times[np.flatnonzero(signs_of(samples).scores >= 0.3)].tolist()
    assert 24 / 25 in begins
    assert 24 / 25 in doubts(samples)


def test_where_a_camera_seems_to_turn_another_shot_may_come_and_go() -> None:
    turns = [*np.zeros(15), 2, 5, 8, 11, 14, *np.full(15, 16)]
    samples = without_keys(film(panorama(1, turns), fps=FPS))

    assert {k / FPS for k in range(15, 20)} <= set(doubts(samples))

"""Which runs of frames are shots that can be shown."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.engine.media.films import film, flat, mixed, scenery, still

from vxpipe.engine.media.portrait import lasts, representative
from vxpipe.engine.media.select import select_frames
from vxpipe.engine.media.shot import Shot
from vxpipe.recipe import Recipe

ONE, OTHER, WHITE = scenery(1), scenery(2), flat(235)
FPS = 12.5  # a frame in 0.08 s is looked at


def test_what_is_mixed_all_along_is_a_shot() -> None:
    samples = film(still(ONE, 10), mixed(ONE, WHITE, 4), still(OTHER, 10), fps=FPS)

    assert lasts(samples, Shot(10, 13, 0.3, settling=2, leaving=2))


@pytest.mark.parametrize("colour", [16, 235], ids=["black", "white"])
@pytest.mark.parametrize(("dissolve", "clean", "fade"), [(12, 2, 12), (25, 5, 25), (50, 10, 50)])
def test_a_shot_that_comes_by_a_dissolve_and_soon_goes_by_a_fade_is_shown(
    colour: float, dissolve: int, clean: int, fade: int
) -> None:
    """With what a transition may last longer than it was measured hardly a frame of it is clean."""
    shown = [*still(ONE, 50), *mixed(ONE, OTHER, dissolve), *still(OTHER, clean), *mixed(OTHER, flat(colour), fade)]
    samples = film(shown, still(flat(colour), 25), still(scenery(3), 25))

    kept = [c.index for c in select_frames(samples, Recipe()).candidates if c.kept]

    assert 3 == len(kept)
    assert 50 + dissolve / 2 < kept[1] < 50 + dissolve + clean + fade / 2


@pytest.mark.parametrize(("unseen", "is_shot"), [(False, False), (True, True)])
def test_what_was_not_looked_at_behind_a_transition_is_of_the_shot_behind_it(unseen: bool, is_shot: bool) -> None:
    """Its only clean frame is a keyframe right before the next cut."""
    samples = film(still(ONE, 10), mixed(ONE, OTHER, 6), still(OTHER, 1), still(WHITE, 10), fps=FPS)
    times = samples.times + np.where(np.arange(len(samples)) >= 16, 0.5 if unseen else 0.0, 0.0)
    seen = replace(samples, times=times, bridged=np.arange(len(samples)) == (16 if unseen else -1))

    assert is_shot == lasts(seen, Shot(13, 16, 0.4, settling=3))


def test_a_shot_of_which_all_that_was_seen_is_mixed_is_shown_by_what_was_seen_before_the_gap() -> None:
    """Whatever is before the gap is least mixed at its end."""
    samples = film(still(ONE, 10), mixed(ONE, OTHER, 6), mixed(OTHER, WHITE, 6), fps=FPS)
    seen = replace(samples, bridged=np.arange(len(samples)) == 16)

    assert 15 == representative(seen, Shot(13, 21, 0.4, settling=3, leaving=6))


def test_what_is_clean_for_a_moment_before_one_colour_is_a_shot() -> None:
    samples = film(still(ONE, 10), still(OTHER, 5), still(WHITE, 10), fps=FPS)

    assert lasts(samples, Shot(10, 14, 0.9, settling=2, leaving=2))


@pytest.mark.parametrize(
    ("usual", "gust", "is_shown"),
    [(0.0, 8.0, True), (0.0, 10.0, False), (20.0, 58.0, True), (20.0, 62.0, False)],
)
def test_a_shot_is_shown_by_no_frame_in_the_midst_of_a_gust(usual: float, gust: float, is_shown: bool) -> None:
    """What changes in a second, as a rule and for a while, in which the sharpest frame is."""
    samples, shot = film(still(ONE, 50)), Shot(0, 49, 1.0)
    paces = np.where(np.abs(np.arange(50) - 25) <= 3, gust, usual)
    sharpness = np.where(np.arange(50) == 25, 2.0, 1.0)
    seen = replace(samples.features, change=(paces / 25).astype(np.float32), sharpness=sharpness.astype(np.float32))

    assert is_shown == (25 == representative(replace(samples, features=seen), shot))


def test_a_picture_that_changes_at_once_and_then_stays_may_show_its_shot() -> None:
    samples, shot = film(still(ONE, 50)), Shot(0, 49, 1.0)
    frames = np.arange(50)
    seen = replace(
        samples.features, change=np.where(frames == 25, 20.0, 0.0).astype(np.float32),
        sharpness=np.where(frames == 25, 2.0, 1.0).astype(np.float32),
    )  # fmt: skip

    assert 25 == representative(replace(samples, features=seen), shot)


@pytest.mark.parametrize(("end", "gust"), [(0, range(1, 3)), (49, range(44, 50))], ids=["first", "last"])
def test_a_frame_at_either_end_of_a_shot_may_show_it_though_much_changes_beside_it(end: int, gust: range) -> None:
    """A keyframe with a gap behind it costs nothing more to decode."""
    frames = np.arange(50)
    samples = replace(film(still(ONE, 50)), numbers=frames, of=200)
    seen = replace(
        samples.features, change=np.where(np.isin(frames, gust), 2.0, 0.0).astype(np.float32),
        sharpness=np.where(frames == end, 2.0, 1.0).astype(np.float32),
    )  # fmt: skip

    assert end == representative(replace(samples, features=seen), Shot(0, 49, 1.0))


def test_a_shot_of_which_all_that_is_clean_is_under_way_is_shown_by_a_clean_frame() -> None:
    samples = film(still(ONE, 50))
    seen = replace(samples.features, change=np.where(np.abs(np.arange(50) - 25) <= 7, 9, 0).astype(np.float32))

    assert 20 <= representative(replace(samples, features=seen), Shot(0, 49, 1.0, settling=20, leaving=20)) <= 29


def test_a_clean_frame_at_the_rim_shows_a_shot_rather_than_one_that_is_mixed() -> None:
    """Of the shot only its first frame was looked at before the transition at its end."""
    places = np.array([0, *range(55, 60)])
    samples = replace(film(still(ONE, 1), mixed(ONE, OTHER, 5)), numbers=places, of=90)

    assert representative(samples, Shot(0, 5, 1.0, leaving=5)) == 0


def test_a_turn_that_was_not_told_is_no_full_contrast() -> None:
    """Halves of two pictures may have more contrast than either: what shows one of them counts."""
    dim, light = scenery(1, level=60, contrast=20), scenery(2, level=200, contrast=20)
    pushed = [np.concatenate([dim[:, 6 * k :], light[:, : 6 * k]], axis=1) for k in range(1, 11)]

    assert representative(film(still(dim, 40), pushed), Shot(0, 49, 1.0)) < 40

"""Which runs of frames are shots that can be shown."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.engine.media.films import Picture, film, flat, mixed, page, scenery, still

from vxpipe.engine.media.portrait import lasts, looks
from vxpipe.engine.media.select import select_frames
from vxpipe.engine.media.shot import Shot
from vxpipe.recipe import Recipe

ONE, OTHER, WHITE = scenery(1), scenery(2), flat(235)
FPS = 12.5  # a frame in 0.08 s is looked at


@pytest.mark.parametrize(("behind", "is_shot"), [(WHITE, False), (OTHER, True)], ids=["one colour", "a picture"])
def test_what_is_mixed_all_along_is_a_shot_unless_it_leads_into_one_colour(behind: Picture, is_shot: bool) -> None:
    samples = film(still(ONE, 10), mixed(ONE, WHITE, 4), still(behind, 10), fps=FPS)

    assert is_shot == lasts(samples, Shot(10, 13, 0.3, settling=2, leaving=2))


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


def test_what_is_clean_for_a_moment_before_one_colour_is_a_shot() -> None:
    samples = film(still(ONE, 10), still(OTHER, 5), still(WHITE, 10), fps=FPS)

    assert lasts(samples, Shot(10, 14, 0.9, settling=2, leaving=2))


@pytest.mark.parametrize(
    ("frames", "apart", "is_enough"), [(12, 1, True), (5, 1, False), (2, 20, True), (2, 4, False)]
)  # fmt: skip
def test_what_moves_is_known_of_a_few_frames_or_of_two_far_apart(frames: int, apart: int, is_enough: bool) -> None:
    """Of a shot two frames at either end have no say; 25 frames a second."""
    samples = film(still(ONE, frames))
    places = np.arange(frames) * apart
    samples = replace(samples, times=places / 25, numbers=places + 10, of=int(places[-1]) + 20, seconds=40.0)

    assert is_enough == looks(samples, Shot(0, frames - 1, 1.0)).watched


def test_what_changed_while_nobody_looked_counts_for_each_of_its_frames() -> None:
    samples = film([ONE, OTHER, ONE, OTHER])
    every = looks(samples, Shot(0, 3, 1.0)).unrest
    places = np.arange(4) * 10
    gaps = replace(samples, numbers=places, of=40, bridged=np.arange(4) > 0, times=places / 25)

    assert every / 10 == pytest.approx(looks(gaps, Shot(0, 3, 1.0)).unrest)


def _beside_a_pendulum(picture: Picture, frames: int) -> list[Picture]:
    """The picture, in the upper right corner of which a bar swings."""
    shown = [picture.copy() for _ in range(frames)]
    for number, each in enumerate(shown):
        each[:16, 48 + 4 * (number % 3) : 52 + 4 * (number % 3)] = 60
    return shown


def test_of_a_shot_with_two_pages_all_stands_but_what_moves_beside_both() -> None:
    pages = [_beside_a_pendulum(page(text), 12) for text in ("one", "two")]

    standing = looks(film(*pages, grain=0), Shot(0, 23, 1.0)).standing

    assert standing is not None
    cells = standing.reshape(-1, 16)
    assert cells[:, :10].all()
    assert not cells[:4, 12:].any()

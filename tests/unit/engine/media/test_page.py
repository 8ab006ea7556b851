"""What is told of a shot that is a page of text."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.engine.media.films import Picture, film, mixed, moving, page, retyped, scenery, still

from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.page import Page
from vxpipe.engine.media.portrait import portrait_of
from vxpipe.engine.media.shot import Shot

WRITTEN = page("one", lines=5)


def told(samples: Samples) -> Page:
    """The page that all of the samples are."""
    found = portrait_of(samples, Shot(0, len(samples) - 1, 1.0)).page
    assert found is not None
    return found


def beside_a_pendulum(picture: Picture, frames: int) -> list[Picture]:
    """The picture, in the upper right corner of which a bar swings."""
    shown = [picture.copy() for _ in range(frames)]
    for number, each in enumerate(shown):
        each[:16, 48 + 4 * (number % 3) : 52 + 4 * (number % 3)] = 60
    return shown


@pytest.mark.parametrize(
    "shown",
    [moving(scenery(1), 12, cells=2), moving(WRITTEN, 12, cells=2)],
    ids=["film", "a text that runs"],
)
def test_where_everything_moves_there_is_no_page(shown: list[Picture]) -> None:
    assert portrait_of(film(shown), Shot(0, 11, 1.0)).page is None


@pytest.mark.parametrize(
    ("frames", "apart", "is_enough"), [(12, 1, True), (5, 1, False), (2, 20, True), (2, 4, False)]
)  # fmt: skip
def test_what_moves_is_known_of_a_few_frames_or_of_two_far_apart(frames: int, apart: int, is_enough: bool) -> None:
    """Of a shot two frames at either end have no say; 25 frames a second."""
    samples = film(still(scenery(1), frames))
    places = np.arange(frames) * apart
    samples = replace(samples, times=places / 25, numbers=places + 10, of=int(places[-1]) + 20, seconds=40.0)

    assert is_enough == told(samples).watched


def test_what_changed_while_nobody_looked_counts_for_each_of_its_frames() -> None:
    samples = film(beside_a_pendulum(WRITTEN, 4))
    places = np.arange(4) * 10
    gaps = replace(samples, numbers=places, of=40, bridged=np.arange(4) > 0, times=places / 25)

    assert 0 < told(samples).unrest / 10 == pytest.approx(told(gaps).unrest)


def test_what_is_mixed_with_other_shots_says_nothing_of_what_moves_on_a_page() -> None:
    comes, goes = (mixed(*pair, 8) for pair in ((scenery(1), WRITTEN), (WRITTEN, scenery(2))))
    samples = film(comes, still(WRITTEN, 6), goes, grain=0)

    found = portrait_of(samples, Shot(0, len(samples) - 1, 1.0, settling=8, leaving=8)).page

    assert found is not None
    assert found.unrest < 0.01
    assert found.standing.all()


@pytest.mark.parametrize("is_still", [True, False])
def test_a_page_of_which_one_frame_was_looked_at_before_it_goes_is_one_where_nothing_moves(*, is_still: bool) -> None:
    """It goes in another group, in which much does."""
    samples = film([WRITTEN], mixed(WRITTEN, scenery(2), 8), grain=0)
    samples = replace(samples, still=np.array([is_still] + [False] * 8), bridged=np.arange(9) == 1)

    assert is_still == (portrait_of(samples, Shot(0, 8, 1.0, leaving=8)).page is not None)


def test_of_a_shot_with_two_pages_all_stands_but_what_moves_beside_both() -> None:
    pages = [beside_a_pendulum(each, 12) for each in (WRITTEN, retyped(WRITTEN, "two", line=2))]

    cells = told(film(*pages, grain=0)).standing.reshape(-1, 16)

    assert cells[:, :10].all()
    assert not cells[:4, 12:].any()

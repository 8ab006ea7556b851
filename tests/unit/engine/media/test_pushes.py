"""Where one page that stands is moved away by another, however much of both is the same."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from unit.engine.media.films import Picture, film, mixed, page, panorama, retyped, scenery, still
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.likeness import is_turned
from vxpipe.engine.media.pushes import find_pushes
from vxpipe.engine.media.select import select_frames
from vxpipe.engine.media.shots import find_shots
from vxpipe.recipe import Recipe

ONE = page("template", lines=7)
OTHER = retyped(retyped(retyped(ONE, "second", line=1), "third", line=3), "fourth", line=4)
"""Slides of one template, of which three lines of seven differ."""
EASED = 3 * np.linspace(0, 1, 14) ** 2 - 2 * np.linspace(0, 1, 14) ** 3
EVEN = np.linspace(0, 1, 14)


def _spans(samples: Samples, *, stood: bool = False, stands: bool = False) -> set[tuple[int, int]]:
    return {(push.first, push.last) for push in find_pushes(samples, stood=stood, stands=stands)}


def _pushed(one: Picture, other: Picture, ways: Iterable[float], *, axis: int = 1, back: bool = False) -> list[Picture]:
    """The other page comes from the right, or from below, or from the opposite side, and pushes the one away."""
    both = np.concatenate([other, one] if back else [one, other], axis=axis)
    steps = [round(64 * (1 - way if back else way)) for way in ways]
    return [both.take(range(step, step + 64), axis=axis) for step in steps[1:-1]]


def _film(*between: Picture, one: Picture = ONE, other: Picture = OTHER, frames: int = 20) -> Samples:
    return film(still(one, frames), between, still(other, frames), grain=0)


@pytest.mark.parametrize("back", [False, True], ids=["forth", "back"])
@pytest.mark.parametrize("axis", [0, 1], ids=["down", "across"])
@pytest.mark.parametrize("ways", [EVEN, EASED], ids=["even", "eased"])
def test_slides_of_one_template_push_one_another_away(ways: Picture, axis: int, *, back: bool) -> None:
    samples = _film(*_pushed(ONE, OTHER, ways, axis=axis, back=back))

    ((first, last),) = _spans(samples)

    assert 19 <= first <= 20
    assert 31 <= last <= 32
    assert len(find_shots(samples, 0.3)) == 2


def test_it_is_surer_than_most_cuts_and_less_than_the_surest() -> None:
    (push,) = find_pushes(_film(*_pushed(ONE, OTHER, EVEN)))

    assert pytest.approx(0.81, abs=0.005) == push.score


def test_each_slide_that_pushes_another_away_is_shown_unmixed() -> None:
    slides = [ONE, OTHER, page("template of another deck", lines=7), page("fifth", lines=7)]
    shots = [still(slides[0], 30)]
    for one, other in pairwise(slides):
        shots += [_pushed(one, other, EASED), still(other, 30)]

    kept = [c.index for c in select_frames(film(*shots, grain=0), Recipe()).kept]

    assert [0, 1, 2, 3] == [index // 42 for index in kept]
    assert all(index % 42 < 30 for index in kept)


@pytest.mark.parametrize(("share", "is_push"), [(0.1, False), (0.25, False), (0.5, True), (1.0, True)])
def test_a_page_that_scrolls_by_a_part_and_rests_is_the_same(share: float, *, is_push: bool) -> None:
    """By more than a quarter another page is read."""
    between = _pushed(ONE, page("another", lines=7), share * EASED, axis=0)
    long = np.concatenate([ONE, page("another", lines=7)])
    samples = _film(*between, other=long[round(64 * share) :][:64])

    assert is_push == bool(_spans(samples))


def test_a_camera_that_turns_from_rest_to_rest_shows_the_same() -> None:
    views = panorama(3, 14 * EASED)

    assert not _spans(film(still(views[0], 20), views[1:-1], still(views[-1], 20), grain=0))


@pytest.mark.parametrize("kind", ["fade", "wipe", "film", "zoom"])
def test_what_becomes_of_a_page_in_another_way_is_no_push(kind: str) -> None:
    moving = panorama(5, range(0, 60, 5))
    ways = np.linspace(0, 1, 14)[1:-1]
    between = {
        "fade": [*mixed(ONE, OTHER, 12)],
        "wipe": [np.where(np.arange(64) < 64 * way, OTHER, ONE) for way in ways],
        "film": moving,
        "zoom": [ONE[::-1] * way + scenery(4) * (1 - way) for way in ways],
    }[kind]

    assert not _spans(_film(*between))


@pytest.mark.parametrize(("step", "stands"), [(400, True), (1000, False)])
def test_a_page_stands_though_a_coder_still_adds_to_it_and_not_where_anything_moves(step: int, *, stands: bool) -> None:
    """A change of a few cells by 0.1 of 255 on average, and of 0.24."""
    pictures = [each.copy() for each in (*still(ONE, 20), *_pushed(ONE, OTHER, EVEN), *still(OTHER, 20))]
    for number, picture in enumerate(pictures):
        picture[60:, 56:] -= step / 32 * (number % 2)

    assert stands == bool(_spans(film(pictures, grain=0)))


def test_pages_stand_where_the_packets_of_what_was_not_looked_at_say_so() -> None:
    samples = film([ONE], _pushed(ONE, OTHER, EVEN), [OTHER], grain=0)

    assert not _spans(samples)
    assert _spans(samples, stood=True, stands=True) == {(0, 13)}


def test_pages_alike_when_shifted_are_no_camera_that_turns() -> None:
    """A broad band makes most of either, and stands elsewhere on the other."""
    one, other = (230 - (230 - page(text, lines=7)) * 0.3 for text in ("one", "other"))
    one[:, 10:26] -= 120
    other[:, 22:38] -= 120
    samples = _film(*_pushed(one, other, EVEN), one=one, other=other)

    assert is_turned(samples.features, np.array([19]), np.array([len(samples) - 1])).all()
    assert len(find_shots(samples, 0.3)) == 2


def test_a_page_of_which_only_the_turns_beside_it_were_looked_at_is_one() -> None:
    """One push ends with what was looked at of a group, and the next begins with the group behind it."""
    third = retyped(retyped(ONE, "sixth", line=2), "seventh", line=4)
    pushes = [_pushed(ONE, OTHER, EVEN), _pushed(OTHER, third, EVEN)]
    looked_at = film(still(ONE, 20), pushes[0], [OTHER, OTHER], pushes[1], still(third, 20), grain=0)
    places = np.array([*range(33), *range(83, 83 + len(looked_at) - 33)])
    bridged = places == 83
    samples = replace(
        looked_at, times=places / 25, numbers=places, of=int(places[-1]) + 1, bridged=bridged,
        keys=bridged | (places == 0), still=np.ones(len(places), np.bool_),
    )  # fmt: skip

    kept = [c.index for c in select_frames(samples, Recipe()).kept]

    assert len(find_shots(samples, 0.3)) == 3
    assert [32 <= index <= 33 for index in kept] == [False, True, False]

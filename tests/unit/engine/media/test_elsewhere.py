"""Whether a picture is another one with one thing in another place."""

import numpy as np
import pytest
from tests.unit.engine.media.films import Picture, film, scenery, still

from vxpipe.engine.media.elsewhere import differ_by_place
from vxpipe.engine.media.select import select_frames
from vxpipe.recipe import Recipe


def _room(seed: int) -> Picture:
    """Something else in each place, and no part much lighter than the others."""
    return np.asarray(np.kron(np.random.default_rng(seed).uniform(120, 200, (16, 16)), np.ones((4, 4))))


ROOM, ELSEWHERE = _room(1), _room(2)


def _with(room: Picture, across: int, thing: Picture | float = 20.0, *, high: int = 28, wide: int = 8) -> Picture:
    """The room with something before it, so many columns from the left."""
    picture = room.copy()
    picture[36 : 36 + high, across : across + wide] = thing
    return picture


def _is_moved(one: Picture, other: Picture) -> bool:
    features = film([one, other]).features
    return bool(differ_by_place(features, 0, np.array([1]))[0])


@pytest.mark.parametrize("across", [16, 24, 40, 52])
def test_one_thing_in_another_place_differs_by_its_place(across: int) -> None:
    assert _is_moved(_with(ROOM, 4), _with(ROOM, across))


@pytest.mark.parametrize(
    "other",
    [
        _with(ELSEWHERE, 40),
        _with(ROOM, 4, 230.0),
        _with(ROOM, 40, 230.0),
        ROOM,
        _with(ROOM, 4),
        _with(_with(ROOM, 4), 40, 60.0),
    ],
    ids=["another room", "another thing", "another thing elsewhere", "nothing", "the same", "two things"],
)
def test_what_else_differs_is_no_other_place(other: Picture) -> None:
    assert not _is_moved(_with(ROOM, 4), other)


def test_another_picture_in_the_same_window_is_no_other_place() -> None:
    windows = [_with(ROOM, 20, scenery(seed)[:28, :24], wide=24) for seed in range(40, 60)]

    assert not any(_is_moved(windows[0], other) for other in windows[1:])


def test_before_even_ground_nobody_can_tell() -> None:
    wall = np.full((64, 64), 150.0)

    assert not _is_moved(_with(wall, 4), _with(wall, 40))


def test_something_as_small_as_a_pointer_is_not_told() -> None:
    assert not _is_moved(_with(ROOM, 8, high=4, wide=4), _with(ROOM, 40, high=4, wide=4))


def test_a_room_shown_again_with_somebody_elsewhere_gives_no_second_frame() -> None:
    stays = [still(_with(ROOM, across), 20) for across in (4, 40, 20, 52)]
    inserts = [still(scenery(seed), 20) for seed in range(60, 64)]
    shown = [shot for pair in zip(stays, inserts, strict=True) for shot in pair]

    candidates = select_frames(film(*shown), Recipe()).candidates

    assert [0, 1, 3, 5, 7] == [c.index // 20 for c in candidates if c.kept]
    assert {candidates[0].index} == {c.duplicate_of for c in candidates if not c.kept}

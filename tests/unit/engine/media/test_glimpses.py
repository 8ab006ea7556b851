"""Transitions over which nothing but keyframes were looked at."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from unit.engine.media.films import Picture, film, flat, scenery
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.select import select_frames
from vxpipe.engine.media.shots import find_shots
from vxpipe.recipe import Recipe

ONE, OTHER, THIRD = scenery(1, level=90), scenery(2, level=160), scenery(3)


def _keyframes(shown: Sequence[Picture], seconds: float) -> Samples:
    """A film of which nothing but a keyframe every so many seconds was looked at."""
    every, frames = round(25 * seconds), np.arange(len(shown))
    samples = film(shown)
    return replace(
        samples, times=frames * every / 25, numbers=frames * every, of=len(frames) * every, keys=frames >= 0,
        bridged=frames > 0,
    )  # fmt: skip


def _wiped(done: float) -> Picture:
    picture, rows = ONE.copy(), round(64 * done)
    picture[:rows] = OTHER[:rows]
    return picture


def _dissolved(done: float) -> Picture:
    return ONE + (OTHER - ONE) * done


def _kept(samples: Samples) -> list[int]:
    return [c.index for c in select_frames(samples, Recipe.model_validate({"frames": {"min": 1}})).kept]


@pytest.mark.parametrize(("turn", "ways"), [(_wiped, (0.3, 0.7)), (_wiped, (0.2, 0.4, 0.6, 0.8)), (_dissolved, (0.5,))])
def test_no_frame_is_kept_of_what_keyframes_show_of_a_transition(
    turn: Callable[[float], Picture], ways: Sequence[float]
) -> None:
    samples = _keyframes([*[ONE] * 8, *map(turn, ways), *[OTHER] * 8], 0.24)

    kept = _kept(samples)

    assert 2 == len(kept)
    assert kept[0] < 8
    assert kept[1] >= 8 + len(ways)


def test_a_blank_picture_between_two_shots_is_none_of_both() -> None:
    shots = find_shots(_keyframes([*[ONE] * 8, flat(10), *[OTHER] * 8], 0.24), 0.3)

    assert [(0, False), (8, True), (9, False)] == [(shot.first, shot.blank) for shot in shots]


def test_a_picture_of_its_own_between_two_shots_stays_one() -> None:
    assert 3 == len(_kept(_keyframes([*[ONE] * 8, THIRD, *[OTHER] * 8], 0.24)))


def test_a_shot_of_which_two_keyframes_show_the_same_begins_with_the_first() -> None:
    begins = [shot.first for shot in find_shots(_keyframes([*[ONE] * 8, *[OTHER] * 8], 0.24), 0.3)]

    assert [0, 8] == begins

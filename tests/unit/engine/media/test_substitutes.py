"""Which frames may stand in for a blurred one."""

from json import dumps

import numpy as np
import pytest

from unit.engine.media.films import film, moving, scenery, still
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.footage import footage
from vxpipe.engine.media.select import select_frames
from vxpipe.engine.media.substitutes import substitutes
from vxpipe.recipe import Recipe

A, B, C = (scenery(seed) for seed in (11, 12, 13))


def _others(samples: Samples, **frames: object) -> dict[int, list[int]]:
    """For each frame that is kept those that may replace it."""
    recipe = Recipe.model_validate_json(dumps({"frames": {"min": 0, **frames}, "dedupe": {"enabled": False}}))
    candidates = select_frames(samples, recipe).candidates
    kept = [c for c in candidates if c.kept]
    found = substitutes(footage(samples, recipe), candidates, kept)
    assert not any(c.kept for pool in found.values() for c in pool)
    return {index: [c.index for c in pool] for index, pool in found.items()}


def _shots_of(frames: list[int], *lengths: int) -> set[int]:
    return set(np.searchsorted(np.cumsum(lengths), frames, side="right").tolist())


def test_a_frame_may_be_replaced_by_three_others_of_its_shot() -> None:
    others = _others(film(moving(A, 20), moving(B, 40), moving(C, 20)))

    assert 3 == len(others)
    for shot, (index, pool) in enumerate(others.items()):
        assert 3 == len(set(pool) - {index})
        assert {shot} == _shots_of([index, *pool], 20, 40, 20)
        assert all(2 <= place <= 77 for place in pool)


def test_a_frame_is_not_replaced_by_another_picture_of_its_shot() -> None:
    (pool,) = _others(film(still(A, 40), still(B, 60)), threshold=0.99).values()

    assert {0} == _shots_of(pool, 40, 60)


def test_others_are_nearer_to_their_frame_than_to_any_other_candidate() -> None:
    others = _others(film(moving(A, 60)), mode="count", count=3)

    assert [10, 30, 50] == list(others)
    assert all(20 < n < 40 and n != 30 for n in others[30])
    assert len(others[30]) == 3


@pytest.mark.parametrize("frames", [{"mode": "interval", "every": 1}, {"mode": "keyframes"}])
def test_a_frame_that_stands_for_its_time_is_not_replaced(frames: dict[str, object]) -> None:
    assert {} == _others(film(moving(A, 60)), **frames)


def test_a_shot_of_one_frame_has_no_others() -> None:
    assert [] == _others(film(still(A, 1), still(B, 30)))[0]

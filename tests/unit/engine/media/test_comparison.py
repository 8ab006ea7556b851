"""Whether frames show the same picture, where much of both is one even ground, or a lower third lies over one."""

from dataclasses import replace

import numpy as np
import pytest

from unit.engine.media.films import Picture, film, scenery, still
from vxpipe.engine.media.comparison import Comparison
from vxpipe.engine.media.features import CHROMA_SIDE, LUMA_SIDE

DISTANCE = 6


def _thing(seed: int, *, ground: float = 240, left: int = 22, top: int = 14) -> Picture:
    """A square picture of 20x24 that stands on an even ground."""
    picture = np.full((64, 64), ground)
    picture[top : top + 24, left : left + 20] = scenery(seed, level=110, contrast=55)[10:34, 10:30]
    return picture


def _are_one(one: Picture, other: Picture) -> bool:
    comparison = Comparison(film(still(one, 1), still(other, 1)).features, DISTANCE)
    return bool(comparison.are_alike(np.array([0]), np.array([1]))[0])


@pytest.mark.parametrize("ground", [240.0, 200.0])
def test_a_thing_on_an_even_ground_is_that_of_another_frame(ground: float) -> None:
    assert _are_one(_thing(1, ground=ground), _thing(1, ground=ground))
    assert _are_one(_thing(1, ground=ground), _thing(1, ground=ground, left=23))


def test_other_things_on_the_same_ground_are_other_pictures() -> None:
    assert not [seed for seed in range(2, 22) if _are_one(_thing(1), _thing(seed))]


@pytest.mark.parametrize(("lines", "is_other"), [(1, False), (4, True)], ids=["a lower third", "all of it"])
def test_a_gray_picture_is_another_where_more_than_its_lowest_part_takes_on_colour(
    lines: int, *, is_other: bool
) -> None:
    features = film(still(scenery(3), 2)).features
    signature = features.signature.copy()
    blue, red = signature[1, LUMA_SIDE**2 :].reshape(2, CHROMA_SIDE, CHROMA_SIDE)
    blue[-lines:], red[-lines:] = 208, 88

    comparison = Comparison(replace(features, signature=signature), DISTANCE)

    assert is_other == comparison.are_recoloured(np.array([0]), np.array([1]))[0]

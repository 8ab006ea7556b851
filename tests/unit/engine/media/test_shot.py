"""When two runs of frames are one shot, and what of it is its fade."""

import numpy as np
import pytest

from unit.engine.media.films import film, scenery, still
from vxpipe.engine.media.shot import Shot, whole_fades

LIT = scenery(1)
DIM = 128 + (LIT - 128) / 4


@pytest.mark.parametrize("is_lit_first", [False, True])
def test_of_a_shot_in_changing_light_the_dimmer_part_is_the_fade(is_lit_first: bool) -> None:
    """However little of the lighter part is never mixed: what a fade leads to may fade away at once."""
    parts = [still(DIM, 20), still(LIT, 40)]
    brief, mixed = Shot(0, 19, 1.0, settling=6, leaving=6), Shot(20, 59, 0.4, settling=16, leaving=20)
    if is_lit_first:
        brief, mixed = Shot(40, 59, 0.4, settling=6, leaving=6), Shot(0, 39, 1.0, settling=20, leaving=16)
    samples = film(*(parts[::-1] if is_lit_first else parts))

    (whole,) = whole_fades(samples, sorted([brief, mixed], key=lambda shot: shot.first), np.zeros(60, np.bool_))

    assert (0, 59) == (whole.first, whole.last)
    assert (mixed.first + mixed.settling, mixed.last - mixed.leaving) == (
        whole.settling, whole.last - whole.leaving,
    )  # fmt: skip

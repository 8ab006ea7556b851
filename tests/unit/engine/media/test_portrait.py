"""Which runs of frames are shots that can be shown."""

import pytest
from tests.unit.engine.media.films import Picture, film, flat, mixed, scenery, still

from vxpipe.engine.media.portrait import lasts
from vxpipe.engine.media.shot import Shot

ONE, OTHER, WHITE = scenery(1), scenery(2), flat(235)
FPS = 12.5  # a frame in 0.08 s is looked at


@pytest.mark.parametrize(("behind", "is_shot"), [(WHITE, False), (OTHER, True)], ids=["one colour", "a picture"])
def test_what_is_mixed_all_along_is_a_shot_unless_it_leads_into_one_colour(behind: Picture, is_shot: bool) -> None:
    samples = film(still(ONE, 10), mixed(ONE, WHITE, 4), still(behind, 10), fps=FPS)

    assert is_shot == lasts(samples, Shot(10, 13, 0.3, settling=2, leaving=2))


def test_what_is_clean_for_a_moment_before_one_colour_is_a_shot() -> None:
    samples = film(still(ONE, 10), still(OTHER, 5), still(WHITE, 10), fps=FPS)

    assert lasts(samples, Shot(10, 14, 0.9, settling=2, leaving=2))

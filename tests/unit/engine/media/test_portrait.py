"""Which runs of frames are shots that can be shown."""

import pytest
from tests.unit.engine.media.films import Picture, film, flat, mixed, scenery, still

from vxpipe.engine.media.portrait import lasts
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

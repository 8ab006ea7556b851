"""How long a shot takes to appear or to vanish."""

import numpy as np
import pytest

from vxpipe.engine.media.fades import fade_in, fade_out

FRAMES = 25


@pytest.mark.parametrize(("share", "frames"), [(0.1, FRAMES), (0.49, FRAMES), (0.53, 0), (0.8, 0)])
def test_a_fade_begins_with_less_than_half_of_the_contrast_that_it_ends_with(share: float, frames: int) -> None:
    """What wanes or grows less is a picture that moves."""
    contrast = np.append(np.linspace(share, 1, FRAMES), np.ones(FRAMES)).astype(np.float32)
    times = np.arange(2 * FRAMES) / 25

    for measured in (fade_in(contrast, times), fade_out(contrast[::-1], times)):
        assert frames == pytest.approx(measured, abs=3)

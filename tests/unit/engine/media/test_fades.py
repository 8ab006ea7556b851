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


@pytest.mark.parametrize(("pause", "goes_on"), [(5, True), (10, False)])
def test_a_fade_goes_on_behind_a_pause_of_a_moment_and_ends_with_a_longer_one(pause: int, *, goes_on: bool) -> None:
    """25 frames a second: 0.2 s, and 0.4."""
    parts = np.linspace(0.1, 0.5, 10), np.full(pause, 0.5), np.linspace(0.5, 1, 10), np.ones(25)
    contrast = np.concatenate(parts).astype(np.float32)

    frames = fade_in(contrast, np.arange(len(contrast)) / 25)

    assert goes_on == (frames > 10 + pause)

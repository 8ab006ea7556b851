"""Whether a source was damaged."""

from dataclasses import replace

import pytest

from vxpipe.engine.media.damage import beyond_end_warning, damage_warning
from vxpipe.model import MediaInfo

INFO = MediaInfo(container="mp4", codec="h264", width=1280, height=720, fps=25, duration=10.0, frames=250)


@pytest.mark.parametrize(
    ("frames", "seconds", "errors", "damaged"),
    [
        (250, 10.0, 0, False),
        (250, 10.0, 7, False),
        (240, 9.6, 0, False),  # short by less than half a second
        (200, 8.0, 0, True),
        (200, 10.0, 0, False),  # fewer frames without a complaint: an edit list
        (200, 10.0, 3, True),
    ],
)
def test_noticeable_loss_is_told(frames: int, seconds: float, errors: int, damaged: bool) -> None:
    warning = damage_warning(INFO, frames=frames, seconds=seconds, errors=errors)

    assert damaged == (warning is not None)
    if warning:
        assert ("damaged_source", frames, 250) == (
            warning["code"], warning["decodedFrames"], warning["promisedFrames"],
        )  # fmt: skip


def test_a_film_of_unknown_length_is_not_called_damaged() -> None:
    info = replace(INFO, duration=None, frames=None)

    assert damage_warning(info, frames=3, seconds=0.1, errors=0) is None


@pytest.mark.parametrize(
    ("at", "beyond"),
    [((), None), ((0.0, 3.0), None), ((1.0, 3.1, 99.0), [3.1, 99.0])],
    ids=["none", "at its end", "after"],
)
def test_times_beyond_the_end_are_told(at: tuple[float, ...], beyond: list[float] | None) -> None:
    warning = beyond_end_warning(at, 3.0)

    assert beyond == (warning and warning["times"])

"""The frames a mode names, from packets alone."""

from fractions import Fraction
from json import dumps

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media.moments import equal_parts, middle_of
from vxpipe.engine.media.named import named_frames
from vxpipe.engine.media.packets import PacketMap
from vxpipe.recipe import Frames

# 100 frames at 25 a second, a keyframe every 20; of four frames the middle two are B-frames.
ORDER = [n + shift for n in range(0, 100, 4) for shift in (0, 3, 1, 2)]
FILM = PacketMap(
    pts=np.array(ORDER, np.int64),
    sizes=np.full(100, 100),
    keys=np.array(ORDER) % 20 == 0,
    hidden=np.zeros(100, np.bool_),
    unit=Fraction(1, 25),
)
KEYS = list(range(0, 100, 20))


def _named(**figures: object) -> list[int]:
    return named_frames(FILM, Frames.model_validate_json(dumps(figures))).tolist()


def test_timestamps_name_the_frame_on_screen() -> None:
    asked = [0.0, 0.05, 0.39, 0.4, 99.0]

    assert [0, 1, 9, 10, 99] == _named(mode="timestamps", at=asked)
    assert {0, 1, *KEYS} == set(_named(mode="timestamps", at=asked[:2]))  # spare ones beside so few


def test_keyframes_name_the_keyframes() -> None:
    assert KEYS == _named(mode="keyframes")


def test_an_interval_names_the_frames_on_screen_at_its_times() -> None:
    assert list(range(0, 100, 9)) == _named(mode="interval", every=0.36)


@pytest.mark.parametrize("count", [1, 4, 16, 100, 500])
def test_count_names_a_frame_in_the_middle_of_every_part(count: int) -> None:
    named, parts = np.array(_named(mode="count", count=count)), min(count, 100)

    for middle in (np.arange(parts) + 0.5) * 100 / parts:
        assert np.abs(named + 0.5 - middle).min() <= 0.5 + 0.1 * 100 / parts


@given(st.integers(1, 10), st.integers(1, 50), st.integers(10, 400))
def test_of_the_frames_that_are_named_one_shows_the_middle_of_every_part(count: int, group: int, frames: int) -> None:
    places = np.arange(frames)
    packets = PacketMap(
        pts=places, sizes=np.full(frames, 100), keys=places % group == 0, hidden=np.zeros(frames, np.bool_),
        unit=Fraction(1, 25),
    )  # fmt: skip
    times = packets.times(named_frames(packets, Frames.model_validate_json(dumps({"mode": "count", "count": count}))))
    length = packets.seconds / count

    shown = [
        times[middle_of(times, part, number, length)]
        for number, part in enumerate(equal_parts(times, packets.seconds, count))
    ]

    off = np.abs(shown - (np.arange(count) + 0.5) * length)
    assert off.max() <= 0.1 * length + 0.04

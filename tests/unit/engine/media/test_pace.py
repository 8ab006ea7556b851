"""Which of the decoded frames are measured."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vxpipe.engine.media.arrays import Pts
from vxpipe.engine.media.ordered import among
from vxpipe.engine.media.pace import longest_between, measured, pace_of
from vxpipe.engine.media.packets import PacketMap

MILLISECONDS = Fraction(1, 1000)


def _film(pts: Pts, keys: tuple[int, ...] = (0,), unit: Fraction = MILLISECONDS) -> PacketMap:
    places = np.arange(len(pts))
    return PacketMap(
        pts=np.asarray(pts, np.int64), sizes=np.full(len(pts), 100), keys=np.isin(places, keys),
        hidden=np.zeros(len(pts), np.bool_), unit=unit,
    )  # fmt: skip


def _steady(fps: float, frames: int = 90, keys: tuple[int, ...] = (0,)) -> PacketMap:
    """Times in whole milliseconds, as Matroska has them."""
    return _film((np.arange(frames) * 1000 / fps).round(), keys)


def _places(packets: PacketMap) -> list[int]:
    pace = pace_of(packets)
    assert pace is not None
    return np.searchsorted(packets.shown, measured(packets, pace)).tolist()


@pytest.mark.parametrize(
    ("fps", "step"), [(60, 6), (59.94, 6), (50, 5), (30, 3), (29.97, 3), (25, 2), (24, 2), (20, 2)]
)
def test_a_frame_is_measured_each_tenth_of_a_second(fps: float, step: int) -> None:
    film = _steady(fps)
    pace = pace_of(film)

    assert list(range(0, 90, step)) == _places(film)
    assert pace is not None
    assert step / fps == pytest.approx(longest_between(film, pace), abs=0.0011)


@pytest.mark.parametrize("fps", [1, 10, 12, 15, 18])
def test_every_frame_is_measured_of_a_film_with_few(fps: float) -> None:
    assert pace_of(_steady(fps)) is None


def test_every_frame_is_measured_of_a_film_of_one_or_of_a_very_uneven_one() -> None:
    uneven = np.cumsum(np.tile([30, 30, 200], 10_001))

    assert pace_of(_film(np.array([7]))) is None
    assert pace_of(_film(uneven)) is None


def test_every_keyframe_is_measured_and_the_pace_goes_on_from_there() -> None:
    assert [0, 3, 6, 7, 10, 13] == _places(_steady(30, 15, keys=(0, 7)))


def test_a_frame_that_stays_is_measured() -> None:
    """At one that came a moment after the last one measured, and stayed for two seconds, nobody else would look."""
    steps = [33] * 10 + [2000] + [33] * 9

    assert [0, 3, 6, 9, 10, 11, 14, 17, 20] == _places(_film(np.cumsum([0, *steps])))


def test_a_frame_that_may_bring_another_picture_is_measured_and_the_pace_goes_on_from_there() -> None:
    film = _steady(30, 24)
    sizes = np.where(np.arange(24) % 20 == 0, 10_000, 100)

    assert [0, 3, 6, 9, 12, 15, 16, 19, 20, 23] == _places(
        replace(film, sizes=np.where(np.arange(24) == 16, 900, sizes))
    )


def test_frames_that_nobody_is_shown_are_not_counted() -> None:
    film = _steady(30, 12)

    assert [0, 3, 6, 9] == _places(replace(film, hidden=np.arange(12) < 1, pts=film.pts - 34))[:4]


@given(
    st.lists(st.integers(1, 140), min_size=1, max_size=80),
    st.lists(st.integers(0, 80), max_size=6),
)
def test_whatever_the_rate_nothing_stays_unseen_for_long(steps: list[int], keys: list[int]) -> None:
    film = _film(np.cumsum([0, *steps]), (0, *keys))
    pace = pace_of(film)
    assume(pace is not None)
    assert pace is not None

    pts, usual = measured(film, pace), float(np.median(steps))

    assert among(film.key_pts, pts).all()
    assert among(np.array(pace.always, np.int64), pts).all()
    assert longest_between(film, pace) <= pace.apart / 1000 + 1.5 * usual / 1000 + 1e-9
    assert 100 + 2 * usual >= 1000 * longest_between(film, pace)

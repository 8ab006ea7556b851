"""Which frames are held while all are measured."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media.ahead import frames_ahead
from vxpipe.engine.media.packets import PacketMap


def _film(sizes: list[int], step: int = 40) -> PacketMap:
    """A frame each `step` milliseconds, one group."""
    frames = np.arange(len(sizes))
    return PacketMap(
        pts=frames * step, sizes=np.array(sizes, np.int64), keys=frames == 0, hidden=np.zeros(len(sizes), np.bool_),
        unit=Fraction(1, 1000),
    )  # fmt: skip


def test_a_frame_is_held_soon_after_one_that_takes_far_more_than_those_before() -> None:
    quiet, picture = [300] * 40, [20_000]

    held = frames_ahead(_film([*picture, *quiet, *picture, *quiet]), 300)

    assert 41 * 40 + 250 in held.from_pts


def test_a_frame_is_held_at_the_end_of_what_is_written_line_by_line() -> None:
    quiet, picture = [300] * 40, [20_000]

    held = frames_ahead(_film([*picture, *quiet, *picture, *quiet]), 300)

    assert 41 * 40 - 300 in held.from_pts


def test_where_nothing_arrives_a_frame_is_held_each_second() -> None:
    held = frames_ahead(_film([20_000] + [300] * 99), 300)

    assert (0, 250, 1250, 2250, 3250) == held.from_pts


def test_what_takes_next_to_nothing_is_no_picture() -> None:
    held = frames_ahead(_film([20_000] + [30] * 49 + [300] + [30] * 49), 300)

    assert (0, 250, 1250, 2250, 3250) == held.from_pts


@given(st.lists(st.integers(1, 50_000), min_size=1, max_size=300), st.integers(1, 30))
def test_the_first_frame_is_held_and_no_more_than_there_is_room_for(sizes: list[int], most: int) -> None:
    held = frames_ahead(_film(sizes), most)

    assert 0 == held.from_pts[0]
    assert len(held.from_pts) <= most
    assert all(one < other for one, other in zip(held.from_pts, held.from_pts[1:], strict=False))


def test_a_gap_of_years_is_no_reason_to_hold_more_frames() -> None:
    held = frames_ahead(_film([20_000, 300], step=10**12), 300)

    assert (0, 1) == held.places(np.array([0, 10**12]))
    assert 2 == len(held.from_pts)


def test_a_single_frame_is_held() -> None:
    assert (0,) == frames_ahead(_film([500]), 300).from_pts[:1]

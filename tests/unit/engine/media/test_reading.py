"""What a decode is told: packets as spans, frames by pts or number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media.reading import Ahead, Picks, picks, spans


def test_frames_are_found_again_by_their_pts() -> None:
    assert Picks("pts", (-512, 700)) == picks(np.array([-512, 0, 700]), [0, 2])


@pytest.mark.parametrize("pts", [[0, 1, 1], [0, 5, 3]])
def test_frames_are_counted_where_pts_do_not_tell_them_apart(pts: list[int]) -> None:
    assert Picks("n", (0, 2)) == picks(np.array(pts), [0, 2])


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(1, 10))
def test_spans_hold_every_needed_packet_and_stay_few(needed: list[bool], most: int) -> None:
    flags = np.array(needed)

    found = spans(flags, most)

    held = {n for begin, end in found for n in range(begin, end + 1)}
    assert set(np.flatnonzero(flags)) <= held
    assert len(found) <= most
    if most >= len(needed):
        assert held == set(np.flatnonzero(flags))


@pytest.mark.parametrize(
    ("pts", "most", "places"),
    [
        ([0, 4, 9, 10, 19, 21], 9, (0, 3, 5)),  # 10 after the last one saved, not after the last multiple of 10
        ([-7, 3, 40], 9, (0, 1, 2)),
        ([0, 10, 20, 30], 2, (0, 1)),
        ([], 9, ()),
    ],
)
def test_a_frame_is_saved_ahead_a_step_after_the_last_one(pts: list[int], most: int, places: tuple[int, ...]) -> None:
    assert places == Ahead(step=10, most=most).places(np.array(pts, np.int64))

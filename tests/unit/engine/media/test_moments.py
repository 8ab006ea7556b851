"""Which frames stand for moments of a film."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media.moments import SOONEST, at_intervals, equal_parts, middle_of


@given(
    st.lists(st.floats(0.001, 2.0), min_size=0, max_size=40),
    st.sampled_from([0.04, 0.1, 1.0, 3.7]),
    st.floats(0.0, 2.0),
)
def test_the_frames_at_an_interval_are_those_on_screen_at_its_multiples(
    steps: list[float], every: float, last: float
) -> None:
    times = np.concatenate([[0.0], np.cumsum(steps)])
    end = times[-1] + last
    asked = np.arange(max(int(times[-1] / every + 1e-6) + 1, math.ceil((end - SOONEST) / every))) * every

    on_screen = np.unique(np.searchsorted(times, asked + SOONEST, side="right") - 1)

    assert on_screen.tolist() == at_intervals(times, every, end).tolist()


def test_an_interval_costs_no_more_where_a_file_claims_ages_between_two_frames() -> None:
    assert [0, 1] == at_intervals(np.array([0.0, 4e8]), 0.04, 4e8).tolist()


def test_the_frame_on_screen_at_the_last_multiple_is_found_among_those_named() -> None:
    """Its film ends after the multiple, although the frame begins before it."""
    assert [0, 1] == at_intervals(np.array([0.0, 3.48]), 3.5, 4.0).tolist()


def test_parts_last_as_long_as_each_other_whatever_the_rate() -> None:
    """Ten seconds at 30 frames a second, then a minute at one."""
    times = np.append(np.arange(300) / 30, np.arange(10.0, 70.0))

    parts = equal_parts(times, 70.0, 7)

    assert [0, 10, 20, 30, 40, 50, 60] == [times[part.start] for part in parts]
    assert [5, 15, 25, 35, 45, 55, 65] == [times[middle_of(times, part, n, 10.0)] for n, part in enumerate(parts)]


def test_the_middle_of_a_part_is_found_among_the_few_frames_that_were_looked_at() -> None:
    """Its first and its last keyframe, and one near its middle, before or behind it."""
    times = np.array([2.0, 16.5, 29.0, 38.0, 43.0, 59.0])

    first, second = equal_parts(times, 60.0, 2)

    assert [16.5, 43.0] == [times[middle_of(times, part, n, 30.0)] for n, part in enumerate((first, second))]


def test_a_frame_that_stays_on_screen_stands_for_the_middle_where_none_is_near() -> None:
    times = np.array([0.0, 29.0, 55.0])

    assert 0.0 == times[middle_of(times, slice(0, 2), 0, 30.0)]
    assert 55.0 == times[middle_of(times, slice(2, 3), 1, 30.0)]


@given(st.lists(st.floats(0.001, 50.0), min_size=1, max_size=60), st.data())
def test_each_part_has_a_frame_of_its_own(steps: list[float], data: st.DataObject) -> None:
    times = np.append(0.0, np.cumsum(steps[:-1]))
    count = data.draw(st.integers(1, len(times)))

    parts = equal_parts(times, sum(steps), count)

    assert list(range(len(times))) == [frame for part in parts for frame in range(part.start, part.stop)]
    assert count == len(parts)
    middles = [middle_of(times, part, number, sum(steps) / count) for number, part in enumerate(parts)]
    assert all(part.start <= middle < part.stop for part, middle in zip(parts, middles, strict=True))

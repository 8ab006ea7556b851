"""Times rise, whatever a file tells."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media.timeline import rising


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ([0.0, 0.04, 0.12], [0.0, 0.04, 0.12]),
        ([0.0, 0.04, 0.08, -0.02, 0.02, 0.06], [0.0, 0.04, 0.08, 0.12, 0.16, 0.2]),
        ([0.0, 0.04, 5.0, 0.12, 0.16], [0.0, 0.04, 0.08, 0.12, 0.16]),
        ([0.0, 0.04, 0.04, 0.08], [0.0, 0.04, 0.04, 0.08]),
        ([0.0, 0.0, -1.0], [0.0, 0.0, 1.0]),
        ([0.5], [0.5]),
    ],
    ids=["rising", "counted from 0 at first", "one ahead of all", "some alike", "without any step", "one"],
)
def test_a_step_back_is_undone(told: list[float], shown: list[float]) -> None:
    assert shown == pytest.approx(rising(np.array(told)).tolist())


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=30))
def test_times_never_step_back_from_the_first_one(told: list[int]) -> None:
    times = rising(np.array(told) / 100)

    assert (np.diff(times) >= 0).all()
    assert told[0] / 100 == times[0]

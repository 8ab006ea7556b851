"""What bytes and hashes of frames tell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media.features import bits_apart, bytes_apart, mean_of


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=1, max_size=257))
def test_how_far_bytes_are_apart_does_not_overflow(pairs: list[tuple[int, int]]) -> None:
    one, other = np.array(pairs, np.uint8).T

    told = mean_of(bytes_apart(one[None], other[None]))

    assert [pytest.approx(np.mean([abs(a - b) for a, b in pairs]))] == told.tolist()


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=5), st.integers(0, 2**64 - 1))
def test_bits_apart_counts_what_differs(hashes: list[int], other: int) -> None:
    expected = [[(value ^ other).bit_count()] for value in hashes]

    assert expected == bits_apart(np.array(hashes, np.uint64), np.array([other], np.uint64)).tolist()

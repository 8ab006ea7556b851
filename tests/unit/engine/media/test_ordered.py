"""Each value once, some of them evenly, the middle one, and others by their share, as numpy's own tell them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media.ordered import among, distinct, evenly, largest_within, median, quantile, quantiles_within


@given(st.lists(st.integers(-5, 5), max_size=30))
def test_each_value_comes_once_in_rising_order(values: list[int]) -> None:
    assert sorted(set(values)) == distinct(np.array(values, np.int64)).tolist()


def test_evenly_keeps_both_ends() -> None:
    assert [0, 4, 9] == evenly(np.arange(10), 3).tolist()
    assert [0, 1] == evenly(np.arange(2), 3).tolist()


@given(st.lists(st.integers(-5, 5)), st.lists(st.integers(-5, 5)))
def test_what_is_among_others_is_told(values: list[int], others: list[int]) -> None:
    found = among(np.array(values, np.int64), np.array(others, np.int64))

    assert [value in others for value in values] == found.tolist()


@given(st.lists(st.floats(-1e6, 1e6, width=32) | st.just(float("nan")), min_size=1, max_size=30), st.floats(0, 1))
def test_a_value_by_its_share_is_the_one_that_numpy_finds(values: list[float], share: float) -> None:
    told = np.array(values)

    assert quantile(told, share) == pytest.approx(float(np.quantile(told, share)), nan_ok=True, abs=1e-6)


@given(st.lists(st.floats(-1e6, 1e6)), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20))), st.floats(0, 1))
def test_of_many_stretches_each_has_the_value_it_has_alone(
    values: list[float], asked: list[tuple[int, int]], share: float
) -> None:
    told, most = np.array(values), len(values)
    spans = np.array([(min(begin, most), min(begin + length, most)) for begin, length in asked], np.intp).reshape(-1, 2)

    found = quantiles_within(told, spans[:, 0], spans[:, 1], share)

    alone = [quantile(told[begin:end], share) if end > begin else 0.0 for begin, end in spans.tolist()]
    assert alone == found.tolist()


@given(st.lists(st.floats(0, 1e6)), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40))))
def test_of_many_stretches_each_has_the_largest_value_that_lies_in_it(
    values: list[float], asked: list[tuple[int, int]]
) -> None:
    most = len(values)
    spans = [(min(begin, most), min(begin + length, most)) for begin, length in asked]

    found = largest_within(np.array(values), *np.array(spans, np.intp).reshape(-1, 2).T)

    assert [max(values[begin:end], default=0.0) for begin, end in spans] == found.tolist()


@given(st.lists(st.integers(0, 255), min_size=1, max_size=30))
def test_the_middle_of_bytes_does_not_overflow(values: list[int]) -> None:
    assert float(np.median(values)) == median(np.array(values, np.uint8))


def test_nothing_has_no_middle() -> None:
    assert np.isnan(median([]))

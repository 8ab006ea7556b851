"""What ffmpeg's expressions come to, whatever the counter is at."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media import expressions

NUMBERS = st.lists(st.integers(-50, 200), min_size=1, max_size=40, unique=True).map(sorted)
COUNTERS = st.integers(-60, 210)


def worth(expression: str, **counter: int) -> int:
    """What ffmpeg would make of it: these functions, and `if` as the choice of two."""
    functions: dict[str, Callable[..., int]] = {
        "choice": lambda holds, one, other: one if holds else other,
        "lt": lambda one, other: int(one < other),
        "eq": lambda one, other: int(one == other),
        "between": lambda value, least, most: int(least <= value <= most),
    }
    return int(eval(expression.replace("if(", "choice("), {"__builtins__": {}}, functions | counter))


@given(NUMBERS, COUNTERS)
def test_a_counter_is_one_of_the_values_or_none(values: list[int], counter: int) -> None:
    assert (counter in values) == worth(expressions.one_of("pts", values), pts=counter)


@given(NUMBERS, COUNTERS)
def test_the_latest_value_is_the_last_one_reached_or_the_first(values: list[int], counter: int) -> None:
    expected = max((value for value in values if value <= counter), default=values[0])

    assert expected == worth(expressions.latest("pts", values), pts=counter)


@given(st.lists(st.integers(-50, 200), min_size=1, max_size=40), st.integers(0, 60))
def test_values_come_in_the_order_in_which_they_are_named(values: list[int], counter: int) -> None:
    assert values[min(counter, len(values) - 1)] == worth(expressions.in_turn("N", values), N=counter)


@given(st.lists(st.integers(0, 200), min_size=2, max_size=40, unique=True).map(sorted), st.integers(0, 210))
def test_a_packet_lies_within_a_span_its_ends_among_it(ends: list[int], number: int) -> None:
    spans = list(zip(ends[::2], ends[1::2], strict=False))

    assert any(first <= number <= last for first, last in spans) == worth(expressions.within(spans), n=number)


@pytest.mark.parametrize("count", [1, 101, 2000])
def test_no_branch_is_deeper_than_the_logarithm_of_its_terms(count: int) -> None:
    """ffmpeg gives up on a sum of 101 terms, and works through each of them for each frame."""
    depth = deepest = 0
    for char in expressions.one_of("n", range(count)):
        depth += (char == "(") - (char == ")")
        deepest = max(deepest, depth)

    assert deepest <= 2 + count.bit_length()

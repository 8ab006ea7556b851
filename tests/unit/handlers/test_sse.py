"""The wire format of server-sent events."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vxpipe.handlers import sse

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values, st.integers(0, 2**40))
def test_whatever_is_said_comes_back_from_one_data_line(value: Any, seq: int) -> None:
    lines = sse.frame("log", value, seq=seq).decode().split("\n")

    assert lines[0] == f"id: {seq}"
    assert lines[1] == "event: log"
    assert json.loads(lines[2].removeprefix("data: ")) == value
    assert lines[3:] == ["", ""]


def test_an_event_without_a_number_leaves_the_readers_place_alone() -> None:
    assert b"id:" not in sse.frame("progress", {})

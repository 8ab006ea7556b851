"""JSON that could be taken in two ways, or costs too much, is refused with its place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.errors import BadRequest, Invalid
from vxpipe.handlers import strictly


@pytest.mark.parametrize(
    ("text", "pointers"),
    [
        ('{"a": 1, "a": 2}', ["#/a"]),
        ('{"a": 1, "\\u0061": 1}', ["#/a"]),
        ('{"items": [{"code": "x"}, {"code": "x", "code": "y"}]}', ["#/items/1/code"]),
        ('{"a/b": 1, "a/b": 1, "c~d": {"e": 1, "e": 1}}', ["#/a~1b", "#/c~0d/e"]),
        ('{"a": 1, "a": 2, "a": 3}', ["#/a"]),
    ],
)
def test_a_name_that_comes_twice_is_named_by_its_place(text: str, pointers: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        strictly.parse(text.encode())

    assert [fault.pointer for fault in caught.value.faults] == pointers


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{items",
        b"{} {}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1,}',
        b"{'a': 1}",
        b'{"a": "\xff\xfe"}',
        b'{"a": "\x00"}',
        b'{"a": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b"[" * 100_000,
        b"[" * 1000 + b"]" * 1000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"a": ' + b"9" * 10_000 + b"}",
    ],
)
def test_what_is_no_sound_json_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest) as caught:
        strictly.parse(body)

    assert caught.value.code == "bad_json"
    assert len(caught.value.detail) < 300


TEXT = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_sound_json_is_taken_as_it_is(value: Any) -> None:
    body = json.dumps(value, ensure_ascii=False)

    assert value == strictly.parse(body.encode())

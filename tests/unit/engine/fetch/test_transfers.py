"""What headers tell of a transfer."""

import pytest

from vxpipe.engine.fetch.transfers import Version, begins_at, has_end, rest_from, version

WHOLE = {"Content-Length": "100", "ETag": '"a"', "Last-Modified": "Sun, 22 Nov 2026 10:00:00 GMT"}
PART = {**WHOLE, "Content-Length": "40", "Content-Range": "bytes 60-99/100"}


def test_a_part_is_of_the_same_version_as_the_whole() -> None:
    assert version(WHOLE) == version(PART)
    assert not version(PART).is_other_than(version(WHOLE))


@pytest.mark.parametrize(
    "changed",
    [
        {"ETag": '"b"'},
        {"Last-Modified": "Sun, 22 Nov 2026 10:00:01 GMT"},
        {"Content-Range": "bytes 60-119/120"},
    ],
)
def test_a_part_of_another_file_is_told(changed: dict[str, str]) -> None:
    assert version({**PART, **changed}).is_other_than(version(WHOLE))


@pytest.mark.parametrize("silent", [{}, {"Content-Range": "bytes 60-99/*"}, {"Content-Length": "many"}])
def test_what_nobody_says_is_no_difference(silent: dict[str, str]) -> None:
    assert version(silent) == Version(tag=None, date=None, size=None)
    assert not version(silent).is_other_than(version(WHOLE))
    assert not version(WHOLE).is_other_than(None)


@pytest.mark.parametrize(
    ("asked", "begin"),
    [("bytes=60-", 60), ("bytes=0-", None), ("bytes=60-99", None), ("bytes=-5", None), (None, None)],
)
def test_the_request_for_a_rest_is_known(asked: str | None, begin: int | None) -> None:
    assert rest_from({"Range": asked} if asked else {}) == begin


@pytest.mark.parametrize(("told", "begin"), [("bytes 60-99/100", 60), ("bytes */100", None), (None, None)])
def test_where_a_part_begins(told: str | None, begin: int | None) -> None:
    assert begins_at({"Content-Range": told} if told else {}) == begin


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (WHOLE, True),
        ({"Transfer-Encoding": "gzip, Chunked"}, True),
        ({}, False),
        ({"Content-Length": ""}, False),
        ({**WHOLE, "Content-Encoding": "gzip"}, False),
        ({"Transfer-Encoding": "identity"}, False),
    ],
)
def test_an_answer_of_which_nobody_counts_the_bytes_has_no_end(headers: dict[str, str], *, expected: bool) -> None:
    assert has_end(headers) is expected

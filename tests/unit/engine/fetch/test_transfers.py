"""What headers tell of a transfer."""

import pytest

from vxpipe.engine.fetch.transfers import Version, begins_at, has_end, misfit, rest_from, version

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


@pytest.mark.parametrize(
    ("asked", "status", "headers"),
    [
        (None, 200, WHOLE),
        (None, 200, {}),
        (None, 206, {"Content-Range": "bytes 0-99/100"}),
        ("bytes=60-", 206, PART),
        ("bytes=60-69", 206, {"Content-Range": "bytes 60-69/100"}),
        ("bytes=60-200", 206, PART),
        ("bytes=0-69", 200, WHOLE),
    ],
)
def test_an_answer_with_what_was_asked_for_fits(asked: str | None, status: int, headers: dict[str, str]) -> None:
    assert misfit({"Range": asked} if asked else {}, status, headers, whole_will_do=False) is None


@pytest.mark.parametrize(
    ("asked", "status", "headers", "complaint"),
    [
        (None, 206, {"Content-Range": "bytes 0-49/100"}, "a piece where the whole"),
        (None, 206, {"Content-Range": "bytes 0-49/*"}, "a piece where the whole"),
        (None, 206, PART, "a piece where the whole"),
        (None, 206, {}, "a piece where the whole"),
        ("bytes=60-69", 200, WHOLE, "another piece"),
        ("bytes=60-69", 206, {}, "another piece"),
        ("bytes=60-69", 206, {"Content-Range": "bytes 60-64/100"}, "another piece"),
        ("bytes=60-69", 206, {"Content-Range": "bytes 0-99/100"}, "another piece"),
        (None, 200, {"Content-Length": "-5"}, "no proper length"),
        (None, 200, {"Content-Length": "lots"}, "no proper length"),
        ("bytes=60-", 206, {"Content-Length": "9" * 30}, "no proper length"),
    ],
)
def test_an_answer_with_anything_else_is_told(
    asked: str | None, status: int, headers: dict[str, str], complaint: str
) -> None:
    found = misfit({"Range": asked} if asked else {}, status, headers, whole_will_do=False)

    assert complaint in (found or "")


def test_who_can_begin_anew_takes_the_whole_for_a_part_but_no_other_part() -> None:
    asked = {"Range": "bytes=60-69"}

    assert misfit(asked, 200, WHOLE, whole_will_do=True) is None
    assert misfit(asked, 206, {"Content-Range": "bytes 0-99/100"}, whole_will_do=True) is not None

"""The bytes of a download of one file or two."""

from typing import Any

import pytest

from vxpipe.engine.fetch.sizes import Sizes


def noted(sizes: Sizes, name: str, downloaded: int, **facts: Any) -> Sizes:
    sizes.note({"filename": name, "downloaded_bytes": downloaded, **facts})
    return sizes


def test_two_files_count_together() -> None:
    sizes = Sizes.of([{"filesize": 100}, {"filesize_approx": 20}])

    noted(sizes, "picture", 50, total_bytes=90)
    at_first = sizes.downloaded, sizes.least, sizes.total
    noted(sizes, "picture", 90, total_bytes=90)
    noted(sizes, "sound", 10, total_bytes=30)

    assert at_first == (50, 90, 110)
    assert (sizes.downloaded, sizes.least, sizes.total) == (100, 120, 120)
    assert sizes.eta(5.0) == 4.0


@pytest.mark.parametrize("second", [{}, {"filesize": None}])
def test_while_one_size_is_unknown_nobody_knows_the_whole(second: dict[str, Any]) -> None:
    sizes = noted(Sizes.of([{"filesize": 100}, second]), "picture", 50, total_bytes=100)

    assert (sizes.total, sizes.eta(5.0)) == (None, None)
    assert noted(sizes, "sound", 1, total_bytes_estimate=20.5).total == 120


def test_a_guess_is_no_promise_and_never_less_than_what_is_there() -> None:
    sizes = noted(Sizes.of([{}]), "picture", 50, total_bytes_estimate=40.0)

    assert (sizes.least, sizes.total) == (50, 50)


@pytest.mark.parametrize("told", [10**30, -1, float("inf"), float("nan")])
def test_a_size_that_no_file_has_is_none(told: float) -> None:
    sizes = Sizes.of([{"filesize": 100}, {"filesize": told, "filesize_approx": told}])

    assert noted(sizes, "picture", 50, total_bytes=told, total_bytes_estimate=told).total is None

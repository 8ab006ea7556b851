"""Whether and when a failed item is tried again."""

import pytest

from vxpipe.engine.retries import Patience

PATIENCE = Patience(tries=3, first_seconds=8)


def pause(code: str, failed: int, *, asked: float | None = None, chance: float = 0.5) -> float | None:
    return PATIENCE.pause(code, failed=failed, asked_seconds=asked, chance=chance)


def test_the_pauses_double_and_end_with_the_last_try() -> None:
    assert [pause("network", failed) for failed in (1, 2, 3)] == [8, 16, None]


def test_chance_spreads_a_pause_by_a_quarter() -> None:
    assert [pause("network", 1, chance=chance) for chance in (0.0, 1.0)] == [6, 10]


@pytest.mark.parametrize(("asked", "seconds"), [(None, 8), (0, 8), (5, 8), (60, 60), (1e9, 3600)])
def test_what_the_source_asks_for_is_kept_to_within_an_hour(asked: float | None, seconds: float) -> None:
    assert pause("upstream", 1, asked=asked) == seconds


@pytest.mark.parametrize("code", ["private", "removed", "drm", "internal", "timed_out", "not_yet", "extractor_broken"])
def test_what_does_not_pass_by_itself_is_never_tried_again(code: str) -> None:
    assert pause(code, 1, asked=5) is None


@pytest.mark.parametrize("code", ["forbidden", "crashed", "login_or_gone"])
def test_some_failures_are_worth_one_more_try(code: str) -> None:
    assert (pause(code, 1), pause(code, 2)) == (8, None)


def test_one_try_means_no_other() -> None:
    assert Patience(tries=1, first_seconds=8).pause("network", failed=1, asked_seconds=None, chance=0.5) is None

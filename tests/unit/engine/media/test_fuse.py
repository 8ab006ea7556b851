"""When a GPU is left alone, and when it is used again."""

from functools import reduce

import pytest

from vxpipe.engine.media.fuse import REST_SECONDS, Fuse, State


def after(*failures: float) -> Fuse:
    return reduce(Fuse.failed, failures, Fuse())


@pytest.mark.parametrize(
    ("failures", "state"),
    [
        ((), State.CLOSED),
        ((0, 1), State.CLOSED),
        ((0, 1, 2), State.OPEN),
        ((0, 300, 599), State.OPEN),
        ((0, 300, 600), State.CLOSED),
        ((0, 300, 600, 601), State.OPEN),
    ],
)
def test_three_failures_within_ten_minutes_open_it(failures: tuple[float, ...], state: State) -> None:
    assert after(*failures).state(failures[-1] if failures else 0) is state


def test_it_rests_for_five_minutes_and_is_then_on_trial() -> None:
    fuse = after(0, 1, 2)

    assert [fuse.state(now) for now in (2, 301.9, 302)] == [State.OPEN, State.OPEN, State.TRIAL]


def test_what_works_on_trial_closes_it_and_the_old_failures_are_forgotten() -> None:
    healed = after(0, 1, 2).worked(302)

    assert healed.state(302) is State.CLOSED
    assert healed.failed(303).failed(304).state(304) is State.CLOSED


def test_one_failure_on_trial_opens_it_again_for_the_whole_rest() -> None:
    again = after(0, 1, 2).failed(302)

    assert (again.state(302), again.state(302 + REST_SECONDS)) == (State.OPEN, State.TRIAL)


def test_what_was_at_work_when_it_opened_changes_nothing() -> None:
    opened = after(0, 1, 2)

    assert opened.failed(100).state(302) is State.TRIAL
    assert opened.worked(100).state(100) is State.OPEN


def test_work_does_not_hide_failures_that_come_in_between() -> None:
    assert Fuse().failed(0).worked(1).failed(2).worked(3).failed(4).state(4) is State.OPEN


def test_a_film_counts_once_however_often_it_is_tried() -> None:
    one = Fuse().failed(0, "a").failed(1, "a").failed(500, "a")

    assert (one.state(500), one.failed(501, "b").state(501)) == (State.CLOSED, State.CLOSED)
    assert one.failed(501, "b").failed(900, "c").state(900) is State.OPEN


def test_on_trial_any_failure_opens_it_whichever_film_it_was() -> None:
    opened = Fuse().failed(0, "a").failed(1, "b").failed(2, "c")

    assert opened.failed(302, "a").state(302) is State.OPEN

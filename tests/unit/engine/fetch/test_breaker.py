"""The circuit breaker: opens, lets one through, closes."""

from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.fetch.breaker import Breaker, State

NEW = Breaker(first_seconds=300)


def blocked(breaker: Breaker, now: float, *, who: object = "a", asked: float | None = None) -> Breaker:
    return breaker.blocked(who, now, reason="rate_limited", asked_seconds=asked)


def test_a_new_one_is_closed() -> None:
    assert NEW.state(0) is State.CLOSED


def test_it_opens_for_five_minutes_and_then_lets_one_through() -> None:
    opened = blocked(NEW, 100)

    assert [opened.state(now) for now in (100, 399, 400)] == [State.OPEN, State.OPEN, State.HALF_OPEN]
    assert opened.begun("probe", 400).probe == "probe"


def test_it_opens_for_as_long_as_the_site_asks() -> None:
    assert blocked(NEW, 0, asked=30).until == 30
    assert blocked(NEW, 0, asked=0).until == 1
    assert blocked(NEW, 0, asked=1e9).until == 3600


def test_each_failed_probe_doubles_the_pause_up_to_an_hour() -> None:
    breaker, now, pauses = blocked(NEW, 0), 0.0, []
    for _ in range(6):
        pauses.append(breaker.until - now)
        now = breaker.until
        breaker = blocked(breaker.begun("probe", now), now, who="probe")

    assert pauses == [300, 600, 1200, 2400, 3600, 3600]


def test_a_probe_that_comes_through_closes_it_and_the_next_pause_is_a_first_one() -> None:
    closed = blocked(NEW, 0).begun("probe", 300).passed("probe")

    assert closed.state(300) is State.CLOSED
    assert blocked(closed, 300).until == 600


def test_downloads_that_were_out_when_it_opened_decide_nothing() -> None:
    opened = blocked(NEW, 0)

    assert opened.passed("earlier") == opened
    assert blocked(opened, 10, who="earlier").opened == 1
    assert blocked(opened, 10, who="earlier").until == 310


def test_a_probe_that_is_gone_without_a_verdict_makes_room_for_another() -> None:
    probing = blocked(NEW, 0).begun("first", 300)

    left = probing.left("first")

    assert left.begun("second", 301).probe == "second"
    assert probing.left("another") == probing


MOVES = st.lists(
    st.tuples(st.sampled_from(["begin", "blocked", "passed", "left"]), st.sampled_from("abc"), st.floats(0, 4000)),
    max_size=40,
)


@given(MOVES)
def test_whatever_happens_it_is_never_closed_for_more_than_an_hour_ahead(moves: list[tuple[str, str, float]]) -> None:
    breaker, now = NEW, 0.0
    for move, who, later in moves:
        now += later
        if move == "begin" and breaker.state(now) is not State.OPEN and breaker.probe is None:
            breaker = breaker.begun(who, now)
        if move == "blocked":
            breaker = blocked(breaker, now, who=who)
        if move == "passed":
            breaker = breaker.passed(who)
        if move == "left":
            breaker = breaker.left(who)

        assert breaker.until - now <= 3600
        assert breaker.probe is None or breaker.state(now) is State.HALF_OPEN

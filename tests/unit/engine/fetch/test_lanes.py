"""The pace of downloads: how many, how far apart, and which wait."""

import pytest

from fakes import lanes
from vxpipe.engine.fetch.lanes import Pace, PlatformLanes, paces
from vxpipe.engine.fetch.platforms import PLATFORMS
from vxpipe.model import ItemKey
from vxpipe.ports import Entry


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def entry(n: int, lane: str = "slow") -> Entry:
    return Entry(ItemKey("j", n), 1, lane)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> PlatformLanes:
    return lanes(
        clock,
        slow=Pace(site="slow", concurrency=2, interval_seconds=10),
        sister=Pace(site="slow", concurrency=1),
        fast=Pace(site="fast", concurrency=9),
    )


def test_a_lane_takes_as_many_as_it_may_and_one_more_when_one_ends(pace: PlatformLanes, clock: Clock) -> None:
    for n in (1, 2):
        clock.now += 100
        pace.begin(entry(n))
    clock.now += 100

    full = pace.wait_seconds("slow")
    pace.end(entry(1))

    assert (full, pace.wait_seconds("slow")) == (None, 0)


def test_a_site_that_mostly_fails_as_with_an_old_downloader_is_named(pace: PlatformLanes) -> None:
    told = [None, "extractor_broken", "private", "media_gone", "rate_limited", "network", "extractor_broken"]

    seen = []
    for n, code in enumerate(told):
        for lane in ("sister", "no.platform"):
            pace.begin(entry(n, lane))
            for _ in range(30):
                pace.flows(entry(n, lane))
        pace.learn(entry(100 + n, "sister"), None)  # from the cache: it never set out
        pace.learn(entry(n, "sister"), code)
        pace.learn(entry(n, "no.platform"), "media_gone")
        seen.append(pace.broken())
    for n in range(20):
        pace.begin(entry(n))
        pace.learn(entry(n), None)

    assert seen == [{}] * 6 + [{"slow": (3, 5)}]
    assert pace.broken() == {}


def test_starts_keep_their_distance_with_some_chance_in_it(pace: PlatformLanes, clock: Clock) -> None:
    pace.begin(entry(1))

    waits = []
    for _ in range(3):
        waits.append(pace.wait_seconds("slow"))
        clock.now += 7.5

    assert waits == [15, 7.5, 0]


def test_lanes_of_one_site_count_together(pace: PlatformLanes, clock: Clock) -> None:
    pace.begin(entry(1))
    clock.now += 100

    assert (pace.wait_seconds("slow"), pace.wait_seconds("sister"), pace.wait_seconds("fast")) == (0, None, 0)
    assert pace.mates("sister") == {"slow", "sister"}


def test_a_site_that_limits_us_is_left_alone_then_one_goes_ahead_and_the_rest_follow(
    pace: PlatformLanes, clock: Clock
) -> None:
    pace.begin(entry(1, "fast"))
    opened = pace.learn(entry(1, "fast"), "rate_limited", 60)
    pace.end(entry(1, "fast"))
    waiting = pace.wait_seconds("fast")
    clock.now += 60
    pace.begin(entry(2, "fast"))
    beside_the_probe = pace.wait_seconds("fast")
    closed = pace.learn(entry(2, "fast"), None)
    pace.end(entry(2, "fast"))

    assert opened is not None
    assert (opened.state, opened.seconds, opened.reason) == ("open", 60, "rate_limited")
    assert (waiting, beside_the_probe, pace.wait_seconds("fast")) == (60, None, 0)
    assert closed is not None
    assert (closed.state, closed.seconds) == ("closed", None)


@pytest.mark.parametrize(
    ("code", "state"),
    [("removed", "closed"), ("network", "half_open"), ("crashed", "half_open"), ("bot_check", "open")],
)
def test_a_probe_says_something_only_if_the_platform_answered_it(
    pace: PlatformLanes, clock: Clock, code: str, state: str
) -> None:
    pace.learn(entry(1, "fast"), "bot_check")
    clock.now += 300
    pace.begin(entry(2, "fast"))

    pace.learn(entry(2, "fast"), code)
    pace.end(entry(2, "fast"))

    assert pace.state("fast").state == state


def test_an_opening_is_told_once(pace: PlatformLanes) -> None:
    for n in (1, 2):
        pace.begin(entry(n, "fast"))

    told = [pace.learn(entry(n, "fast"), "rate_limited") for n in (1, 2)]

    assert [state is not None for state in told] == [True, False]


def test_hosts_of_direct_links_have_a_breaker_each_and_are_forgotten(pace: PlatformLanes, clock: Clock) -> None:
    pace.learn(entry(0, "direct:bad.example"), "rate_limited", 3600)
    for n in range(3000):
        pace.begin(entry(n, f"direct:{n}.example"))
        pace.end(entry(n, f"direct:{n}.example"))

    assert pace.wait_seconds("direct:bad.example") == 3600
    assert pace.wait_seconds("direct:1.example") == 0
    assert len(pace._sites) < 1100


def test_what_a_platform_said_before_a_restart_is_kept_to(pace: PlatformLanes) -> None:
    pace.recall("fast", "rate_limited", 120)
    pace.recall("slow", "network", 120)

    assert (pace.wait_seconds("fast"), pace.wait_seconds("slow")) == (120, 0)


def test_every_platform_has_a_pace_and_every_site_is_a_platform() -> None:
    found = paces(PLATFORMS)

    assert {row.name for row in PLATFORMS} == set(found)
    assert {pace.site for pace in found.values()} <= set(found)
    assert found["youtube_shorts"].site == found["youtube_clip"].site == "youtube"
    assert (found["youtube"].concurrency, found["instagram"].concurrency) == (2, 1)
    assert (found["youtube"].interval_seconds, found["instagram"].interval_seconds) == (5, 10)

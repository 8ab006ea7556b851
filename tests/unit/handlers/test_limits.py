"""How often who may call, and from where."""

import asyncio
import ipaddress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import START
from house import House, house
from vxpipe import access
from vxpipe.access import ApiKey, Scope
from vxpipe.handlers.buckets import Buckets, Policy
from vxpipe.handlers.limits import Limits
from vxpipe.handlers.peers import claimed

KEY = {"X-API-Key": "key-one"}
PROXIES = tuple(ipaddress.ip_network(text) for text in ("10.0.0.0/8", "fd00::/8"))


class Clock:
    """Seconds that the test lets pass."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


# Buckets


def test_a_quiet_caller_may_use_its_quota_at_once_and_then_as_it_refills() -> None:
    buckets = Buckets(Policy(name="key", quota=3, seconds=30))

    at_once = [buckets.take("a", 100.0) for _ in range(4)]
    soon, later = buckets.take("a", 105.0), buckets.take("a", 110.0)

    assert [(each.remaining, each.retry_seconds) for each in at_once] == [(2, 0), (1, 0), (0, 0), (0, 10)]
    assert (soon.retry_seconds, later.retry_seconds, later.reset_seconds) == (5, 0, 30)
    assert (str(later.policy), str(at_once[0])) == ('"key";q=3;w=30', '"key";r=2;t=10')


def test_callers_do_not_share_a_bucket() -> None:
    buckets = Buckets(Policy(name="key", quota=1))
    buckets.take("a", 0.0)

    assert buckets.take("a", 0.0).retry_seconds == 60
    assert buckets.take("b", 0.0).retry_seconds == 0


def test_the_table_of_callers_is_bounded_and_forgets_who_was_quiet_longest() -> None:
    buckets = Buckets(Policy(name="address", quota=1))
    for number in range(10_001):
        buckets.take(str(number), 0.0)

    assert buckets.take("1", 0.0).retry_seconds > 0
    assert buckets.take("0", 0.0).retry_seconds == 0


@given(st.integers(1, 50), st.lists(st.floats(0, 20), min_size=1, max_size=200))
def test_nobody_gets_more_than_the_quota_and_what_refills(quota: int, pauses: list[float]) -> None:
    buckets, now, allowed = Buckets(Policy(name="key", quota=quota, seconds=60)), 0.0, 0
    for pause in pauses:
        now += pause
        allowed += not buckets.take("a", now).retry_seconds

    assert allowed <= quota + now * quota / 60 + 1e-6


# Where a request comes from


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),  # nobody asked this one
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),  # what stands left of it is hearsay
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
        ("fd00::1", "2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "", "fe80::/64"),
        ("", "198.51.100.1", ""),
    ],
)
def test_only_a_trusted_proxy_is_believed(peer: str, forwarded: str, address: str) -> None:
    assert claimed(peer, forwarded, PROXIES) == address


@given(st.text(max_size=200))
def test_no_header_gives_an_untrusted_peer_another_address(forwarded: str) -> None:
    assert claimed("192.0.2.7", forwarded, PROXIES) == "192.0.2.7"


# At the door


async def test_a_key_that_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    clock = Clock()
    limits = Limits(of_key=2, of_address=1000, clock=clock)
    async with house(tmp_path, api_keys=["key-one", "key-two"], limits=limits) as home:
        answers = [await home.client.get("/jobs", headers=KEY) for _ in range(3)]
        other = await home.client.get("/jobs", headers={"X-API-Key": "key-two"})
        clock.seconds = 30.0
        later = await home.client.get("/jobs", headers=KEY)

        refused = answers[2]
        body = await refused.json()
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert (other.status, later.status) == (200, 200)
    assert answers[0].headers["RateLimit-Policy"] == '"key";q=2;w=60'
    assert answers[0].headers["RateLimit"] == '"key";r=1;t=30'
    assert (refused.content_type, body["code"]) == ("application/problem+json", "rate_limited")
    assert (refused.headers["Retry-After"], refused.headers["RateLimit"]) == ("30", '"key";r=0;t=60')


async def test_an_address_without_a_key_has_a_quota_and_does_not_use_up_that_of_a_key(tmp_path: Path) -> None:
    async with house(tmp_path, api_keys=["key-one"], limits=Limits(of_key=100, of_address=3, clock=Clock())) as home:
        unknown = [(await home.client.get("/jobs")).status for _ in range(4)]
        page = await home.client.get("/")
        probes = [(await home.client.get(path)).status for path in ("/health", "/ready") * 3]
        known = await home.client.get("/jobs", headers=KEY)

    assert unknown == [401, 401, 401, 429]
    assert page.headers["RateLimit"].startswith('"address";r=0')
    assert probes == [200] * 6
    assert (page.status, known.status) == (429, 200)


async def test_a_service_without_keys_counts_nothing(tmp_path: Path) -> None:
    async with house(tmp_path, limits=Limits(of_key=1, of_address=1, clock=Clock())) as home:
        answers = [await home.client.get(path) for path in ("/jobs", "/jobs", "/", "/")]

    assert [answer.status for answer in answers] == [200] * 4
    assert all("RateLimit" not in answer.headers for answer in answers)


async def test_wrong_keys_wait_a_few_at_a_time_and_never_hold_up_a_right_one(tmp_path: Path) -> None:
    go, paused = asyncio.Event(), asyncio.Semaphore(0)

    async def pause(_seconds: float) -> None:
        paused.release()
        await go.wait()

    limits = Limits(of_key=1000, of_address=1000, clock=Clock(), pause=pause)
    wrong = {"X-API-Key": "guess"}
    async with asyncio.timeout(20), house(tmp_path, api_keys=["key-one"], limits=limits) as home:
        at_once = [(await home.client.get("/jobs", headers=wrong)).status for _ in range(30)]
        async with asyncio.TaskGroup() as group:
            waiting = [group.create_task(home.client.get("/jobs", headers=wrong)) for _ in range(4)]
            for _ in waiting:
                await paused.acquire()
            beyond = await home.client.post("/login", json={"apiKey": "guess"})
            right = await home.client.get("/jobs", headers=KEY)
            go.set()

        assert {task.result().status for task in waiting} == {401}
    assert at_once == [401] * 30
    assert (beyond.status, beyond.headers["Retry-After"]) == (429, "2")
    assert right.status == 200


async def test_behind_a_trusted_proxy_callers_are_told_apart_and_cookies_are_for_https(tmp_path: Path) -> None:
    limits = Limits(of_key=100, of_address=1, clock=Clock())
    async with house(tmp_path, api_keys=["key-one"], limits=limits, behind_proxy=True) as home:
        statuses = [
            (await home.client.get("/jobs", headers={"X-Forwarded-For": address})).status
            for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2")
        ]
        secure = {"X-Forwarded-For": "192.0.2.3", "X-Forwarded-Proto": "https"}
        origin = f"https://{home.client.host}:{home.client.port}"
        login = await home.client.post("/login", json={"apiKey": "key-one"}, headers=secure | {"Origin": origin})

    assert statuses == [401, 429, 401]
    assert (login.status, "Secure" in login.headers["Set-Cookie"]) == (204, True)


async def stream(home: House, key: dict[str, str]) -> int:
    async with home.client.get("/events", headers=key) as answer:
        return answer.status


async def test_the_streams_of_a_key_are_bounded(tmp_path: Path) -> None:
    async with (
        house(tmp_path, api_keys=["key-one", "key-two"], most_streams_of_a_key=2) as home,
        home.client.get("/events", headers=KEY),
        home.client.get("/events", headers=KEY),
    ):
        third, other = await stream(home, KEY), await stream(home, {"X-API-Key": "key-two"})

    assert (third, other) == (503, 200)


async def test_a_stream_ends_when_its_key_is_revoked(tmp_path: Path) -> None:
    secret = "5" * 64
    key = ApiKey(id="a" * 12, name="a", scopes=frozenset({Scope.READ}), digest=access.digest(secret), created_at=START)
    async with asyncio.timeout(30), house(tmp_path, api_keys=["key-one"]) as home:
        await home.keys.add(key)
        async with home.client.get("/events", headers={"X-API-Key": access.spelled(key.id, secret)}) as answer:
            await home.keys.revoke(key.id, at=START)
            text = await answer.text()

    assert answer.status == 200
    assert text.endswith('event: bye\ndata: {"reason":"rotate"}\n\n')

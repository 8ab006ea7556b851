import pytest

from vxpipe.engine.fetch.egress import REASONS, Denied, Destination, Rules, check_addresses, check_name, decisive
from vxpipe.errors import FAILURES

YOUTUBE = ("youtube.com", "googlevideo.com")


def rules(*, allow=(), **facts):
    return Rules(allow=frozenset(allow), **facts)


def denied_by(judge, *args, **facts):
    with pytest.raises(Denied) as caught:
        judge(*args, **facts)
    return caught.value


# Names


@pytest.mark.parametrize(
    "host", ["example.org", "r1---sn-4g5e.googlevideo.com", "a_b.example", "8.8.8.8", "2001:db8::1"]
)
def test_a_plain_name_or_address_is_looked_up(host):
    check_name(Destination(host, 443), rules())


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "127.1",
        "0177.0.0.1",
        "0x7f000001",
        "0x7f.0.0.1",
        "1.2.3.4.5",
        "example.1",
        "a..b",
        "",
        ".",
        "-".join(["a" * 60] * 5),
    ],
)
def test_what_a_resolver_could_take_for_an_address_is_not_looked_up(host):
    assert denied_by(check_name, Destination(host, 80), rules()).reason == "address"


@pytest.mark.parametrize("host", ["youtube.com", "www.youtube.com", "r1.a.googlevideo.com"])
def test_strictly_a_platform_s_domains_and_all_below_them_are_reached(host):
    check_name(Destination(host, 443), rules(domains=YOUTUBE, strict=True))


@pytest.mark.parametrize("host", ["notyoutube.com", "youtube.com.evil.example", "com", "8.8.8.8"])
def test_strictly_nothing_else_is(host):
    denied = denied_by(check_name, Destination(host, 443), rules(domains=YOUTUBE, strict=True))

    assert "VXPIPE_EGRESS_STRICT" in denied.text
    check_name(Destination(host, 443), rules(domains=YOUTUBE))
    check_name(Destination(host, 443), rules(strict=True))
    check_name(Destination(host, 443), rules(domains=YOUTUBE, strict=True, allow=[(host, None)]))


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [
        ("127.0.0.1", 80, "address"),
        ("::ffff:7f00:1", 80, "address"),
        ("169.254.169.254", 80, "address"),
        ("2130706433", 80, "address"),
        ("localhost", 80, "address"),
        ("metadata", 80, "address"),
        ("metadata.google.internal", 80, "address"),
        ("printer.local", 80, "address"),
        ("example.org", 22, "port"),
    ],
)
def test_where_an_upstream_proxy_resolves_the_name_itself_is_judged(host, port, reason):
    assert reason == denied_by(check_name, Destination(host, port), rules(), resolved_elsewhere=True).reason


@pytest.mark.parametrize("host", ["example.org", "8.8.8.8"])
def test_an_upstream_proxy_is_asked_for_the_rest(host):
    check_name(Destination(host, 443), rules(), resolved_elsewhere=True)


# Addresses


@pytest.mark.parametrize(
    ("to", "addresses", "allow"),
    [
        (("example.org", 443), ["8.8.8.8", "2606:4700:4700::1111"], []),
        (("example.org", 80), ["8.8.8.8"], []),
        (("media.intranet", 8080), ["10.0.0.1"], [("media.intranet", 8080)]),
        (("media.intranet", 8080), ["10.0.0.1"], [("media.intranet", None)]),
        (("media.intranet", 8080), ["10.0.0.1", "10.0.0.2"], [("10.0.0.1", 8080), ("10.0.0.2", None)]),
        (("example.org", 80), ["8.8.8.8", "10.0.0.1"], [("10.0.0.1", None)]),
    ],
)
def test_public_addresses_on_the_web_s_ports_and_the_exceptions_are_connected_to(to, addresses, allow):
    check_addresses(Destination(*to), addresses, rules(allow=allow))


@pytest.mark.parametrize(
    ("to", "addresses", "allow", "reason"),
    [
        (("example.org", 443), ["8.8.8.8", "10.0.0.1"], [], "address"),
        (("example.org", 443), ["8.8.8.8", "::1"], [], "address"),
        (("example.org", 22), ["8.8.8.8"], [], "port"),
        (("localhost", 80), ["127.0.0.1"], [("127.0.0.1", 8080)], "address"),
        (("evil.example", 80), ["10.0.0.1"], [("media.intranet", None)], "address"),
        (("example.org", 443), [], [], "dns"),
    ],
)
def test_one_wrong_address_refuses_them_all(to, addresses, allow, reason):
    assert reason == denied_by(check_addresses, Destination(*to), addresses, rules(allow=allow)).reason


# What the ledger says


def test_every_reason_stands_for_a_row_of_the_error_table_or_for_none():
    assert {code for _, code in REASONS.values()} - {None} <= FAILURES.keys()


@pytest.mark.parametrize(
    ("ledger", "code", "reason"),
    [
        ((), "forbidden", None),
        (("address",), "forbidden", "address"),
        (("dns", "address", "port"), "network", "address"),
        (("dns", "connect"), "network", "connect"),
        (("dns",), "private", None),
        (("idle", "slow"), "network", None),
        (("bytes",), "network", "bytes"),
        (("deadline",), "stalled", "deadline"),
    ],
)
def test_of_a_ledger_that_entry_counts_which_explains_the_failure(ledger, code, reason):
    found = decisive([Denied(each, each) for each in ledger], code)

    assert reason == (found and found.reason)

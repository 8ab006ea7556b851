import pytest

from vxpipe.engine.fetch.guard import EgressDenied, Guard


@pytest.mark.parametrize(
    ("allow_hosts", "address"),
    [
        ((), ("8.8.8.8", 443)),
        ((), ("8.8.8.8", 80)),
        ((), ("2606:4700:4700::1111", 443, 0, 0)),
        (("10.0.0.1",), ("10.0.0.1", 22)),
        (("10.0.0.1:8080",), ("10.0.0.1", 8080)),
        (("localhost:8080",), ("127.0.0.1", 8080)),
        (("[::1]:8080",), ("::1", 8080, 0, 0)),
    ],
)
def test_public_addresses_on_the_web_s_ports_and_the_exceptions_pass(allow_hosts, address):
    guard = Guard(allow_hosts)

    guard.judge(address)

    assert guard.denials == []


@pytest.mark.parametrize(
    ("allow_hosts", "address"),
    [
        ((), ("8.8.8.8", 22)),
        ((), ("8.8.8.8", 8080)),
        ((), ("10.0.0.1", 443)),
        ((), ("::ffff:127.0.0.1", 80, 0, 0)),
        ((), ("example.org", 443)),
        ((), "/run/docker.sock"),
        (("10.0.0.1:8080",), ("10.0.0.1", 8081)),
        (("10.0.0.1",), ("10.0.0.2", 80)),
        (("no-such-host.invalid",), ("127.0.0.1", 80)),
    ],
)
def test_everything_else_is_refused_and_remembered(allow_hosts, address):
    guard = Guard(allow_hosts)

    with pytest.raises(EgressDenied) as denied:
        guard.judge(address)

    assert guard.denials == [str(denied.value)]

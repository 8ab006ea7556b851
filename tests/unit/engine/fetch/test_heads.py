import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.fetch import heads
from vxpipe.engine.fetch.egress import Denied, Destination
from vxpipe.engine.fetch.heads import Upstream

UPSTREAM = Upstream(host="proxy.example", port=3128, authorization="Basic dTpw")


def head(start, *fields):
    return "\r\n".join((start, *fields, "", "")).encode("latin-1")


def asked(start, *fields):
    return heads.request(heads.parse(head(start, *fields)))


def reason_against(raw):
    with pytest.raises(Denied) as caught:
        heads.request(heads.parse(raw))
    return caught.value.reason


@pytest.mark.parametrize(
    ("target", "destination"),
    [
        ("example.org:443", ("example.org", 443)),
        ("Example.ORG.:443", ("example.org", 443)),
        ("[2001:DB8:0::1]:8443", ("2001:db8::1", 8443)),
        ("[::ffff:127.0.0.1]:80", ("::ffff:7f00:1", 80)),
        ("2130706433:80", ("2130706433", 80)),
    ],
)
def test_a_tunnel_is_asked_for_with_host_and_port(target, destination):
    found = asked(f"CONNECT {target} HTTP/1.1", "Host: ignored")

    assert (destination, None, 0) == (found.to, found.path, found.body_bytes)


@pytest.mark.parametrize(
    ("target", "destination", "path"),
    [
        ("http://example.org", ("example.org", 80), "/"),
        ("http://example.org?a=1", ("example.org", 80), "/?a=1"),
        ("HTTP://EXAMPLE.org:8080/a/b?c=d", ("example.org", 8080), "/a/b?c=d"),
        ("http://[::1]/x", ("::1", 80), "/x"),
        ("http://example.org/http://other.example/", ("example.org", 80), "/http://other.example/"),
    ],
)
def test_a_request_is_asked_for_with_a_whole_address(target, destination, path):
    found = asked(f"GET {target} HTTP/1.1")

    assert (destination, path) == (found.to, found.path)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        head("GET http://a.example/"),
        head("GET http://a.example/ HTTP/2"),
        head("GET http://a.example/ HTTP/1.12"),
        head("GET  http://a.example/ HTTP/1.1"),
        head("GET http://a.example/ x HTTP/1.1"),
        head("get http://a.example/ HTTP/1.1"),
        head("GET http://a.example/\x00 HTTP/1.1"),
        head("GET http://a.example/\xe9 HTTP/1.1"),
        head("GET http://a.example/#x HTTP/1.1").replace(b"#x", b"\n"),
        head("GET http://a.example/ HTTP/1.1", "X: a\nY: b"),
        head("GET http://a.example/ HTTP/1.1", "X: a\rY: b"),
        head("GET http://a.example/ HTTP/1.1", "X: a\x00"),
        head("GET http://a.example/ HTTP/1.1", " folded"),
        head("GET http://a.example/ HTTP/1.1", "X : a"),
        head("GET http://a.example/ HTTP/1.1", "no colon"),
        head("GET http://a.example/ HTTP/1.1", ": nameless"),
        head("POST http://a.example/ HTTP/1.1", "Content-Length: 1", "Content-Length: 1"),
        head("POST http://a.example/ HTTP/1.1", "Content-Length: 1", "content-length: 2"),
        head("POST http://a.example/ HTTP/1.1", "Content-Length: 1, 1"),
        head("POST http://a.example/ HTTP/1.1", "Content-Length: +1"),
        head("POST http://a.example/ HTTP/1.1", "Content-Length: -1"),
        head("POST http://a.example/ HTTP/1.1", "Content-Length: 0x1"),
        head("POST http://a.example/ HTTP/1.1", "Content-Length:"),
        head("GET http://a.example/ HTTP/1.1", "Host: a.example", "Host: b.example"),
        head("GET http://user:secret@a.example/ HTTP/1.1"),
        head("GET http://a.example:0/ HTTP/1.1"),
        head("GET http://a.example:99999/ HTTP/1.1"),
        head("GET http://a%2eexample/ HTTP/1.1"),
        head("GET http://a.example\\@b.example/ HTTP/1.1"),
        head("CONNECT a.example HTTP/1.1"),
        head("CONNECT a.example: HTTP/1.1"),
        head("CONNECT http://a.example:80/ HTTP/1.1"),
        head("CONNECT a.example:443 HTTP/1.1", "Content-Length: 5"),
    ],
)
def test_a_head_that_could_be_read_in_two_ways_is_refused(raw):
    assert reason_against(raw) == "head"


@pytest.mark.parametrize(
    "target",
    ["/", "*", "http:///", "http://a.example/#x", "https://a.example/", "ftp://a.example/", "file:///etc/passwd"],
)
def test_only_plain_http_is_passed_on(target):
    assert reason_against(head(f"GET {target} HTTP/1.1")) == "scheme"


@pytest.mark.parametrize("value", ["chunked", "identity", "", "gzip, chunked"])
def test_a_body_of_unknown_length_is_refused(value):
    assert reason_against(head("POST http://a.example/ HTTP/1.1", f"Transfer-Encoding: {value}")) == "body"
    both = head("POST http://a.example/ HTTP/1.1", "Content-Length: 5", f"Transfer-Encoding: {value}")
    assert reason_against(both) == "body"


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(raw):
    try:
        found = heads.parse(raw)
        assert found.credentials is None or list(map(type, found.credentials)) == [str, str]
        heads.request(found)
    except Denied:
        return


def test_what_goes_on_names_its_own_host_and_nothing_of_this_connection():
    found = asked(
        "POST http://A.example:8080/x?y HTTP/1.1",
        "Host: metadata.internal",
        "Proxy-Authorization: Basic dTpw",
        "Proxy-Connection: keep-alive",
        "Connection: keep-alive, X-Private",
        "Keep-Alive: 5",
        "TE: trailers",
        "Upgrade: h2c",
        "X-Private: 1",
        "Content-Length: 5",
        "X-Kept:  a  b ",
    )

    expected = head(
        "POST /x?y HTTP/1.1", "Host: a.example:8080", "Content-Length: 5", "X-Kept: a  b", "Connection: close"
    )

    assert expected == heads.onward(found)
    assert found.body_bytes == 5


def test_nobody_is_made_to_send_a_body_whose_length_is_not_told():
    found = asked("POST http://a.example/ HTTP/1.1", "Connection: Content-Length", "Content-Length: 5")

    assert b"\r\nContent-Length: 5\r\n" in heads.onward(found)


def test_an_upstream_proxy_gets_the_whole_address_and_its_own_credentials():
    found = asked("GET http://a.example/x HTTP/1.0", "Proxy-Authorization: Basic b3VyOm93bg==")

    expected = head(
        "GET http://a.example/x HTTP/1.0", "Host: a.example", "Proxy-Authorization: Basic dTpw", "Connection: close"
    )

    assert expected == heads.onward(found, UPSTREAM)


def test_an_upstream_proxy_is_asked_for_a_tunnel():
    expected = head("CONNECT [::1]:443 HTTP/1.1", "Host: [::1]:443", "Proxy-Authorization: Basic dTpw")

    assert expected == heads.tunnel(Destination("::1", 443), UPSTREAM)


@pytest.mark.parametrize(
    ("value", "credentials"),
    [
        ("Basic " + base64.b64encode(b"job:token").decode(), ("job", "token")),
        ("basic " + base64.b64encode(b"job:a:b").decode(), ("job", "a:b")),
        ("Basic " + base64.b64encode(b"job").decode(), None),
        ("Basic " + base64.b64encode("jöb:x".encode()).decode(), None),
        ("Basic !", None),
        ("Basic \xff\xff", None),
        ("Bearer " + base64.b64encode(b"job:token").decode(), None),
        ("", None),
    ],
)
def test_credentials_are_basic_ones(value, credentials):
    found = heads.parse(head("CONNECT a.example:443 HTTP/1.1", f"Proxy-Authorization: {value}"))

    assert credentials == found.credentials


def test_a_refusal_says_its_reason_in_the_status_line():
    raw = heads.answer(Denied("address", "x: the address 10.0.0.1 is not public"))

    assert raw.startswith(b"HTTP/1.1 403 vx-address\r\n")
    assert raw.endswith(b"\r\n\r\nx: the address 10.0.0.1 is not public\n")
    assert heads.status(raw) == 403
    assert b"Proxy-Authenticate: Basic" in heads.answer(Denied("credentials", "x"))


@pytest.mark.parametrize(("raw", "status"), [(b"HTTP/1.0 200\r\n\r\n", 200), (b"SSH-2.0-x\r\n\r\n", 0), (b"", 0)])
def test_the_status_of_an_answer_is_read(raw, status):
    assert status == heads.status(raw)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://proxy.example:8118", ("proxy.example", 8118, None)),
        ("http://proxy.example/", ("proxy.example", 3128, None)),
        ("http://u:p%40x@[::1]:1", ("::1", 1, "Basic " + base64.b64encode(b"u:p@x").decode())),
    ],
)
def test_an_upstream_proxy_is_named_by_a_link(url, expected):
    found = heads.upstream(url)

    assert expected == (found.host, found.port, found.authorization)


@pytest.mark.parametrize(
    "url", ["", "proxy:8118", "socks5://p:1", "https://p:1", "http://", "http://p:x", "http://p/a"]
)
def test_other_kinds_of_proxies_are_refused(url):
    with pytest.raises(ValueError):
        heads.upstream(url)

"""Codes and links that nobody meant well, by hypothesis: what the registry takes is a video of ours."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from hypothesis import assume, given
from hypothesis import strategies as st
from yarl import URL

from vxpipe.engine.fetch.platforms import PLATFORMS, Platform
from vxpipe.engine.fetch.registry import MAX_URL, Registry
from vxpipe.errors import Refused
from vxpipe.model import Target

REGISTRY = Registry()
DIRECT = Registry(allow_direct=True)
OWN_HOSTS = {host for row in PLATFORMS for host in row.hosts} | {
    form.partition("/")[0] for row in PLATFORMS for form in row.links if form[0] != "/"
}

# What makes one address of two, ends one early, or is read differently by two programs.
PIECES = (
    *("..", "/", "//", "\\", "?", "&", "#", "%", "@", ":", ";", "=", "+", "*", "{c}", "{c0}", "{0.__class__}", "$(id)"),
    *("\n", "\r\n", "\t", "\x00", "\x7f", " ", "\u00a0", "\u200b", "\u2028", "\u202e", "\ud800", "\uff0f", "\uff20"),
    *("%2e%2e", "%2f", "%0a", "%00", "%23", "%40", "%c0%af", "&list=PL0", "&v=x", "#__youtubedl_smuggle=%7B%7D"),
    *(
        "/../../etc/passwd",
        "file:///etc/passwd",
        "@evil.example",
        "\u0661\u0662",
        "\u212a",
        "\u0131",
        "-oX",
        "--",
        "'",
        '"',
    ),
    *("http://127.0.0.1/", "[::1]", "xn--", "a" * 200, "1" * 200, ""),
)
pieces = st.sampled_from(PIECES) | st.text(max_size=8)
rows = st.sampled_from(PLATFORMS)


@st.composite
def spoilt(draw: st.DrawFn, text: str) -> str:
    """A good text with something at one or two places, or something in place of a part of it."""
    for _ in range(draw(st.integers(1, 2))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.sampled_from([start, start, min(len(text), start + 1), len(text)]))
        text = text[:start] + draw(pieces) + text[end:]
    return text


@st.composite
def bad_links(draw: st.DrawFn) -> str:
    """A link of a row, spoilt as a whole or in one of its parts."""
    row = draw(rows)
    form = draw(st.sampled_from(row.links))
    parts = row.example.split("/")
    holes = {"{c}": row.example, "{c0}": parts[0], "{c1}": parts[-1], "*": draw(pieces | st.just("someone"))}
    rest = re.sub(r"\{c[01]?\}|\*", lambda found: holes[found[0]], form[form.index("/") :])
    host = form.partition("/")[0] or draw(st.sampled_from(row.hosts))
    evil = (f"{host}.", f"{host}.evil.example", f"evil-{host}", f"a.{host}", f"evil.example\\{host}")
    ports = (":8443", ":0", ":x", ":", ":99999", ":\u0664\u0664\u0663")
    link = (
        draw(_mostly("https://", "http://", "HTTPS://", "//", "ftp://", "https:", "file://", "https:///"))
        + draw(_mostly("", "user:pw@", "evil.example@", "@"))
        + draw(_mostly(host, host.upper(), *evil))
        + draw(_mostly("", ":443", ":80", *ports))
        + rest
        + draw(_mostly("", "/", "//", "?a=b", "&v=x", "#x", "/..", ";x", "%00", " "))
    )
    return draw(st.just(link) | spoilt(link) | spoilt(f"https://{host}{rest}"))


def _mostly(good: str, *others: str) -> st.SearchStrategy[str]:
    return st.sampled_from((*[good] * 3 * len(others), *others))


def asked(question: Callable[[], Target]) -> Target | Refused:
    """The answer; any other exception is a finding."""
    try:
        return question()
    except Refused as refused:
        return refused


def check_refusal(answer: Target | Refused, field: str) -> None:
    """One line for people that holds nothing of what it speaks of as it came."""
    assert isinstance(answer, Refused)
    assert answer.field == field
    assert answer.message.isascii()
    assert answer.message.isprintable()
    assert len(answer.message) < 1000


def check_address(row: Platform, target: Target) -> None:
    """The address is the row's own, with the code in its place and nothing added, to any two readers."""
    url, bare = urlsplit(target.url), urlsplit(row.template)
    assert re.fullmatch("[!-~]+", target.url)
    assert (url.scheme, url.netloc, url.fragment) == (bare.scheme, bare.netloc, "")
    assert parse_qs(url.query).keys() == parse_qs(bare.query).keys()
    assert {"", ".", ".."}.isdisjoint(url.path.rstrip("/").split("/")[1:])
    assert str(URL(target.url)) == target.url
    assert REGISTRY.target_of_url(target.url) == target


@given(row=rows, data=st.data())
def test_every_code_that_fits_stands_for_one_address_and_is_found_in_it_again(row, data):
    code = data.draw(st.from_regex(re.compile(row.code, re.ASCII), fullmatch=True))

    target = REGISTRY.target(row.name, code)

    assert (row.name, code) == (target.platform, target.code)
    check_address(row, target)


@given(row=rows, data=st.data())
def test_a_spoilt_code_is_refused_or_still_a_code(row, data):
    code = data.draw(st.text(max_size=40) | spoilt(row.example))

    answer = asked(lambda: REGISTRY.target(row.name, code))

    if isinstance(answer, Refused):
        check_refusal(answer, "code")
    else:
        assert re.fullmatch(row.code, code, re.ASCII)
        check_address(row, answer)


@given(name=st.text(max_size=60) | rows.flatmap(lambda row: spoilt(row.name)))
def test_a_name_of_no_platform_is_refused_in_a_sentence(name):
    assume(REGISTRY.platform(name) is None)

    answer = asked(lambda: REGISTRY.target(name, "x"))

    check_refusal(answer, "platform")


@given(url=bad_links() | st.text(max_size=200))
def test_a_spoilt_link_is_refused_or_names_a_video_of_a_host_of_ours(url):
    target = asked(lambda: REGISTRY.link(url))

    if isinstance(target, Refused):
        check_refusal(target, "url")
        return
    row = REGISTRY.platform(target.platform)
    seen = URL(url)
    assert seen.scheme in ("http", "https")
    assert seen.host in OWN_HOSTS
    assert seen.port in (80, 443)
    assert seen.user is seen.password is None
    assert REGISTRY.target(target.platform, target.code) == target
    assert all(part in url for part in target.code.split("/"))
    check_address(row, target)


@given(url=bad_links() | st.text(max_size=200))
def test_a_direct_link_is_refused_or_leads_where_it_says(url):
    target = asked(lambda: DIRECT.direct(url))

    if isinstance(target, Refused):
        check_refusal(target, "url")
        return
    assert re.fullmatch("[!-~]+", target.url)
    assert len(target.url) <= MAX_URL
    seen = urlsplit(target.url)
    assert (seen.scheme in ("http", "https"), seen.username, seen.fragment) == (True, None, "")
    assert seen.hostname == URL(url).raw_host
    assert re.fullmatch("[0-9a-f]{12}", target.code)

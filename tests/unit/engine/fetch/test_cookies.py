"""Cookie files: what is taken, what is left out, and what is refused without a word of what it says."""

import http.cookiejar
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yt_dlp.cookies import YoutubeDLCookieJar

from vxpipe.engine.fetch.cookies import Cookie, Malformed, parse, render
from vxpipe.engine.fetch.platforms import PLATFORMS

OWN = ("site.example",)


def line(**changed: str) -> str:
    fields = {
        "domain": ".site.example",
        "subdomains": "TRUE",
        "path": "/",
        "secure": "TRUE",
        "expires": "2000000000",
        "name": "session",
        "value": "s3cret-value",
    }
    return "\t".join((fields | changed).values())


def cookie(**changed: object) -> Cookie:
    facts: dict[str, object] = {
        "domain": "site.example",
        "subdomains": True,
        "path": "/",
        "secure": True,
        "expires": 2_000_000_000,
        "name": "session",
        "value": "s3cret-value",
    }
    return Cookie(**(facts | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line(), cookie()),
        ("# Netscape HTTP Cookie File\n\n" + line() + "\n", cookie()),
        (line() + "\r\n", cookie()),
        ("#HttpOnly_" + line(), cookie()),
        (line(domain=".SITE.example"), cookie()),
        (line(domain="site.example", subdomains="FALSE"), cookie(subdomains=False)),
        (line(domain="site.example"), cookie()),
        (line(subdomains="FALSE"), cookie()),
        (line(domain="www.site.example", subdomains="false"), cookie(domain="www.site.example", subdomains=False)),
        (line(secure="false"), cookie(secure=False)),
        (line(expires=""), cookie(expires=None)),
        (line(expires="0"), cookie(expires=None)),
        (line(expires="2000000000.75"), cookie()),
        (line(expires="999999999999999999"), cookie(expires=253_402_300_799)),
        (line(value=""), cookie(value="")),
        (line(value='a="b"; c#d'), cookie(value='a="b"; c#d')),
    ],
)
def test_a_line_is_a_cookie(text: str, expected: Cookie) -> None:
    assert (expected,) == parse(text, OWN)


@pytest.mark.parametrize(
    "domain",
    [".example", "other.example", "site.example.evil.example", "notsite.example", "example", ".com", "google.com"],
)
def test_cookies_of_others_are_left_out(domain: str) -> None:
    assert parse(line(domain=domain) + "\n" + line(name="own"), OWN) == (cookie(name="own"),)


def test_characters_that_no_cookie_has_are_of_no_interest_in_those_of_others() -> None:
    assert parse(line(domain="other.example", value="wärme"), OWN) == ()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('[{"domain": ".site.example", "value": "s3cret-value"}]', "JSON"),
        ('{"value": "s3cret-value"}', "JSON"),
        (line().replace("\t", " "), "line 1: 7 fields with tabs between them are wanted, not 1"),
        ("\n\n" + line() + "\textra", "line 3: 7 fields with tabs between them are wanted, not 8"),
        (line() + "\n" + line().rpartition("\t")[0], "line 2: 7 fields with tabs between them are wanted, not 6"),
        (line(domain=""), "line 1: the first field"),
        (line(subdomains="s3cret-value"), "line 1: the second field"),
        (line(path="s3cret-value"), "line 1: the third field"),
        (line(secure="s3cret-value"), "line 1: the fourth field"),
        (line(expires="s3cret-value"), "line 1: the fifth field"),
        (line(expires="-1"), "line 1: the fifth field"),
        (line(expires="٣"), "line 1: the fifth field"),
        (line(name="a\x00b"), "line 1: the sixth field"),
        (line(value="s3cret-value\rInjected: yes"), "line 1: the seventh field"),
        (line(value="s3cret-value\x0b"), "line 1: the seventh field"),
        (line(value="s3cret-value\N{SNOWMAN}"), "line 1: it holds characters"),
        (line(domain="other.example", expires="soon"), "line 1: the fifth field"),
    ],
)
def test_a_wrong_line_is_named_and_not_quoted(text: str, where: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(text, OWN)

    assert where in str(refused.value)
    assert "s3cret-value" not in str(refused.value)


def test_a_cookie_does_not_show_its_value() -> None:
    assert "s3cret-value" not in repr(cookie())


VISIBLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30)


@given(
    st.lists(
        st.builds(
            cookie,
            domain=st.sampled_from(["site.example", "www.site.example"]),
            subdomains=st.booleans(),
            secure=st.booleans(),
            expires=st.none() | st.integers(1, 253_402_300_799),
            name=st.from_regex(r"[A-Za-z_-]{1,10}", fullmatch=True),
            value=VISIBLE,
        ),
        max_size=5,
    )
)
def test_what_is_rendered_is_read_as_the_same_by_us_and_by_yt_dlp(cookies: list[Cookie]) -> None:
    text = render(cookies)
    jar = YoutubeDLCookieJar(io.StringIO(text))
    jar.load()

    assert tuple(cookies) == parse(text, OWN)
    last = {(each.subdomains, each.domain, each.name): each for each in cookies}  # a jar holds one of each
    assert {_seen(each) for each in jar} == {
        (f"{'.' * each.subdomains}{each.domain}", each.name, each.value, each.secure, each.expires)
        for each in last.values()
    }


def _seen(each: http.cookiejar.Cookie) -> tuple[object, ...]:
    return (each.domain, each.name, each.value, each.secure, each.expires and int(each.expires))


@given(st.text(alphabet="\t\n\r#.aTRUEFALSE/0", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(Malformed):
        parse(text, ("a",))


@pytest.mark.parametrize("row", PLATFORMS, ids=lambda row: row.name)
def test_every_platform_has_pages_that_cookies_may_be_for_and_no_shared_network_among_them(row) -> None:
    shared = {"akamaized.net", "cloudfront.net", "fbcdn.net", "cdninstagram.com", "googlevideo.com"}

    assert row.own_domains
    assert not shared & set(row.own_domains)

"""What there is to sign in with: keys, what may be told, and what a refusal means then."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from unit.engine.fetch.test_cookies import cookie
from vxpipe.engine.fetch.cookies import Malformed
from vxpipe.engine.fetch.credentials import NO_CREDENTIALS, Credentials, code_of_failure, parse_keys
from vxpipe.facts import CredentialFacts

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PAST, SOON, LATER = (int(NOW.timestamp()) + days * 86400 for days in (-1, 1, 2))


def credentials(*ends: int | None) -> Credentials:
    return Credentials(cookies=tuple(cookie(name=f"c{place}", expires=end) for place, end in enumerate(ends)))


def test_keys_are_spelled_as_yt_dlp_looks_them_up() -> None:
    assert parse_keys('{"YouTube": {"PO-Token": ["web.gvs+AbC", "x,y"]}}') == {
        "youtube": {"po_token": ["web.gvs+AbC", "x,y"]}
    }


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "line 1"),
        ('{"youtube":\n {"po_token": ["s3cret-value"]', "line 2"),
        ('["s3cret-value"]', "is wanted"),
        ('{"po_token": "s3cret-value"}', "is wanted"),
        ('{"youtube": {"po_token": "s3cret-value"}}', "is wanted"),
        ('{"youtube": {"po_token": [12345]}}', "is wanted"),
        ("{}", "is wanted"),
        ("[" * 100_000, "line 1"),
    ],
)
def test_wrong_keys_are_refused_and_not_quoted(text: str, what: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_keys(text)

    assert what in str(refused.value)
    assert "s3cret-value" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("given", "cookies", "expired", "expires"),
    [
        (NO_CREDENTIALS, False, False, None),
        (credentials(LATER, SOON, PAST, None), True, False, SOON),
        (credentials(PAST, None), True, False, None),
        (credentials(PAST, PAST), True, True, None),
    ],
)
def test_of_cookies_their_presence_and_the_first_end_are_told(
    given: Credentials, cookies: bool, expired: bool, expires: int | None
) -> None:
    first = None if expires is None else datetime.fromtimestamp(expires, UTC)

    told = given.facts(NOW)

    assert told == CredentialFacts(cookies=cookies, expired=expired, expires=first, keys=False)


def test_expired_cookies_are_left_at_home() -> None:
    assert credentials(PAST, SOON).at(NOW) == Credentials(cookies=(cookie(name="c1", expires=SOON),))


def test_every_value_is_a_secret_and_none_shows() -> None:
    given = replace(credentials(SOON), keys={"fake": {"api_key": ["k3y-value"]}})

    assert given.secrets == ("s3cret-value", "k3y-value")
    assert not [secret for secret in given.secrets if secret in repr(given)]


@pytest.mark.parametrize(
    ("given", "code", "expected"),
    [
        (NO_CREDENTIALS, "login_required", "login_required"),
        (credentials(SOON), "login_required", "cookies_expired"),
        (credentials(), "login_required", "cookies_expired"),
        (credentials(SOON), "private", "private"),
    ],
)
def test_who_is_asked_to_sign_in_with_cookies_has_cookies_that_do_not_count(
    given: Credentials, code: str, expected: str
) -> None:
    assert code_of_failure(code, given) == expected

"""A secret is found in a text in whatever form it stands there."""

import json
from urllib.parse import quote, quote_plus, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.fetch.hiding import hider

SECRET = "ab/cd+ef%3Agh=ij"


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        SECRET.upper(),
        unquote(SECRET),
        quote(SECRET),
        quote_plus(SECRET, safe=""),
        quote(unquote(SECRET), safe=""),
        json.dumps('"' + SECRET)[1:-1],
    ],
)
def test_a_secret_is_hidden_in_every_form_it_takes(form: str) -> None:
    told = hider([SECRET, '"' + SECRET])(f"see {form}, and {form}")

    assert told == "see ***, and ***"


@pytest.mark.parametrize("word", ["", "en", "dark", "short"])
def test_a_word_is_no_secret(word: str) -> None:
    assert hider([word])(f"the {word} video") == f"the {word} video"


def test_of_two_secrets_one_in_the_other_nothing_is_left() -> None:
    assert hider(["secret", "secret-and-more"])("secret-and-more") == "***"


@given(st.lists(st.text(min_size=6), min_size=1), st.text())
def test_no_secret_is_left_in_a_text(secrets: list[str], text: str) -> None:
    hide = hider(secrets)

    told = hide(f"{text} {secrets[0]}")

    assert not [secret for secret in secrets if secret in told and secret.strip("*")]

"""Which form of an answer a caller gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.handlers.negotiation import preferred

OFFERS = ("application/json", "application/x-ndjson", "text/plain")


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("text/*", "text/plain"),
        ("Text/Plain; charset=utf-8", "text/plain"),
        ("application/x-ndjson, application/json;q=0.5", "application/x-ndjson"),
        ("application/json;q=0, */*", "application/x-ndjson"),
        ("text/plain;q=0.4, application/*;q=0.5", "application/json"),
        ("application/xml, text/plain;q=0.1", "text/plain"),
        ("text/plain, */*", "text/plain"),
        ("*/*, application/*", "application/json"),
        ("image/png", None),
        ("*/*;q=0", None),
        ("text/plain;q=much", None),
    ],
)
def test_the_form_that_a_caller_likes_best_is_given(accept: str | None, form: str | None) -> None:
    assert form == preferred(accept, OFFERS)


@given(st.text())
def test_no_header_breaks_the_choice(accept: str) -> None:
    assert preferred(accept, OFFERS) in {*OFFERS, None}

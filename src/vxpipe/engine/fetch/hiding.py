"""Keeps secrets out of what is told: a site may repeat them in a message, a title or an address. Pure."""

import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus, unquote

# What is shorter is a word, such as a language or a colour, and no secret.
_SHORTEST = 6
_HIDDEN = "***"


def hider(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that blots the secrets out of a text, also as they stand in addresses and in JSON.

    It has to see a text before that is cut: of a secret that was cut nothing is found.
    """
    forms = {form for secret in secrets for form in _forms(secret) if len(form) >= _SHORTEST}
    if not forms:
        return str
    longest_first = sorted(forms, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
    return lambda text: pattern.sub(_HIDDEN, text)


def _forms(secret: str) -> tuple[str, ...]:
    plain = unquote(secret)
    return (
        secret,
        plain,
        quote(secret),
        quote_plus(secret, safe=""),
        quote(plain, safe=""),
        json.dumps(secret)[1:-1],
    )

"""Cookies as browsers export them: the Netscape format, one cookie a line, read strictly. Pure.

Source: https://curl.se/docs/http-cookies.html. No message quotes a line: where fields have shifted, any may be secret.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import field

from vxpipe.engine.fetch.egress import is_within
from vxpipe.values import frozen

_HEADER = "# Netscape HTTP Cookie File\n"
_HTTP_ONLY = "#HttpOnly_"
_LATEST = 253_402_300_799  # the end of the year 9999: what no calendar holds is as good as never

_FIELDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("first field, the domain,", re.compile(r"\.?[^\s.]\S*")),
    ("second field, whether subdomains count,", re.compile("TRUE|FALSE", re.IGNORECASE)),
    ("third field, the path,", re.compile(r"/[^\x00-\x1f\x7f]*")),
    ("fourth field, whether it is for https only,", re.compile("TRUE|FALSE", re.IGNORECASE)),
    ("fifth field, the second of its end,", re.compile(r"(?:[0-9]{1,18}(?:\.[0-9]{1,9})?)?")),
    ("sixth field, the name,", re.compile(r"[^\x00-\x1f\x7f]*")),
    ("seventh field, the value,", re.compile(r"[^\x00-\x1f\x7f]*")),
)


class Malformed(ValueError):
    """A file is not what it should be: the message says where and what, and quotes nothing."""


@frozen
class Cookie:
    """One cookie. `domain` has no dot before it, `expires` is in seconds since 1970, None: it has no end."""

    domain: str
    subdomains: bool
    path: str
    secure: bool
    expires: int | None
    name: str
    value: str = field(repr=False)

    def is_alive(self, now: float) -> bool:
        """Whether its time has not come."""
        return self.expires is None or self.expires > now


def parse(text: str, domains: Collection[str]) -> tuple[Cookie, ...]:
    """The cookies of these domains and all below them; raises Malformed for the first line that is wrong.

    Whose cookie that line holds does not matter; but cookies of others are looked at no further, and left out.
    """
    if text.lstrip().startswith(("[", "{")):
        raise Malformed("this is JSON; export the cookies in the Netscape format (cookies.txt)")
    found = [(number, _cookie(line, number)) for number, line in _lines(text)]
    own = [(number, cookie) for number, cookie in found if is_within(cookie.domain, domains)]
    for number, cookie in own:
        if not (cookie.name + cookie.value + cookie.path).isascii():
            raise Malformed(f"line {number}: it holds characters that no cookie may have")
    return tuple(cookie for _, cookie in own)


def render(cookies: Iterable[Cookie]) -> str:
    """The cookies as yt-dlp reads them."""
    return _HEADER + "".join(_line(cookie) for cookie in cookies)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Every line that is to hold a cookie, with its number."""
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.removesuffix("\r").removeprefix(_HTTP_ONLY)
        if bare.strip() and not bare.lstrip().startswith("#"):
            yield number, bare


def _cookie(line: str, number: int) -> Cookie:
    fields = line.split("\t")
    if len(fields) != len(_FIELDS):
        raise Malformed(f"line {number}: {len(_FIELDS)} fields with tabs between them are wanted, not {len(fields)}")
    for (what, pattern), value in zip(_FIELDS, fields, strict=True):
        if not pattern.fullmatch(value):
            raise Malformed(f"line {number}: the {what} is wrong")
    domain, subdomains, path, secure, expires, name, value = fields
    return Cookie(
        domain=domain.removeprefix(".").lower(),
        subdomains=domain.startswith(".") or subdomains.upper() == "TRUE",
        path=path,
        secure=secure.upper() == "TRUE",
        expires=min(_LATEST, int(float(expires or 0))) or None,
        name=name,
        value=value,
    )


def _line(cookie: Cookie) -> str:
    """Python's reader wants the dot and the second field to say the same."""
    dot = "." if cookie.subdomains else ""
    fields = (dot + cookie.domain, _flag(cookie.subdomains), cookie.path, _flag(cookie.secure))
    return "\t".join((*fields, str(cookie.expires or ""), cookie.name, cookie.value)) + "\n"


def _flag(value: bool) -> str:
    return "TRUE" if value else "FALSE"

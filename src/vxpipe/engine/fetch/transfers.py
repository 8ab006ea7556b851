"""What the headers of a transfer tell: whether it goes on in the file in which it began, and where it ends. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# No file has a size of more digits than that, and Python reads no number of any length a stranger likes.
_SIZE = re.compile(r"[0-9]{1,18}")
_PART = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)", re.IGNORECASE)
_REST = re.compile(r"bytes=([1-9][0-9]{0,17})-")

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What tells the contents of one address apart (RFC 9110, 8.8): entity tag, date and size, None where untold."""

    tag: str | None
    date: str | None
    size: int | None

    def is_other_than(self, earlier: "Version | None") -> bool:
        """Whether it cannot be the file that an earlier answer was of."""
        if earlier is None:
            return False
        pairs = ((self.tag, earlier.tag), (self.date, earlier.date), (self.size, earlier.size))
        return any(one and other and one != other for one, other in pairs)


def version(headers: Headers) -> Version:
    """Which file an answer is of, be it whole or a part."""
    length, told = headers.get("Content-Length") or "", headers.get("Content-Range")
    if told is not None:
        part = _PART.match(told)
        length = part[2] if part else ""
    size = int(length) if _SIZE.fullmatch(length) else None
    return Version(tag=headers.get("ETag"), date=headers.get("Last-Modified"), size=size)


def rest_from(asked: Headers) -> int | None:
    """The byte from which a request wants the rest of a file; None for any other request."""
    rest = _REST.fullmatch(asked.get("Range") or "")
    return int(rest[1]) if rest else None


def begins_at(headers: Headers) -> int | None:
    """The byte with which the part in an answer begins; None where it does not say."""
    part = _PART.match(headers.get("Content-Range") or "")
    return int(part[1]) if part else None


def has_end(headers: Headers) -> bool:
    """Whether an answer that breaks off can be told from a whole one; of a packed one nobody counts the bytes."""
    if (headers.get("Content-Encoding") or "identity").lower() != "identity":
        return False
    chunked = "chunked" in (headers.get("Transfer-Encoding") or "").lower()
    return chunked or _SIZE.fullmatch(headers.get("Content-Length") or "") is not None

"""What the headers of a transfer tell: whether it goes on in the file in which it began, and where it ends. Pure."""

import re
from collections.abc import Mapping

from vxpipe.values import frozen

# No file has a size of more digits than that, and Python reads no number of any length a stranger likes.
_SIZE = re.compile(r"[0-9]{1,18}")
_PART = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", re.IGNORECASE)
_REST = re.compile(r"bytes=([1-9][0-9]{0,17})-")
_ASKED = re.compile(r"bytes=([0-9]{1,18})-([0-9]{1,18})")

Headers = Mapping[str, str]

PARTIAL = 206
_PIECE = "the source sends a piece where the whole file was asked for"
_OTHER = "the source sends another piece of the file than was asked for"


@frozen
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
        length = part[3] if part else ""
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


def misfit(asked: Headers, status: int, headers: Headers, *, whole_will_do: bool) -> str | None:
    """What is wrong with an answer that holds media, None where it is what was asked for or `rest_from` tells more.

    `whole_will_do`: who asked for a part takes the whole file as well, and begins anew with it.
    """
    if "Content-Length" in headers and not _SIZE.fullmatch(headers["Content-Length"] or ""):
        return "the source gives its answer no proper length"
    if asked.get("Range") is None and status == PARTIAL:
        return None if _is_all(_PART.fullmatch(headers.get("Content-Range") or "")) else _PIECE
    wanted = _ASKED.fullmatch(asked.get("Range") or "")
    if wanted is None:
        return None
    if status == PARTIAL:
        return None if _is_wanted(_PART.fullmatch(headers.get("Content-Range") or ""), wanted) else _OTHER
    return None if whole_will_do or wanted[1] == "0" else _OTHER


def has_end(headers: Headers) -> bool:
    """Whether an answer that breaks off can be told from a whole one; of a packed one nobody counts the bytes."""
    if (headers.get("Content-Encoding") or "identity").lower() != "identity":
        return False
    chunked = "chunked" in (headers.get("Transfer-Encoding") or "").lower()
    return chunked or _SIZE.fullmatch(headers.get("Content-Length") or "") is not None


def _is_all(part: re.Match[str] | None) -> bool:
    return part is not None and part[1] == "0" and part[3] != "*" and int(part[2]) + 1 == int(part[3])


def _is_wanted(part: re.Match[str] | None, wanted: re.Match[str]) -> bool:
    """Whether a part is the wanted one, or what there is of it up to the end of the file."""
    if part is None or int(part[1]) != int(wanted[1]):
        return False
    return int(part[2]) == int(wanted[2]) or (part[3] != "*" and int(part[2]) + 1 == int(part[3]))

"""What a pasted list names, line by line: links, `platform:code`, a table with or without a header, JSON. Pure.

Whether any of it can be taken is not known here.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from typing import Any

from vxpipe.errors import BadRequest, Invalid
from vxpipe.handlers import strictly
from vxpipe.values import frozen

_SEPARATORS = "\t;|,"
# A comma belongs to a link where what follows it looks like a part of a path.
_PIECE = r"""[^\s"'<>|;,]"""
_LINK = re.compile(rf"https?://{_PIECE}+(?:,(?!https?:)(?={_PIECE}*(?:/|\.\w)){_PIECE}+)*", re.IGNORECASE)
# Punctuation of the sentence around a link; a bracket that the link opened is its own.
_BEHIND = "),.;]"
_BARE_LINK = re.compile(r"[\w-]+(?:\.[\w-]+)+/\S*")
_OTHER_LINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\/\/")
_CODE = re.compile(rf"([^\s:{_SEPARATORS}]+)\s*:\s*([^\s{_SEPARATORS}][^{_SEPARATORS}]*)")
# One of several on a line: a link, or a cell that is a bare link or a code. A title with a colon, a rating and a time
# of day beside a link are none.
_SEVERAL = re.compile(
    rf"""({_LINK.pattern})|(?:^|[{_SEPARATORS}])[ "']*"""
    rf"""((?!\d+:)[\w-]+:(?!//){_PIECE}+|[\w-]+(?:\.[\w-]+)*\.[a-z]{{2,}}/{_PIECE}*)(?=[ "']*(?:[{_SEPARATORS}]|$))""",
    re.IGNORECASE,
)
_FILE = re.compile(
    r"file:.*|[A-Za-z]:[\\\/].*|(?:~|\.\.?)?\/.*|"
    r"[^:]+\.(?:mp4|m4v|mkv|webm|mov|avi|mpe?g|ts|flv|wmv|mxf|dv|ivf|gif|apng)",
    re.IGNORECASE,
)
_COLUMNS = {
    **dict.fromkeys(("url", "link", "href", "address", "video", "video url", "video link"), "url"),
    **dict.fromkeys(("platform", "site", "service"), "platform"),
    **dict.fromkeys(("code", "id", "video id", "videoid"), "code"),
}
_HEADER = re.compile("url|link|href|address|video|code|id", re.IGNORECASE)
# In Markdown a link begins with a bracket, in prose a remark.
_JSON = re.compile(r'\s*[\[{]\s*(?:["{]|\Z)')
_OBJECT = re.compile(r'\{\s*(?:"|\Z)')
# Behind these and before those a text in JSON goes on in its next line.
_OPEN = ("{", "[", ",", ":")
_GOES_ON = ("}", "]", ",", ":", '"')
# What the parser says, and what somebody can do something with who pasted a text.
_BROKEN = (
    ("EOF", "the text ends before a bracket or a quotation mark is closed"),
    ("trailing comma", "a comma with nothing behind it"),
    ("trailing characters", "more text behind the last bracket"),
    ("key must be a string", "a name has to stand in double quotation marks"),
    ("expected `,`", "`,` or a closing bracket is missing"),
    ("expected `:`", "`:` is missing behind a name"),
    ("expected value", "neither a text in double quotation marks nor a number, a list or an object"),
    ("expected ident", "a word without quotation marks"),
    ("control character", "a line break or another control character inside quotation marks"),
    ("recursion limit", "too many brackets within brackets"),
)
_MOST_SHOWN = 80
_PLACE = re.compile(r" at line (\d+) column (\d+)$")
_LONGEST_LINE = 10_000
_TOO_LONG = "this is longer than any link"
# A quoted cell that goes on for longer has lost its end.
_LONGEST_ROW = 20


@frozen
class Entry:
    """One video: the number of its line, the text that names it, the item of a request; or why it names none.

    `lines` is how many it takes; `turned` is the item where the second of two cells is the platform.
    """

    line: int
    text: str
    lines: int = 1
    item: Any = None
    turned: Any = None
    fault: str | None = None

    @property
    def rows(self) -> range:
        """The numbers of its lines."""
        return range(self.line, self.line + self.lines)


@frozen
class Listed:
    """A list, read from `text`.

    `besides` is what a batch in JSON says besides its items; `unused` are the columns that name no video; `is_cut`:
    there are more lines than were to be looked at. Where the whole is JSON, `values` are what it lists, an entry each:
    no matter of whole lines.
    """

    text: str
    entries: Iterator[Entry]
    besides: Mapping[str, Any] = field(default_factory=dict)
    unused: Sequence[str] = ()
    is_cut: bool = False
    values: Sequence[Any] | None = None


def read(text: str, *, most_lines: int) -> Listed:
    """The list in a text, in so many of its lines. The entries are read as they are asked for."""
    text = re.sub("\r\n?", "\n", text.removeprefix("\ufeff"))
    return _json(text) or _listed(text, most_lines)


def _listed(text: str, most_lines: int) -> Listed:
    lines = text.split("\n", most_lines)
    beyond = lines.pop() if len(lines) > most_lines else ""
    headers = [(at, columns) for at, line in enumerate(lines) if (columns := _columns(line))]
    unused = [name for _, columns in headers for name, use in columns.names if name and not use]
    entries = _of_lines(lines, headers)
    return Listed(text=text, entries=entries, unused=tuple(dict.fromkeys(unused)), is_cut=bool(beyond.strip()))


def _of_lines(lines: Sequence[str], headers: Sequence[tuple[int, "_Columns"]]) -> Iterator[Entry]:
    """What is above the first header, then a table for each."""
    begins = [*(at for at, _ in headers), len(lines)]
    for at in range(begins[0]):
        yield from _of_line(at + 1, lines[at])
    for (at, columns), end in zip(headers, begins[1:], strict=True):
        yield from _of_table(lines, range(at + 1, end), columns)


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _of_line(number: int, line: str, *, is_row: bool = False) -> Iterator[Entry]:
    text = line.strip()
    if not _says_something(text):
        return
    if _OBJECT.match(text):
        yield from _of_objects(number, text)
        return
    if len(text) > _LONGEST_LINE:
        yield Entry(line=number, text=text[:80], fault=_TOO_LONG)
        return
    several = [_trimmed(link or cell) for link, cell in _SEVERAL.findall(text)]
    for name in several if len(several) > 1 else [text]:
        yield Entry(line=number, text=name, **_named(name, is_row=is_row))


def _trimmed(link: str) -> str:
    end = len(link.rstrip(_BEHIND))
    unclosed = {closing: link.count(opening, 0, end) - link.count(closing, 0, end) for opening, closing in ("()", "[]")}
    for at in range(end, len(link)):
        if unclosed.get(link[at], 0) > 0:
            unclosed[link[at]] -= 1
            end = at + 1
    return link[:end]


def _named(text: str, *, is_row: bool = False) -> dict[str, Any]:
    """What a text with at most one link names, as fields of an Entry; of a row under a header two cells are no code."""
    if link := _LINK.search(text):
        return {"item": {"url": _trimmed(link[0])}}
    if _FILE.fullmatch(text):
        return {"fault": "this is a file: `vxpipe run FILE` takes those that lie on your machine"}
    if _OTHER_LINK.match(text):
        return {"fault": "a link has to begin with https:// or http://"}
    cells = [cell for cell in _cells(text, _separator(text)) if cell] or [text]
    if _BARE_LINK.fullmatch(cells[0]):
        return {"item": {"url": f"https://{cells[0]}"}}
    if found := _CODE.match(cells[0]):
        return {"item": {"platform": found[1], "code": found[2].strip()}}
    if len(cells) > 1 and not is_row:
        one, other = cells[:2]
        return {"item": {"platform": one, "code": other}, "turned": {"platform": other, "code": one}}
    return {"fault": "no link, and no platform:code"}


# Tables


@frozen(kw_only=False)
class _Columns:
    """A header: its separator, and each column with what it names (None: nothing that is asked for)."""

    separator: str
    names: Sequence[tuple[str, str | None]]


def _columns(line: str) -> _Columns | None:
    """The header in a line, None where it is none."""
    if len(line) > _LONGEST_LINE or not _HEADER.search(line) or _LINK.search(line):
        return None
    separator = _separator(line)
    names = [(cell, _COLUMNS.get(re.sub(r"[\s_-]+", " ", cell.lower()))) for cell in _cells(line, separator)]
    return _Columns(separator, names) if {use for _, use in names} & {"url", "code"} else None


def _separator(line: str) -> str:
    return max(_SEPARATORS, key=line.count)


def _cells(line: str, separator: str) -> list[str]:
    """The cells of a line; one alone where it is no row: it has a line break, or is longer than any cell."""
    rows = csv.reader([line], delimiter=separator, skipinitialspace=True)
    try:
        return [cell.strip() for cell in next(rows, [""])]
    except csv.Error:
        return [line.strip()]


def _of_table(lines: Sequence[str], places: range, columns: _Columns) -> Iterator[Entry]:
    """The rows below a header; one that names nothing by its columns is read as any other line."""
    at = places.start
    while at < places.stop:
        row, used = _row(lines, range(at, min(at + _LONGEST_ROW, places.stop)), columns.separator)
        item = _item_of(row, columns)
        if item and _says_something(lines[at]):
            yield Entry(line=at + 1, text=" ".join(lines[at : at + used]).strip(), lines=used, item=item)
        else:
            yield from _of_line(at + 1, lines[at], is_row=len(columns.names) > 1)
        at += used if item else 1


def _row(lines: Sequence[str], places: range, separator: str) -> tuple[Sequence[str], int]:
    """The row that begins there, and how many lines it takes; an empty one where it has no end."""
    rows = csv.reader((lines[at] for at in places), delimiter=separator, skipinitialspace=True, strict=True)
    try:
        return next(rows, ()), max(rows.line_num, 1)
    except csv.Error:
        return (), 1


def _item_of(row: Sequence[str], columns: _Columns) -> dict[str, str] | None:
    """What the columns of a row name; one column alone cuts no line apart."""
    if len(columns.names) == 1:
        return None
    pairs = zip((use for _, use in columns.names), row, strict=False)
    told = {use: cell.strip() for use, cell in pairs if use and cell.strip()}
    if told.keys() == {"platform", "code"}:
        return told
    name = told.get("url") or told.get("code", "")
    return _named(name).get("item") if name else None


# JSON


def _json(text: str) -> Listed | None:
    """A list of items or links, or a batch with its `items`; None for a text that is to be read by its lines."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value = strictly.parse(_without_comma(text).encode())
    except (BadRequest, Invalid) as exc:
        if isinstance(exc, BadRequest) and (not _JSON.match(text) or _begins_with_objects(text)):
            return None
        value = _inner_part(text)
        if not value:
            return Listed(text=text, entries=iter([_broken(text, exc)]))
    is_batch = isinstance(value, dict) and "items" in value
    besides = {name: part for name, part in value.items() if name != "items"} if is_batch else {}
    values = value["items"] if is_batch else value if isinstance(value, list) else [value]
    if not isinstance(values, list):
        why = Entry(line=1, text="items", fault="`items` must be a list")
        return Listed(text=text, entries=iter([why]), besides=besides)
    return Listed(text=text, entries=_of_values(text, values), besides=besides, values=values)


def _begins_with_objects(text: str) -> bool:
    """Whether the first line holds whole objects, or was to: no text in JSON could go on behind it."""
    first, second = [*(line.strip() for line in text.split("\n") if line.strip()), ""][:2]
    try:
        with suppress(Invalid):
            strictly.parse(_bracketed(first))
    except BadRequest:
        return bool(_OBJECT.match(first)) and not first.endswith(_OPEN) and not second.startswith(_GOES_ON)
    return bool(_OBJECT.match(first))


def _inner_part(text: str) -> Any:
    """The entries of a list whose brackets were not copied; None where it is none."""
    try:
        return strictly.parse(_bracketed(text))
    except (BadRequest, Invalid):
        return None


def _bracketed(text: str) -> bytes:
    return f"[{_without_comma(text)}]".encode()


def _without_comma(text: str) -> str:
    return text.rstrip().removesuffix(",")


def _of_objects(number: int, line: str) -> Iterator[Entry]:
    """What a line names that begins with an object: that one, or several with commas between them."""
    values = _inner_part(line) or ()
    if len(values) > 1:
        yield from (_of_value(number, json.dumps(value, ensure_ascii=False), value) for value in values)
    else:
        yield _of_object(number, line)


def _of_object(number: int, line: str) -> Entry:
    try:
        return _of_value(number, line, strictly.parse(_without_comma(line).encode()))
    except (BadRequest, Invalid) as exc:
        return Entry(line=number, text=_short(line), fault=_why(exc, above=number - 1))


def _broken(text: str, exc: BadRequest | Invalid) -> Entry:
    """That a text which begins like JSON is none, at the line where it ceases to be."""
    place = re.search(r"at line (\d+)", str(exc))
    line = int(place[1]) if place else 1
    return Entry(line=line, text=_short([*text.split("\n"), ""][line - 1].strip()), fault=_why(exc))


def _why(exc: BadRequest | Invalid, *, above: int = 0) -> str:
    if isinstance(exc, Invalid):
        return f"{exc}: {exc.faults[0].pointer}"
    said = str(exc).removeprefix("the body is not JSON: ")
    words = next((words for sign, words in _BROKEN if said.startswith(sign)), _PLACE.sub("", said))
    if place := _PLACE.search(said):
        return f"this begins like JSON and is broken at line {int(place[1]) + above}, column {place[2]}: {words}"
    return f"this begins like JSON and is broken: {words}"


def _short(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 3] + "..."


def _of_values(text: str, values: Sequence[Any]) -> Iterator[Entry]:
    place = 0
    for value in values:
        place, line = _found(text, value, place)
        yield _of_value(line, json.dumps(value, ensure_ascii=False), value)


def _found(text: str, value: Any, place: int) -> tuple[int, int]:
    """Where an entry stands behind a place: where its link or code is found; and the number of that line."""
    told = (value.get("url") or value.get("code")) if isinstance(value, dict) else value
    found = text.find(json.dumps(told, ensure_ascii=False), place) if isinstance(told, str | int) else -1
    place = found + 1 if found >= 0 else place
    return place, text.count("\n", 0, place) + 1


def _of_value(line: int, text: str, value: Any) -> Entry:
    if not isinstance(value, str):
        return Entry(line=line, text=text, item=_with_written_code(value))
    if len(value) > _LONGEST_LINE:
        return Entry(line=line, text=text, fault=_TOO_LONG)
    named = _named(value) if value.strip() else {"fault": "this is empty"}
    return Entry(line=line, text=text, **named)


def _with_written_code(value: Any) -> Any:
    """The item, its code as a text: other programs write one of digits alone as a number."""
    is_number = isinstance(value, dict) and type(value.get("code")) is int
    return {**value, "code": str(value["code"])} if is_number else value

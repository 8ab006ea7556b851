"""Job records of older programs: their `log` text becomes `logs`, and not a byte around it changes. Pure."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Any

from vxpipe.model import instant
from vxpipe.values import frozen

_LEVELS = {
    "TRACE": "DEBUG", "DEBUG": "DEBUG", "INFO": "INFO", "NOTICE": "INFO", "SUCCESS": "INFO",
    "WARN": "WARNING", "WARNING": "WARNING", "ERROR": "ERROR", "CRITICAL": "ERROR", "FATAL": "ERROR",
}  # fmt: skip
_WORD = "|".join(sorted(_LEVELS, key=len, reverse=True))

# A date and a time, as Python's logging, loguru, structlog, Go and ISO 8601 write them; brackets around it.
_STAMP = re.compile(
    r"\[?(?P<date>\d{4}[-/]\d\d[-/]\d\d)[T ](?P<time>\d\d:\d\d:\d\d)(?:[.,](?P<fraction>\d{1,9}))?"
    r" ?(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?\]?(?=$|[\s:|\-\[])",
    re.ASCII,
)
_HOUR = re.compile(r"\[?(?P<time>\d\d:\d\d:\d\d)(?:[.,](?P<fraction>\d{1,9}))?\]?(?=$|[\s:|\-\[])", re.ASCII)
_GAP = r"[\s:|-]*"
# A level as a word in capitals, or in any spelling where brackets, a colon, dashes or bars mark it.
_LEVEL = re.compile(
    rf"{_GAP}(?:\[\s*(?P<boxed>(?i:{_WORD}))\s*\]|(?P<plain>{_WORD})\b|(?P<marked>(?i:{_WORD}))(?=\s*[:|]|\s+-\s))"
)
# `time - name - LEVEL - message`, and the same with bars.
_NAMED = re.compile(rf"\s*[-|]\s*(?P<name>[\w.<>:]+)\s*[-|]\s*(?P<level>(?i:{_WORD}))\s*[-|:]\s*")
# `time [thread] LEVEL message`: who speaks is in brackets before the level.
_SPEAKER = re.compile(rf"\s*(?P<name>\[(?!\s*(?i:{_WORD})\s*\])[^\[\]]{{1,100}}\])(?=\s)")
_PARTING = re.compile(r"\s*(?:[-|]\s+|:)?")
_LINES = re.compile(r"\r\n|\n|\r")
_BEGINNINGS = ("createdAt", "created_at", "startedAt", "started_at")
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)  # spelled as they were: never numbers


class Unreadable(Exception):
    """The text is not what it should be; the message says where and why."""


@frozen(kw_only=False)
class Converted:
    """A text, and how many records it holds, how many of them were changed, how many log lines they have."""

    text: str
    records: int = 0
    changed: int = 0
    lines: int = 0


def document(text: str) -> Converted:
    """A whole JSON document: records by their ids, a list of records, or one. Raises Unreadable."""
    value = _parsed(text)
    begin = _space(text, 0)
    if isinstance(value, list):
        return _all(text, [(f"record {n}", at) for n, (_, at, _) in enumerate(_elements(text, begin), 1)])
    if not isinstance(value, dict):
        raise Unreadable("it holds neither records by their ids, nor a list of them")
    if all(isinstance(part, dict) for part in value.values()):
        return _all(text, [(f"record {each.key!r}", each.begin) for each in _members(text, begin)])
    return record(text)


def record(text: str) -> Converted:
    """A JSON document that is one record, as a line of NDJSON is. Raises Unreadable."""
    if not isinstance(_parsed(text), dict):
        raise Unreadable("a record must be a JSON object")
    return _all(text, [("the record", _space(text, 0))])


def entries(log: str, begun: datetime | None = None) -> list[dict[str, Any]]:
    """The lines of a log text as `{ts, level, msg}`; empty ones are left out.

    A line without a time takes that of the line before it, the first ones take `begun`; one that is moved in takes its
    level too. A line with a time of day only belongs to the day of the one before it, or to the next one.
    """
    found: list[dict[str, Any]] = []
    last, level = begun, "INFO"
    for text in _LINES.split(log):
        if not text.strip():
            continue
        goes_on = text[0].isspace() and bool(found)
        said = _Said(last, level, text.rstrip()) if goes_on else _line(text.strip(), last)
        last, level = said.ts or last, said.level
        found.append({"ts": instant(last), "level": level, "msg": said.msg, **said.more})
    return found


@frozen(kw_only=False)
class _Said:
    ts: datetime | None
    level: str
    msg: str
    more: Mapping[str, Any] = field(default_factory=dict)


def _line(text: str, last: datetime | None) -> _Said:
    if text.startswith("{") and (said := _structured(text)):
        return said
    ts, rest = _stamped(text, last)
    if ts is not None and (named := _NAMED.match(rest)) and _LEVELS.get(named["name"].upper()) is None:
        return _Said(ts, _LEVELS[named["level"].upper()], f"{named['name']}: {rest[named.end() :].strip()}")
    speaker = _SPEAKER.match(rest)
    level = _LEVEL.match(rest, speaker.end() if speaker else 0)
    if level is None:
        return _Said(ts, "INFO", rest.strip() if ts is None else _after(rest))
    word = level["boxed"] or level["plain"] or level["marked"]
    rest = rest[level.end() :]
    if ts is None and (stamp := _stamped(_after(rest), last))[0]:
        ts, rest = stamp
    msg = " ".join(filter(None, (speaker["name"] if speaker else "", _after(rest))))
    return _Said(ts, _LEVELS[word.upper()], msg or word)


def _after(text: str) -> str:
    """A message without what parts it from the time or the level before it."""
    found = _PARTING.match(text)
    return text[found.end() if found else 0 :].strip()


def _structured(text: str) -> _Said | None:
    """A line that is a JSON object with a message, as programs write that log in JSON."""
    try:
        said = json.loads(text, parse_constant=str, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    msg = next((said.pop(name) for name in ("msg", "message", "event") if isinstance(said.get(name), str)), None)
    if msg is None:
        return None
    stamps = [name for name in ("ts", "time", "timestamp", "asctime") if isinstance(said.get(name), str)]
    ts = _stamped(said[stamps[0]], None)[0] if stamps else None
    if ts is not None:
        del said[stamps[0]]
    levels = [name for name in ("level", "levelname", "severity") if str(said.get(name)).upper() in _LEVELS]
    level = _LEVELS[str(said.pop(levels[0])).upper()] if levels else "INFO"
    return _Said(ts, level, msg, {"fields": said} if said else {})


def _finite(text: str) -> float | str:
    """A number as JSON can hold it again; one that no double holds stays a text."""
    value = float(text)
    return value if math.isfinite(value) else text


def _stamped(text: str, last: datetime | None) -> tuple[datetime | None, str]:
    """The time at the beginning of a text, if there is one, and what follows."""
    found = _STAMP.match(text)
    if found:
        ts = _moment(found["date"].replace("/", "-"), found, found["zone"])
        return (ts, text[found.end() :]) if ts else (None, text)
    found = _HOUR.match(text)
    ts = _moment(f"{last:%Y-%m-%d}", found, None) if found and last else None
    if not found or not last or not ts:
        return None, text
    midnight = timedelta(days=1) if last - ts > timedelta(hours=12) else timedelta()
    return ts + midnight, text[found.end() :]


def _moment(date: str, found: re.Match[str], zone: str | None) -> datetime | None:
    """A time, UTC where it names no zone; None for one that is in no calendar."""
    fraction = (found["fraction"] or "0")[:6].ljust(6, "0")
    offset = "+00:00" if zone in (None, "Z", "UTC") else zone
    try:
        return datetime.fromisoformat(f"{date}T{found['time']}.{fraction}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@frozen(kw_only=False)
class _Member:
    """A name in an object and its value: where the member begins, where its value does, and where both end."""

    key: str
    place: int
    begin: int
    end: int
    value: Any


def _all(text: str, places: Sequence[tuple[str, int]]) -> Converted:
    """The text with the records at these places converted."""
    pieces, at, lines = list[str](), 0, 0
    changes = [change for name, place in places if (change := _change(text, place, name))]
    for old, found in changes:
        pieces += [text[at : old.place], f'"logs": {_dumped(found)}']
        at, lines = old.end, lines + len(found)
    return Converted("".join([*pieces, text[at:]]), len(places), len(changes), lines)


def _change(text: str, place: int, name: str) -> tuple[_Member, list[dict[str, Any]]] | None:
    """The `log` of the record that begins at `place`, and the lines to put there."""
    if text[place] != "{":
        raise Unreadable(f"{name} is not a JSON object")
    members = list(_members(text, place))
    logs = [each for each in members if each.key == "log" and (each.value is None or isinstance(each.value, str))]
    there = [each for each in members if each.key == "logs"]
    if not logs:
        return None
    if len(logs) + len(there) > 1:
        raise Unreadable(f'{name} has more than one of "log" and "logs": take out what it should not keep')
    begun = next((each.value for each in members if each.key in _BEGINNINGS and isinstance(each.value, str)), "")
    return logs[0], entries(logs[0].value or "", _stamped(begun, None)[0])


def _members(text: str, at: int) -> Iterator[_Member]:
    """The members of the object that begins at `at`; the text is known to be JSON."""
    at = _space(text, at + 1)
    while text[at] != "}":
        key, end = _DECODER.raw_decode(text, at)
        begin = _space(text, _space(text, end) + 1)
        value, end = _DECODER.raw_decode(text, begin)
        yield _Member(key, at, begin, end, value)
        at = _next(text, end)


def _elements(text: str, at: int) -> Iterator[tuple[Any, int, int]]:
    """The elements of the list that begins at `at`, with their beginnings and ends."""
    at = _space(text, at + 1)
    while text[at] != "]":
        value, end = _DECODER.raw_decode(text, at)
        yield value, at, end
        at = _next(text, end)


def _next(text: str, end: int) -> int:
    at = _space(text, end)
    return _space(text, at + 1) if text[at] == "," else at


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def _parsed(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as exc:
        raise Unreadable(f"it is not JSON: {exc.msg} at line {exc.lineno} column {exc.colno}") from exc
    except RecursionError as exc:
        raise Unreadable("it is nested too deeply") from exc


def _dumped(value: Any) -> str:
    """JSON that can be written as UTF-8: half of a surrogate pair stays an escape."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text

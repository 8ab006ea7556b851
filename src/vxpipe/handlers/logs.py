"""The log of a job as JSON, NDJSON or plain text, whole or in parts, while it is written and afterwards."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from enum import StrEnum
from typing import Annotated, Any

import orjson
from aiohttp import web
from pydantic import BeforeValidator, Field

from vxpipe.handlers import bodies, negotiation, query, schemas
from vxpipe.handlers.answers import answer
from vxpipe.handlers.keys import FEED, SERVICE
from vxpipe.handlers.operations import Answer, operation
from vxpipe.handlers.query import DIGITS, Query, Whole, words
from vxpipe.handlers.streams import breaking_off, send
from vxpipe.model import Event, EventKind
from vxpipe.values import frozen

_JSON, _NDJSON, _TEXT = "application/json", "application/x-ndjson", "text/plain"
_PAGE = "text/html"
_AS_FILE = {"Content-Disposition": 'attachment; filename="log.txt"'}
_DEFAULT_LIMIT, _MAX_LIMIT = 1000, 10_000
_NO_LIMIT = 10**18
_WRITE_BYTES = 1 << 16
_HEADERS = {"Cache-Control": "no-cache", "Vary": "Accept"}

_Form = Callable[[dict[str, Any]], bytes]


class Level(StrEnum):
    """How grave a line is, the least grave first."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


_SMALL_TOO = BeforeValidator(lambda text: (text.upper() if text.islower() else text) or None)


class LogQuery(Query):
    """Which lines of a log, and how many."""

    after: Annotated[Whole, Field(description="Only lines with a greater `seq`.")] = 0
    limit: Annotated[
        Annotated[int, Field(ge=1, lt=10**18), DIGITS] | None,
        Field(description="So many lines: as JSON 1000 where nothing is said, and 10,000 at most; else all."),
    ] = None
    level: Annotated[
        Level | None,
        _SMALL_TOO,
        words([*Level, *map(str.lower, Level)]),
        Field(description="Only lines as grave as this, or graver."),
    ] = None
    item: Annotated[Whole | None, Field(description="Only lines of this item.")] = None
    stage: Annotated[str | None, Field(description="Only lines of this stage.")] = None


@frozen
class Wanted:
    """Which lines a caller wants: after `after` up to `until`, from `level` upwards, of one item, of one stage."""

    after: int
    until: int
    limit: int
    level: Level
    item: int | None
    stage: str | None

    def holds(self, event: Event) -> bool:
        """Whether an event is one of them."""
        said = event.data
        return (
            event.kind is EventKind.LOG
            and (self.level is Level.DEBUG or said["level"] in list(Level)[list(Level).index(self.level) :])
            and (self.item is None or said.get("item") == self.item)
            and (self.stage is None or said.get("stage") == self.stage)
        )


@operation(
    "jobs",
    {200: Answer("The lines.", {_JSON: bodies.LogPage, _NDJSON: None, _TEXT: None}, headers=("Cache-Control",))},
    query=LogQuery,
    headers=("Accept",),
    refusals=("job_not_found", "not_acceptable"),
)
async def get_logs(request: web.Request) -> web.StreamResponse:
    """The log of a job, in the form that Accept asks for: while it is written, and afterwards.

    A browser that follows a link asks for a page: it gets plain text, as a file to keep.
    """
    form = negotiation.preferred(request.headers.get("Accept"), (_JSON, _NDJSON, _TEXT, _PAGE))
    if form is None:
        raise web.HTTPNotAcceptable(text=f"the log comes as {_JSON}, {_NDJSON} or {_TEXT}")
    asked = query.read(request, LogQuery)
    job_id = request.match_info["id"]
    head = await request.app[SERVICE].head(job_id)
    wanted = _wanted(asked, until=head.last_seq, in_pages=form == _JSON)
    if form == _JSON:
        return await _page(request, job_id, wanted)
    return await _stream(request, job_id, wanted, form)


def _wanted(asked: LogQuery, *, until: int, in_pages: bool) -> Wanted:
    default, most = (_DEFAULT_LIMIT, _MAX_LIMIT) if in_pages else (_NO_LIMIT, _NO_LIMIT)
    return Wanted(
        after=asked.after,
        until=until,
        limit=min(asked.limit or default, most),
        level=asked.level or Level.DEBUG,
        item=asked.item,
        stage=asked.stage,
    )


async def _page(request: web.Request, job_id: str, wanted: Wanted) -> web.Response:
    lines = [event async for event in _lines(request, job_id, wanted)]
    # A page that is not full has seen all that was there, lines that were not wanted too.
    more = len(lines) == wanted.limit and lines[-1].seq < wanted.until
    reached = lines[-1].seq if more else max(wanted.after, wanted.until)
    body = {"logs": [schemas.log_body(event) for event in lines], "nextAfter": reached, "more": more}
    return answer(body, headers=_HEADERS)


async def _stream(request: web.Request, job_id: str, wanted: Wanted, form: str) -> web.StreamResponse:
    media, kept = (_TEXT, _AS_FILE) if form == _PAGE else (form, {})
    stream = web.StreamResponse(headers={**_HEADERS, **kept, "Content-Type": f"{media}; charset=utf-8"})
    await stream.prepare(request)
    if request.method == "HEAD":
        return stream
    with breaking_off(request):
        await _write(request, stream, _lines(request, job_id, wanted), _FORMS[form])
    return stream


async def _write(
    request: web.Request, stream: web.StreamResponse, lines: AsyncGenerator[Event, None], form: _Form
) -> None:
    pending = bytearray()
    async with aclosing(lines) as events:
        async for event in events:
            pending += form(schemas.log_body(event))
            if len(pending) >= _WRITE_BYTES:
                await send(request, stream, bytes(pending))
                pending.clear()
    await send(request, stream, bytes(pending))


async def _lines(request: web.Request, job_id: str, wanted: Wanted) -> AsyncGenerator[Event, None]:
    """The wanted lines, read from the store as they are taken."""
    given = 0
    async with aclosing(request.app[FEED].replay(job_id, after=wanted.after)) as events:
        async for event in events:
            if event.seq > wanted.until or given == wanted.limit:
                return
            if wanted.holds(event):
                given += 1
                yield event


def _as_ndjson(line: dict[str, Any]) -> bytes:
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _as_text(line: dict[str, Any]) -> bytes:
    """For people; what is more than one line is moved in, so that each time stamp begins a line of the log."""
    about = " ".join(f"{name} {line[name]}" for name in ("item", "stage") if name in line)
    msg = line["msg"].replace("\n", "\n    ")
    return f"{line['ts']} {line['level']:<7} {f'{about}: ' if about else ''}{msg}\n".encode()


_FORMS: dict[str, _Form] = {_NDJSON: _as_ndjson, _TEXT: _as_text, _PAGE: _as_text}

"""The live streams: one job's whole story, and the feed of all jobs."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from enum import StrEnum
from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import Field

from vxpipe.access import Scope
from vxpipe.errors import BadRequest
from vxpipe.handlers import query, schemas, sse, stream_events
from vxpipe.handlers.auth import still_may
from vxpipe.handlers.frames import Frames
from vxpipe.handlers.keys import CALLER, FEED, READERS, SERVICE
from vxpipe.handlers.operations import STREAM, Answer, operation
from vxpipe.handlers.own_jobs import of_owner, seen_owner
from vxpipe.handlers.query import EMPTY_IS_ABSENT, Query, words
from vxpipe.handlers.streams import TookNothing, bound_backlog, bound_silence, breaking_off, send
from vxpipe.model import Event, Wanted
from vxpipe.ports import FeedClosed

_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}
_RETRY_MS = 2000
_ROTATE_SECONDS = 600
_CHECK_SECONDS = 5
_BEAT_SECONDS = 15


class _Follow(StrEnum):
    NO = "0"
    YES = "1"


class StreamQuery(Query):
    """Where the stream of a job begins and whether it goes on."""

    last_event_id: Annotated[
        str,
        Field(
            description="As the header Last-Event-ID, which goes first.",
            json_schema_extra={"pattern": "^([0-9]{1,18})?$"},  # told here, checked where the header's is
        ),
    ] = ""
    follow: Annotated[
        _Follow | None, EMPTY_IS_ABSENT, words(_Follow), Field(description="0: what is stored, then the end.")
    ] = None


_STREAM_HEADERS = ("Cache-Control",)


@operation(
    "live",
    {200: Answer("The stream.", {STREAM: stream_events.JobStreamEvent}, headers=_STREAM_HEADERS)},
    query=StreamQuery,
    headers=("Last-Event-ID",),
    refusals=("bad_event_id", "job_not_found", "too_many_streams"),
)
async def get_job_events(request: web.Request) -> web.StreamResponse:
    """The live story of a job, as server-sent events; it ends with the job.

    After `Last-Event-ID`, without a gap or a repeat; else its snapshot and then its story from the beginning.
    """
    service, feed, readers = request.app[SERVICE], request.app[FEED], request.app[READERS]
    asked = query.read(request, StreamQuery)
    by_query = _resume_point(asked.last_event_id)
    by_header = _resume_point(request.headers.get("Last-Event-ID", ""))
    after = by_query if by_header is None else by_header
    job = await service.get(request.match_info["id"])
    follow = feed.pages if asked.follow is _Follow.NO else feed.follow
    with readers.admitted(request[CALLER]):
        begin = sse.frame("snapshot", schemas.job_body(job), seq=0) if after is None else b""
        events = follow(job.id, after=min(after or 0, job.last_seq))
        return await _pass_on(request, begin, events, readers.story)


@operation(
    "live",
    {200: Answer("The feed.", {STREAM: stream_events.FeedStreamEvent}, headers=_STREAM_HEADERS)},
    refusals=("too_many_streams",),
)
async def get_events(request: web.Request) -> web.StreamResponse:
    """States and progress of all jobs, as server-sent events: a snapshot of the unfinished ones, then what changes."""
    owner, service, readers = seen_owner(request), request.app[SERVICE], request.app[READERS]
    # Listening begins before the snapshot is read: nothing falls between.
    with readers.admitted(request[CALLER]), request.app[FEED].watch() as events:
        jobs = [job for job in await service.unfinished() if owner in (None, job.owner)]
        if owner is not None:
            events = of_owner(events, partial(service.owns, owner))
        counts = await service.counts(Wanted(owner=owner))
        begin = sse.frame("snapshot", {"jobs": [schemas.job_body(job) for job in jobs], "counts": counts})
        return await _pass_on(request, begin, events, readers.feed)


def _resume_point(given: str) -> int | None:
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise BadRequest("Last-Event-ID must be a number that this stream gave out", code="bad_event_id")
    return int(given)


async def _open(request: web.Request) -> web.StreamResponse:
    stream = web.StreamResponse(headers=_HEADERS)
    await stream.prepare(request)
    bound_silence(request, seconds=request.app[READERS].send_seconds)
    bound_backlog(request)
    return stream


async def _pass_on(
    request: web.Request, begin: bytes, events: AsyncGenerator[Sequence[Event], None], frames: Frames
) -> web.StreamResponse:
    """Write events until they end, the reader is gone, or the connection is old enough to be made anew."""
    stream = await _open(request)
    with breaking_off(request):
        await _send(request, stream, sse.retry(_RETRY_MS) + begin)
        reason = await _write_events(request, stream, events, frames)
        await _send(request, stream, sse.frame("bye", {"reason": reason}))
    return stream


async def _write_events(
    request: web.Request, stream: web.StreamResponse, events: AsyncGenerator[Sequence[Event], None], frames: Frames
) -> str:
    clock = asyncio.get_running_loop().time
    until, check_at, beat_at = clock() + _ROTATE_SECONDS, clock() + _CHECK_SECONDS, clock() + _BEAT_SECONDS
    try:
        async with aclosing(events) as heard:
            async for batch in heard:
                for data in frames.joined(batch) if batch else ():
                    await _send(request, stream, data)
                if not batch or clock() > beat_at:  # whoever waits for it need not count events
                    beat_at = clock() + _BEAT_SECONDS
                    await _send(request, stream, sse.HEARTBEAT)
                if clock() > check_at:
                    check_at = clock() + _CHECK_SECONDS
                    until = until if await still_may(request, Scope.READ) else 0
                if clock() > until:
                    return "rotate"
    except FeedClosed as exc:
        request.app[READERS].cut += exc.reason == "rotate"  # it fell behind
        return exc.reason
    return "done"


async def _send(request: web.Request, stream: web.StreamResponse, data: bytes) -> None:
    readers = request.app[READERS]
    try:
        await send(request, stream, data, seconds=readers.send_seconds)
    except TookNothing:
        readers.cut += 1
        raise

"""The status of a job: the answer that is asked for most, so an unchanged one costs next to nothing."""

import asyncio
from collections import OrderedDict
from contextlib import aclosing
from datetime import datetime
from typing import Annotated
from weakref import WeakValueDictionary

import orjson
from aiohttp import web
from pydantic import Field

from vxpipe.handlers import bodies, examples, query, schemas
from vxpipe.handlers.keys import EDGE, FEED, SERVICE
from vxpipe.handlers.operations import JSON, Answer, operation
from vxpipe.handlers.query import Query, Whole, at_most
from vxpipe.model import Head
from vxpipe.ports import FeedClosed
from vxpipe.service import Service
from vxpipe.values import frozen

_MAX_TAIL = 10_000
_MAX_WAIT_SECONDS = 30
_KEPT_BYTES = 32 << 20
_ENCODED_AT_ONCE = 4
_ANY = "*"  # RFC 9110, section 13.1.2: whatever there is


class StatusQuery(Query):
    """How much of a job's log to show, and whether to wait for a change."""

    tail: Annotated[Whole, at_most(_MAX_TAIL), Field(description="The last so many log lines; at most 10,000.")] = 1000
    wait: Annotated[
        Whole, at_most(_MAX_WAIT_SECONDS), Field(description="Wait so long for a change; at most 30 s.")
    ] = 0


@frozen(kw_only=False)
class Shown:
    """A job as it was encoded when it stood at `head`."""

    head: Head
    body: bytes


class Statuses:
    """Status bodies as long as their jobs stay as they are, the least recently used gone first."""

    def __init__(self, service: Service, *, most_bytes: int = _KEPT_BYTES) -> None:
        self._service = service
        self._room = most_bytes
        self._kept: OrderedDict[tuple[str, int], Shown] = OrderedDict()
        self._encoding: WeakValueDictionary[tuple[str, int], asyncio.Lock] = WeakValueDictionary()
        self._room_to_encode = asyncio.Semaphore(_ENCODED_AT_ONCE)

    async def shown(self, job_id: str, head: Head, *, tail: int) -> Shown:
        """The job at `head`, or later where it has gone on, with its last `tail` log lines."""
        key = (job_id, tail)
        if (kept := self._at(key, head)) is not None:
            return kept
        lock = self._encoding.setdefault(key, asyncio.Lock())
        async with lock, self._room_to_encode:
            if (kept := self._at(key, head)) is not None:  # of those who wait the first has encoded it for all
                return kept
            return self._keep(key, await self._encoded(job_id, tail))

    def _at(self, key: tuple[str, int], head: Head) -> Shown | None:
        """What is kept of a job at `head` or later."""
        kept = self._kept.get(key)
        if kept is None or _moment(kept.head) < _moment(head):
            return None
        self._kept.move_to_end(key)
        return kept

    def _keep(self, key: tuple[str, int], shown: Shown) -> Shown:
        old = self._kept.pop(key, None)
        self._kept[key] = shown
        self._room += (len(old.body) if old else 0) - len(shown.body)
        while self._room < 0:
            self._room += len(self._kept.popitem(last=False)[1].body)
        return shown

    async def _encoded(self, job_id: str, tail: int) -> Shown:
        job = await self._service.get(job_id)
        # Not beyond the job's own last event: what is encoded is the job at one moment.
        logs, truncated = await self._service.logs(job_id, tail=tail, until=job.last_seq) if tail else ((), True)
        return Shown(job.head, orjson.dumps(schemas.status_body(job, logs, truncated=truncated)))


def _moment(head: Head) -> tuple[int, datetime]:
    return head.last_seq, head.updated_at


STATUSES = web.AppKey("statuses", Statuses)


@operation(
    "jobs",
    {
        200: Answer("The job.", {JSON: bodies.Status}, headers=("ETag", "Cache-Control"), example=examples.STATUS),
        304: Answer("Nothing has changed since the answer with this ETag.", headers=("ETag",)),
    },
    query=StatusQuery,
    headers=("If-None-Match",),
    refusals=("job_not_found",),
)
async def get_status(request: web.Request) -> web.Response:
    """One job with its last log lines; waits for a change when asked to."""
    asked = query.read(request, StatusQuery)
    job_id = request.match_info["id"]
    head = await request.app[SERVICE].head(job_id)
    known = _known(request)
    is_news = bool(known) and not known & {_ANY, _tag(request, head, asked.tail)}
    if asked.wait and not is_news and not head.status.is_final:
        head = await _changed(request, job_id, head, seconds=asked.wait)
    if known & {_ANY, tag := _tag(request, head, asked.tail)}:
        return web.Response(status=304, headers={"ETag": tag})
    shown = await request.app[STATUSES].shown(job_id, head, tail=asked.tail)
    headers = {"Cache-Control": "no-cache", "ETag": _tag(request, shown.head, asked.tail)}
    return web.Response(body=shown.body, content_type="application/json", headers=headers)


async def _changed(request: web.Request, job_id: str, seen: Head, *, seconds: float) -> Head:
    """Where the job stands once that differs from what was `seen`, at the latest after so many seconds."""
    head = seen
    try:
        async with asyncio.timeout(seconds), aclosing(request.app[FEED].follow(job_id, after=seen.last_seq)) as events:
            async for batch in events:
                if batch:
                    head = await request.app[SERVICE].head(job_id)
                if head != seen:
                    break
    except (TimeoutError, FeedClosed):
        return head
    return head


def _tag(request: web.Request, head: Head, tail: int) -> str:
    """Names one body: another version of vxpipe may show the same job in other words."""
    return f'"{request.app[EDGE].version}-{head.last_seq}-{head.updated_at.timestamp() * 1000:.0f}-{tail}"'


def _known(request: web.Request) -> frozenset[str]:
    given = request.headers.get("If-None-Match")
    return frozenset(tag.strip().removeprefix("W/") for tag in given.split(",")) if given else frozenset()

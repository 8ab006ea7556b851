"""Submit, read, list, cancel jobs and run them again."""

import asyncio
import hashlib
import re
from contextlib import aclosing
from typing import Annotated

import orjson
from aiohttp import web
from pydantic import Field

from vxpipe.errors import BadRequest
from vxpipe.handlers import bodies, examples, query, schemas
from vxpipe.handlers.keys import CALLER, EDGE, FEED, SERVICE, TARGETS
from vxpipe.handlers.operations import JSON, Answer, operation
from vxpipe.handlers.own_jobs import seen_owner
from vxpipe.handlers.query import DIGITS, EMPTY_IS_ABSENT, Query, Whole, at_most, words
from vxpipe.model import Job, JobStatus
from vxpipe.ports import FeedClosed

_MAX_TAIL = 10_000
_MAX_WAIT_SECONDS = 30
_IDEMPOTENCY_KEY = re.compile("[!-~]([ -~]{0,198}[!-~])?")


class StatusQuery(Query):
    """How much of a job's log to show, and whether to wait for a change."""

    tail: Annotated[Whole, at_most(_MAX_TAIL), Field(description="The last so many log lines; at most 10,000.")] = 1000
    wait: Annotated[
        Whole, at_most(_MAX_WAIT_SECONDS), Field(description="Wait so long for a change; at most 30 s.")
    ] = 0


class JobsQuery(Query):
    """Which jobs, and how many of them."""

    status: Annotated[
        JobStatus | None, EMPTY_IS_ABSENT, words(JobStatus), Field(description="Only jobs that stand there.")
    ] = None
    limit: Annotated[int, Field(ge=1), DIGITS, at_most(200), Field(description="So many on a page; at most 200.")] = 50
    cursor: Annotated[
        str | None, EMPTY_IS_ABSENT, Field(description="The `nextCursor` of the page before; none: the newest jobs.")
    ] = None


@operation(
    "jobs",
    {
        202: Answer(
            "The batch is stored and will be done.",
            {JSON: bodies.Accepted},
            headers=("Location",),
            example=examples.ACCEPTED,
        )
    },
    body=schemas.ProcessIn,
    examples=examples.BATCHES,
    headers=("Idempotency-Key",),
    refusals=(
        *("bad_json", "no_items", "too_many_items", "bad_idempotency_key", "body_too_large"),
        *("validation", "idempotency_key_reused", "queue_full", "draining"),
    ),
)
async def post_process(request: web.Request) -> web.Response:
    """Accept a batch of videos.

    A batch with something wrong in it is refused as a whole: each wrong value is named by its place.
    """
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="send the body as Content-Type: application/json")
    body = await request.read()
    targets, recipe = schemas.parse_process(body, request.app[TARGETS], max_items=request.app[EDGE].max_items)
    named, owner = _idempotency(request, body), request[CALLER].id
    job_id = await request.app[SERVICE].submit(targets, recipe, owner=owner, idempotency=named)
    return _json({"jobId": job_id}, status=202, headers={"Location": f"/status/{job_id}"})


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
    job, answer = await _status(request, asked.tail)
    is_news = "If-None-Match" in request.headers and not _is_known_to_caller(request, answer)
    if asked.wait and not is_news and not job.status.is_final:
        answer = await _changed(request, job, answer, tail=asked.tail, seconds=asked.wait)
    if _is_known_to_caller(request, answer):
        return web.Response(status=304, headers={"ETag": answer.headers["ETag"]})
    return answer


@operation(
    "jobs",
    {200: Answer("A page of jobs.", {JSON: bodies.Jobs}, example=examples.JOBS)},
    query=JobsQuery,
    refusals=("bad_cursor",),
)
async def get_jobs(request: web.Request) -> web.Response:
    """The list of jobs, newest first."""
    asked, owner = query.read(request, JobsQuery), seen_owner(request)
    page = await request.app[SERVICE].list(status=asked.status, limit=asked.limit, cursor=asked.cursor, owner=owner)
    return _json({"jobs": [schemas.job_body(job) for job in page.jobs], "nextCursor": page.next_cursor})


@operation("jobs", {200: Answer("The item.", {JSON: bodies.ItemDetail})}, refusals=("job_not_found", "item_not_found"))
async def get_item(request: web.Request) -> web.Response:
    """One item with its files."""
    key = schemas.item_key(request.match_info["id"], request.match_info["n"])
    return _json(schemas.item_detail(await request.app[SERVICE].item(key)))


@operation(
    "jobs",
    {202: Answer("The job ends, or had been cancelled before.", {JSON: bodies.Job}, example=examples.JOB)},
    refusals=("job_not_found", "job_finished"),
)
async def post_cancel(request: web.Request) -> web.Response:
    """End a job; running work is gone within seconds."""
    job = await request.app[SERVICE].cancel(request.match_info["id"])
    return _json(schemas.job_body(job), status=202)


@operation(
    "jobs",
    {202: Answer("The items are queued again.", {JSON: bodies.Job}, headers=("Location",), example=examples.JOB)},
    refusals=("job_not_found", "job_unfinished", "nothing_to_retry", "queue_full", "draining"),
)
async def post_retry(request: web.Request) -> web.Response:
    """Run again what failed or was cancelled of a job that has ended."""
    job = await request.app[SERVICE].retry(request.match_info["id"])
    return _json(schemas.job_body(job), status=202, headers={"Location": f"/status/{job.id}"})


async def _status(request: web.Request, tail: int) -> tuple[Job, web.Response]:
    service = request.app[SERVICE]
    job = await service.get(request.match_info["id"])
    logs, truncated = await service.logs(job.id, tail=tail) if tail else ((), True)
    body = orjson.dumps(schemas.status_body(job, logs, truncated=truncated))
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"Cache-Control": "no-cache", "ETag": tag}
    return job, web.Response(body=body, content_type="application/json", headers=headers)


async def _changed(request: web.Request, job: Job, seen: web.Response, *, tail: int, seconds: float) -> web.Response:
    """The status once it differs from the one that was `seen`, at the latest after so many seconds."""
    answer = seen
    try:
        async with asyncio.timeout(seconds), aclosing(request.app[FEED].follow(job.id, after=job.last_seq)) as events:
            async for batch in events:
                if batch:
                    _, answer = await _status(request, tail)
                if answer.headers["ETag"] != seen.headers["ETag"]:
                    break
    except (TimeoutError, FeedClosed):
        return answer
    return answer


def _is_known_to_caller(request: web.Request, answer: web.Response) -> bool:
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    return answer.headers["ETag"] in known


def _idempotency(request: web.Request, body: bytes) -> tuple[str, str] | None:
    """The caller's own name for the request: what others call theirs is no concern of it."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise BadRequest("Idempotency-Key must be 1 to 200 printable ASCII characters", code="bad_idempotency_key")
    return f"{request[CALLER].id} {key}", hashlib.sha256(_canonical(body)).hexdigest()


def _canonical(body: bytes) -> bytes:
    """The body without the differences that mean nothing: spaces and the order of keys."""
    return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)


def _json(value: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json", headers=headers)

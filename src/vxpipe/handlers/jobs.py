"""Submit, read, list, cancel jobs and run them again."""

import asyncio
import hashlib
from contextlib import aclosing

import orjson
from aiohttp import web

from vxpipe.errors import BadRequest
from vxpipe.handlers import schemas
from vxpipe.handlers.keys import CALLER, EDGE, FEED, SERVICE, TARGETS
from vxpipe.handlers.query import integer, one_of
from vxpipe.model import Job, JobStatus
from vxpipe.ports import FeedClosed

_MAX_TAIL = 10_000
_MAX_WAIT_SECONDS = 30


async def post_process(request: web.Request) -> web.Response:
    """Accept a batch of videos."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="send the body as Content-Type: application/json")
    body = await request.read()
    targets, recipe = schemas.parse_process(body, request.app[TARGETS], max_items=request.app[EDGE].max_items)
    job_id = await request.app[SERVICE].submit(targets, recipe, idempotency=_idempotency(request, body))
    return _json({"jobId": job_id}, status=202, headers={"Location": f"/status/{job_id}"})


async def get_status(request: web.Request) -> web.Response:
    """One job with its last log lines; waits for a change when asked to."""
    tail = integer(request, "tail", default=1000, low=0, high=_MAX_TAIL)
    wait = integer(request, "wait", default=0, low=0, high=None)
    job, answer = await _status(request, tail)
    is_news = "If-None-Match" in request.headers and not _is_known_to_caller(request, answer)
    if wait and not is_news and not job.status.is_final:
        answer = await _changed(request, job, answer, tail=tail, seconds=min(wait, _MAX_WAIT_SECONDS))
    if _is_known_to_caller(request, answer):
        return web.Response(status=304, headers={"ETag": answer.headers["ETag"]})
    return answer


async def get_jobs(request: web.Request) -> web.Response:
    """The list of jobs, newest first."""
    limit = integer(request, "limit", default=50, low=1, high=200)
    status = one_of(request, "status", JobStatus)
    page = await request.app[SERVICE].list(status=status, limit=limit, cursor=request.query.get("cursor"))
    return _json({"jobs": [schemas.job_body(job) for job in page.jobs], "nextCursor": page.next_cursor})


async def get_item(request: web.Request) -> web.Response:
    """One item with its files."""
    key = schemas.item_key(request.match_info["id"], request.match_info["n"])
    return _json(schemas.item_detail(await request.app[SERVICE].item(key)))


async def post_cancel(request: web.Request) -> web.Response:
    """End a job; running work is gone within seconds."""
    job = await request.app[SERVICE].cancel(request.match_info["id"])
    return _json(schemas.job_body(job), status=202)


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
            async for event in events:
                if event is not None:
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
    if not (0 < len(key) <= 200 and key.isprintable()):
        raise BadRequest("Idempotency-Key must be 1 to 200 printable characters", code="bad_idempotency_key")
    return f"{request[CALLER].id} {key}", hashlib.sha256(_canonical(body)).hexdigest()


def _canonical(body: bytes) -> bytes:
    """The body without the differences that mean nothing: spaces and the order of keys."""
    return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)


def _json(value: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json", headers=headers)

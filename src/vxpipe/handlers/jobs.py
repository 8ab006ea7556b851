"""Submit, read and list jobs; cancel them, run them again, delete them."""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import orjson
from aiohttp import web
from pydantic import Field

from vxpipe.errors import BadRequest, Invalid
from vxpipe.handlers import bodies, drafts, examples, query, reading, requests, schemas
from vxpipe.handlers.answers import answer
from vxpipe.handlers.keys import CALLER, EDGE, REFUSALS, SERVICE, TARGETS
from vxpipe.handlers.mount import ROOT, outward
from vxpipe.handlers.operations import JSON, Answer, operation
from vxpipe.handlers.own_jobs import seen_owner
from vxpipe.handlers.plans import draft_body, plan_body
from vxpipe.handlers.query import DIGITS, EMPTY_IS_ABSENT, Moment, Query, at_most, words
from vxpipe.handlers.screens import HTML, KEPT
from vxpipe.model import Batch, JobStatus, Planned, Wanted
from vxpipe.recipe import Recipe

_OPTIONS = Recipe.model_json_schema()
_IDEMPOTENCY_KEY = re.compile("[!-~]([ -~]{0,198}[!-~])?")


Label = Annotated[str, Field(pattern=rf"^{requests.LABEL_NAME}:{requests.LABEL_VALUE}$")]


class JobsQuery(Query):
    """Which jobs, and how many of them."""

    status: Annotated[
        JobStatus | None, EMPTY_IS_ABSENT, words(JobStatus), Field(description="Only jobs that stand there.")
    ] = None
    label: Annotated[
        tuple[Label, ...],
        Field(max_length=4, description="Only jobs with this label, `name:value`; several times: with each of them."),
    ] = ()
    platform: Annotated[
        Annotated[str, Field(max_length=64)] | None,
        EMPTY_IS_ABSENT,
        Field(description="Only jobs with a video of this platform."),
    ] = None
    since: Annotated[Moment, Field(description="Only jobs that were sent then or later.")] = None
    until: Annotated[Moment, Field(description="Only jobs that were sent before then.")] = None
    limit: Annotated[
        int, Field(ge=1, lt=10**18), DIGITS, at_most(200), Field(description="So many on a page; at most 200.")
    ] = 50
    cursor: Annotated[
        str | None, EMPTY_IS_ABSENT, Field(description="The `nextCursor` of the page before; none: the newest jobs.")
    ] = None


class ProcessQuery(Query):
    """Whether to do it, or to say what would be done."""

    plan: Annotated[Literal["0", "1"], Field(description="1: say what would be done, and do nothing.")] = "0"


_OF_A_JOB = ("getStatus", "getJobEvents", "getLogs", "postCancel", "postRetry", "getJobArchive")


@operation(
    "jobs",
    {
        200: Answer("With `plan=1`: what would be done; nothing is.", {JSON: bodies.Plan}, example=examples.PLAN),
        202: Answer(
            "The batch is stored and will be done.",
            {JSON: bodies.Accepted},
            headers=("Location",),
            example=examples.ACCEPTED,
            leads_to=_OF_A_JOB,
        ),
    },
    query=ProcessQuery,
    body=requests.ProcessIn,
    examples=examples.BATCHES,
    headers=("Idempotency-Key",),
    refusals=(
        *(*reading.REFUSALS, "no_items", "too_many_items", "bad_idempotency_key"),
        *("idempotency_key_reused", "idempotency_key_in_use", "queue_full", "draining"),
    ),
)
async def post_process(request: web.Request) -> web.Response:
    """Accept a batch of videos.

    A batch with something wrong in it is refused as a whole: each wrong value is named by its place.
    """
    asked = query.read(request, ProcessQuery)
    body = await reading.json_body(request)
    # What is wrong with a megabyte takes longer to find than others should wait.
    batch = await asyncio.to_thread(requests.parse_process, body, request.app[TARGETS], request.app[EDGE].bounds)
    refused = await request.app[REFUSALS]({encoder for _, encoder in requests.named_encoders(batch)})
    if wrong := requests.encoder_faults(batch, refused):
        raise Invalid("the request names an encoder that is not to be had here", faults=wrong)
    if asked.plan == "1":
        planned, facts = _outlook(request, batch)
        return answer(plan_body(planned, now=request.app[EDGE].now(), **facts))
    named, owner = _idempotency(request, body), request[CALLER].id
    job_id = await request.app[SERVICE].submit(batch, owner=owner, idempotency=named)
    return answer({"jobId": job_id}, status=202, headers=_leading(request, job_id))


@operation(
    "jobs",
    {200: Answer("What the list stands for.", {JSON: bodies.Draft}, example=examples.DRAFT)},
    body=drafts.DraftIn,
    examples=examples.LISTS,
    refusals=reading.REFUSALS,
)
async def post_draft(request: web.Request) -> web.Response:
    """Say what a pasted list would become, line by line; nothing is stored.

    Links, `platform:code`, CSV and the like with or without a header, JSON as POST /process takes it. A wrong line is
    told with its reason beside the others, so that the right ones can be sent.
    """
    body = await reading.json_body(request)
    asked = await asyncio.to_thread(drafts.parse_draft, body)
    draft = await asyncio.to_thread(drafts.judged, asked, request.app[TARGETS], request.app[EDGE].bounds)
    draft = draft.without(await request.app[REFUSALS](draft.encoders))
    planned, facts = _outlook(request, draft.batch)
    labels = {platform.name: platform.label for platform in request.app[TARGETS].facts()}
    return answer(await asyncio.to_thread(draft_body, draft, planned, labels=labels, **facts))


@operation("jobs", {200: Answer("The schema.", {JSON: None})})
async def get_options(_request: web.Request) -> web.Response:
    """The JSON Schema of `options`, with every default and bound.

    A form can be made of it: each value has a `title`, one without a default an example. `x-group` is what it stands
    under, `x-words` names the values, or the models, that may stand there; `x-when`: it counts only while its
    neighbours have one of these values; `x-meanings`: what a figure up to `most` means; `x-step` is that of a slider.
    """
    return answer(_OPTIONS)


@operation(
    "jobs",
    {
        200: Answer(
            "A page of jobs; or the web page, for a client that prefers HTML.",
            {JSON: bodies.Jobs, HTML: None},
            headers=("Vary",),
            example=examples.JOBS,
        ),
        304: KEPT,
    },
    query=JobsQuery,
    headers=("Accept",),
    refusals=("bad_cursor",),
)
async def get_jobs(request: web.Request) -> web.Response:
    """The list of jobs, newest first.

    A browser that is led here gets the web page with the screen of the jobs, as it gets it under `/`.
    """
    asked = query.read(request, JobsQuery)
    service, wanted = request.app[SERVICE], _wanted(request, asked)
    page, counts = await service.list(wanted, limit=asked.limit, cursor=asked.cursor), await service.counts(wanted)
    shown = []
    for job in page.jobs:
        shown.append(schemas.job_body(job))
        await asyncio.sleep(0)  # many jobs of many items: others get their turn in between
    return answer({"jobs": shown, "nextCursor": page.next_cursor, "counts": counts})


@operation("jobs", {200: Answer("The item.", {JSON: bodies.ItemDetail})}, refusals=("job_not_found", "item_not_found"))
async def get_item(request: web.Request) -> web.Response:
    """One item with its files."""
    key = schemas.item_key(request.match_info["id"], request.match_info["n"])
    return answer(schemas.item_detail(await request.app[SERVICE].item(key), root=request.app[ROOT]))


@operation(
    "jobs",
    {202: Answer("The job ends, or had been cancelled before.", {JSON: bodies.Job}, example=examples.JOB)},
    refusals=("job_not_found", "job_finished"),
)
async def post_cancel(request: web.Request) -> web.Response:
    """End a job; running work is gone within seconds."""
    job = await request.app[SERVICE].cancel(request.match_info["id"])
    return answer(schemas.job_body(job), status=202)


@operation(
    "jobs",
    {202: Answer("The items are queued again.", {JSON: bodies.Job}, headers=("Location",), example=examples.JOB)},
    refusals=("job_not_found", "job_unfinished", "nothing_to_retry", "queue_full", "draining"),
)
async def post_retry(request: web.Request) -> web.Response:
    """Run again what failed or was cancelled of a job that has ended."""
    job = await request.app[SERVICE].retry(request.match_info["id"])
    return answer(schemas.job_body(job), status=202, headers=_leading(request, job.id))


@operation(
    "jobs",
    {204: Answer("The job and its files are gone; so is the answer to its Idempotency-Key.")},
    refusals=("job_not_found", "job_unfinished"),
)
async def delete_job(request: web.Request) -> web.Response:
    """Remove a job that has ended, and its files."""
    await request.app[SERVICE].delete(request.match_info["id"])
    return web.Response(status=204)


def _leading(request: web.Request, job_id: str) -> dict[str, str]:
    return {"Location": outward(request, f"/status/{job_id}")}


def _outlook(request: web.Request, batch: Batch) -> tuple[Sequence[Planned], dict[str, Any]]:
    """What would be done with a batch, and how the lanes and the queue stand."""
    service = request.app[SERVICE]
    planned = service.plan(batch)
    lanes = {lane: service.lane(lane) for lane in {each.target.lane for each in planned}}
    return planned, {"lanes": lanes, "depth": service.depth(), "room": service.room()}


def _wanted(request: web.Request, asked: JobsQuery) -> Wanted:
    return Wanted(
        status=asked.status,
        labels=tuple((name, value) for name, _, value in (label.partition(":") for label in asked.label)),
        platform=asked.platform,
        since=asked.since,
        until=asked.until,
        owner=seen_owner(request),
    )


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

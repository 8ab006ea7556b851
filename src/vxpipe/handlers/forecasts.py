"""What the run of an item has stored: what it considered and why it kept that, and what other figures would change."""

import asyncio
from functools import lru_cache
from typing import Annotated

import orjson
from aiohttp import web
from pydantic import Field

from vxpipe.forecast import Run, foresee, run_of
from vxpipe.handlers import bodies, candidates, examples, query, records, schemas
from vxpipe.handlers.answers import answer
from vxpipe.handlers.keys import ARTIFACTS, SERVICE
from vxpipe.handlers.operations import JSON, Answer, operation
from vxpipe.handlers.plans import forecast_body
from vxpipe.handlers.query import DIGITS, EMPTY_IS_ABSENT, Query
from vxpipe.handlers.records import Record
from vxpipe.model import Batch, Item, Wish


class ForecastQuery(Query):
    """What would be other than it was."""

    threshold: Annotated[
        Annotated[float, Field(ge=0, le=1)] | None,
        EMPTY_IS_ABSENT,
        Field(description="Another `frames.threshold`; none: that of the run."),
    ] = None
    distance: Annotated[
        Annotated[int, Field(ge=0, le=64), DIGITS] | None,
        EMPTY_IS_ABSENT,
        Field(description="Another `dedupe.distance`; none: that of the run."),
    ] = None


_REFUSALS = ("job_not_found", "item_not_found", "artifact_not_found", "foreign_record", "record_too_large")


@operation(
    "jobs",
    {200: Answer("The candidates.", {JSON: bodies.Candidates}, example=examples.CANDIDATES)},
    refusals=_REFUSALS,
)
async def get_candidates(request: web.Request) -> web.Response:
    """Each frame that was considered for an item, kept or not, with the reason in words: the rows of its manifest."""
    item = await request.app[SERVICE].item(schemas.item_key(request.match_info["id"], request.match_info["n"]))
    return web.Response(body=await asyncio.to_thread(_candidates, *_records(request, item)), content_type=JSON)


@operation(
    "jobs",
    {200: Answer("The forecast.", {JSON: bodies.Forecast}, example=examples.FORECAST)},
    query=ForecastQuery,
    refusals=_REFUSALS,
)
async def get_forecast(request: web.Request) -> web.Response:
    """Say what an item would bring with other figures, from what its run has stored; nothing is done."""
    asked, service = query.read(request, ForecastQuery), request.app[SERVICE]
    job = await service.get(request.match_info["id"])
    item = await service.item(schemas.item_key(job.id, request.match_info["n"]))
    run = await asyncio.to_thread(_run, *_records(request, item))
    foreseen = await asyncio.to_thread(foresee, run, threshold=asked.threshold, distance=asked.distance)
    (planned,) = service.plan(Batch(wishes=(Wish(target=item.target, options=item.options),), recipe=job.recipe))
    changed = {name for name, value in asked if value is not None and getattr(run, name) is not None}
    return answer(forecast_body(foreseen, planned, changed=changed))


def _records(request: web.Request, item: Item) -> tuple[Record, Record]:
    """The manifest and the item.json."""
    store = request.app[ARTIFACTS]
    return records.found(store, item, "manifest"), records.found(store, item, "item")


def _candidates(manifest: Record, facts: Record) -> bytes:
    dedupe = records.facts(facts).get("options", {}).get("dedupe", {})
    told = candidates.told(records.rows(manifest), distance=dedupe.get("distance"))
    body = bytearray()
    for row in told:  # all of them at once took 379 MB of an hour's frames, not 59
        body += b"," + orjson.dumps(row)
    return b'{"candidates":[%b]}' % bytes(body[1:])


# A slider asks for the same run at each of its steps. Of 90,000 frames it holds 20 MB.
@lru_cache(maxsize=2)
def _run(manifest: Record, facts: Record) -> Run:
    return run_of(records.rows(manifest), records.facts(facts))

"""What the run of an item has stored: what it considered and why it kept that, and what other figures would change."""

import asyncio
from pathlib import Path
from typing import Annotated

import orjson
from aiohttp import web
from pydantic import Field

from vxpipe.errors import NotFound
from vxpipe.forecast import Run, foresee, run_of
from vxpipe.handlers import bodies, candidates, examples, query, schemas
from vxpipe.handlers.answers import answer
from vxpipe.handlers.keys import ARTIFACTS, SERVICE
from vxpipe.handlers.operations import JSON, Answer, operation
from vxpipe.handlers.plans import forecast_body
from vxpipe.handlers.query import DIGITS, EMPTY_IS_ABSENT, Query
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


_REFUSALS = ("job_not_found", "item_not_found", "artifact_not_found")


@operation(
    "jobs",
    {200: Answer("The candidates.", {JSON: bodies.Candidates}, example=examples.CANDIDATES)},
    refusals=_REFUSALS,
)
async def get_candidates(request: web.Request) -> web.Response:
    """Each frame that was considered for an item, kept or not, with the reason in words: the rows of its manifest."""
    item = await request.app[SERVICE].item(schemas.item_key(request.match_info["id"], request.match_info["n"]))
    manifest, facts = _place(request, item, "manifest"), _place(request, item, "item")
    return web.Response(body=await asyncio.to_thread(_candidates, manifest, facts), content_type=JSON)


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
    run = await asyncio.to_thread(_read, _place(request, item, "manifest"), _place(request, item, "item"))
    foreseen = await asyncio.to_thread(foresee, run, threshold=asked.threshold, distance=asked.distance)
    (planned,) = service.plan(Batch(wishes=(Wish(target=item.target, options=item.options),), recipe=job.recipe))
    changed = {name for name, value in asked if value is not None}
    return answer(forecast_body(foreseen, planned, changed=changed))


def _place(request: web.Request, item: Item, kind: str) -> Path:
    """Where a record of an item lies; raises NotFound."""
    found = next((each for each in item.artifacts if each.kind == kind), None)
    if found is None or not request.app[ARTIFACTS].path(found).is_file():
        raise NotFound(f"the item has no file of the kind {kind!r}", code="artifact_not_found")
    return request.app[ARTIFACTS].path(found)


def _candidates(manifest: Path, facts: Path) -> bytes:
    rows = [orjson.loads(line) for line in manifest.read_bytes().splitlines()]
    dedupe = orjson.loads(facts.read_bytes()).get("options", {}).get("dedupe", {})
    return orjson.dumps({"candidates": [*candidates.told(rows, distance=dedupe.get("distance"))]})


def _read(manifest: Path, facts: Path) -> Run:
    return run_of(manifest.read_text(), orjson.loads(facts.read_bytes()))

"""What became of the messages to webhooks."""

import orjson
from aiohttp import web

from vxpipe.handlers import bodies, schemas
from vxpipe.handlers.keys import DELIVERIES, SERVICE
from vxpipe.handlers.operations import JSON, Answer, operation


@operation(
    "jobs",
    {200: Answer("The messages, oldest first; the first 1,000.", {JSON: bodies.Deliveries})},
    refusals=("job_not_found",),
)
async def get_deliveries(request: web.Request) -> web.Response:
    """The messages to the webhooks of a job: which were taken, which are tried again, and why."""
    job = await request.app[SERVICE].get(request.match_info["id"])
    found = await request.app[DELIVERIES].of_job(job.id)
    body = orjson.dumps({"deliveries": [schemas.delivery_body(delivery) for delivery in found]})
    return web.Response(body=body, content_type=JSON)

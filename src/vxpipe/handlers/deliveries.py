"""What became of the messages to webhooks."""

from aiohttp import web

from vxpipe.handlers import bodies, schemas
from vxpipe.handlers.answers import answer
from vxpipe.handlers.keys import DELIVERIES, SERVICE
from vxpipe.handlers.operations import JSON, Answer, operation


@operation(
    "jobs",
    {200: Answer("The messages, oldest first; the first 1,000.", {JSON: bodies.Deliveries})},
    refusals=("job_not_found",),
)
async def get_deliveries(request: web.Request) -> web.Response:
    """The messages to the webhooks of a job: which were taken, which are tried again, and why."""
    job_id = request.match_info["id"]
    await request.app[SERVICE].head(job_id)  # raises for none
    found = await request.app[DELIVERIES].of_job(job_id)
    return answer({"deliveries": [schemas.delivery_body(delivery) for delivery in found]})

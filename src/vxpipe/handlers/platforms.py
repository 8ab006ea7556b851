"""The platforms that are taken, and how each stands to us now."""

from aiohttp import web

from vxpipe.handlers import schemas, self_bodies
from vxpipe.handlers.answers import answer
from vxpipe.handlers.keys import CREDENTIALS, EDGE, SERVICE, TARGETS
from vxpipe.handlers.operations import JSON, Answer, operation


@operation("service", {200: Answer("The platforms.", {JSON: self_bodies.Platforms})})
async def get_platforms(request: web.Request) -> web.Response:
    """Every row of the registry with the state of its circuit breaker, and whether there are cookies for it."""
    lane, now = request.app[SERVICE].lane, request.app[EDGE].now()
    credentials = await request.app[CREDENTIALS]()
    rows = [
        schemas.platform_body(facts, lane(facts.name), credentials[facts.name], now)
        for facts in request.app[TARGETS].facts()
    ]
    return answer({"platforms": rows})

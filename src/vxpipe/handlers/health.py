"""Whether the service lives, and whether it can take work."""

from aiohttp import web

from vxpipe.handlers import examples, self_bodies
from vxpipe.handlers.answers import answer
from vxpipe.handlers.keys import EDGE, READINESS, SERVICE
from vxpipe.handlers.operations import JSON, Answer, operation


@operation("service", {200: Answer("The service lives.", {JSON: self_bodies.Health}, example=examples.HEALTH)})
async def get_health(request: web.Request) -> web.Response:
    """Alive: the loop turns and the database answers."""
    await request.app[SERVICE].ping()
    return answer({"status": "ok", "version": request.app[EDGE].version})


@operation(
    "service",
    {
        200: Answer("The service takes work.", {JSON: self_bodies.Ready}, example=examples.READY),
        503: Answer("It does not, for these reasons.", {JSON: self_bodies.Ready}, example=examples.NOT_READY),
    },
)
async def get_ready(request: web.Request) -> web.Response:
    """Ready for jobs, or 503 with the reasons."""
    reasons = obstacles(request)
    status = 503 if reasons else 200
    return answer({"ready": not reasons, "reasons": reasons, "queueDepth": request.app[SERVICE].depth()}, status=status)


def obstacles(request: web.Request) -> list[str]:
    """Why the service takes no work; nothing where it does."""
    return (["draining"] if request.app[SERVICE].draining else []) + request.app[READINESS]()

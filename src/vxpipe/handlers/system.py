"""How the running service stands: what the System screen of the page shows."""

from aiohttp import web

from vxpipe.facts import System
from vxpipe.handlers import examples, schemas, self_bodies
from vxpipe.handlers.answers import answer
from vxpipe.handlers.auth import is_signed_in
from vxpipe.handlers.health import obstacles
from vxpipe.handlers.keys import CALLER, EDGE, READERS, SERVICE, SYSTEM
from vxpipe.handlers.operations import JSON, Answer, operation
from vxpipe.handlers.own_jobs import seen_owner
from vxpipe.handlers.screens import HTML, KEPT


@operation(
    "service",
    {
        200: Answer(
            "How it stands; or the web page, for a client that prefers HTML.",
            {JSON: self_bodies.System, HTML: None},
            headers=("Vary",),
            example=examples.SYSTEM,
        ),
        304: KEPT,
    },
    headers=("Accept",),
)
async def get_system(request: web.Request) -> web.Response:
    """Workers, queue, readers and the last hour, and what the caller may do. It is told from memory.

    Where keys are isolated, `activity` is null for a key that does not see all jobs: others' are in it.
    """
    edge, system = request.app[EDGE], request.app[SYSTEM]()
    body = schemas.system_body(system, version=edge.version, now=edge.now(), obstacles=obstacles(request))
    activity = None if seen_owner(request) else _activity(request, system)
    caller = {"scopes": request[CALLER].good_for(), "signedIn": is_signed_in(request)}
    return answer(body | {"caller": caller, "activity": activity})


def _activity(request: web.Request, system: System) -> dict[str, object]:
    service, readers = request.app[SERVICE], request.app[READERS]
    queue = {"depth": service.depth(), "room": service.room()}
    streams = {"count": readers.count, "most": readers.most, "cut": readers.cut}
    return schemas.activity_body(system, queue=queue, readers=streams)

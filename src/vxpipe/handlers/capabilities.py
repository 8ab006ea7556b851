"""What this installation can do, and how it stands."""

from aiohttp import web

from vxpipe.handlers import schemas, self_bodies
from vxpipe.handlers.answers import answer
from vxpipe.handlers.keys import CAPABILITIES, SERVICE
from vxpipe.handlers.operations import JSON, Answer, operation


@operation("service", {200: Answer("What there is, and the reason for each no.", {JSON: self_bodies.Capabilities})})
async def get_capabilities(request: web.Request) -> web.Response:
    """Tools and their versions, codecs, GPUs, the sandbox, the state of yt-dlp, room in queue and on disk."""
    found = await request.app[CAPABILITIES]()
    body = schemas.capabilities_body(found) | {"queueDepth": request.app[SERVICE].depth()}
    return answer(body)

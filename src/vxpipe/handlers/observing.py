"""Every answer is counted, and noted in the access log: without query values, headers or bodies, which hold secrets."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from vxpipe.handlers.keys import CALLER, EDGE, REQUEST_ID, TALLY
from vxpipe.handlers.mount import pattern
from vxpipe.handlers.operations import STREAM

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_GONE = 499  # as others call it: the caller left before the answer
_PATH_LIMIT = 200
_NAMES = 10
# Asked all the time, and nothing is said by a good answer: a debug line for that, a quarter of its price saved.
_POLLED = frozenset({"/health", "/ready", "/metrics", "/assets/{digest}/{path}", "/status/{id}"})


@web.middleware
async def observed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count the request and tell of it once it is answered."""
    clock = asyncio.get_running_loop().time
    begun, status, is_stream = clock(), _GONE, False
    try:
        response = await handler(request)
        status, is_stream = response.status, response.content_type == STREAM
        return response
    finally:
        seconds = clock() - begun
        route = pattern(request) or "none"
        request.app[TALLY].answered(request.method, route, status, None if is_stream else seconds)
        if request.app[EDGE].access_log:
            _note(request, route, status, seconds)


def _note(request: web.Request, route: str, status: int, seconds: float) -> None:
    say = log.debug if route in _POLLED and status < 400 else log.info
    say(
        "request.answered",
        method=request.method[:20],
        path=request.rel_url.raw_path[:_PATH_LIMIT],
        query=[name[:_PATH_LIMIT] for name in list(request.query)[:_NAMES]],
        status=status,
        ms=round(1000 * seconds, 1),
        request_id=request[REQUEST_ID],
        caller=request[CALLER].id if CALLER in request else None,
    )

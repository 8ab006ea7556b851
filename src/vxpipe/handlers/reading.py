"""The body of a request: JSON in UTF-8, of bounded size, sent within a bounded time."""

import asyncio

from aiohttp import web

from vxpipe.errors import BadRequest
from vxpipe.handlers.keys import EDGE
from vxpipe.handlers.operations import JSON

REFUSALS = ("bad_json", "request_timeout", "body_too_large", "validation")


async def json_body(request: web.Request, *, max_bytes: int | None = None) -> bytes:
    """The bytes; raises 415 for another type or charset, 413 for too many of them, 408 where they come too slowly."""
    if request.content_type != JSON:
        raise web.HTTPUnsupportedMediaType(text=f"send the body as Content-Type: {JSON}")
    if (request.charset or "utf-8").lower() not in ("utf-8", "utf8"):
        raise web.HTTPUnsupportedMediaType(text=f"send the body in UTF-8, not in {(request.charset or '')[:40]!r}")
    most = request.client_max_size if max_bytes is None else max_bytes
    length = request.content_length or 0
    if length > most:  # nothing of it is waited for
        raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=length)
    bounded = request.clone(client_max_size=most)
    seconds = request.app[EDGE].body_seconds
    try:
        async with asyncio.timeout(seconds):
            return await bounded.read()
    except ConnectionResetError as exc:
        raise BadRequest("the connection broke while the body came") from exc
    except TimeoutError as exc:
        raise web.HTTPRequestTimeout(text=f"the body did not come within {seconds:g} s") from exc

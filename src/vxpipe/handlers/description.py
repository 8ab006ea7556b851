"""The description of the API, for programs and for people."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from vxpipe.handlers.operations import JSON, Answer, operation

# Gives the document; the first time that takes a while.
DOCUMENT: web.AppKey[Callable[[], bytes]] = web.AppKey("document")


@operation("service", {200: Answer("The document.", {JSON: None}, headers=("Cache-Control",))})
async def get_openapi(request: web.Request) -> web.Response:
    """This document: OpenAPI 3.1, made of the code that answers."""
    body = await asyncio.to_thread(request.app[DOCUMENT])
    return web.Response(body=body, content_type=JSON, headers={"Cache-Control": "no-cache"})

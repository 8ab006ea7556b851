"""The description of the API, for programs and for people."""

from aiohttp import web

from vxpipe.handlers.operations import JSON, Answer, operation

DOCUMENT = web.AppKey("document", bytes)


@operation("service", {200: Answer("The document.", {JSON: None}, headers=("Cache-Control",))})
async def get_openapi(request: web.Request) -> web.Response:
    """This document: OpenAPI 3.1, made of the code that answers."""
    return web.Response(body=request.app[DOCUMENT], content_type=JSON, headers={"Cache-Control": "no-cache"})

"""A JSON body as an answer."""

from collections.abc import Mapping

import orjson
from aiohttp import web

from vxpipe.handlers.operations import JSON


def answer(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """The answer whose body says `value`."""
    return web.Response(body=orjson.dumps(value), status=status, content_type=JSON, headers=headers)

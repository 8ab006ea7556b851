"""The page: a few static files that come with the package, and who we are for a client that asks for JSON."""

import hashlib
from collections.abc import Mapping
from importlib.resources import files

import orjson
from aiohttp import web
from pydantic import ConfigDict

from vxpipe.errors import NotFound
from vxpipe.handlers import bodies, examples
from vxpipe.handlers.keys import EDGE
from vxpipe.handlers.operations import JSON, Answer, operation
from vxpipe.handlers.query import Query

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def load_assets() -> Mapping[str, bytes]:
    """The files of the page by name, read once."""
    return {
        entry.name: entry.read_bytes()
        for entry in files("vxpipe.web").iterdir()
        if entry.name.rpartition(".")[2] in _TYPES
    }


ASSETS = web.AppKey("assets", Mapping[str, bytes])


class PageQuery(Query):
    """What the page itself looks at: whatever it is, the answer is the same."""

    model_config = ConfigDict(extra="ignore")


_HEADERS = ("ETag", "Cache-Control")
_UNCHANGED = Answer("The caller has it.", headers=("ETag",))


@operation(
    "page",
    {
        200: Answer(
            "The page, or who we are.",
            {"text/html": None, JSON: bodies.Identity},
            headers=_HEADERS,
            example=examples.IDENTITY,
        ),
        304: _UNCHANGED,
    },
    query=PageQuery,
    headers=("If-None-Match", "Accept"),
)
async def get_index(request: web.Request) -> web.Response:
    """The page, or name and version as JSON."""
    accept = request.headers.get("Accept", "")
    if "application/json" in accept and "text/html" not in accept:
        body = orjson.dumps({"name": "vxpipe", "version": request.app[EDGE].version})
        return web.Response(body=body, content_type="application/json")
    return _asset(request, "index.html")


@operation(
    "page",
    {200: Answer("The file.", dict.fromkeys(_TYPES.values()), headers=_HEADERS), 304: _UNCHANGED},
    headers=("If-None-Match",),
    refusals=("not_found",),
)
async def get_asset(request: web.Request) -> web.Response:
    """A file of the page."""
    return _asset(request, request.match_info["name"])


def _asset(request: web.Request, name: str) -> web.Response:
    body = request.app[ASSETS].get(name)
    if body is None:
        raise NotFound("the page has no such file")
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Content-Security-Policy": _POLICY}
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=_TYPES[name.rpartition(".")[2]], charset="utf-8", headers=headers)

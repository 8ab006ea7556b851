"""The page: a few static files that come with the package, and who we are for a client that asks for JSON."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain

import orjson
from aiohttp import web
from pydantic import ConfigDict

from vxpipe.errors import NotFound
from vxpipe.handlers import examples, self_bodies
from vxpipe.handlers.keys import EDGE
from vxpipe.handlers.mount import ROOT, outward
from vxpipe.handlers.operations import JSON, Answer, operation
from vxpipe.handlers.query import Query

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the pages with its entity tag."""

    body: bytes
    kind: str
    tag: str


def load_assets() -> Mapping[str, Asset]:
    """The files of the pages by name, read once: our own and those of others."""
    ours = files("vxpipe.web")
    return {
        entry.name: _loaded(entry)
        for entry in chain(ours.iterdir(), ours.joinpath("vendor").iterdir())
        if entry.name.rpartition(".")[2] in _TYPES
    }


def _loaded(entry: Traversable) -> Asset:
    body = entry.read_bytes()
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    return Asset(body, _TYPES[entry.name.rpartition(".")[2]], tag)


ASSETS = web.AppKey("assets", Mapping[str, Asset])


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
            {"text/html": None, JSON: self_bodies.Identity},
            headers=_HEADERS,
            example=examples.IDENTITY,
        ),
        304: _UNCHANGED,
        308: Answer("Below VXPIPE_ROOT_PATH the page is found with a slash at its end."),
    },
    query=PageQuery,
    headers=("If-None-Match", "Accept"),
)
async def get_index(request: web.Request) -> web.Response:
    """The page, or name and version as JSON."""
    if request.path == request.app[ROOT]:  # every relative address of the page would lead beside it
        return web.Response(status=308, headers={"Location": outward(request, "/")})
    accept = request.headers.get("Accept", "")
    if "application/json" in accept and "text/html" not in accept:
        body = orjson.dumps({"name": "vxpipe", "version": request.app[EDGE].version})
        return web.Response(body=body, content_type=JSON, headers={"Vary": "Accept"})
    return _asset(request, "index.html", Vary="Accept")


@operation(
    "page",
    {200: Answer("The page.", {"text/html": None}, headers=_HEADERS), 304: _UNCHANGED},
    query=PageQuery,
    headers=("If-None-Match",),
)
async def get_docs(request: web.Request) -> web.Response:
    """The description of the API for people, to read and to try out. It asks nobody but this service."""
    return _asset(request, "docs.html")


@operation(
    "page",
    {200: Answer("The file.", dict.fromkeys(_TYPES.values()), headers=_HEADERS), 304: _UNCHANGED},
    headers=("If-None-Match",),
    refusals=("not_found",),
)
async def get_asset(request: web.Request) -> web.Response:
    """A file of the page."""
    return _asset(request, request.match_info["name"])


def _asset(request: web.Request, name: str, **headers: str) -> web.Response:
    asset = request.app[ASSETS].get(name)
    if asset is None:
        raise NotFound("the page has no such file")
    headers = {"ETag": asset.tag, "Cache-Control": "no-cache", "Content-Security-Policy": _POLICY} | headers
    if asset.tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=asset.body, content_type=asset.kind, charset="utf-8", headers=headers)

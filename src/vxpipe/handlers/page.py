"""The page: one document for all its screens, and who we are for a client that asks for JSON."""

import hashlib
import html
from collections.abc import Awaitable, Callable, Mapping
from functools import cache

import orjson
from aiohttp import web
from pydantic import ConfigDict

from vxpipe.errors import NotFound
from vxpipe.handlers import examples, self_bodies
from vxpipe.handlers.assets import ASSETS, Assets
from vxpipe.handlers.keys import EDGE
from vxpipe.handlers.mount import ROOT, outward
from vxpipe.handlers.negotiation import preferred
from vxpipe.handlers.operations import JSON, Answer, operation
from vxpipe.handlers.query import Query
from vxpipe.handlers.screens import HTML, KEPT, is_screen, is_shared

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_OF_THE_PAGE = f"{_POLICY}; require-trusted-types-for 'script'; trusted-types lit-html"
_NOWHERE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>No such page - vxpipe</title>
<h1>There is no page under this address</h1>
<p><a href="{first}">To the first page of vxpipe</a></p>
"""
_HEADERS = ("ETag", "Cache-Control", "Vary")


class PageQuery(Query):
    """What the page itself looks at: whatever it is, the answer is the same."""

    model_config = ConfigDict(extra="ignore")


@operation(
    "page",
    {
        200: Answer(
            "The page, or who we are.",
            {HTML: None, JSON: self_bodies.Identity},
            headers=_HEADERS,
            example=examples.IDENTITY,
        ),
        304: KEPT,
        308: Answer("Below VXPIPE_ROOT_PATH the page is found with a slash at its end."),
    },
    query=PageQuery,
    headers=("If-None-Match", "Accept"),
)
async def get_index(request: web.Request) -> web.Response:
    """The page with its first screen, where videos are handed in; or name and version as JSON."""
    if request.path == request.app[ROOT]:  # every relative address of the page would lead beside it
        return web.Response(status=308, headers={"Location": outward(request, "/")})
    if preferred(request.headers.get("Accept"), (HTML, JSON)) == JSON:
        body = orjson.dumps({"name": "vxpipe", "version": request.app[EDGE].version})
        return web.Response(body=body, content_type=JSON, headers={"Vary": "Accept"})
    return _page(request)


@operation(
    "page",
    {200: Answer("The page.", {HTML: None}, headers=_HEADERS), 304: KEPT},
    query=PageQuery,
    headers=("If-None-Match", "Accept"),
    refusals=("not_found",),
)
async def get_job_page(request: web.Request) -> web.Response:
    """The page with the screen of a job, for a client that prefers HTML; programs ask `/status/{id}`."""
    if preferred(request.headers.get("Accept"), (JSON, HTML)) != HTML:
        where = outward(request, "/status/")
        raise NotFound(f"this is a page for people; a program finds the job at {where}ID", code="not_found")
    return _page(request, root="../")


@operation(
    "page",
    {200: Answer("The page.", {HTML: None}, headers=_HEADERS), 304: KEPT},
    query=PageQuery,
    headers=("If-None-Match",),
)
async def get_docs(request: web.Request) -> web.Response:
    """The description of the API for people, to read and to try out. It asks nobody but this service."""
    return _html(request, _laid_out(request.app[ASSETS], "docs.html", ""), _POLICY)


@web.middleware
async def shown(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The page instead of data, where both have one address and the caller prefers the page."""
    response = _page(request) if is_screen(request) else await handler(request)
    if is_shared(request):
        response.headers["Vary"] = "Accept"
    return response


def no_page(request: web.Request, status: int, headers: Mapping[str, str]) -> web.Response:
    """What a person sees under an address that is none of ours: the way to the first page."""
    text = _NOWHERE.format(first=html.escape(outward(request, "/")))
    told = {"Cache-Control": "no-store", "Vary": "Accept", "Content-Security-Policy": _POLICY}
    return web.Response(status=status, text=text, content_type=HTML, headers={**headers, **told})


def _page(request: web.Request, root: str = "") -> web.Response:
    """The document; `root` leads from its address to the root of the service, wherever that lies behind a proxy."""
    return _html(request, _laid_out(request.app[ASSETS], "index.html", root), _OF_THE_PAGE)


@cache
def _laid_out(assets: Assets, name: str, root: str) -> tuple[bytes, str]:
    """A page that finds its files, and its entity tag."""
    folder = root + assets.folder
    modules = [path for path in assets.files if path.endswith(".js") and _is_of_the_page(path)]
    preloads = "\n  ".join(f'<link rel="modulepreload" href="{folder}/{path}">' for path in modules)
    text = (
        assets.pages[name].replace("{preloads}", preloads).replace("{assets}", folder).replace("{root}", root or "./")
    )
    body = text.encode()
    return body, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def _is_of_the_page(path: str) -> bool:
    return path not in {"docs.js", "theme.js"} and not path.startswith("vendor/swagger")


def _html(request: web.Request, laid_out: tuple[bytes, str], policy: str) -> web.Response:
    body, tag = laid_out
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept", "Content-Security-Policy": policy}
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=HTML, charset="utf-8", headers=headers)

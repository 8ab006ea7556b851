"""Where a browser's request comes from: our own page, another site's, or one that CORS_ORIGINS names."""

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from aiohttp import web

from vxpipe.errors import Forbidden
from vxpipe.handlers.keys import EDGE
from vxpipe.handlers.peers import scheme

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, "
    "X-API-Key, X-Request-ID",
    "Access-Control-Max-Age": "600",
}
_EXPOSE_HEADERS = "Location, Retry-After, ETag, Content-Disposition, RateLimit, RateLimit-Policy, X-Request-ID"


def is_safe(request: web.Request) -> bool:
    """Whether the method changes nothing."""
    return request.method in _SAFE


def is_same_origin(request: web.Request) -> bool:
    """Browsers say where a request comes from in Sec-Fetch-Site, or at least in Origin.

    `none`, which they say of what the person typed, is no page of ours: a browser sends nothing unsafe by itself.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == f"{scheme(request)}://{request.host}"


def is_from_browser(request: web.Request) -> bool:
    """Whether a page sent this, ours or another's."""
    return "Sec-Fetch-Site" in request.headers or "Origin" in request.headers


def check_visitor(request: web.Request) -> None:
    """Without keys only this machine may come in: not a page of another site, nor one whose name was bent to us."""
    host = _host(request)
    if not _is_loopback(host):
        raise Forbidden(f"without a key this service answers to loopback names only, not to {host!r}; see API_KEY")
    if not is_safe(request) and is_from_browser(request) and not _is_named(request) and not is_same_origin(request):
        raise Forbidden("a page of another site may not change things here; see CORS_ORIGINS")


def _host(request: web.Request) -> str:
    """The name that the request was sent to, "" for none or nonsense."""
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""


def preflight(request: web.Request) -> web.Response | None:
    """The answer to a browser that asks whether it may send the real request; None for any other request."""
    asks = "Origin" in request.headers and "Access-Control-Request-Method" in request.headers
    if request.method != "OPTIONS" or not asks:
        return None
    return web.Response(status=204, headers=_PREFLIGHT if _is_named(request) else {})


def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Tell a browser whether the page that asked may read the answer."""
    vary = response.headers.get("Vary")
    response.headers["Vary"] = f"{vary}, Origin" if vary else "Origin"
    if _is_named(request):
        response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Access-Control-Expose-Headers"] = _EXPOSE_HEADERS


def _is_named(request: web.Request) -> bool:
    return request.headers.get("Origin") in request.app[EDGE].cors_origins


@lru_cache(maxsize=64)
def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

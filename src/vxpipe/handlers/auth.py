"""Who may call: API keys, and the cookie a browser gets for one."""

import hashlib
import hmac
import ipaddress
from datetime import timedelta
from urllib.parse import urlsplit

from aiohttp import web

from vxpipe.handlers import schemas
from vxpipe.handlers.keys import EDGE, Edge

COOKIE = "vxpipe_session"
OPEN_ROUTES = frozenset({"/", "/assets/{name}", "/health", "/ready", "/login"})
_LIFETIME = timedelta(days=7)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_CHALLENGE = {"WWW-Authenticate": 'ApiKey realm="vxpipe", Bearer realm="vxpipe"'}


def authorise(request: web.Request) -> None:
    """Raise 401 for a caller without a valid key or cookie, 403 for a browser that was sent by another site."""
    edge = request.app[EDGE]
    if not edge.api_keys:
        _check_visitor(request)
        return
    given = _given_key(request)
    if given is not None:
        if not _is_known(given, edge):
            raise web.HTTPUnauthorized(text="this API key is not valid", headers=_CHALLENGE)
        return
    if not _has_session(request.cookies.get(COOKIE, ""), edge):
        raise web.HTTPUnauthorized(
            text="an API key is required: X-API-Key or Authorization: Bearer", headers=_CHALLENGE
        )
    if request.method not in _SAFE and not _is_same_origin(request):
        raise web.HTTPForbidden(text="a signed-in browser may change things from this service's own page only")


def _check_visitor(request: web.Request) -> None:
    """Without keys only this machine may come in: not a page of another site, nor one whose name was bent to us."""
    host = urlsplit(f"//{request.host}").hostname or ""
    if not _is_loopback(host):
        raise web.HTTPForbidden(text=f"without API_KEY this service answers to loopback names only, not to {host!r}")
    from_browser = "Sec-Fetch-Site" in request.headers or "Origin" in request.headers
    allowed = request.headers.get("Origin") in request.app[EDGE].cors_origins
    if request.method not in _SAFE and from_browser and not allowed and not _is_same_origin(request):
        raise web.HTTPForbidden(text="a page of another site may not change things here; see CORS_ORIGINS")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def post_login(request: web.Request) -> web.Response:
    """Give a browser a cookie for a key."""
    edge = request.app[EDGE]
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="send the body as Content-Type: application/json")
    if "Origin" in request.headers and not _is_same_origin(request):
        raise web.HTTPForbidden(text="sign in from this service's own page")
    key = schemas.parse_login(await request.read())
    if edge.api_keys and not _is_known(key, edge):
        raise web.HTTPUnauthorized(text="this API key is not valid", headers=_CHALLENGE)
    answer = web.Response(status=204)
    if edge.api_keys:
        _set_cookie(answer, _session(key, edge), secure=request.secure)
    return answer


def _given_key(request: web.Request) -> str | None:
    if key := request.headers.get("X-API-Key"):
        return key
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _is_known(given: str, edge: Edge) -> bool:
    """Compare with every key, in a time that does not depend on which one fits."""
    mark = _digest(given)
    return any([hmac.compare_digest(mark, _digest(key)) for key in edge.api_keys])  # noqa: C419 - no short cut


def _session(key: str, edge: Edge) -> str:
    """A cookie that needs no storage: its end, signed with the key. A changed key ends all its sessions."""
    until = str(int((edge.now() + _LIFETIME).timestamp()))
    return f"{until}.{_signature(key, until)}"


def _has_session(cookie: str, edge: Edge) -> bool:
    until, _, signature = cookie.partition(".")
    if not (until.isascii() and until.isdigit() and len(until) < 12) or int(until) < edge.now().timestamp():
        return False
    given = signature.encode()
    return any([hmac.compare_digest(given, _signature(key, until).encode()) for key in edge.api_keys])  # noqa: C419


def _signature(key: str, until: str) -> str:
    return hmac.digest(key.encode(), f"vxpipe session until {until}".encode(), "sha256").hex()


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


def _set_cookie(answer: web.Response, value: str, *, secure: bool) -> None:
    seconds = int(_LIFETIME.total_seconds())
    answer.set_cookie(COOKIE, value, max_age=seconds, httponly=True, samesite="Strict", secure=secure)


def _is_same_origin(request: web.Request) -> bool:
    """Browsers say where a request comes from in Sec-Fetch-Site, or at least in Origin."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}  # none: typed by the person, not sent by a page
    return request.headers.get("Origin") == f"{request.scheme}://{request.host}"

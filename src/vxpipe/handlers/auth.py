"""Who may call: a key in a header, the cookie a browser got for one, or anybody where there are no keys."""

from aiohttp import web

from vxpipe.access import ANYBODY, Caller, Scope
from vxpipe.errors import Forbidden
from vxpipe.handlers import limits
from vxpipe.handlers.keys import CALLER, DOOR, NEEDS
from vxpipe.handlers.mount import pattern
from vxpipe.handlers.origins import check_visitor, is_safe, is_same_origin
from vxpipe.handlers.screens import is_screen

COOKIE = "vxpipe_session"
_PROBES = frozenset({"/health", "/ready"})
CHALLENGE = {"WWW-Authenticate": 'ApiKey realm="vxpipe", Bearer realm="vxpipe"'}


def needed_scope(request: web.Request) -> Scope | None:
    """What a key must be good for here; None for a door that is open to all. Without a route any key will do."""
    path = pattern(request)
    if path is None:
        return Scope.READ
    if is_screen(request):
        return None
    return request.app[NEEDS][path, "GET" if request.method == "HEAD" else request.method]


async def authorise(request: web.Request, scope: Scope) -> None:
    """Note who calls. Raises 401 without a valid key or cookie, Forbidden where that is not enough."""
    if await request.app[DOOR].is_open():
        check_visitor(request)
        request[CALLER] = ANYBODY
        return
    caller = await _caller(request)
    limits.count_call(request, caller.id)
    if not caller.may(scope) and request.match_info.route.resource is not None:
        held = ", ".join(sorted(caller.scopes))
        raise Forbidden(f"this needs a key with the scope {scope.value!r}; yours has: {held}", code="scope_missing")
    request[CALLER] = caller


async def welcome(request: web.Request) -> None:
    """Count a caller of an open route; not one who only asks whether we live."""
    if pattern(request) not in _PROBES and not await request.app[DOOR].is_open():
        limits.count_visit(request)


async def still_may(request: web.Request, scope: Scope) -> bool:
    """Whether the caller of a long answer may go on: a key may have been revoked meanwhile."""
    if await request.app[DOOR].is_open():
        return True
    caller = await _shown(request)
    return caller is not None and caller.may(scope)


async def _caller(request: web.Request) -> Caller:
    """Who shows a key or a cookie. Raises 401, TooMany, and Forbidden for what another page sends with our cookie."""
    caller, has_key = await _shown(request), _given_key(request) is not None
    if caller is None and has_key:
        await limits.slow_down(request)
        raise web.HTTPUnauthorized(text="this API key is not valid", headers=CHALLENGE)
    if caller is None:
        limits.count_visit(request)
        text = "an API key is required: X-API-Key or Authorization: Bearer"
        raise web.HTTPUnauthorized(text=text, headers=CHALLENGE)
    if not has_key and not is_safe(request) and not is_same_origin(request):
        raise Forbidden("a signed-in browser may change things from this service's own page only")
    return caller


async def _shown(request: web.Request) -> Caller | None:
    """Whose key or cookie it is; a key goes first."""
    given, door = _given_key(request), request.app[DOOR]
    return await (door.guest(request.cookies.get(COOKIE, "")) if given is None else door.caller(given))


def is_signed_in(request: web.Request) -> bool:
    """Whether the caller shows a browser's cookie, which signing out ends."""
    return request[CALLER] is not ANYBODY and _given_key(request) is None


def _given_key(request: web.Request) -> str | None:
    if key := request.headers.get("X-API-Key"):
        return key
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None

"""Who may call: a key in a header, the cookie a browser got for one, or anybody where there are no keys."""

from aiohttp import web

from vxpipe.access import ANYBODY, Caller, Scope
from vxpipe.errors import Forbidden
from vxpipe.handlers.keys import CALLER, DOOR, NEEDS
from vxpipe.handlers.origins import check_visitor, is_safe, is_same_origin

COOKIE = "vxpipe_session"
CHALLENGE = {"WWW-Authenticate": 'ApiKey realm="vxpipe", Bearer realm="vxpipe"'}


def needed_scope(request: web.Request) -> Scope | None:
    """What a key must be good for here; None for a door that is open to all. Without a route any key will do."""
    resource = request.match_info.route.resource
    if resource is None:
        return Scope.READ
    return request.app[NEEDS][resource.canonical, "GET" if request.method == "HEAD" else request.method]


async def authorise(request: web.Request, scope: Scope) -> None:
    """Note who calls. Raises 401 without a valid key or cookie, Forbidden where that is not enough."""
    if await request.app[DOOR].is_open():
        check_visitor(request)
        request[CALLER] = ANYBODY
        return
    caller = await _caller(request)
    if not caller.may(scope) and request.match_info.route.resource is not None:
        held = ", ".join(sorted(caller.scopes))
        raise Forbidden(f"this needs a key with the scope {scope.value!r}; yours has: {held}", code="scope_missing")
    request[CALLER] = caller


async def _caller(request: web.Request) -> Caller:
    door = request.app[DOOR]
    given = _given_key(request)
    if given is not None:
        caller = await door.caller(given)
        if caller is None:
            raise web.HTTPUnauthorized(text="this API key is not valid", headers=CHALLENGE)
        return caller
    caller = await door.guest(request.cookies.get(COOKIE, ""))
    if caller is None:
        text = "an API key is required: X-API-Key or Authorization: Bearer"
        raise web.HTTPUnauthorized(text=text, headers=CHALLENGE)
    if not is_safe(request) and not is_same_origin(request):
        raise Forbidden("a signed-in browser may change things from this service's own page only")
    return caller


def _given_key(request: web.Request) -> str | None:
    if key := request.headers.get("X-API-Key"):
        return key
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None

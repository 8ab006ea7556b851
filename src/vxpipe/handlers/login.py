"""Signing in and out: a browser gets a cookie for a key, so that streams, images and downloads work."""

from aiohttp import web

from vxpipe.access import SESSION_LIFETIME
from vxpipe.errors import Forbidden
from vxpipe.handlers import examples, limits, peers, reading, requests
from vxpipe.handlers.auth import CHALLENGE, COOKIE
from vxpipe.handlers.keys import DOOR
from vxpipe.handlers.mount import outward
from vxpipe.handlers.operations import Answer, operation
from vxpipe.handlers.origins import is_from_browser, is_same_origin

_SECONDS = int(SESSION_LIFETIME.total_seconds())
_MAX_BODY_BYTES = 4096


@operation(
    "page",
    {204: Answer("The cookie is set; a service without keys sets none.", headers=("Set-Cookie",))},
    body=requests.LoginIn,
    examples=examples.LOGIN,
    refusals=(*reading.REFUSALS, "unauthorized", "forbidden"),
)
async def post_login(request: web.Request) -> web.Response:
    """Give a browser a cookie for a key."""
    _check_page(request)
    key = requests.parse_login(await reading.json_body(request, max_bytes=_MAX_BODY_BYTES))
    door, answer = request.app[DOOR], web.Response(status=204)
    if await door.is_open():
        return answer
    cookie = await door.sign_in(key)
    if cookie is None:
        await limits.slow_down(request)
        raise web.HTTPUnauthorized(text="this API key is not valid", headers=CHALLENGE)
    secure = peers.scheme(request) == "https"
    path = outward(request, "/")
    answer.set_cookie(COOKIE, cookie, path=path, max_age=_SECONDS, httponly=True, samesite="Strict", secure=secure)
    return answer


@operation(
    "page",
    {204: Answer("The cookie opens nothing any more.", headers=("Set-Cookie",))},
    refusals=("forbidden",),
)
async def post_logout(request: web.Request) -> web.Response:
    """End the session of a browser; its cookie is taken back."""
    _check_page(request)
    await request.app[DOOR].sign_out(request.cookies.get(COOKIE, ""))
    answer = web.Response(status=204)
    answer.del_cookie(COOKIE, path=outward(request, "/"), httponly=True, samesite="Strict")
    return answer


def _check_page(request: web.Request) -> None:
    if is_from_browser(request) and not is_same_origin(request):
        raise Forbidden("sign in and out on this service's own page")

"""What happens around every request: an id, errors as problem+json, the key, cross-origin rules, safe headers."""

import re
import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import orjson
import structlog
from aiohttp import HttpVersion10, HttpVersion11, web

from vxpipe.errors import (
    BadRequest,
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    RequestError,
    TooMany,
    Unavailable,
)
from vxpipe.handlers import limits, origins, schemas
from vxpipe.handlers.auth import authorise, needed_scope, welcome
from vxpipe.handlers.keys import ENTITY_TAG, REQUEST_ID
from vxpipe.handlers.observing import observed
from vxpipe.handlers.own_jobs import check_path
from vxpipe.handlers.page import no_page, shown
from vxpipe.handlers.screens import is_astray

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATUS: dict[type[RequestError], int] = {BadRequest: 400, Forbidden: 403, NotFound: 404, Conflict: 409} | {
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
}

# The codes of errors that aiohttp itself raises.
_HTTP_CODES = {401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"} | {
    406: "not_acceptable",
    408: "request_timeout",
    412: "precondition_failed",
    413: "body_too_large",
    415: "unsupported_media_type",
    416: "range_not_satisfiable",
}
_NOWHERE = {401, 404}  # without a key nobody is told which addresses there are
_KEPT = {"Allow", "Content-Range", "WWW-Authenticate"}
_SHOWN = 100
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


@web.middleware
async def cross_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer preflights before anything else; the headers of real answers are added in `prepared`."""
    answer = origins.preflight(request)
    return await handler(request) if answer is None else answer


@web.middleware
async def identified(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id: the caller's, where it is a sensible one."""
    given = request.headers.get("X-Request-ID", "")
    request[REQUEST_ID] = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    return await handler(request)


@web.middleware
async def errors_as_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The one place where an exception becomes an answer."""
    try:
        _refuse_oddities(request)
        return await handler(request)
    except RequestError as exc:
        return _problem(request, STATUS[type(exc)], exc.code, exc.detail, exc.faults, _retry_after(exc))
    except web.HTTPException as exc:
        if exc.status < 400:
            raise
        if request.method == "OPTIONS" and isinstance(exc, web.HTTPMethodNotAllowed):
            return web.Response(status=204, headers={"Allow": ", ".join(sorted({*exc.allowed_methods, "OPTIONS"}))})
        code = _HTTP_CODES.get(exc.status, "http_error")
        kept = {name: value for name, value in exc.headers.items() if name in _KEPT}
        if exc.status in _NOWHERE and is_astray(request):
            return no_page(request, exc.status, kept)
        return _problem(request, exc.status, code, _detail(request, exc), (), kept)
    except ConnectionResetError:
        raise
    except Exception:
        log.exception("request.broken", method=request.method, path=request.path, request_id=request[REQUEST_ID])
        detail = "a defect in vxpipe; the log of the service has the details under this requestId"
        return _problem(request, 500, "internal", detail, (), {})


@web.middleware
async def authorised(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in who shows a key, and everybody to the open routes."""
    scope = needed_scope(request)
    if scope is None:
        await welcome(request)
    else:
        await authorise(request, scope)
        await check_path(request)
    return await handler(request)


MIDDLEWARES = (identified, observed, cross_origin, errors_as_problems, authorised, shown)


async def prepared(request: web.Request, response: web.StreamResponse) -> None:
    """Headers that every answer carries, streams and errors too."""
    response.headers["Server"] = "vxpipe"  # not which versions of what stand behind it
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if REQUEST_ID in request:
        response.headers["X-Request-ID"] = request[REQUEST_ID]
    if ENTITY_TAG in request and response.status < 400:
        response.headers["ETag"] = request[ENTITY_TAG]
    origins.add_headers(request, response)
    limits.add_headers(request, response)


def _refuse_oddities(request: web.Request) -> None:
    """A body is read as it comes: nothing is unpacked, so nothing can unpack to a thousand times its size."""
    if not HttpVersion10 <= request.version <= HttpVersion11:
        raise BadRequest("HTTP/1.0 and HTTP/1.1 are spoken here")
    if request.headers.get("Transfer-Encoding", "chunked").strip().lower() != "chunked":
        raise BadRequest("send the body with a Content-Length, or in chunks and nothing else")
    if "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType(text="send the body without Content-Encoding")


def _detail(request: web.Request, exc: web.HTTPException) -> str:
    """What was wrong and what to do, where it is aiohttp that says no."""
    if isinstance(exc, web.HTTPMethodNotAllowed):
        return f"this address does not know {exc.method[:20]}; it takes {', '.join(sorted(exc.allowed_methods))}"
    if isinstance(exc, web.HTTPNotFound):
        return f"there is nothing under {request.rel_url.raw_path[:_SHOWN]!r}; GET /docs shows what there is"
    if isinstance(exc, web.HTTPRequestEntityTooLarge):
        return "the body is too large; send fewer videos at a time"
    return exc.text or exc.reason


def _retry_after(exc: RequestError) -> dict[str, str]:
    return {"Retry-After": str(exc.retry_after)} if isinstance(exc, TooMany | Unavailable) else {}


def _problem(
    request: web.Request, status: int, code: str, detail: str, faults: tuple[Fault, ...], headers: dict[str, str]
) -> web.Response:
    title = HTTPStatus(status).phrase
    body = schemas.problem(status, title, code, detail=detail, faults=faults, request_id=request.get(REQUEST_ID, ""))
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/problem+json", headers=headers
    )

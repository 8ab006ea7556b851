"""Where the page and the API share an address: who prefers HTML gets the page, everybody else the data."""

from aiohttp import web

from vxpipe.handlers.mount import pattern
from vxpipe.handlers.negotiation import preferred
from vxpipe.handlers.operations import JSON, Answer

HTML = "text/html"
KEPT = Answer("The caller has the page.", headers=("ETag",))
_SHARED = frozenset({"/jobs", "/system"})
_READING = frozenset({"GET", "HEAD"})


def is_shared(request: web.Request) -> bool:
    """Whether what is asked for has both forms."""
    return pattern(request) in _SHARED and request.method in _READING


def is_astray(request: web.Request) -> bool:
    """Whether a person asks for an address that is none of ours."""
    is_read = pattern(request) is None and request.method in _READING
    return is_read and preferred(request.headers.get("Accept"), (JSON, HTML)) == HTML


def is_screen(request: web.Request) -> bool:
    """Whether the page is meant: it is the same for all and holds nothing, so it needs no key."""
    return is_shared(request) and preferred(request.headers.get("Accept"), (JSON, HTML)) == HTML

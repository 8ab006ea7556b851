"""Query parameters, checked."""

from enum import StrEnum
from typing import TypeVar

from aiohttp import web

from vxpipe.errors import BadRequest

Choice = TypeVar("Choice", bound=StrEnum)


def integer(request: web.Request, name: str, *, default: int, low: int, high: int | None) -> int:
    """A whole number; a figure above `high` is taken as `high`. Raises BadRequest for anything else."""
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 18) or int(text) < low:
        raise BadRequest(f"{name} must be a whole number from {low}, not {text[:40]!r}", code="bad_query")
    return int(text) if high is None else min(int(text), high)


def one_of(request: web.Request, name: str, choices: type[Choice]) -> Choice | None:
    """A value of an enumeration, or None when the parameter is absent. Raises BadRequest for another word."""
    text = request.query.get(name)
    if not text:
        return None
    try:
        return choices(text)
    except ValueError as exc:
        known = ", ".join(choices)
        raise BadRequest(f"{name} must be one of {known}, not {text[:40]!r}", code="bad_query") from exc

"""Query parameters, checked: what a route does not describe is refused, and so is what is given twice.

A field that is a tuple takes a parameter that may be given several times.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Annotated, Any, TypeVar, get_origin

from aiohttp import web
from multidict import MultiMapping
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic.alias_generators import to_camel

from vxpipe.errors import BadRequest

_DIGITS = 18
_SHOWN = 40


class Query(BaseModel):
    """The parameters of a route; each is a field with a description."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class NoQuery(Query):
    """A route without parameters."""


Asked = TypeVar("Asked", bound=Query)


def read(request: web.Request, model: type[Asked]) -> Asked:
    """The parameters of a request; raises BadRequest that names the one that is wrong."""
    given = request.query
    return _read(given, model) if given else _absent(model)


@cache
def _absent(model: type[Asked]) -> Asked:
    """What is asked for by who says nothing: every parameter has a default."""
    return model()


def _read(given: MultiMapping[str], model: type[Asked]) -> Asked:
    known = {info.alias or name: get_origin(info.annotation) is tuple for name, info in model.model_fields.items()}
    for name in given:
        if name not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            raise BadRequest(f"there is no parameter {name[:_SHOWN]!r} here; {takes}", code="bad_query")
        if len(given.getall(name)) > 1 and not known[name]:
            raise BadRequest(f"{name} is given {len(given.getall(name))} times; give it once", code="bad_query")
    values = {name: tuple(given.getall(name)) if known[name] else given[name] for name in given}
    try:
        return model.model_validate(values, by_alias=True, by_name=False)
    except ValidationError as exc:
        raise BadRequest(_sentence(exc), code="bad_query") from exc


def _sentence(exc: ValidationError) -> str:
    error = exc.errors(include_url=False, include_context=False)[0]
    text = error["msg"].removeprefix("Value error, ")
    return f"{error['loc'][0]}: {text}, not {str(error['input'])[:_SHOWN]!r}"


def _whole(text: Any) -> Any:
    if isinstance(text, str) and not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise ValueError("must be a whole number from 0")
    return text


DIGITS = BeforeValidator(_whole)
"""A number is written in ASCII digits and nothing else."""

Whole = Annotated[int, Field(ge=0, lt=10**_DIGITS), DIGITS]


def at_most(high: int) -> AfterValidator:
    """A larger figure is taken as `high`."""
    return AfterValidator(lambda value: min(value, high))


EMPTY_IS_ABSENT = BeforeValidator(lambda text: text or None)


def words(kind: Iterable[str]) -> WithJsonSchema:
    """The schema of a parameter that takes one of these words, such as those of an enumeration, or nothing."""
    return WithJsonSchema({"type": "string", "enum": ["", *kind]})


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


def _moment(text: Any) -> Any:
    if not text:
        return None
    if not _MOMENT.fullmatch(text):
        raise ValueError("must be a time as in 2026-11-22T09:00:12.480Z")
    return datetime.fromisoformat(text.upper())


_TIME_OR_NOTHING = {"type": "string", "oneOf": [{"format": "date-time"}, {"maxLength": 0}]}

Moment = Annotated[datetime | None, BeforeValidator(_moment), WithJsonSchema(_TIME_OR_NOTHING)]
"""A time of RFC 3339, or nothing."""

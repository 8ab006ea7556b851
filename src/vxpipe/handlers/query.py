"""Query parameters, checked: what a route does not describe is refused, and so is what is given twice."""

from enum import StrEnum
from typing import Annotated, Any, TypeVar

from aiohttp import web
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
    known = [info.alias or name for name, info in model.model_fields.items()]
    for name in given:
        if name not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            raise BadRequest(f"there is no parameter {name[:_SHOWN]!r} here; {takes}", code="bad_query")
        if len(given.getall(name)) > 1:
            raise BadRequest(f"{name} is given {len(given.getall(name))} times; give it once", code="bad_query")
    try:
        return model.model_validate(dict(given), by_alias=True, by_name=False)
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

Whole = Annotated[int, Field(ge=0), DIGITS]


def at_most(high: int) -> AfterValidator:
    """A larger figure is taken as `high`."""
    return AfterValidator(lambda value: min(value, high))


EMPTY_IS_ABSENT = BeforeValidator(lambda text: text or None)


def words(kind: type[StrEnum]) -> WithJsonSchema:
    """The schema of a parameter that takes a word of an enumeration, or nothing."""
    return WithJsonSchema({"type": "string", "enum": ["", *kind]})

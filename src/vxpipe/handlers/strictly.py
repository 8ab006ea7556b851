"""JSON as it is meant: what some readers would take one way and others another is refused. Pure."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic_core import from_json

from vxpipe.errors import BadRequest, Fault, Invalid


def parse(body: bytes) -> Any:
    """The value of a JSON text in UTF-8.

    Raises BadRequest for what is not JSON (NaN too), or nested too deeply; Invalid, with the place, for a name that
    comes twice in an object.
    """
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError as exc:
        raise BadRequest(f"the body is not JSON: {exc}", code="bad_json") from exc
    repeated = tuple(Fault(pointer, "this name comes twice in its object") for pointer in _repeated(body))
    if repeated:
        raise Invalid("the request says something twice", faults=repeated)
    return value


def escaped(part: object) -> str:
    """A step of a JSON pointer (RFC 6901)."""
    return str(part).replace("~", "~0").replace("/", "~1")


class _Object(dict[str, Any]):
    """An object that remembers which of its names came again."""

    def __init__(self, pairs: Iterable[tuple[str, Any]]) -> None:
        super().__init__()
        self.again: list[str] = []
        for name, value in pairs:
            if name in self:
                self.again.append(name)
            self[name] = value


def _repeated(body: bytes) -> Iterator[str]:
    # Its nesting is bounded: from_json takes no more than 200 levels.
    waiting: list[tuple[str, Any]] = [("#", json.loads(body, object_pairs_hook=_Object))]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, _Object):
            yield from (f"{place}/{escaped(name)}" for name in dict.fromkeys(value.again))
            waiting += [(f"{place}/{escaped(name)}", inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{place}/{index}", inner) for index, inner in enumerate(value)]

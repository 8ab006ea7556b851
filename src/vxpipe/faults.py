"""What is wrong with what came, in words: what pydantic found, and what may be meant instead. Pure."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from vxpipe.recipe import Aspect, Clip, Dedupe, Drop, Frames, Image, Recipe, Rectangle

_Place = tuple[int | str, ...]

_MOST_BITS = 64
# What is wrong is told up to here, and what was meant is guessed for so many names, none of them longer: a request of a
# megabyte holds 70,000 unknown names, of which the guesses took 4 seconds.
_MOST_FAULTS = 1000
_MOST_GUESSES = 10
_LONGEST_GUESSED = 40

OBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "Recipe": '{"frames": {"max": 40}}',
        "Frames": '{"mode": "interval", "every": 10}',
        "Dedupe": '{"distance": 6}',
        "Drop": '{"blurry": true}',
        "Image": '{"format": "png"}',
        "Clip": '{"quality": 23}',
    }
)
"""By the name of its model, an object that may stand where something else came."""

_PARTS = (Recipe, Frames, Rectangle, Aspect, Dedupe, Drop, Image, Clip)
_NAMES = tuple(field.alias or name for part in _PARTS for name, field in part.model_fields.items())
# By pydantic's names of errors; in braces what it says of them.
_SENTENCES = {
    "missing": "this is missing",
    "bool_type": "expected true or false",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "finite_number": "expected a number",
    "string_type": "expected a text",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "dict_type": "expected an object",
    "literal_error": "expected {expected}",
    "enum": "expected {expected}",
    "greater_than_equal": "expected {ge:g} or more",
    "less_than_equal": "expected {le:g} or less",
    "too_short": "expected at least {min_length}",
    "too_long": "expected at most {max_length}",
    "string_too_long": "expected at most {max_length} characters",
    "string_pattern_mismatch": "expected a text of the form {pattern}",
}


def faults(
    exc: ValidationError,
    objects: Mapping[str, str] = OBJECTS,
    members: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> list[tuple[_Place, str]]:
    """What is wrong, and where; nothing about a list or a part in which something is wrong already.

    `objects` are examples of what may stand in place of what is no object, by the name of the model; `members`, by the
    name of a list, what each object in it may hold. Of very many faults the last is the number of those that are not
    told.
    """
    errors = exc.errors(include_url=False)
    whole = {error["loc"][:depth] for error in errors for depth in range(len(error["loc"]))}
    found = [error for error in errors if error["loc"] not in whole]
    told, untold = found[:_MOST_FAULTS], len(found) - _MOST_FAULTS
    unknown = [error["loc"] for error in told if error["type"] == _UNKNOWN]
    meant = {place: near for place in unknown[:_MOST_GUESSES] if (near := _near(place, members))}
    said = [(error["loc"], _sentence(error, objects, meant)) for error in told]
    return [*said, ((), f"{untold} more are wrong")] if untold > 0 else said


_UNKNOWN = "extra_forbidden"


def _near(place: _Place, members: Mapping[str, Collection[str]]) -> str | None:
    """What may be meant by a name that is unknown in its place."""
    name, known = str(place[-1]), members.get(str(place[-3])) if len(place) > 2 else None
    near = get_close_matches(name, known or _NAMES, n=2) if len(name) <= _LONGEST_GUESSED else []
    if other := next((other for other in near if other != name), None):
        return f"did you mean {other}?"
    return f"known are {', '.join(known)}" if known else None


def _sentence(error: ErrorDetails, objects: Mapping[str, str], meant: Mapping[_Place, str]) -> str:
    """What was expected, with the number that came, where it can be read; other values may be secrets."""
    kind, facts, came = error["type"], error.get("ctx", {}), error["input"]
    if kind == _UNKNOWN:
        near = meant.get(error["loc"])
        return "nothing of this name is known here" + (f"; {near}" if near else "")
    if kind == "model_type":
        like = objects.get(facts["class_name"])
        return f"expected an object like {like}" if like else "expected an object"
    said = _SENTENCES[kind].format(**facts) if kind in _SENTENCES else error["msg"].removeprefix("Value error, ")
    is_short = isinstance(came, float) or (isinstance(came, int) and came.bit_length() <= _MOST_BITS)
    if not is_short or isinstance(came, bool):
        return said
    written = f"{came:.15g}" if isinstance(came, float) else came
    return f"{said}, not {written}" + (f': write "{written}"' if kind == "string_type" else "")

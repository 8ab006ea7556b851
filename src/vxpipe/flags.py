"""The flags of `vxpipe run` as a recipe. Pure."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from vxpipe import commands
from vxpipe.errors import ConfigError
from vxpipe.faults import faults
from vxpipe.recipe import Recipe, Rectangle
from vxpipe.words import first

_JOB_INPUT = 'JOB_INPUT must be a JSON list of at least one {"platform": ..., "code": ...} or {"url": ...}'

# In seconds, minutes:seconds or hours:minutes:seconds.
_TIME = r"(?:[0-9]{1,4}:){0,2}[0-9]{1,6}(?:\.[0-9]{1,6})?"

# A figure that belongs to one mode only asks for that mode.
_IMPLIED_MODES = {"every": "interval", "count": "count", "at": "timestamps"}


def recipe(*, frames: Mapping[str, Any], crop: Any, **parts: Any) -> Recipe:
    """The recipe of the flags that were given; None stands for a flag that was not. Raises ConfigError."""
    chosen = _given(frames)
    implied = [figure for figure in _IMPLIED_MODES if figure in chosen]
    if len(implied) > 1:
        raise ConfigError(
            f"{' and '.join(f'--{figure}' for figure in implied)} ask for different frames: give one of them"
        )
    if implied:
        chosen.setdefault("mode", _IMPLIED_MODES[implied[0]])
    whole = {"frames": chosen, "crop": crop} | parts
    try:
        return Recipe.model_validate_json(
            json.dumps(_given({name: _part(value) for name, value in whole.items()})), by_alias=True, by_name=False
        )
    except ValidationError as exc:
        raise ConfigError("; ".join(_fault(place, text) for place, text in faults(exc))) from exc


def crop(text: str | None) -> Any:
    """`auto`, `none`, `X,Y,W,H` or `9:16` as the recipe has it. Raises ConfigError."""
    if text is None or text in {"auto", "none"}:
        return text
    if ":" in text:
        return {"aspect": text}
    figures = text.split(",")
    if len(figures) != 4 or not all(figure.isascii() and figure.isdigit() for figure in figures):
        raise ConfigError(f"--crop must be auto, none, X,Y,W,H or a ratio such as 9:16, not {text!r}")
    return dict(zip(("x", "y", "width", "height"), map(int, figures), strict=True))


def seconds(flag: str, *given: str) -> list[float] | None:
    """The comma-separated times of a flag, however often it is given; None where it is not. Raises ConfigError."""
    text = ",".join(given)
    try:
        return [float(part) for part in text.split(",")] if given else None
    except ValueError as exc:
        wanted = f"{flag} must be times in seconds with commas between them"
        raise ConfigError(f"{wanted}, not {text!r}{_in_seconds(text)}") from exc


def _in_seconds(text: str) -> str:
    """What times of a clock are in seconds, where all that is wrong is that some are given so."""
    if not re.fullmatch(rf"{_TIME}(,{_TIME})*", text):
        return ""
    clocks = [reversed(time.split(":")) for time in text.split(",")]
    told = [sum(float(part) * 60**place for place, part in enumerate(clock)) for clock in clocks]
    return f": write {','.join(f'{round(time, 3):.15g}' for time in told)}"


def job_input(text: str | None) -> list[dict[str, str]]:
    """What JOB_INPUT names: `platform` and `code`, or `url`, of each. Raises ConfigError."""
    if not text or not text.strip():
        raise ConfigError("nothing to do: name a target (platform:code, a link, a file) or set JOB_INPUT")
    try:
        items = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ConfigError(f"{_JOB_INPUT}; it is no JSON: {exc}") from exc
    if not isinstance(items, list) or not items:
        raise ConfigError(_JOB_INPUT)
    wrong = [f"item {place} {fault}" for place, item in enumerate(items) if (fault := _item_fault(item))]
    if wrong:
        raise ConfigError(f"{_JOB_INPUT}; {'; '.join(first(wrong))}")
    return items


def _item_fault(item: Any) -> str | None:
    """What keeps an item of JOB_INPUT from naming a video."""
    if not isinstance(item, dict):
        return "is no object"
    if strange := item.keys() - {"platform", "code", "url"}:
        hint = ": options are flags of vxpipe run" if "options" in strange else ""
        return f"has {_listed(strange)}, which is not taken here{hint}"
    if item.keys() > {"url"}:
        return f"has url and {_listed(item.keys() - {'url'})}: give one or the other"
    if "url" not in item and (lacking := {"platform", "code"} - item.keys()):
        return f"lacks {_listed(lacking)}"
    wrong = [name for name, value in item.items() if not isinstance(value, str)]
    return f"has no string as {_listed(wrong)}" if wrong else None


def _listed(given: Iterable[str]) -> str:
    return " and ".join(sorted(given))


def _part(value: Any) -> Any:
    """A part of the recipe without what was not given; a part of which nothing was given is not given itself."""
    if not isinstance(value, Mapping) or not value:
        return value
    return _given(value) or None


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _fault(place: Sequence[int | str], text: str) -> str:
    """What is wrong, and with which flag: the innermost name, or none where several flags do not fit together."""
    names = [part for part in place if isinstance(part, str)]
    if names[-1:] == ["frames"] or not names:
        return text
    if "crop" in names:
        return f"--crop: {names[-1]}: {text}" if names[-1] in Rectangle.model_fields else f"--crop: {text}"
    return f"{commands.flag(names[0], names[-1])}: {text}"

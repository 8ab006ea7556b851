"""A video and its options as the command that runs it again. Pure."""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from vxpipe.recipe import Recipe, told

_SWITCHES = {
    "enabled": (False, "--no-dedupe"),
    "blank": (False, "--keep-blank"),
    "blurry": (True, "--drop-blurry"),
    "sheet": (False, "--no-sheet"),
}


def run_again(target: str, recipe: Recipe) -> str:
    """The `vxpipe run` that does to a target what the recipe asks for, as it is typed into a shell."""
    return shlex.join(["vxpipe", "run", target, *_flags(told(recipe))])


def flag(part: str, name: str) -> str:
    """The flag of an option in a part of the recipe: frames and clip both have a quality and a height."""
    words = re.sub("[A-Z]", lambda found: "-" + found[0].lower(), name)
    return f"--clip-{words}" if part == "clip" and name != "encoder" else f"--{words}"


def _flags(given: Mapping[str, Any]) -> Iterator[str]:
    for part in ("frames", "dedupe", "drop", "image", "clip"):
        for name, value in (given.get(part) or {}).items():
            yield from _typed(part, name, value)
    if "crop" in given:
        yield from ("--crop", _crop(given["crop"]))
    yield from _typed("", "sheet", given.get("sheet"))
    if given.get("clip") is not None:
        yield "--clip"


def _typed(part: str, name: str, value: Any) -> tuple[str, ...]:
    if name in _SWITCHES:
        turned, switch = _SWITCHES[name]
        return (switch,) if value is turned else ()
    if value is None:
        return ()
    return flag(part, name), ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _crop(crop: str | Mapping[str, Any]) -> str:
    if isinstance(crop, str):
        return crop
    return str(crop.get("aspect") or ",".join(str(crop[side]) for side in ("x", "y", "width", "height")))

"""What a program of the operator says on stdout: JSON that is meant for us, or a line for people. Pure."""

import json
import re
from pathlib import PurePosixPath
from typing import Any

from vxpipe.ports import OutputFile
from vxpipe.values import frozen

_LEVELS = {"DEBUG": "debug", "INFO": "info", "WARN": "warning", "WARNING": "warning", "ERROR": "error"}
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}", re.ASCII)
_KIND = re.compile(r"[a-z][a-z0-9_]{0,15}", re.ASCII)
_MOST_PARTS = 8
_KINDS = {"manifest.jsonl": "manifest", "item.json": "item", "sheet.jpg": "sheet", "clip.mp4": "clip"}
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
_FACTS = {"kind": str, "width": int, "height": int, "t": (int, float)}


@frozen(kw_only=False)
class Line:
    """A line for people."""

    level: str
    text: str


@frozen(kw_only=False)
class Progress:
    """How far the program is, 0..1."""

    fraction: float


@frozen(kw_only=False)
class Wrong:
    """A line that was meant for us and says something that cannot be."""

    text: str


def understood(line: str) -> Line | Progress | OutputFile | Wrong:
    """What a line says: JSON with `progress` (0..100), `artifact` (a path in the output folder) or `msg`; else text."""
    said = _object(line)
    if said is None:
        return Line("info", line)
    if "progress" in said:
        return _progress(said["progress"])
    if "artifact" in said:
        return _artifact(said["artifact"])
    if isinstance(said.get("msg"), str):
        return Line(_LEVELS.get(str(said.get("level", "")).upper(), "info"), said["msg"])
    return Line("info", line)


def output_file(name: str, **facts: Any) -> OutputFile | Wrong:
    """A file of the output folder under its path there, its kind told from its name where `facts` have none."""
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or len(path.parts) > _MOST_PARTS or path.as_posix() != name:
        return Wrong(f"{name[:200]!r} is no plain path inside the output folder")
    if not all(_PART.fullmatch(part) for part in path.parts):
        return Wrong(f"{name[:200]!r} is no name for a file: letters, digits, '_', '-' and '.', not first, are")
    return OutputFile(name=name, **{"kind": _kind(path), **facts})


def _object(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _progress(value: Any) -> Progress | Wrong:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Wrong(f"progress must be a number from 0 to 100, not {str(value)[:40]!r}")
    if not 0 <= value <= 100:
        return Wrong(f"progress must be from 0 to 100, not {str(value)[:40]}")
    return Progress(value / 100)


def _artifact(value: Any) -> OutputFile | Wrong:
    """`"frames/1.jpg"`, or `{"path": "frames/1.jpg", "kind", "width", "height", "t"}`."""
    if isinstance(value, str):
        return output_file(value)
    if not isinstance(value, dict) or not isinstance(value.get("path"), str):
        return Wrong('artifact must be a path in the output folder, or {"path", "kind", "width", "height", "t"}')
    facts = {name: fact for name, fact in value.items() if name != "path" and fact is not None}
    for name, fact in facts.items():
        if name not in _FACTS or isinstance(fact, bool) or not isinstance(fact, _FACTS[name]):  # type: ignore[arg-type]
            return Wrong(f"{name[:40]!r} of an artifact cannot be {str(fact)[:40]!r}")
    if not _KIND.fullmatch(facts.get("kind", "file")) or not _plausible(facts):
        return Wrong("kind must be up to 16 small letters, width, height and t must not be negative or endless")
    return output_file(value["path"], **facts)


def _plausible(facts: dict[str, Any]) -> bool:
    return all(0 <= facts.get(name, 0) < 1 << 31 for name in ("width", "height", "t"))  # NaN is not


def _kind(path: PurePosixPath) -> str:
    if path.parts[0] == "frames" and path.suffix in _PICTURES:
        return "frame"
    return _KINDS.get(path.name, "file")

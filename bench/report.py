"""Rows and tables of results, and the machine they were measured on."""

import importlib.metadata
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import ratios
from measure import Usage
from score import Score

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("vxpipe", "scenedetect-headless", "av", "opencv-python-headless", "pillow", "numpy")
HEADS = (
    "clip", "work", "tool", "CPU", "wall", "CPU s", "peak MB",
    "frames", "shots", "repeats", "blanks", "unmatched", "worst t", "exact crops",
)  # fmt: skip
MARKS = ("<!-- results -->", "<!-- /results -->")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one tool did with one work on one clip: its cost in every round, and the truth of its last output."""

    clip: str
    work: str
    tool: str
    usages: tuple[Usage, ...]
    score: Score | None
    due: int | None


def row(result: Result, fulls: Sequence[Usage], *, refused: bool) -> tuple[str, ...]:
    """The cells of a result; `fulls` is the full decode in the same rounds. Costs and truth never come apart."""
    names = (result.clip, result.work, result.tool)
    errors = [usage.error for usage in result.usages if usage.error]
    if errors:
        return (*names, "failed", *("-",) * (len(HEADS) - len(names) - 1))
    return (*names, *_cost(result.usages, fulls, refused=refused), *_truth(result))


def _cost(usages: Sequence[Usage], fulls: Sequence[Usage], *, refused: bool) -> tuple[str, ...]:
    cpu = [usage.cpu_seconds for usage in usages]
    wall = [usage.wall_seconds for usage in usages]
    shares = (
        ratios.median_ratio(cpu, [full.cpu_seconds for full in fulls]),
        ratios.median_ratio(wall, [full.wall_seconds for full in fulls]),
    )
    peak = max(usage.peak_bytes for usage in usages) / 1e6
    return (*("refused" if refused else f"{share:.3f}" for share in shares), f"{median(cpu):.2f}", f"{peak:.0f}")


def _truth(result: Result) -> tuple[str, ...]:
    score = result.score
    if score is None:
        return ("-",) * 7
    due = "" if result.due is None else f"/{result.due}"
    counts = (f"{score.frames}{due}", f"{score.shots}/{score.planted}", score.repeats, score.blanks, score.unmatched)
    return (*map(str, counts), f"{score.worst_seconds:.3f} s", f"{score.exact_crops}/{score.frames}")


def plain(rows: Sequence[Sequence[str]], heads: Sequence[str] = HEADS) -> str:
    """A table for a terminal."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (heads, *rows)
    ]
    return "\n".join(lines)


def markdown(rows: Sequence[Sequence[str]], heads: Sequence[str] = HEADS) -> str:
    """A table for a page."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write(page: Path, text: str) -> None:
    """Puts the text between the marks of a page; a page without marks becomes the text."""
    begin, end = MARKS
    old = page.read_text() if page.exists() else ""
    new = f"{begin}\n\n{text}\n\n{end}"
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    page.write_text(marked.sub(lambda _: new, old, count=1) if marked.search(old) else f"{new}\n")


def machine(ffmpeg: Path) -> list[str]:
    """Where and with what: date, commit, processor, load, versions."""
    said = subprocess.run([ffmpeg, "-version"], capture_output=True, text=True, check=True).stdout
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    return [
        *where(),
        f"Python {platform.python_version()}, {packages}",
        said.partition(" Copyright")[0],
    ]


def where() -> list[str]:
    """Date, commit and machine."""
    load = ", ".join(f"{one:.2f}" for one in os.getloadavg())
    return [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {_commit()}",
        f"{_processor()}, {len(os.sched_getaffinity(0))} cores, load {load} at the start, {platform.platform()}",
    ]


def _commit() -> str:
    head = _git("rev-parse", "--short", "HEAD")
    return f"{head} with changes in src/" if head and _git("status", "--porcelain", "src") else head or "unknown"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def _processor() -> str:
    named = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return named[1] if named else platform.machine()

"""Two videos in one `vxpipe run` against the same two one after the other."""

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import measure
import ratios

CLIPS = ("dense", "gop5")
HEADS = ("rounds", "wall s at once", "wall s one after the other", "wall ratio", "CPU ratio", "peak MB at once")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Per round: what both at once took, and what one after the other took."""

    wall_seconds_at_once: tuple[float, ...]
    wall_seconds_apart: tuple[float, ...]
    cpu_seconds_at_once: tuple[float, ...]
    cpu_seconds_apart: tuple[float, ...]
    peak_bytes: int


def compare(videos: Sequence[Path], rounds: int, scratch: Path) -> Pair:
    """Runs both ways in every round. Raises RuntimeError when vxpipe fails."""
    at_once, apart = [], []
    for _ in range(rounds):
        at_once.append(_run(videos, scratch))
        apart.append([_run([video], scratch) for video in videos])
    return Pair(
        wall_seconds_at_once=tuple(usage.wall_seconds for usage in at_once),
        wall_seconds_apart=tuple(sum(usage.wall_seconds for usage in usages) for usages in apart),
        cpu_seconds_at_once=tuple(usage.cpu_seconds for usage in at_once),
        cpu_seconds_apart=tuple(sum(usage.cpu_seconds for usage in usages) for usages in apart),
        peak_bytes=max(usage.peak_bytes for usage in at_once),
    )


def row(pair: Pair, *, refused: bool) -> tuple[str, ...]:
    """The cells of the table; the wall ratio is the one that matters, 0.5 would be perfect on two cores."""
    shares = (
        ratios.median_ratio(pair.wall_seconds_at_once, pair.wall_seconds_apart),
        ratios.median_ratio(pair.cpu_seconds_at_once, pair.cpu_seconds_apart),
    )
    walls = (median(pair.wall_seconds_at_once), median(pair.wall_seconds_apart))
    return (
        str(len(pair.wall_seconds_at_once)),
        *(f"{wall:.2f}" for wall in walls),
        *("refused" if refused else f"{share:.3f}" for share in shares),
        f"{pair.peak_bytes / 1e6:.0f}",
    )


def _run(videos: Sequence[Path], scratch: Path) -> measure.Usage:
    out = scratch / "pair"
    shutil.rmtree(out, ignore_errors=True)
    program = Path(sys.executable).with_name("vxpipe")
    command: tuple[str | Path, ...] = (program, "run", *videos, "--out", out, "--json")
    usage = measure.run(command, log=scratch / "pair.log", environment=os.environ)
    if usage.error:
        raise RuntimeError(f"vxpipe run {' '.join(map(str, videos))}: {usage.error}")
    return usage

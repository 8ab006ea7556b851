"""Two videos in one `vxpipe run` against the same two one after the other, beside what two plain decodes do."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import measure
import ratios
from contestants import FULL_DECODE, OURS, Command

CLIPS = ("dense", "gop5")
HEADS = ("tool", "rounds", "wall s at once", "wall s one after the other", "wall ratio", "CPU ratio", "peak MB at once")
# What one core does, so that what the cores take from each other shows: two such at once are the best there is.
_DECODE = '"$0" -v error -nostdin -threads 1 -i "${0}" -map 0:v:0 -an -f null - & p{0}=$!;'


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Per round: what both at once took, and what one after the other took."""

    tool: str
    at_once: tuple[measure.Usage, ...]
    apart: tuple[tuple[measure.Usage, ...], ...]

    @property
    def cpu_seconds_apart(self) -> tuple[float, ...]:
        """Of both, one after the other."""
        return tuple(sum(usage.cpu_seconds for usage in usages) for usages in self.apart)


def compare(videos: Sequence[Path], rounds: int, ffmpeg: Path, scratch: Path) -> list[Pair]:
    """Runs both tools both ways in every round. Raises RuntimeError when one fails."""
    commands: dict[str, Callable[[Sequence[Path]], Command]] = {
        FULL_DECODE: lambda some: _decode(some, ffmpeg),
        OURS: lambda some: _run(some, scratch),
    }
    found: dict[str, list[tuple[measure.Usage, ...]]] = {tool: [] for tool in commands}
    for _ in range(rounds):
        for tool, command in commands.items():
            asked = (videos, *([video] for video in videos))
            found[tool].append(tuple(_measured(command(some), scratch) for some in asked))
    return [
        Pair(tool=tool, at_once=tuple(one[0] for one in usages), apart=tuple(one[1:] for one in usages))
        for tool, usages in found.items()
    ]


def row(pair: Pair, *, refused: bool) -> tuple[str, ...]:
    """The cells of the table; the wall ratio is the one that matters, 0.5 would be perfect on two cores."""
    walls_at_once = tuple(usage.wall_seconds for usage in pair.at_once)
    walls_apart = tuple(sum(usage.wall_seconds for usage in usages) for usages in pair.apart)
    shares = (
        ratios.median_ratio(walls_at_once, walls_apart),
        ratios.median_ratio(tuple(usage.cpu_seconds for usage in pair.at_once), pair.cpu_seconds_apart),
    )
    return (
        pair.tool,
        str(len(pair.at_once)),
        *(f"{median(walls):.2f}" for walls in (walls_at_once, walls_apart)),
        *("refused" if refused else f"{share:.3f}" for share in shares),
        f"{max(usage.peak_bytes for usage in pair.at_once) / 1e6:.0f}",
    )


def _decode(videos: Sequence[Path], ffmpeg: Path) -> Command:
    places = range(1, len(videos) + 1)
    begun, ended = (" ".join(_DECODE.format(place) for place in places), " && ".join(f"wait $p{n}" for n in places))
    return ("/bin/sh", "-c", f"{begun} {ended}", ffmpeg, *videos)


def _run(videos: Sequence[Path], scratch: Path) -> Command:
    out = scratch / "pair"
    shutil.rmtree(out, ignore_errors=True)
    return (Path(sys.executable).with_name("vxpipe"), "run", *videos, "--out", out, "--json")


def _measured(command: Command, scratch: Path) -> measure.Usage:
    usage = measure.run(command, log=scratch / "pair.log", environment=os.environ)
    if usage.error:
        raise RuntimeError(f"{' '.join(map(str, command))}: {usage.error}")
    return usage

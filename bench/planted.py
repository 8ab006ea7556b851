"""A broad and cheap judge: more than a hundred small clips with known truth, and what `vxpipe run` makes of each.

Makes the clips once, runs vxpipe on them as a user would, and prints a table per family and every fault. Exit status:
0 no fault that is not known (known.py); 1 there is one; 2 wrong usage.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np
from PIL import Image

import clips
import families
import known
import plots
import report
import stage
import verdict
from plots import Plot
from reels import Rect
from score import Frame, Reference
from verdict import Verdict

HEADS = ("clip", "frames", "planted", *verdict.KINDS, "worst t")


def main() -> int:
    asked = _arguments()
    chosen = [plot for plot in families.every() if plot.family in asked.families and asked.clips.search(plot.name)]
    if not chosen:
        print("no clip of these families has such a name: --list tells them all", file=sys.stderr)
        return 2
    if asked.list:
        print(*(f"{plot.name}: {len(plot.shots)} shots" for plot in chosen), sep="\n")
        return 0
    print("\n".join(report.where()), flush=True)
    with ThreadPoolExecutor(asked.jobs) as workers:
        verdicts = list(workers.map(partial(_told, asked), chosen))
    found = list(zip(chosen, verdicts, strict=True))
    for family, members in groupby(found, key=lambda each: each[0].family):
        print(f"\n{family}\n{report.plain([*map(_row, members)], HEADS)}")
    faults = [f"{plot.name}: {fault}" for plot, judged in found for fault in judged.faults]
    named = {plot.name: judged for plot, judged in found}
    more, less = ([*known.beside(named, sign)] for sign in (1, -1))
    print("", *faults, _totals(verdicts), f"more than known: {_listed(more)}", f"less: {_listed(less)}", sep="\n")
    return 1 if more else 0


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as exc:
        raise argparse.ArgumentTypeError(f"{text} is no regular expression: {exc}") from exc


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    all_families = tuple(dict.fromkeys(plot.family for plot in families.every()))
    parser.add_argument("--families", nargs="+", choices=all_families, default=all_families, help="default all")
    parser.add_argument(
        "--clips", type=_pattern, default=re.compile(""), metavar="REGEX", help="those whose name it is found in"
    )
    own = Path(sys.executable).with_name("vxpipe")
    parser.add_argument("--vxpipe", type=Path, default=own, help=f"the program to judge (default {own})")
    scratch = Path(tempfile.gettempdir())
    parser.add_argument("--cache", type=Path, default=scratch / "vxpipe-planted-clips", help="the folder of the clips")
    parser.add_argument("--out", type=Path, default=scratch / "vxpipe-planted-out", help="the folder of the frames")
    parser.add_argument("--jobs", type=int, default=2, help="clips at once (default 2)")
    parser.add_argument("--list", action="store_true", help="say what each clip holds")
    asked = parser.parse_args()
    if not shutil.which(asked.vxpipe):
        parser.error(f"{asked.vxpipe} is no program")
    return asked


def _told(asked: argparse.Namespace, plot: Plot) -> Verdict:
    """The verdict of a clip, told as soon as it is known."""
    judged = _verdict(asked, plot)
    print(f"{plot.name}: {', '.join(judged.faults) or 'no fault'}", file=sys.stderr, flush=True)
    return judged


def _verdict(asked: argparse.Namespace, plot: Plot) -> Verdict:
    clip, folder = stage.prepared(plot, asked.cache), asked.out / plot.name
    shutil.rmtree(folder, ignore_errors=True)
    command = (asked.vxpipe, "run", clip, "--out", folder, "--no-sheet", *plot.asked.flags)
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if ran.returncode:
        return verdict.failed(f"exit {ran.returncode}: {' '.join(ran.stderr[-200:].split())}")
    (item,) = folder.glob("*/item.json")
    box = _box(item, plot.border.size)
    thumbs, times, keyframes = clips.small(clip, box, stage.FFMPEG, matrix="bt601", size=_half(box.width, box.height))
    shown = (list(_frames(item.parent)), Reference(thumbs=thumbs, times=times), plots.truth(plot), box)
    if plot.asked == plots.SCENES:
        return verdict.judged(*shown)
    return verdict.sampled(*shown, replace(plot.asked, frames=plot.asked.frames or keyframes))


def _box(item: Path, size: tuple[int, int]) -> Rect:
    """What the kept frames show of a clip of that size."""
    crop = json.loads(item.read_text())["crop"] or {"x": 0, "y": 0, "width": size[0], "height": size[1]}
    return Rect(**{side: crop[side] for side in ("x", "y", "width", "height")})


def _frames(folder: Path) -> Iterator[Frame]:
    """What was kept, with the time that the manifest claims."""
    for line in (folder / "manifest.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["kept"]:
            with Image.open(folder / row["file"]) as image:
                thumb = np.asarray(image.convert("L").resize(_half(*image.size), Image.Resampling.BOX))
                yield Frame(said=row["t"], size=image.size, thumb=thumb)


def _half(width: int, height: int) -> tuple[int, int]:
    return width // 2, height // 2


def _row(found: tuple[Plot, Verdict]) -> tuple[str, ...]:
    plot, judged = found
    counts = (judged.count(kind) for kind in verdict.KINDS)
    worst = f"{judged.worst_seconds:.3f}"
    return (plot.name, str(judged.frames), str(judged.planted), *(str(number or "") for number in counts), worst)


def _totals(verdicts: Sequence[Verdict]) -> str:
    kinds = ", ".join(f"{kind} {sum(judged.count(kind) for judged in verdicts)}" for kind in verdict.KINDS)
    frames, planted = (sum(judged.frames for judged in verdicts), sum(judged.planted for judged in verdicts))
    worst = max((judged.worst_seconds for judged in verdicts), default=0.0)
    return f"clips {len(verdicts)}, frames {frames}, planted {planted}, {kinds}, worst t {worst:.3f} s"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


if __name__ == "__main__":
    sys.exit(main())

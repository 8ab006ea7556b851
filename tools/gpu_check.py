#!/usr/bin/env python3
"""Finds out on a machine with an NVIDIA GPU what it can do and what that is worth: one command, JSON and tables out.

    python3 tools/gpu_check.py [STEP ...] --out DIR [--ffmpeg PATH] [--secs 30] [--run-seconds 3] [--most 32]

It runs on a bare machine with this source tree: Python 3.11, an ffmpeg (or one packed as .xz, to travel lightly),
nothing installed. The routes and trials are those of the package (gpu_package.py): what is measured is what vxpipe
runs, not a copy that drifts.

Steps, in order: facts, probe, clips, decode, pipe, encode, parity, fallback, kill. `DIR/gpu_check.json` is written
after each row, `DIR/gpu_check.md` at the end. A step begins no run after `--step-seconds`, none does after
`--total-seconds`.
Without a usable GPU the steps after `probe` are left out, with the reason; that is no failure. Exit status 1: a step
raised an error, to be found in the JSON.
"""

import argparse
import json
import lzma
import os
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import gpu_steps
from gpu_package import ROOT
from gpu_runs import Ffmpeg
from gpu_steps import Check, Row

STEPS: dict[str, Callable[[Check], Iterator[Row]]] = {
    step.__name__: step
    for step in (
        *(gpu_steps.facts, gpu_steps.probe, gpu_steps.clips, gpu_steps.decode),
        *(gpu_steps.pipe, gpu_steps.encode, gpu_steps.parity, gpu_steps.fallback, gpu_steps.kill),
    )
}
_WITHOUT_GPU = ("facts", "probe")
_COLUMNS = (
    *("processes", "fps", "wall_seconds", "cpu_seconds", "video_seconds", "failed", "gpu"),
    *("returncode", "fell_back", "ok", "bytes", "db", "noisy_db", "code", "at_work", "seconds"),
)


def main() -> int:
    arguments = _arguments()
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # so that number 0 is that of nvidia-smi, as in the service
    program = arguments.ffmpeg or gpu_steps.found_ffmpeg(ROOT) or shutil.which("ffmpeg")
    if program is None:
        print("gpu_check.py: no ffmpeg in .venv nor on PATH; name one with --ffmpeg", file=sys.stderr)
        return 2
    arguments.out.mkdir(parents=True, exist_ok=True)
    clips = arguments.out.absolute() / "clips"
    clips.mkdir(exist_ok=True)
    record = _checked(arguments, Ffmpeg(_unpacked(Path(program).absolute(), clips), clips))
    shutil.rmtree(clips)
    table = "\n".join(_table(record))
    (arguments.out / "gpu_check.md").write_text(table + "\n")
    print(table)
    return 1 if any("error" in step for step in record["steps"].values()) else 0


def _unpacked(program: Path, folder: Path) -> Path:
    """The program, taken out of its .xz where it is in one."""
    if program.suffix != ".xz":
        return program
    unpacked = folder / program.stem
    with lzma.open(program) as packed, unpacked.open("wb") as out:
        shutil.copyfileobj(packed, out)
    unpacked.chmod(0o755)
    return unpacked


def _checked(arguments: argparse.Namespace, ffmpeg: Ffmpeg) -> dict[str, Any]:
    """Run the steps one after the other, writing down each row."""
    record: dict[str, Any] = {"made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "steps": {}}
    last = time.monotonic() + arguments.total_seconds

    def save() -> None:
        (arguments.out / "gpu_check.json").write_text(json.dumps(record, indent=1) + "\n")

    for name in (name for name in STEPS if name in (arguments.steps or STEPS)):
        print(f"{name} ...", file=sys.stderr, flush=True)
        begun = time.monotonic()
        told: dict[str, Any] = {"rows": []}
        reason = _reason(name, record["steps"], is_late=begun > last)
        record["steps"][name] = told
        if reason:
            told["left_out"] = reason
        else:
            ends = min(last, begun + arguments.step_seconds)
            _step(name, _check(arguments, ffmpeg, ends), told, save)
        told["seconds"] = round(time.monotonic() - begun, 1)
        save()
    return record


def _reason(name: str, done: dict[str, Any], *, is_late: bool) -> str | None:
    """Why a step is left out."""
    closed = gpu_steps.closed(done["probe"]["rows"]) if "probe" in done else None
    if closed and name not in _WITHOUT_GPU:
        return f"CPU only, {closed}"
    return "the time of all steps together is over" if is_late else None


def _check(arguments: argparse.Namespace, ffmpeg: Ffmpeg, ends: float) -> Check:
    return Check(
        ffmpeg=ffmpeg,
        most=arguments.most,
        run_seconds=arguments.run_seconds,
        film_seconds=arguments.secs,
        ends=ends,
    )


def _step(name: str, check: Check, told: dict[str, Any], save: Callable[[], None]) -> None:
    try:
        for row in STEPS[name](check):
            told["rows"].append(row)
            save()
    except Exception:  # whatever it is, the next step may do
        told["error"] = traceback.format_exc()
    told["in_time"] = check.timely()


def _table(record: dict[str, Any]) -> Iterator[str]:
    """What was found, as Markdown."""
    yield f"# GPU check of {record['made']}"
    for name, step in record["steps"].items():
        yield f"\n## {name}, {step['seconds']} s\n"
        yield from filter(None, (step.get("left_out"), step.get("error", "").strip()))
        if name == "facts":
            yield from (f"- {key}: {value}" for row in step["rows"] for key, value in row.items())
        elif step["rows"]:
            yield from _rows(step["rows"])


def _rows(rows: Sequence[Row]) -> Iterator[str]:
    columns = [column for column in _COLUMNS if any(column in row for row in rows)]
    yield f"| name | {' | '.join(columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for row in rows:
        yield f"| {row['name']} | {' | '.join(str(row.get(column, '')) for column in columns)} |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"of {', '.join(STEPS)}; all by default")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the results go")
    parser.add_argument("--ffmpeg", metavar="PATH", help="by default that of .venv, else that on PATH")
    parser.add_argument("--secs", type=int, default=30, help="length of the films (%(default)s)")
    parser.add_argument("--run-seconds", type=float, default=3.0, help="time for each figure (%(default)s)")
    parser.add_argument("--step-seconds", type=float, default=260, help="a step begins no run after that (%(default)s)")
    parser.add_argument("--total-seconds", type=float, default=540, help="none does after that (%(default)s)")
    parser.add_argument("--most", type=int, default=32, help="processes at once (%(default)s)")
    arguments = parser.parse_args()
    unknown = set(arguments.steps) - set(STEPS)
    if unknown:
        parser.error(f"no such step: {', '.join(sorted(unknown))}")
    return arguments


if __name__ == "__main__":
    sys.exit(main())

"""The extraction benchmark: what frames cost, and how true they are, against others at the same work.

Makes its clips, runs every tool in interleaved rounds and prints, per clip and tool, the median of the per-round ratios
to a full decode of the same clip in the same round, with the truth score in the same row. Exit status: 0 done; 1 the
machine was too noisy for ratios, or vxpipe failed; 2 wrong usage.
"""

import argparse
import compileall
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg

import clips
import contestants
import measure
import pair
import ratios
import report
from contestants import FULL_DECODE, OURS, Job
from measure import Usage
from report import Result
from score import score


def main() -> int:
    asked = _arguments()
    if asked.list:
        print(_choices())
        return 0
    ffmpeg = Path(imageio_ffmpeg.get_ffmpeg_exe())
    lines = [*report.machine(ffmpeg), f"rounds: {asked.rounds}{', clips of 12 s' if asked.quick else ''}"]
    print("\n".join(lines), flush=True)
    kinds = [kind for kind in clips.KINDS if kind.name in asked.clips]
    with tempfile.TemporaryDirectory(prefix="vxpipe-bench-") as scratch:
        _hold_still(Path(scratch))
        work = _compare_pair if asked.pair else _compare_tools
        tables, faults = work(asked, kinds, ffmpeg, Path(scratch))
    if asked.markdown:
        command = "`bench/extraction.py " + " ".join(sys.argv[1:]) + "`"
        bullets = "\n".join(f"- {line}" for line in (command, *lines, *faults))
        report.write(asked.markdown, "\n\n".join([bullets, *tables]))
    print(*faults, sep="\n", file=sys.stderr)
    return 1 if faults else 0


def _hold_still(scratch: Path) -> None:
    """Measures a copy of the source, compiled as an installed one is: an edit half-way shall not mix two states."""
    shutil.copytree(report.ROOT / "src", scratch / "src")
    compileall.compile_dir(scratch / "src", quiet=1)
    os.environ["PYTHONPATH"] = str(scratch / "src")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="at least 5 for figures to be quoted (default 5)")
    parser.add_argument("--quick", action="store_true", help="clips of 12 s: to try the benchmark, not the service")
    parser.add_argument("--pair", action="store_true", help="instead: two videos at once against one after the other")
    _add_choice(parser, "--clips", [kind.name for kind in clips.KINDS])
    _add_choice(parser, "--works", list(contestants.WORKS))
    _add_choice(parser, "--tools", list(contestants.TOOLS))
    parser.add_argument("--list", action="store_true", help="say what each clip holds and what each tool does")
    cache = Path(tempfile.gettempdir()) / "vxpipe-bench-clips"
    parser.add_argument("--cache", type=Path, default=cache, help=f"the folder of the clips (default {cache})")
    parser.add_argument("--noise", type=float, default=1.5, help="largest spread of the full decode (default 1.5)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the results into this page as well")
    return parser.parse_args()


def _add_choice(parser: argparse.ArgumentParser, flag: str, known: list[str]) -> None:
    def names(text: str) -> tuple[str, ...]:
        if unknown := set(text.split(",")) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: known are {', '.join(known)}")
        return tuple(text.split(","))

    parser.add_argument(flag, type=names, default=tuple(known), help=f"some of {','.join(known)} (default all)")


def _choices() -> str:
    """What each clip holds and what each tool does."""
    kinds = [
        (kind.name, f"{kind.seconds} s", _picture(kind), ", ".join(kind.works), kind.about) for kind in clips.KINDS
    ]
    tools = [(tool, ", ".join(works)) for tool, (_, works) in contestants.TOOLS.items()]
    heads = ("clip", "length", "picture", "works", "about")
    return f"{report.plain(kinds, heads)}\n\n{report.plain(tools, ('tool', 'works'))}"


def _picture(kind: clips.Kind) -> str:
    rect = kind.rect
    border = kind.border if isinstance(kind.border, str) else "four colours"
    return "whole" if rect == clips.FULL else f"{rect.width}x{rect.height}+{rect.x}+{rect.y} in {border}"


def _compare_tools(
    asked: argparse.Namespace, kinds: Sequence[clips.Kind], ffmpeg: Path, scratch: Path
) -> tuple[list[str], list[str]]:
    """Every clip in turn, printed as soon as it is done; the tables for a page, and what went wrong."""
    rows: list[tuple[str, ...]] = []
    faults: list[str] = []
    for kind in kinds:
        clip = clips.prepare(kind, ffmpeg=ffmpeg, cache=asked.cache, quick=asked.quick)
        works = tuple(work for work in kind.works if work in asked.works)
        jobs = contestants.jobs(clip, ffmpeg, scratch / kind.name, works=works, tools=asked.tools)
        results = _measured(jobs, clip, asked.rounds, scratch / "log")
        fulls = results[0].usages
        refused = ratios.refusal([full.cpu_seconds for full in fulls], asked.noise)
        table = [report.row(result, fulls, refused=bool(refused)) for result in results]
        print(f"\n{kind.name}: {kind.about}\n{report.plain(table)}", flush=True)
        rows += table
        faults += [f"{kind.name}: {refused}"] if refused else []
        faults += [fault for result in results if (fault := _fault(result))]
    return [report.markdown(rows)], faults


def _measured(jobs: Sequence[Job], clip: clips.Clip, rounds: int, log: Path) -> list[Result]:
    usages: dict[int, list[Usage]] = {place: [] for place in range(len(jobs))}
    for number in range(rounds):
        print(f"{clip.kind.name}: round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        for place, job in enumerate(jobs):
            usages[place].append(_run(job, log))
    return [_result(job, clip, tuple(usages[place])) for place, job in enumerate(jobs)]


def _run(job: Job, log: Path) -> Usage:
    shutil.rmtree(job.folder, ignore_errors=True)
    job.folder.mkdir(parents=True)
    return measure.run(job.command, log=log, environment=os.environ)


def _result(job: Job, clip: clips.Clip, usages: tuple[Usage, ...]) -> Result:
    """The truth is that of the last round: the tools are deterministic."""
    result = Result(clip=clip.kind.name, work=job.work, tool=job.tool, usages=usages, score=None, due=None)
    if job.work not in contestants.WORKS:
        return result
    found = score(contestants.frames(job, clip), clip.reference, clip.truth)
    return replace(result, score=found, due=contestants.frames_due(job.work, clip))


def _fault(result: Result) -> str:
    """What makes the whole run a failure: the baseline or vxpipe itself did not work."""
    error = next((usage.error for usage in result.usages if usage.error), "")
    return (
        f"{result.clip} {result.work}: {result.tool} failed: {error}"
        if error and result.tool in {OURS, FULL_DECODE}
        else ""
    )


def _compare_pair(
    asked: argparse.Namespace, kinds: Sequence[clips.Kind], ffmpeg: Path, scratch: Path
) -> tuple[list[str], list[str]]:
    """Two videos at once against one after the other, in wall time."""
    names = [kind for kind in kinds if kind.name in pair.CLIPS]
    paths = [clips.prepare(kind, ffmpeg=ffmpeg, cache=asked.cache, quick=asked.quick).path for kind in names]
    found = pair.compare(paths, asked.rounds, ffmpeg, scratch)
    refused = ratios.refusal(found[0].cpu_seconds_apart, asked.noise)
    table = [pair.row(each, refused=bool(refused)) for each in found]
    print(report.plain(table, pair.HEADS))
    return [report.markdown(table, pair.HEADS)], [f"pair: {refused}"] if refused else []


if __name__ == "__main__":
    sys.exit(main())

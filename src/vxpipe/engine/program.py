"""A program of the operator in place of the built-in pipeline: started for each item, heard, judged by its results."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from vxpipe import __version__
from vxpipe.engine.child import lines
from vxpipe.engine.leftovers import end_leftovers
from vxpipe.engine.said import Line, Progress, Wrong, output_file, understood
from vxpipe.engine.workplace import workplace
from vxpipe.errors import VxError
from vxpipe.model import FILE, Artifact, Item, ItemStatus, Outcome, Source
from vxpipe.ports import ArtifactStore, ChildExit, ChildRunner, Limits, OutputFile, Report, Turn
from vxpipe.recipe import Recipe, whole
from vxpipe.unbroken import unbroken

log = structlog.get_logger()

_MOST_LINES = 100_000
_MOST_FILES = 20_000
_TEMPORARY_FAILURE = os.EX_TEMPFAIL


class ProgramPipeline:
    """Runs `command` for every item; at most `seconds`, with no file beyond `max_bytes`.

    The program finds in its environment JOB_INPUT (a JSON list of the one item: platform, code, url), OUTPUT_DIR (a
    folder of its own, where it is started), JOB_OPTIONS (the recipe as JSON) and DEBUG_PIPELINE; nothing of ours but
    that and what every child gets.
    """

    def __init__(
        self,
        command: Sequence[str],
        runner: ChildRunner,
        artifacts: ArtifactStore,
        *,
        work: Path,
        place: Callable[[Item], str],
        seconds: float,
        max_bytes: int,
        debug: bool,
    ) -> None:
        self._command = tuple(command)
        self._runner = runner
        self._artifacts = artifacts
        self._work = work
        self._place = place
        # Nobody knows how long it may be silent: it has all its time for that.
        self._limits = Limits(wall_seconds=seconds, stall_seconds=2 * seconds, max_file_bytes=max_bytes)
        self._debug = debug

    async def check(self) -> None:
        """Nothing is needed but the program, which the settings have seen."""

    async def refusals(self, wanted: AbstractSet[str]) -> Mapping[str, str]:  # noqa: ARG002
        """Nothing is refused: nobody knows which encoders the program has."""
        return {}

    async def process(self, item: Item, recipe: Recipe, report: Report, turn: Turn) -> Outcome:
        """From the item to what the program left in its output folder, published.

        What it may fetch keeps the pace of the item's platform: its turn is asked for where there is nothing to fetch.
        """
        loop = asyncio.get_running_loop()
        begun = loop.time()
        outcome: Outcome | None = None
        try:
            async with workplace(self._work, item) as folder, _in_turn(item, turn):
                report("program", 0.0)
                heard = _Heard(report)
                done = await self._run(item, recipe, folder, heard)
                _judge(done)
                report("publish", 0.0)
                seconds = round(loop.time() - begun, 3)
                outcome = await self._publish(item, folder, heard, seconds)
        except asyncio.CancelledError:
            if outcome is None:
                raise
        log.info("item.succeeded", frames=outcome.frames, seconds=round(loop.time() - begun, 2))
        return outcome

    async def _run(self, item: Item, recipe: Recipe, folder: Path, heard: "_Heard") -> ChildExit:
        out, temporary = folder / "out", folder / "tmp"
        temporary.mkdir(mode=0o700)
        told, complained = lines(heard.told), lines(heard.complained)
        env = _environment(item, recipe, out) | {"TMPDIR": str(temporary), "DEBUG_PIPELINE": str(int(self._debug))}
        log.debug("program.started", command=" ".join(self._command))
        try:
            return await self._runner.run(
                self._command, limits=self._limits, cwd=out, env=env, on_stdout=told, on_stderr=complained
            )
        finally:
            await unbroken(asyncio.to_thread(end_leftovers, folder))

    async def _publish(self, item: Item, folder: Path, heard: "_Heard", seconds: float) -> Outcome:
        source = Source(platform=item.target.platform, code=item.target.code, url=item.target.url)
        facts = {
            "source": {"platform": source.platform, "code": source.code, "url": source.url},
            "program": Path(self._command[-1]).name,
            "tools": {"vxpipe": __version__},
            "timings": {"program": seconds},
            "warnings": [],
        }
        files = await asyncio.to_thread(_gathered, folder, heard.files, facts)
        artifacts: tuple[Artifact, ...] = await self._artifacts.publish(folder / "results", self._place(item), files)
        frames = sum(file.kind == "frame" for file in files)
        return Outcome(status=ItemStatus.SUCCESS, frames=frames, source=source, artifacts=artifacts)


@dataclass(slots=True)
class _Heard:
    """What the program has said so far."""

    report: Report
    files: dict[str, OutputFile] = field(default_factory=dict)
    count: int = 0

    def told(self, text: str) -> None:
        """A line of its standard output."""
        said = understood(text)
        if isinstance(said, Progress):
            self.report("program", said.fraction)
        elif isinstance(said, OutputFile):
            self.files[said.name] = said
            _bounded(len(self.files))
        elif isinstance(said, Wrong):
            raise VxError("program_failed", f"the program said what cannot be: {said.text}")
        else:
            self._pass_on(said)

    def complained(self, text: str) -> None:
        """A line of its standard error."""
        self._pass_on(Line("warning", text))

    def _pass_on(self, line: Line) -> None:
        self.count += 1
        if self.count <= _MOST_LINES:
            getattr(log, line.level)("program.said", text=line.text)
        elif self.count == _MOST_LINES + 1:
            log.warning("program.muted", lines=_MOST_LINES)


@asynccontextmanager
async def _in_turn(item: Item, turn: Turn) -> AsyncIterator[None]:
    """A local file waits for its turn; whatever may be fetched keeps its place in the lane instead."""
    waiting: AbstractAsyncContextManager[None] = turn() if item.target.platform == FILE else _at_once()
    async with waiting:
        yield


@asynccontextmanager
async def _at_once() -> AsyncIterator[None]:
    yield


def _environment(item: Item, recipe: Recipe, out: Path) -> dict[str, str]:
    target = item.target
    named = [{"platform": target.platform, "code": target.code, "url": target.url}]
    return {
        "JOB_INPUT": json.dumps(named),
        "JOB_OPTIONS": json.dumps(whole(recipe)),
        "OUTPUT_DIR": str(out),
        "HOME": str(out.parent),
        "PYTHONUNBUFFERED": "1",
    }


def _judge(done: ChildExit) -> None:
    """Raise VxError where the program says that it failed."""
    if done.returncode == 0:
        return
    last = done.stderr_tail.splitlines()[-1][:500] if done.stderr_tail else "it said nothing on stderr"
    how = f"exit status {done.returncode}" if done.returncode > 0 else f"signal {-done.returncode}"
    code = "program_busy" if done.returncode == _TEMPORARY_FAILURE else "program_failed"
    raise VxError(code, f"the program ended with {how}: {last}")


def _gathered(folder: Path, named: Mapping[str, OutputFile], facts: Mapping[str, Any]) -> tuple[OutputFile, ...]:
    """The files that the program named, or for want of names all it left, alone in `results`.

    Raises VxError `program_failed` for one that is not there, or is anything but a file of the output folder.
    """
    out, results = folder / "out", folder / "results"
    files = list(named.values()) or _found(out)
    if "item.json" not in {file.name for file in files}:
        (out / "item.json").unlink(missing_ok=True)
        told = {**facts, "files": [file.name for file in files]}
        (out / "item.json").write_text(json.dumps(told, indent=2) + "\n")
        files.append(OutputFile(kind="item", name="item.json"))
    for file in files:
        path = out / file.name
        if path.resolve() != out.resolve() / file.name or not path.is_file():
            raise VxError("program_failed", f"the program named {file.name}, which is no file in its output folder")
        (results / file.name).parent.mkdir(parents=True, exist_ok=True)
        path.rename(results / file.name)
    return tuple(files)


def _found(out: Path) -> list[OutputFile]:
    """Every file of the folder, in the order of their paths; links are none."""
    found: list[OutputFile] = []
    for path in sorted(out.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        file = output_file(path.relative_to(out).as_posix())
        if isinstance(file, Wrong):
            raise VxError("program_failed", f"the program left what cannot be published: {file.text}")
        found.append(file)
        _bounded(len(found))
    return found


def _bounded(count: int) -> None:
    if count > _MOST_FILES:
        raise VxError("program_failed", f"the program left more than {_MOST_FILES} files")


def command_of(path: str) -> tuple[str, ...]:
    """How a program is started: a Python file that is not marked as a program by our own Python."""
    if path.endswith(".py") and not os.access(path, os.X_OK):
        return (sys.executable, "-u", path)
    return (path,)

"""`vxpipe run`: the same engine without a service. Targets in, folders of frames out."""

import asyncio
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
import structlog

from vxpipe import clock, config, log, parts
from vxpipe.engine.fetch.platforms import Registry, local
from vxpipe.engine.item import Pipeline, percent, place_of_target
from vxpipe.engine.pool import Meter, outcome_of
from vxpipe.errors import ConfigError, Refused
from vxpipe.model import Item, ItemKey, ItemStatus, LogLine, Outcome, Target
from vxpipe.recipe import Recipe

_OUR_FILES = frozenset({"frames", "manifest.jsonl", "item.json", "sheet.jpg", "clip.mp4"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One target, how it ended, and the folder of its results."""

    target: Target
    outcome: Outcome
    folder: Path

    def to_json(self) -> dict[str, Any]:
        """What `--json` prints."""
        outcome = self.outcome
        return {
            "platform": self.target.platform,
            "code": self.target.code,
            "status": outcome.status.value,
            "frames": outcome.frames,
            "folder": str(self.folder) if outcome.status is ItemStatus.SUCCESS else None,
            "crop": asdict(outcome.crop) if outcome.crop else None,
            "source": asdict(outcome.source) if outcome.source else None,
            "warnings": list(outcome.warnings),
            "error": asdict(outcome.error) if outcome.error else None,
            "files": [artifact.path for artifact in outcome.artifacts],
        }


class Board:
    """Where a run shows what it does: log lines, the progress of each target, and each end."""

    def line(self, line: LogLine) -> None:
        """A log line; `line.item` is the place of its target."""

    def begin(self, place: int, target: Target, meter: Meter) -> None:
        """A target is being worked on; `meter` says how far it is."""

    def end(self, place: int, done: Done) -> None:
        """A target has ended."""


def parse_target(text: str, registry: Registry) -> Target:
    """`platform:code`, a link or a local file; raises Refused."""
    if "://" in text:
        return registry.link(text)
    if Path(text).is_file():
        return local(Path(text).absolute())
    platform, colon, code = text.partition(":")
    if colon and registry.platform(platform) is not None:
        return registry.target(platform, code)
    raise Refused("target", f"{text!r} is neither platform:code, nor a link, nor a file that exists")


async def run(
    settings: config.Settings, targets: Sequence[Target], recipe: Recipe, *, out: Path, board: Board
) -> list[Done]:
    """Process every target into its own folder under `out`; as many at once as there are workers.

    SIGTERM ends it as Ctrl-C does: the children are gone before CancelledError leaves. Raises ConfigError when two
    targets would share a folder, or `out` cannot be written.
    """
    items = [Item(key=ItemKey("run", place), target=target) for place, target in enumerate(targets)]
    _check_folders(items, out)
    log.set_up(now=clock.now, debug=settings.debug_pipeline, tap=board.line, to=None)
    _cancel_on_sigterm()
    with _pipeline(settings, out) as pipeline:
        work = _Work(pipeline=pipeline, recipe=recipe, out=out, board=board, seconds=settings.item_timeout)
        slots = asyncio.Semaphore(settings.workers)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work.on(item, slots)) for item in items]
    return [task.result() for task in tasks]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is done to every item of a run."""

    pipeline: Pipeline
    recipe: Recipe
    out: Path
    board: Board
    seconds: float

    async def on(self, item: Item, slots: asyncio.Semaphore) -> Done:
        place = item.key.index
        async with slots:
            with structlog.contextvars.bound_contextvars(job="run", item=place):
                meter = Meter(percent)
                self.board.begin(place, item.target, meter)
                work = self.pipeline.process(item, self.recipe, meter)
                outcome = await outcome_of(work, seconds=self.seconds)
                done = Done(target=item.target, outcome=outcome, folder=self.out / place_of_target(item))
                self.board.end(place, done)
                return done


@contextmanager
def _pipeline(settings: config.Settings, out: Path) -> Iterator[Pipeline]:
    """The engine; its work folder lies beside the results, so that publishing is a rename."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        work = tempfile.TemporaryDirectory(prefix=".vxpipe-", dir=out)
    except OSError as exc:
        raise ConfigError(f"--out: {out} cannot be written: {exc.strerror}") from exc
    with work:
        registry = parts.build_registry(settings)
        yield parts.build_pipeline(settings, registry, out=out, work=Path(work.name), place=place_of_target)


def _check_folders(items: Sequence[Item], out: Path) -> None:
    """Refuse to write two targets to one folder, and to replace what is not an earlier result of the same target."""
    seen: dict[str, Target] = {}
    for item in items:
        folder = place_of_target(item)
        if folder in seen:
            raise ConfigError(
                f"{seen[folder].url} and {item.target.url} would both be written to {folder}; "
                "give one of them another --out"
            )
        seen[folder] = item.target
        if (out / folder).exists() and not _is_earlier_result(out / folder, item.target):
            raise ConfigError(f"{out / folder} holds something else; move it away or choose another --out")


def _is_earlier_result(folder: Path, target: Target) -> bool:
    try:
        source = orjson.loads((folder / "item.json").read_bytes())["source"]
        return {path.name for path in folder.iterdir()} <= _OUR_FILES and source["url"] == target.url
    except (OSError, ValueError, TypeError, KeyError):
        return False


def _cancel_on_sigterm() -> None:
    task = asyncio.current_task()
    assert task is not None
    cancel: Callable[[], object] = task.cancel
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, cancel)

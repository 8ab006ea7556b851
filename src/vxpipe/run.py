"""`vxpipe run`: the same engine without a service. Targets in, folders of frames out."""

import asyncio
import re
import shlex
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from vxpipe import clock, config, log, names, parts
from vxpipe.engine.fetch.registry import Registry
from vxpipe.engine.media.cards import Cards
from vxpipe.engine.workplace import place_of_target
from vxpipe.errors import ConfigError, Refused, VxError
from vxpipe.interrupts import cancel_on_signals
from vxpipe.model import FILE, Event, Failure, Item, ItemKey, ItemStatus, LogLine, Outcome, Target
from vxpipe.ports import Entry, Fetched, Fetcher, FetchProgress, Ledger
from vxpipe.recipe import Recipe
from vxpipe.store.local_queue import LocalQueue
from vxpipe.values import frozen
from vxpipe.view import Lane
from vxpipe.words import first

_LAST_SECONDS = 5  # for the last item to put its things away
_OUR_FILES = frozenset({"frames", "manifest.jsonl", "item.json", "sheet.jpg", "uncropped.jpg", "clip.mp4"})


@frozen
class Done:
    """One target, what it is called, how it ended, and the folder of its results."""

    target: Target
    name: str
    outcome: Outcome
    folder: Path

    @property
    def lane(self) -> Lane:
        """How it ended, as people see it."""
        outcome = self.outcome
        trouble = outcome.error.message if outcome.error else None
        return Lane(name=self.name, status=outcome.status.value, frames=outcome.frames, trouble=trouble)

    def to_json(self) -> dict[str, Any]:
        """What `--json` prints."""
        outcome = self.outcome
        return {
            "platform": self.target.platform,
            "code": self.target.code,
            "url": self.target.url,
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

    def begin(self, place: int, name: str) -> None:
        """The target of that name is being worked on, for the first time or again."""

    def move(self, place: int, stage: str, progress: int, eta: int | None) -> None:
        """How far a target is, and how many seconds it will still take, where that is known."""

    def end(self, place: int, done: Done) -> None:
        """A target has ended."""


def parse_target(text: str, registry: Registry) -> Target:
    """`platform:code`, a link or a local file; raises Refused."""
    if "://" in text:
        try:
            return registry.link(text)
        except Refused as exc:
            shown = re.sub("//[^/?#]*@", "//", text)  # a log may keep what is printed, and shall keep no password
            raise Refused(exc.field, f"{shown!r}: {exc.message}") from exc
    if Path(text).is_file():
        return names.local(Path(text).absolute())
    if Path(text).is_dir():
        folder = shlex.quote(text.rstrip("/"))
        raise Refused("target", f"{text!r} is a folder; name the videos in it, such as {folder}/*.mp4")
    platform, colon, code = text.partition(":")
    if not colon:
        raise Refused("target", f"{text!r} is neither platform:code, nor a link, nor a file that exists")
    try:
        return registry.target(platform, code)
    except Refused as exc:
        if exc.field == "code":
            raise
        raise Refused(exc.field, f"{text!r}: there is no such file; {exc.message}") from exc


def parse_targets(texts: Sequence[str], registry: Registry) -> list[Target]:
    """What each stands for, see parse_target; raises ConfigError with a line for each that cannot be taken."""
    return names.all_meant(texts, lambda _, text: parse_target(text, registry))


def input_targets(items: Sequence[Mapping[str, str]], registry: Registry) -> list[Target]:
    """The targets of a JOB_INPUT; raises ConfigError with a line for each item that cannot be taken."""

    def target(place: int, item: Mapping[str, str]) -> Target:
        try:
            return registry.link(item["url"]) if "url" in item else registry.target(item["platform"], item["code"])
        except Refused as exc:
            raise Refused(exc.field, f"JOB_INPUT: item {place}: {exc.message}") from exc

    return names.all_meant(items, target)


def once(targets: Sequence[Target]) -> tuple[list[Target], list[Target]]:
    """Each video once, in their order, and those of them that are named again: a file may be so by several paths."""
    found: dict[str, Target] = {}
    again: dict[str, Target] = {}
    for target in targets:
        path = Path(target.url)
        known = str(path.parent.resolve() / path.name) if target.platform == FILE else target.url
        if known in found:
            again[known] = found[known]
        else:
            found[known] = target
    return list(found.values()), list(again.values())


async def run(
    settings: config.Settings, targets: Sequence[Target], recipe: Recipe, *, out: Path, board: Board
) -> list[Done]:
    """Process every target, each another video, into its own folder under `out`; as many at once as there are workers.

    SIGTERM and Ctrl-C end it: the children are gone before CancelledError leaves. Raises ConfigError when a folder
    holds anything but earlier results of its target, `out` cannot be written, or an encoder is named that is not to be
    had here.
    """
    own = names.with_own_codes(targets)
    items = [Item(key=ItemKey("run", place), target=target) for place, target in enumerate(own)]
    _check_folders(items, out)
    log.set_up(now=clock.now, debug=settings.debug_pipeline, tap=board.line, to=None)
    cancel_on_signals()
    registry = parts.build_registry(settings)
    lanes = parts.build_lanes(settings, registry)
    queue = LocalQueue(capacity=len(items), lanes=lanes)
    ledger = RunLedger(items, recipe, out=out, board=board)
    cards = parts.build_cards(settings, parts.build_tools(settings))
    async with _pipeline(settings, _fetching(settings, registry, targets, out), out, cards) as pipeline:
        if recipe.clip and (refused := await pipeline.refusals({recipe.clip.encoder})):
            raise ConfigError(f"--encoder: {refused[recipe.clip.encoder]}")
        pool = parts.build_pool(settings, queue, ledger, lanes, pipeline, tell=ledger.tell, flush=_nothing)
        queue.put(Entry.of(item, recipe) for item in items)
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(cards.keep_looking())
            group.create_task(pool.run())
            await ledger.ended.wait()
            await pool.drain(_LAST_SECONDS)
            looking.cancel()
    return [ledger.done[item.key] for item in items]


def earlier_results(done: Sequence[Done]) -> list[str]:
    """A line for each that failed whose folder holds what an earlier run made of it, which stays."""
    return [
        f"{one.name}: what is in {one.folder} is of an earlier run"
        for one in done
        if one.outcome.status is not ItemStatus.SUCCESS and one.folder.exists()
    ]


class RunLedger(Ledger):
    """The items of a run, in memory. `done` holds those that have ended; `ended` is set with the last."""

    def __init__(self, items: Sequence[Item], recipe: Recipe, *, out: Path, board: Board) -> None:
        self._items = {item.key: item for item in items}
        self._recipe = recipe
        self._out = out
        self._board = board
        shown = names.shown([item.target for item in items])
        self._names = {item.key: name for item, name in zip(items, shown, strict=True)}
        self.done: dict[ItemKey, Done] = {}
        self.ended = asyncio.Event()

    def tell(self, event: Event) -> None:
        """Show an item's progress."""
        said = event.data
        self._board.move(said["index"], said["stage"], said["progress"], said["eta"])

    async def recipe(self, key: ItemKey) -> Recipe:  # noqa: ARG002
        """See Ledger."""
        return self._recipe

    async def start_item(self, entry: Entry) -> Item:
        """See Ledger."""
        item = self._items[entry.key]
        self._board.begin(entry.key.index, self._names[entry.key])
        return item

    async def note_progress(self, *_: Any, **__: Any) -> bool:
        """See Ledger."""
        return True

    async def release_item(self, key: ItemKey, attempt: int) -> bool:  # noqa: ARG002
        """See Ledger."""
        return True

    async def retry_item(self, key: ItemKey, attempt: int, *, at: datetime, failure: Failure) -> bool:
        """See Ledger."""
        item = self._items[key]
        self._items[key] = replace(item, attempt=attempt + 1, tries=item.tries + 1, retry_at=at, last_failure=failure)
        return True

    async def conclude_item(self, key: ItemKey, attempt: int, outcome: Outcome) -> bool:  # noqa: ARG002
        """See Ledger."""
        item = self._items[key]
        folder = self._out / place_of_target(item)
        self.done[key] = Done(target=item.target, name=self._names[key], outcome=outcome, folder=folder)
        self._board.end(key.index, self.done[key])
        if len(self.done) == len(self._items):
            self.ended.set()
        return True


async def _nothing() -> None:
    return


@asynccontextmanager
async def _pipeline(
    settings: config.Settings, fetching: AbstractAsyncContextManager[Fetcher], out: Path, cards: Cards
) -> AsyncIterator[parts.AnyPipeline]:
    with _work_folder(out) as work:
        doing = parts.pipeline(settings, fetching, out=out, work=Path(work), place=place_of_target, cards=cards)
        async with doing as pipeline:
            yield pipeline


@asynccontextmanager
async def _fetching(
    settings: config.Settings, registry: Registry, targets: Sequence[Target], out: Path
) -> AsyncIterator[Fetcher]:
    """The downloader, which takes 60 ms of processor time to load, where there is anything for it to do or to check."""
    if all(target.platform == FILE for target in targets) and not _speaks_of_downloads(settings):
        yield _NothingToFetch()
        return
    from vxpipe import downloads
    from vxpipe.engine.fetch.room import Room

    vault = downloads.build_vault(settings, registry)
    room = Room(out, floor_bytes=settings.disk_floor_bytes)
    async with downloads.opened(settings, registry, vault, room=room) as fetcher:
        yield fetcher


def _speaks_of_downloads(settings: config.Settings) -> bool:
    """Whether a setting must be read by the downloader to be known as right; a wrong one is told in every run."""
    return bool(settings.proxies or settings.allow_hosts or settings.credentials_dir)


class _NothingToFetch(Fetcher):
    """For targets that are all here."""

    async def fetch(
        self,
        target: Target,
        folder: Path,  # noqa: ARG002
        *,
        wanted_height: int | None,  # noqa: ARG002
        heard: Callable[[FetchProgress], None],  # noqa: ARG002
        need_audio: bool = False,  # noqa: ARG002
    ) -> Fetched:
        """See Fetcher; a target that is not here is a defect of ours."""
        raise VxError("internal", f"{target.url} was taken for a local file")


def _work_folder(out: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder beside the results, so that publishing is a rename."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(prefix=".vxpipe-", dir=out)
    except OSError as exc:
        why = "is a file, not a folder" if out.is_file() else f"cannot be written: {exc.strerror}"
        raise ConfigError(f"--out: {out} {why}") from exc


def _check_folders(items: Sequence[Item], out: Path) -> None:
    """Refuse to replace what is not an earlier result of the same target."""
    folders = {out / place_of_target(item): item.target for item in items}
    held = [why for each, target in folders.items() if each.exists() and (why := _obstacle(each, target))]
    if held:
        raise ConfigError("\n".join(first(held)))


def _obstacle(folder: Path, target: Target) -> str | None:
    """Why the folder must not be replaced by results of the target, and what to do about it; None where it may."""
    try:
        facts = orjson.loads((folder / "item.json").read_bytes())
        strange, source = _strange_files(folder, facts), facts["source"]["url"]
    except (OSError, ValueError, TypeError, KeyError):
        return f"{folder} is there and holds no results of vxpipe; move it away or choose another --out"
    if strange:
        return f"{folder} holds {strange[0]}, which vxpipe did not write; move that away or choose another --out"
    if source != target.url:
        return f"{folder} holds the frames of {source}; choose another --out, or remove it if you need them no more"
    return None


def _strange_files(folder: Path, facts: Mapping[str, Any]) -> list[str]:
    """What lies in the folder beside the results that `facts`, its `item.json`, tell of."""
    if "program" not in facts:
        return sorted({path.name for path in folder.iterdir()} - _OUR_FILES)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    return sorted(there - {"item.json", *facts["files"]})

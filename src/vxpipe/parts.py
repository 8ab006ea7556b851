"""The parts that the service and `vxpipe run` share: platforms, tools, the pipeline.

Loads no HTTP, no database and no downloader.
"""

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from vxpipe import clock, config
from vxpipe.engine import sandbox
from vxpipe.engine.attempt import Attempts
from vxpipe.engine.child import Children
from vxpipe.engine.costs import Costs
from vxpipe.engine.fetch.egress import Rules
from vxpipe.engine.fetch.lanes import PlatformLanes, paces
from vxpipe.engine.fetch.platforms import Platform
from vxpipe.engine.fetch.registry import Registry
from vxpipe.engine.item import Pipeline
from vxpipe.engine.media.cards import Cards
from vxpipe.engine.media.gpus import Gpus
from vxpipe.engine.media.tools import KEEPING_MEMORY, Tools, find_tools
from vxpipe.engine.pool import Pool
from vxpipe.engine.retries import Patience
from vxpipe.engine.workplace import place_in_job
from vxpipe.errors import ConfigError, Refused
from vxpipe.model import Event, Item
from vxpipe.ports import Fetcher, Lanes, Ledger, Tally, WorkQueue
from vxpipe.store.artifacts import FolderArtifacts

if TYPE_CHECKING:
    from vxpipe.engine.program import ProgramPipeline

AnyPipeline: TypeAlias = "Pipeline | ProgramPipeline"


def build_registry(settings: config.Settings, platforms: tuple[Platform, ...] = ()) -> Registry:
    """The platforms that are taken, `platforms` among them; raises ConfigError for a change to one that is not."""
    changes = {name: change.model_dump(exclude_unset=True) for name, change in settings.platforms.items()}
    try:
        return Registry(
            extra=platforms,
            allow_direct=settings.allow_direct_urls,
            egress=Rules(allow=settings.exceptions),
            changes=changes,
        )
    except Refused as exc:
        raise ConfigError(f"VXPIPE_PLATFORMS: {exc.message}") from exc


def build_lanes(settings: config.Settings, registry: Registry) -> PlatformLanes:
    """The pace of every platform."""
    return PlatformLanes(
        paces(registry.platforms),
        clock=time.monotonic,
        chance=clock.chance,
        cooldown_seconds=settings.cooldown_seconds,
    )


def build_pool(
    settings: config.Settings,
    queue: WorkQueue,
    ledger: Ledger,
    lanes: Lanes,
    pipeline: AnyPipeline,
    *,
    tell: Callable[[Event], None],
    flush: Callable[[], Awaitable[None]],
    room: Callable[[], Awaitable[None]] | None = None,
    tally: Tally | None = None,
) -> Pool:
    """The workers on `queue`, recording in `ledger`; `tell` hears of progress, `flush` stores what was logged.

    Downloads wait for `room`; `tally` counts what happens.
    """
    attempts = Attempts(
        ledger=ledger,
        process=pipeline.process,
        costs=Costs(program=settings.pipeline_entrypoint is not None),
        tell=tell,
        now=clock.now,
        item_seconds=settings.item_timeout,
        tally=tally,
    )
    return Pool(
        queue,
        ledger,
        lanes,
        attempts,
        patience=Patience(tries=settings.tries, first_seconds=settings.retry_seconds),
        flush=flush,
        now=clock.now,
        chance=clock.chance,
        size=settings.workers,
        room=room,
    )


def build_tools(settings: config.Settings) -> Tools:
    """ffmpeg and ffprobe behind the door for child processes; raises ConfigError when one is missing."""
    env = config.child_environment()
    runner = Children(env={**env, **KEEPING_MEMORY})
    ffmpeg, ffprobe = find_tools(_text(settings.ffmpeg), _text(settings.ffprobe))
    threads = max(1, (os.cpu_count() or 1) // settings.workers)  # by default an item has one core
    libraries = None if settings.sandbox == "off" else _libraries(env)
    return Tools(runner=runner, ffmpeg=ffmpeg, ffprobe=ffprobe, threads=threads, libraries=libraries)


def build_cards(settings: config.Settings, tools: Tools) -> Cards:
    """The GPUs that the operator leaves to us, as far as they may be used."""
    wanted = config.child_environment().get("CUDA_VISIBLE_DEVICES")
    gpus = Gpus(tools, wanted=wanted, clock=time.monotonic)
    return Cards(gpus, accel=settings.accel, clock=time.monotonic)


@asynccontextmanager
async def pipeline(
    settings: config.Settings,
    fetching: AbstractAsyncContextManager[Fetcher],
    *,
    out: Path,
    work: Path,
    place: Callable[[Item], str] = place_in_job,
    cards: Cards,
) -> AsyncIterator[AnyPipeline]:
    """The work on one item, with the real ffmpeg and the fetcher that `fetching` opens; results go under `out`.

    `cards` are the GPUs that may decode. Raises ConfigError when a tool is missing, a setting names
    what it cannot, or the sandbox or the GPU that is required is not to be had. Where the settings name a program, it
    does all of that instead.
    """
    _check_sandbox(settings)
    artifacts = FolderArtifacts(out, new_id=clock.new_id)
    if settings.pipeline_entrypoint is not None:
        yield _program(settings, settings.pipeline_entrypoint, artifacts, work=work, place=place)
        return
    tools = build_tools(settings)
    await _check_gpus(cards)
    async with fetching as fetcher:
        yield Pipeline(fetcher, tools, artifacts, work=work, place=place, cards=cards)


def _program(
    settings: config.Settings, path: Path, artifacts: FolderArtifacts, *, work: Path, place: Callable[[Item], str]
) -> "ProgramPipeline":
    from vxpipe.engine.program import ProgramPipeline, command_of

    return ProgramPipeline(
        command_of(str(path)),
        Children(env=config.child_environment()),
        artifacts,
        work=work,
        place=place,
        seconds=settings.item_timeout,
        max_bytes=settings.max_bytes,
        debug=settings.debug_pipeline,
    )


def _check_sandbox(settings: config.Settings) -> None:
    level = sandbox.available()
    if settings.sandbox == "require" and level is not sandbox.Level.FILES_AND_NET:
        raise ConfigError(
            f"VXPIPE_SANDBOX is require, but this kernel offers {level.value}: fs+net needs Linux 6.7 with Landlock on"
        )


async def _check_gpus(cards: Cards) -> None:
    """Where none is required none is looked for yet."""
    if cards.accel == "require" and (lacking := await cards.obstacle()):
        raise ConfigError(f"VXPIPE_ACCEL is require, but no GPU can be used: {lacking}")


def _libraries(env: Mapping[str, str]) -> tuple[Path, ...]:
    return tuple(Path(place) for place in env.get("LD_LIBRARY_PATH", "").split(":") if place)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)

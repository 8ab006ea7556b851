"""The parts that the service and `vxpipe run` share: platforms, tools, the pipeline. Loads no HTTP and no database."""

import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import structlog

from vxpipe import clock, config
from vxpipe.engine import sandbox
from vxpipe.engine.attempt import Attempts
from vxpipe.engine.child import Children
from vxpipe.engine.costs import Costs
from vxpipe.engine.fetch import zygote
from vxpipe.engine.fetch.cache import Cache
from vxpipe.engine.fetch.cached import CachedFetcher
from vxpipe.engine.fetch.editions import Editions
from vxpipe.engine.fetch.guard import ANY, Guard
from vxpipe.engine.fetch.heads import Upstream, upstream
from vxpipe.engine.fetch.installer import Installer
from vxpipe.engine.fetch.lanes import PlatformLanes, paces
from vxpipe.engine.fetch.platforms import Platform, Registry
from vxpipe.engine.fetch.room import Room, RoomyFetcher
from vxpipe.engine.fetch.trial import Trial
from vxpipe.engine.fetch.update import Updater
from vxpipe.engine.fetch.vault import Vault
from vxpipe.engine.fetch.ytdlp import FetchLimits, YtdlpFetcher, child_command
from vxpipe.engine.item import Pipeline
from vxpipe.engine.media.tools import Tools, find_tools
from vxpipe.engine.pool import Pool
from vxpipe.engine.program import ProgramPipeline, command_of
from vxpipe.engine.retries import Patience
from vxpipe.engine.workplace import place_in_job
from vxpipe.errors import ConfigError, Refused
from vxpipe.model import DIRECT, Event, Item
from vxpipe.ports import Lanes, Ledger, Tally, WorkQueue
from vxpipe.store.artifacts import FolderArtifacts

log = structlog.get_logger()

AnyPipeline = Pipeline | ProgramPipeline


def build_registry(settings: config.Settings, platforms: tuple[Platform, ...] = ()) -> Registry:
    """The platforms that are taken, `platforms` among them; raises ConfigError for a change to one that is not."""
    changes = {name: change.model_dump(exclude_unset=True) for name, change in settings.platforms.items()}
    try:
        return Registry(extra=platforms, allow_direct=settings.allow_direct_urls, changes=changes)
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


async def open_cache(settings: config.Settings, folder: Path) -> Cache | None:
    """The cache of downloads, None where it is off: nothing is left in its folder then. Raises ConfigError."""
    terms = f"{settings.max_bytes} {settings.max_duration:g}"
    max_bytes = 0 if settings.isolate_keys else settings.cache_bytes  # what is lent tells that another job had it
    cache = Cache(folder, max_bytes=max_bytes, seconds=settings.cache_seconds, terms=terms, now=clock.now)
    try:
        await cache.open()
    except OSError as exc:
        raise ConfigError(f"VXPIPE_DATA_DIR: {folder} cannot be used: {exc.strerror}") from exc
    return cache if max_bytes else None


def build_tools(settings: config.Settings) -> Tools:
    """ffmpeg and ffprobe behind the door for child processes; raises ConfigError when one is missing."""
    env = config.child_environment()
    runner = Children(env=env)
    ffmpeg, ffprobe = find_tools(_text(settings.ffmpeg), _text(settings.ffprobe))
    threads = max(1, (os.cpu_count() or 1) // settings.workers)  # by default an item has one core
    libraries = None if settings.sandbox == "off" else _libraries(env)
    return Tools(runner=runner, ffmpeg=ffmpeg, ffprobe=ffprobe, threads=threads, libraries=libraries)


def build_guard(settings: config.Settings, registry: Registry) -> Guard:
    """The proxy for all downloads, not yet listening; raises ConfigError for a wrong entry of a list."""
    try:
        upstreams = dict(_upstream(entry.get_secret_value(), registry) for entry in settings.proxies)
    except ValueError as exc:
        raise ConfigError(f"VXPIPE_PROXIES: {exc}") from exc
    try:
        return Guard(allow_hosts=settings.allow_hosts, strict=settings.egress_strict, upstreams=upstreams)
    except ValueError as exc:
        raise ConfigError(f"VXPIPE_ALLOW_HOSTS: {exc}") from exc


def build_editions(settings: config.Settings) -> Editions:
    """The versions of yt-dlp that updates have put into the data folder."""
    return Editions(settings.data_dir.absolute() / "ytdlp", bundled=version("yt-dlp"))


def build_updater(settings: config.Settings) -> Updater:
    """What changes the yt-dlp in use; raises ConfigError for a wrong setting."""
    registry = build_registry(settings)
    trial = Trial(
        Children(env=config.child_environment()),
        registry,
        Vault(None, registry, now=clock.now),
        python=sys.executable,
        sandbox=settings.sandbox,
    )
    return Updater(build_editions(settings), Installer(Children(env=config.installer_environment())), trial)


def build_vault(settings: config.Settings, registry: Registry) -> Vault:
    """The cookies and keys that the operator has mounted; raises ConfigError for a file that is not right."""
    vault = Vault(settings.credentials_dir, registry, now=clock.now)
    vault.check()
    return vault


@asynccontextmanager
async def pipeline(
    settings: config.Settings,
    registry: Registry,
    vault: Vault,
    *,
    out: Path,
    work: Path,
    room: Room,
    cache: Cache | None = None,
    place: Callable[[Item], str] = place_in_job,
    plugins: Path | None = None,
) -> AsyncIterator[AnyPipeline]:
    """The work on one item, with the real downloader and the real ffmpeg; results go under `out`.

    Downloads need `room` and are kept in `cache`.

    Raises ConfigError when a tool is missing, a setting names what it cannot, or the sandbox that is required is not
    to be had. Where the settings name a program, it does all of that instead.
    """
    artifacts = FolderArtifacts(out, new_id=clock.new_id)
    if settings.pipeline_entrypoint is not None:
        yield _program(settings, settings.pipeline_entrypoint, artifacts, work=work, place=place)
        return
    _check_sandbox(settings)
    for doubt in vault.doubts():
        log.warning("credentials.doubted", text=doubt)
    tools = build_tools(settings)
    limits = FetchLimits(
        max_bytes=settings.max_bytes, max_duration_seconds=settings.max_duration, wall_seconds=settings.item_timeout
    )
    guarding = build_guard(settings, registry).listening()
    editions = build_editions(settings)
    forking = zygote.opened(tools.runner, child_command(sys.executable), arguments=lambda: _ytdlp_of(editions))
    async with guarding as guard, forking as downloads:
        ytdlp = YtdlpFetcher(
            downloads, registry, guard, vault, limits=limits, sandbox=settings.sandbox, plugins=plugins
        )
        roomy = RoomyFetcher(ytdlp, room)
        fetcher = CachedFetcher(roomy, cache) if cache else roomy
        yield Pipeline(fetcher, tools, artifacts, work=work, place=place)


def _program(
    settings: config.Settings, path: Path, artifacts: FolderArtifacts, *, work: Path, place: Callable[[Item], str]
) -> ProgramPipeline:
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


def _upstream(entry: str, registry: Registry) -> tuple[str, Upstream]:
    """The platform and the proxy that an entry of VXPIPE_PROXIES names; raises ValueError without showing secrets."""
    name, equals, url = entry.partition("=")
    row = registry.platform(name)
    if not equals or (row is None and name not in (ANY, DIRECT)):
        raise ValueError("each entry is platform=http://host:port, with a platform of GET /platforms, direct or *")
    return (row.name if row else name), upstream(url)


def _ytdlp_of(editions: Editions) -> tuple[str, ...]:
    folder = editions.choice().folder
    return (str(folder),) if folder else ()


def _check_sandbox(settings: config.Settings) -> None:
    level = sandbox.available()
    if settings.sandbox == "require" and level is not sandbox.Level.FILES_AND_NET:
        raise ConfigError(
            f"VXPIPE_SANDBOX is require, but this kernel offers {level.value}: fs+net needs Linux 6.7 with Landlock on"
        )


def _libraries(env: Mapping[str, str]) -> tuple[Path, ...]:
    return tuple(Path(place) for place in env.get("LD_LIBRARY_PATH", "").split(":") if place)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)

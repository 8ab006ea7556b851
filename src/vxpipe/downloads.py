"""What downloads take: the downloader with its proxy, cookies and cache, built from settings."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import structlog

from vxpipe import clock, config
from vxpipe.engine.child import Children
from vxpipe.engine.fetch import zygote
from vxpipe.engine.fetch.cache import Cache
from vxpipe.engine.fetch.cached import CachedFetcher
from vxpipe.engine.fetch.editions import Editions
from vxpipe.engine.fetch.guard import ANY, Guard
from vxpipe.engine.fetch.heads import Upstream, upstream
from vxpipe.engine.fetch.installer import Installer
from vxpipe.engine.fetch.registry import Registry
from vxpipe.engine.fetch.room import Room, RoomyFetcher
from vxpipe.engine.fetch.trial import Trial
from vxpipe.engine.fetch.update import Updater
from vxpipe.engine.fetch.vault import Vault
from vxpipe.engine.fetch.ytdlp import FetchLimits, YtdlpFetcher, child_command
from vxpipe.errors import ConfigError
from vxpipe.model import DIRECT
from vxpipe.ports import Fetcher

log = structlog.get_logger()


async def open_cache(settings: config.Settings, folder: Path) -> Cache | None:
    """The cache of downloads, None where it is off: nothing is left in its folder then. Raises ConfigError."""
    terms = f"{settings.max_bytes} {settings.max_duration:g}"
    # What is lent tells that another job had it; a program downloads by itself, whatever was kept before.
    is_off = settings.isolate_keys or settings.pipeline_entrypoint is not None
    max_bytes = 0 if is_off else settings.cache_bytes
    cache = Cache(folder, max_bytes=max_bytes, seconds=settings.cache_seconds, terms=terms, now=clock.now)
    try:
        await cache.open()
    except OSError as exc:
        raise ConfigError(f"VXPIPE_DATA_DIR: {folder} cannot be used: {exc.strerror}") from exc
    return cache if max_bytes else None


def build_guard(settings: config.Settings, registry: Registry) -> Guard:
    """The proxy for all downloads, not yet listening; raises ConfigError for a wrong entry of a list."""
    try:
        upstreams = dict(_upstream(entry.get_secret_value(), registry) for entry in settings.proxies)
    except ValueError as exc:
        raise ConfigError(f"VXPIPE_PROXIES: {exc}") from exc
    return Guard(allow_hosts=settings.allow_hosts, strict=settings.egress_strict, upstreams=upstreams)


def build_editions(settings: config.Settings) -> Editions:
    """The versions of yt-dlp that updates have put into the data folder."""
    return Editions(settings.data_dir.absolute() / "ytdlp", bundled=version("yt-dlp"))


def build_updater(settings: config.Settings, registry: Registry) -> Updater:
    """What changes the yt-dlp in use."""
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
async def opened(
    settings: config.Settings,
    registry: Registry,
    vault: Vault,
    *,
    room: Room,
    cache: Cache | None = None,
    plugins: Path | None = None,
) -> AsyncIterator[Fetcher]:
    """The real downloader, which needs `room` and keeps what it brings in `cache`.

    Raises ConfigError when a setting names what it cannot.
    """
    for doubt in vault.doubts():
        log.warning("credentials.doubted", text=doubt)
    limits = FetchLimits(
        max_bytes=settings.max_bytes, max_duration_seconds=settings.max_duration, wall_seconds=settings.item_timeout
    )
    guarding = build_guard(settings, registry).listening()
    editions = build_editions(settings)
    forking = zygote.opened(
        Children(env=config.child_environment()), child_command(sys.executable), arguments=lambda: _ytdlp_of(editions)
    )
    async with guarding as guard, forking as downloads:
        ytdlp = YtdlpFetcher(
            downloads, registry, guard, vault, limits=limits, sandbox=settings.sandbox, plugins=plugins
        )
        roomy = RoomyFetcher(ytdlp, room)
        yield CachedFetcher(roomy, cache) if cache else roomy


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

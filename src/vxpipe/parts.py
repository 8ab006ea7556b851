"""The parts that the service and `vxpipe run` share: platforms, tools, the pipeline. Loads no HTTP and no database."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from vxpipe import clock, config
from vxpipe.engine.child import Children
from vxpipe.engine.fetch.platforms import Platform, Registry
from vxpipe.engine.fetch.ytdlp import FetchLimits, YtdlpFetcher, child_command
from vxpipe.engine.item import Pipeline, place_in_job
from vxpipe.engine.media.tools import Tools, find_tools
from vxpipe.errors import ConfigError
from vxpipe.model import Item
from vxpipe.store.artifacts import FolderArtifacts


def build_registry(settings: config.Settings, platforms: tuple[Platform, ...] = ()) -> Registry:
    """The platforms that are taken, `platforms` among them."""
    return Registry(extra=platforms, allow_direct=settings.allow_direct_urls)


def build_tools(settings: config.Settings) -> Tools:
    """ffmpeg and ffprobe behind the door for child processes; raises ConfigError when one is missing."""
    runner = Children(env=config.child_environment())
    ffmpeg, ffprobe = find_tools(_text(settings.ffmpeg), _text(settings.ffprobe))
    threads = max(1, (os.cpu_count() or 1) // settings.workers)  # by default an item has one core
    return Tools(runner=runner, ffmpeg=ffmpeg, ffprobe=ffprobe, threads=threads)


def build_pipeline(
    settings: config.Settings,
    registry: Registry,
    *,
    out: Path,
    work: Path,
    place: Callable[[Item], str] = place_in_job,
    plugins: Path | None = None,
) -> Pipeline:
    """The work on one item, with the real downloader and the real ffmpeg; results go under `out`.

    Raises ConfigError when a tool is missing or VXPIPE_ALLOW_HOSTS names no host.
    """
    tools = build_tools(settings)
    limits = FetchLimits(
        max_bytes=settings.max_bytes, max_duration_seconds=settings.max_duration, wall_seconds=settings.item_timeout
    )
    try:
        fetcher = YtdlpFetcher(
            tools.runner,
            registry,
            command=child_command(sys.executable),
            limits=limits,
            allow_hosts=settings.allow_hosts,
            plugins=plugins,
        )
    except ValueError as exc:
        raise ConfigError(f"VXPIPE_ALLOW_HOSTS: {exc}") from exc
    return Pipeline(fetcher, tools, FolderArtifacts(out, new_id=clock.new_id), work=work, place=place)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)

"""What a download costs beside its bytes: forked by the zygote, against a fresh interpreter for each.

.venv-bench/bin/python bench/fetch.py [--rounds 5] [--items 10]
"""

import argparse
import asyncio
import os
import resource
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median

import structlog
from aiohttp import web

import ratios
from vxpipe import app, clock
from vxpipe.engine.child import Children
from vxpipe.engine.fetch import zygote
from vxpipe.engine.fetch.guard import Guard
from vxpipe.engine.fetch.registry import Registry
from vxpipe.engine.fetch.vault import Vault
from vxpipe.engine.fetch.ytdlp import FetchLimits, YtdlpFetcher, child_command
from vxpipe.ports import ChildExit, Limits, Sink

FILE_BYTES = 100_000
MOST_NOISE = 1.5
# The same work in the same child program, without the fork.
FRESH = (
    *(sys.executable, "-I", "-c"),
    "from vxpipe.engine.fetch import ytdlp_child; ytdlp_child.prepare(); ytdlp_child.download()",
)


class Interpreters:
    """In the zygote's place: a fresh interpreter for every download."""

    async def run(self, job: str, *, limits: Limits, folder: Path, on_stdout: Sink, needs: Sequence[str]) -> ChildExit:
        assert not needs, "a direct link needs no extractor"
        children = Children(env={"PATH": os.defpath})
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(job.encode())
            file.seek(0)
            return await children.run(FRESH, limits=limits, stdin=file.fileno(), on_stdout=on_stdout)


async def main() -> int:
    arguments = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    starts, forked, fresh = [], [], []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "tiny.mp4").write_bytes(os.urandom(FILE_BYTES))
        async with app.listening(_source(folder), "127.0.0.1", 0) as source:
            for number in range(arguments.rounds):
                many = await _cpu_seconds(lambda: _zygote(source, folder, 1 + arguments.items))
                apart = await _cpu_seconds(lambda: _interpreters(source, folder, arguments.items))
                one = await _cpu_seconds(lambda: _zygote(source, folder, 1))
                starts.append(one)
                forked.append((many - one) / arguments.items)
                fresh.append(apart / arguments.items)
                print(f"round {number + 1}: forked {forked[-1]:.3f} s, fresh {fresh[-1]:.3f} s, first {one:.2f} s")
    return _tell(starts, forked, fresh, arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--items", type=int, default=10, help="downloads a round, one after the other")
    return parser.parse_args()


def _source(folder: Path) -> web.Application:
    source = web.Application()
    source.router.add_static("/", folder)
    return source


async def _cpu_seconds(work: Callable[[], Awaitable[None]]) -> float:
    """Processor time of this process, which serves the file too, and of all it started and waited for."""
    before = _used()
    await work()
    return _used() - before


def _used() -> float:
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


async def _zygote(source: str, folder: Path, items: int) -> None:
    async with zygote.opened(Children(env={"PATH": os.defpath}), child_command(sys.executable)) as downloads:
        await _fetch(downloads, source, folder, items)


async def _interpreters(source: str, folder: Path, items: int) -> None:
    await _fetch(Interpreters(), source, folder, items)


async def _fetch(downloads: zygote.Zygote | Interpreters, source: str, folder: Path, items: int) -> None:
    registry = Registry(extra=(), allow_direct=True)
    limits = FetchLimits(max_bytes=1 << 30, max_duration_seconds=3600, wall_seconds=60)
    host = source.removeprefix("http://")
    target = registry.direct(f"{source}/tiny.mp4")
    async with Guard(allow_hosts=(host,)).listening() as guard:
        fetcher = YtdlpFetcher(downloads, registry, guard, Vault(None, registry, now=clock.now), limits=limits)
        for _ in range(items):
            with tempfile.TemporaryDirectory(dir=folder) as place:
                fetched = await fetcher.fetch(target, Path(place), wanted_height=None, heard=lambda _: None)
                assert fetched.path.stat().st_size == FILE_BYTES


def _tell(starts: list[float], forked: list[float], fresh: list[float], arguments: argparse.Namespace) -> int:
    print(f"CPU seconds a download of {FILE_BYTES} bytes, median of {arguments.rounds} rounds of {arguments.items}:")
    print(f"  forked by the zygote   {median(forked):.3f}   (its start with the first download: {median(starts):.2f})")
    print(f"  a fresh interpreter    {median(fresh):.3f}")
    if (spread := ratios.spread(fresh)) > MOST_NOISE:
        print(f"  no ratio: a fresh interpreter's costs differ by {spread:.2f}, the limit is {MOST_NOISE}")
        return 1
    print(f"  ratio                  {ratios.median_ratio(forked, fresh):.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

"""Whether downloads leave anything behind: memory, file descriptors, processes, tasks, files. Linux.

.venv-bench/bin/python bench/endurance.py [--fetches 500]

Of ten downloads seven succeed, two fail and one is cancelled half way. Exit status 1 where something has grown.
"""

import argparse
import asyncio
import gc
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import structlog
from aiohttp import web

from vxpipe import app, clock
from vxpipe.engine.child import Children
from vxpipe.engine.fetch import zygote
from vxpipe.engine.fetch.guard import Guard
from vxpipe.engine.fetch.registry import Registry
from vxpipe.engine.fetch.vault import Vault
from vxpipe.engine.fetch.ytdlp import FetchLimits, YtdlpFetcher, child_command
from vxpipe.errors import VxError

FILE_BYTES = 100_000
WARM_UP = 20
MOST_GROWTH = 1.1
SETTLE_SECONDS = 10
PATHS = (*["tiny.mp4"] * 4, "missing.mp4", *["tiny.mp4"] * 3, "missing.mp4", "stall.mp4")


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fetches", type=int, default=500)
    fetches = parser.parse_args().fetches
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "work").mkdir()
        children = Children(env={"PATH": os.defpath}, grace_seconds=1)
        async with (
            app.listening(source(), "127.0.0.1", 0) as url,
            Guard(allow_hosts=(url.removeprefix("http://"),)).listening() as guard,
            zygote.opened(children, child_command(sys.executable), grace_seconds=1) as downloads,
        ):
            limits = FetchLimits(max_bytes=1 << 30, max_duration_seconds=3600, wall_seconds=60)
            registry = Registry(extra=(), allow_direct=True)
            fetcher = YtdlpFetcher(downloads, registry, guard, Vault(None, registry, now=clock.now), limits=limits)
            await fetch_all(fetcher, registry, url, folder / "work", WARM_UP)
            before, began = state(folder), time.perf_counter()
            await fetch_all(fetcher, registry, url, folder / "work", fetches)
            seconds = time.perf_counter() - began
            after = await settled(folder, before)
    return tell(before, after, fetches, seconds)


def source() -> web.Application:
    """Serves one file, and the first half of another without ever coming to its end."""
    content = os.urandom(FILE_BYTES)

    async def tiny(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=content, content_type="video/mp4")

    async def stall(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "video/mp4", "Content-Length": str(FILE_BYTES)})
        await answer.prepare(request)
        await answer.write(content[: FILE_BYTES // 2])
        while request.transport is not None:  # noqa: ASYNC110 - nothing else tells that the client has gone
            await asyncio.sleep(0.1)
        return answer

    served = web.Application()
    served.router.add_get("/tiny.mp4", tiny)
    served.router.add_get("/stall.mp4", stall)
    return served


async def fetch_all(fetcher: YtdlpFetcher, registry: Registry, url: str, folder: Path, count: int) -> None:
    """One after the other; what was meant to fail has to."""
    for number in range(count):
        path = PATHS[number % len(PATHS)]
        with tempfile.TemporaryDirectory(dir=folder) as place:
            end = await fetch(fetcher, registry, f"{url}/{path}", Path(place))
        assert end == {"tiny.mp4": "done", "missing.mp4": "removed", "stall.mp4": "cancelled"}[path], (path, end)


async def fetch(fetcher: YtdlpFetcher, registry: Registry, link: str, folder: Path) -> str:
    """How the download ends; it is cancelled at the first bytes of a file that stalls."""
    moved = asyncio.Event()
    work = fetcher.fetch(registry.direct(link), folder, wanted_height=None, heard=lambda _: moved.set())
    async with asyncio.TaskGroup() as group:
        task = group.create_task(ended(work))
        if link.endswith("stall.mp4"):
            await moved.wait()
            task.cancel()
    return "cancelled" if task.cancelled() else task.result()


async def ended(work: object) -> str:
    try:
        await work  # type: ignore[misc]
    except VxError as exc:
        return exc.code
    return "done"


def state(folder: Path) -> Mapping[str, int]:
    """What this process, the zygote and the folder hold."""
    gc.collect()
    me = os.getpid()
    (forker,) = children(me)
    return {
        "service, KiB": resident_kib(me),
        "zygote, KiB": resident_kib(forker),
        "service, file descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "zygote, file descriptors": len(list(Path(f"/proc/{forker}/fd").iterdir())),
        "downloads running": len(children(forker)),
        "tasks": len(asyncio.all_tasks()),
        "files": sum(1 for _ in folder.rglob("*")),
    }


async def settled(folder: Path, before: Mapping[str, int]) -> Mapping[str, int]:
    """The state once nothing is held for longer than it takes to let go: the source notices late who has gone."""
    until = time.perf_counter() + SETTLE_SECONDS
    while (now := state(folder)) and grown(before, now) and time.perf_counter() < until:  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0.2)
    return now


def grown(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """What there is more of: of memory a tenth is allowed."""
    return [name for name, was in before.items() if after[name] > was * (MOST_GROWTH if name.endswith("KiB") else 1)]


def children(pid: int) -> list[int]:
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError):
            found += map(int, listing.read_text().split())
    return found


def resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def tell(before: Mapping[str, int], after: Mapping[str, int], fetches: int, seconds: float) -> int:
    print(f"{fetches} downloads in {seconds:.0f} s, after {WARM_UP} to warm up:")
    more = grown(before, after)
    for name, was in before.items():
        print(f"  {name:28} {was:8} -> {after[name]:8}{'  grown' if name in more else ''}")
    return 1 if more else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

"""Tries a yt-dlp as downloads will use it, on this machine alone, before any of them does."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from vxpipe.engine.fetch import zygote
from vxpipe.engine.fetch.guard import Guard
from vxpipe.engine.fetch.registry import Registry
from vxpipe.engine.fetch.vault import Vault
from vxpipe.engine.fetch.ytdlp import FetchLimits, YtdlpFetcher, child_command
from vxpipe.errors import VxError
from vxpipe.ports import ChildRunner, Limits

_LIMITS = Limits(wall_seconds=120, stall_seconds=120)
_FETCH_LIMITS = FetchLimits(max_bytes=1 << 20, max_duration_seconds=60, wall_seconds=120, retries=0)
_CLIP = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".ljust(1 << 16, b"\0")
_TOLD_CHARACTERS = 600


class Unfit(Exception):
    """It cannot be used; the message says why."""


class Trial:
    """What a yt-dlp has to do: be imported, have the extractors of every platform that is taken, and download."""

    def __init__(self, children: ChildRunner, registry: Registry, vault: Vault, *, python: str, sandbox: str) -> None:
        self._children = children
        self._vault = vault
        self._extractors = sorted({name for row in registry.platforms if row.enabled for name in row.extractors})
        self._python = python
        self._sandbox = sandbox

    async def run(self, folder: Path) -> str:
        """The version that the yt-dlp in the folder says it is; raises Unfit."""
        facts = await self._imported(folder)
        if facts["folder"] != str(folder):
            raise Unfit(f"it was not imported from {folder} but from {facts['folder']}")
        if facts["missing"]:
            raise Unfit(f"it has no extractor {', '.join(facts['missing'])}; VXPIPE_PLATFORMS can switch platforms off")
        try:
            await self._downloaded(folder)
        except VxError as exc:
            raise Unfit(f"a download from this machine failed: {exc.message} ({exc.code})") from exc
        return str(facts["version"])

    async def _imported(self, folder: Path) -> dict[str, Any]:
        said = bytearray()
        command = (self._python, "-I", "-m", "vxpipe.engine.fetch.ytdlp_check", str(folder), *self._extractors)
        try:
            ended = await self._children.run(command, limits=_LIMITS, on_stdout=said.extend)
        except VxError as exc:
            raise Unfit(exc.message) from exc
        if ended.returncode != 0:
            raise Unfit(f"it cannot be imported: {ended.stderr_tail[-_TOLD_CHARACTERS:]}")
        facts: dict[str, Any] = json.loads(said.splitlines()[-1])  # whatever it may print at its import
        return facts

    async def _downloaded(self, folder: Path) -> None:
        """The whole way of a direct link: zygote, guard, sandbox."""
        registry = Registry(allow_direct=True)
        starting = zygote.opened(self._children, child_command(self._python), arguments=lambda: (str(folder),))
        with tempfile.TemporaryDirectory() as work:
            async with _source() as host, Guard(allow_hosts=(host,)).listening() as guard, starting as downloads:
                fetcher = YtdlpFetcher(
                    downloads, registry, guard, self._vault, limits=_FETCH_LIMITS, sandbox=self._sandbox
                )
                target = registry.direct(f"http://{host}/clip.mp4")
                fetched = await fetcher.fetch(target, Path(work), wanted_height=None, heard=lambda _: None)
                if fetched.path.read_bytes() != _CLIP:
                    raise Unfit("what it downloaded is not what was sent")


@asynccontextmanager
async def _source() -> AsyncIterator[str]:
    """The `host:port` of a server on this machine that has one file."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {len(_CLIP)}\r\nConnection: close\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head.encode() + _CLIP)
            await writer.drain()
        except (OSError, EOFError):  # it has seen enough
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"

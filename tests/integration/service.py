"""The service as users run it: a process of its own, started, killed and started again on one data folder."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

from audit import Scene

READY = "vxpipe is ready: "
_MOMENT_SECONDS = 10
_START_SECONDS = 90  # a second by itself; beside builds of others 30 were not enough


class ServiceProcess:
    """One data folder and the process that serves it. `url` is where it listens now.

    `made` are all of the test under way: each is audited at its end.
    """

    made: ClassVar[list["ServiceProcess"]] = []

    def __init__(self, folder: Path, **variables: str) -> None:
        self.made.append(self)
        self.folder = folder
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None
        self._log = folder / "service.log"
        self._env = {
            "PATH": os.environ["PATH"],
            "VXPIPE_PORT": "0",
            "VXPIPE_WORKERS": "2",
            "VXPIPE_DATA_DIR": str(folder / "data"),
            "VXPIPE_ALLOW_DIRECT_URLS": "1",
            "VXPIPE_RETRY_SECONDS": "0.2",
            **variables,
        }

    @property
    def database(self) -> Path:
        """Where its rows are, once it has been started."""
        return self.folder / "data" / "vxpipe.db"

    def scene(self, **seen: Any) -> Scene:
        """What there is to audit."""
        ended = self.process is None or self.process.poll() is not None
        return Scene(
            data=self.folder / "data",
            is_ours="PIPELINE_ENTRYPOINT" not in self._env,
            said=self.said(),
            processes=self.leftovers() if ended else (),
            **seen,
        )

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        with self._log.open("ab") as log:
            begin = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vxpipe", "serve"], env=self._env, cwd=self.folder, stderr=log
            )
        async with asyncio.timeout(_START_SECONDS):
            while READY not in (said := self.said(begin)):
                assert self.process.poll() is None, said
                await asyncio.sleep(0.02)
        self.url = said.split(READY)[1].split()[0]

    async def restart(self) -> None:
        """Kill it and start it again on the same port."""
        await self.end(signal.SIGKILL)
        self._env["VXPIPE_PORT"] = self.url.rsplit(":", 1)[1]
        await self.start()

    def said(self, begin: int = 0) -> str:
        """What it wrote to stderr."""
        return self._log.read_bytes()[begin:].decode()

    async def end(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end; the exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return await asyncio.to_thread(self.process.wait, 30)

    def family(self) -> list[Path]:
        """The folders in /proc of all processes below it."""
        assert self.process is not None
        found = [Path(f"/proc/{self.process.pid}")]
        for folder in found:  # grows as it goes
            for listing in folder.glob("task/*/children"):
                found += [Path(f"/proc/{pid}") for pid in listing.read_text().split()]
        return found[1:]

    def leftovers(self) -> list[str]:
        """The command lines of processes that work in the data folder or name it and do not end."""
        mark = str(self.folder / "data").encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    line = (entry / "cmdline").read_bytes()
                    place = bytes((entry / "cwd").readlink())
                except (FileNotFoundError, ProcessLookupError, PermissionError):
                    continue
                if (mark in line or mark in place) and not _ends(int(entry.name)):
                    found.append(line.replace(b"\0", b" ").decode("utf-8", "replace"))
        return found


@asynccontextmanager
async def service(folder: Path, **variables: str) -> AsyncIterator[ServiceProcess]:
    """A running service, ended however the test ends."""
    made = ServiceProcess(folder, **variables)
    try:
        await made.start()
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            await made.end(signal.SIGKILL)


def _ends(pid: int) -> bool:
    """Whether a process ends within seconds: what the kernel kills with its parent takes a moment to be gone."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], _MOMENT_SECONDS)[0])
    finally:
        os.close(handle)

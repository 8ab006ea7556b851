"""Runs ffmpeg, one or several at once, to the end or for a while, and tells what that took."""

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gpu_package import trials

_GRACE_SECONDS = 5.0
_SAID_BYTES = 16 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How one ffmpeg ended. `steady` are seconds of video a second between its first and its last report."""

    returncode: int | None
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    frames: int
    steady: float | None
    wrote: bytes
    said: str


class Ffmpeg:
    """One ffmpeg program, and the folder it works in."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.folder = folder

    def run(self, arguments: Sequence[str], *, seconds: float = 20.0) -> Run:
        """Run it to its end, but no longer than that; what it writes to stdout is kept."""
        return self._started(arguments, reports=False).ended(seconds)

    def measured(self, arguments: Sequence[str], *, processes: int, seconds: float) -> list[Run]:
        """Run so many of it at once for so long, on a film without an end."""
        children = self.looping(arguments, processes=processes)
        until = time.monotonic() + seconds
        return [child.ended(max(0.0, until - time.monotonic())) for child in children]

    def looping(self, arguments: Sequence[str], *, processes: int) -> "list[Child]":
        """Start so many and let them run; whoever calls ends them."""
        reporting = ("-progress", "pipe:1", "-stats_period", "0.2", *arguments)
        return [self._started(reporting, reports=True) for _ in range(processes)]

    def _started(self, arguments: Sequence[str], *, reports: bool) -> "Child":
        return Child([str(self.program), *trials.QUIET, *arguments], self.folder, reports=reports)


class Child:
    """A running ffmpeg: what it writes to stdout are `reports` of its progress, or else kept."""

    def __init__(self, command: Sequence[str], folder: Path, *, reports: bool) -> None:
        self._begun = time.monotonic()
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  `ended` closes it
        self._child = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._stderr
        )
        self._wrote = b""
        self._frames = 0
        self._reports: list[tuple[float, float]] = []
        self.at_work = threading.Event()
        """Set with the first report of progress, and at the end."""
        self._reader = threading.Thread(target=self._read, args=(reports,), daemon=True)
        self._reader.start()

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        self._child.kill()

    def ended(self, seconds: float) -> Run:
        """Wait so long, then end it: SIGTERM, five seconds, SIGKILL."""
        kill = _later(seconds + _GRACE_SECONDS, lambda: self._signal(signal.SIGKILL))
        with _later(seconds, lambda: self._signal(signal.SIGTERM)), kill:
            self._reader.join()
            _, status, usage = os.wait4(self._child.pid, 0)
        self._child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - self._begun
        self._stderr.seek(0)
        said = self._stderr.read(_SAID_BYTES).decode("utf-8", "replace")
        self._stderr.close()
        return Run(
            returncode=self._child.returncode,
            wall_seconds=round(wall, 3),
            cpu_seconds=round(usage.ru_utime + usage.ru_stime, 3),
            peak_mb=round(usage.ru_maxrss / 1024, 1),
            frames=self._frames,
            steady=self._steady(),
            wrote=self._wrote,
            said=said,
        )

    def _read(self, reports: bool) -> None:
        assert self._child.stdout is not None
        with self._child.stdout as pipe:
            if reports:
                for line in pipe:
                    self._heard(line)
            else:
                self._wrote = pipe.read()
        self.at_work.set()

    def _heard(self, line: bytes) -> None:
        name, _, value = line.partition(b"=")
        if name == b"frame" and value.strip().isdigit():
            self._frames = int(value)
        elif name == b"out_time_us" and value.strip().isdigit():
            self._reports.append((time.monotonic(), int(value) / 1e6))
            self.at_work.set()

    def _steady(self) -> float | None:
        moving = [report for report in self._reports if report[1] > 0]
        if len(moving) < 2 or moving[-1][0] <= moving[0][0]:
            return None
        return round((moving[-1][1] - moving[0][1]) / (moving[-1][0] - moving[0][0]), 3)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._child.pid, number)


@contextmanager
def _later(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class Watch:
    """Samples what nvidia-smi says of the first GPU while something runs; nothing where it is not there."""

    _FIELDS = ("utilization.decoder", "utilization.gpu", "memory.used")

    def __enter__(self) -> "Watch":
        query = f"--query-gpu={','.join(self._FIELDS)}"
        try:
            self._child: subprocess.Popen[str] | None = subprocess.Popen(
                ["nvidia-smi", "--id=0", query, "--format=csv,noheader,nounits", "--loop-ms=500"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        except OSError:
            self._child = None
        return self

    def __exit__(self, *_: object) -> None:
        self.told: dict[str, int] = {}
        if self._child is None:
            return
        self._child.terminate()
        out, _err = self._child.communicate(timeout=20)
        rows = [[cell.strip() for cell in line.split(",")] for line in out.splitlines()]
        for place, field in enumerate(self._FIELDS):
            values = [int(row[place]) for row in rows if len(row) > place and row[place].isdigit()]
            if values:
                self.told[field] = max(values)

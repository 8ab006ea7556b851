"""Runs ffmpeg, one or several at once, to the end or for a while, and tells what that took."""

import math
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gpu_facts import said
from gpu_package import hardware, trials

_START_SECONDS = 30.0
_SAID_BYTES = 16 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How one ffmpeg ended. `steady` are seconds of video a second between its first and its last report.

    `stopped`: it had to be, because its time was over. `returncode` None: it could not be, and was left.
    """

    returncode: int | None
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    video_seconds: float
    steady: float | None
    wrote: bytes
    said: str
    stopped: bool = False

    @property
    def ended(self) -> hardware.Ended:
        """The same as the trials judge it."""
        status = None if self.stopped else self.returncode
        return hardware.Ended(returncode=status, wrote=self.wrote, said=self.said)


class Ffmpeg:
    """One ffmpeg program, and the folder it works in."""

    def __init__(self, program: Path, folder: Path, *, grace_seconds: float = 5.0) -> None:
        self.program = program
        self.folder = folder
        self._grace_seconds = grace_seconds

    def run(self, arguments: Sequence[str], *, seconds: float = 20.0) -> Run:
        """Run it to its end, but no longer than that; what it writes to stdout is kept."""
        return self._started(arguments, reports=False).ended(seconds)

    def measured(self, arguments: Sequence[str], *, processes: int, seconds: float) -> list[Run]:
        """Run so many of it at once on a film without an end, for so long after all of them are at work.

        A GPU is opened by one after the other: 32 may need longer for that than what is measured.
        """
        children = self.looping(arguments, processes=processes)
        at_work(children)
        since = time.monotonic()
        return ended(children, seconds, within=(since, since + seconds))

    def looping(self, arguments: Sequence[str], *, processes: int) -> "list[Child]":
        """Start so many and let them run; whoever calls ends them."""
        reporting = ("-progress", "pipe:1", "-stats_period", "0.2", *arguments)
        return [self._started(reporting, reports=True) for _ in range(processes)]

    def _started(self, arguments: Sequence[str], *, reports: bool) -> "Child":
        command = [str(self.program), *trials.QUIET, *arguments]
        return Child(command, self.folder, reports=reports, grace_seconds=self._grace_seconds)


def at_work(children: "Sequence[Child]") -> int:
    """Wait until all are at work, or it takes too long; how many are."""
    late = time.monotonic() + _START_SECONDS
    return sum(child.at_work.wait(max(0.0, late - time.monotonic())) for child in children)


def ended(children: "Sequence[Child]", seconds: float, *, within: tuple[float, float] = (0.0, math.inf)) -> list[Run]:
    """See Child.ended, of all at the same time: those that nothing ends are waited for once."""
    with ThreadPoolExecutor(len(children)) as pool:
        return list(pool.map(lambda child: child.ended(seconds, within=within), children))


class Child:
    """A running ffmpeg: what it writes to stdout are `reports` of its progress, or else kept."""

    def __init__(self, command: Sequence[str], folder: Path, *, reports: bool, grace_seconds: float) -> None:
        self._begun = time.monotonic()
        self._grace_seconds = grace_seconds
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  `ended` closes it
        self._child = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._stderr
        )
        self._wrote = b""
        self._reports: list[tuple[float, float]] = []
        self._end: tuple[int, float, float] | None = None
        self._stopped = False
        self.at_work = threading.Event()
        """Set with the first report of progress, and at the end."""
        self._reader = threading.Thread(target=self._attend, args=(reports,), daemon=True)
        self._reader.start()

    def kill(self) -> None:
        """End it without a chance to tidy up; one that has ended by itself is let be."""
        self._signal(signal.SIGKILL)

    def ended(self, seconds: float, *, within: tuple[float, float] = (0.0, math.inf)) -> Run:
        """Wait so long, then end it: SIGTERM, the grace time, SIGKILL, and that again: in the driver nothing ends it.

        `steady` is taken of its reports in the time `within`.
        """
        kill = _later(seconds + self._grace_seconds, self.kill)
        with _later(seconds, self._stop), kill:
            self._reader.join(seconds + 2 * self._grace_seconds)
        wall = time.monotonic() - self._begun
        self._child.returncode, cpu_seconds, peak_mb = self._end or (None, 0.0, 0.0)
        self._stderr.seek(0)
        words = self._stderr.read(_SAID_BYTES).decode("utf-8", "replace")
        self._stderr.close()
        return Run(
            returncode=self._child.returncode,
            wall_seconds=round(wall, 3),
            cpu_seconds=round(cpu_seconds, 3),
            peak_mb=round(peak_mb, 1),
            video_seconds=self._reports[-1][1] if self._reports else 0.0,
            steady=self._steady(within),
            wrote=self._wrote,
            said=words,
            stopped=self._stopped,
        )

    def _attend(self, reports: bool) -> None:
        """Hear it to its end, and take that down."""
        self._read(reports)
        self.at_work.set()
        _, status, usage = os.wait4(self._child.pid, 0)
        self._end = os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024

    def _read(self, reports: bool) -> None:
        assert self._child.stdout is not None
        with self._child.stdout as pipe:
            if reports:
                for line in pipe:
                    self._heard(line)
            else:
                self._wrote = pipe.read()

    def _heard(self, line: bytes) -> None:
        name, _, value = line.partition(b"=")
        if name == b"out_time_us" and value.strip().isdigit():
            self._reports.append((time.monotonic(), int(value) / 1e6))
            self.at_work.set()

    def _steady(self, within: tuple[float, float]) -> float | None:
        seen = [report for report in self._reports if report[1] > 0 and within[0] <= report[0] <= within[1]]
        if len(seen) < 2 or seen[-1][0] <= seen[0][0]:
            return None
        return round((seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0]), 3)

    def _stop(self) -> None:
        self._stopped = True
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        if self._end is None:
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
    """Asks nvidia-smi twice a second for figures of the first GPU while something runs, and keeps the highest."""

    _FIELDS = ("utilization.decoder", "utilization.gpu", "memory.used")

    def __enter__(self) -> "Watch":
        self.told: dict[str, int] = {}
        self._over = threading.Event()
        self._asking = threading.Thread(target=self._ask, daemon=True)
        self._asking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._asking.join()

    def _ask(self) -> None:
        query = f"--query-gpu={','.join(self._FIELDS)}"
        while not self._over.wait(0.5):
            cells = said("nvidia-smi", "--id=0", query, "--format=csv,noheader,nounits").strip().split(", ")
            if len(cells) != len(self._FIELDS):  # it is not there
                return
            figures = {field: int(cell) for field, cell in zip(self._FIELDS, cells, strict=True) if cell.isdigit()}
            self.told = {field: max(value, self.told.get(field, 0)) for field, value in figures.items()}

"""What a command costs: CPU seconds, wall seconds and memory, all its processes included. Linux."""

import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.02
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_PARENT, _RESIDENT_PAGES = 1, 21  # fields of /proc/PID/stat behind the name, see proc_pid_stat(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """One run of a command; `error` is the end of what it said when it failed, else empty."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int
    error: str = ""


def run(command: Sequence[str | Path], *, log: Path, environment: Mapping[str, str]) -> Usage:
    """Runs a command to its end; what it prints goes to `log`.

    CPU is that of the command and of every child it waited for, as the kernel counts it. Memory is the sum over the
    command and its descendants, sampled: what lives for less than two samples is not seen.
    """
    began = time.perf_counter()
    with log.open("wb") as said:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment, start_new_session=True
        )
        with _Sampler(child.pid) as sampler:
            status, usage = _wait(child.pid)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    return Usage(
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        wall_seconds=wall,
        peak_bytes=sampler.peak_bytes,
        error=f"exit {child.returncode}: {_end(log)}" if child.returncode else "",
    )


def _end(log: Path) -> str:
    return " ".join(log.read_text(errors="replace")[-300:].split())


def _wait(pid: int) -> tuple[int, resource.struct_rusage]:
    try:
        _, status, usage = os.wait4(pid, 0)
    except BaseException:  # Ctrl-C leaves no child behind
        os.killpg(pid, signal.SIGTERM)
        os.wait4(pid, 0)
        raise
    return status, usage


class _Sampler(threading.Thread):
    """Adds up the resident memory of a process and its descendants, again and again."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self._root = root
        self._over = threading.Event()

    def __enter__(self) -> "_Sampler":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        before: set[int] = set()
        while not self._over.wait(SAMPLE_SECONDS):
            family = _family(self._root)
            # Between fork and exec a child still shows its parent's memory: it counts from its second sample on.
            total = sum(size for pid, size in family.items() if pid in before)
            self.peak_bytes = max(self.peak_bytes, total)
            before = set(family)


def _family(root: int) -> dict[int, int]:
    """Resident bytes by process, of `root` and all below it."""
    processes = dict(filter(None, map(_process, Path("/proc").glob("[0-9]*"))))
    family = {root}
    # A child mostly has the larger number, but numbers wrap: go on until nothing is added.
    while grown := {pid for pid, (parent, _) in processes.items() if parent in family} - family:
        family |= grown
    return {pid: processes[pid][1] for pid in family if pid in processes}


def _process(folder: Path) -> tuple[int, tuple[int, int]] | None:
    """Number, parent and resident bytes of a process; None: it has just gone."""
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(folder.name), (int(fields[_PARENT]), int(fields[_RESIDENT_PAGES]) * PAGE_BYTES)

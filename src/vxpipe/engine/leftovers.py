"""Processes that outlive the program that started them: known by the output folder they inherit, and ended."""

import os
import signal
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_ROUNDS = 20


def end_leftovers(work: Path) -> int:
    """Kill every process whose OUTPUT_DIR lies in `work`; how many there were. Where there is no /proc none is found.

    What has left its process group dies neither with the program nor with a service that is killed.
    """
    ended = set[int]()
    for _ in range(_ROUNDS):  # one that forks meanwhile is found in the next round
        found = _working_in(work)
        if not found:
            break
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        ended |= found
    return len(ended)


def _working_in(work: Path) -> set[int]:
    mark = b"\0OUTPUT_DIR=" + os.fsencode(work) + b"/"
    return {int(entry.name) for entry in _PROC.glob("[0-9]*") if mark in b"\0" + _environment(entry)}


def _environment(process: Path) -> bytes:
    """Empty for one that has ended, is a zombie, or belongs to somebody else."""
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""

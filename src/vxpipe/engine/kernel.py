"""What a process asks of the kernel for itself and what it starts. Linux only; elsewhere the calls do nothing."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 36, 38
_NOTHING = 0
# Looked up before any fork: between fork and exec only plain calls are safe.
_prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


def die_with_parent(parent: int) -> None:
    """Be killed when `parent`, who started this process, ends; end at once if it has ended already."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the line above
            os._exit(1)


def outlive_parent() -> None:
    """Undo `die_with_parent`."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, _NOTHING)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    if _prctl is not None:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1, _NOTHING, _NOTHING, _NOTHING)


def gain_no_privileges() -> None:
    """Never again get more rights by starting a program; Landlock wants this first."""
    if _prctl is not None:
        _prctl(_PR_SET_NO_NEW_PRIVS, 1, _NOTHING, _NOTHING, _NOTHING)


def children() -> list[int]:
    """The process ids of this single-threaded process's children, zombies too; empty where the kernel does not tell."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as listing:  # noqa: PTH123 - needs no pathlib
            return [int(pid) for pid in listing.read().split()]
    except OSError:
        return []

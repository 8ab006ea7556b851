"""Landlock: which files and TCP ports this process and all it starts may reach from now on.

See https://docs.kernel.org/userspace-api/landlock.html; glibc has no functions for it, hence the system calls.
"""

import ctypes
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from vxpipe.engine.kernel import gain_no_privileges
from vxpipe.ports import Bounds

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the numbers are the same on every machine we run on
_TELL_VERSION = 1
_PATH_BENEATH, _NET_PORT = 1, 2

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1
_ABSTRACT_SOCKETS, _SIGNALS = 1 << 0, 1 << 1
_OF_PLAIN_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_READ = _EXECUTE | _READ_FILE | _READ_DIR

# How many rights to files there are from which version on.
_FILE_RIGHTS = ((1, 13), (2, 14), (3, 15), (5, 16))
_VERSION_WITH_PORTS, _VERSION_WITH_SCOPES = 4, 6


class Level(StrEnum):
    """What the kernel can keep a child from."""

    OFF = "off"
    FILES = "fs"
    FILES_AND_NET = "fs+net"


def available() -> Level:
    """What this kernel offers. Asking restricts nobody."""
    version = _version()
    if version < 1:
        return Level.OFF
    return Level.FILES if version < _VERSION_WITH_PORTS else Level.FILES_AND_NET


def confine(bounds: Bounds) -> Level:
    """Hold this thread, and whatever it starts, to `bounds` for good; the level that is in force then.

    Raises OSError where the kernel offers Landlock and then refuses.
    """
    with prepared(bounds) as enforce:
        return enforce()


@contextmanager
def prepared(bounds: Bounds | None) -> Iterator[Callable[[], Level]]:
    """`confine` in two steps: what costs time is done here, the function that is given binds whoever calls it.

    It calls nothing but the kernel, as it has to be between fork and exec.
    """
    version = _version()
    if bounds is None or version < 1:
        yield lambda: Level.OFF
        return
    ports = bounds.tcp_ports if version >= _VERSION_WITH_PORTS else None
    ruleset = _ruleset(version, close_net=ports is not None)
    try:
        _allow(ruleset, bounds, _file_rights(version), ports or ())
        level = Level.FILES if ports is None else Level.FILES_AND_NET
        yield lambda: _enforce(ruleset, level)
    finally:
        os.close(ruleset)


def paths_of_this_python() -> Iterable[Path]:
    """Where this interpreter and its modules lie."""
    return {Path(place).resolve() for place in (sys.prefix, sys.base_prefix, *sys.path) if place}


class _Attributes(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PortRule(ctypes.Structure):
    _fields_ = (("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


_syscall = ctypes.CDLL(None, use_errno=True).syscall if sys.platform == "linux" else None


def _version() -> int:
    """0 or less: this system has no Landlock, or has it switched off."""
    return -1 if _syscall is None else int(_syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _TELL_VERSION))


def _call(number: int, *arguments: object) -> int:
    assert _syscall is not None
    result = int(_syscall(number, *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return result


def _file_rights(version: int) -> int:
    return (1 << max(count for since, count in _FILE_RIGHTS if since <= version)) - 1


def _ruleset(version: int, *, close_net: bool) -> int:
    attributes = _Attributes(
        _file_rights(version),
        _BIND_TCP | _CONNECT_TCP if close_net else 0,
        _ABSTRACT_SOCKETS | _SIGNALS if version >= _VERSION_WITH_SCOPES else 0,
    )
    # An older kernel takes the structure as long as it was then.
    fields = 1 + (version >= _VERSION_WITH_PORTS) + (version >= _VERSION_WITH_SCOPES)
    return _call(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(8 * fields), 0)


def _allow(ruleset: int, bounds: Bounds, rights: int, ports: Iterable[int]) -> None:
    for path in bounds.read:
        _allow_path(ruleset, path, _READ)
    for path in bounds.write:
        _allow_path(ruleset, path, rights & ~_EXECUTE)
    for port in ports:
        _call(_ADD_RULE, ruleset, _NET_PORT, ctypes.byref(_PortRule(_CONNECT_TCP, port)), 0)


def _allow_path(ruleset: int, path: Path, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        kept = rights if stat.S_ISDIR(os.fstat(parent).st_mode) else rights & _OF_PLAIN_FILES
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(_PathRule(kept, parent)), 0)
    finally:
        os.close(parent)


def _enforce(ruleset: int, level: Level) -> Level:
    gain_no_privileges()
    _call(_RESTRICT_SELF, ruleset, 0)
    return level

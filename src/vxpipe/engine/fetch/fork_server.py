"""The zygote's program: a process with everything imported that forks one child for each download.

It has one thread and no event loop, so a fork copies nothing half done. It hears JSON lines on its stdin, a socket:
`{"run": id, "needs": names}` with three file descriptors (what becomes fds 0, 1 and 2 of the child), and
`{"signal": number, "id": id}`. What a download needs is loaded before the fork, once for all that follow.

It answers `{"ready": facts}` once, `{"id": id, "pid": pid}` after a fork, `{"id": id, "exit": status}` when a child has
ended and nothing of its process group is left, `{"id": id, "failed": reason}` instead of both where the fork failed.
When the socket is closed it kills what it started and ends.

Each child leads a session and process group of its own, and is killed when the zygote dies.
"""

import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

from vxpipe.engine import kernel

_OUR_SIGNALS = (signal.SIGCHLD, signal.SIGTERM)
_STANDARD_FDS = 3
_READ_BYTES, _READ_FDS = 4096, 32
_MOST_FDS = 1024

Work = Callable[[], int]
Load = Callable[[Sequence[str]], None]


def serve(work: Work, load: Load = lambda _: None, **facts: Any) -> None:
    """Fork a child that calls `work` for every request; returns when the service is gone or sent SIGTERM.

    `load` is called in this process with those needs of a download that no earlier one had.
    """
    _Zygote(socket.socket(fileno=0), work, load).run(facts)


class _Zygote:
    def __init__(self, link: socket.socket, work: Work, load: Load) -> None:
        self._link = link
        self._work = work
        self._load = load
        self._loaded = set[str]()
        self._pids: dict[int, int] = {}
        self._heard = bytearray()
        self._fds: list[int] = []
        self._told_to_end = False

    def run(self, facts: dict[str, Any]) -> None:
        """Serve until the link closes."""
        wake = self._listen_to_signals()
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_FDS, most))
        kernel.adopt_orphans()
        _freeze()
        self._tell(ready=facts)
        kernel.outlive_parent()  # the link tells of its end, and then the groups below are ended first
        try:
            while not self._told_to_end and self._is_served(wake):
                self._reap()
        except ConnectionError:  # the service went while we spoke
            return
        finally:
            self._end_all()

    def _listen_to_signals(self) -> int:
        """Let the signals wake `select`; gives the end of the pipe to look at."""
        wake, awaken = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(awaken, False)
        signal.set_wakeup_fd(awaken, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._asked_to_end)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the service's to hear
        return wake

    def _asked_to_end(self, *_: object) -> None:
        self._told_to_end = True

    def _is_served(self, wake: int) -> bool:
        """Wait for a request or a signal and see to it; False: nobody will ask again."""
        readable, _, _ = select.select([self._link.fileno(), wake], [], [])
        if wake in readable:
            with suppress(BlockingIOError):
                os.read(wake, _READ_BYTES)
        return self._link.fileno() not in readable or self._hear()

    def _hear(self) -> bool:
        data, fds, _, _ = socket.recv_fds(self._link, _READ_BYTES, _READ_FDS)
        self._fds.extend(fds)
        self._heard.extend(data)
        *whole, rest = self._heard.split(b"\n")
        self._heard = rest
        for line in whole:
            self._obey(json.loads(line))
        return bool(data)

    def _obey(self, request: dict[str, Any]) -> None:
        if "signal" in request:
            self._signal(request["id"], request["signal"])
            return
        fds, self._fds = self._fds[:_STANDARD_FDS], self._fds[_STANDARD_FDS:]
        self._provide(request["needs"])
        self._fork(request["run"], fds)
        for fd in fds:
            os.close(fd)

    def _provide(self, needs: Sequence[str]) -> None:
        new = [need for need in needs if need not in self._loaded]
        if not new:
            return
        self._loaded.update(new)
        try:
            self._load(new)
        except Exception:  # the download meets the same and tells it where it is heard
            traceback.print_exc()
        _freeze()

    def _signal(self, number: int, signal_number: int) -> None:
        """Signal a download that has not been reaped: its process id cannot have become another's."""
        pid = self._pids.get(number)
        if pid is not None:
            _signal_group(pid, signal_number)

    def _fork(self, number: int, fds: list[int]) -> None:
        zygote = os.getpid()
        with _held_back(_OUR_SIGNALS):
            try:
                pid = os.fork()
            except OSError as exc:
                self._tell(id=number, failed=str(exc))
                return
            if pid == 0:
                _be_child(self._work, fds, zygote)
        self._pids[number] = pid
        self._tell(id=number, pid=pid)

    def _reap(self) -> None:
        """Report who has ended; nothing a child started outlives it, not even what left its process group."""
        for pid, status in _ended():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            for number in [each for each, known in self._pids.items() if known == pid]:
                del self._pids[number]
                self._tell(id=number, exit=os.waitstatus_to_exitcode(status))
        for stray in set(kernel.children()) - set(self._pids.values()):
            with suppress(ProcessLookupError):
                os.kill(stray, signal.SIGKILL)

    def _end_all(self) -> None:
        for pid in self._pids.values():
            _signal_group(pid, signal.SIGKILL)
        for stray in kernel.children():
            with suppress(ProcessLookupError):
                os.kill(stray, signal.SIGKILL)

    def _tell(self, **facts: Any) -> None:
        self._link.sendall(json.dumps(facts).encode() + b"\n")


def _freeze() -> None:
    """Keep what is shared with the children shared: a collector that looks through it would copy it."""
    gc.collect()
    gc.freeze()


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:  # between fork and setsid it leads no group yet; or all are gone
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    except PermissionError:  # macOS answers so for a group of zombies
        return


def _ended() -> Iterator[tuple[int, int]]:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, status


@contextmanager
def _held_back(signals: tuple[signal.Signals, ...]) -> Iterator[None]:
    """No signal may meet a child that still has the zygote's handlers."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _be_child(work: Work, fds: list[int], zygote: int) -> NoReturn:
    """From the fork to the end of the process."""
    status = 1
    try:
        os.setsid()
        kernel.die_with_parent(zygote)
        signal.set_wakeup_fd(-1)
        for number in (*_OUR_SIGNALS, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        for place, fd in enumerate(fds):
            os.dup2(fd, place)
        os.closerange(_STANDARD_FDS, _MOST_FDS)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        status = work()
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        os._exit(status)

"""The one door through which child processes are started, watched, limited and ended."""

import asyncio
import fcntl
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from typing import Any, cast

import structlog

from vxpipe.engine import sandbox
from vxpipe.engine.kernel import die_with_parent
from vxpipe.engine.watch import end, nobody, tee, unheard, watch
from vxpipe.errors import VxError
from vxpipe.ports import Bounds, ChildExit, ChildRunner, Limits, Sink
from vxpipe.unbroken import unbroken

log = structlog.get_logger()

_STDOUT, _STDERR = 1, 2
_PIPE_BYTES = 1 << 20  # the most Linux allows everybody
# What comes in smaller pieces is left to gather for a while: ffmpeg writes a line in four, and 1000 lines a second,
# heard one by one, cost more than all that is done with the pictures. The while grows as long as it brings little.
_TRICKLE_BYTES = 1 << 14
_LITTLE_BYTES = _PIPE_BYTES // 8
_LEAST_REST_SECONDS, _MOST_REST_SECONDS = 0.04, 0.32
_LAST_WORDS_SECONDS = 0.3  # of silence after a child's end, before a pipe is taken for held by somebody else
_MOST_LAST_WORDS = 16  # times, where somebody else goes on talking


class Children(ChildRunner):
    """Runs children in process groups of their own, with a small environment and no stdin but what they are given."""

    def __init__(self, *, env: Mapping[str, str], grace_seconds: float = 5.0, bounds: Bounds | None = None) -> None:
        self._env = dict(env)
        self._grace_seconds = grace_seconds
        self._bounds = bounds

    def confined(self, bounds: Bounds) -> "Children":
        """See ChildRunner."""
        return Children(env=self._env, grace_seconds=self._grace_seconds, bounds=bounds)

    async def run(
        self,
        argv: Sequence[str],
        *,
        limits: Limits,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: int | None = None,
        on_stdout: Sink | None = None,
        on_stderr: Sink | None = None,
    ) -> ChildExit:
        """See ChildRunner."""
        tail, begun = bytearray(), time.monotonic()
        child = _Child({_STDOUT: on_stdout or unheard, _STDERR: tee(tail, on_stderr)})
        try:
            with sandbox.prepared(self._bounds) as enforce:
                confine = _confinement(limits, os.getpid(), enforce)
                # Cancelled half-way, asyncio would wait for whoever holds the pipes that it has not connected yet.
                await unbroken(_start(child, argv, confine, cwd=cwd, env={**self._env, **(env or {})}, stdin=stdin))
            await watch(child, limits)
        finally:
            if child.begun:
                child.ignore()  # else what it says until its end might fill a pipe that nobody empties any more
                await unbroken(end(child, self._grace_seconds))
        log.debug(
            "child.ended",
            program=Path(argv[0]).name,
            status=child.returncode,
            seconds=round(time.monotonic() - begun, 2),
            arguments=" ".join(argv[1:]),
        )
        return ChildExit(child.returncode, tail.decode("utf-8", "replace").strip())


def lines(on_line: Callable[[str], None], *, max_bytes: int = 1 << 20) -> Sink:
    """A sink that hands on whole lines, ended by LF or CR; a line longer than `max_bytes` is passed on in pieces.

    Call the sink with b"" at the end to get a last line that has no end.
    """
    pending = bytearray()

    def heard(chunk: bytes) -> None:
        pending.extend(chunk.replace(b"\r", b"\n"))
        *whole, rest = pending.split(b"\n")
        if rest and (not chunk or len(rest) > max_bytes):
            whole, rest = [*whole, rest], bytearray()
        pending[:] = rest
        for line in whole:
            if text := line.decode("utf-8", "replace").strip():
                on_line(text)

    return heard


def next_rest(seconds: float, gathered_bytes: int) -> float:
    """How long a pipe is left alone that was left alone for so many seconds, and of which so much came since: for
    longer where that is little, else for less. Whatever suddenly says a lot waits that once for a third of a second.
    """
    wanted = seconds * 2 if gathered_bytes < _LITTLE_BYTES else seconds / 2
    return min(max(wanted, _LEAST_REST_SECONDS), _MOST_REST_SECONDS)


async def _start(
    child: "_Child",
    argv: Sequence[str],
    confine: Callable[[], None],
    *,
    cwd: Path | None,
    env: Mapping[str, str],
    stdin: int | None,
) -> None:
    try:
        await asyncio.get_running_loop().subprocess_exec(
            lambda: child,
            *argv,
            stdin=asyncio.subprocess.DEVNULL if stdin is None else stdin,
            cwd=cwd,
            env=env,
            start_new_session=True,
            preexec_fn=confine,
        )
    except OSError as exc:
        raise VxError("tool_failed", f"{Path(argv[0]).name} could not be started: {exc}") from exc


class _Child(asyncio.SubprocessProtocol):
    """A running child: hands on what it says as it comes, and tells its end.

    Not asyncio's streams: those copy all that is said twice more, cannot be left alone for a moment, and do not tell
    that a child has ended while somebody still holds its pipes (CPython issue 119710).
    """

    def __init__(self, sinks: Mapping[int, Sink]) -> None:
        self._sinks = sinks
        self._on_sign: Callable[[], None] = nobody
        self.ended = asyncio.get_running_loop().create_future()
        """Done when the child has ended and its pipes are closed; the exception of a sink comes out of it."""
        self.released = asyncio.Event()
        self.begun = False
        """Whether there is a process."""
        self._heard = 0
        self._roomy = set[int]()
        self._paused = set[int]()
        self._rests = dict.fromkeys(sinks, 0.0)
        self._gathered = dict.fromkeys(sinks, 0)
        # What is heard after the child's end would be heard in the context of the thread that tells of it.
        self._context = copy_context()

    @property
    def returncode(self) -> int:
        """Negative: the signal that ended it, SIGKILL where nobody knows yet."""
        code = self._transport.get_returncode()
        return -signal.SIGKILL if code is None else code

    def notice(self, on_sign: Callable[[], None]) -> None:
        """From now on call `on_sign` at every sign of life."""
        self._on_sign = on_sign

    def ignore(self) -> None:
        """Go on emptying the pipes, because a child blocked on a full pipe cannot react, but tell nobody."""
        self._on_sign, self._sinks = nobody, {}
        for fd in tuple(self._paused):
            self._unpause(fd)

    def signal_group(self, number: signal.Signals) -> None:
        """Signal the child and all its descendants that have not left its process group."""
        try:
            os.killpg(self._transport.get_pid(), number)
        except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
            return

    def close(self) -> None:
        """Let go of the pipes, whoever may hold them."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See SubprocessProtocol."""
        self._transport = cast(asyncio.SubprocessTransport, transport)
        self.begun = True
        self._roomy = {fd for fd in (_STDOUT, _STDERR) if _enlarge(self._pipe(fd))}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Hand on what was said, and let what only trickles gather for a moment."""
        self._on_sign()
        self._heard += 1
        self._tell(fd, data)
        self._gathered[fd] += len(data)
        if len(data) < _TRICKLE_BYTES and fd in self._roomy:
            self._rest(fd)

    def pipe_connection_lost(self, fd: int, _exc: Exception | None) -> None:
        """See SubprocessProtocol."""
        self._tell(fd, b"")

    def process_exited(self) -> None:
        """End what the child left behind and what would hold its pipes open for ever; hear the rest at once."""
        self.signal_group(signal.SIGKILL)
        for fd in self._roomy:
            self._go_on(fd)
        self._roomy.clear()
        self._let_go(-1, _MOST_LAST_WORDS)

    def connection_lost(self, _exc: Exception | None) -> None:
        """See SubprocessProtocol."""
        self.released.set()
        if not self.ended.done():
            self.ended.set_result(None)

    def _rest(self, fd: int) -> None:
        """Leave a pipe alone for a while."""
        self._rests[fd], self._gathered[fd] = next_rest(self._rests[fd], self._gathered[fd]), 0
        self._pipe(fd).pause_reading()
        asyncio.get_running_loop().call_later(self._rests[fd], self._go_on, fd)

    def _let_go(self, heard: int, times: int) -> None:
        """Close the pipes that somebody who has left the group still holds, when nothing more comes of them."""
        is_silent = heard == self._heard and not self._paused
        if self.released.is_set() or is_silent or not times:
            self._transport.close()
            return
        left = times if self._paused else times - 1
        asyncio.get_running_loop().call_later(_LAST_WORDS_SECONDS, self._let_go, self._heard, left)

    def _tell(self, fd: int, said: bytes) -> None:
        try:
            busy = self._context.run(self._sinks.get(fd, unheard), said)
        except Exception as exc:  # a callback of the loop: whoever awaits `ended` gets it, nobody else would
            self.ignore()
            if not self.ended.done():
                self.ended.set_exception(exc)
            return
        if busy is not None and said:
            self._pause(fd, busy)

    def _pause(self, fd: int, busy: Future[Any]) -> None:
        """Hear nothing more of a pipe until whoever heard of it last is ready."""
        loop = asyncio.get_running_loop()
        self._paused.add(fd)
        self._pipe(fd).pause_reading()

        def ready(_busy: Future[Any]) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(self._unpause, fd)

        busy.add_done_callback(ready)

    def _unpause(self, fd: int) -> None:
        self._paused.discard(fd)
        self._go_on(fd)

    def _go_on(self, fd: int) -> None:
        if fd not in self._paused:
            self._pipe(fd).resume_reading()

    def _pipe(self, fd: int) -> asyncio.ReadTransport:
        return cast(asyncio.ReadTransport, self._transport.get_pipe_transport(fd))


def _enlarge(pipe: asyncio.ReadTransport) -> bool:
    """Make the pipe hold `_PIPE_BYTES`; False where it cannot: a child would soon wait for whoever rests."""
    if sys.platform != "linux":
        return False
    try:
        fcntl.fcntl(pipe.get_extra_info("pipe"), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except (OSError, ValueError):  # beyond what one user may hold in pipes; closed already, the child was so quick
        return False
    return True


def _confinement(limits: Limits, parent: int, enforce: Callable[[], object]) -> Callable[[], None]:
    """What the child does to itself between fork and exec: die with the service, dump no core, write no huge file.

    `enforce` holds it to its bounds; where that fails it ends.
    """

    most = _allowed_file_bytes(limits.max_file_bytes)

    def confine() -> None:
        die_with_parent(parent)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if most is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        try:
            enforce()
        except OSError as exc:
            os.write(_STDERR, str(exc).encode())
            os._exit(1)

    return confine


def _allowed_file_bytes(wanted: int | None) -> int | None:
    """The limit, or a lower one that the service itself is under: nobody may raise that."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    return wanted if wanted is None or hard == resource.RLIM_INFINITY else min(wanted, hard)

"""The one door through which child processes are started, watched, limited and ended."""

import asyncio
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vxpipe.errors import VxError
from vxpipe.ports import ChildExit, ChildRunner, Limits, Sink
from vxpipe.unbroken import unbroken

_CHUNK = 1 << 16
_TAIL_BYTES = 4096
_POLL_SECONDS = 0.1
_PR_SET_PDEATHSIG = 1
# Looked up before any fork: between fork and exec only plain calls are safe.
_prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


class Children(ChildRunner):
    """Runs children in process groups of their own, with a small environment and no stdin."""

    def __init__(self, *, env: Mapping[str, str], grace_seconds: float = 5.0) -> None:
        self._env = dict(env)
        self._grace_seconds = grace_seconds

    async def run(
        self,
        argv: Sequence[str],
        *,
        limits: Limits,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        on_stdout: Sink | None = None,
        on_stderr: Sink | None = None,
    ) -> ChildExit:
        """See ChildRunner."""
        process = await self._start(argv, limits, cwd, {**self._env, **(env or {})})
        tail = bytearray()
        try:
            await _listen(process, limits, on_stdout, _tee(tail, on_stderr))
        finally:
            await unbroken(_end(process, self._grace_seconds))
        return ChildExit(_returncode(process), tail.decode("utf-8", "replace").strip())

    async def _start(
        self, argv: Sequence[str], limits: Limits, cwd: Path | None, env: Mapping[str, str]
    ) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(  # noqa: TID251 - this is the door
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=cwd,
                env=env,
                start_new_session=True,
                preexec_fn=_confinement(limits, os.getpid()),
            )
        except OSError as exc:
            raise VxError("tool_failed", f"{Path(argv[0]).name} could not be started: {exc}") from exc


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


def _confinement(limits: Limits, parent: int) -> Callable[[], None]:
    """What the child does to itself between fork and exec: die with the service, dump no core, write no huge file."""

    most = _allowed_file_bytes(limits.max_file_bytes)

    def confine() -> None:
        if _prctl is not None:
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # the service died before the line above
                os._exit(1)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if most is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return confine


def _allowed_file_bytes(wanted: int | None) -> int | None:
    """The limit, or a lower one that the service itself is under: nobody may raise that."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    return wanted if wanted is None or hard == resource.RLIM_INFINITY else min(wanted, hard)


async def _listen(
    process: asyncio.subprocess.Process, limits: Limits, on_stdout: Sink | None, on_stderr: Sink | None
) -> None:
    loop = asyncio.get_running_loop()
    stall = asyncio.timeout(limits.stall_seconds)
    wall = asyncio.timeout(limits.wall_seconds)

    def heard() -> None:
        stall.reschedule(loop.time() + limits.stall_seconds)

    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with wall, stall:
            async with asyncio.TaskGroup() as group:
                leftovers = group.create_task(_end_leftovers(process))
                pumps = (_pump(process.stdout, on_stdout, heard), _pump(process.stderr, on_stderr, heard))
                await asyncio.gather(*(group.create_task(pump) for pump in pumps))
                leftovers.cancel()
            await process.wait()
    except ExceptionGroup as failures:  # a sink refused what it heard
        raise failures.exceptions[0] from None
    except TimeoutError as exc:
        if stall.expired():
            raise VxError("stalled", f"no sign of life for {limits.stall_seconds:g} s") from exc
        if wall.expired():
            raise VxError("timed_out", f"not done after {limits.wall_seconds:g} s") from exc
        raise


async def _end_leftovers(process: asyncio.subprocess.Process) -> None:
    """Once the child itself has ended, end what it left behind and what would hold its pipes open for ever.

    Polled, because asyncio's wait() returns only when the pipes are closed as well (CPython issue 119710).
    """
    while process.returncode is None:  # noqa: ASYNC110
        await asyncio.sleep(_POLL_SECONDS)
    _signal_group(process.pid, signal.SIGKILL)


async def _pump(stream: asyncio.StreamReader, sink: Sink | None, heard: Callable[[], None]) -> None:
    while chunk := await stream.read(_CHUNK):
        heard()
        if sink:
            sink(chunk)
    if sink:
        sink(b"")


def _tee(tail: bytearray, sink: Sink | None) -> Sink:
    def heard(chunk: bytes) -> None:
        tail.extend(chunk)
        del tail[:-_TAIL_BYTES]
        if sink:
            sink(chunk)

    return heard


async def _end(process: asyncio.subprocess.Process, grace_seconds: float) -> None:
    """End what is left of the process group: SIGTERM, the grace time, SIGKILL; then reap."""
    if process.returncode is None:
        _signal_group(process.pid, signal.SIGTERM)
        await _drain(process, grace_seconds)
    _signal_group(process.pid, signal.SIGKILL)
    if not await _drain(process, grace_seconds):
        # A descendant that left the group holds our pipes: let go of them. asyncio has no public way.
        process._transport.close()  # type: ignore[attr-defined]


async def _drain(process: asyncio.subprocess.Process, seconds: float) -> bool:
    """Wait so long for the end while emptying the pipes: a child blocked on a full pipe cannot react."""
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(seconds):
            await asyncio.gather(
                _pump(process.stdout, None, _nobody), _pump(process.stderr, None, _nobody), process.wait()
            )
    except TimeoutError:
        return False
    return True


def _nobody() -> None:
    return None


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        return


def _returncode(process: asyncio.subprocess.Process) -> int:
    return -signal.SIGKILL if process.returncode is None else process.returncode

"""Our side of the zygote: starts it when it is first needed, has it fork a child for each download, ends both.

Only the zygote signals its children, on our word: it has not reaped them yet, so a process id cannot be another's.
"""

import asyncio
import json
import math
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from contextvars import Context, copy_context
from itertools import count
from pathlib import Path
from typing import BinaryIO, cast

import structlog

from vxpipe.engine.child import lines
from vxpipe.engine.watch import end, nobody, tee, unheard, watch
from vxpipe.errors import VxError
from vxpipe.ports import ChildExit, ChildRunner, Limits, Sink
from vxpipe.unbroken import unbroken

log = structlog.get_logger(__name__)

_STDOUT, _STDERR = 1, 2
_READ_BYTES = 1 << 16
_MOST_READS = 64  # of what is left in a pipe: more than one can hold
_NOTED_CHARACTERS = 300
# The zygote lives as long as whoever opened it; what is asked of it has bounds of its own.
_FOR_LIFE = Limits(wall_seconds=math.inf, stall_seconds=math.inf)


class ZygoteLost(VxError):
    """The zygote is gone, and its downloads with it, whatever they did."""


class Zygote:
    """Runs downloads in forks of one process; see `opened`. When that dies, the next download starts another.

    So it does when what `arguments` gives has changed: downloads that run then end where they began.
    """

    def __init__(
        self,
        children: ChildRunner,
        command: Sequence[str],
        *,
        arguments: Callable[[], Sequence[str]],
        grace_seconds: float,
        answer_seconds: float,
    ) -> None:
        self._children = children
        self._command = tuple(command)
        self._arguments = arguments
        self._grace_seconds = grace_seconds
        self._answer_seconds = answer_seconds
        self._link: _Link | None = None
        self._retired = set[_Link]()
        self._lives = set[asyncio.Task[None]]()

    async def run(
        self, job: str, *, limits: Limits, folder: Path, on_stdout: Sink, needs: Sequence[str] = ()
    ) -> ChildExit:
        """Fork a child that reads `job` on its stdin; what it says goes to `on_stdout` as it comes, busy or not.

        `needs` names what the zygote should have loaded before.

        Cancelling the call, an exception in the sink or a passed limit ends the child's whole process group. Raises
        VxError `stalled` or `timed_out` for the limits, `tool_failed` when the zygote cannot be started, `crashed` when
        no child could be forked, as ZygoteLost when it died or does not answer. Any exit status is returned, not
        judged. Where the system has no files in memory, `folder` gets a nameless one for a moment.
        """
        tail = bytearray()
        with _startable():
            link = self._living()
        with self._used(link):
            await self._answered(link, link.ready)
            with _startable():
                download = link.fork(_job_file(job, folder), needs, {_STDOUT: on_stdout, _STDERR: tee(tail, None)})
            try:
                await self._answered(link, download.born)
                await watch(download, limits)
            finally:
                await unbroken(end(download, self._grace_seconds))
        return ChildExit(download.returncode, tail.decode("utf-8", "replace").strip())

    async def close(self) -> None:
        """End the zygote, and with it whatever it still runs."""
        for link in (self._link, *self._retired):
            if link is not None:
                link.die(VxError("crashed", "vxpipe is stopping"))
        await asyncio.gather(*self._lives, return_exceptions=True)

    def _living(self) -> "_Link":
        command = (*self._command, *self._arguments())
        if self._link is not None and self._link.command != command:
            self._retire(self._link)
            self._link = None
        if self._link is None or self._link.is_dead:
            # In no item's context: what is logged of it belongs to none.
            self._link = Context().run(_Link, command)
            life = asyncio.create_task(self._live(self._link), name="zygote", context=Context())  # noqa: TID251
            self._lives.add(life)
            life.add_done_callback(self._lives.discard)
            self._link.life = life
        return self._link

    def _retire(self, link: "_Link") -> None:
        """Ask nothing more of it; it ends with the last download that uses it."""
        if link.users:
            self._retired.add(link)
        else:
            link.die(_lost("another one is wanted"))

    @contextmanager
    def _used(self, link: "_Link") -> Iterator[None]:
        link.users += 1
        try:
            yield
        finally:
            link.users -= 1
            if link in self._retired and not link.users:
                self._retired.remove(link)
                link.die(_lost("its last download has ended"))

    async def _live(self, link: "_Link") -> None:
        """The life of one zygote process."""
        failure: VxError = _lost("it was ended")
        try:
            ended = await self._children.run(
                link.command, limits=_FOR_LIFE, stdin=link.theirs.fileno(), on_stderr=lines(_note)
            )
            failure = _lost(f"status {ended.returncode}, {ended.stderr_tail[-_NOTED_CHARACTERS:]}")
        except VxError as exc:
            failure = exc
        finally:
            link.die(failure)

    async def _answered(self, link: "_Link", answer: "asyncio.Future[None]") -> None:
        try:
            async with asyncio.timeout(self._answer_seconds):
                await asyncio.shield(answer)  # others may wait for the same
        except TimeoutError as exc:
            failure = _lost(f"it did not answer within {self._answer_seconds:g} s")
            link.die(failure)
            raise failure from exc


@asynccontextmanager
async def opened(
    children: ChildRunner,
    command: Sequence[str],
    *,
    arguments: Callable[[], Sequence[str]] = tuple,
    grace_seconds: float = 5.0,
    answer_seconds: float = 30.0,
) -> AsyncIterator[Zygote]:
    """A zygote that `command` will start; whatever it runs is gone when the context is left.

    The last `arguments` of the command are asked for before each download. A child that is to end gets so many seconds
    between SIGTERM and SIGKILL; the zygote, to start or to answer.
    """
    zygote = Zygote(children, command, arguments=arguments, grace_seconds=grace_seconds, answer_seconds=answer_seconds)
    try:
        yield zygote
    finally:
        await unbroken(zygote.close())


class _Link:
    """One zygote process: our end of the socket to it, and the downloads it runs. `users` wait for it or have one."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = command
        self.users = 0
        self._ours, self.theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._ours, self._hear)
        self._heard = lines(self._take)
        self._numbers = count(1)
        self._downloads: dict[int, _Download] = {}
        self.ready: asyncio.Future[None] = self._loop.create_future()
        self._failure: VxError | None = None
        self.life: asyncio.Task[None] | None = None

    @property
    def is_dead(self) -> bool:
        """Nothing can be asked of it any more."""
        return self._failure is not None

    def fork(self, job: BinaryIO, needs: Sequence[str], sinks: Mapping[int, Sink]) -> "_Download":
        """Ask for a child that reads `job`; `sinks` hear what it says, by its file descriptor."""
        number = next(self._numbers)
        download = _Download(self, number, sinks)
        with job, download.writers() as writers:
            if self._failure is not None:
                raise self._failure
            self._downloads[number] = download
            self.send({"run": number, "needs": needs}, (job.fileno(), *writers))
        return download

    def send(self, request: Mapping[str, object], fds: Sequence[int] = ()) -> None:
        """Ask the zygote for something; a dead one is asked for nothing."""
        if self.is_dead:
            return
        line = json.dumps(request).encode() + b"\n"
        try:
            sent = socket.send_fds(self._ours, [line], fds)
        except OSError:  # it has gone
            sent = 0
        if sent < len(line):  # or has not read for so long that the socket is full
            self.die(_lost("it takes no requests"))

    def die(self, failure: VxError) -> None:
        """Let the process end; its downloads fail, those yet to be asked for too. The first failure counts."""
        if self.is_dead:
            return
        self._failure = failure
        self._loop.remove_reader(self._ours)
        self._ours.close()
        self.theirs.close()
        log.debug("zygote.ended", reason=failure.message, running=len(self._downloads))
        _fail(self.ready, self._failure)
        for download in self._downloads.values():
            download.orphaned(self._failure)
        self._downloads.clear()
        if self.life is not None:
            self.life.cancel()

    def _hear(self) -> None:
        try:
            said = self._ours.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except ConnectionError:
            said = b""
        self._heard(said)
        if not said:
            self.die(_lost("it closed its socket"))

    def _take(self, line: str) -> None:
        if self.is_dead:
            return
        answer = json.loads(line)
        if "ready" in answer:
            self.theirs.close()
            _succeed(self.ready)
            log.debug("zygote.ready", **answer["ready"])
        elif "pid" in answer:
            self._downloads[answer["id"]].begun(answer["pid"])
        elif "exit" in answer:
            self._downloads.pop(answer["id"]).finished(answer["exit"])
        else:
            self._downloads.pop(answer["id"]).unborn(answer["failed"])


class _Download:
    """A forked child; see Watched."""

    def __init__(self, link: _Link, number: int, sinks: Mapping[int, Sink]) -> None:
        self._loop = asyncio.get_running_loop()
        self._context = copy_context()  # the last words are read when the zygote tells of the end, in its own
        self._link = link
        self._number = number
        self._sinks = dict(sinks)
        self._on_sign: Callable[[], None] = nobody
        self._pipes: dict[int, int] = {}
        self._pid: int | None = None
        self.returncode: int = -signal.SIGKILL
        self.born: asyncio.Future[None] = self._loop.create_future()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self.released = asyncio.Event()

    @contextmanager
    def writers(self) -> Iterator[list[int]]:
        """The ends of new pipes that the child gets, in the order of the sinks."""
        theirs: list[int] = []
        try:
            for name in self._sinks:
                self._pipes[name], writer = os.pipe()
                theirs.append(writer)
                os.set_blocking(self._pipes[name], False)
                self._loop.add_reader(self._pipes[name], self._read, name)
            yield theirs
        except (OSError, VxError):
            self._released()
            raise
        finally:
            for writer in theirs:
                os.close(writer)

    def begun(self, pid: int) -> None:
        """The zygote has forked it."""
        self._pid = pid
        _succeed(self.born)

    def finished(self, returncode: int) -> None:
        """The zygote has reaped it: hear the rest, wait for nobody else who may hold the pipes."""
        self.returncode = returncode
        for name in tuple(self._pipes):
            for _ in range(_MOST_READS):
                if not self._read(name):
                    break
            if name in self._pipes:
                self._tell(name, b"")
        self._released()
        _succeed(self.ended)

    def unborn(self, reason: str) -> None:
        """The zygote could not fork it."""
        self._released()
        _fail(self.born, VxError("crashed", f"a download process could not be started: {reason}"))

    def orphaned(self, failure: VxError) -> None:
        """Its zygote is gone. It is killed, on Linux by the kernel too, and has ended once its pipes are closed."""
        self._kill()
        _fail(self.born, failure)
        _fail(self.ended, failure)

    def notice(self, on_sign: Callable[[], None]) -> None:
        """See Watched."""
        self._on_sign = on_sign

    def ignore(self) -> None:
        """See Watched."""
        self._on_sign, self._sinks = nobody, {}

    def signal_group(self, number: signal.Signals) -> None:
        """See Watched. The last signal does not rely on the zygote's health."""
        if self.released.is_set():
            return
        self._link.send({"id": self._number, "signal": number})
        if number == signal.SIGKILL:
            self._kill()

    def close(self) -> None:
        """See Watched. A zygote that has not told of its child's end by now never will."""
        if not self.released.is_set():
            self._link.die(_lost("it does not end its children"))
        self._released()

    def _released(self) -> None:
        for name in tuple(self._pipes):
            self._close_pipe(name)
        self.released.set()

    def _kill(self) -> None:
        if self._pid is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)

    def _read(self, name: int) -> bool:
        try:
            said = os.read(self._pipes[name], _READ_BYTES)
        except BlockingIOError:
            return False
        if said:
            self._on_sign()
        self._tell(name, said)
        if not said:
            self._close_pipe(name)
        if not self._pipes and self._link.is_dead:
            self.released.set()
        return bool(said)

    def _tell(self, name: int, said: bytes) -> None:
        try:
            self._context.run(self._sinks.get(name, unheard), said)
        except Exception as exc:  # a callback of the loop: whoever awaits `ended` gets it, nobody else would
            self.ignore()
            _fail(self.ended, exc)

    def _close_pipe(self, name: int) -> None:
        pipe = self._pipes.pop(name)
        self._loop.remove_reader(pipe)
        os.close(pipe)


def _lost(reason: str) -> ZygoteLost:
    return ZygoteLost("crashed", f"the process that starts downloads is gone: {reason}")


@contextmanager
def _startable() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise VxError("crashed", f"a download could not be started: {exc.strerror}") from exc


def _succeed(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _fail(future: "asyncio.Future[None]", failure: Exception) -> None:
    if not future.done():
        future.set_exception(failure)
        future.exception()  # looked at, so that nobody is warned where no one waits for it


def _job_file(job: str, folder: Path) -> BinaryIO:
    """The job in a file without a name: nobody finds it, and it goes with the last process that has it open.

    It may hold cookies: on Linux it never comes near a disk.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(_nameless(folder))
            file.write(job.encode())
            file.seek(0)
        except OSError as exc:
            raise VxError("storage", f"the work folder cannot be written to: {exc.strerror}") from exc
        stack.pop_all()
        return file


def _nameless(folder: Path) -> BinaryIO:
    if sys.platform != "linux":
        return cast(BinaryIO, tempfile.TemporaryFile(dir=folder))
    number = os.memfd_create("job")
    os.fchmod(number, 0o600)
    return os.fdopen(number, "w+b")


def _note(line: str) -> None:
    log.debug("zygote.noted", text=line[:_NOTED_CHARACTERS])

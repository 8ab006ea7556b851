"""The zygote with small scripts for downloads, and the real one under fire."""

import asyncio
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import structlog

from integration.loopback import Source
from vxpipe import clock
from vxpipe.engine.child import Children, lines
from vxpipe.engine.fetch import zygote
from vxpipe.engine.fetch.guard import Guard
from vxpipe.engine.fetch.registry import Registry
from vxpipe.engine.fetch.vault import Vault
from vxpipe.engine.fetch.ytdlp import FetchLimits, YtdlpFetcher, child_command
from vxpipe.errors import VxError
from vxpipe.ports import ChildExit, Limits

LIMITS = Limits(wall_seconds=20, stall_seconds=20)
ROUNDS = 60

# What a download does is said by its job: Python text.
STAND_IN = """
import os, signal, subprocess, sys, time
from vxpipe.engine.fetch import fork_server
def start(**how):
    sleeper = subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)
    print(sleeper.pid, flush=True)
def work():
    with open(0, closefd=False) as stdin:
        exec(stdin.read())
    return 0
fork_server.serve(work)
"""
HANG = "print(os.getpid(), flush=True); time.sleep(600)"

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


class Nursery:
    """A zygote of stand-ins and what a test wants to know of it."""

    def __init__(self, downloads: zygote.Zygote, folder: Path) -> None:
        self._downloads = downloads
        self._folder = folder

    async def run(
        self,
        job: str,
        hear: Callable[[str], None] = lambda _: None,
        limits: Limits = LIMITS,
        needs: Sequence[str] = (),
    ) -> ChildExit:
        return await self._downloads.run(job, limits=limits, folder=self._folder, on_stdout=lines(hear), needs=needs)

    async def started(self, job: str) -> "tuple[asyncio.Task[ChildExit], int]":
        """A download at work, and the process id that it said first."""
        said: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        task = asyncio.get_running_loop().create_task(self.run(job, lambda line: said.set_result(int(line))))
        return task, await asyncio.wait_for(said, 20)


@asynccontextmanager
async def opened(folder: Path, *, script: str = STAND_IN, answer_seconds: float = 20) -> AsyncIterator[Nursery]:
    children = Children(env={"PATH": os.defpath}, grace_seconds=0.3)
    command = (sys.executable, "-I", "-c", script)
    async with zygote.opened(children, command, grace_seconds=0.3, answer_seconds=answer_seconds) as downloads:
        yield Nursery(downloads, folder)


@pytest.fixture
async def nursery(tmp_path: Path) -> AsyncIterator[Nursery]:
    async with opened(tmp_path) as made:
        yield made


def pid_of_zygote() -> int:
    """The one child process of ours."""
    (pid,) = our_children()
    return pid


def our_children() -> list[int]:
    found: list[int] = []
    for listing in Path("/proc/self/task").glob("*/children"):
        with suppress(FileNotFoundError):
            found += map(int, listing.read_text().split())
    return found


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def gone(pid: int, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    return not is_running(pid)


def fds(pid: int | str = "self") -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


async def failure(awaited: "asyncio.Future[ChildExit]") -> VxError:
    with pytest.raises(VxError) as caught:
        await asyncio.wait_for(awaited, 20)
    return caught.value


@linux
async def test_nothing_is_started_before_the_first_download(nursery: Nursery) -> None:
    before = our_children()

    await nursery.run("pass")

    assert before == []
    assert len(our_children()) == 1


@linux
async def test_the_real_zygote_has_one_thread_and_everything_loaded(tmp_path: Path) -> None:
    children = Children(env={"PATH": os.defpath})
    async with zygote.opened(children, child_command(sys.executable)) as downloads:
        await downloads.run(
            "no job", limits=LIMITS, folder=tmp_path, on_stdout=lambda _: None, needs=("youtube", "instagram")
        )
        status = Path(f"/proc/{pid_of_zygote()}/status").read_text()

    assert "\nThreads:\t1\n" in status


def test_downloads_use_the_same_http_clients_whatever_else_is_installed() -> None:
    prepared = "from vxpipe.engine.fetch import ytdlp_child; ytdlp_child.prepare(); from yt_dlp import YoutubeDL; "
    asked = "print(*sorted(each.RH_NAME for each in YoutubeDL()._request_director.handlers.values()))"

    said = subprocess.run([sys.executable, "-I", "-c", prepared + asked], capture_output=True, text=True, timeout=60)

    assert said.stdout.split() == ["curl_cffi", "urllib"]


async def test_the_exit_status_the_words_and_the_end_of_stderr_come_back(nursery: Nursery) -> None:
    heard: list[str] = []

    ended = await nursery.run("print('a'); print('b'); sys.stderr.write('the reason'); os._exit(7)", heard.append)
    told = await nursery.run("print('c', flush=True); sys.stderr.write('x' * 9999); sys.stderr.flush(); os._exit(3)")

    assert heard == []  # what is not flushed is lost with os._exit
    assert (ended.returncode, told.returncode, told.stderr_tail) == (7, 3, "x" * 4096)


async def test_a_flood_on_both_pipes_arrives_whole(nursery: Nursery) -> None:
    heard: list[str] = []

    await nursery.run("for _ in range(999): print('o' * 4000); sys.stderr.write('e' * 4000)", heard.append)

    assert heard == ["o" * 4000] * 999


async def test_what_a_download_says_is_heard_as_part_of_its_item(nursery: Nursery) -> None:
    heard: list[object] = []

    def hear(line: str) -> None:
        heard.append(structlog.contextvars.get_contextvars().get("item"))
        time.sleep(0.3 if line == "a" else 0)  # the loop is busy until the rest and the end are there at once

    for item in range(3):
        with structlog.contextvars.bound_contextvars(item=item):
            await nursery.run("print('a', flush=True); time.sleep(0.1); print('b', end='')", hear)

    assert heard == [0, 0, 1, 1, 2, 2]


@linux
async def test_running_out_of_file_descriptors_costs_a_download_and_none_of_them(nursery: Nursery) -> None:
    await nursery.run("pass")
    before, (soft, hard) = fds(), resource.getrlimit(resource.RLIMIT_NOFILE)

    codes = set()
    for room in range(5):  # a job and two pipes take five
        highest = max(int(fd.name) for fd in Path("/proc/self/fd").iterdir())
        fillers = [os.dup(1)]
        while fillers[-1] < highest:
            fillers.append(os.dup(1))
        resource.setrlimit(resource.RLIMIT_NOFILE, (fillers[-1] + 1 + room, hard))
        codes.add((await failure(asyncio.ensure_future(nursery.run("pass")))).code)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for fd in fillers:
            os.close(fd)

    assert codes == {"crashed", "storage"}
    assert before == fds()
    assert (await nursery.run("os._exit(5)")).returncode == 5


async def test_an_exception_in_a_download_is_an_exit_status_and_a_traceback(nursery: Nursery) -> None:
    ended = await nursery.run("1 / 0")

    assert ended.returncode == 1
    assert "ZeroDivisionError" in ended.stderr_tail


async def test_downloads_share_nothing_and_see_none_of_our_files(nursery: Nursery) -> None:
    heard: list[str] = []
    look = "time.sleep(0.2); print(*sorted(os.listdir('/dev/fd')), globals().get('left')); globals()['left'] = 1"

    await asyncio.gather(*(nursery.run(look, heard.append) for _ in range(4)))

    assert heard == ["0 1 2 3 None"] * 4  # 3 is the listing


async def test_what_a_download_needs_is_loaded_once_before_the_fork(tmp_path: Path) -> None:
    script = STAND_IN.replace("serve(work)", "serve(work, load)").replace(
        "def work",
        "loaded = []\ndef load(names):\n    loaded.append((os.getpid(), *names)); 1 / ('x' not in names)\ndef work",
    )
    heard: list[str] = []
    async with opened(tmp_path, script=script) as nursery:
        for needs in (("a",), ("a", "b"), ("a",), ("x",)):
            await nursery.run("print(*(names[1:] for names in loaded))", heard.append, needs=needs)
        await nursery.run("print(os.getppid() == loaded[0][0])", heard.append)

    assert heard == ["('a',)", *["('a',) ('b',)"] * 2, "('a',) ('b',) ('x',)", "True"]


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(wall_seconds=20, stall_seconds=0.3), "stalled"),
        (Limits(wall_seconds=0.3, stall_seconds=20), "timed_out"),
    ],
)
async def test_a_download_that_exceeds_its_limits_is_ended(nursery: Nursery, limits: Limits, code: str) -> None:
    said: list[str] = []
    await nursery.run("pass")

    with pytest.raises(VxError) as caught:
        await nursery.run(HANG, said.append, limits)

    assert caught.value.code == code
    assert await gone(int(said[0]))


async def test_a_failure_in_a_sink_ends_the_download_and_comes_out_as_it_is(nursery: Nursery) -> None:
    def refuse(_line: str) -> None:
        raise VxError("too_large", "enough")

    with pytest.raises(VxError) as caught:
        await nursery.run(HANG, refuse)

    assert caught.value.code == "too_large"


@pytest.mark.parametrize("first", ["", "signal.signal(signal.SIGTERM, signal.SIG_IGN); "])
async def test_cancel_ends_a_download(nursery: Nursery, first: str) -> None:
    task, pid = await nursery.started(first + HANG)

    task.cancel()
    await asyncio.wait([task], timeout=10)

    assert task.cancelled()
    assert not is_running(pid)


@linux
async def test_cancel_at_any_moment_leaves_nothing_running(nursery: Nursery, tmp_path: Path) -> None:
    await nursery.run("pass")
    before = fds(), fds(pid_of_zygote())

    for number in range(40):
        task = asyncio.get_running_loop().create_task(nursery.run("time.sleep(600)"))
        await asyncio.sleep(number / 4000)
        task.cancel()
        await asyncio.wait([task], timeout=10)
        assert task.cancelled()

    assert len(children_of(pid_of_zygote())) == 0
    assert before == (fds(), fds(pid_of_zygote()))
    assert list(tmp_path.iterdir()) == []


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@linux
async def test_a_zygote_that_stands_still_does_not_keep_a_download_alive(nursery: Nursery) -> None:
    task, pid = await nursery.started(HANG)
    os.kill(pid_of_zygote(), signal.SIGSTOP)

    task.cancel()
    await asyncio.wait([task], timeout=10)

    assert task.cancelled()
    assert await gone(pid)
    assert (await nursery.run("os._exit(5)")).returncode == 5


@linux
async def test_a_zygote_that_does_not_answer_costs_a_download_and_is_replaced(tmp_path: Path) -> None:
    async with opened(tmp_path, answer_seconds=2) as nursery:
        await nursery.run("pass")
        os.kill(pid_of_zygote(), signal.SIGSTOP)

        failed = await failure(asyncio.ensure_future(nursery.run("pass")))

        assert (failed.code, failed.kind.retryable) == ("crashed", True)
        assert (await nursery.run("os._exit(5)")).returncode == 5


async def test_a_zygote_that_never_gets_ready_is_given_up(tmp_path: Path) -> None:
    async with opened(tmp_path, script="import time; time.sleep(600)", answer_seconds=0.5) as nursery:
        failed = await failure(asyncio.ensure_future(nursery.run("pass")))

    assert failed.code == "crashed"


async def test_a_zygote_that_cannot_start_says_why(tmp_path: Path) -> None:
    async with opened(tmp_path, script="raise SystemExit('no yt-dlp here')") as nursery:
        failed = await failure(asyncio.ensure_future(nursery.run("pass")))

    assert failed.code == "crashed"
    assert "no yt-dlp here" in failed.message


async def test_a_fork_that_fails_is_a_failure_with_a_code(tmp_path: Path) -> None:
    refusing = """
import socket
link = socket.socket(fileno=0)
link.sendall(b'{"ready": {}}\\n')
link.recv(100)
link.sendall(b'{"id": 1, "failed": "no room"}\\n')
link.recv(100)
"""
    async with opened(tmp_path, script=refusing) as nursery:
        failed = await failure(asyncio.ensure_future(nursery.run("pass")))

    assert (failed.code, "no room" in failed.message) == ("crashed", True)


@linux
async def test_a_dead_zygote_takes_its_downloads_along_and_the_next_one_finds_a_new_one(nursery: Nursery) -> None:
    begun = [await nursery.started(HANG) for _ in range(3)]
    first = pid_of_zygote()

    os.kill(first, signal.SIGKILL)
    failed = [await failure(task) for task, _ in begun]
    ended = await nursery.run("os._exit(5)")

    assert [each.code for each in failed] == ["crashed"] * 3
    assert all([await gone(pid) for _, pid in begun])
    assert ended.returncode == 5
    assert pid_of_zygote() != first


@linux
async def test_other_arguments_start_another_zygote_and_running_downloads_end_where_they_began(tmp_path: Path) -> None:
    wanted, heard = ["one"], list[str]()
    script = "import sys; wanted = sys.argv[1]\n" + STAND_IN
    command = (sys.executable, "-I", "-c", script)
    children = Children(env={"PATH": os.defpath}, grace_seconds=0.3)
    async with zygote.opened(children, command, arguments=lambda: wanted, grace_seconds=0.3) as downloads:
        nursery = Nursery(downloads, tmp_path)
        release = tmp_path / "release"
        until = f"print(os.getpid(), flush=True)\nwhile not os.path.exists({str(release)!r}): time.sleep(0.01)\n"
        task, _ = await nursery.started(until + "os._exit(7 if wanted == 'one' else 8)")
        first = pid_of_zygote()

        wanted = ["two"]
        for _ in range(2):
            await nursery.run("print(wanted)", heard.append)
        both = set(our_children())
        release.touch()
        ended = await asyncio.wait_for(task, 20)

        assert (heard, ended.returncode, len(both)) == (["two"] * 2, 7, 2)
        async with asyncio.timeout(10):  # ended it is gone, and ours until it is reaped
            while first in our_children():
                await asyncio.sleep(0.01)
        assert {pid_of_zygote()} == both - {first}


@linux
async def test_changing_arguments_cost_no_download(tmp_path: Path) -> None:
    turns = iter(range(1000))
    children = Children(env={"PATH": os.defpath}, grace_seconds=0.3)
    command = (sys.executable, "-I", "-c", STAND_IN)

    def arguments() -> tuple[str, ...]:
        return (str(next(turns) // 4),)

    async with zygote.opened(children, command, arguments=arguments, grace_seconds=0.3) as downloads:
        nursery = Nursery(downloads, tmp_path)
        ended = await asyncio.gather(*(nursery.run("os._exit(5)") for _ in range(24)))

        assert [each.returncode for each in ended] == [5] * 24
        async with asyncio.timeout(10):
            while len(our_children()) > 1:
                await asyncio.sleep(0.01)


@linux
@pytest.mark.parametrize("how", ["", "start_new_session=True"])
@pytest.mark.parametrize("end", ["", "time.sleep(600)"])
async def test_no_grandchild_outlives_its_download(nursery: Nursery, how: str, end: str) -> None:
    task, pid = await nursery.started(f"start({how}); {end}")

    if end:
        task.cancel()
    await asyncio.wait([task], timeout=10)

    assert task.done()
    assert await gone(pid)


@linux
async def test_a_grandchild_does_not_outlive_the_zygote(nursery: Nursery) -> None:
    task, pid = await nursery.started("start(); time.sleep(600)")

    os.kill(pid_of_zygote(), signal.SIGKILL)
    await failure(task)

    assert await gone(pid)


@linux
async def test_a_killed_service_leaves_no_zygote_no_download_and_no_grandchild(tmp_path: Path) -> None:
    service = f"""
import asyncio, os, pathlib, sys
from vxpipe.engine.child import Children, lines
from vxpipe.engine.fetch import zygote
from vxpipe.ports import Limits
async def main():
    children = Children(env={{"PATH": os.defpath}})
    show = lines(lambda line: print(line, file=sys.stderr, flush=True))  # the log is on stdout
    async with zygote.opened(children, (sys.executable, "-I", "-c", {STAND_IN!r})) as downloads:
        job = "print(os.getppid(), os.getpid(), end=' '); start(); time.sleep(600)"
        folder = pathlib.Path({str(tmp_path)!r})
        await downloads.run(job, limits=Limits(wall_seconds=60), folder=folder, on_stdout=show)
asyncio.run(main())
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", service], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert parent.stderr is not None
    pids = [int(pid) for pid in (await asyncio.to_thread(parent.stderr.readline)).split()]
    assert [is_running(pid) for pid in pids] == [True] * 3

    parent.kill()
    await asyncio.to_thread(parent.wait)
    parent.stderr.close()

    assert [await gone(pid) for pid in pids] == [True] * 3


@linux
async def test_every_fetch_ends_whoever_is_killed_when(source: Source, tmp_path: Path) -> None:
    """SIGKILL for zygotes and downloads at random moments while three fetches run at a time."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    ends: list[str] = []
    children = Children(env={"PATH": os.defpath}, grace_seconds=1)
    opening = zygote.opened(children, child_command(sys.executable), grace_seconds=1)
    async with Guard(allow_hosts=(source.address,)).listening() as guard, opening as downloads:
        registry = Registry(extra=(), allow_direct=True)
        limits = FetchLimits(max_bytes=1 << 24, max_duration_seconds=60, wall_seconds=30, retries=0)
        fetcher = YtdlpFetcher(downloads, registry, guard, Vault(None, registry, now=clock.now), limits=limits)

        async def fetch(number: int) -> None:
            folder = tmp_path / str(number)
            folder.mkdir()
            target = registry.direct(
                source.url(random.Random(seed + number).choice(("media/clip.mp4", "media/hls.m3u8")))
            )
            try:
                await fetcher.fetch(target, folder, wanted_height=None, heard=lambda _: None)
                ends.append("done")
            except VxError as exc:
                ends.append(exc.code)

        await fetch(-1)
        before = fds()
        for first in range(0, ROUNDS, 3):
            async with asyncio.TaskGroup() as group:
                for number in range(first, first + 3):
                    group.create_task(fetch(number))
                group.create_task(shoot(random.Random(seed + first)))
        for number in range(ROUNDS, ROUNDS + 5):  # the last shot may still be on its way when the next fetch begins
            await fetch(number)
            if ends[-1] == "done":
                break
        after = fds(), fds(pid_of_zygote()), children_of(pid_of_zygote())

    assert len(ends) == number + 2
    assert set(ends) <= {"done", "crashed"}
    assert (ends[0], ends[-1]) == ("done", "done")
    assert set(ends[1:-1]) == {"done", "crashed"}  # the shots hit, and not everybody
    assert after == (before, 5, [])  # the zygote: its three, and the pipe that signals wake it by


async def shoot(chance: random.Random) -> None:
    """Kill the zygote or one of its children, some moment from now."""
    await asyncio.sleep(chance.uniform(0, 0.15))
    for parent in our_children():
        with suppress(FileNotFoundError, ProcessLookupError):
            victims = [*map(int, children_of(parent)), *([parent] if chance.random() < 0.3 else [])]
            if victims:
                os.kill(chance.choice(victims), signal.SIGKILL)

"""The door for child processes, with real children that misbehave."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

from vxpipe.engine.child import Children, lines, next_rest
from vxpipe.engine.media.feed import Feed
from vxpipe.errors import VxError
from vxpipe.ports import Limits

CHILD = Path(__file__).parent / "bin" / "child.py"
LIMITS = Limits(wall_seconds=20, stall_seconds=20)


def argv(what: str, *more: str) -> list[str]:
    return [sys.executable, str(CHILD), what, *more]


@pytest.fixture
def children() -> Children:
    return Children(env={"PATH": os.environ["PATH"]}, grace_seconds=0.3)


def is_running(pid: int) -> bool:
    """Whether the process runs; a zombie that its new parent has not reaped yet has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while is_running(pid) and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    return not is_running(pid)


async def started(
    children: Children, what: str, hear: Callable[[str], None] = lambda _: None
) -> "asyncio.Task[object]":
    """The child at work: it has said its first line."""
    ready = asyncio.Event()

    def heard(line: str) -> None:
        hear(line)
        ready.set()

    task = asyncio.get_running_loop().create_task(children.run(argv(what), limits=LIMITS, on_stdout=lines(heard)))
    await asyncio.wait_for(ready.wait(), 10)
    return task


async def cancelled(task: "asyncio.Task[object]") -> None:
    task.cancel()
    await asyncio.wait([task], timeout=10)
    assert task.cancelled()


async def test_a_child_may_reserve_as_much_address_space_as_we_may(children: Children) -> None:
    """CUDA reserves more than there is memory."""
    said = bytearray()
    told = "import resource; print(resource.getrlimit(resource.RLIMIT_AS))"

    await children.run([sys.executable, "-c", told], limits=LIMITS, on_stdout=said.extend)

    assert said.decode().strip() == str(resource.getrlimit(resource.RLIMIT_AS))


async def test_the_exit_status_and_the_end_of_stderr_come_back(children: Children) -> None:
    ended = await children.run(argv("fail"), limits=LIMITS)

    assert (ended.returncode, ended.stderr_tail) == (7, "the reason")


async def test_a_program_that_is_not_there_is_a_failure_with_a_code(children: Children) -> None:
    with pytest.raises(VxError, match="could not be started") as caught:
        await children.run(["/nowhere/ffmpeg"], limits=LIMITS)

    assert caught.value.code == "tool_failed"


async def test_a_flood_on_stderr_does_not_block_the_child(children: Children) -> None:
    heard: list[str] = []

    ended = await children.run(argv("flood_stderr"), limits=LIMITS, on_stdout=lines(heard.append))

    assert (ended.returncode, heard) == (0, ["done"])
    assert len(ended.stderr_tail) <= 4096


async def test_what_trickles_is_heard_in_full_and_in_order(children: Children) -> None:
    said: dict[str, list[str]] = {"out": [], "err": []}

    await children.run(
        argv("trickle"), limits=LIMITS, on_stdout=lines(said["out"].append), on_stderr=lines(said["err"].append)
    )

    assert said == {pipe: [f"{pipe} {number}" for number in range(300)] for pipe in said}


def test_a_pipe_is_left_alone_for_ever_longer_while_little_comes_and_never_so_long_that_it_fills() -> None:
    bytes_a_second, pipe_bytes = 400_000, 1 << 20
    rests, gathered = [next_rest(0.0, 0)], list[float]()

    for _ in range(100):
        gathered.append(rests[-1] * bytes_a_second)
        rests.append(next_rest(rests[-1], int(gathered[-1])))

    assert rests[0] < 0.05
    assert 0.15 < min(rests[10:])
    assert max(rests) < 0.35
    assert max(gathered) < pipe_bytes / 4


def test_a_pipe_of_which_much_comes_is_left_alone_as_shortly_as_at_first() -> None:
    rest = 0.3

    for _ in range(5):
        rest = next_rest(rest, 1 << 20)

    assert rest == next_rest(0.0, 0)


async def test_what_is_said_just_before_the_end_is_heard_where_the_child_was_started(children: Children) -> None:
    about = ContextVar("about", default="nothing")
    about.set("the item")
    heard: list[tuple[str, str]] = []
    say = "import sys, time; print('first', flush=True); time.sleep(0.01); print('last')"

    for _ in range(5):
        await children.run(
            [sys.executable, "-c", say],
            limits=LIMITS,
            on_stdout=lines(lambda line: heard.append((line, about.get()))),
        )

    assert [("first", "the item"), ("last", "the item")] * 5 == heard


async def test_a_line_of_any_length_is_heard(children: Children) -> None:
    heard: list[str] = []

    await children.run(argv("long_line"), limits=LIMITS, on_stdout=lines(heard.append))

    assert sum(map(len, heard)) == (3 << 20) + 3
    assert heard[-1] == "end"


async def test_a_child_sees_nothing_of_our_environment_and_no_input(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", "secret")
    seen: list[str] = []
    said: list[str] = []

    await children.run(argv("show_environment"), limits=LIMITS, env={"EXTRA": "1"}, on_stdout=lines(seen.append))
    await children.run(argv("read_stdin"), limits=LIMITS, on_stdout=lines(said.append))

    assert {line.split("=")[0] for line in seen} <= {"PATH", "EXTRA", "LC_CTYPE"}
    assert said == ["''"]


async def test_cancel_ends_a_child(children: Children) -> None:
    task = await started(children, "hang")

    await cancelled(task)


async def test_cancel_ends_a_child_that_ignores_sigterm(children: Children) -> None:
    task = await started(children, "ignore_sigterm")

    await cancelled(task)


@pytest.mark.parametrize("what", ["with_grandchild", "leave_grandchild"])
async def test_no_grandchild_is_left(children: Children, what: str) -> None:
    pids: list[int] = []
    task = await started(children, what, lambda line: pids.append(int(line)))

    if what == "with_grandchild":
        await cancelled(task)
    else:
        await asyncio.wait_for(task, 10)

    assert await gone(pids[0])


async def test_cancelling_twice_does_not_let_go_of_a_child(children: Children) -> None:
    pids: list[int] = []
    task = await started(children, "ignore_sigterm_and_tell", lambda line: pids.append(int(line)))

    task.cancel()
    await asyncio.wait([task], timeout=0.05)
    task.cancel()
    await asyncio.wait([task], timeout=10)

    assert task.cancelled()
    assert not is_running(pids[0])


async def test_a_descendant_that_left_the_group_does_not_hold_us_up(children: Children) -> None:
    pids: list[int] = []
    task = await started(children, "with_runaway", lambda line: pids.append(int(line)))

    await cancelled(task)

    os.kill(pids[0], signal.SIGKILL)
    assert await gone(pids[0])


@pytest.mark.parametrize("turns", range(6))
async def test_a_cancel_while_a_child_is_being_started_waits_for_no_descendant(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """The child is quick, and the loop is held up between its start and its pipes."""
    begun = noted(monkeypatch)
    leaving = f"setsid sleep 300 & echo $! > {tmp_path}/part && mv {tmp_path}/part {tmp_path}/pid; sleep 300"
    task = asyncio.get_running_loop().create_task(children.run(["/bin/sh", "-c", leaving], limits=LIMITS))
    while not begun:
        await asyncio.sleep(0)

    left = int(held_up_until(tmp_path / "pid").read_text())
    try:
        for _ in range(turns):
            await asyncio.sleep(0)
        await cancelled(task)
        assert await gone(begun[0].pid)
    finally:
        os.kill(left, signal.SIGKILL)


async def test_a_child_that_is_cancelled_while_it_is_started_may_say_all_it_has_to_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than its pipe holds, and whoever heard of it first is busy."""
    begun, busy = noted(monkeypatch), Future[None]()
    leaving = f"trap 'head -c 3000000 /dev/zero; touch {tmp_path}/said; exit' TERM; echo x; touch {tmp_path}/ready"
    waiting = f"{leaving}; while :; do sleep 0.01; done"
    run = Children(env={"PATH": os.environ["PATH"]}, grace_seconds=10).run(
        ["/bin/sh", "-c", waiting], limits=LIMITS, on_stdout=lambda _: busy
    )
    task = asyncio.get_running_loop().create_task(run)
    while not begun:
        await asyncio.sleep(0)

    held_up_until(tmp_path / "ready")
    task.cancel()
    await asyncio.wait([task], timeout=30)

    assert task.cancelled()
    assert (tmp_path / "said").exists()


def noted(monkeypatch: pytest.MonkeyPatch) -> "list[subprocess.Popen[bytes]]":
    """Every process as it is started: asyncio tells of one only when its pipes are connected."""
    begun: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            begun.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    return begun


def held_up_until(path: Path) -> Path:
    """Do nothing, nor let the loop do anything, until the file is there."""
    deadline = time.monotonic() + 10
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return path


async def test_silence_is_a_stall(children: Children) -> None:
    with pytest.raises(VxError) as caught:
        await children.run(argv("hang"), limits=Limits(wall_seconds=20, stall_seconds=0.3))

    assert caught.value.code == "stalled"


async def test_the_wall_limit_ends_a_child(children: Children) -> None:
    with pytest.raises(VxError) as caught:
        await children.run(argv("hang"), limits=Limits(wall_seconds=0.3, stall_seconds=20))

    assert caught.value.code == "timed_out"


async def test_a_failure_in_a_sink_ends_the_child_and_comes_out_as_it_is(children: Children) -> None:
    def refuse(_line: str) -> None:
        raise VxError("too_large", "enough")

    with pytest.raises(VxError) as caught:
        await children.run(argv("hang"), limits=LIMITS, on_stdout=lines(refuse))

    assert caught.value.code == "too_large"


async def test_a_child_cannot_write_a_file_beyond_its_limit(children: Children, tmp_path: Path) -> None:
    limits = Limits(wall_seconds=20, max_file_bytes=1 << 16)

    ended = await children.run(argv("write_file", str(tmp_path / "big")), limits=limits)

    assert ended.returncode != 0
    assert (tmp_path / "big").stat().st_size == 1 << 16


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
async def test_a_killed_service_takes_its_children_along(tmp_path: Path) -> None:
    service = f"""
import asyncio, os
from vxpipe.engine.child import Children, lines
from vxpipe.ports import Limits
async def main():
    children = Children(env={{"PATH": os.environ["PATH"]}})
    show = lambda line: print(line, flush=True)
    await children.run({argv("with_grandchild")!r}, limits=Limits(wall_seconds=60), on_stdout=lines(show))
asyncio.run(main())
"""
    parent = subprocess.Popen([sys.executable, "-c", service], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    grandchild = int(await asyncio.to_thread(parent.stdout.readline))
    child = int(Path(f"/proc/{grandchild}/stat").read_text().rsplit(")", 1)[1].split()[1])

    parent.kill()
    await asyncio.to_thread(parent.wait)
    parent.stdout.close()

    assert await gone(child)
    os.kill(grandchild, signal.SIGKILL)


@pytest.mark.parametrize("chunks", [[b"a\nb", b"c\n", b""], [b"a\r\nbc", b"\r", b""], [b"", b"a", b"\nbc", b""]])
def test_lines_do_not_depend_on_how_the_bytes_come(chunks: list[bytes]) -> None:
    heard: list[str] = []
    sink = lines(heard.append)
    for chunk in chunks:
        if chunk or chunk is chunks[-1]:
            sink(chunk)

    assert heard == ["a", "bc"]


async def test_a_slow_taker_holds_up_the_child_but_not_the_loop(children: Children) -> None:
    said, pieces, gate, full = bytes(range(256)) * 40_960, list[bytes](), threading.Event(), asyncio.Event()
    heard = 0

    def take(piece: bytes) -> None:
        gate.wait(20)
        pieces.append(piece)

    def sink(chunk: bytes) -> Future[None] | None:
        nonlocal heard
        heard += len(chunk)
        busy = feed(chunk)
        if busy is not None:
            full.set()
        return busy

    line = [sys.executable, "-c", "import sys; sys.stdout.buffer.write(bytes(range(256)) * 40_960)"]
    with Feed(take, frame_bytes=1 << 16) as feed:
        task = asyncio.get_running_loop().create_task(children.run(line, limits=LIMITS, on_stdout=sink))
        await asyncio.wait_for(full.wait(), 10)
        held = heard
        gate.set()
        done = await task
        await asyncio.to_thread(feed.finish)

    assert 0 == done.returncode
    assert held <= 1 << 19
    assert said == b"".join(pieces)

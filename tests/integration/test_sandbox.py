"""What a confined process can still reach, on the kernel that is here."""

import asyncio
import ctypes
import json
import os
import platform
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from integration.loopback import Source
from vxpipe.engine import sandbox
from vxpipe.engine.child import Children
from vxpipe.engine.fetch.job import Job
from vxpipe.engine.media.tools import Tools, find_tools, versions, within
from vxpipe.errors import VxError
from vxpipe.ports import ChildExit, Limits

LEVEL = sandbox.available()
needs_files = pytest.mark.skipif(LEVEL is sandbox.Level.OFF, reason="this kernel has no Landlock")
needs_ports = pytest.mark.skipif(
    LEVEL is not sandbox.Level.FILES_AND_NET, reason=f"this kernel's Landlock knows no ports: {LEVEL.value}"
)

CONFINED = """
import json, os, signal, socket, subprocess, sys
from pathlib import Path
from vxpipe.engine import sandbox
from vxpipe.ports import Bounds
inside, port, ports = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
read = (*map(Path, ("/usr", "/lib", "/lib64", "/bin", "/nowhere")), *sandbox.paths_of_this_python())
listening = socket.create_server(("127.0.0.1", port))
other = socket.create_server(("127.0.0.1", 0))
level = sandbox.confine(Bounds(read=read, write=(inside, Path("/dev/null")), tcp_ports=ports))
def tried(act):
    try:
        return act() or "done"
    except OSError as exc:
        return type(exc).__name__
program = inside / "program"
print(json.dumps({
    "level": level.value,
    "read_outside": tried((inside.parent / "secret").read_text),
    "list_outside": tried(lambda: os.listdir(inside.parent) and None),
    "write_outside": tried(lambda: (inside.parent / "new").touch()),
    "truncate_outside": tried(lambda: os.truncate(inside.parent / "secret", 0)),
    "remove_outside": tried((inside.parent / "secret").unlink),
    "move_out": tried(lambda: (inside / "mine").rename(inside.parent / "mine")),
    "write_inside": tried(lambda: (inside / "made").write_text("x") and None),
    "write_to_nothing": tried(lambda: Path("/dev/null").write_text("x") and None),
    "read_library": tried(lambda: Path(json.__file__).read_text() and None),
    "run_what_was_written": tried(lambda: program.write_bytes(b"#!/bin/sh\\n") and program.chmod(0o700) or
                                  subprocess.run([program]) and None),
    "run_system": tried(lambda: subprocess.run(["/bin/true"], check=True) and None),
    "read_outside_by_a_program": subprocess.run(["/bin/cat", inside.parent / "secret"], stderr=-3).returncode,
    "connect": tried(lambda: socket.create_connection(("127.0.0.1", port)) and None),
    "connect_elsewhere": tried(lambda: socket.create_connection(other.getsockname()) and None),
    "listen": tried(lambda: socket.create_server(("127.0.0.1", 0)) and None),
    "signal": tried(lambda: os.kill(os.getppid(), 0)),
}))
"""


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    folder = tmp_path / "inside"
    folder.mkdir()
    (folder / "mine").write_text("mine")
    (tmp_path / "secret").write_text("secret")
    return folder


def confined(inside: Path, *, port: int, ports: list[int] | None) -> dict[str, Any]:
    """What came of every attempt of a confined process."""
    command = [sys.executable, "-I", "-c", CONFINED, str(inside), str(port), json.dumps(ports)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={"PATH": os.defpath})
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture
def port(unused_tcp_port_factory: Any) -> int:
    return int(unused_tcp_port_factory())


@needs_files
def test_only_the_named_files_are_reached_and_nothing_written_is_run(inside: Path, port: int) -> None:
    found = confined(inside, port=port, ports=None)

    refused = {name for name, result in found.items() if result in ("PermissionError", "OSError", 1)}
    assert refused - {"signal"} == {
        "read_outside",
        "list_outside",
        "write_outside",
        "truncate_outside",
        "remove_outside",
        "move_out",
        "run_what_was_written",
        "read_outside_by_a_program",
    }
    assert (inside.parent / "secret").read_text() == "secret"


@needs_ports
def test_only_the_named_ports_are_connected_to(inside: Path, port: int) -> None:
    found = confined(inside, port=port, ports=[port])

    assert found["level"] == "fs+net"
    assert (found["connect"], found["connect_elsewhere"], found["listen"]) == (
        "done",
        "PermissionError",
        "PermissionError",
    )


@needs_ports
def test_no_ports_means_none(inside: Path, port: int) -> None:
    found = confined(inside, port=port, ports=[])

    assert found["connect"] == "PermissionError"


def test_asking_for_the_level_restricts_nobody(inside: Path) -> None:
    sandbox.available()

    (inside.parent / "new").write_text("x")
    assert (inside.parent / "secret").read_text() == "secret"


# Downloads


def job_with(proxy_port: int, folder: Path) -> Job:
    return Job(
        url="http://media.example/clip.mp4",
        folder=str(folder),
        extractors=(),
        wanted_height=None,
        need_audio=False,
        max_bytes=1 << 24,
        max_duration_seconds=60,
        socket_timeout_seconds=1,
        retries=0,
        proxy=f"http://name:token@127.0.0.1:{proxy_port}",
        plugins=None,
        sandbox="require",
    )


CONFINED_TO_A_JOB = """
import socket, sys
from vxpipe.engine.fetch import confinement, job
confinement.confine(job.from_json(sys.argv[1]))
def tried(port):
    try:
        return socket.create_connection(("127.0.0.1", int(port))) and "done"
    except OSError as exc:
        return type(exc).__name__
print([tried(port) for port in sys.argv[2:]])
"""


@needs_ports
def test_a_download_connects_to_its_proxy_only(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy, socket.create_server(("127.0.0.1", 0)) as other:
        ports = [each.getsockname()[1] for each in (proxy, other)]
        command = [sys.executable, "-I", "-c", CONFINED_TO_A_JOB, job_with(ports[0], tmp_path).to_json()]
        ended = subprocess.run([*command, *map(str, ports)], capture_output=True, text=True, check=True)

    assert ended.stdout.strip() == "['done', 'PermissionError']"


# ffmpeg


@pytest.fixture
def tools() -> Tools:
    ffmpeg, ffprobe = find_tools(None, None)
    return Tools(runner=Children(env={"PATH": os.defpath}), ffmpeg=ffmpeg, ffprobe=ffprobe, libraries=())


async def copied(tools: Tools, source: str | Path, target: Path) -> ChildExit:
    line = [str(tools.ffmpeg), "-nostdin", "-v", "error", "-i", str(source), "-c", "copy", f"file:{target}"]
    return await tools.runner.run(line, limits=Limits(wall_seconds=30))


@needs_files
async def test_ffmpeg_reads_its_film_and_writes_its_folder_and_nothing_else(
    tools: Tools, media: Path, tmp_path: Path
) -> None:
    (out := tmp_path / "out").mkdir()
    (link := tmp_path / "src").symlink_to(media / "clip.mp4")
    confined = within(tools, read=(link,), write=(out,))

    fine = await copied(confined, link, out / "copy.mp4")
    other = await copied(confined, media / "hls0.ts", out / "other.mp4")
    outside = await copied(confined, link, tmp_path / "outside.mp4")

    assert fine == ChildExit(0, "")
    assert "Permission denied" in other.stderr_tail
    assert "Permission denied" in outside.stderr_tail
    assert [path.name for path in out.iterdir()] == ["copy.mp4"]


@needs_ports
async def test_ffmpeg_reaches_no_network(tools: Tools, source: Source, tmp_path: Path) -> None:
    alone = await copied(within(tools, write=(tmp_path,)), source.url("media/clip.mp4"), tmp_path / "alone.mp4")
    free = await copied(tools, source.url("media/clip.mp4"), tmp_path / "free.mp4")

    assert (alone.returncode != 0, free.returncode) == (True, 0)
    assert len(source.asked) >= 1


@needs_files
async def test_a_program_that_the_sandbox_stops_says_how_to_let_it(tools: Tools, tmp_path: Path) -> None:
    wrapper = tmp_path / "ffmpeg"
    wrapper.write_text(f"#!/bin/sh\ncat {__file__}\n")
    wrapper.chmod(0o755)

    with pytest.raises(VxError, match="VXPIPE_SANDBOX=off lets it"):
        await versions(replace(tools, ffmpeg=wrapper))


# A kernel without Landlock


def no_landlock() -> Callable[[], None]:
    """Makes this process and all below it see a kernel that does not know Landlock, by a seccomp filter."""
    allow, refuse, load, jump_if_equal = 0x7FFF0000, 0x00050000 | 38, 0x20, 0x15  # 38: ENOSYS
    steps = ((load, 0, 0, 0), (jump_if_equal, 0, 1, 444), (0x06, 0, 0, refuse), (0x06, 0, 0, allow))
    code = b"".join(
        operation.to_bytes(2, "little") + bytes((true, false)) + value.to_bytes(4, "little")
        for operation, true, false, value in steps
    )
    text = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("text", ctypes.c_void_p))

    program = Program(len(steps), ctypes.addressof(text))
    prctl = ctypes.CDLL(None).prctl

    def apply() -> None:
        assert text is not None  # kept for as long as the function
        prctl(38, 1, 0, 0, 0)
        if prctl(22, 2, ctypes.byref(program), 0, 0):
            os._exit(77)

    return apply


def vxpipe_without_landlock(folder: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [sys.executable, "-m", "vxpipe", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **variables},
        preexec_fn=no_landlock(),
        capture_output=True,
        text=True,
        timeout=90,
    )
    if done.returncode == 77:
        pytest.skip("this kernel takes no seccomp filter")
    return done


linux = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"), reason="seccomp filters are Linux's"
)


@linux
@pytest.mark.parametrize("program", [{}, {"PIPELINE_ENTRYPOINT": "own.py"}], ids=["built-in", "program"])
@pytest.mark.parametrize("arguments", [("serve",), ("run", "https://media.example/clip.mp4")])
def test_a_sandbox_that_is_required_and_not_to_be_had_is_one_line_and_exit_status_2(
    tmp_path: Path, arguments: tuple[str, ...], program: dict[str, str]
) -> None:
    (tmp_path / "own.py").touch()
    variables = {"VXPIPE_SANDBOX": "require", "VXPIPE_ALLOW_DIRECT_URLS": "1", "VXPIPE_PORT": "0", **program}

    done = vxpipe_without_landlock(tmp_path, *arguments, **variables)

    (line,) = [line for line in done.stderr.splitlines() if line.startswith("vxpipe:")]
    assert (done.returncode, "VXPIPE_SANDBOX is require, but this kernel offers off" in line) == (2, True)


@linux
def test_the_doctor_shows_the_level_and_whether_it_is_enough(tmp_path: Path) -> None:
    required = vxpipe_without_landlock(tmp_path, "doctor", VXPIPE_SANDBOX="require")
    wanted = vxpipe_without_landlock(tmp_path, "doctor")

    assert "FAIL  sandbox      off: " in required.stdout
    assert "ok    sandbox      off: " in wanted.stdout


@linux
async def test_a_sandbox_that_is_only_wanted_is_done_without(tmp_path: Path, source: Source) -> None:
    variables = {"VXPIPE_ALLOW_DIRECT_URLS": "1", "VXPIPE_ALLOW_HOSTS": source.address}

    done = await asyncio.to_thread(
        vxpipe_without_landlock, tmp_path, "run", source.url("media/clip.mp4"), "--json", **variables
    )

    assert json.loads(done.stdout)["status"] == "success"

"""`vxpipe submit` and `vxpipe watch` as people use them, against a service in another process."""

import asyncio
import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from integration.service import ServiceProcess, service
from vxpipe.client import Client
from vxpipe.remote import told

# Says a line, waits until the file `go` is there, says another; fails for one of the videos.
PROGRAM = """
import json, os, pathlib, sys, time
(item,) = json.loads(os.environ["JOB_INPUT"])
print("begun", flush=True)
print(json.dumps({"progress": 40}), flush=True)
while not pathlib.Path(GO).exists():
    time.sleep(0.02)
print("ended")
sys.exit(item["code"] == "1084537")
"""
GOOD, BAD = "vimeo:76979871", "https://vimeo.com/1084537"
LINE = re.compile(r"^\d\d:\d\d:\d\d ")


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace("GO", repr(str(tmp_path / "go"))))
    async with service(tmp_path, PIPELINE_ENTRYPOINT=str(program), VXPIPE_DRAIN_SECONDS="0") as made:
        yield made


def command(running: ServiceProcess, *arguments: str) -> dict[str, Any]:
    argv = [sys.executable, "-m", "vxpipe", *arguments, "--url", running.url]
    return {"args": argv, "cwd": running.folder, "env": {"PATH": os.environ["PATH"]}, "text": True}


async def vxpipe(running: ServiceProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = command(running, *arguments)
    return await asyncio.to_thread(run, given["args"], running.folder)


def run(argv: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"]}
    return subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, timeout=90)


def started(running: ServiceProcess, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(**command(running, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE)


async def until(process: "subprocess.Popen[str]", holds: Callable[[str], bool]) -> str:
    """What the process prints up to the line that holds."""
    assert process.stdout is not None
    seen = ""
    async with asyncio.timeout(30):
        while not (line := await asyncio.to_thread(process.stdout.readline)) or not holds(line):
            assert line, seen
            seen += line
    return seen + line


async def finished(process: "subprocess.Popen[str]") -> tuple[str, str, int]:
    assert process.stdout is not None
    assert process.stderr is not None
    # Not `communicate`, which would leave out what has been read ahead for a line.
    async with asyncio.timeout(60):
        out, err = await asyncio.to_thread(process.stdout.read), await asyncio.to_thread(process.stderr.read)
        status = await asyncio.to_thread(process.wait)
    process.stdout.close()
    process.stderr.close()
    return out, err, status


async def test_a_batch_is_handed_over_and_watched_to_its_end_over_a_restart(running: ServiceProcess) -> None:
    handed = await vxpipe(running, "submit", GOOD, BAD, "--max", "5", "--label", "run=7", "--priority", "2")
    job_id = handed.stdout.strip()
    watching = started(running, "watch", job_id)

    seen = await until(watching, lambda line: "begun" in line)
    await running.restart()
    (running.folder / "go").touch()
    rest, _, status = await finished(watching)
    async with Client(running.url) as client:
        job = await client.status(job_id)
        item = await client.item(job_id, 0)

    lines, log = (seen + rest).splitlines(), job["logs"]
    assert (job["labels"], job["priority"]) == ({"run": "7"}, 2)
    assert (handed.returncode, status, item["status"]) == (0, 1, "success")
    assert [line for line in lines if LINE.match(line)] == [told(line) for line in log]
    assert [line["msg"] for line in log].count("ended") == 2
    assert lines[-1].endswith(f"failed, 99 %: 1 of 2 videos succeeded, frames kept: {item['frames']}")
    assert any("item 1 vimeo:1084537: failed: the program ended with exit status 1" in line for line in lines)


async def test_submit_waits_and_prints_a_json_line_for_each_video(running: ServiceProcess) -> None:
    (running.folder / "go").touch()

    done = await vxpipe(running, "submit", GOOD, "--wait", "--json")

    (item,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, item["status"], item["artifacts"][0]["name"]) == (0, "success", "item.json")
    assert "ended" in done.stderr


async def test_ctrl_c_leaves_the_job_running_and_says_so(running: ServiceProcess) -> None:
    watching = started(running, "submit", GOOD, "--wait")
    seen = await until(watching, lambda line: "begun" in line)
    watching.send_signal(signal.SIGINT)
    _, err, status = await finished(watching)

    job_id = seen.splitlines()[0]
    async with Client(running.url) as client:
        assert (await client.status(job_id))["status"] == "running"
    assert status == 130
    assert f"vxpipe watch {job_id}" in err
    assert "Traceback" not in err


async def test_a_terminal_shows_a_lane_for_each_video_and_the_log(running: ServiceProcess) -> None:
    (running.folder / "go").touch()
    job_id = (await vxpipe(running, "submit", GOOD)).stdout.strip()
    ours, theirs = pty.openpty()
    watching = subprocess.Popen(
        **command(running, "watch", job_id) | {"env": {"PATH": os.environ["PATH"], "TERM": "xterm", "COLUMNS": "100"}},
        stdout=theirs,
    )
    os.close(theirs)

    shown = await asyncio.to_thread(_all_of, ours)

    assert await asyncio.to_thread(watching.wait, 30) == 0
    for part in ("\x1b[", "━━━", "100 %", "0 frames", "ended", "completed"):
        assert part in shown


def _all_of(terminal: int) -> str:
    shown = b""
    try:
        while piece := os.read(terminal, 1 << 16):
            shown += piece
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(terminal)
    return shown.decode()


async def test_what_cannot_be_is_one_line_and_its_exit_status(running: ServiceProcess) -> None:
    for arguments, said, status in (
        (("submit", "youtube:short"), "youtube:short: ", 2),
        (("submit", GOOD, "--count", "0"), "--count", 2),
        (("submit", GOOD, "--label", "x"), "--label must be name=value", 2),
        (("submit", GOOD, "--priority", "99"), "priority", 2),
        (("submit", "program.py"), "local files are for `vxpipe run`", 2),
        (("watch", "nobody"), "no such job", 2),
        (("watch", "nobody", "--url", "ftp://x"), "--url must be", 2),
        (
            ("submit", GOOD, "--url", "http://127.0.0.1:1"),
            "no service can be reached there (Connection refused); `vxpipe serve` starts",
            1,
        ),
    ):
        argv = [sys.executable, "-m", "vxpipe", *arguments, *(() if "--url" in arguments else ("--url", running.url))]
        done = await asyncio.to_thread(run, argv, running.folder)

        assert (done.returncode, arguments) == (status, arguments)
        assert said in done.stderr
        assert done.stderr.count("\n") == 1

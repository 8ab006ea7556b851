"""PIPELINE_ENTRYPOINT: a program of the operator in place of the built-in pipeline."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from fakes import CountingIds, job
from integration.service import service
from vxpipe.client import Client
from vxpipe.engine.child import Children
from vxpipe.engine.program import ProgramPipeline, command_of
from vxpipe.engine.workplace import place_in_job
from vxpipe.errors import VxError
from vxpipe.model import Outcome
from vxpipe.recipe import Recipe
from vxpipe.store.artifacts import FolderArtifacts

HONEST = """
import json, os, pathlib, sys
(item,) = json.loads(os.environ["JOB_INPUT"])
out = pathlib.Path(os.environ["OUTPUT_DIR"])
print("working on", item["code"], "with", json.loads(os.environ["JOB_OPTIONS"])["frames"]["max"])
print(json.dumps({"progress": 50}))
(out / "frames").mkdir()
(out / "frames" / "1.jpg").write_bytes(bytes([255, 216, 255, 255, 217]))
(out / "left.over").write_text("not named")
print(json.dumps({"artifact": {"path": "frames/1.jpg", "t": 0.5}}))
print("a word of warning", file=sys.stderr)
print(json.dumps({"level": "debug", "msg": "cwd is " + os.getcwd()}), end="")
"""


def pipeline(folder: Path, script: str, **changes: Any) -> ProgramPipeline:
    path = folder / "program.py"
    path.write_text(script)
    given = {"work": folder / "work", "place": place_in_job, "seconds": 20.0, "max_bytes": 1 << 20, "debug": False}
    artifacts = FolderArtifacts(folder / "artifacts", new_id=CountingIds())
    return ProgramPipeline(
        command_of(str(path)), Children(env={}, grace_seconds=0.5), artifacts, **{**given, **changes}
    )


@asynccontextmanager
async def at_once() -> AsyncIterator[None]:
    yield


async def process(made: ProgramPipeline, reported: list[Any] | None = None) -> Outcome:
    (item,) = job("j", "abc").items
    recipe = Recipe.model_validate({"frames": {"max": 7}})
    heard = [] if reported is None else reported
    return await made.process(item, recipe, lambda stage, fraction, **_: heard.append((stage, fraction)), at_once)


async def test_what_the_program_names_is_published_and_what_it_says_is_heard(tmp_path: Path) -> None:
    reported: list[Any] = []

    with capture_logs() as lines:
        outcome = await process(pipeline(tmp_path, HONEST), reported)

    place = tmp_path / "artifacts" / "j" / "0-fake-abc"
    facts = json.loads((place / "item.json").read_text())
    assert {str(path.relative_to(place)) for path in place.rglob("*.*")} == {"frames/1.jpg", "item.json"}
    assert [(file.kind, file.name, file.t) for file in outcome.artifacts] == [
        ("frame", "1.jpg", 0.5), ("item", "item.json", None),
    ]  # fmt: skip
    assert (outcome.frames, facts["source"]["code"], facts["program"]) == (1, "abc", "program.py")
    assert facts["files"] == ["frames/1.jpg"]
    assert ("program", 0.5) in reported
    said = [(line["log_level"], line["text"]) for line in lines if line["event"] == "program.said"]
    assert ("info", "working on abc with 7") in said
    assert ("warning", "a word of warning") in said
    assert any(level == "debug" and text.endswith("/out") for level, text in said)
    assert list((tmp_path / "work").iterdir()) == []


async def test_for_want_of_names_all_files_are_taken(tmp_path: Path) -> None:
    outcome = await process(pipeline(tmp_path, "open('b.txt', 'w').write('x'); open('a.txt', 'w').write('y')"))

    assert [file.name for file in outcome.artifacts] == ["a.txt", "b.txt", "item.json"]


async def test_the_program_sees_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "secret")

    await process(pipeline(tmp_path, "import os; open('env.txt', 'w').write(' '.join(sorted(os.environ)))"))

    seen = set((tmp_path / "artifacts" / "j" / "0-fake-abc" / "env.txt").read_text().split())
    ours = {"DEBUG_PIPELINE", "HOME", "JOB_INPUT", "JOB_OPTIONS", "OUTPUT_DIR", "PYTHONUNBUFFERED", "TMPDIR"}
    assert seen - {"LC_CTYPE"} == ours


async def test_of_very_many_lines_the_first_hundred_thousand_are_kept(tmp_path: Path) -> None:
    with capture_logs() as lines:
        await process(pipeline(tmp_path, "print('x\\n' * 100_002, end='')"))

    events = [line["event"] for line in lines]
    assert (events.count("program.said"), events.count("program.muted")) == (100_000, 1)


WRONGS = {
    "exit status 3: no luck": "import sys; print('no luck', file=sys.stderr); sys.exit(3)",
    "signal 9": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "which is no file": """print('{"artifact": "missing.jpg"}')""",
    "no plain path": """print('{"artifact": "/etc/passwd"}', flush=True); import time; time.sleep(60)""",
    "link.txt, which": """import os; os.symlink('/etc/passwd', 'link.txt'); print('{"artifact": "link.txt"}')""",
    "sub/passwd, which": """import os; os.symlink('/etc', 'sub'); print('{"artifact": "sub/passwd"}')""",
    "progress must be": """print('{"progress": 1000}')""",
    "cannot be published": "open('two words', 'w')",
}


@pytest.mark.parametrize("said", WRONGS)
async def test_what_is_wrong_fails_the_item_and_publishes_nothing(tmp_path: Path, said: str) -> None:
    with pytest.raises(VxError, match=said) as raised:
        await process(pipeline(tmp_path, WRONGS[said]))

    assert raised.value.code == "program_failed"
    assert list((tmp_path / "artifacts").rglob("*")) == []


async def test_exit_status_75_asks_for_another_try(tmp_path: Path) -> None:
    with pytest.raises(VxError) as raised:
        await process(pipeline(tmp_path, "import sys; sys.exit(75)"))

    assert (raised.value.code, raised.value.kind.retryable) == ("program_busy", True)


async def test_a_program_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    script = "import subprocess, time; subprocess.Popen(['sleep', '300'], cwd='/'); print('on'); time.sleep(300)"

    with pytest.raises(VxError) as raised:
        await process(pipeline(tmp_path, script, seconds=2.0))

    assert raised.value.code == "timed_out"


async def test_who_cancels_ends_a_program_that_will_not_hear(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    script = f"{deaf}; print('{{\"progress\": 1}}'); time.sleep(300)"
    begun = asyncio.Event()

    def heard(_stage: str, fraction: float, **_facts: Any) -> None:
        if fraction:
            begun.set()

    (item,) = job("j", "abc").items
    task = asyncio.ensure_future(pipeline(tmp_path, script).process(item, Recipe(), heard, at_once))
    await begun.wait()
    task.cancel()

    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_run_and_job_input_go_through_the_program_that_is_held_to_no_gpu(tmp_path: Path) -> None:
    program = tmp_path / "mine"
    program.write_text(f"#!{sys.executable}\n{HONEST}")
    program.chmod(0o755)
    variables = {
        "PATH": os.environ["PATH"],
        "PIPELINE_ENTRYPOINT": "mine",
        "JOB_INPUT": json.dumps([{"platform": "vimeo", "code": "76979871"}]),
        "DEBUG_PIPELINE": "1",
        "VXPIPE_ACCEL": "require",
    }
    command = [sys.executable, "-m", "vxpipe", "run", "--out", "out", "--max", "9", "--json"]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60)

    done, again = await asyncio.to_thread(run), await asyncio.to_thread(run)
    note = tmp_path / "out" / "vimeo-76979871" / "frames" / "note.txt"
    note.write_text("by hand")
    refused = await asyncio.to_thread(run)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["frames"] == 1
    assert "vimeo:76979871 working on 76979871 with 9" in done.stderr
    assert "DEBUG" in done.stderr
    assert (tmp_path / "out" / "vimeo-76979871" / "frames" / "1.jpg").read_bytes() == b"\xff\xd8\xff\xff\xd9"
    assert again.returncode == 0, again.stderr
    assert (refused.returncode, "holds frames/note.txt" in refused.stderr, note.read_text()) == (2, True, "by hand")


async def test_the_service_runs_the_program_and_tells_of_it(tmp_path: Path) -> None:
    program = tmp_path / "mine.py"
    program.write_text(HONEST)

    async with (
        service(tmp_path, PIPELINE_ENTRYPOINT=str(program), DEBUG_PIPELINE="1") as running,
        Client(running.url) as client,
    ):
        job_id = await client.submit([{"platform": "vimeo", "code": "76979871"}])
        heard = [each async for each in client.events(job_id)]
        item = await client.item(job_id, 0)

    said = [each.data["msg"] for each in heard if each.event == "log"]
    assert item["status"] == "success"
    assert "working on 76979871 with 500" in said
    assert [each.data["name"] for each in heard if each.event == "artifact"] == ["1.jpg", "item.json"]
    assert any(each.event == "log" and each.data["level"] == "DEBUG" for each in heard)


# Starts what leaves its session and its pipes, and says which process that is.
BREEDING = """
import subprocess, pathlib, sys
left = subprocess.Popen(
    ["sleep", "300"], cwd="/", start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
)
pathlib.Path(sys.path[0], "pid.part").write_text(str(left.pid))
pathlib.Path(sys.path[0], "pid.part").rename(pathlib.Path(sys.path[0], "pid"))
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="what a process was given is read from /proc")


def is_running(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


async def begins(path: Path) -> int:
    """The process id that comes to stand in a file."""
    async with asyncio.timeout(30):
        while not path.exists():
            await asyncio.sleep(0.02)
    return int(path.read_text())


@linux
@pytest.mark.parametrize("end", ["", "sys.exit(3)"])
async def test_what_a_program_leaves_at_work_ends_with_it(tmp_path: Path, end: str) -> None:
    with suppress(VxError):
        await process(pipeline(tmp_path, BREEDING + end))

    assert not is_running(int((tmp_path / "pid").read_text()))


@linux
@pytest.mark.parametrize("end", ["", "import time; time.sleep(300)"])
async def test_whoever_keeps_the_programs_pipes_open_holds_up_neither_its_end_nor_a_cancel(
    tmp_path: Path, end: str
) -> None:
    holding = BREEDING.replace("stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL", "")
    (item,) = job("j", "abc").items
    made = pipeline(tmp_path, f"{holding}\nprint('the last words')\n{end}")

    with capture_logs() as lines:
        task = asyncio.ensure_future(made.process(item, Recipe(), lambda *_, **__: None, at_once))
        left = await begins(tmp_path / "pid")
        if end:
            task.cancel()
        async with asyncio.timeout(6):
            await asyncio.wait([task])

    assert task.cancelled() == bool(end)
    assert not is_running(left)
    assert end or "the last words" in [line.get("text") for line in lines]


@linux
async def test_what_a_killed_service_left_at_work_ends_when_it_starts_again(tmp_path: Path) -> None:
    program = tmp_path / "mine.py"
    program.write_text(BREEDING + "import time; time.sleep(300)")

    async with service(tmp_path, PIPELINE_ENTRYPOINT=str(program)) as running, Client(running.url) as client:
        job_id = await client.submit([{"platform": "vimeo", "code": "76979871"}])
        left = await begins(tmp_path / "pid")
        await running.end(signal.SIGKILL)
        outlived = is_running(left)
        (tmp_path / "pid").unlink()
        await running.start()
        ended = not is_running(left)
        async with Client(running.url) as anew:
            again = await begins(tmp_path / "pid")
            await anew.cancel(job_id)
            async with asyncio.timeout(20):
                while is_running(again):
                    await asyncio.sleep(0.05)
            said = [line["event"] for line in (await anew.status(job_id))["logs"]]

    assert (outlived, ended) == (True, True)
    assert "item.interrupted" in said

"""The service under load, beside a bare aiohttp handler in the same run. Linux.

.venv/bin/python bench/service.py [--seconds 5] [--readers 500] [--only submit,status,events,fanout,start,full]

Service, yardstick and load are processes of their own; each figure stands beside the goal it is held to. Wall times are
of the machine as it is; `CPU` is what the service's process itself spent and hardly depends on the neighbours.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

import report
import stored

HERE = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 8
BATCH = 100
WORKS = ("start", "submit", "status", "events", "fanout", "full")
HEADS = ("what", "measured", "goal", "CPU of the service")


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    measured: str
    goal: str = ""
    cpu: str = ""

    def cells(self) -> tuple[str, ...]:
        return (self.what, self.measured, self.goal, self.cpu)


class Host:
    """A served process: where it listens and what it has spent."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self._process = process
        self.url = url

    @property
    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def resident_mb(self) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1000


@asynccontextmanager
async def hosted(*arguments: str, **variables: str) -> AsyncIterator[Host]:
    """A process of service_host.py, ended by the end of its stdin."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, HERE / "service_host.py", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], **variables},
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield Host(process, (await process.stdout.readline()).decode().strip())
    finally:
        process.stdin.close()
        await process.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """What every work gets: where the data lies, a source that never answers, how long and how many."""

    folder: Path
    source: str
    seconds: float
    readers: int

    def service(self, name: str, **variables: str) -> Any:
        """A service on the data folder `name`, with one worker whom the source keeps waiting."""
        return hosted(
            VXPIPE_PORT="0",
            VXPIPE_WORKERS="1",
            VXPIPE_DATA_DIR=str(self.folder / name),
            VXPIPE_QUEUE_SIZE="1000000",
            VXPIPE_ALLOW_DIRECT_URLS="1",
            VXPIPE_ALLOW_HOSTS=self.source,
            **variables,
        )

    def batch(self, count: int) -> dict[str, Any]:
        """A request for so many videos."""
        return {"items": [{"url": f"http://{self.source}/{number}.mp4"} for number in range(count)]}


async def load(**task: Any) -> dict[str, Any]:
    """What the load generator measured."""
    return json.loads((await _generator(task)).splitlines()[-1])


async def _generator(task: Mapping[str, Any]) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, HERE / "service_load.py"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate(json.dumps(task).encode())
    assert process.returncode == 0, task
    return said


@asynccontextmanager
async def listening(**task: Any) -> AsyncIterator["asyncio.Future[dict[str, Any]]"]:
    """Readers that have all been let in; the future is what they heard in the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, HERE / "service_load.py"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"do": "listen", **task}).encode())
    process.stdin.close()
    assert await process.stdout.readline() == b"listening\n"

    async def heard() -> dict[str, Any]:
        assert process.stdout is not None
        return dict(json.loads(await process.stdout.read()))

    async with asyncio.TaskGroup() as group:
        yield group.create_task(heard())
    await process.wait()


def get(path: str, **headers: str) -> str:
    told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{told}\r\n"


def post(path: str, body: Any) -> str:
    text = json.dumps(body)
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(text)}\r\n\r\n{text}"
    )


async def submit(host: Host, batch: Any) -> str:
    async with aiohttp.ClientSession(host.url) as session, session.post("/process", json=batch) as answer:
        return str((await answer.json())["jobId"])


async def say(host: Host, jobs: Sequence[str], *, lines: int, rate: float) -> float:
    """Have the service write log lines; the seconds that took."""
    timeout = aiohttp.ClientTimeout(total=600)
    async with (
        aiohttp.ClientSession(host.url, timeout=timeout) as session,
        session.post(f"/bench/say?lines={lines}&rate={rate}", data=",".join(jobs)) as answer,
    ):
        return float((await answer.json())["seconds"])


async def work_submit(stand: Stand) -> list[Row]:
    async with stand.service("submit") as host:
        before = host.cpu_seconds
        request = post("/process", stand.batch(BATCH))
        asked = {"do": "ask", "url": host.url, "requests": [request], "connections": CONNECTIONS, "most": 10**9}
        found = await load(**asked, seconds=stand.seconds)
        spent = host.cpu_seconds - before
        paced = await load(**asked, seconds=2 * stand.seconds, rate=500 / BATCH)
    assert [*found["statuses"], *paced["statuses"]] == ["202"] * 2, (found, paced)
    items = found["answers"] * BATCH
    return [
        Row(
            "POST /process, items/s",
            f"{items / found['seconds']:.0f}",
            ">= 500",
            f"{1000 * spent / items:.2f} ms an item",
        ),
        Row("POST /process of 100 items, p99 with 8 at a time, as many as go", milliseconds(found["p99"])),
        Row("POST /process of 100 items, p99 at 500 items/s", milliseconds(paced["p99"]), "< 250 ms"),
    ]


async def work_status(stand: Stand) -> list[Row]:
    async with hosted("bare") as yardstick, stand.service("status") as host:
        job_id = await submit(host, stand.batch(10))
        await say(host, [job_id], lines=100, rate=0)
        async with aiohttp.ClientSession(host.url) as session, session.get(f"/status/{job_id}") as answer:
            tag, size = answer.headers["ETag"], len(await answer.read())
        whole, known = get(f"/status/{job_id}"), get(f"/status/{job_id}", If_None_Match=tag)
        rounds = [
            {
                "bare": await rate(yardstick, get(f"/status/x?bytes={size}"), stand),
                "whole": await rate(host, whole, stand),
                "bare and empty": await rate(yardstick, get("/status/x?bytes=0"), stand),
                "304": await rate(host, known, stand),
            }
            for _ in range(3)
        ]
    bare = sorted(each["bare"] for each in rounds)[1]
    return [
        ratio(f"GET /status of {size} bytes, rate to a bare handler's of as many", rounds, "whole", "bare"),
        ratio(
            "GET /status that is known (304), rate to a bare handler's without bytes", rounds, "304", "bare and empty"
        ),
        Row("the bare handler, requests/s", f"{bare[0]:.0f}", "", f"{1e6 * bare[1]:.0f} us each"),
    ]


def ratio(what: str, rounds: Sequence[Mapping[str, tuple[float, float]]], ours: str, bare: str) -> Row:
    """The median of the ratios within a round, by wall time and by CPU."""
    wall = sorted(each[ours][0] / each[bare][0] for each in rounds)[1]
    cpu = sorted(each[bare][1] / each[ours][1] for each in rounds)[1]
    return Row(what, f"{wall:.2f}", ">= 0.4", f"{cpu:.2f} by CPU")


async def rate(host: Host, request: str, stand: Stand) -> tuple[float, float]:
    """Requests a second, and CPU seconds of the server for each."""
    before = host.cpu_seconds
    found = await load(
        do="ask", url=host.url, requests=[request], connections=CONNECTIONS, seconds=stand.seconds / 2, most=10**9
    )
    return found["answers"] / found["seconds"], (host.cpu_seconds - before) / found["answers"]


async def work_events(stand: Stand) -> list[Row]:
    async with stand.service("events") as host:
        jobs = [await submit(host, stand.batch(1)) for _ in range(10)]
        lines = int(stand.seconds * 600)
        paths = [f"/jobs/{job_id}/events" for job_id in jobs]
        async with listening(url=host.url, paths=paths, frozen=0, seconds=120, until=lines) as heard:
            before = host.cpu_seconds
            took = await say(host, jobs, lines=lines, rate=0)
            spent = host.cpu_seconds - before
    total = lines * len(jobs)
    assert heard.result()["gaps"] == 0, heard.result()
    assert heard.result()["heard"] >= total * 0.99, heard.result()
    return [
        Row("events stored/s, each read once", f"{total / took:.0f}", ">= 5,000", f"{1e6 * spent / total:.0f} us each")
    ]


async def work_fanout(stand: Stand) -> list[Row]:
    rows = []
    for name, jobs, frozen in (
        ("100 jobs", 100, 0),
        ("one job", 1, 0),
        ("one job, a tenth frozen", 1, stand.readers // 10),
    ):
        rows += await fanout(stand, name, jobs, frozen)
    return rows


async def fanout(stand: Stand, name: str, jobs: int, frozen: int) -> list[Row]:
    """2,000 events a second delivered in all."""
    async with stand.service(f"fanout-{jobs}-{frozen}") as host:
        ids = [await submit(host, stand.batch(1)) for _ in range(jobs)]
        paths = [f"/jobs/{ids[number % jobs]}/events" for number in range(stand.readers)]
        begun, resident = host.cpu_seconds, host.resident_mb
        seconds = stand.seconds * 2
        async with listening(url=host.url, paths=paths, frozen=frozen, seconds=seconds + 2) as heard:
            entered, before = host.cpu_seconds - begun, host.cpu_seconds
            each = host.resident_mb - resident
            rate = 2000 * jobs / stand.readers
            await say(host, ids, lines=int(rate * seconds / jobs), rate=rate)
            spent = host.cpu_seconds - before
        found = heard.result()
        grown = (host.resident_mb - resident) * 1000 / stand.readers
    assert found["gaps"] == 0, found
    told = f"{stand.readers} readers, {name}"
    return [
        Row(
            f"{told}: delivered/s",
            f"{found['heard'] / max(found['seconds'], 0.001):.0f}",
            ">= 2,000",
            f"{spent / seconds:.2f} of a core",
        ),
        Row(f"{told}: delay p50, p99", f"{milliseconds(found['p50'])}, {milliseconds(found['p99'])}", "p99 < 1 s"),
        Row(
            f"{told}: kB each, let in and afterwards",
            f"{each * 1000 / stand.readers:.0f}, {grown:.0f}",
            "< 100 kB",
            f"{1000 * entered / stand.readers:.1f} ms to let one in",
        ),
    ]


async def work_start(stand: Stand) -> list[Row]:
    async with stand.service("start"):
        pass
    rows = []
    for name, folder in (("new data folder", "start-new"), ("known data folder", "start")):
        seconds, cpu, resident = await started(stand, folder)
        rows.append(Row(f"ready after start, {name}", f"{seconds:.2f} s", "< 2 s", f"{cpu:.2f} s"))
    rows.append(Row("resident when idle", f"{resident:.0f} MB", "< 150 MB"))
    return rows


async def started(stand: Stand, name: str) -> tuple[float, float, float]:
    """Seconds until `vxpipe serve` is ready, the CPU seconds of that, its resident megabytes."""
    clock = asyncio.get_running_loop().time
    began = clock()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vxpipe", "serve"),
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "VXPIPE_PORT": "0", "VXPIPE_DATA_DIR": str(stand.folder / name)},
    )
    assert process.stderr is not None
    while b"vxpipe is ready" not in await process.stderr.readline():
        pass
    host = Host(process, "")
    found = clock() - began, host.cpu_seconds, host.resident_mb
    process.terminate()
    await process.stderr.read()
    await process.wait()
    return found


async def work_full(stand: Stand) -> list[Row]:
    """10,000 items wait and 1,000,000 events lie in the store."""
    async with stand.service("full") as host:
        jobs = [await submit(host, stand.batch(BATCH)) for _ in range(100)]
    stored.add_events(stand.folder / "full", jobs, each=10_000)
    clock = asyncio.get_running_loop().time
    began = clock()
    async with stand.service("full") as host:
        ready = clock() - began
        each = [get(f"/status/{job_id}") for job_id in jobs]
        short = [get(f"/status/{job_id}?tail=10") for job_id in jobs]
        alone = await several(host, each[::2], seconds=60, most=len(each) // 2, connections=1)
        first = await several(host, each[1::2], seconds=60, most=len(each) // 2)
        again = await several(host, each, seconds=stand.seconds)
        tails = await several(host, short, seconds=stand.seconds)
        listed = await several(host, [get("/jobs?limit=50")], seconds=5, most=20, connections=1)
        cpu, resident = host.cpu_seconds, host.resident_mb
    title = "10,000 items wait, 1,000,000 events"
    return [
        Row(f"{title}: ready after start", f"{ready:.2f} s", "", f"{cpu:.1f} s with what follows"),
        Row(f"{title}: first GET /status of a job, p50, p99", both(alone), "p99 < 50 ms"),
        Row(f"{title}: the same of other jobs, 8 at a time", both(first)),
        Row(f"{title}: the next ones", both(again), "p99 < 50 ms"),
        Row(f"{title}: with ?tail=10", both(tails), "p99 < 50 ms"),
        Row(f"{title}: GET /jobs?limit=50", both(listed)),
        Row(f"{title}: resident", f"{resident:.0f} MB"),
    ]


async def several(host: Host, requests: Sequence[str], **how: Any) -> dict[str, Any]:
    """What was measured of these requests, eight at a time where nothing else is said."""
    return await load(
        **{"do": "ask", "url": host.url, "requests": requests, "connections": CONNECTIONS, "most": 10**9, **how}
    )


def both(found: Mapping[str, Any]) -> str:
    return f"{milliseconds(found['p50'])}, {milliseconds(found['p99'])}"


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--readers", type=int, default=500)
    parser.add_argument("--only", default=",".join(WORKS))
    options = parser.parse_args()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vxpipe-bench-")))
        source = await asyncio.start_server(silent, "127.0.0.1", 0)
        await stack.enter_async_context(source)
        address = f"127.0.0.1:{source.sockets[0].getsockname()[1]}"
        stand = Stand(folder=folder, source=address, seconds=options.seconds, readers=options.readers)
        print("\n".join(f"- {line}" for line in report.where()), end="\n\n", flush=True)
        rows = [row.cells() for name in options.only.split(",") for row in await told(globals()[f"work_{name}"](stand))]
        print(report.markdown(rows, HEADS))


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """A source that never answers."""
    with suppress(ConnectionResetError):
        await reader.read()


async def told(work: Any) -> Sequence[Row]:
    rows: list[Row] = await work
    for row in rows:
        print(*row.cells(), sep=" | ", file=sys.stderr, flush=True)
    return rows


if __name__ == "__main__":
    asyncio.run(main())

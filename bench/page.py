"""What the page costs a browser: its first paint from loopback, and a list of many jobs that all move. Linux.

.venv/bin/python bench/page.py [--loads 9] [--rows 200] [--hertz 10] [--seconds 10]

The page comes from the real service; a stand-in before it tells of jobs that nobody runs. CPU is what Chromium says
that its renderer processes spent, in percent of one core. Exit status 1: a goal was missed.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from statistics import median
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from playwright.async_api import Browser, async_playwright

import report

CHROMIUM = os.environ.get("VXPIPE_TEST_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
READY = "vxpipe is ready: "
KEPT = ("Content-Type", "Content-Security-Policy")
SCREENS = ("", "jobs", "system")
PAINT_GOAL_MS = 300
CORE_GOAL_PERCENT = 20
PAINTED = """new Promise((tell) => new PerformanceObserver((seen) => {
  const [first] = seen.getEntriesByName("first-contentful-paint");
  if (first) tell(first.startTime);
}).observe({ type: "paint", buffered: true }))"""
MOMENT = "2026-11-22T09:00:{:02}.000Z"


def running(rows: int) -> list[dict[str, Any]]:
    """So many jobs of one video each, all at work."""
    return [_running(row) for row in range(rows)]


def _running(row: int) -> dict[str, Any]:
    link = {"index": 0, "platform": "vimeo", "code": str(row), "url": f"https://vimeo.com/{row}"}
    state = {"status": "processing", "progress": 0, "stage": "analyse", "attempt": 1}
    job = {"jobId": f"job-{row:04}", "status": "running", "progress": 0, "eta": 60, "lastSeq": 1, "priority": 0}
    times = {"createdAt": MOMENT.format(row % 60), "updatedAt": MOMENT.format(0), "finishedAt": None}
    counts = {"total": 1, "waiting": 0, "processing": 1, "success": 0, "failed": 0, "cancelled": 0}
    items = [link | state | {"frames": None, "warnings": [], "error": None}]
    return job | times | {"counts": counts, "labels": {}, "options": {}, "items": items}


class StandIn:
    """The service, but for jobs that move so many times a second."""

    def __init__(self, service: str, client: aiohttp.ClientSession, *, rows: int, hertz: float) -> None:
        self._service = service
        self._client = client
        self._jobs = running(rows)
        self._pause = 1 / hertz
        self._counts = {"pending": 0, "running": rows, "completed": 0, "failed": 0, "cancelled": 0}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request of the page."""
        if request.path == "/events":
            return await self._events(request)
        if request.path == "/jobs" and "text/html" not in request.headers.get("Accept", ""):
            return web.json_response({"jobs": self._jobs, "nextCursor": None, "counts": self._counts})
        asked = {"Accept": request.headers["Accept"]}
        async with self._client.get(self._service + request.path_qs, headers=asked) as got:
            kept = {name: got.headers[name] for name in KEPT if name in got.headers}
            return web.Response(status=got.status, body=await got.read(), headers=kept)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        await stream.write(frame("snapshot", {"jobs": self._jobs, "counts": self._counts}))
        tick, clock = 0, asyncio.get_running_loop().time
        begun = clock()
        with suppress(ConnectionResetError):  # the page is closed at the end
            while True:
                tick += 1
                await stream.write(b"".join(frame("progress", self._moved(job, tick)) for job in self._jobs))
                await asyncio.sleep(max(0, begun + tick * self._pause - clock()))
        return stream

    @staticmethod
    def _moved(job: dict[str, Any], tick: int) -> dict[str, Any]:
        told = {"index": 0, "attempt": 1, "stage": "analyse", "progress": tick // 4 % 100, "eta": 60 - tick % 60}
        return told | {"jobId": job["jobId"], "ts": MOMENT.format(1), "speed": 1e6 + tick, "elapsed": tick}


def frame(event: str, data: dict[str, Any]) -> bytes:
    return b"event: " + event.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


@asynccontextmanager
async def service() -> AsyncIterator[str]:
    """The address of a service on a new data folder, without keys."""
    with tempfile.TemporaryDirectory() as folder:
        env = {"PATH": os.environ["PATH"], "VXPIPE_PORT": "0", "VXPIPE_DATA_DIR": folder}
        command = (sys.executable, "-m", "vxpipe", "serve")
        process = await asyncio.create_subprocess_exec(*command, env=env, cwd=folder, stderr=asyncio.subprocess.PIPE)
        assert process.stderr is not None
        said = (await process.stderr.readuntil(READY.encode()), await process.stderr.readline())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(process.stderr.read())
            try:
                yield said[1].decode().split()[0]
            finally:
                process.terminate()
                await process.wait()


@asynccontextmanager
async def serving(stand_in: StandIn) -> AsyncIterator[str]:
    """Where a stand-in listens."""
    app = web.Application()
    app.router.add_get("/{path:.*}", stand_in.answer)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def first_paint_ms(browser: Browser, url: str, *, loads: int) -> float:
    """The median of first visits, each by a browser that kept nothing of the page."""
    times = []
    for _ in range(loads):
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(url)
        times.append(float(await page.evaluate(PAINTED)))
        await context.close()
    return median(times)


async def renderer_seconds(browser: Browser) -> float:
    """What all renderer processes have spent until now."""
    session = await browser.new_browser_cdp_session()
    told = await session.send("SystemInfo.getProcessInfo")
    await session.detach()
    return sum(each["cpuTime"] for each in told["processInfo"] if each["type"] == "renderer")


async def core_percent(browser: Browser, url: str, *, rows: int, seconds: float) -> float:
    """The share of a core that a list of moving rows takes, once all of them are there."""
    page = await browser.new_page()
    await page.goto(f"{url}/jobs")
    await page.locator(".job").nth(rows - 1).wait_for(state="attached")
    before = await renderer_seconds(browser)
    await asyncio.sleep(seconds)
    spent = await renderer_seconds(browser) - before
    await page.close()
    return 100 * spent / seconds


async def measured(given: argparse.Namespace) -> list[tuple[str, float, int, str]]:
    """What was measured: of what, the figure, its goal, its unit."""
    async with service() as url, aiohttp.ClientSession() as client, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        found = []
        for screen in SCREENS:
            paint = await first_paint_ms(browser, f"{url}/{screen}", loads=given.loads)
            found.append((f"first paint of /{screen}", paint, PAINT_GOAL_MS, "ms"))
        async with serving(StandIn(url, client, rows=given.rows, hertz=given.hertz)) as moving:
            share = await core_percent(browser, moving, rows=given.rows, seconds=given.seconds)
        await browser.close()
    return [*found, (f"{given.rows} rows at {given.hertz:g} Hz", share, CORE_GOAL_PERCENT, "% of a core")]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", type=int, default=9)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--hertz", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=10)
    rows = asyncio.run(measured(parser.parse_args()))
    cells = [(what, f"{got:.0f} {unit}", f"< {goal} {unit}") for what, got, goal, unit in rows]
    print(report.plain(cells, ("what", "measured", "goal")))
    sys.exit(any(got >= goal for _, got, goal, _ in rows))


if __name__ == "__main__":
    main()

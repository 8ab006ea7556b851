"""What the screen of a job costs a browser: 50,000 lines of log to read, then many videos that all move. Linux.

.venv/bin/python bench/page_job.py [--rows 200] [--hertz 10] [--seconds 10] [--lines 50000]

As in bench/page.py the page comes from the real service, and a stand-in tells of the job. Exit status 1: the goal was
missed.
"""

import argparse
import asyncio
import sys
from contextlib import suppress
from typing import Any

import aiohttp
from aiohttp import web
from playwright.async_api import Browser, async_playwright

import report
from page import CHROMIUM, CORE_GOAL_PERCENT, FLAGS, MOMENT, StandIn, frame, renderer_seconds, running, service, serving

JOB = "job-0000"
SLOW_MS = 120_000
# That line itself may be out of sight already: others are written meanwhile.
SHOWN = "lines => [...document.querySelectorAll('.log .number')].some((each) => Number(each.textContent) >= lines)"


class OneJob(StandIn):
    """The service, but for one job of many videos, with a long log; each tick moves them all and writes a line."""

    def __init__(self, service: str, client: aiohttp.ClientSession, *, rows: int, hertz: float, lines: int) -> None:
        super().__init__(service, client, rows=rows, hertz=hertz)
        self._pause_seconds, self._lines = 1 / hertz, lines
        job = running(1)[0]
        items = [job["items"][0] | {"index": index, "title": f"Video {index}", "tries": 0} for index in range(rows)]
        counts = job["counts"] | {"total": rows, "processing": rows}
        self._job = job | {"items": items, "counts": counts, "lastSeq": lines}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request of the page."""
        if request.path == f"/status/{JOB}":
            return web.json_response(self._job | {"logs": [], "logsTruncated": True})
        if request.path == f"/jobs/{JOB}/logs":
            after, limit = int(request.query["after"]), int(request.query["limit"])
            last = min(after + limit, self._lines)
            logs = [_line(number) for number in range(after + 1, last + 1)]
            return web.json_response({"logs": logs, "nextAfter": last, "more": last < self._lines})
        if request.path == f"/jobs/{JOB}/events":
            return await self._follow(request)
        return await super().answer(request)

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        tick, clock = 0, asyncio.get_running_loop().time
        begun = clock()
        with suppress(ConnectionResetError):  # the page is closed at the end
            while True:
                tick += 1
                moved = (frame("progress", _progress(item["index"], tick)) for item in self._job["items"])
                await stream.write(b"".join(moved) + frame("log", _line(self._lines + tick)))
                await asyncio.sleep(max(0, begun + tick * self._pause_seconds - clock()))
        return stream


def _line(number: int) -> dict[str, Any]:
    told = {"seq": number, "ts": MOMENT.format(1), "level": "INFO", "item": number % 200, "stage": "analyse"}
    return told | {"msg": f"line {number} of a log that is long"}


def _progress(index: int, tick: int) -> dict[str, Any]:
    told = {"index": index, "attempt": 1, "stage": "analyse", "progress": tick // 4 % 100, "eta": 60 - tick % 60}
    return told | {"jobId": JOB, "ts": MOMENT.format(1), "speed": 1e6 + tick, "elapsed": tick}


async def spent(browser: Browser, url: str, *, lines: int, seconds: float) -> tuple[float, int, float]:
    """CPU seconds until the last of the lines is shown, rows in the document then, and percent of a core after."""
    page = await browser.new_page()
    before = await renderer_seconds(browser)
    await page.goto(f"{url}/jobs/{JOB}?tab=log")
    await page.wait_for_function(SHOWN, arg=lines, timeout=SLOW_MS)
    loading = await renderer_seconds(browser) - before
    rows = await page.locator(".log .row").count()
    await page.locator(".lanes > button").click()
    begun = await renderer_seconds(browser)
    await asyncio.sleep(seconds)
    share = 100 * (await renderer_seconds(browser) - begun) / seconds
    await page.close()
    return loading, rows, share


async def measured(given: argparse.Namespace) -> tuple[float, int, float]:
    """What `spent` tells, of a browser of its own."""
    async with service() as url, aiohttp.ClientSession() as client, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        job = OneJob(url, client, rows=given.rows, hertz=given.hertz, lines=given.lines)
        async with serving(job) as moving:
            found = await spent(browser, moving, lines=given.lines, seconds=given.seconds)
        await browser.close()
        return found


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--hertz", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--lines", type=int, default=50_000)
    given = parser.parse_args()
    loading, rows, share = asyncio.run(measured(given))
    cells = [
        (f"a log of {given.lines:,} lines read and shown", f"{loading:.1f} s of CPU", ""),
        ("its rows in the document", str(rows), ""),
        (
            f"{given.rows} videos and the log at {given.hertz:g} Hz",
            f"{share:.0f} % of a core",
            f"< {CORE_GOAL_PERCENT} %",
        ),
    ]
    print(report.plain(cells, ("what", "measured", "goal")))
    sys.exit(share >= CORE_GOAL_PERCENT)


if __name__ == "__main__":
    main()

"""The service under load, with one more route: POST /bench/say?lines=&rate=&jobs=... has it write log lines.

`service_host.py bare` serves the yardstick instead: an aiohttp handler that answers with `?bytes=` bytes.
"""

import asyncio
import gc
import sys

import structlog
from aiohttp import web

from vxpipe import app, config
from vxpipe.handlers import keys, mount

TICK_SECONDS = 0.02
AT_ONCE = 2000


# As `vxpipe serve` has it: at Python's own 700 a look through all objects holds up everybody for 0.1 s now and then.
NEW_OBJECTS = 100_000


async def serve() -> None:
    gc.set_threshold(NEW_OBJECTS)
    gc.freeze()
    settings = config.read()
    async with app.running(settings) as running:
        running.app.router.add_post("/bench/say", say)
        running.app[mount.PLACES]["/bench/say"] = "/bench/say"
        running.app[keys.NEEDS] = {**running.app[keys.NEEDS], ("/bench/say", "POST"): None}
        async with app.listening(running.app, settings.host, settings.port) as url:
            gc.freeze()
            print(url, flush=True)
            await asyncio.to_thread(sys.stdin.read)


async def say(request: web.Request) -> web.Response:
    """Write `lines` log lines for each of the `jobs`, so many a second in all; rate 0: as fast as they are stored."""
    jobs = (await request.text()).split(",")
    lines, rate = int(request.query["lines"]), float(request.query["rate"])
    log, feed = structlog.get_logger(), request.app[keys.FEED]
    loop = asyncio.get_running_loop()
    began, said, total = loop.time(), 0, lines * len(jobs)
    while said < total:
        due = min(total, int((loop.time() - began) * rate)) if rate else min(total, said + AT_ONCE)
        for number in range(said, due):
            log.info(
                "bench.said", job=jobs[number % len(jobs)], number=number, text="frame=  100 fps= 61 q=2.0 speed=2.1x"
            )
        said = max(said, due)
        await (asyncio.sleep(TICK_SECONDS) if rate else feed.flush())  # type: ignore[attr-defined]
    await feed.flush()  # type: ignore[attr-defined]
    return web.json_response({"seconds": loop.time() - began})


async def bare() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=b'"%s"' % (b"x" * int(request.query["bytes"])), content_type="application/json")

    served = web.Application()
    served.router.add_get("/status/{id}", answer)
    async with app.listening(served, "127.0.0.1", 0) as url:
        print(url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(bare() if sys.argv[1:] == ["bare"] else serve())

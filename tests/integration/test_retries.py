"""What is tried again and what is not, with the real app, the real yt-dlp, and sites that misbehave."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from integration.loopback import Source, fake_platform
from integration.service import ServiceProcess
from vxpipe import app, config
from vxpipe.client import Client

HERE = Path(__file__).parent
UNAVAILABLE = "HTTP Error 503: Service Unavailable"
FINAL = {"completed", "failed", "cancelled"}


@asynccontextmanager
async def running(folder: Path, source: Source, **settings: Any) -> AsyncIterator[tuple[Client, str]]:
    """The whole app with the platform `fake`, one download of it at a time; a client of it and its address."""
    fake = fake_platform(source, concurrency=1)
    read = config.read(
        data_dir=folder / "data",
        allow_direct_urls=True,
        allow_hosts=(source.address,),
        **{"retry_seconds": 0.1, "cache_bytes": 0, **settings},
    )
    extras = app.Extras(platforms=(fake,), plugins=HERE, log_to=None)
    async with (
        app.running(read, extras) as parts,
        app.listening(parts.app, "127.0.0.1", 0) as url,
        Client(url) as client,
    ):
        yield client, url


async def until(client: Client, job_id: str, reached: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
    async with asyncio.timeout(90):
        while not reached(status := await client.status(job_id)):
            await asyncio.sleep(0.05)
    return status


async def until_ended(client: Client, job_id: str) -> Mapping[str, Any]:
    return await until(client, job_id, lambda status: status["status"] in FINAL)


async def platform(url: str, name: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/platforms") as answer:
        rows = (await answer.json())["platforms"]
    return dict(next(row for row in rows if row["name"] == name))


def place(logs: list[dict[str, Any]], event: str, item: int) -> int:
    """Where a line is in the log."""
    return next(n for n, line in enumerate(logs) if (line["event"], line.get("item")) == (event, item))


async def test_what_may_pass_is_tried_again_and_what_is_permanent_is_not(tmp_path: Path, source: Source) -> None:
    items = [{"platform": "fake", "code": code} for code in ("crash", "private", "direct")]
    flaky = {"url": source.url("flaky/1/503/clip.mp4")}
    async with running(tmp_path, source, workers=2) as (client, _):
        job_id = await client.submit([*items, flaky])
        status = await until_ended(client, job_id)

    crash, private, direct, passing = status["items"]
    assert (crash["error"]["code"], crash["tries"]) == ("crashed", 2)
    assert crash["error"]["message"].endswith("(tried 2 times)")
    assert (private["error"]["code"], private["tries"], private["attempt"]) == ("private", 1, 1)
    assert (direct["status"], direct["tries"]) == ("success", 0)
    assert (passing["status"], passing["tries"], passing["attempt"]) == ("success", 1, 2)
    said = [line for line in status["logs"] if line["event"] == "item.postponed"]
    assert [line["msg"] for line in said if line["item"] == 3] == [
        f"will be tried again in 1 s (try 2 of 3) because: {UNAVAILABLE} (upstream)"
    ]


async def test_the_next_download_runs_while_the_last_video_is_processed(tmp_path: Path, source: Source) -> None:
    async with running(tmp_path, source, workers=1) as (client, _):
        job_id = await client.submit([{"platform": "fake", "code": "direct"}] * 2)
        status = await until_ended(client, job_id)

    logs = status["logs"]
    assert status["status"] == "completed"
    assert place(logs, "download.finished", 0) < place(logs, "download.started", 1)
    assert place(logs, "download.started", 1) < place(logs, "item.succeeded", 0)


async def test_videos_of_a_host_that_limits_us_wait_until_it_is_asked_once_more(tmp_path: Path, source: Source) -> None:
    limited, other = source.url("flaky/1/429/clip.mp4"), source.url("media/clip.mp4")
    async with running(tmp_path, source, workers=1) as (client, _):
        job_id = await client.submit([{"url": limited}, {"url": other}])
        status = await until_ended(client, job_id)

    logs = status["logs"]
    assert status["status"] == "completed"
    assert [item["tries"] for item in status["items"]] == [1, 0]
    paused = [line for line in logs if line["event"].startswith("platform.")]
    assert [(line["event"], "item" in line) for line in paused] == [
        ("platform.paused", False),
        ("platform.resumed", False),
    ]
    assert source.asked[0] == "/flaky/1/429/clip.mp4"
    assert paused[0]["seq"] < logs[place(logs, "item.started", 1)]["seq"] < paused[1]["seq"]


async def test_a_platform_that_is_left_alone_is_shown_and_its_videos_can_be_cancelled(
    tmp_path: Path, source: Source
) -> None:
    async with running(tmp_path, source, workers=1) as (client, url):
        job_id = await client.submit([{"platform": "fake", "code": code} for code in ("limited", "direct")])
        waiting = await until(client, job_id, lambda status: bool(status["items"][0]["retryAt"]))
        shown = await platform(url, "fake")
        await client.cancel(job_id)
        status = await until_ended(client, job_id)

    assert (shown["breaker"]["state"], shown["breaker"]["reason"]) == ("open", "rate_limited")
    assert shown["breaker"]["until"]
    first, second = waiting["items"]
    assert (first["status"], first["lastFailure"]["code"], second["attempt"]) == ("waiting", "rate_limited", 1)
    assert status["status"] == "cancelled"


async def test_a_pause_before_the_next_try_outlives_kill_9(tmp_path: Path, source: Source) -> None:
    process = ServiceProcess(tmp_path, VXPIPE_ALLOW_HOSTS=source.address, VXPIPE_RETRY_SECONDS="6")
    link = source.url("flaky/1/503/clip.mp4")
    await process.start()
    try:
        async with Client(process.url) as client:
            job_id = await client.submit([{"url": link}])
            before = await until(client, job_id, lambda status: bool(status["items"][0]["retryAt"]))
        await process.end(signal.SIGKILL)
        asked = len(source.asked)
        await process.start()
        async with Client(process.url) as client:
            after = await client.status(job_id)
            ended = await until_ended(client, job_id)
    finally:
        await process.end(signal.SIGKILL)

    (told,), (kept,), (item,) = before["items"], after["items"], ended["items"]
    assert (kept["retryAt"], kept["tries"], kept["attempt"]) == (told["retryAt"], 1, 2)
    assert (item["status"], item["tries"], item["attempt"], item["retryAt"]) == ("success", 1, 2, None)
    assert asked == 1
    started = [line["ts"] for line in ended["logs"] if line["event"] == "item.started"]
    assert started[1] >= told["retryAt"]


async def test_a_run_without_a_service_tries_again_too(tmp_path: Path, source: Source) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "vxpipe", "run", "--json", source.url("flaky/1/503/clip.mp4"), source.url("status/404")],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "VXPIPE_ALLOW_DIRECT_URLS": "1",
            "VXPIPE_ALLOW_HOSTS": source.address,
            "VXPIPE_RETRY_SECONDS": "0.1",
        },
        capture_output=True,
        text=True,
        timeout=90,
    )

    passing, gone = map(json.loads, done.stdout.splitlines())
    assert (passing["status"], gone["error"]["code"]) == ("success", "removed")
    assert f"will be tried again in 1 s (try 2 of 3) because: {UNAVAILABLE}" in done.stderr
    assert done.stderr.count("tried again") == 1


async def test_downloads_that_fail_as_with_an_old_yt_dlp_raise_a_warning(tmp_path: Path, source: Source) -> None:
    async with running(tmp_path, source, workers=2) as (client, _):
        before = (await client.capabilities())["ytdlp"]["warnings"]
        await until_ended(client, await client.submit([{"platform": "fake", "code": "changed"}] * 5))
        after = (await client.capabilities())["ytdlp"]["warnings"]

    (warning,) = set(after) - set(before)
    assert warning.startswith("5 of the last 5 downloads from fake failed")

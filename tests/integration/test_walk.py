"""The whole walk: real HTTP, real downloads, real ffmpeg, a real service process that is killed and comes back."""

import asyncio
import hashlib
import json
import random
import re
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from integration.loopback import Source
from integration.service import ServiceProcess, service
from vxpipe.client import Client

FRAME = re.compile(r"\d{5}_(\d{5}\.\d{3})\.jpg")
FINAL = {"completed", "failed", "cancelled"}


@pytest.fixture
async def running(tmp_path: Path, sample_source: Source) -> AsyncIterator[ServiceProcess]:
    async with service(tmp_path, VXPIPE_ALLOW_HOSTS=sample_source.address) as started:
        yield started


async def until_ended(client: Client, job_id: str, *, seconds: float = 60) -> dict[str, Any]:
    async with asyncio.timeout(seconds):
        while True:
            status = await client.status(job_id)
            if status["status"] in FINAL:
                return dict(status)
            await asyncio.sleep(0.1)


async def audit(process: ServiceProcess, client: Client, job_id: str) -> dict[str, Any]:
    """What must be true of an ended job, whatever happened on the way; its status."""
    status = dict(await client.status(job_id))
    assert status["status"] in FINAL
    assert all(item["status"] in {"success", "failed", "cancelled"} for item in status["items"])
    told = [heard async for heard in client.events(job_id, last_event_id="0")]
    assert [int(heard.id or 0) for heard in told if heard.id] == list(range(1, len(told) + 1))
    assert [heard.data["status"] for heard in told if heard.event == "status"][-1] == status["status"]
    ends = [heard.data["index"] for heard in told if heard.event == "item" and heard.data["status"] in ENDED]
    assert sorted(ends) == list(range(len(status["items"])))
    listed = set()
    for item in status["items"]:
        listed |= await _check_files(process, client, job_id, item)
    root = process.folder / "data" / "artifacts"
    stored = {str(path.relative_to(root)) for path in (root / job_id).rglob("*") if path.is_file()}
    assert stored == listed
    assert [path for path in (process.folder / "data" / "work").rglob("*") if path.is_file()] == []
    assert process.leftovers() == []
    return status


ENDED = {"success", "failed", "cancelled"}


async def _check_files(process: ServiceProcess, client: Client, job_id: str, item: dict[str, Any]) -> set[str]:
    detail = await client.item(job_id, item["index"])
    place = f"{job_id}/{item['index']}-{item['platform']}-{item['code']}"
    for artifact in detail["artifacts"]:
        async with aiohttp.ClientSession() as session, session.get(process.url + artifact["url"]) as answer:
            body = await answer.read()
        assert len(body) == artifact["bytes"]
        assert hashlib.sha256(body).hexdigest() == artifact["sha256"]
    folder = {"frame": "frames/"}
    return {f"{place}/{folder.get(artifact['kind'], '')}{artifact['name']}" for artifact in detail["artifacts"]}


async def test_a_batch_becomes_frames_with_a_manifest_and_a_sheet(
    running: ServiceProcess, sample_source: Source
) -> None:
    names = ["letterbox_reel.mp4", "pillarbox.mp4", "full_frame.mp4"]
    async with Client(running.url) as client:
        job_id = await client.submit([{"url": sample_source.url(f"media/{name}")} for name in names])
        progress = [heard.data async for heard in client.events(job_id) if heard.event == "progress"]
        status = await audit(running, client, job_id)
        items = [await client.item(job_id, index) for index in range(3)]

    assert (status["status"], status["progress"]) == ("completed", 100)
    assert progress
    assert [item["crop"] and [item["crop"][k] for k in ("x", "y", "width", "height")] for item in items] == [
        [0, 142, 540, 676],
        [160, 0, 960, 720],
        None,
    ]
    for item, name in zip(items, names, strict=True):
        check_output(running, job_id, item)
        assert item["source"]["url"].endswith(name)


def check_output(process: ServiceProcess, job_id: str, item: dict[str, Any]) -> None:
    """The folder of an item is as CONTRACT.md describes it."""
    place = f"{item['index']}-{item['platform']}-{item['code']}"
    folder = process.folder / "data" / "artifacts" / job_id / place
    frames = sorted(path.name for path in (folder / "frames").iterdir())
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    facts = json.loads((folder / "item.json").read_text())
    kept = [row for row in rows if row["kept"]]

    assert len(frames) == item["frames"] == len(kept)
    assert [float(found[1]) for name in frames if (found := FRAME.fullmatch(name))] == [
        pytest.approx(row["t"], abs=0.0006) for row in kept
    ]
    assert [row["file"] for row in kept] == [f"frames/{name}" for name in frames]
    fields = {"t", "kept", "reason", "scene", "score", "dhash", "sharpness", "luma", "file", "duplicateOf", "distance"}
    assert all(set(row) == fields and row["reason"] for row in rows)
    assert facts["source"]["codec"] == "h264"
    assert {"ffmpeg", "ffprobe", "yt-dlp", "vxpipe"} <= set(facts["tools"])
    assert (folder / "sheet.jpg").stat().st_size > 1000


async def test_what_goes_wrong_is_named_and_spoils_nothing_else(tmp_path: Path, source: Source) -> None:
    paths = ["media/clip.mp4", "status/404", "cut/clip.mp4", "page", "media/hls.m3u8"]
    async with service(tmp_path, VXPIPE_ALLOW_HOSTS=source.address) as process, Client(process.url) as client:
        job_id = await client.submit([{"url": source.url(path)} for path in paths])
        await until_ended(client, job_id)
        status = await audit(process, client, job_id)

    assert status["status"] == "failed"
    assert [(item["error"] or {}).get("code") for item in status["items"]] == [
        None,
        "removed",
        "truncated",
        "no_video",
        None,
    ]


async def test_cancel_ends_a_stalled_download_within_six_seconds(tmp_path: Path, source: Source) -> None:
    async with service(tmp_path, VXPIPE_ALLOW_HOSTS=source.address) as process, Client(process.url) as client:
        job_id = await client.submit([{"url": source.url("stall/clip.mp4")}] * 3)
        await asyncio.wait_for(source.half_sent.wait(), 30)

        begun = time.monotonic()
        await client.cancel(job_id)
        await until_ended(client, job_id, seconds=6)
        took = time.monotonic() - begun

        assert (await audit(process, client, job_id))["status"] == "cancelled"
        assert took < 6


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_no_process_of_a_download_outlives_the_service(
    tmp_path: Path, source: Source, number: signal.Signals
) -> None:
    variables = {"VXPIPE_ALLOW_HOSTS": source.address, "VXPIPE_DRAIN_SECONDS": "0"}
    async with service(tmp_path, **variables) as process, Client(process.url) as client:
        await client.submit([{"url": source.url("stall/clip.mp4")}])
        await asyncio.wait_for(source.half_sent.wait(), 30)
        family = process.family()

        await process.end(number)

        async with asyncio.timeout(5):
            while any(member.exists() for member in family):
                await asyncio.sleep(0.02)
        assert len(family) == 2  # the zygote and its child


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_kill_9_every_item_still_ends_once_and_20_readers_miss_nothing(
    tmp_path: Path, sample_source: Source, seed: int
) -> None:
    chance = random.Random(seed)
    process = ServiceProcess(tmp_path, VXPIPE_ALLOW_HOSTS=sample_source.address)
    links = [{"url": sample_source.url(f"media/{name}")} for name in ("full_frame.mp4", "pillarbox.mp4")] * 2
    readers: list[list[int]] = [[] for _ in range(20)]
    job_id = ""
    try:
        for _ in range(3):
            await process.start()
            async with Client(process.url) as client:
                job_id = job_id or await client.submit(links)
                await listen(client, job_id, readers, chance, seconds=chance.uniform(0.3, 2.5))
            await process.end(signal.SIGKILL)
            await nothing_runs(process)
        await process.start()
        async with Client(process.url) as client:
            await listen(client, job_id, readers, chance, seconds=90)
            status = await audit(process, client, job_id)
    finally:
        await process.end(signal.SIGKILL)

    assert status["status"] == "completed"
    assert readers == [list(range(1, status["lastSeq"] + 1))] * 20


async def listen(
    client: Client, job_id: str, readers: list[list[int]], chance: random.Random, *, seconds: float
) -> None:
    """Every reader joins after a moment of its own and goes on where it was, for so long or until the job is done."""

    async def read(heard: list[int], delay: float) -> None:
        await asyncio.sleep(delay)
        async for event in client.events(job_id, last_event_id=str(heard[-1]) if heard else "0"):
            if event.id:
                heard.append(int(event.id))  # noqa: PERF401 - what was heard before the time is up must stay

    try:
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for heard in readers:
                group.create_task(read(heard, chance.uniform(0, 1)))
    except TimeoutError:
        return


async def nothing_runs(process: ServiceProcess) -> None:
    """The children of a killed service are gone at once."""
    async with asyncio.timeout(3):
        while process.leftovers():
            await asyncio.sleep(0.02)


async def test_sigterm_lets_go_in_time_and_the_next_start_finishes_the_work(tmp_path: Path, source: Source) -> None:
    process = ServiceProcess(tmp_path, VXPIPE_ALLOW_HOSTS=source.address, VXPIPE_DRAIN_SECONDS="0.2")
    await process.start()
    try:
        async with Client(process.url) as client:
            job_id = await client.submit([{"url": source.url("stall/clip.mp4")}, {"url": source.url("media/clip.mp4")}])
            await asyncio.wait_for(source.half_sent.wait(), 30)
            job = await client.status(job_id)
            status = await process.end(signal.SIGTERM)
            await nothing_runs(process)
        leave_what_no_row_names(process, job_id, job["items"][:1])
        await process.start()
        async with Client(process.url) as client:
            job = await client.status(job_id)
            await client.cancel(job_id)
            await until_ended(client, job_id)
            await audit(process, client, job_id)
    finally:
        await process.end(signal.SIGKILL)

    assert status == 0
    assert (job["items"][0]["attempt"], job["items"][0]["tries"]) == (2, 0)  # let go of, not failed


async def test_readers_are_sent_away_before_a_stopping_service_waits_for_its_items(
    tmp_path: Path, source: Source
) -> None:
    variables = {"VXPIPE_ALLOW_HOSTS": source.address, "VXPIPE_DRAIN_SECONDS": "60"}
    async with service(tmp_path, **variables) as process, Client(process.url) as client:
        job_id = await client.submit([{"url": source.url("stall/clip.mp4")}])
        await asyncio.wait_for(source.half_sent.wait(), 30)
        async with aiohttp.ClientSession(process.url) as session, session.get(f"/jobs/{job_id}/events") as stream:
            assert process.process is not None
            process.process.send_signal(signal.SIGTERM)
            said = await asyncio.wait_for(stream.read(), 20)

        assert said.endswith(b'event: bye\ndata: {"reason":"shutdown"}\n\n')
        assert process.process.poll() is None


def leave_what_no_row_names(process: ServiceProcess, job_id: str, items: list[dict[str, Any]]) -> None:
    """As a service that dies between publishing and recording does."""
    for item in items:
        place = f"{item['index']}-{item['platform']}-{item['code']}"
        folder = process.folder / "data" / "artifacts" / job_id / place / "frames"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "00001_00000.000.jpg").write_bytes(b"nobody lists me")


async def test_two_services_do_not_share_a_data_folder(running: ServiceProcess) -> None:
    second = ServiceProcess(running.folder)

    with pytest.raises(AssertionError, match="another vxpipe service uses"):
        await second.start()

    assert second.process is not None
    assert second.process.returncode == 2

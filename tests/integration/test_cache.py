"""Nothing is downloaded twice: the whole app, the real yt-dlp, and a source that counts what it is asked for."""

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from integration.loopback import Source, fake_platform
from vxpipe import app, config
from vxpipe.client import Client
from vxpipe.engine.fetch import kept_files
from vxpipe.engine.fetch.shelf import FACTS_BYTES

HERE = Path(__file__).parent
FINAL = {"completed", "failed", "cancelled"}


@asynccontextmanager
async def running(folder: Path, source: Source, **settings: Any) -> AsyncIterator[tuple[Client, str]]:
    """The whole app with the platform `fake`; a client of it and its address."""
    fake = fake_platform(source, concurrency=2)
    values = {"workers": 2, "allow_direct_urls": True, "retry_seconds": 0.1, **settings}
    read = config.read(data_dir=folder / "data", allow_hosts=(source.address,), **values)
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


async def done(client: Client, *codes: str, options: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    job_id = await client.submit([{"platform": "fake", "code": code} for code in codes], options)
    return await until(client, job_id, lambda status: status["status"] in FINAL)


def events(status: Mapping[str, Any], event: str) -> list[int]:
    """The items of which an event is told."""
    return [line["item"] for line in status["logs"] if line["event"] == event]


def cached(folder: Path) -> list[bool]:
    """What each `item.json` says, in the order of jobs and items."""
    places = sorted((folder / "data" / "artifacts").glob("*/*/item.json"))
    return [json.loads(path.read_text())["cached"] for path in places]


def kept(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "data" / "cache").glob("*/*") if path.name != "facts.json")


def media_asked(source: Source) -> int:
    return sum("clip.mp4" in path for path in source.asked)


async def test_the_same_video_twice_in_a_batch_is_downloaded_once(tmp_path: Path, source: Source) -> None:
    async with running(tmp_path, source) as (client, _):
        status = await done(client, "direct", "direct", "direct")

    assert status["status"] == "completed"
    assert media_asked(source) == 1
    assert (events(status, "download.finished"), sorted(events(status, "download.spared"))) == ([0], [1, 2])
    assert cached(tmp_path) == [False, True, True]
    assert [item["title"] for item in status["items"]] == ["The direct video"] * 3
    folders = sorted((tmp_path / "data" / "artifacts").glob("*/*/frames"))
    frames = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders]
    assert frames[0] == frames[1] == frames[2]


async def test_a_later_job_takes_it_from_the_cache_also_after_a_restart(tmp_path: Path, source: Source) -> None:
    async with running(tmp_path, source) as (client, _):
        await done(client, "direct")
        await done(client, "direct", options={"frames": {"mode": "count", "count": 2}})
    async with running(tmp_path, source) as (client, _):
        status = await done(client, "direct")

    assert (status["status"], events(status, "download.spared")) == ("completed", [0])
    assert media_asked(source) == 1
    assert "taken from the cache: " in next(line["msg"] for line in status["logs"] if "cache" in line["msg"])


async def test_another_rendition_is_another_download(tmp_path: Path, source: Source) -> None:
    async with running(tmp_path, source) as (client, _):
        await done(client, "direct", options={"image": {"maxHeight": 90}})
        await done(client, "direct", options={"image": {"maxHeight": 180}})

    assert [path for path in source.asked if "clip" in path] == [
        "/media/clip.mp4?size=small",
        "/media/clip.mp4?size=big",
    ]
    assert cached(tmp_path) == [False, False]


async def test_another_code_or_a_direct_link_is_another_download(tmp_path: Path, source: Source) -> None:
    link = {"url": source.url("media/clip.mp4")}
    async with running(tmp_path, source) as (client, _):
        await done(client, "direct", "noisy")
        for _ in range(2):
            job_id = await client.submit([link])
            await until(client, job_id, lambda status: status["status"] == "completed")

    assert cached(tmp_path) == [False] * 4


async def test_switched_off_everything_is_downloaded_and_nothing_kept(tmp_path: Path, source: Source) -> None:
    async with running(tmp_path, source) as (client, _):
        await done(client, "direct")
    async with running(tmp_path, source, cache_bytes=0) as (client, _):
        await done(client, "direct", "direct")

    assert media_asked(source) == 3
    assert (kept(tmp_path), cached(tmp_path)) == ([], [False] * 3)


async def test_when_the_first_is_cancelled_the_next_does_it_itself(tmp_path: Path, source: Source) -> None:
    async with running(tmp_path, source) as (client, _):
        first = await client.submit([{"platform": "fake", "code": "stops"}])
        await asyncio.wait_for(source.half_sent.wait(), 60)
        second = await client.submit([{"platform": "fake", "code": "stops"}] * 2)
        other = await done(client, "direct")
        waiting = await client.status(second)
        await client.cancel(first)
        ended = await until(client, second, lambda status: status["status"] in FINAL)
        cancelled = await until(client, first, lambda status: status["status"] in FINAL)

    assert (other["status"], cancelled["status"], ended["status"]) == ("completed", "cancelled", "completed")
    assert [item["status"] for item in waiting["items"]] == ["waiting", "waiting"]
    assert source.asked.count("/stall-once/clip.mp4") == 2
    assert (events(ended, "download.finished"), events(ended, "download.spared")) == ([0], [1])


async def test_when_the_first_fails_the_next_does_it_itself_and_the_first_takes_it_then(
    tmp_path: Path, source: Source
) -> None:
    async with running(tmp_path, source, retry_seconds=1) as (client, _):
        status = await done(client, "flaky_media", "flaky_media")

    assert status["status"] == "completed"
    assert [item["tries"] for item in status["items"]] == [1, 0]
    assert source.asked.count("/flaky/1/404/clip.mp4") == 2
    assert (events(status, "download.finished"), events(status, "download.spared")) == ([1], [0])


async def test_a_file_that_was_cut_or_exchanged_is_downloaded_again(tmp_path: Path, source: Source) -> None:
    async with running(tmp_path, source) as (client, _):
        for spoil in (lambda path: path.write_bytes(path.read_bytes()[:-1]), Path.unlink, lambda path: path.touch()):
            await done(client, "direct")
            (path,) = kept(tmp_path)
            spoil(path)
        status = await done(client, "direct", "direct")

    assert media_asked(source) == 4
    assert (events(status, "download.finished"), events(status, "download.spared")) == ([0], [1])
    assert len(kept(tmp_path)) == 1


async def test_what_cannot_be_read_as_a_video_is_not_kept(tmp_path: Path, source: Source, media: Path) -> None:
    (media / "broken.mp4").write_bytes(b"no video at all" * 100)
    try:
        async with running(tmp_path, source) as (client, _):
            status = await done(client, "broken", "broken")
    finally:
        (media / "broken.mp4").unlink()

    assert [item["error"]["code"] for item in status["items"]] == ["unreadable_media"] * 2
    assert kept(tmp_path) == []


async def test_the_folder_never_exceeds_its_bound(tmp_path: Path, source: Source, media: Path) -> None:
    bound = (media / "clip.mp4").stat().st_size + 2 * FACTS_BYTES
    async with running(tmp_path, source, cache_bytes=bound) as (client, _):
        await done(client, "direct", "noisy")
        sizes = [path.stat().st_size for path in (tmp_path / "data" / "cache").rglob("*") if path.is_file()]
        status = await done(client, "direct", "noisy", "hls")

    assert status["status"] == "completed"
    assert 0 < sum(sizes) <= bound
    assert len(kept(tmp_path)) == 1


async def test_below_the_disk_floor_items_wait_and_it_is_said_why(tmp_path: Path, source: Source) -> None:
    async with (
        running(tmp_path, source, disk_floor_bytes=1 << 60) as (client, url),
        aiohttp.ClientSession() as session,
    ):
        job_id = await client.submit([{"platform": "fake", "code": "direct"}])
        status = await until(client, job_id, lambda status: bool(events(status, "disk.low")))
        async with session.get(f"{url}/ready") as answer:
            ready = await answer.json()
        await client.cancel(job_id)
        ended = await until(client, job_id, lambda status: status["status"] in FINAL)

    assert (answer.status, ready["ready"]) == (503, False)
    assert "have to stay free" in ready["reasons"][0]
    assert next(line["msg"] for line in status["logs"] if line["event"] == "disk.low").startswith("waits: only ")
    assert (status["items"][0]["status"], status["items"][0]["tries"]) == ("waiting", 0)
    assert (ended["status"], source.asked) == ("cancelled", [])


SMALL_DISK = Path("/dev/shm")


@pytest.mark.skipif(
    not SMALL_DISK.is_dir() or shutil.disk_usage(SMALL_DISK).free < 1 << 30, reason="needs a disk in memory"
)
async def test_when_a_full_disk_has_room_again_the_queue_is_worked_off(source: Source) -> None:
    with tempfile.TemporaryDirectory(dir=SMALL_DISK) as place:
        folder, filling = Path(place), Path(place) / "filling"
        floor = shutil.disk_usage(folder).free - (128 << 20)
        with filling.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, 256 << 20)
        async with running(folder, source, disk_floor_bytes=floor) as (client, _):
            items = [{"platform": "fake", "code": code} for code in ("direct", "noisy", "hls")]
            job_id = await client.submit(items)
            before = await until(client, job_id, lambda status: bool(events(status, "disk.low")))
            asked = list(source.asked)
            filling.unlink()
            after = await until(client, job_id, lambda status: status["status"] in FINAL)

    assert ([item["status"] for item in before["items"]], asked) == (["waiting"] * 3, [])
    assert (after["status"], [item["tries"] for item in after["items"]]) == ("completed", [0, 0, 0])


def test_a_run_without_a_service_fails_below_the_disk_floor_and_keeps_nothing(tmp_path: Path, media: Path) -> None:
    command = [sys.executable, "-m", "vxpipe", "run", "--json", "youtube:aqz-KE-bpKQ", str(media / "clip.mp4")]
    variables = {"VXPIPE_DISK_FLOOR_BYTES": str(1 << 60), "VXPIPE_TRIES": "1"}
    ended = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=90)

    lines = {line["platform"]: line for line in map(json.loads, ended.stdout.splitlines())}
    assert lines["youtube"]["error"]["code"] == "storage"
    assert lines["file"]["status"] == "success"
    assert not (tmp_path / "data").exists()


STORING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from vxpipe.engine.fetch import kept_files
from vxpipe.engine.fetch.shelf import Kept
root = Path(sys.argv[1])
source = root.with_name("source")
for n in range(1000000):
    source.unlink(missing_ok=True)
    source.write_bytes(bytes([n % 256]) * 100_000)
    files = {"path": kept_files.described(source)}
    kept = Kept(content=str(n % 3), files=files, fetched_at=datetime.now(UTC), title=str(n % 256), uploader=None)
    kept_files.store(root, kept, root.parent)
    print(n, flush=True)
"""


@pytest.mark.parametrize("seed", range(5))
def test_killed_at_any_moment_it_leaves_only_what_is_whole(tmp_path: Path, seed: int) -> None:
    root, chance = tmp_path / "cache", random.Random(seed)
    root.mkdir()
    process = subprocess.Popen([sys.executable, "-c", STORING, str(root)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    for _ in range(chance.randint(2, 40)):
        process.stdout.readline()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(chance.random() / 50)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    found = kept_files.load(root)

    assert found
    for name, each in found:
        assert (root / name / "source").read_bytes() == bytes([int(each.title or 0)]) * 100_000
        assert each.fetched_at <= datetime.now(UTC)
    assert sorted(path.name for path in root.iterdir()) == sorted(name for name, _ in found)

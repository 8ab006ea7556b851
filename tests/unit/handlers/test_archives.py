"""`GET /jobs/{id}/archive.zip` and the archive of one item."""

import asyncio
import io
import zipfile
from contextlib import aclosing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from asking import ended, publishing, submitted
from house import House
from vxpipe.errors import VxError
from vxpipe.model import EventKind, Item
from vxpipe.ports import Report

FILES = [("frames/00001_00001.500.jpg", b"picture"), ("manifest.jsonl", b"{}\n"), ("item.json", b"{}")]


async def gone(_item: Item, _report: Report) -> None:
    raise VxError("removed", "it was there once")


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def test_the_archive_holds_the_results_under_their_names_and_has_the_length_it_promises(
    home: House, tmp_path: Path
) -> None:
    script = publishing(home, tmp_path, FILES)
    home.work.scripts = {"abc": script, "def": gone, "xyz": script}
    job_id = await submitted(home, "abc", "def", "xyz")
    assert (await ended(home, job_id))["status"] == "failed"

    whole = await home.client.get(f"/jobs/{job_id}/archive.zip")
    content = await whole.read()
    head = await home.client.head(f"/jobs/{job_id}/archive.zip")
    one = await home.client.get(f"/jobs/{job_id}/items/2/archive.zip")

    assert (whole.status, whole.content_type, whole.headers["Content-Length"]) == (
        200, "application/zip", str(len(content)),
    )  # fmt: skip
    assert whole.headers["Content-Disposition"] == f'attachment; filename="vxpipe-{job_id}.zip"'
    assert head.headers["Content-Length"] == str(len(content))
    assert unpacked(content) == {
        f"{folder}/{name}": held for folder in ("0-fake-abc", "2-fake-xyz") for name, held in FILES
    }
    assert unpacked(await one.read()) == dict(FILES)


async def test_a_job_without_results_has_no_archive(home: House) -> None:
    home.work.scripts = {"abc": gone}
    job_id = await submitted(home)
    await ended(home, job_id)

    for path in (f"/jobs/{job_id}/archive.zip", f"/jobs/{job_id}/items/0/archive.zip", "/jobs/nobody/archive.zip"):
        assert (await home.client.get(path)).status == 404
    assert (await home.client.get(f"/jobs/{job_id}/items/9/archive.zip")).status == 404


async def test_a_running_job_gives_what_there_is_so_far(home: House, tmp_path: Path) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def wait(_item: Item, _report: Report) -> None:
        begun.set()
        await go.wait()

    home.work.scripts = {"abc": publishing(home, tmp_path, FILES), "def": wait}
    alone = await submitted(home, "def")
    await begun.wait()
    early = await home.client.get(f"/jobs/{alone}/archive.zip")
    await home.client.post(f"/jobs/{alone}/cancel")
    both = await submitted(home, "def", "abc")
    await until_success(home, both)

    some = await home.client.get(f"/jobs/{both}/archive.zip")
    unfinished = await home.client.get(f"/jobs/{both}/items/0/archive.zip")

    assert (early.status, unfinished.status) == (409, 409)
    assert "-partial" in some.headers["Content-Disposition"]
    assert {name.split("/")[0] for name in unpacked(await some.read())} == {"1-fake-abc"}
    go.set()
    await ended(home, both)


async def until_success(home: House, job_id: str) -> None:
    async with asyncio.timeout(10), aclosing(home.journal.follow(job_id, after=0)) as events:
        async for batch in events:
            if any(event.kind is EventKind.ITEM and event.data["status"] == "success" for event in batch):
                return


async def test_a_file_that_goes_missing_breaks_the_archive_off(home: House, tmp_path: Path) -> None:
    # Far more than the sockets' buffers hold, so that the last file is not yet read when it goes.
    big: list[Any] = [(f"frames/{number:05}.jpg", bytes(1 << 20)) for number in range(40)]
    home.work.scripts = {"abc": publishing(home, tmp_path, big)}
    job_id = await submitted(home)
    await ended(home, job_id)

    async with asyncio.timeout(30):
        answer = await home.client.get(f"/jobs/{job_id}/archive.zip")
        await answer.content.readexactly(1)
        (tmp_path / "artifacts" / job_id / "0-fake-abc" / "frames" / "00039.jpg").unlink()
        home.is_sound = False

        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


async def test_files_that_are_gone_before_are_said_to_be(home: House, tmp_path: Path) -> None:
    home.work.scripts = {"abc": publishing(home, tmp_path, FILES)}
    job_id = await submitted(home)
    await ended(home, job_id)
    (tmp_path / "artifacts" / job_id / "0-fake-abc" / "item.json").unlink()
    home.is_sound = False

    answer = await home.client.get(f"/jobs/{job_id}/archive.zip")

    assert (answer.status, (await answer.json())["code"]) == (404, "artifact_not_found")


async def test_only_so_many_archives_are_sent_at_once_and_a_reader_that_leaves_makes_room(
    home: House, tmp_path: Path
) -> None:
    # More than the sockets' buffers hold: an archive that nobody reads stays open.
    home.work.scripts = {"abc": publishing(home, tmp_path, [("clip.mp4", bytes(30 << 20))])}
    job_id = await submitted(home)
    await ended(home, job_id)
    path = f"/jobs/{job_id}/archive.zip"
    # Would be a 404 if it was looked for on the disk before it is known whether there is a place.
    home.work.scripts = {"abc": publishing(home, tmp_path, FILES)}
    lost_id = await submitted(home)
    await ended(home, lost_id)
    (tmp_path / "artifacts" / lost_id / "0-fake-abc" / "item.json").unlink()
    home.is_sound = False
    unreadable = f"/jobs/{lost_id}/archive.zip"

    opened = [await home.client.get(path) for _ in range(8)]
    refused = [await home.client.get(path), await home.client.head(path), await home.client.get(unreadable)]
    for answer in opened:
        answer.close()

    assert {answer.status for answer in opened} == {200}
    assert [(answer.status, answer.headers["Retry-After"].isdigit()) for answer in refused] == [(503, True)] * 3
    async with asyncio.timeout(20):
        while (again := await home.client.get(path)).status != 200:
            await asyncio.sleep(0.05)
    again.close()

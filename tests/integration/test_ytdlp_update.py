"""`vxpipe ytdlp` with the real pip or uv, on wheels made here, beside a service at work."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from integration import wheels
from integration.loopback import Source
from integration.service import service
from vxpipe import clock
from vxpipe.client import Client
from vxpipe.engine.child import Children
from vxpipe.engine.fetch.registry import Registry
from vxpipe.engine.fetch.trial import Trial, Unfit
from vxpipe.engine.fetch.vault import Vault

BUNDLED = version("yt-dlp")
FINAL = {"completed", "failed", "cancelled"}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Two releases of yt-dlp newer than ours, a nightly build, and one that is broken, in a folder."""
    folder = tmp_path_factory.mktemp("index")
    wheels.ejs(folder, "0.8.0")
    wheels.ejs(folder, "0.8.1")
    wheels.ytdlp(folder, "2050.1.1")
    wheels.ytdlp(folder, "2050.1.2", ejs="0.8.1")
    wheels.ytdlp(folder, "2050.1.2.7.dev0")
    wheels.ytdlp(folder, "2050.1.0", wheels.BROKEN)
    return wheels.index(folder)


async def vxpipe(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "vxpipe", "ytdlp", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **variables},
        capture_output=True,
        text=True,
        timeout=150,
    )


async def test_update_and_the_way_back(tmp_path: Path, index: Mapping[str, str]) -> None:
    newest = await vxpipe(tmp_path, "update", **index)
    older = await vxpipe(tmp_path, "update", "--version", "2050.01.01", **index)
    broken = await vxpipe(tmp_path, "update", "--version", "2050.1.0", **index)
    nightly = await vxpipe(tmp_path, "update", "--pre", **index)
    back = await vxpipe(tmp_path, "update", "--version", "2050.1.2", **wheels.index(tmp_path))
    status = await vxpipe(tmp_path, "status")
    home = await vxpipe(tmp_path, "update", "--version", BUNDLED, **wheels.index(tmp_path))

    place = tmp_path / "data" / "ytdlp"
    assert [each.returncode for each in (newest, older, nightly, back, status, home)] == [0] * 6, nightly
    assert broken.returncode == 1
    assert newest.stdout == f"yt-dlp {BUNDLED} -> 2050.1.2\n"
    assert older.stdout == "yt-dlp 2050.1.2 -> 2050.1.1\n"
    assert "this release is broken" in broken.stderr
    assert broken.stderr.endswith("yt-dlp stays 2050.1.1\n")
    assert nightly.stdout == "yt-dlp 2050.1.1 -> 2050.1.2.7dev\n"
    assert back.stdout == "yt-dlp 2050.1.2.7dev -> 2050.1.2\n"
    assert status.stdout.startswith("in use            2050.1.2, 0 days old, from an update\n")
    assert home.stdout == f"yt-dlp 2050.1.2 -> {BUNDLED}\n"
    assert sorted(path.name for path in place.iterdir()) == [".lock", "2050.1.2", "2050.1.2.7dev"]
    assert (place / "2050.1.2" / "yt_dlp_ejs-0.8.1.dist-info").is_dir()


@pytest.mark.parametrize("arguments", [("--version", "../x"), ("--version", "2050.1.1", "--pre")])
async def test_a_version_that_is_none_is_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert (await vxpipe(tmp_path, "update", *arguments)).returncode == 2


async def test_an_update_that_finds_nothing_says_so_and_leaves_what_was(tmp_path: Path) -> None:
    done = await vxpipe(tmp_path, "update", **wheels.index(tmp_path))

    assert done.returncode == 1
    assert "yt-dlp could not be installed" in done.stderr
    assert done.stderr.endswith(f"yt-dlp stays {BUNDLED}\n")
    assert [path.name for path in (tmp_path / "data" / "ytdlp").iterdir()] == [".lock"]


async def test_a_running_service_uses_it_for_the_next_download_and_a_running_one_keeps_its_own(
    tmp_path: Path, source: Source, index: Mapping[str, str]
) -> None:
    async with service(tmp_path, VXPIPE_ALLOW_HOSTS=source.address) as process, Client(process.url) as client:
        held = await client.submit([{"url": source.url("held/clip.mp4")}])
        await asyncio.wait_for(source.half_sent.wait(), 60)

        updated = await vxpipe(tmp_path, "update", **index)
        told = await capabilities(process.url)
        later = await tools_of(client, await client.submit([{"url": source.url("media/clip.mp4")}]), tmp_path)
        source.released.set()
        first = await tools_of(client, held, tmp_path)
        pids = zygotes(process.family())

    assert updated.returncode == 0, updated.stderr
    assert (first["yt-dlp"], later["yt-dlp"]) == (BUNDLED, "2050.1.2")
    assert (told["ytdlp"]["version"], told["ytdlp"]["source"]) == ("2050.1.2", "update")
    assert (told["tools"]["yt-dlp"], told["queueDepth"], told["sandbox"]["mode"]) == ("2050.1.2", 0, "auto")
    assert told["tools"].keys() == {"vxpipe", "python", "ffmpeg", "ffprobe", "yt-dlp"}
    assert all(row["reason"] and row["code"] for row in told["encoders"] if not row["available"])
    assert {row["name"]: row["reason"] for row in told["decoders"] if row["name"] in ("h264", "av1")} == {
        "h264": None,
        "av1": None,
    }
    assert told["gpus"]
    assert 0 < told["disk"]["freeBytes"] < told["disk"]["totalBytes"]
    assert len(pids) == 1


def zygotes(family: list[Path]) -> list[str]:
    found = []
    for folder in family:
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"vxpipe.engine.fetch.ytdlp_child" in words:
            found.append(folder.name)
    return found


async def capabilities(url: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/capabilities") as answer:
        return dict(await answer.json())


async def tools_of(client: Client, job_id: str, folder: Path) -> dict[str, str]:
    """What item.json of a job's one item says of the tools."""
    async with asyncio.timeout(60):
        while (status := await client.status(job_id))["status"] not in FINAL:
            await asyncio.sleep(0.05)
    assert status["status"] == "completed", status
    (facts,) = (folder / "data" / "artifacts" / job_id).glob("*/item.json")
    return dict(json.loads(facts.read_text())["tools"])


async def test_a_file_of_the_folder_is_no_module_of_the_downloader(tmp_path: Path) -> None:
    """Beside the two packages nothing is found there: neither a plug-in nor another json."""
    place = unpacked(tmp_path / "good", "2050.1.1")
    (place / "json.py").write_text("raise SystemExit('a stranger')\n")
    (place / "aiohttp.py").write_text("raise SystemExit('a stranger')\n")
    plugins = place / "yt_dlp_plugins" / "extractor"
    plugins.mkdir(parents=True)
    (plugins / "evil.py").write_text("raise SystemExit('a stranger')\n")

    assert await trial().run(place) == "2050.1.1"


async def test_what_it_imports_late_is_still_its_own(tmp_path: Path) -> None:
    """Within the sandbox, and of the same version."""
    place = unpacked(tmp_path / "good", "2050.1.1")
    downloader = place / "yt_dlp" / "downloader" / "http.py"
    begin = "def real_download(self, filename, info_dict):\n"
    text = downloader.read_text()
    assert begin in text
    downloader.write_text(text.replace(begin, f"{begin}        import yt_dlp.late\n"))
    (place / "yt_dlp" / "late.py").write_text("from yt_dlp import version\nassert version.__version__ == '2050.1.1'\n")

    assert await trial().run(place) == "2050.1.1"


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("yt_dlp/YoutubeDL.py", "class YoutubeDL:", "class Other:", "cannot be imported"),
        ("yt_dlp/extractor/lazy_extractors.py", "IE_NAME = 'Instagram'", "IE_NAME = 'Insta'", "no extractor instagram"),
        (
            "yt_dlp/downloader/http.py",
            "def real_download(",
            "def download_real(",
            "a download from this machine failed",
        ),
        (
            "yt_dlp/downloader/http.py",
            "def real_download(",
            "def real_download(self,*a): return True\n    def o(",
            "no_output",
        ),
    ],
)
async def test_a_yt_dlp_that_does_not_work_as_ours_must_is_unfit(
    tmp_path: Path, file: str, old: str, new: str, words: str
) -> None:
    place = unpacked(tmp_path / "bad", "2050.1.1")
    text = (place / file).read_text()
    assert old in text
    (place / file).write_text(text.replace(old, new))

    with pytest.raises(Unfit, match=words):
        await trial().run(place)


async def test_a_folder_without_yt_dlp_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="cannot be imported"):
        await trial().run(tmp_path)


def unpacked(folder: Path, version: str) -> Path:
    folder.mkdir()
    shutil.unpack_archive(wheels.ytdlp(folder, version), folder, format="zip")
    return folder


def trial() -> Trial:
    children = Children(env={"PATH": os.defpath}, grace_seconds=1)
    registry = Registry()
    return Trial(children, registry, Vault(None, registry, now=clock.now), python=sys.executable, sandbox="auto")

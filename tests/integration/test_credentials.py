"""Cookies and keys of a platform reach its downloads and nobody else, with the real yt-dlp in its real child."""

import asyncio
import io
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from structlog.testing import capture_logs

from integration.loopback import MEMBER, Source, fake_platform
from vxpipe import app, clock, config
from vxpipe.client import Client
from vxpipe.engine.child import Children
from vxpipe.engine.fetch import zygote
from vxpipe.engine.fetch.guard import Guard
from vxpipe.engine.fetch.registry import Registry
from vxpipe.engine.fetch.vault import Vault
from vxpipe.engine.fetch.ytdlp import FetchLimits, YtdlpFetcher, child_command
from vxpipe.engine.sandbox import Level, available
from vxpipe.errors import FAILURES, VxError
from vxpipe.ports import Fetched

HERE = Path(__file__).parent
LIMITS = FetchLimits(
    max_bytes=50_000_000,
    max_duration_seconds=3600,
    wall_seconds=60,
    stall_seconds=20,
    socket_timeout_seconds=5,
    retries=0,
)
API_KEY = "Key+of/the=operator%2F42"
LATER, BEFORE = 2_000_000_000, 1_000_000_000
NO_COOKIE = ""

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@dataclass(frozen=True)
class Folder:
    """The operator's folder of credentials."""

    path: Path

    @property
    def cookies(self) -> Path:
        return self.path / "fake.cookies.txt"

    def mount(self, value: str = MEMBER, *, expires: int = LATER, others: str = "") -> None:
        """Put the file of cookies there, as a browser exports it."""
        self.path.mkdir(exist_ok=True)
        own = f"127.0.0.1\tFALSE\t/\tFALSE\t{expires}\tsession\t{value}\n"
        self.cookies.write_text(f"# Netscape HTTP Cookie File\n{others}{own}")
        self.cookies.chmod(0o600)

    def mount_keys(self) -> None:
        self.path.mkdir(exist_ok=True)
        (self.path / "fake.keys.json").write_text(json.dumps({"fake": {"api_key": [API_KEY]}}))
        (self.path / "fake.keys.json").chmod(0o600)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "credentials")


class Downloads:
    """Downloads one after the other, with a zygote and a guard that stay."""

    def __init__(self, fetcher: YtdlpFetcher, registry: Registry, work: Path) -> None:
        self._fetcher = fetcher
        self._registry = registry
        self._work = work

    async def fake(self, code: str, *, platform: str = "fake") -> Fetched:
        return await self._fetch(self._registry.target(platform, code))

    async def direct(self, url: str) -> Fetched:
        return await self._fetch(self._registry.direct(url))

    async def _fetch(self, target: Any) -> Fetched:
        folder = self._work / f"{len(list(self._work.iterdir()))}"
        folder.mkdir()
        return await self._fetcher.fetch(target, folder, wanted_height=None, heard=lambda _: None)


@pytest.fixture
async def downloads(source: Source, folder: Folder, tmp_path: Path) -> AsyncIterator[Downloads]:
    folder.path.mkdir()
    work = tmp_path / "work"
    work.mkdir()
    own = {"hosts": ("127.0.0.1",), "egress": ("127.0.0.1",)}
    registry = Registry(
        extra=(fake_platform(source, **own), fake_platform(source, name="other", **own)), allow_direct=True
    )
    children = Children(env={"PATH": os.defpath}, grace_seconds=1)
    allow = (source.address, f"localhost:{source.port}")
    guarding = Guard(allow_hosts=allow).listening()
    async with guarding as guard, zygote.opened(children, child_command(sys.executable)) as forking:
        vault = Vault(folder.path, registry, now=clock.now)
        fetcher = YtdlpFetcher(forking, registry, guard, vault, limits=LIMITS, plugins=HERE)
        yield Downloads(fetcher, registry, work)


async def failure(awaitable: Any) -> VxError:
    with pytest.raises(VxError) as caught:
        await awaitable
    return caught.value


# Who gets them


async def test_what_only_members_see_is_downloaded_and_the_file_stays_as_it_was(
    downloads: Downloads, folder: Folder, media: Path
) -> None:
    folder.mount()
    before = (folder.cookies.read_bytes(), folder.cookies.stat().st_mtime_ns, folder.cookies.stat().st_ctime_ns)

    fetched = await downloads.fake("members")

    after = (folder.cookies.read_bytes(), folder.cookies.stat().st_mtime_ns, folder.cookies.stat().st_ctime_ns)
    assert (media / "clip.mp4").read_bytes() == fetched.path.read_bytes()
    assert before == after
    assert list(folder.path.iterdir()) == [folder.cookies]
    assert list(fetched.path.parent.iterdir()) == [fetched.path]


async def test_a_file_that_nobody_may_write_is_enough(downloads: Downloads, folder: Folder) -> None:
    folder.mount()
    folder.cookies.chmod(0o400)
    folder.path.chmod(0o500)

    fetched = await downloads.fake("members")

    assert fetched.title == "The members video"


async def test_of_the_jar_of_a_whole_browser_only_the_platform_s_own_cookies_reach_the_child(
    downloads: Downloads, folder: Folder
) -> None:
    bank = ".bank.example\tTRUE\t/\tTRUE\t2000000000\taccount\tnobody-may-have-this\n"
    expired = "127.0.0.1\tFALSE\t/\tFALSE\t1000000000\told\tlong-gone\n"
    folder.mount(others=bank + expired)

    fetched = await downloads.fake("jar")

    assert fetched.title == "session@127.0.0.1"


async def test_a_direct_link_and_another_platform_get_none(
    downloads: Downloads, folder: Folder, source: Source
) -> None:
    folder.mount()
    folder.mount_keys()

    direct = await failure(downloads.direct(source.url("members/clip.mp4")))
    other = await failure(downloads.fake("members", platform="other"))
    await downloads.fake("keyed", platform="other")

    assert (direct.code, other.code) == ("login_required", "login_required")
    assert set(source.cookies) == {NO_COOKIE}
    assert source.asked[-1] == "/media/clip.mp4?key=no-key"


async def test_another_host_gets_none_on_a_redirect(downloads: Downloads, folder: Folder, source: Source) -> None:
    folder.mount()

    await downloads.fake("wander")

    assert [MEMBER in cookies for cookies in source.cookies] == [True, False]


async def test_keys_reach_the_extractor(downloads: Downloads, folder: Folder, source: Source) -> None:
    folder.mount_keys()

    await downloads.fake("keyed")

    assert source.asked == [f"/media/clip.mp4?key={API_KEY}"]


# What happens where they do not help


async def test_without_cookies_the_failure_says_to_mount_them(downloads: Downloads) -> None:
    failed = await failure(downloads.fake("members"))

    assert failed.code == "login_required"
    assert "mount" in FAILURES[failed.code].hint
    assert "VXPIPE_CREDENTIALS_DIR" in FAILURES[failed.code].hint


@pytest.mark.parametrize("cookies", [{"value": "of-a-session-that-ended"}, {"expires": BEFORE}])
async def test_with_cookies_that_do_not_count_it_says_to_renew_them(
    downloads: Downloads, folder: Folder, cookies: dict[str, Any]
) -> None:
    folder.mount(**cookies)

    failed = await failure(downloads.fake("members"))

    assert failed.code == "cookies_expired"
    assert "export them again" in FAILURES[failed.code].hint


async def test_renewed_cookies_are_taken_up_without_a_restart(downloads: Downloads, folder: Folder) -> None:
    folder.mount("of-a-session-that-ended")
    failed = await failure(downloads.fake("members"))

    folder.mount()
    renewed = await downloads.fake("members")
    folder.cookies.write_text("half a line")
    meanwhile = await downloads.fake("members")
    folder.cookies.unlink()
    gone = await failure(downloads.fake("members"))

    assert (failed.code, gone.code) == ("cookies_expired", "login_required")
    assert renewed.title == meanwhile.title == "The members video"


# Who hears of them


SECRETS = (MEMBER, API_KEY, quote(API_KEY), MEMBER.upper())


def told(text: str) -> list[str]:
    """The secrets in a text; of a part that was left when it was cut, too."""
    return [secret for secret in SECRETS if secret[:12].lower() in text.lower()]


@pytest.mark.parametrize("code", ["babble", "wail", "collapse", "astray", "members", "keyed"])
async def test_no_message_and_no_log_line_holds_a_secret_whatever_the_extractor_says(
    downloads: Downloads, folder: Folder, code: str
) -> None:
    folder.mount()
    folder.mount_keys()

    with capture_logs() as logs:
        try:
            ended = str(await downloads.fake(code))
        except VxError as exc:
            ended = f"{exc.message} {exc.facts}"

    assert logs
    assert told(ended + str(logs)) == []


@on_linux
async def test_a_running_download_has_no_secret_in_its_arguments_environment_or_files(
    downloads: Downloads, folder: Folder, source: Source, tmp_path: Path
) -> None:
    folder.mount()
    folder.mount_keys()

    async with asyncio.timeout(30):
        task = asyncio.create_task(downloads.fake("stalled"), name="stalled")
        await source.half_sent.wait()
        shown = list(processes())
        files = {path for path in tmp_path.rglob("*") if path.is_file() and MEMBER.encode() in path.read_bytes()}
        source.close()
        await asyncio.gather(task, return_exceptions=True)

    assert len(shown) > 2
    assert [each for each in shown if told(each)] == []
    assert files == {folder.cookies}
    assert source.cookies == [f"session={MEMBER}"]


def processes() -> Iterator[str]:
    """What every user of this machine, and every process of the same one, is shown of the processes."""
    for each in Path("/proc").glob("[0-9]*"):
        try:
            yield (each / "cmdline").read_text(errors="replace") + (each / "environ").read_text(errors="replace")
        except OSError:
            continue


@pytest.mark.skipif(available() is Level.OFF, reason="this kernel has no Landlock")
async def test_a_download_cannot_read_the_files_itself(downloads: Downloads, folder: Folder) -> None:
    folder.mount()

    failed = await failure(downloads.fake("rifle"))

    assert "Permission denied" in failed.message


@asynccontextmanager
async def service(data: Path, source: Source, folder: Folder, log_to: io.StringIO) -> AsyncIterator[tuple[Client, str]]:
    """The whole app, its debug lines on, with the platform `fake`; a client of it and its address."""
    settings = config.read(
        data_dir=data,
        allow_hosts=(source.address,),
        credentials_dir=folder.path,
        debug_pipeline=True,
        retry_seconds=0.1,
    )
    fake = fake_platform(source, hosts=("127.0.0.1",), egress=("127.0.0.1",))
    extras = app.Extras(platforms=(fake,), plugins=HERE, log_to=log_to)
    async with (
        app.running(settings, extras) as parts,
        app.listening(parts.app, "127.0.0.1", 0) as url,
        Client(url) as client,
    ):
        yield client, url


async def test_nothing_that_the_service_says_or_keeps_holds_a_secret(
    tmp_path: Path, source: Source, folder: Folder
) -> None:
    folder.mount()
    folder.mount_keys()
    log, data = io.StringIO(), tmp_path / "data"
    codes = ("members", "babble", "wail", "collapse", "astray")

    async with service(data, source, folder, log) as (client, url):
        job_id = await client.submit([{"platform": "fake", "code": code} for code in codes])
        events = [str(heard) async for heard in client.events(job_id, last_event_id="0")]
        status = await client.status(job_id)
        items = [await client.item(job_id, index) for index in range(len(codes))]
        async with aiohttp.ClientSession() as session, session.get(f"{url}/platforms") as answer:
            platforms = (await answer.json())["platforms"]

    said = " ".join([log.getvalue(), *events, str(status), str(items), str(platforms)])
    kept = {path for path in data.rglob("*") if path.is_file()}
    assert [item["status"] for item in status["items"]] == ["success", "success", "failed", "failed", "failed"]
    assert items[1]["source"]["title"] == "*** and ***%20***"
    assert told(said) == []
    assert {path.suffix for path in kept} >= {".db", ".json", ".jsonl", ".jpg"}
    assert [path for path in kept if told(path.read_bytes().decode("latin-1"))] == []
    assert [row["credentials"] for row in platforms if row["name"] == "fake"] == [
        {"cookies": True, "expired": False, "expires": "2033-05-18T03:33:20.000Z", "keys": True}
    ]

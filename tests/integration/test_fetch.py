"""Downloads with the real yt-dlp in its real child, from a source on loopback."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import imageio_ffmpeg
import pytest
from structlog.testing import capture_logs

from integration.loopback import fake_platform, serve
from vxpipe import clock
from vxpipe.engine.child import Children
from vxpipe.engine.fetch import zygote
from vxpipe.engine.fetch.guard import Guard
from vxpipe.engine.fetch.registry import Registry
from vxpipe.engine.fetch.room import Room, RoomyFetcher
from vxpipe.engine.fetch.vault import Vault
from vxpipe.engine.fetch.ytdlp import FetchLimits, YtdlpFetcher, child_command
from vxpipe.engine.sandbox import Level, available
from vxpipe.errors import VxError
from vxpipe.model import Target
from vxpipe.ports import FetchProgress

HERE = Path(__file__).parent
COMMAND = child_command(sys.executable)
LIMITS = FetchLimits(
    max_bytes=50_000_000,
    max_duration_seconds=3600,
    wall_seconds=60,
    stall_seconds=20,
    socket_timeout_seconds=1,
    retries=1,
)


@pytest.fixture(autouse=True)
def nothing_left_running(tmp_path):
    yield
    assert processes_in(tmp_path) == []


@pytest.fixture
def fetch(source, tmp_path):
    """Fetch a direct link with everything allowed that the source is."""

    async def run(url, *, heard=lambda _: None, wanted_height=None, **changed):
        async with fetching(source, **changed) as fetcher:
            target = fetcher.registry.direct(url)
            return await fetcher.fetch(target, tmp_path, wanted_height=wanted_height, heard=heard)

    return run


@pytest.fixture
def fetch_fake(source, tmp_path):
    """Fetch a code of the test platform, whose extractor is a plug-in."""

    async def run(code, *, wanted_height=None, plugins=HERE, **changed):
        async with fetching(source, plugins=plugins, **changed) as fetcher:
            target = fetcher.registry.target("fake", code)
            return await fetcher.fetch(target, tmp_path, wanted_height=wanted_height, heard=lambda _: None)

    return run


needs_landlock = pytest.mark.skipif(available() is Level.OFF, reason="this kernel has no Landlock")


class Fetching(YtdlpFetcher):
    """A fetcher that shows its registry to the tests."""

    def __init__(self, downloads, registry, guard, **facts):
        super().__init__(downloads, registry, guard, Vault(None, registry, now=clock.now), **facts)
        self.registry = registry


@asynccontextmanager
async def fetching(
    source,
    *,
    allow_hosts=None,
    limits=LIMITS,
    plugins=None,
    command=COMMAND,
    env=None,
    egress=(),
    sandbox="auto",
    **guard,
):
    fake = fake_platform(source, egress=egress)
    children = Children(env=env or {"PATH": os.defpath}, grace_seconds=1)
    registry = Registry(extra=(fake,), allow_direct=True)
    guarding = Guard(allow_hosts=(source.address,) if allow_hosts is None else allow_hosts, **guard).listening()
    async with guarding as guard, zygote.opened(children, command, grace_seconds=1) as downloads:
        yield Fetching(downloads, registry, guard, limits=limits, sandbox=sandbox, plugins=plugins)


def limits(**changed) -> FetchLimits:
    return FetchLimits(**{name: changed.get(name, getattr(LIMITS, name)) for name in FetchLimits.__slots__})


def frames_in(path: Path) -> int:
    """How many pictures ffmpeg decodes from the file, damage being an error."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-xerror", "-i", str(path)]
    listing = subprocess.run(
        [*command, "-map", "0:v", "-f", "framemd5", "-"], check=True, capture_output=True, text=True, timeout=30
    )
    return sum(not line.startswith("#") for line in listing.stdout.splitlines())


def processes_in(folder: Path) -> list[str]:
    """Running processes that work in the folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cwd"):
        try:
            place = each.readlink()
        except OSError:
            continue
        if place == folder:
            found.append(each.parent.name)
    return found


async def failure(awaitable) -> VxError:
    with pytest.raises(VxError) as caught:
        await awaitable
    return caught.value


# Files


async def test_a_direct_file_arrives_whole_and_the_progress_reaches_the_end(fetch, source, media):
    heard: list[FetchProgress] = []

    fetched = await fetch(source.url("media/clip.mp4"), heard=heard.append)

    assert (media / "clip.mp4").read_bytes() == fetched.path.read_bytes()
    assert fetched.title == "clip"
    assert heard[-1].fraction == 1.0


async def test_the_work_folder_holds_nothing_but_the_file_afterwards(fetch, source, tmp_path):
    fetched = await fetch(source.url("media/clip.mp4"))

    assert [fetched.path] == list(tmp_path.iterdir())


async def test_a_file_without_announced_size_arrives_whole(fetch, source, media):
    fetched = await fetch(source.url("unsized/clip.mp4"))

    assert (media / "clip.mp4").read_bytes() == fetched.path.read_bytes()


async def test_a_download_that_broke_once_is_resumed_and_arrives_whole(fetch, source, media):
    fetched = await fetch(source.url("cut-once/clip.mp4"))

    assert (media / "clip.mp4").read_bytes() == fetched.path.read_bytes()


@pytest.mark.parametrize("manifest", ["hls.m3u8", "dash.mpd", "secret.m3u8"])
async def test_segments_are_joined_without_ffmpeg_and_every_frame_is_there(fetch, source, manifest):
    with capture_logs() as logs:
        fetched = await fetch(source.url(f"media/{manifest}"))

    assert frames_in(fetched.path) == 30
    assert [each for each in logs if each["log_level"] == "warning"] == []


async def test_a_redirect_inside_the_allowed_hosts_is_followed(fetch, source, media):
    fetched = await fetch(source.url(f"redirect?to={source.url('media/clip.mp4')}"))

    assert (media / "clip.mp4").read_bytes() == fetched.path.read_bytes()


# Failures of the source


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("status/404", "removed"),
        ("status/410", "removed"),
        ("status/403", "forbidden"),
        ("status/401", "login_required"),
        ("status/503", "upstream"),
        ("page", "no_video"),
        ("media/live.m3u8", "not_live"),
        ("missing-hls/hls.m3u8", "media_gone"),
        ("cut-hls/hls.m3u8", "truncated"),
        ("stall-hls/hls.m3u8", "stalled"),
        ("cut-unsized/clip.mp4", "truncated"),
        ("cut/clip.mp4", "truncated"),
        ("stall/clip.mp4", "stalled"),
    ],
)
async def test_a_source_that_fails_is_named_for_what_it_did(fetch, source, tmp_path, path, code):
    failed = await failure(fetch(source.url(path + "?signature=geheim")))

    assert code == failed.code
    assert "geheim" not in failed.message
    assert failed.message


@pytest.mark.parametrize(("path", "kind"), [("page", "a web page"), ("message", "JSON")])
async def test_a_link_to_no_video_is_told_what_it_leads_to(fetch, source, path, kind):
    failed = await failure(fetch(source.url(path)))

    assert ("no_video", f"the link leads to {kind}, not to a video file") == (failed.code, failed.message)


async def test_a_source_that_asks_for_patience_says_how_long(fetch, source):
    failed = await failure(fetch(source.url("status/429")))

    assert (failed.code, failed.facts["retry_after"]) == ("rate_limited", 7)


async def test_a_port_where_nobody_listens_is_a_network_failure(fetch, source):
    port = source.port
    source_gone = f"127.0.0.1:{1 if port != 1 else 2}"

    with capture_logs() as logs:
        failed = await failure(fetch(f"http://{source_gone}/clip.mp4", allow_hosts=(source_gone,)))

    assert (failed.code, failed.message.startswith(f"{source_gone}: ")) == ("network", True)
    assert [each for each in logs if each["log_level"] == "warning"] == [], "the failure tells it already"


# Limits


@pytest.mark.parametrize("path", ["media/clip.mp4", "unsized/clip.mp4", "media/hls.m3u8"])
async def test_a_video_over_the_size_limit_is_refused_however_it_comes(fetch, source, media, path):
    small = limits(max_bytes=(media / "clip.mp4").stat().st_size // 2)

    failed = await failure(fetch(source.url(path), limits=small))

    assert failed.code == "too_large"
    assert f"the limit is {small.max_bytes}" in failed.message


async def test_a_download_ends_when_the_disk_reaches_its_floor(source, tmp_path):
    free = [1000]
    room = Room(tmp_path, floor_bytes=1000, free=lambda _: free[0], poll_seconds=0.05)

    async with fetching(source) as fetcher, asyncio.TaskGroup() as group:
        target = fetcher.registry.direct(source.url("stall/clip.mp4"))
        roomy = RoomyFetcher(fetcher, room)
        fetch = roomy.fetch(target, tmp_path, wanted_height=None, heard=lambda _: None)
        ended = group.create_task(failure(fetch))
        await asyncio.wait_for(source.half_sent.wait(), 30)
        free[0] = 999

    assert ended.result().code == "storage"


async def test_a_video_of_exactly_the_size_limit_is_taken(fetch, source, media):
    exact = limits(max_bytes=(media / "clip.mp4").stat().st_size)

    fetched = await fetch(source.url("media/clip.mp4"), limits=exact)

    assert exact.max_bytes == fetched.path.stat().st_size


async def test_a_playlist_over_the_duration_limit_is_refused_before_its_segments_are_asked_for(fetch, source):
    failed = await failure(fetch(source.url("media/hls.m3u8"), limits=limits(max_duration_seconds=1)))

    assert failed.code == "too_large"
    assert not [path for path in source.asked if path.endswith(".ts")]


# Egress


async def test_an_address_that_is_not_public_is_refused_unless_allowed(fetch, source):
    failed = await failure(fetch(source.url("media/clip.mp4"), allow_hosts=()))

    assert failed.code == "egress_denied"
    assert "127.0.0.1" in failed.message
    assert source.asked == []


async def test_a_name_that_leads_to_this_machine_is_refused(fetch, source):
    failed = await failure(fetch(f"http://localhost:{source.port}/media/clip.mp4", allow_hosts=()))

    assert failed.code == "egress_denied"
    assert source.asked == []


async def test_a_redirect_to_a_port_that_is_not_allowed_is_refused(fetch, source, media):
    async with serve(media) as inner:
        failed = await failure(fetch(source.url(f"redirect?to={inner.url('media/clip.mp4')}")))

        assert failed.code == "egress_denied"
        assert inner.asked == []


@pytest.mark.parametrize(
    ("segment", "code"),
    [("http://169.254.169.254/latest.ts", "egress_denied"), ("file:///etc/passwd", "unsupported_url")],
)
async def test_a_playlist_cannot_lead_to_what_a_link_may_not(fetch, source, segment, code):
    failed = await failure(fetch(source.url(f"playlist?segment={segment}")))

    assert code == failed.code


async def test_an_allowed_name_stands_for_its_addresses_on_every_port(fetch, source, media):
    fetched = await fetch(f"http://localhost:{source.port}/media/clip.mp4", allow_hosts=("localhost",))

    assert (media / "clip.mp4").read_bytes() == fetched.path.read_bytes()


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("http://169.254.169.254/latest/meta-data", "egress_denied"),
        ("http://2130706433/clip.mp4", "egress_denied"),
        ("http://[::1]/clip.mp4", "egress_denied"),
        ("http://[::ffff:127.0.0.1]/clip.mp4", "egress_denied"),
        ("https://localhost/clip.mp4", "egress_denied"),
        ("http://93.184.216.34:22/clip.mp4", "egress_denied"),
        ("ftp://127.0.0.1/clip.mp4", "egress_denied"),
        ("file:///etc/passwd", "unsupported_url"),
    ],
)
async def test_a_redirect_cannot_lead_to_what_a_link_may_not(fetch, source, to, code):
    failed = await failure(fetch(source.url(f"redirect?to={to}")))

    assert code == failed.code


async def test_a_host_that_is_not_the_platform_s_is_noted_in_the_log(fetch_fake):
    with capture_logs() as logs:
        await fetch_fake("direct", egress=("site.example",))

    assert [each["hosts"] for each in logs if each["event"] == "download.strayed"] == ["127.0.0.1"]


async def test_a_host_that_is_not_the_platform_s_is_refused_where_that_is_strict(fetch_fake, source):
    allowed = {"allow_hosts": (), "host_map": {("127.0.0.1", source.port): ("127.0.0.1", source.port)}}

    failed = await failure(fetch_fake("direct", egress=("site.example",), strict=True, **allowed))

    assert failed.code == "egress_denied"
    assert "VXPIPE_EGRESS_STRICT" in failed.message
    assert source.asked == []


async def test_an_extractor_cannot_go_around_the_proxy(fetch_fake, source):
    failed = await failure(fetch_fake("around"))

    assert failed.code == "egress_denied"
    assert "does not go through the proxy" in failed.message
    assert source.asked == []


async def test_without_the_guard_nothing_is_fetched_even_where_the_environment_says_so(fetch, source):
    failed = await failure(fetch(source.url("media/clip.mp4"), env={"PATH": os.defpath, "no_proxy": "*"}))

    assert failed.code == "egress_denied"
    assert source.asked == []


async def test_proxies_of_the_environment_are_not_used(fetch, source, media):
    proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy"), "http://127.0.0.1:9")

    fetched = await fetch(source.url("media/clip.mp4"), env={"PATH": os.defpath, **proxies})

    assert (media / "clip.mp4").read_bytes() == fetched.path.read_bytes()


# A platform with an extractor


@pytest.mark.parametrize(("wanted_height", "size"), [(80, "small"), (100, "big"), (None, "big")])
async def test_of_a_platform_s_renditions_the_one_that_suffices_is_fetched(fetch_fake, source, wanted_height, size):
    await fetch_fake("direct", wanted_height=wanted_height)

    assert source.asked == [f"/media/clip.mp4?size={size}"]


async def test_a_platform_video_brings_title_and_uploader_and_two_lines_in_the_log(fetch_fake):
    with capture_logs() as logs:
        fetched = await fetch_fake("direct")

    assert (fetched.title, fetched.uploader) == ("The direct video", "Nobody")
    assert fetched.ytdlp == version("yt-dlp")
    assert [each["event"] for each in logs if each["log_level"] == "info"] == ["download.started", "download.finished"]
    assert [each for each in logs if each["log_level"] == "warning"] == []


async def test_what_is_refused_again_and_again_is_told_once(fetch_fake):
    with capture_logs() as logs:
        await fetch_fake("forbidden_thumbnail")

    (warning,) = (each for each in logs if each["log_level"] == "warning")
    assert (warning["event"], warning["reason"]) == ("download.denied", "address")


async def test_what_an_extractor_prints_is_not_taken_for_the_child_s_story(fetch_fake):
    fetched = await fetch_fake("noisy")

    assert fetched.title == "The noisy video"


async def test_a_platform_playlist_of_segments_arrives_whole(fetch_fake):
    fetched = await fetch_fake("hls")

    assert frames_in(fetched.path) == 30


async def test_of_a_carousel_the_first_entry_counts(fetch_fake, media):
    fetched = await fetch_fake("carousel")

    assert (media / "clip.mp4").read_bytes() == fetched.path.read_bytes()
    assert fetched.title == "The carousel video"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("gone_media", "media_gone"),
        ("long", "too_large"),
        ("live", "not_live"),
        ("announced", "not_yet"),
        ("silent", "extractor_broken"),
        ("sound", "format_unavailable"),
        ("limited", "rate_limited"),
        ("metadata", "egress_denied"),
        ("datagram", "egress_denied"),
        ("unix", "egress_denied"),
        ("private", "private"),
        ("login", "login_required"),
        ("geo", "geo_blocked"),
        ("offline", "not_live"),
        ("changed", "extractor_broken"),
        ("defect", "extractor_broken"),
        ("crash", "crashed"),
    ],
)
async def test_a_platform_that_refuses_is_named_for_its_reason(fetch_fake, code, expected):
    failed = await failure(fetch_fake(code))

    assert expected == failed.code
    assert failed.message


async def test_an_extractor_cannot_start_programs(fetch_fake):
    failed = await failure(fetch_fake("shell"))

    assert "os.system is not allowed" in failed.message


async def test_a_platform_s_link_reaches_no_other_extractor(fetch_fake, source):
    failed = await failure(fetch_fake("direct", plugins=None))

    assert failed.code == "unsupported_url"
    assert source.asked == []


# Confinement


async def test_a_download_lives_in_its_folder_with_limits_and_a_process_group_of_its_own(fetch_fake):
    fetched = await fetch_fake("home", sandbox="off")

    assert fetched.title == "True 77 [0, 256] True True"


@needs_landlock
async def test_a_download_reads_and_writes_nothing_outside_its_folder(fetch_fake, tmp_path):
    (tmp_path.parent / "secret").write_text("secret")

    peeked = await failure(fetch_fake("peek"))
    spilled = await failure(fetch_fake("spill"))

    assert "Permission denied" in peeked.message
    assert "Permission denied" in spilled.message
    assert not (tmp_path.parent / "spilled").exists()


needs_ports = pytest.mark.skipif(available() is not Level.FILES_AND_NET, reason="this kernel's Landlock knows no ports")


@needs_ports
async def test_code_that_python_does_not_see_goes_around_the_proxy_only_where_there_is_no_sandbox(fetch_fake, source):
    await failure(fetch_fake("native"))
    held = list(source.asked)
    await failure(fetch_fake("native", sandbox="off"))

    assert ([], ["/media/clip.mp4"]) == (held, source.asked)


@needs_ports
@pytest.mark.parametrize("path", ["media/clip.mp4", "media/hls.m3u8"])
async def test_a_download_is_done_where_the_sandbox_is_required(fetch, source, path):
    fetched = await fetch(source.url(path), sandbox="require")

    assert frames_in(fetched.path) > 0


async def test_without_the_sandbox_it_could(fetch_fake, tmp_path):
    (tmp_path.parent / "secret").write_text("secret")

    fetched = await fetch_fake("peek", sandbox="off")

    assert fetched.title == "secret"


# The end


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the child in /proc")
async def test_cancelling_ends_the_child_in_the_middle_of_a_download(source, tmp_path):
    moved = asyncio.Event()
    patience = limits(socket_timeout_seconds=60)

    async with asyncio.timeout(30), fetching(source, limits=patience) as patient:
        target = patient.registry.direct(source.url("stall/clip.mp4"))
        task = asyncio.create_task(
            patient.fetch(target, tmp_path, wanted_height=None, heard=lambda _: moved.set()), name="fetch"
        )
        await moved.wait()
        assert len(processes_in(tmp_path)) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert processes_in(tmp_path) == []


# What the child says is checked; here small scripts stand in for it


def saying(*messages: dict[str, object], then: str = "") -> tuple[str, ...]:
    says = f"for m in {list(messages)!r}: print(json.dumps(m), flush=True)"
    work = f"import os, stat, sys, time, json\ndef work():\n {says}\n {then or 'pass'}\n return 0"
    serve = "from vxpipe.engine.fetch import fork_server\nfork_server.serve(work)"
    return (sys.executable, "-I", "-c", f"{work}\n{serve}")


def done(**changed: object) -> dict[str, object]:
    files = [{"name": "media.mp4", "bytes": 4}]
    return {"kind": "done", "files": files, "title": None, "uploader": None, "seconds": None, "ytdlp": None, **changed}


def file(name: str, size: int = 4) -> dict[str, object]:
    return done(files=[{"name": "media.mp4", "bytes": 4}, {"name": name, "bytes": size}])


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (saying(), "crashed"),
        (saying(then="print('Killed', file=sys.stderr); os.kill(os.getpid(), 9)"), "crashed"),
        (saying(done(), then="os._exit(3)"), "crashed"),
        (saying({"kind": "error", "code": "nonsense", "message": "", "retry_after": None}), "crashed"),
        (saying({"kind": "error", "code": "drm", "message": "no", "retry_after": None}), "drm"),
        (saying(done(files=[])), "no_output"),
        (saying(file("absent.mp4")), "no_output"),
        (saying(file("../outside.mp4")), "no_output"),
        (saying(file("link.mp4")), "no_output"),
        (saying(file("empty.mp4", 0)), "no_output"),
        (saying(file("media.mp4", 5)), "truncated"),
        (saying(then="time.sleep(60)"), "stalled"),
        (("/nonexistent/python",), "tool_failed"),
    ],
)
async def test_a_child_that_breaks_its_promise_is_found_out(fetch, tmp_path, source, command, code):
    (tmp_path / "media.mp4").write_bytes(b"film")
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path.parent / "outside.mp4").write_bytes(b"film")
    (tmp_path / "link.mp4").symlink_to(tmp_path.parent / "outside.mp4")

    failed = await failure(fetch(source.url("x.mp4"), command=command, limits=limits(stall_seconds=1)))

    assert code == failed.code


async def test_the_job_travels_in_a_private_file_without_a_name_and_not_in_the_arguments(fetch, tmp_path, source):
    (tmp_path / "media.mp4").write_bytes(b"film")
    seen = "title=f'{os.fstat(0).st_mode:o} {os.fstat(0).st_nlink} links', uploader=[sys.argv, os.read(0, 9999)]"
    command = saying(then=f"print(json.dumps(dict({done(title=0, uploader=0)!r}) | dict({seen}), default=str))")

    fetched = await fetch(source.url("x.mp4?signature=geheim"), command=command)

    arguments, job = fetched.uploader
    assert fetched.title == "100600 0 links"
    assert "geheim" not in str(arguments)
    assert "geheim" in job


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are no files in memory")
async def test_the_job_is_never_on_a_disk(fetch, tmp_path, source):
    (tmp_path / "media.mp4").write_bytes(b"film")
    place = "title=os.readlink('/proc/self/fd/0')"
    command = saying(then=f"print(json.dumps(dict({done(title=0)!r}) | dict({place})))")

    fetched = await fetch(source.url("x.mp4"), command=command)

    assert fetched.title == "/memfd:job (deleted)"


async def test_noise_on_the_child_s_output_is_not_taken_for_its_story(fetch, tmp_path, source):
    (tmp_path / "media.mp4").write_bytes(b"film")
    noise = saying(then=f"print('[1]'); print('hello'); print({json.dumps(done())!r})")

    fetched = await fetch(source.url("x.mp4"), command=noise)

    assert tmp_path / "media.mp4" == fetched.path


async def test_a_target_of_no_known_platform_is_not_fetched(source, tmp_path):
    target = Target(platform="atlantis", code="x", url=source.url("media/clip.mp4"))

    async with fetching(source) as fetcher:
        failed = await failure(fetcher.fetch(target, tmp_path, wanted_height=None, heard=lambda _: None))

    assert failed.code == "unsupported_url"
    assert source.asked == []

"""yt-dlp's own extractors of YouTube and Instagram against fakes of both: what is told of every kind of end.

The fakes answer the requests of the pinned yt-dlp: an update that asks otherwise shows here. Everything is fetched
once, several at a time, and looked at by many tests.
"""

import asyncio
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
from structlog.testing import capture_logs

from integration.loopback import MEMBER
from integration.sites import INSTAGRAM, YOUTUBE, doors, instagram_code, sites, youtube_code
from vxpipe import clock
from vxpipe.engine.child import Children
from vxpipe.engine.fetch import zygote
from vxpipe.engine.fetch.guard import Guard
from vxpipe.engine.fetch.registry import Registry
from vxpipe.engine.fetch.vault import Vault
from vxpipe.engine.fetch.ytdlp import FetchLimits, YtdlpFetcher, child_command
from vxpipe.errors import VxError

LIMITS = FetchLimits(
    max_bytes=50_000_000,
    max_duration_seconds=3600,
    wall_seconds=60,
    stall_seconds=30,
    socket_timeout_seconds=2,
    retries=1,
)
AT_ONCE = 4
REGISTRY = Registry()
FINAL, AGAIN = False, True


class Told(NamedTuple):
    """What a caller hears of a failure: the row of the error table, who must act, and words of the message."""

    code: str
    who: str
    retryable: bool
    words: str
    retry_after: int | None = None


TOLD_OF_YOUTUBE = {
    "private": Told("private", "caller", FINAL, "Private video"),
    "removed": Told("removed", "caller", FINAL, "removed by the uploader"),
    "closed": Told("removed", "caller", FINAL, "account has been terminated"),
    "claimed": Told("removed", "caller", FINAL, "blocked it on copyright grounds"),
    "no_record": Told("removed", "caller", FINAL, "recording is not available"),
    "age": Told("age_restricted", "operator", FINAL, "Sign in to confirm your age"),
    "offends": Told("age_restricted", "operator", FINAL, "inappropriate or offensive"),
    "login": Told("login_required", "operator", FINAL, "Please sign in"),
    "bot": Told("bot_check", "operator", AGAIN, "Sign in to confirm you\u2019re not a bot"),
    "captcha": Told("bot_check", "operator", AGAIN, "captcha"),
    "other": Told("bot_check", "operator", AGAIN, "Your IP is likely being blocked"),
    "too_fast": Told("rate_limited", "nobody", AGAIN, "rate-limited by YouTube for up to an hour"),
    "rate_limit": Told("rate_limited", "nobody", AGAIN, "HTTP Error 429", 90),
    "geo": Told("geo_blocked", "operator", FINAL, "not made this video available in your country"),
    "members": Told("paid", "caller", FINAL, "members-only"),
    "rented": Told("paid", "caller", FINAL, "requires payment"),
    "premium": Told("paid", "caller", FINAL, "Premium members"),
    "live": Told("not_live", "caller", FINAL, "live stream"),
    "live_dark": Told("not_live", "caller", FINAL, "live stream"),
    "just_ended": Told("not_yet", "nobody", AGAIN, "has just ended"),
    "upcoming": Told("not_yet", "nobody", AGAIN, "will begin in 3 days"),
    "announced": Told("not_yet", "nobody", AGAIN, "announced"),
    "premiere": Told("not_yet", "nobody", AGAIN, "Premieres in 5 hours"),
    "premiering": Told("not_yet", "nobody", AGAIN, "Premiere will begin shortly"),
    "processing": Told("not_yet", "nobody", AGAIN, "processing this video"),
    "drm": Told("drm", "caller", FINAL, "DRM"),
    "long": Told("too_large", "caller", FINAL, "7200 s, the limit is 3600 s"),
    "refusal": Told("forbidden", "operator", AGAIN, "HTTP Error 403"),
    "fault": Told("upstream", "platform", AGAIN, "HTTP Error 502"),
    "hiccup": Told("upstream", "platform", AGAIN, "An error occurred"),
    "silence": Told("network", "nobody", AGAIN, "timed out"),
    "garbage": Told("extractor_broken", "operator", AGAIN, "Failed to extract any player response"),
    "changed": Told("extractor_broken", "operator", AGAIN, "No video formats found"),
    "media_403": Told("media_gone", "operator", AGAIN, "HTTP Error 403"),
    "media_404": Told("media_gone", "operator", AGAIN, "HTTP Error 404"),
    "media_hole": Told("media_gone", "operator", AGAIN, "HTTP Error 404"),
    "media_429": Told("rate_limited", "nobody", AGAIN, "HTTP Error 429", 7),
    "media_451": Told("geo_blocked", "operator", FINAL, "Unavailable For Legal Reasons"),
    "media_page": Told("media_gone", "operator", AGAIN, "a web page in place of the video"),
    "media_empty": Told("media_gone", "operator", AGAIN, "the source sent nothing"),
    "media_loop": Told("upstream", "platform", AGAIN, "redirect loop"),
    "media_torn": Told("truncated", "nobody", AGAIN, "the source broke off"),
    "media_503": Told("upstream", "platform", AGAIN, "HTTP Error 503", 7),
    "media_cut": Told("truncated", "nobody", AGAIN, "breaks off"),
    "media_slow": Told("stalled", "nobody", AGAIN, "timed out"),
    "media_in": Told("egress_denied", "operator", FINAL, "169.254.169.254 is not public"),
}
TOLD_OF_INSTAGRAM = {
    "photo": Told("no_video", "caller", FINAL, "There is no video in this post"),
    "photos": Told("no_video", "caller", FINAL, "pictures only"),
    "removed": Told("removed", "caller", FINAL, "may have been removed"),
    "not_found": Told("removed", "caller", FINAL, "HTTP Error 404"),
    "account_private": Told("private", "caller", FINAL, "This Account is Private"),
    "followers" + "x" * 28: Told("private", "caller", FINAL, "users who follow this account"),
    "restricted": Told("age_restricted", "operator", FINAL, "18 years old"),
    "geo_block": Told("geo_blocked", "operator", FINAL, "not available in your country"),
    "login_wall": Told("rate_limited", "nobody", AGAIN, "redirected to the login page"),
    "challenge": Told("bot_check", "operator", AGAIN, "captcha"),
    "empty_answer": Told("login_or_gone", "caller", AGAIN, "empty media response"),
    "garbage": Told("login_or_gone", "caller", AGAIN, "empty media response"),
    "rate_limit": Told("rate_limited", "nobody", AGAIN, "HTTP Error 429", 90),
    "refusal": Told("forbidden", "operator", AGAIN, "HTTP Error 403"),
    "fault": Told("upstream", "platform", AGAIN, "HTTP Error 502"),
    "media_403": Told("media_gone", "operator", AGAIN, "HTTP Error 403"),
    "media_gone": Told("media_gone", "operator", AGAIN, "HTTP Error 410"),
    "media_cut": Told("truncated", "nobody", AGAIN, "76342 bytes, expected 152685"),
    "media_slow": Told("stalled", "nobody", AGAIN, "timed out"),
    "page_inside": Told("egress_denied", "operator", FINAL, "169.254.169.254 is not public"),
    "media_inside": Told("egress_denied", "operator", FINAL, "169.254.169.254 is not public"),
}
CODES = {"youtube": youtube_code, "instagram": instagram_code}
FILMS = [(site, name) for site, films in (("youtube", YOUTUBE), ("instagram", INSTAGRAM)) for name in films]
TOLD = {("youtube", name): told for name, told in TOLD_OF_YOUTUBE.items()}
TOLD |= {("instagram", name): told for name, told in TOLD_OF_INSTAGRAM.items()}


@dataclass(frozen=True)
class Visit:
    """What came of fetching everything: a file's bytes and title or a failure for each, the log, what was asked for."""

    ends: dict[tuple[str, str], tuple[bytes, str] | VxError]
    logged: list[dict[str, object]]
    asked: list[str]


@asynccontextmanager
async def fetching(folder: Path, media: Path, *, trusted: bool = True, credentials: Path | None = None):
    """A fetcher whose network holds the two sites and nothing else, and the sites."""
    async with sites(folder, media) as (source, trust):
        # No PATH, so that a JavaScript runtime of this machine does not change what is asked.
        children = Children(env={"PATH": "/nonexistent"} | ({"SSL_CERT_FILE": str(trust)} if trusted else {}))
        opened = zygote.opened(children, child_command(sys.executable), grace_seconds=1)
        async with Guard(host_map=doors(source)).listening() as guard, opened as downloads:
            vault = Vault(credentials, REGISTRY, now=clock.now)
            yield YtdlpFetcher(downloads, REGISTRY, guard, vault, limits=LIMITS), source


async def end_of(fetcher: YtdlpFetcher, site: str, name: str, folder: Path) -> tuple[bytes, str] | VxError:
    target = REGISTRY.target(site, CODES[site](name))
    try:
        fetched = await fetcher.fetch(target, folder, wanted_height=180, heard=lambda _: None)
    except VxError as exc:
        return exc
    return fetched.path.read_bytes(), fetched.title


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory, media: Path) -> Visit:
    """Every film of both sites fetched."""

    async def fetch_all() -> Visit:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(site: str, name: str):
            async with gate:
                return await end_of(fetcher, site, name, tmp_path_factory.mktemp(f"{site}-{name}"))

        async with fetching(tmp_path_factory.mktemp("sites"), media) as (fetcher, source):
            with capture_logs() as logged:
                ends = await asyncio.gather(*(one(site, name) for site, name in FILMS))
        return Visit(dict(zip(FILMS, ends, strict=True)), logged, source.asked)

    return asyncio.run(fetch_all())


@pytest.mark.parametrize("film", TOLD, ids="-".join)
def test_a_film_that_cannot_be_had_is_told_with_its_real_cause(visit, film):
    failed = visit.ends[film]

    assert isinstance(failed, VxError), "it was fetched"
    heard = failed.code, failed.kind.who, failed.kind.retryable, failed.facts.get("retry_after")
    told = TOLD[film]
    assert (told.code, told.who, told.retryable, told.retry_after) == heard
    assert told.words in failed.message
    assert "--" not in failed.message  # advice on yt-dlp's options


@pytest.mark.parametrize("film", [each for each in FILMS if each not in TOLD], ids="-".join)
def test_a_film_that_can_be_had_arrives_whole(visit, media, film):
    site, name = film
    content, title = visit.ends[film]

    assert title == {"youtube": "A film", "instagram": "A reel"}[site]
    files = sorted(media.glob("hls*.ts")) if name == "segments" else [media / "clip.mp4"]
    assert b"".join(file.read_bytes() for file in files) == content


def test_every_expectation_is_of_a_film_that_is_there():
    assert set(TOLD) < set(FILMS)


def test_of_youtube_s_renditions_the_cheapest_that_suffices_is_fetched(visit):
    media = {path for path in visit.asked if path.startswith("/media/clip.mp4?itag=")}

    assert media == {"/media/clip.mp4?itag=18"}


def test_of_a_carousel_the_first_video_is_taken_and_the_others_are_not_kept_quiet(visit):
    warned = [each["text"] for each in visit.logged if each["event"] == "download.warned"]

    assert warned.count("the post holds 2 videos, the first is taken") == 2


def test_instagram_is_asked_as_by_a_browser(visit):
    assert "/api/graphql" in visit.asked


def test_both_sites_need_no_host_that_their_rows_do_not_list(visit):
    assert [each["hosts"] for each in visit.logged if each["event"] == "download.strayed"] == []


@pytest.mark.parametrize("site", CODES)
async def test_a_site_that_nobody_vouches_for_is_not_believed(tmp_path, media, site):
    async with fetching(tmp_path, media, trusted=False) as (fetcher, source):
        failed = await end_of(fetcher, site, "works", tmp_path)

        assert isinstance(failed, VxError)
        assert (failed.code, failed.kind.who) == ("tls", "operator")
        assert "certificate" in failed.message
        assert source.asked == []


@pytest.fixture
def credentials(tmp_path: Path):
    """A folder with cookies of Instagram, as an operator mounts it."""

    def mount(session: str) -> Path:
        folder = tmp_path / "credentials"
        folder.mkdir()
        cookies = folder / "instagram.cookies.txt"
        cookies.write_text(
            f"# Netscape HTTP Cookie File\n.instagram.com\tTRUE\t/\tTRUE\t2000000000\tsessionid\t{session}\n"
        )
        cookies.chmod(0o600)
        return folder

    return mount


async def test_a_member_is_shown_what_only_members_see(tmp_path, media, credentials):
    async with fetching(tmp_path, media, credentials=credentials(MEMBER)) as (fetcher, _):
        content, _ = await end_of(fetcher, "instagram", "works", tmp_path)

    assert (media / "clip.mp4").read_bytes() == content


async def test_cookies_that_are_not_taken_any_more_are_told(tmp_path, media, credentials):
    async with fetching(tmp_path, media, credentials=credentials("outdated-session")) as (fetcher, _):
        failed = await end_of(fetcher, "instagram", "works", tmp_path)

    assert isinstance(failed, VxError)
    assert (failed.code, failed.kind.who) == ("cookies_expired", "operator")
    assert "the platform leads to its login page" in failed.message
    assert "outdated-session" not in failed.message

"""YouTube and Instagram as far as yt-dlp 2026.10.26 asks them, in one TLS server on loopback.

`async with sites(folder) as (source, trust):` serves both; the guard's `host_map` of `doors(source)` leads their names
there, and who trusts the authority in the file `trust` believes them. A film is a row of YOUTUBE or INSTAGRAM: its name
says what happens. Media come from loopback.py, with all its troubles.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import trustme
from aiohttp import web
from yt_dlp.extractor.instagram import _id_to_pk

from integration.loopback import MEMBER, Source, serve

YOUTUBE_MEDIA, INSTAGRAM_MEDIA = "rr1---sn-4g5e6n7s.googlevideo.com", "scontent-fra3-1.cdninstagram.com"
HOSTS = ("www.youtube.com", YOUTUBE_MEDIA, "www.instagram.com", INSTAGRAM_MEDIA)
CLIP = "media/clip.mp4"
METADATA = "redirect?to=http://169.254.169.254/latest/meta-data"
Body = dict[str, Any]


@dataclass(frozen=True)
class Says:
    """An answer that is not what was asked for."""

    status: int = 200
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        return web.Response(status=self.status, text=self.text, headers=self.headers, content_type="text/html")


RATE_LIMIT = Says(429, headers={"Retry-After": "90"})
REFUSAL = Says(403)
FAULT = Says(502)
SILENCE = Says(504)
GARBAGE = Says(text="<!doctype html><title>Oops</title>")


# YouTube: what its player says of a film


def plays(media: str = CLIP, *, hls: str | None = None, **details: Any) -> Body:
    """A film whose renditions are all at `media`: one with sound, one of more lines without, and the sound alone."""
    renditions = {
        "formats": [_rendition(media, 18, 180, 'video/mp4; codecs="avc1.42001E, mp4a.40.2"')],
        "adaptiveFormats": [
            _rendition(media, 136, 720, 'video/mp4; codecs="avc1.4d401f"'),
            _rendition(media, 140, None, 'audio/mp4; codecs="mp4a.40.2"'),
        ],
    }
    return _answer({"status": "OK"}, {"hlsManifestUrl": _at(hls)} if hls else renditions, **details)


def refuses(reason: str, status: str = "UNPLAYABLE", *, subreason: str = "", **details: Any) -> Body:
    """A film that is not shown, and why."""
    screen = {"playerErrorMessageRenderer": {"reason": {"simpleText": reason}, "subreason": {"simpleText": subreason}}}
    return _answer({"status": status, "reason": reason, "errorScreen": screen}, {}, **details)


def _answer(playability: Body, streams: Body, **details: Any) -> Body:
    facts = {"title": "A film", "author": "Somebody", "lengthSeconds": "3", "isLiveContent": False, **details}
    return {"playabilityStatus": playability, "streamingData": streams, "videoDetails": facts}


def _rendition(media: str, itag: int, height: int | None, kind: str) -> Body:
    size = {"height": height, "width": height * 16 // 9, "qualityLabel": f"{height}p"} if height else {}
    return {"itag": itag, "url": _at(media, itag=itag), "mimeType": kind, "bitrate": 300_000, **size}


def _at(media: str, **query: object) -> str:
    tail = "&".join(f"{name}={value}" for name, value in query.items())
    return f"https://{YOUTUBE_MEDIA}/{media}" + (("&" if "?" in media else "?") + tail if tail else "")


YOUTUBE: dict[str, Body | Says] = {
    "works": plays(),
    "no_page": plays(),
    "recorded": plays(isLiveContent=True),
    "private": refuses("Private video", "LOGIN_REQUIRED", subreason="Sign in if you've been granted access"),
    "removed": refuses("Video unavailable", "ERROR", subreason="This video has been removed by the uploader"),
    "closed": refuses("This video is no longer available because the account has been terminated", "ERROR"),
    "claimed": refuses("Video unavailable", subreason="Somebody has blocked it on copyright grounds"),
    "no_record": refuses("This live stream recording is not available.", "UNPLAYABLE"),
    "age": refuses("Sign in to confirm your age", "LOGIN_REQUIRED", subreason="This video may be inappropriate"),
    "offends": refuses(
        "The following content has been identified by the YouTube community as inappropriate or offensive to some",
        "CONTENT_CHECK_REQUIRED",
    ),
    "login": refuses("Please sign in", "LOGIN_REQUIRED"),
    "bot": refuses("Sign in to confirm you\u2019re not a bot", "LOGIN_REQUIRED", subreason="This helps protect"),
    "captcha": _answer(
        {"status": "UNPLAYABLE", "reason": "Confirm", "errorScreen": {"playerCaptchaViewModel": {"a": 1}}}, {}
    ),
    "too_fast": refuses("This content isn't available, try again later."),
    "geo": refuses("Video unavailable", subreason="The uploader has not made this video available in your country"),
    "members": refuses("Join this channel to get access to members-only content like this video, and other perks."),
    "rented": refuses("This video requires payment to watch"),
    "premium": refuses("This video is only available to Music Premium members"),
    "live": plays(hls="media/live.m3u8", isLive=True, isLiveContent=True),
    "live_dark": plays(hls="status/404", isLive=True, isLiveContent=True),
    "just_ended": plays(isPostLiveDvr=True, isLiveContent=True),
    "upcoming": refuses(
        "This live event will begin in 3 days.", "LIVE_STREAM_OFFLINE", isUpcoming=True, isLiveContent=True
    ),
    "announced": _answer({"status": "LIVE_STREAM_OFFLINE"}, {}, isUpcoming=True, isLiveContent=True),
    "premiere": refuses("Premieres in 5 hours", "LIVE_STREAM_OFFLINE", isUpcoming=True),
    "premiering": refuses("Premiere will begin shortly", "LIVE_STREAM_OFFLINE", isUpcoming=True),
    "processing": refuses("We're processing this video. Check back later.", "UNPLAYABLE"),
    "drm": _answer({"status": "OK"}, {"licenseInfos": [{"drmFamily": "WIDEVINE"}]}),
    "hiccup": refuses("An error occurred. Please try again later.", "ERROR"),
    "rate_limit": RATE_LIMIT,
    "refusal": REFUSAL,
    "fault": FAULT,
    "silence": SILENCE,
    "garbage": GARBAGE,
    "changed": {"newShape": True},
    "other": plays(videoId="AnotherFilm"),
    "long": plays(lengthSeconds="7200"),
    "media_403": plays("status/403"),
    "media_404": plays("status/404"),
    "media_429": plays("status/429"),
    "media_503": plays("status/503"),
    "media_451": plays("status/451"),
    "media_page": plays("page"),
    "media_empty": plays("status/200"),
    "media_loop": plays("loop"),
    "media_torn": plays("cut-unsized/clip.mp4"),
    "media_cut": plays("cut/clip.mp4"),
    "media_slow": plays("stall/clip.mp4"),
    "media_hole": plays(hls="missing-hls/hls.m3u8"),
    "media_in": plays(METADATA),
    "segments": plays(hls="media/hls.m3u8"),
}


# Instagram: what it says of a post


@dataclass(frozen=True)
class Post:
    """What three places say: whether it may be seen, what it holds, and an answer in place of its page.

    What it holds is told to a client that looks like a browser, unless that `is_on_page` only.
    """

    ruling: Mapping[str, str] = field(default_factory=dict)
    holds: Body | None = None
    page: Says | None = None
    is_on_page: bool = False


def video(media: str = CLIP) -> Body:
    """One video of a post."""
    versions = [{"url": f"https://{INSTAGRAM_MEDIA}/{media}", "width": 320, "height": 180, "type": 101}]
    return {"pk": "2914214021345829675", "video_versions": versions, "video_duration": 3.0, "has_audio": True}


PHOTO: Body = {"pk": "2914214021345829676", "image_versions2": {"candidates": [{"url": "https://x.example/a.jpg"}]}}


def shows(*media: Body) -> Post:
    """A post that anybody may see: a video or a photo, or a carousel of several."""
    author = {"username": "somebody", "full_name": "Some Body", "pk": "1"}
    one, several = (media[0], {}) if len(media) == 1 else ({"pk": "1"}, {"carousel_media": list(media)})
    return Post(holds={**one, **several, "title": "A reel", "user": author})


def ruled(title: str, description: str = "") -> Post:
    """A post that may not be seen."""
    return Post(ruling={"title": title, "description": description})


INSTAGRAM: dict[str, Post] = {
    "works": shows(video()),
    "page_only": replace(shows(video()), is_on_page=True),
    "carousel": shows(video(), video("status/404")),
    "photo_first": shows(PHOTO, video(), video("status/404")),
    "photo": shows(PHOTO),
    "photos": shows(PHOTO, PHOTO),
    "removed": ruled("Sorry, this page isn't available.", "The link may be broken, or the page may have been removed."),
    "not_found": Post(page=Says(404)),
    "account_private": ruled("This Account is Private", "Follow to see their photos and videos."),
    "followers" + "x" * 28: Post(),
    "restricted": ruled("Restricted Video", "You must be 18 years old or over to see this video."),
    "geo_block": ruled("Post unavailable", "This content is not available in your country."),
    "login_wall": Post(page=Says(302, headers={"Location": "/accounts/login/?next=/p/x/"})),
    "challenge": Post(page=Says(302, headers={"Location": "/challenge/?next=/p/x/"})),
    "empty_answer": Post(),
    "rate_limit": Post(page=RATE_LIMIT),
    "refusal": Post(page=REFUSAL),
    "fault": Post(page=FAULT),
    "garbage": Post(page=GARBAGE),
    "page_inside": Post(page=Says(302, headers={"Location": "https://169.254.169.254/latest/meta-data"})),
    "media_403": shows(video("status/403")),
    "media_gone": shows(video("status/410")),
    "media_cut": shows(video("cut/clip.mp4")),
    "media_slow": shows(video("stall/clip.mp4")),
    "media_inside": shows(video(METADATA)),
}


def youtube_code(name: str) -> str:
    """A film's name as a code of YouTube."""
    return name.ljust(11, "_")[:11]


def instagram_code(name: str) -> str:
    """A post's name as a code of Instagram."""
    return name.ljust(8, "_")


@asynccontextmanager
async def sites(folder: Path, media: Path) -> AsyncIterator[tuple[Source, Path]]:
    """Both sites with the media of a folder; and, in `folder`, the file of the authority that vouches for them."""
    authority, trust = trustme.CA(), folder / "authority.pem"
    authority.cert_pem.write_to_path(str(trust))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*HOSTS).configure_cert(tls)
    async with serve(media, tls=tls, routes=ROUTES) as source:
        yield source, trust


def doors(source: Source) -> dict[tuple[str, int], tuple[str, int]]:
    """Where the guard is to lead who asks for the sites."""
    return {(host, 443): ("127.0.0.1", source.port) for host in HOSTS}


async def _watch(request: web.Request) -> web.Response:
    if request.query["v"] == youtube_code("no_page"):
        return RATE_LIMIT.response()
    return _page('var ytInitialData = {"contents": {"some": "thing"}};')


async def _next(request: web.Request) -> web.Response:
    """What its page says, too, for who has none."""
    return web.json_response({"contents": {"some": "thing"}})


async def _player(request: web.Request) -> web.Response:
    code = (await request.json())["videoId"]
    said = {youtube_code(name): said for name, said in YOUTUBE.items()}[code]
    if said is SILENCE:
        await asyncio.sleep(30)  # or until the client goes
    if isinstance(said, Says):
        return said.response()
    return web.json_response({**said, "videoDetails": {"videoId": code, **said.get("videoDetails", {})}})


async def _embed(request: web.Request) -> web.Response:
    """Where yt-dlp looks for another way to a film that asks for an age."""
    return _page('ytcfg.set({"INNERTUBE_CONTEXT": {"client": {"clientName": "WEB_EMBEDDED_PLAYER"}}});')


async def _front(request: web.Request) -> web.Response:
    answer = _page('["LSD",[],{"token":"abcdef"}]')
    answer.set_cookie("csrftoken", "abc", domain="instagram.com")
    return answer


async def _ruling(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok", **_post_of(request.query["target_id"]).ruling})


async def _info(request: web.Request) -> web.Response:
    """What a member is told; who shows old cookies is sent to sign in."""
    if request.cookies.get("sessionid") != MEMBER:
        raise web.HTTPFound("/accounts/login/?next=/")
    return web.json_response({"items": [_post_of(request.match_info["media"]).holds]})


async def _graphql(request: web.Request) -> web.Response:
    media = json.loads((await request.post())["variables"])["media_id"]
    post = _post_of(media)
    return web.json_response({} if post.is_on_page else _told(post))


def _post_of(media: str) -> Post:
    return {str(_id_to_pk(instagram_code(name))): post for name, post in INSTAGRAM.items()}[media]


def _told(post: Post) -> Body:
    return {"data": {"xig_polaris_media": {"if_not_gated_logged_out": post.holds}}}


async def _post(request: web.Request) -> web.Response:
    post = {instagram_code(name): post for name, post in INSTAGRAM.items()}[request.match_info["code"]]
    if post.page:
        return post.page.response()
    cached = ["RelayPrefetchedStreamCache", "next", [], ["key", {"__bbox": {"result": _told(post)}}]]
    wrapped = {"require": [["ScheduledServerJS", "handle", None, [{"__bbox": {"require": [cached]}}]]]}
    return _page(f'</script><script type="application/json" data-sjs>{json.dumps(wrapped)}')


async def _loop(request: web.Request) -> web.Response:
    raise web.HTTPFound(request.path_qs)


async def _other(request: web.Request) -> web.Response:
    return _page("")


def _page(script: str) -> web.Response:
    return web.Response(text=f"<!doctype html><script>{script}</script>", content_type="text/html")


ROUTES: Sequence[web.RouteDef] = (
    web.get("/watch", _watch),
    web.post("/youtubei/v1/next", _next),
    web.post("/youtubei/v1/player", _player),
    web.get("/embed/{code}", _embed),
    web.get("/loop", _loop),
    web.get("/", _front),
    web.get("/api/v1/web/get_ruling_for_content/", _ruling),
    web.get("/api/v1/media/{media}/info/", _info),
    web.post("/api/graphql", _graphql),
    web.get("/p/{code}", _post),
    web.get("/accounts/login/", _other),
    web.get("/challenge/", _other),
)

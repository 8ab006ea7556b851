"""The registry of platforms: which codes and links are taken, and the address each stands for. Pure.

A caller's code or link is only ever matched; the address that is fetched is built from our own template.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property
from types import MappingProxyType
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from vxpipe.engine.fetch.egress import Denied, Destination, Rules, check_written, is_within
from vxpipe.errors import Refused
from vxpipe.model import DIRECT, Target
from vxpipe.ports import PlatformFacts, Targets
from vxpipe.values import frozen

MAX_URL = 2048
_TOLD = 4
_NETLOC = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
_WEB_PORTS = (None, 80, 443)
_NOT_DIRECT = "links to media files are taken only with VXPIPE_ALLOW_DIRECT_URLS=1"


@frozen
class Platform:
    """One row of the registry.

    `template` is the address with `{c}` for the code (`{c0}`, `{c1}` for its parts between slashes); `code` is a
    regular expression for the whole code, ASCII only; `extractors` are the only yt-dlp extractors that may run.
    `links` are the forms in which people paste an address: a path for each of `hosts`, or host and path; `{c}` is the
    code, `*` any one segment, `?v={c}` a query parameter. `egress` are the domains, with all below them, that a
    download needs for pages and media, none for any.

    `site` names the row with which this one shares its pace (itself where empty): `concurrency` downloads at a time,
    `interval` to twice `interval` seconds between two starts. From one that is not `enabled` nothing is taken.
    """

    name: str
    label: str
    template: str
    code: str
    extractors: tuple[str, ...]
    hosts: tuple[str, ...]
    links: tuple[str, ...]
    example: str
    aliases: tuple[str, ...] = ()
    egress: tuple[str, ...] = ()
    site: str = ""
    concurrency: int = 2
    interval: float = 0.0
    enabled: bool = True

    def accepts(self, code: str) -> bool:
        """Whether `code` has the shape of a code of this platform."""
        return re.fullmatch(self.code, code, re.ASCII) is not None

    @property
    def own_domains(self) -> tuple[str, ...]:
        """The domains of its pages: `egress` without networks that serve the media of others too."""
        return tuple(domain for domain in self.egress if any(is_within(host, (domain,)) for host in self.hosts))

    def url(self, code: str) -> str:
        """The address of an accepted code."""
        parts = {f"{{c{n}}}": part for n, part in enumerate(code.split("/"))}
        text = self.template.replace("{c}", code)
        for mark, part in parts.items():
            text = text.replace(mark, part)
        return text


_YOUTUBE_HOSTS = ("www.youtube.com", "youtube.com", "m.youtube.com", "music.youtube.com")
_FACEBOOK_HOSTS = ("www.facebook.com", "facebook.com", "m.facebook.com", "web.facebook.com")
_TWITCH_HOSTS = ("www.twitch.tv", "twitch.tv", "m.twitch.tv")
_YOUTUBE_EGRESS = ("youtube.com", "googlevideo.com", "ytimg.com", "ggpht.com", "youtube-nocookie.com")
_FACEBOOK_EGRESS = ("facebook.com", "fbcdn.net", "fbsbx.com")
_TWITCH_EGRESS = ("twitch.tv", "ttvnw.net", "jtvnw.net", "twitchcdn.net", "twitchsvc.net", "cloudfront.net")
_YOUTUBE_CODE = "[A-Za-z0-9_-]{11}"

PLATFORMS: tuple[Platform, ...] = (
    Platform(
        name="youtube",
        label="YouTube",
        template="https://www.youtube.com/watch?v={c}",
        code=_YOUTUBE_CODE,
        extractors=("youtube",),
        hosts=_YOUTUBE_HOSTS,
        egress=_YOUTUBE_EGRESS,
        links=(
            "/watch?v={c}",
            "/live/{c}",
            "/embed/{c}",
            "/v/{c}",
            "youtu.be/{c}",
            "www.youtube-nocookie.com/embed/{c}",
        ),
        example="aqz-KE-bpKQ",
        interval=5.0,
    ),
    Platform(
        name="youtube_shorts",
        label="YouTube Shorts",
        template="https://www.youtube.com/shorts/{c}",
        code=_YOUTUBE_CODE,
        extractors=("youtube",),
        hosts=_YOUTUBE_HOSTS,
        egress=_YOUTUBE_EGRESS,
        links=("/shorts/{c}",),
        example="BGQWPY4IigY",
        site="youtube",
        interval=5.0,
    ),
    Platform(
        name="youtube_clip",
        label="YouTube clip",
        template="https://www.youtube.com/clip/{c}",
        code="Ug[A-Za-z0-9_-]{20,40}",
        extractors=("youtube", "youtube:clip"),
        hosts=_YOUTUBE_HOSTS,
        egress=_YOUTUBE_EGRESS,
        links=("/clip/{c}",),
        example="UgytZKpehg-hEMBSn3F4AaABCQ",
        site="youtube",
        interval=5.0,
    ),
    Platform(
        name="instagram",
        label="Instagram",
        template="https://www.instagram.com/p/{c}/",
        code="[A-Za-z0-9_-]{8,40}",
        extractors=("instagram",),
        hosts=("www.instagram.com", "instagram.com", "m.instagram.com"),
        egress=("instagram.com", "cdninstagram.com", "fbcdn.net"),
        links=("/p/{c}", "/reel/{c}", "/reels/{c}", "/tv/{c}", "/*/p/{c}", "/*/reel/{c}", "/p/{c}/embed"),
        example="aye83DjauH",
        concurrency=1,
        interval=10.0,
    ),
    Platform(
        name="tiktok",
        label="TikTok",
        template="https://www.tiktok.com/@_/video/{c}",
        code="[0-9]{15,20}",
        extractors=("tiktok",),
        hosts=("www.tiktok.com", "tiktok.com", "m.tiktok.com"),
        egress=(
            "tiktok.com",
            "tiktokv.com",
            "tiktokv.us",
            "tiktokcdn.com",
            "tiktokcdn-us.com",
            "tiktokcdn-eu.com",
            "muscdn.com",
            "byteoversea.com",
            "ibytedtos.com",
            "byteicdn.com",
            "akamaized.net",
        ),
        links=("/*/video/{c}", "/embed/{c}", "/embed/v2/{c}", "www.tiktokv.com/share/video/{c}"),
        example="7106594312292453675",
    ),
    Platform(
        name="x",
        label="X (Twitter)",
        aliases=("twitter",),
        template="https://x.com/i/status/{c}",
        code="[0-9]{2,19}",
        extractors=("twitter", "twitter:card", "twitter:amplify", "twitter:broadcast"),
        hosts=("x.com", "www.x.com", "mobile.x.com", "twitter.com", "www.twitter.com", "mobile.twitter.com"),
        egress=("x.com", "twitter.com", "twimg.com", "pscp.tv"),
        links=("/*/status/{c}", "/*/status/{c}/video/*", "/*/status/{c}/photo/*", "/i/web/status/{c}"),
        example="643211948184596480",
    ),
    Platform(
        name="facebook",
        label="Facebook",
        template="https://www.facebook.com/watch/?v={c}",
        code="[0-9]{5,20}",
        extractors=("facebook",),
        hosts=_FACEBOOK_HOSTS,
        egress=_FACEBOOK_EGRESS,
        links=("/watch?v={c}", "/watch/live?v={c}", "/video.php?v={c}", "/*/videos/{c}", "/*/videos/*/{c}"),
        example="637842556329505",
    ),
    Platform(
        name="facebook_reel",
        label="Facebook reel",
        template="https://www.facebook.com/reel/{c}",
        code="[0-9]{5,20}",
        extractors=("facebook", "facebook:reel"),
        hosts=_FACEBOOK_HOSTS,
        egress=_FACEBOOK_EGRESS,
        links=("/reel/{c}",),
        example="1195289147628387",
        site="facebook",
    ),
    Platform(
        name="vimeo",
        label="Vimeo",
        template="https://vimeo.com/{c}",
        code="[0-9]{5,12}(?:/[0-9a-f]{10})?",
        extractors=("vimeo",),
        hosts=("vimeo.com", "www.vimeo.com"),
        egress=("vimeo.com", "vimeocdn.com", "akamaized.net"),
        links=(
            "/{c}",
            "/channels/*/{c}",
            "/groups/*/videos/{c}",
            "/showcase/*/video/{c}",
            "player.vimeo.com/video/{c}",
        ),
        example="56015672",
    ),
    Platform(
        name="dailymotion",
        label="Dailymotion",
        template="https://www.dailymotion.com/video/{c}",
        code="[xk][0-9a-zA-Z]{4,22}",
        extractors=("dailymotion",),
        hosts=("www.dailymotion.com", "dailymotion.com"),
        egress=("dailymotion.com", "dmcdn.net", "dai.ly"),
        links=("/video/{c}", "/video/{c}_*", "/embed/video/{c}", "dai.ly/{c}"),
        example="x5kesuj",
    ),
    Platform(
        name="twitch_clip",
        label="Twitch clip",
        template="https://clips.twitch.tv/{c}",
        code="[A-Za-z0-9_-]{4,100}",
        extractors=("twitch:clips",),
        hosts=_TWITCH_HOSTS,
        egress=_TWITCH_EGRESS,
        links=("/*/clip/{c}", "/clip/{c}", "clips.twitch.tv/embed?clip={c}", "clips.twitch.tv/{c}"),
        example="FaintLightGullWholeWheat",
    ),
    Platform(
        name="twitch_vod",
        label="Twitch recording",
        template="https://www.twitch.tv/videos/{c}",
        code="[0-9]{5,12}",
        extractors=("twitch:vod",),
        hosts=_TWITCH_HOSTS,
        egress=_TWITCH_EGRESS,
        links=("/videos/{c}", "/*/video/{c}"),
        example="6528877",
        site="twitch_clip",
    ),
    Platform(
        name="reddit",
        label="Reddit",
        template="https://www.reddit.com/comments/{c}/",
        code="[0-9a-z]{4,10}",
        extractors=("reddit",),
        hosts=("www.reddit.com", "reddit.com", "old.reddit.com", "new.reddit.com", "m.reddit.com"),
        egress=("reddit.com", "redd.it", "redditmedia.com", "redditstatic.com"),
        links=("/comments/{c}", "/comments/{c}/*", "/*/*/comments/{c}", "/*/*/comments/{c}/*"),
        example="6rrwyj",
    ),
    Platform(
        name="pinterest",
        label="Pinterest",
        template="https://www.pinterest.com/pin/{c}/",
        code="[0-9]{5,20}",
        extractors=("pinterest",),
        hosts=("www.pinterest.com", "pinterest.com"),
        egress=("pinterest.com", "pinimg.com"),
        links=("/pin/{c}", "/pin/*--{c}"),
        example="664281013778109217",
    ),
    Platform(
        name="snapchat_spotlight",
        label="Snapchat Spotlight",
        template="https://www.snapchat.com/spotlight/{c}",
        code="[A-Za-z0-9_]{10,120}",
        extractors=("snapchatspotlight",),
        hosts=("www.snapchat.com", "snapchat.com"),
        egress=("snapchat.com", "sc-cdn.net"),
        links=("/spotlight/{c}", "/*/spotlight/{c}"),
        example="W7_EDlXWTBiXAEEniNoMPwAAYYWtidGhudGZpAX1TKn0JAX1TKnXJAAAAAA",
    ),
    Platform(
        name="bilibili",
        label="Bilibili",
        template="https://www.bilibili.com/video/{c}",
        code="(?:BV1[0-9A-Za-z]{9}|av[0-9]{1,16})",
        extractors=("bilibili",),
        hosts=("www.bilibili.com", "bilibili.com", "m.bilibili.com"),
        egress=("bilibili.com", "bilivideo.com", "bilivideo.cn", "hdslb.com", "biliimg.com", "akamaized.net"),
        links=("/video/{c}",),
        example="BV13x41117TL",
    ),
    Platform(
        name="linkedin",
        label="LinkedIn",
        template="https://www.linkedin.com/feed/update/urn:li:activity:{c}",
        code="[0-9]{15,20}",
        extractors=("linkedin",),
        hosts=("www.linkedin.com", "linkedin.com"),
        egress=("linkedin.com", "licdn.com"),
        links=("/feed/update/urn:li:activity:{c}", "/posts/*-activity-{c}-*"),
        example="7016901149999955968",
    ),
    Platform(
        name="streamable",
        label="Streamable",
        template="https://streamable.com/{c}",
        code="[a-z0-9]{3,8}",
        extractors=("streamable",),
        hosts=("streamable.com", "www.streamable.com"),
        egress=("streamable.com",),
        links=("/{c}", "/e/{c}", "/s/{c}/*"),
        example="dnd1",
    ),
    Platform(
        name="bluesky",
        label="Bluesky",
        template="https://bsky.app/profile/{c0}/post/{c1}",
        code="[A-Za-z0-9.:-]{3,120}/[a-z0-9]{13}",
        extractors=("bluesky",),
        hosts=("bsky.app", "www.bsky.app"),
        egress=("bsky.app", "bsky.social", "bsky.network", "plc.directory"),
        links=("/profile/{c0}/post/{c1}",),
        example="blu3blue.bsky.social/3l4omssdl632g",
    ),
    Platform(
        name="rumble",
        label="Rumble",
        template="https://rumble.com/embed/{c}/",
        code="v[0-9a-z]{4,8}",
        extractors=("rumbleembed",),
        hosts=("rumble.com", "www.rumble.com"),
        egress=("rumble.com", "rmbl.ws", "1a-1791.com", "rumble.cloud"),
        links=("/embed/{c}",),
        example="v5pv5f",
    ),
    Platform(
        name="vk",
        label="VK",
        template="https://vk.com/video{c}",
        code="-?[0-9]{1,12}_[0-9]{1,12}",
        extractors=("vk",),
        hosts=("vk.com", "www.vk.com", "m.vk.com"),
        egress=(
            "vk.com",
            "vk.ru",
            "vkvideo.ru",
            "userapi.com",
            "vkuser.net",
            "vkuservideo.net",
            "vkuserlive.net",
            "okcdn.ru",
            "mycdn.me",
        ),
        links=("/video{c}", "vkvideo.ru/video{c}", "vk.ru/video{c}"),
        example="-77521_162222515",
    ),
    Platform(
        name="ok",
        label="OK",
        template="https://ok.ru/video/{c}",
        code="[0-9]{5,20}",
        extractors=("odnoklassniki",),
        hosts=("ok.ru", "www.ok.ru", "m.ok.ru"),
        egress=("ok.ru", "odnoklassniki.ru", "okcdn.ru", "mycdn.me", "vkuser.net"),
        links=("/video/{c}", "/videoembed/{c}"),
        example="20079905452",
    ),
    Platform(
        name="rutube",
        label="Rutube",
        template="https://rutube.ru/video/{c}/",
        code="[0-9a-f]{32}",
        extractors=("rutube",),
        hosts=("rutube.ru", "www.rutube.ru"),
        egress=("rutube.ru", "rutubelist.ru", "rtbcdn.ru"),
        links=("/video/{c}", "/shorts/{c}", "/embed/{c}", "/play/embed/{c}"),
        example="3eac3b4561676c17df9132a9a1e62e3e",
    ),
    Platform(
        name="loom",
        label="Loom",
        template="https://www.loom.com/share/{c}",
        code="[0-9a-f]{32}",
        extractors=("loom",),
        hosts=("www.loom.com", "loom.com"),
        egress=("loom.com",),
        links=("/share/{c}", "/embed/{c}"),
        example="43d05f362f734614a2e81b4694a3a523",
    ),
    Platform(
        name="niconico",
        label="Niconico",
        template="https://www.nicovideo.jp/watch/{c}",
        code="(?:sm|nm|so)?[0-9]{1,12}",
        extractors=("niconico",),
        hosts=("www.nicovideo.jp", "nicovideo.jp", "sp.nicovideo.jp"),
        egress=("nicovideo.jp", "nimg.jp"),
        links=("/watch/{c}", "nico.ms/{c}"),
        example="sm22312215",
    ),
    Platform(
        name="9gag",
        label="9GAG",
        template="https://9gag.com/gag/{c}",
        code="[A-Za-z0-9]{5,10}",
        extractors=("9gag",),
        hosts=("9gag.com", "www.9gag.com"),
        egress=("9gag.com", "9cache.com"),
        links=("/gag/{c}",),
        example="ae5Ag7B",
    ),
)

# Links that name a video only after a request; (host, path pattern, the platform whose long form is asked for).
_SHORT: tuple[tuple[str, str, str], ...] = (
    ("vm.tiktok.com", "/.*", "tiktok"),
    ("vt.tiktok.com", "/.*", "tiktok"),
    ("www.tiktok.com", "/t/.*", "tiktok"),
    ("tiktok.com", "/t/.*", "tiktok"),
    ("www.instagram.com", "/share/.*", "instagram"),
    ("instagram.com", "/share/.*", "instagram"),
    ("fb.watch", "/.*", "facebook"),
    ("www.facebook.com", "/share/.*", "facebook"),
    ("facebook.com", "/share/.*", "facebook"),
    ("pin.it", "/.*", "pinterest"),
    ("b23.tv", "/.*", "bilibili"),
    ("redd.it", "/.*", "reddit"),
    ("v.redd.it", "/.*", "reddit"),
    ("www.reddit.com", "/r/[^/]+/s/.*", "reddit"),
    ("t.co", "/.*", "x"),
)


@frozen(kw_only=False)
class _Link:
    """A form in which people paste an address of a platform."""

    platform: Platform
    host: str
    path: re.Pattern[str]
    parameter: str | None

    def code(self, parts: SplitResult) -> str | None:
        """The code in an address of this form at its host, or None."""
        found = self.path.fullmatch(parts.path.rstrip("/") or "/")
        if found is None:
            return None
        if self.parameter is None:
            return "/".join(found.groups())
        values = parse_qs(parts.query).get(self.parameter, [])
        return values[0] if len(values) == 1 else None


class Registry(Targets):
    """Turns what a caller names into a target. `extra` rows come on top of the built-in ones.

    `allow_direct` takes links to media files of any site as well; `egress` refuses those that lead where no download
    may go. `changes` are fields to change in rows, by name; raises Refused for a name that no row has.
    """

    def __init__(
        self,
        *,
        extra: Iterable[Platform] = (),
        allow_direct: bool = False,
        egress: Rules | None = None,
        changes: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        rows = (*PLATFORMS, *extra)
        if unknown := sorted(set(changes) - {row.name for row in rows}):
            raise _unknown(unknown[0], rows)
        self.platforms = tuple(replace(row, **changes.get(row.name, {})) for row in rows)
        self.allow_direct = allow_direct
        self._egress = egress
        self._by_name = {name: row for row in self.platforms for name in (row.name, *row.aliases)}

    def platform(self, name: str) -> Platform | None:
        """The row with that name or alias."""
        return self._by_name.get(name.lower())

    def site(self, row: Platform) -> Platform:
        """The row whose pace and credentials this one shares."""
        return self._by_name[row.site or row.name]

    def target(self, platform: str, code: str) -> Target:
        """The target that a platform and a code name; raises Refused for an unknown platform or an illegal code."""
        row = self.platform(platform)
        if row is None:
            raise _unknown(platform, self.platforms)
        if not row.accepts(code):
            raise Refused("code", f"{_quoted(code)} is not a code of {row.label}, such as {row.example}")
        return _target(row, code, field="platform")

    def link(self, url: str) -> Target:
        """The target of any link: a platform's, or else a direct one where those are allowed; raises Refused.

        A link to anything else of a platform, a playlist or a profile, is never a direct one.
        """
        parts = _web_address(url)
        if target := self.target_of_url(url):
            return target
        if row := next((link.platform for link in self._links_at(parts)), None):
            wanted = f"send the link of a video, like {row.url(row.example)}"
            raise Refused("url", f"this link of {row.label} names no single video (a playlist, a profile?): {wanted}")
        if self.allow_direct:
            self._refuse_inner(parts)
            return self.direct(url)
        raise Refused("url", f"this link is not one of a supported platform; {_NOT_DIRECT}")

    def target_of_url(self, url: str) -> Target | None:
        """The platform's target that a link names, None if it is no platform's; raises Refused for a short link.

        The host has to be one of ours letter for letter, the path has to fit as a whole, and user names, odd ports,
        anything but printable ASCII and more than 2048 characters are not taken. Other query parameters are dropped.
        """
        try:
            parts = _web_address(url)
        except Refused:
            return None
        if parts.port not in _WEB_PORTS:
            return None
        self._refuse_short(parts)
        found = ((link.platform, link.code(parts)) for link in self._links_at(parts))
        return next((_target(row, code, field="url") for row, code in found if code and row.accepts(code)), None)

    def direct(self, url: str) -> Target:
        """The target of a link to a media file; raises Refused where those are not allowed or it is no http(s) link."""
        if not self.allow_direct:
            raise Refused("url", _NOT_DIRECT)
        parts = _web_address(url)
        code = hashlib.sha256(url.encode()).hexdigest()[:12]
        return Target(platform=DIRECT, code=code, url=parts._replace(fragment="").geturl())

    def facts(self) -> tuple[PlatformFacts, ...]:
        """Every platform as callers see it."""
        return tuple(_facts(row) for row in self.platforms)

    def _links_at(self, parts: SplitResult) -> Sequence[_Link]:
        """The forms of link that are known of this host."""
        return self._links.get(parts.hostname or "", ())

    @cached_property
    def _links(self) -> Mapping[str, Sequence[_Link]]:
        found = defaultdict[str, list[_Link]](list)
        for link in (link for row in self.platforms for link in _links_of(row)):
            found[link.host].append(link)
        return found

    def _refuse_inner(self, parts: SplitResult) -> None:
        to = Destination(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        try:
            if self._egress:
                check_written(to, self._egress)
        except Denied as exc:
            raise Refused(
                "url", f"{exc.text}; VXPIPE_ALLOW_HOSTS names hosts that are fetched from all the same"
            ) from exc

    def _refuse_short(self, parts: SplitResult) -> None:
        for host, path, name in _SHORT:
            if parts.hostname == host and re.fullmatch(path, parts.path):
                row = self._by_name[name]
                wanted = f"open it in a browser and send the address it leads to, like {row.url(row.example)}"
                raise Refused("url", f"this is a short link that does not name the video: {wanted}")


def _target(row: Platform, code: str, *, field: str) -> Target:
    if not row.enabled:
        raise Refused(field, f"videos of {row.label} are not taken by this service")
    return Target(platform=row.name, code=code, url=row.url(code))


def _facts(row: Platform) -> PlatformFacts:
    host = row.hosts[0] if row.hosts else ""
    return PlatformFacts(
        name=row.name,
        label=row.label,
        aliases=row.aliases,
        pattern=row.code,
        example=row.example,
        hosts=row.hosts,
        links=tuple(f"https://{host if form.startswith('/') else ''}{form}" for form in row.links),
        concurrency=row.concurrency,
        interval_seconds=row.interval,
        enabled=row.enabled,
    )


def _web_address(url: str) -> SplitResult:
    if len(url) > MAX_URL or not re.fullmatch(r"[!-~]+", url):
        raise Refused("url", f"a link is 1 to {MAX_URL} printable ASCII characters without spaces")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise Refused("url", f"this is not a link: {exc}") from exc
    if "@" in parts.netloc:
        raise Refused("url", "a link must not hold a user name or a password")
    if parts.scheme not in ("http", "https") or not _NETLOC.fullmatch(parts.netloc) or port == 0:
        raise Refused("url", "a link starts with https:// or http:// and a host name")
    return parts


def _links_of(row: Platform) -> Iterator[_Link]:
    for form in row.links:
        own_host, slash, rest = form.partition("/")
        path, _, query = (slash + rest).partition("?")
        for host in (own_host,) if own_host else row.hosts:
            yield _Link(row, host, _path_pattern(row, path), query.partition("=")[0] or None)


def _path_pattern(row: Platform, path: str) -> re.Pattern[str]:
    first, _, second = row.code.partition("/")
    holes = {"*": "[^/]+", "{c}": f"({row.code})", "{c0}": f"({first})", "{c1}": f"({second})"}
    pieces = re.split(r"(\*|\{c[01]?\})", path)
    return re.compile("".join(holes.get(piece) or re.escape(piece) for piece in pieces), re.ASCII)


def _unknown(name: str, rows: Sequence[Platform]) -> Refused:
    known = {known: row.name for row in rows for known in (row.name, row.label.lower(), *row.aliases)}
    near = get_close_matches(name.lower(), known, n=1)
    some, others = ", ".join(row.name for row in rows[:_TOLD]), len(rows) - _TOLD
    told = f"did you mean {known[near[0]]}?" if near else f"known are {some} and {others} others"
    return Refused("platform", f"unknown platform {_quoted(name)}; {told}")


def _quoted(text: str) -> str:
    return ascii(text if len(text) <= 40 else text[:40] + "...")

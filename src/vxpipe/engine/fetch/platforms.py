"""The platforms as one table: which codes and links are taken of each, and the address a code stands for. Pure."""

import re

from vxpipe.engine.fetch.egress import is_within
from vxpipe.values import frozen


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
SHORT_LINKS: tuple[tuple[str, str, str], ...] = (
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

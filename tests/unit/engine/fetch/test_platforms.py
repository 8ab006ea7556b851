import re
from urllib.parse import urlsplit

import pytest
from yt_dlp.extractor import gen_extractor_classes
from yt_dlp.extractor.common import InfoExtractor

from vxpipe.engine.fetch.egress import Rules, is_within
from vxpipe.engine.fetch.platforms import PLATFORMS, Platform
from vxpipe.engine.fetch.registry import Registry
from vxpipe.errors import Refused

ROWS = pytest.mark.parametrize("row", PLATFORMS, ids=lambda row: row.name)
DIRECT = Registry(allow_direct=True)
REGISTRY = Registry()

HOSTILE_CODES = (
    "",
    " ",
    "../../etc/passwd",
    "..%2f..%2fetc",
    "aqz-KE-bpKQ\n",
    "aqz-KE-bpKQ#__youtubedl_smuggle=%7B%7D",
    "aqz-KE-bpKQ&list=PL0",
    "aqz-KE-bpKQ?x=1",
    "%61qz-KE-bpKQ",
    "-oX",
    "{0.__class__}",
    "{c}",
    "\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
    "a" * 500,
    "1" * 500,
    "\u212aqz-KE-bpKQ",
    "a\x00b",
    "//evil.example/x",
)

EXTRACTORS = gen_extractor_classes()
# What yt-dlp calls a video of these is not what their addresses call it.
NAMED_OTHERWISE = ("twitch_vod", "bluesky")

LINKS = (
    ("https://www.youtube.com/watch?v=aqz-KE-bpKQ", "youtube", "aqz-KE-bpKQ"),
    ("https://youtube.com/watch?list=PL0&v=aqz-KE-bpKQ&t=3s#x", "youtube", "aqz-KE-bpKQ"),
    ("http://m.youtube.com/watch?v=aqz-KE-bpKQ", "youtube", "aqz-KE-bpKQ"),
    ("https://youtu.be/aqz-KE-bpKQ?si=abc", "youtube", "aqz-KE-bpKQ"),
    ("https://www.youtube.com/watch?v=aqz-KE-bpKQ&list=PL0123456789&index=2", "youtube", "aqz-KE-bpKQ"),
    ("https://www.pinterest.com/pin/a-nice-film--664281013778109217/", "pinterest", "664281013778109217"),
    ("https://www.linkedin.com/posts/nasa_a-film-activity-7016901149999955968-4Gu7", "linkedin", "7016901149999955968"),
    ("https://vkvideo.ru/video-77521_162222515", "vk", "-77521_162222515"),
    ("https://www.dailymotion.com/video/x5kesuj_office-christmas_news", "dailymotion", "x5kesuj"),
    ("https://vimeo.com/channels/staffpicks/56015672", "vimeo", "56015672"),
    ("https://WWW.YouTube.com/shorts/aqz-KE-bpKQ", "youtube_shorts", "aqz-KE-bpKQ"),
    ("https://www.instagram.com/reel/Chunk8-jurw/?igsh=abc", "instagram", "Chunk8-jurw"),
    ("https://www.instagram.com/nasa/p/Chunk8-jurw/", "instagram", "Chunk8-jurw"),
    ("https://www.tiktok.com/@nasa/video/7106594312292453675", "tiktok", "7106594312292453675"),
    ("https://twitter.com/nasa/status/643211948184596480?s=20", "x", "643211948184596480"),
    ("https://x.com:443/nasa/status/643211948184596480", "x", "643211948184596480"),
    ("https://www.facebook.com/nasa/videos/some-title/637842556329505/", "facebook", "637842556329505"),
    ("https://player.vimeo.com/video/56015672", "vimeo", "56015672"),
    ("https://vimeo.com/56015672/0123456789", "vimeo", "56015672/0123456789"),
    ("https://dai.ly/x5kesuj", "dailymotion", "x5kesuj"),
    ("https://old.reddit.com/r/videos/comments/6rrwyj/that_small_heart_attack/", "reddit", "6rrwyj"),
    ("https://bsky.app/profile/a.bsky.social/post/3l4omssdl632g", "bluesky", "a.bsky.social/3l4omssdl632g"),
)

FOREIGN_LINKS = (
    "https://www.youtube.com.evil.example/watch?v=aqz-KE-bpKQ",
    "https://evil.example/www.youtube.com/watch?v=aqz-KE-bpKQ",
    "https://notyoutube.com/watch?v=aqz-KE-bpKQ",
    "https://www.youtube.com@evil.example/watch?v=aqz-KE-bpKQ",
    "https://user:pw@www.youtube.com/watch?v=aqz-KE-bpKQ",
    "https://www.youtube.com:8443/watch?v=aqz-KE-bpKQ",
    "https://www.youtube.com:x/watch?v=aqz-KE-bpKQ",
    "https://www.youtube.com/watch?v=aqz-KE-bpKQ&v=aqz-KE-bpKR",
    "https://www.youtube.com/watch?v=aqz-KE-bpKQ%0a",
    "https://www.youtube.com/watch/extra?v=aqz-KE-bpKQ",
    "https://www.youtube.com/playlist?list=PL0",
    "https://www.youtube.com./watch?v=aqz-KE-bpKQ",
    "https:\\\\www.youtube.com\\watch?v=aqz-KE-bpKQ",
    "//www.youtube.com/watch?v=aqz-KE-bpKQ",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https://[::1",
    "https://www.youtube.com/watch?v=aqz-KE-bpKQ&x=" + "a" * 2048,
    "https://www.youtube.com/watch?v=aqz-KE-bpKQ\n",
    "https://www.youtu\u0432e.com/watch?v=aqz-KE-bpKQ",
    "",
)

NO_SINGLE_VIDEO = (
    "https://www.youtube.com/playlist?list=PL0123456789",
    "https://www.youtube.com/@somebody/videos",
    "https://www.youtube.com/channel/UCaaaaaaaaaaaaaaaaaaaaaa",
    "https://www.youtube.com/results?search_query=x",
    "https://www.instagram.com/somebody/",
    "https://www.instagram.com/stories/somebody/123/",
    "https://www.tiktok.com/@somebody",
    "https://x.com/somebody",
    "https://www.twitch.tv/somebody",
    "https://vimeo.com/somebody",
    "https://www.reddit.com/r/videos/",
)

SHORT_LINKS = (
    "https://vm.tiktok.com/ZMabcdefg/",
    "https://www.tiktok.com/t/ZMabcdefg/",
    "https://fb.watch/abcdefgh/",
    "https://pin.it/abcdefg",
    "https://b23.tv/abcdefg",
    "https://redd.it/6rrwyj",
    "https://www.reddit.com/r/videos/s/abcdefgh",
    "https://www.instagram.com/share/reel/abcdefgh",
)


def allowed(row: Platform) -> list[type[InfoExtractor]]:
    """The extractors that may run for a row."""
    return [each for each in EXTRACTORS if each.IE_NAME.lower() in row.extractors]


def id_in(row: Platform, url: str) -> str | None:
    """The video that the row's extractors see in an address."""
    found = next((each._match_valid_url(url) for each in allowed(row) if each.suitable(url)), None)
    names = found.groupdict() if found else {}
    return names.get("id") or names.get("videoid")


@ROWS
def test_a_row_takes_its_example_and_finds_it_again_in_the_address(row):
    target = REGISTRY.target(row.name, row.example)

    assert target == REGISTRY.target_of_url(target.url)
    assert (row.name, row.example) == (target.platform, target.code)


@ROWS
def test_every_form_of_link_of_a_row_leads_to_its_code(row):
    parts = row.example.split("/")
    holes = {"{c}": row.example, "{c0}": parts[0], "{c1}": parts[-1], "*": "someone"}
    forms = [form if form[0] != "/" else row.hosts[-1] + form for form in row.links]
    links = ["https://" + re.sub(r"\{c[01]?\}|\*", lambda found: holes[found[0]], form) for form in forms]

    found = [REGISTRY.target_of_url(link) for link in links]

    assert [REGISTRY.target(row.name, row.example)] * len(links) == found


@ROWS
def test_no_row_takes_a_hostile_code(row):
    for code in HOSTILE_CODES:
        with pytest.raises(Refused, match="is not a code of") as refused:
            REGISTRY.target(row.name, code)

        assert refused.value.field == "code"
        assert len(refused.value.message) < 300


@ROWS
def test_the_address_of_a_row_is_one_of_an_extractor_that_may_run(row):
    url = REGISTRY.target(row.name, row.example).url

    first = next(each for each in EXTRACTORS if each.suitable(url))

    assert first in allowed(row)
    assert sorted(row.extractors) == sorted(each.IE_NAME.lower() for each in allowed(row))


@ROWS
def test_a_code_that_the_extractors_know_is_read_out_of_our_address_again(row):
    known = [case.get("info_dict", {}).get("id") for each in allowed(row) for case in each.get_testcases()]
    taken = [code for code in known if code and row.accepts(code)]

    lost = [code for code in taken if not code.endswith(id_in(row, row.url(code)) or "?")]  # Bilibili's goes without BV

    assert lost == []
    assert taken or row.name in NAMED_OTHERWISE


@ROWS
def test_a_link_of_the_extractors_own_tests_names_the_same_video_to_us(row):
    known = [case["url"] for each in allowed(row) for case in each.get_testcases(include_onlymatching=True)]
    found = {url: REGISTRY.target_of_url(url) for url in known}

    ours = {url: target for url, target in found.items() if target and target.platform == row.name}

    assert ours
    for url, target in ours.items():
        theirs = id_in(row, url)
        assert theirs is not None
        assert theirs == id_in(row, target.url), url


@ROWS
def test_a_row_may_reach_its_own_pages_and_is_not_without_bounds(row):
    hosts = {urlsplit(REGISTRY.target(row.name, row.example).url).hostname, *row.hosts}

    assert [host for host in hosts if not is_within(host, row.egress)] == []
    assert [domain for domain in row.egress if "." not in domain or domain != domain.lower().strip(".")] == []


@pytest.mark.parametrize(("url", "platform", "code"), LINKS)
def test_a_link_as_people_paste_it_names_the_video(url, platform, code):
    assert REGISTRY.target(platform, code) == REGISTRY.target_of_url(url)
    assert REGISTRY.target(platform, code) == REGISTRY.link(url)


@pytest.mark.parametrize("url", FOREIGN_LINKS, ids=ascii)
def test_a_link_that_only_looks_like_a_platform_s_is_refused(url):
    assert REGISTRY.target_of_url(url) is None
    with pytest.raises(Refused) as refused:
        REGISTRY.link(url)
    assert refused.value.field == "url"


@pytest.mark.parametrize("url", SHORT_LINKS)
@pytest.mark.parametrize("registry", [REGISTRY, DIRECT], ids=["platforms", "direct"])
def test_a_short_link_is_refused_with_the_form_to_use(registry, url):
    with pytest.raises(Refused, match=r"short link .* like https://"):
        registry.link(url)


@pytest.mark.parametrize("url", NO_SINGLE_VIDEO)
@pytest.mark.parametrize("registry", [REGISTRY, DIRECT], ids=["platforms", "direct"])
def test_a_playlist_or_a_profile_is_refused_with_a_link_as_it_should_be(registry, url):
    with pytest.raises(Refused, match=r"names no single video .* like https://") as refused:
        registry.link(url)

    assert refused.value.field == "url"


def test_an_unknown_platform_is_answered_with_the_known_ones():
    with pytest.raises(Refused, match=r"'atlantis'.* youtube, youtube_shorts") as refused:
        REGISTRY.target("atlantis", "x")

    assert refused.value.field == "platform"


def test_an_illegal_code_is_answered_with_an_example():
    with pytest.raises(Refused, match="'nope' is not a code of YouTube, such as aqz-KE-bpKQ"):
        REGISTRY.target("youtube", "nope")


@pytest.mark.parametrize("name", ["twitter", "Twitter", "x", "X"])
def test_an_alias_names_the_same_platform(name):
    assert REGISTRY.target(name, "643211948184596480").platform == "x"


def test_a_link_of_an_unsupported_site_is_refused_in_a_sentence():
    with pytest.raises(Refused, match=r"not one of a supported platform; .*VXPIPE_ALLOW_DIRECT_URLS=1") as refused:
        REGISTRY.link("https://example.org/film.mp4")

    assert refused.value.field == "url"


def test_a_direct_link_is_named_for_its_digest():
    target = DIRECT.link("https://example.org/film.mp4")

    assert (target.platform, target.code) == ("direct", "ec87c276564c")
    assert target.url == "https://example.org/film.mp4"


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/a.mp4", "http://[::1]/a.mp4", "http://2130706433/a.mp4", "https://1.1.1.1:8443/a.mp4"]
)
def test_a_link_to_an_address_that_no_download_may_reach_is_refused_at_once(url):
    with pytest.raises(Refused, match="VXPIPE_ALLOW_HOSTS") as refused:
        Registry(allow_direct=True, egress=Rules()).link(url)

    assert refused.value.field == "url"


def test_a_link_to_an_excepted_address_or_to_a_name_is_taken():
    registry = Registry(allow_direct=True, egress=Rules(allow=frozenset({("10.0.0.1", 8080)})))

    assert registry.link("http://10.0.0.1:8080/a.mp4").platform == "direct"
    assert registry.link("http://media.example/a.mp4").platform == "direct"


@pytest.mark.parametrize(
    ("name", "told"),
    [("youtub", "did you mean youtube?"), ("Twiter", "did you mean x?"), ("hello", "known are youtube, ")],
)
def test_an_unknown_platform_is_told_with_the_nearest_and_without_a_long_list(name, told):
    with pytest.raises(Refused, match="unknown platform") as refused:
        REGISTRY.target(name, "1")

    assert told in refused.value.message
    assert len(refused.value.message) < 120


def test_a_platform_s_link_stays_the_platform_s_where_direct_ones_are_allowed():
    assert DIRECT.link("https://youtu.be/aqz-KE-bpKQ").platform == "youtube"


ODD_LINKS = ("ftp://example.org/x", "file:///x", "https://u:p@example.org/x", "https://", "x")


@pytest.mark.parametrize("url", [*ODD_LINKS, "https://w[::1]ww.example.org/", "https://[::1]x/", "https://a\\b/"])
def test_only_plain_web_links_are_direct(url):
    with pytest.raises(Refused):
        DIRECT.direct(url)


def test_direct_links_are_refused_where_they_are_not_allowed():
    with pytest.raises(Refused, match="VXPIPE_ALLOW_DIRECT_URLS"):
        REGISTRY.direct("https://example.org/film.mp4")


def test_rows_can_be_added_without_changing_the_built_in_ones():
    fake = Platform(
        name="fake",
        label="Fake",
        template="http://127.0.0.1/fake/{c}",
        code="[a-z]+",
        extractors=("fake",),
        hosts=(),
        links=(),
        example="direct",
    )

    target = Registry(extra=(fake,)).target("fake", "direct")

    assert target.url == "http://127.0.0.1/fake/direct"
    assert REGISTRY.platform("fake") is None


def test_names_and_aliases_are_unique():
    names = [name for row in PLATFORMS for name in (row.name, *row.aliases)]

    assert len(names) == len(set(names))


def test_what_callers_see_of_a_platform_lets_them_build_what_is_taken():
    for facts in REGISTRY.facts():
        row = REGISTRY.platform(facts.name)

        assert re.fullmatch(facts.pattern, facts.example)
        assert (facts.concurrency, facts.interval_seconds, facts.enabled) == (row.concurrency, row.interval, True)
        assert facts.links
        for form in facts.links:
            first, _, second = facts.example.partition("/")
            link = form.replace("{c}", facts.example).replace("{c0}", first).replace("{c1}", second).replace("*", "any")
            target = REGISTRY.target_of_url(link)
            assert target is not None, link
            assert target.code == facts.example


def test_an_operator_s_changes_reach_the_row_and_no_other():
    changed = Registry(changes={"vimeo": {"concurrency": 7, "interval": 3.0}})

    assert (changed.platform("vimeo").concurrency, changed.platform("vimeo").interval) == (7, 3.0)
    assert changed.platforms[1:3] == REGISTRY.platforms[1:3]
    with pytest.raises(Refused, match="unknown platform 'vimio'"):
        Registry(changes={"vimio": {}})


def test_from_a_platform_that_is_switched_off_nothing_is_taken():
    without = Registry(changes={"vimeo": {"enabled": False}}, allow_direct=True)

    with pytest.raises(Refused, match="videos of Vimeo are not taken"):
        without.target("vimeo", "56015672")
    with pytest.raises(Refused, match="videos of Vimeo are not taken") as refused:
        without.link("https://vimeo.com/56015672")
    assert refused.value.field == "url"


def test_direct_links_of_one_host_share_a_lane():
    lanes = {DIRECT.link(f"https://{host}/a.mp4").lane for host in ("Media.example", "media.example", "other.example")}

    assert lanes == {"direct:media.example", "direct:other.example"}
    assert REGISTRY.target("vimeo", "56015672").lane == "vimeo"

import pytest

from vxpipe.engine.fetch.formats import choose, direct_kind, is_page


def rendition(name, lines=None, **facts):
    """A format as yt-dlp describes it, a wide picture with that many lines."""
    size = {"width": lines * 16 // 9, "height": lines} if lines else {}
    return {"format_id": name, "protocol": "https", "vcodec": "avc1.64001f", "acodec": "none", **size, **facts}


def sound(name, kbits, **facts):
    """A format with sound only."""
    return {"format_id": name, "protocol": "https", "vcodec": "none", "acodec": "mp4a.40.2", "abr": kbits, **facts}


def chosen(*formats, wanted_height=None, need_audio=False):
    found = choose(formats, wanted_height=wanted_height, need_audio=need_audio)
    return "+".join(each["format_id"] for each in found)


LADDER = [rendition(str(lines), lines) for lines in (144, 360, 720, 1080, 2160)]


@pytest.mark.parametrize(
    ("wanted_height", "expected"),
    [(None, "1080"), (100, "144"), (360, "360"), (361, "720"), (1081, "2160"), (5000, "2160")],
)
def test_the_smallest_rendition_that_is_high_enough_is_chosen(wanted_height, expected):
    assert expected == chosen(*LADDER, wanted_height=wanted_height)


def test_without_a_wish_a_video_that_is_only_huge_comes_in_its_smallest_size():
    assert chosen(rendition("2160", 2160), rendition("1440", 1440)) == "1440"


def test_an_upright_picture_counts_by_its_shorter_side():
    upright = [
        rendition(name, width=width, height=height) for name, width, height in (("s", 360, 640), ("l", 720, 1280))
    ]

    assert chosen(*upright, wanted_height=640) == "l"


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"vcodec": "avc1.4d401e"}, {"vcodec": "vp9"}),
        ({"vcodec": "vp09.00.31.08"}, {"vcodec": "av01.0.05M.08"}),
        ({"vcodec": None}, {"vcodec": "hev1.1.6"}),
        ({"protocol": "https"}, {"protocol": "m3u8_native"}),
        ({"protocol": "http"}, {"protocol": "http_dash_segments"}),
        ({"filesize": 10}, {"filesize": 20}),
        ({"tbr": 100.0}, {"tbr": 200.0}),
        ({"acodec": "none"}, {"acodec": "mp4a.40.2"}),
        ({"filesize": 10, "acodec": "mp4a.40.2"}, {"filesize": 20}),
        ({"dynamic_range": "SDR", "vcodec": "av01"}, {"dynamic_range": "HDR10"}),
        ({"vcodec": "avc1", "protocol": "m3u8_native"}, {"vcodec": "vp9", "filesize": 1}),
    ],
)
def test_of_equal_heights_the_one_cheaper_to_decode_and_fetch_is_chosen(better, worse):
    pair = [rendition("better", 720, **better), rendition("worse", 720, **worse)]

    assert chosen(*pair) == "better"
    assert chosen(*reversed(pair)) == "better"


@pytest.mark.parametrize(
    "facts",
    [
        {"vcodec": "none", "acodec": "mp4a"},
        {"has_drm": True},
        {"protocol": "mhtml"},
        {"protocol": "rtmp"},
        {"protocol": "websocket_frag"},
    ],
)
def test_what_cannot_be_fetched_as_a_picture_is_never_chosen(facts):
    assert chosen(rendition("useless", 720, **facts)) == ""
    assert chosen(rendition("useless", 720, **facts), rendition("good", 144)) == "good"


def test_a_known_height_beats_an_unknown_one_and_of_unknown_ones_the_last_is_the_best():
    assert chosen(rendition("sd"), rendition("known", 144), rendition("hd")) == "known"
    assert chosen(rendition("sd"), rendition("hd")) == "hd"


def test_sound_decides_only_where_it_is_needed():
    silent, loud = rendition("silent", 720, filesize=1), rendition("loud", 360, acodec="mp4a.40.2")

    assert chosen(loud, silent, wanted_height=720) == "silent"
    assert chosen(loud, silent, wanted_height=720, need_audio=True) == "loud"
    assert chosen(silent, need_audio=True) == "silent"


YOUTUBE = [
    sound("139", 49, acodec="mp4a.40.5"),
    sound("140", 130),
    sound("251", 140, acodec="opus"),
    rendition("18", 360, acodec="mp4a.40.2"),
    *(rendition(f"v{lines}", lines) for lines in (144, 360, 720, 1080)),
]


@pytest.mark.parametrize(
    ("wanted_height", "expected"), [(None, "v1080+140"), (720, "v720+140"), (360, "18"), (300, "18"), (100, "v144+140")]
)
def test_sound_comes_beside_the_picture_where_no_file_of_that_height_has_both(wanted_height, expected):
    assert expected == chosen(*YOUTUBE, wanted_height=wanted_height, need_audio=True)


@pytest.mark.parametrize(("wanted_height", "expected"), [(None, "v1080"), (720, "v720"), (360, "v360"), (9, "v144")])
def test_no_sound_is_fetched_that_nobody_asked_for(wanted_height, expected):
    assert expected == chosen(*YOUTUBE, wanted_height=wanted_height)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"abr": 128}, {"abr": 192}),
        ({"abr": 128}, {"abr": 96}),
        ({"abr": 96}, {"abr": 48}),
        ({"abr": 192}, {"abr": 128, "acodec": "opus"}),
        ({"abr": 128, "acodec": "opus"}, {"abr": 48}),
        ({"tbr": 64, "language_preference": 10}, {"tbr": 128, "language_preference": -1}),
        ({}, {"source_preference": -2}),
        ({"abr": 48, "manifest_url": "a"}, {"abr": 128, "manifest_url": "b"}),
        ({"protocol": "https"}, {"protocol": "m3u8_native"}),
    ],
)
def test_the_sound_is_what_suffices_for_a_clip_in_the_video_s_own_language(better, worse):
    picture = rendition("v", 720, manifest_url="a")
    first, second = sound("better", None, **better), sound("worse", None, **worse)

    assert chosen(picture, first, second, need_audio=True) == "v+better"
    assert chosen(second, first, picture, need_audio=True) == "v+better"


@pytest.mark.parametrize("facts", [{"has_drm": True}, {"protocol": "rtmp"}, {"acodec": "none"}])
def test_sound_that_cannot_be_fetched_is_not_waited_for(facts):
    assert chosen(rendition("v", 720), sound("useless", 128, **facts), need_audio=True) == "v"


@pytest.mark.parametrize(
    ("path", "content_type", "body", "kind"),
    [
        ("/a.mp4", "video/mp4", b"\0\0\0\x20ftypisom", "file"),
        ("/a", "application/octet-stream", b"\x1aE\xdf\xa3", "file"),
        ("/a.mp4", "text/plain", b"\0\0\0\x20ftypisom", "file"),
        ("/a", "", b"", "file"),
        ("/a.m3u8", "text/plain", b"", "hls"),
        ("/a", "application/vnd.apple.mpegurl; charset=utf-8", b"", "hls"),
        ("/a", "text/plain", b"#EXTM3U\n", "hls"),
        ("/A.MPD", "application/xml", b"<?xml", "dash"),
        ("/a", "application/dash+xml", b"<?xml", "dash"),
        ("/a.mp4", "text/html; charset=utf-8", b"", "page"),
        ("/a.mp4", "video/mp4", b"\n<!doctype html>", "page"),
        ("/a.mp4", "", b'{"error":1}', "json"),
        ("/a.json", "application/json", b"[1]", "json"),
        ("/a.xml", "text/xml", b"", "xml"),
        ("/a.mp4", "", b"\xef\xbb\xbf<?xml version='1.0'?>", "xml"),
        ("/a.jpg", "image/jpeg", b"\xff\xd8", "picture"),
        ("/a.gif", "image/gif", b"GIF89a", "file"),
        ("/a.png", "image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\n\0\0\0\x08acTL", "file"),
        ("/a.png", "image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\n\0\0\0\x08IDAT", "picture"),
    ],
)
def test_a_direct_link_is_known_by_what_it_answers(path, content_type, body, kind):
    assert kind == direct_kind(path, content_type, body)


@pytest.mark.parametrize(
    "begin",
    [b"<!DOCTYPE html>", b"\n <html lang=en>", b"\xef\xbb\xbf<HTML>", b"<?xml version='1.0'?>", b'{"error": 1}'],
)
def test_a_page_in_place_of_media_is_known_for_sure(begin: bytes) -> None:
    assert is_page(begin)


@pytest.mark.parametrize(
    "begin", [b"", b"<", b"{", b"G@\x00\x10", b"\0\0\0\x18ftypmp42", b"<htmx", b'{"\xff\x00', b"<h\x00t"]
)
def test_what_an_encrypted_segment_may_begin_with_is_no_page(begin: bytes) -> None:
    assert not is_page(begin)

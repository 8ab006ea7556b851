"""Sources that mean harm or do not know what they send: no memory without end, nothing taken for a whole video."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from integration.loopback import Source
from integration.test_fetch import failure, fetching
from vxpipe.ports import Fetched

MIB = 1 << 20
HLS, DASH = "application/vnd.apple.mpegurl", "application/dash+xml"
MANIFEST = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="{type}" mediaPresentationDuration="{lasts}"><Period>
<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1" width="320" height="180" codecs="avc1.42001E">
<SegmentTemplate media="{media}" timescale="1" duration="1"/></Representation></AdaptationSet></Period></MPD>"""


def said(content: bytes, kind: str = "video/mp2t", status: str = "200 OK", **headers: str) -> bytes:
    told = {"Content_Type": kind, "Content_Length": str(len(content)), "Connection": "close", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items() if value)
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + content


def playlist(*segments: str) -> bytes:
    lines = "".join(f"#EXTINF:1,\n{segment}\n" for segment in segments)
    return said(f"#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-TARGETDURATION:1\n{lines}#EXT-X-ENDLIST\n".encode(), HLS)


def manifest(*, kind: str = "static", lasts: str = "PT3S", media: str = "$Number$.m4s") -> bytes:
    return said(MANIFEST.format(type=kind, lasts=lasts, media=media).encode(), DASH)


@asynccontextmanager
async def site(answers: dict[str, bytes], *, endless: str = "", pattern: bytes = b"") -> AsyncIterator[str]:
    """A server of raw answers by path; the one at `endless` goes on with `pattern` for as long as somebody listens."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            found = re.match(rb"GET (?:http://[^/]+)?/([^ ?]*)", await reader.readuntil(b"\r\n\r\n"))
            path = found[1].decode() if found else ""
            writer.write(answers.get(path, said(b"", status="404 Not Found")))
            while path == endless and not writer.is_closing():
                writer.write(pattern)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
def bring(source: Source, tmp_path: Path) -> Callable[..., object]:
    """Fetch the path `it.EXTENSION` of a site."""

    async def run(name: str, answers: dict[str, bytes], **more: object) -> Fetched:
        async with site(answers, **more) as address, fetching(source, allow_hosts=(address,)) as fetcher:
            target = fetcher.registry.direct(f"http://{address}/{name}")
            return await fetcher.fetch(target, tmp_path, wanted_height=None, heard=lambda _: None)

    return run


@pytest.mark.parametrize(("name", "kind", "begin"), [("it.m3u8", HLS, b"#EXTM3U\n"), ("it.mpd", DASH, b"<MPD>")])
async def test_a_list_without_an_end_is_not_read_to_its_end(bring, name, kind, begin):
    head = said(b"", kind, Content_Length="") + begin

    found = await failure(bring(name, {name: head}, endless=name, pattern=b"#EXTINF:1,\nx.ts\n" * 5000))

    assert (found.code, "32 MiB" in found.message) == ("too_large", True)


async def test_a_key_without_an_end_is_not_read_to_its_end(bring):
    key = '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI="key"\n#EXTINF:1,\nseg.ts\n#EXT-X-ENDLIST\n'
    answers = {"it.m3u8": said(key.encode(), HLS), "seg.ts": said(bytes(188)), "key": said(b"", Content_Length="")}

    found = await failure(bring("it.m3u8", answers, endless="key", pattern=bytes(MIB)))

    assert (found.code, "32 MiB" in found.message) == ("too_large", True)


async def test_a_list_that_is_packed_a_thousandfold_is_not_unpacked_to_its_end(bring):
    bomb = said(gzip.compress(b"#EXTM3U\n" + bytes(64 * MIB), 1), HLS, Content_Encoding="gzip")

    assert (await failure(bring("it.m3u8", {"it.m3u8": bomb}))).code == "too_large"


async def test_a_manifest_that_asks_for_names_of_any_length_does_not_get_them(bring):
    found = await failure(bring("it.mpd", {"it.mpd": manifest(media="$Number%0999999999d$.m4s")}))

    assert (found.code, "memory" in found.message) == ("too_large", True)


@pytest.mark.parametrize(
    ("told", "code"),
    [({"kind": "dynamic"}, "not_live"), ({"lasts": "PT5H"}, "too_large"), ({"lasts": "PT3S"}, "media_gone")],
)
async def test_a_manifest_tells_whether_it_is_live_and_how_long_it_is(bring, told, code):
    assert (await failure(bring("it.mpd", {"it.mpd": manifest(**told)}))).code == code


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (said(b"<!doctype html><p>Slow down.</p>", "text/html"), "media_gone"),
        (said(b'{"error": "expired"}', "application/json"), "media_gone"),
        (said(bytes(188), status="206 Partial Content", Content_Range="bytes 0-187/376"), "truncated"),
        (said(bytes(188), Content_Length="lots"), "upstream"),
        (said(b""), "media_gone"),
    ],
)
async def test_a_segment_that_is_not_what_was_asked_for_spoils_the_video(bring, media, second, code):
    answers = {"it.m3u8": playlist("1.ts", "2.ts"), "1.ts": said((media / "hls0.ts").read_bytes()), "2.ts": second}

    assert (await failure(bring("it.m3u8", answers))).code == code


async def test_whole_files_are_not_joined_where_parts_of_them_were_asked_for(bring, media):
    segment = (media / "hls0.ts").read_bytes()
    parts = [f"#EXT-X-BYTERANGE:188@{begin}\nseg.ts" for begin in (0, 188)]

    found = await failure(bring("it.m3u8", {"it.m3u8": playlist(*parts), "seg.ts": said(segment)}))

    assert (found.code, "another piece" in found.message) == ("truncated", True)


async def test_a_piece_of_a_file_is_not_taken_for_the_file(bring, media):
    clip = (media / "clip.mp4").read_bytes()
    told = f"bytes 0-{len(clip) // 2 - 1}/{len(clip)}"
    piece = said(clip[: len(clip) // 2], "video/mp4", "206 Partial Content", Content_Range=told)

    found = await failure(bring("it.mp4", {"it.mp4": piece}))

    assert (found.code, "a piece where the whole" in found.message) == ("truncated", True)


async def test_a_direct_link_that_brings_nothing_is_no_matter_of_yt_dlp(bring):
    found = await failure(bring("it.mp4", {"it.mp4": said(b"", "video/mp4")}))

    assert (found.code, found.message) == ("media_gone", "the source sent nothing")
    assert found.hint == "No video comes from this link, or no longer; open it in a browser, or ask whoever serves it."


async def test_how_long_a_list_says_the_video_is_comes_with_it(bring, media):
    segment = said((media / "hls0.ts").read_bytes())
    answers = {"it.m3u8": playlist(*["seg.ts"] * 2, "note.ts"), "seg.ts": segment, "note.ts": said(b"Access denied.")}

    assert (await bring("it.m3u8", answers)).seconds == 3.0

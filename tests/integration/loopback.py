"""A media source on loopback that behaves well or badly on demand, for tests of everything that downloads.

`async with serve(folder) as source:` serves `folder` (see `make_media`) under these paths:

    /media/NAME            the file, with Range
    /unsized/NAME          the file without a Content-Length
    /stall/NAME            half of the file, then silence until the client goes away
    /stall-once/NAME       the same for the first request, then like /media
    /held/NAME             half of the file, then the rest once the source is `released`
    /cut/NAME              promises the whole file, closes half way, every time
    /cut-once/NAME         the same for the second request, then like /media (the first is a look at the headers)
    /cut-unsized/NAME      closes half way without having promised a size
    /TROUBLE-hls/NAME      like /media, but the second segment is `missing`, `stall`ed or `cut`
    /playlist?segment=URL  an HLS playlist with that one segment
    /status/N              an empty answer with that status; 429 and 503 carry Retry-After: 7
    /flaky/N/STATUS/NAME   that status, with Retry-After: 1, the first N times; then like /media
    /page                  a web page
    /message               what a program says, in JSON
    /members/NAME          like /media with the cookie `session=MEMBER`, which it replaces by another; 401 without
    /redirect?to=URL       a redirect
"""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from aiohttp import web
from aiohttp.typedefs import Handler

from vxpipe.engine.fetch.platforms import Platform

SECONDS = 3
MEMBER = "m3mber-s3ssion-of-the-operator"


class Source:
    """A running media source: where it is, what has been asked of it, and with which cookies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.asked: list[str] = []
        self.cookies: list[str] = []
        self.half_sent = asyncio.Event()
        self.released = asyncio.Event()
        self._closing = asyncio.Event()

    @property
    def address(self) -> str:
        """`host:port`, as an allow list wants it."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        """The link to a path of this source."""
        return f"http://{self.address}/{path}"

    def close(self) -> None:
        """Let go of the clients that are kept waiting."""
        self.released.set()
        self._closing.set()

    async def media(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(self._file(request))

    async def unsized(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        await answer.write(self._file(request).read_bytes())
        return answer

    async def stall(self, request: web.Request) -> web.StreamResponse:
        answer = await self._half(request)
        self.half_sent.set()
        await self._closing.wait()
        return answer

    async def stall_once(self, request: web.Request) -> web.StreamResponse:
        first = self.asked.count(request.path_qs) == 1
        return await (self.stall if first else self.media)(request)

    async def held(self, request: web.Request) -> web.StreamResponse:
        answer = await self._half(request)
        self.half_sent.set()
        await self.released.wait()
        content = self._file(request).read_bytes()
        await answer.write(content[len(content) // 2 :])
        return answer

    async def cut(self, request: web.Request) -> web.StreamResponse:
        answer = await self._half(request)
        assert request.transport is not None
        request.transport.close()
        return answer

    async def cut_once(self, request: web.Request) -> web.StreamResponse:
        second = self.asked.count(request.path_qs) == 2
        return await (self.cut(request) if second else self.media(request))

    async def cut_unsized(self, request: web.Request) -> web.StreamResponse:
        content = self._file(request).read_bytes()
        answer = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        await answer.write(content[: len(content) // 2])
        assert request.transport is not None
        request.transport.close()
        return answer

    async def troubled_hls(self, request: web.Request) -> web.StreamResponse:
        troubles = {"missing": self.missing, "stall": self.stall, "cut": self.cut}
        troubled = request.match_info["name"].endswith("1.ts")
        return await (troubles[request.match_info["trouble"]] if troubled else self.media)(request)

    async def missing(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPNotFound

    async def playlist(self, request: web.Request) -> web.StreamResponse:
        head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n"
        return web.Response(
            text=f"{head}{request.query['segment']}\n#EXT-X-ENDLIST\n", content_type="application/x-mpegurl"
        )

    async def status(self, request: web.Request) -> web.StreamResponse:
        number = int(request.match_info["number"])
        return web.Response(status=number, headers={"Retry-After": "7"} if number in (429, 503) else {})

    async def flaky(self, request: web.Request) -> web.StreamResponse:
        times, status = int(request.match_info["times"]), int(request.match_info["number"])
        if self.asked.count(request.path_qs) <= times:
            return web.Response(status=status, headers={"Retry-After": "1"})
        return await self.media(request)

    async def page(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text="<!doctype html><video src=media/clip.mp4></video>", content_type="text/html")

    async def message(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": "this film is elsewhere"})

    async def members(self, request: web.Request) -> web.StreamResponse:
        if request.cookies.get("session") != MEMBER:
            raise web.HTTPUnauthorized
        answer = await self.media(request)
        answer.set_cookie("seen", "by-the-site")
        return answer

    async def redirect(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(request.query["to"])

    def _file(self, request: web.Request) -> Path:
        path = self.folder / request.match_info["name"]
        if not path.is_file():
            raise web.HTTPNotFound
        return path

    async def _half(self, request: web.Request) -> web.StreamResponse:
        content = self._file(request).read_bytes()
        answer = web.StreamResponse(headers={"Content-Type": "video/mp4", "Content-Length": str(len(content))})
        await answer.prepare(request)
        await answer.write(content[: len(content) // 2])
        return answer


@asynccontextmanager
async def serve(
    folder: Path, *, routes: Iterable[web.RouteDef] = (), tls: ssl.SSLContext | None = None
) -> AsyncIterator[Source]:
    """A media source on a free port of 127.0.0.1 for as long as the context lasts, with further routes."""
    source = Source(folder)
    app = _application(source)
    app.router.add_routes(routes)
    runner = web.AppRunner(app, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        source.port = runner.addresses[0][1]
        yield source
    finally:
        source.close()
        await runner.cleanup()


def make_media(folder: Path, *, seconds: int = SECONDS) -> None:
    """Put `clip.mp4` (320x180, H.264 and AAC), the same as HLS (`hls.m3u8`) and as DASH (`dash.mpd`) into `folder`.

    `live.m3u8` is the same playlist without its end, as a running broadcast has it; `secret.m3u8` is encrypted.
    """
    clip = folder / "clip.mp4"
    sources = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=10", "-f", "lavfi", "-i", "sine")
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-pix_fmt", "yuv420p", "-c:a", "aac")
    _ffmpeg(*sources, "-t", str(seconds), *codecs, str(clip))
    playlist = folder / "hls.m3u8"
    segments = ("-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-hls_segment_filename", str(folder / "hls%d.ts"))
    _ffmpeg("-i", str(clip), "-c", "copy", *segments, str(playlist))
    _encrypt(clip, folder)
    _ffmpeg("-i", str(clip), "-c", "copy", "-f", "dash", "-seg_duration", "1", str(folder / "dash.mpd"))
    (folder / "live.m3u8").write_text(playlist.read_text().replace("#EXT-X-ENDLIST\n", ""))


def _application(source: Source) -> web.Application:
    @web.middleware
    async def remember(request: web.Request, handler: Handler) -> web.StreamResponse:
        source.asked.append(request.path_qs)
        source.cookies.append(request.headers.get("Cookie", ""))
        return await handler(request)

    app = web.Application(middlewares=[remember])
    app.router.add_get("/media/{name}", source.media)
    app.router.add_get("/unsized/{name}", source.unsized)
    app.router.add_get("/stall/{name}", source.stall)
    app.router.add_get("/stall-once/{name}", source.stall_once)
    app.router.add_get("/held/{name}", source.held)
    app.router.add_get("/cut/{name}", source.cut)
    app.router.add_get("/cut-once/{name}", source.cut_once)
    app.router.add_get("/cut-unsized/{name}", source.cut_unsized)
    app.router.add_get("/{trouble:[a-z]+}-hls/{name}", source.troubled_hls)
    app.router.add_get("/playlist", source.playlist)
    app.router.add_get("/status/{number:[0-9]+}", source.status)
    app.router.add_get("/flaky/{times:[0-9]+}/{number:[0-9]+}/{name}", source.flaky)
    app.router.add_get("/page", source.page)
    app.router.add_get("/message", source.message)
    app.router.add_get("/members/{name}", source.members)
    app.router.add_get("/redirect", source.redirect)
    return app


def _encrypt(clip: Path, folder: Path) -> None:
    key = folder / "secret.key"
    key.write_bytes(bytes(range(16)))
    facts = folder / "secret.txt"
    facts.write_text(f"{key.name}\n{key}\n")
    form = ("-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-hls_key_info_file", str(facts))
    _ffmpeg("-i", str(clip), "-c", "copy", *form, str(folder / "secret.m3u8"))


def _ffmpeg(*arguments: str) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *arguments]
    subprocess.run(command, check=True, timeout=60)


def fake_platform(source: Source, **changes: Any) -> Platform:
    """A platform whose videos the source serves, for the plug-in extractor `fake`."""
    row = Platform(
        name="fake",
        label="Fake",
        template=source.url("fake/{c}"),
        code="[a-z0-9_]{1,20}",
        extractors=("fake",),
        hosts=(),
        links=(),
        example="direct",
    )
    return replace(row, **changes)

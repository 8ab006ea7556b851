"""Transfers that break off: gone on with where that is possible, never glued from two files, never taken for whole."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from integration.loopback import Source
from integration.test_fetch import fetching
from integration.test_zygote import pid_of_zygote
from vxpipe.errors import VxError
from vxpipe.ports import Fetched

OK, PARTIAL, UNSATISFIABLE = "200 OK", "206 Partial Content", "416 Range Not Satisfiable"


@dataclass
class Site:
    """A server that answers the second request (the first is a look at the headers) with half of what it promises.

    `after` says how it answers from then on: it gets the byte from which the rest is wanted (0: everything).
    """

    content: bytes
    after: Callable[[int], bytes]
    tag: str = '"first"'
    asked: list[int] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        rest = re.search(rb"range: bytes=(\d+)-", head, re.IGNORECASE)
        self.asked.append(int(rest[1]) if rest else 0)
        whole = answer(OK, self.content, ETag=self.tag)
        answers = [whole, whole[: -(len(self.content) // 2)]]
        writer.write(answers.pop(len(self.asked) - 1) if len(self.asked) <= 2 else self.after(self.asked[-1]))
        await writer.drain()
        writer.close()


def answer(status: str, content: bytes, **headers: str) -> bytes:
    told = {"Content_Type": "video/mp4", "Content_Length": str(len(content)), "Connection": "close", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items() if value)
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + content


def part(content: bytes, begin: int, tag: str = '"first"') -> bytes:
    span = f"bytes {begin}-{len(content) - 1}/{len(content)}"
    return answer(PARTIAL, content[begin:], ETag=tag, Content_Range=span)


@asynccontextmanager
async def opened(site: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]) -> AsyncIterator[str]:
    server = await asyncio.start_server(site, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def fetched(source: Source, site: Callable[..., object], folder: Path) -> Fetched:
    async with opened(site) as address, fetching(source, allow_hosts=(address,)) as fetcher:
        target = fetcher.registry.direct(f"http://{address}/clip.mp4")
        return await fetcher.fetch(target, folder, wanted_height=None, heard=lambda _: None)


@pytest.fixture
def content(media: Path) -> bytes:
    return (media / "clip.mp4").read_bytes()


async def test_the_rest_of_a_broken_transfer_is_asked_for(source: Source, content: bytes, tmp_path: Path) -> None:
    site = Site(content, lambda begin: part(content, begin))

    media = await fetched(source, site.serve, tmp_path)

    assert content == media.path.read_bytes()
    assert site.asked == [0, 0, len(content) - len(content) // 2]


async def test_where_no_rest_is_to_be_had_the_file_is_begun_anew(
    source: Source, content: bytes, tmp_path: Path
) -> None:
    site = Site(content, lambda _: answer(OK, content))

    media = await fetched(source, site.serve, tmp_path)

    assert content == media.path.read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the zygote in /proc")
async def test_a_download_that_loses_its_zygote_is_begun_once_more(
    source: Source, content: bytes, tmp_path: Path
) -> None:
    asked = 0
    half_sent, closing = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readuntil(b"\r\n\r\n")
        asked += 1
        writer.write(answer(OK, content)[: -len(content) // 2] if asked == 2 else answer(OK, content))
        await writer.drain()
        if asked == 2:
            half_sent.set()
            await closing.wait()
        writer.close()

    with capture_logs() as logs:
        task = asyncio.create_task(fetched(source, serve, tmp_path), name="fetch")
        await half_sent.wait()
        os.kill(pid_of_zygote(), signal.SIGKILL)
        media = await asyncio.wait_for(task, 30)
        closing.set()

    assert content == media.path.read_bytes()
    assert asked == 4
    assert [media.path] == list(tmp_path.iterdir())
    assert len([line for line in logs if line["event"] == "download.repeated"]) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the zygote in /proc")
async def test_a_download_that_loses_a_second_zygote_fails(source: Source, tmp_path: Path) -> None:
    half_sent = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        half_sent.set()
        await reader.read()
        writer.close()

    task = asyncio.create_task(fetched(source, serve, tmp_path), name="fetch")
    for _ in range(2):
        await half_sent.wait()
        half_sent.clear()
        os.kill(pid_of_zygote(), signal.SIGKILL)
    with pytest.raises(VxError) as caught:
        await asyncio.wait_for(task, 30)

    assert (caught.value.code, caught.value.kind.retryable) == ("crashed", True)


def changed_tag(new: bytes) -> Callable[[int], bytes]:
    return lambda begin: part(new, begin, '"second"') if begin else answer(OK, new, ETag='"second"')


def changed_size(new: bytes) -> Callable[[int], bytes]:
    longer = new + b"\0\0\0\x08free"
    return lambda begin: part(longer, begin, "") if begin else answer(OK, longer)


def too_short(new: bytes) -> Callable[[int], bytes]:
    return lambda begin: answer(UNSATISFIABLE, b"") if begin else answer(OK, new)


def wrong_part(new: bytes) -> Callable[[int], bytes]:
    return lambda begin: part(new, begin - 100) if begin else answer(OK, new)


def unnamed_part(new: bytes) -> Callable[[int], bytes]:
    return lambda begin: answer(PARTIAL, new[begin:]) if begin else answer(OK, new)


@pytest.mark.parametrize("change", [changed_tag, changed_size, too_short, wrong_part, unnamed_part])
async def test_a_rest_that_does_not_belong_to_the_begin_is_not_glued_to_it(
    source: Source, content: bytes, tmp_path: Path, change: Callable[[bytes], Callable[[int], bytes]]
) -> None:
    new = content[:-1000] + bytes(1000)
    site = Site(content, change(new))

    media = await fetched(source, site.serve, tmp_path)

    assert media.path.read_bytes().removesuffix(b"\0\0\0\x08free") == new
    assert site.asked[-1] == 0


async def test_segments_out_of_files_of_different_sizes_are_not_joined(source: Source, tmp_path: Path) -> None:
    segments = "".join(f"#EXTINF:1,\n#EXT-X-BYTERANGE:1000@{begin}\nclip.mp4?all\n" for begin in (0, 1000))
    playlist = f"#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-TARGETDURATION:1\n{segments}#EXT-X-ENDLIST\n".encode()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        span = re.search(rb"range: bytes=(\d+)-(\d+)", await reader.readuntil(b"\r\n\r\n"), re.IGNORECASE)
        if span is None:
            writer.write(answer(OK, playlist))
        else:
            total = 2000 + int(span[1])
            told = f"bytes {int(span[1])}-{int(span[2])}/{total}"
            writer.write(answer(PARTIAL, bytes(1000), Content_Range=told))
        writer.close()

    with pytest.raises(VxError) as caught:
        await fetched(source, serve, tmp_path)

    assert (caught.value.code, "changed while" in caught.value.message) == ("truncated", True)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
async def test_an_answer_without_an_end_that_breaks_off_in_good_order_is_not_taken_for_a_whole_one(
    source: Source, content: bytes, tmp_path: Path, share: float
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(OK, content[: int(len(content) * share)], Content_Length=""))
        writer.close()

    with pytest.raises(VxError) as caught:
        await fetched(source, serve, tmp_path)

    assert (caught.value.code, caught.value.kind.retryable) == ("truncated", True)


async def test_an_answer_without_an_end_that_is_whole_is_taken(source: Source, content: bytes, tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(OK, content, Content_Length=""))
        writer.close()

    media = await fetched(source, serve, tmp_path)

    assert content == media.path.read_bytes()

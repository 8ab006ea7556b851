"""Bytes that are not quite HTTP, and connections that go nowhere: a short answer or none, the connection closed."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from house import House, house

HOST = b"Host: 127.0.0.1\r\n"
SMUGGLED = b"GET /jobs?smuggled=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as opened:
        yield opened
        assert (await opened.client.get("/health")).status == 200


async def said(home: House, data: bytes) -> bytes:
    """All that is answered before the service closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", home.client.port)
    try:
        async with asyncio.timeout(20):
            try:
                writer.write(data)
                await writer.drain()
                return await reader.read()
            except ConnectionError:  # it was reset while we still wrote
                return b""
    finally:
        writer.close()


def post(headers: bytes, body: bytes) -> bytes:
    return b"POST /process HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n" + headers + b"\r\n" + body


UNSOUND = (
    post(b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + SMUGGLED),
    post(b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"0\r\n\r\n" + SMUGGLED),
    post(b"Content-Length: 0\r\nContent-Length: 60\r\n", SMUGGLED),
    post(b"Content-Length: 0, 60\r\n", SMUGGLED),
    post(b"Content-Length: +0\r\n", SMUGGLED),
    post(b"Content-Length: -1\r\n", SMUGGLED),
    post(b"Content-Length: 0x0\r\n", SMUGGLED),
    post(b"Content-Length: 9999999999999999999999\r\n", SMUGGLED),
    post(b"Content-Length : 0\r\n", SMUGGLED),
    post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n" + SMUGGLED),
    post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n" + SMUGGLED),
    post(b"Transfer-Encoding: gzip, chunked\r\nConnection: close\r\n", b"0\r\n\r\n" + SMUGGLED),
    post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"0\r\n\r\n" + SMUGGLED),
    post(b"Transfer-Encoding:\x0bchunked\r\n", b"0\r\n\r\n" + SMUGGLED),
    post(b"Transfer-Encoding: chunked\r\n", b"zz\r\n\r\n" + SMUGGLED),
    post(b"Transfer-Encoding: chunked\r\n", b"-1\r\n\r\n" + SMUGGLED),
    post(b"Transfer-Encoding: chunked\r\n", b"0x2\r\n{}\r\n0\r\n\r\n" + SMUGGLED),
    post(b"Transfer-Encoding: chunked\r\n", b"2\r\n{}XX0\r\n\r\n" + SMUGGLED),
    post(b"Transfer-Encoding: chunked\r\n", b"2\n{}\n0\n\n" + SMUGGLED),
    post(b"Transfer-Encoding: chunked\r\n", b"ffffffffffffffffff\r\n{}" + SMUGGLED),
    b"GET /health HTTP/1.1\n" + b"Host: 127.0.0.1\n\n",
    b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\rb\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\x00b\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX y: a\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n folded: a\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n: nameless\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    b"GET /he alth HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /health HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /health\r\n\r\n",
    b"get /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n",
    b"\x00" * 1000 + b"\r\n\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * (1 << 20) + b"\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: a\r\n" * 10_000 + b"\r\n",
)


async def test_what_is_no_sound_http_is_refused_once_and_the_connection_closed(home: House) -> None:
    answers = {data[:200]: await said(home, data) for data in UNSOUND}

    assert {} == {data: answer for data, answer in answers.items() if not is_one_short_refusal(answer)}
    assert (await (await home.client.get("/jobs")).json())["jobs"] == []


def is_one_short_refusal(answer: bytes) -> bool:
    statuses = re.findall(rb"^HTTP/[0-9.]+ (\d+) ", answer, re.MULTILINE)
    return (answer == b"" or statuses in ([b"400"], [b"413"])) and len(answer) < 10_000


async def test_a_body_that_is_said_to_be_too_large_is_refused_before_it_comes(home: House) -> None:
    answer = await said(home, post(b"Content-Length: 10000000000\r\nConnection: close\r\n", b"{"))

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer


async def test_a_hundred_thousand_chunks_are_read_or_refused_in_bounded_time(home: House) -> None:
    body = b"1\r\n[\r\n" * 100_000 + b"0\r\n\r\n"

    answer = await said(home, post(b"Transfer-Encoding: chunked\r\nConnection: close\r\n", body))

    assert answer == b"" or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 "))


@pytest.mark.parametrize("begun", [b"", b"GET /health HT", b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: a"])
async def test_a_head_that_does_not_come_is_not_waited_for(tmp_path: Path, begun: bytes) -> None:
    async with house(tmp_path, idle_seconds=0.2) as home:
        assert await said(home, begun) == b""


async def test_a_head_that_comes_drop_by_drop_is_not_waited_for(tmp_path: Path) -> None:
    async with house(tmp_path, idle_seconds=0.3) as home:
        reader, writer = await asyncio.open_connection("127.0.0.1", home.client.port)
        ended = asyncio.get_running_loop().create_task(reader.read())
        writer.write(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        async with asyncio.timeout(20):
            while not ended.done():
                writer.write(b"a")
                await asyncio.wait([ended], timeout=0.02)
        writer.close()

    assert ended.exception() is not None or ended.result() == b""


async def test_five_hundred_idle_connections_do_not_keep_others_out(home: House) -> None:
    idle = [await asyncio.open_connection("127.0.0.1", home.client.port) for _ in range(500)]
    for _, writer in idle[::2]:
        writer.write(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")

    async with asyncio.timeout(20):
        answers = [(await home.client.get("/health")).status for _ in range(20)]

    for _, writer in idle:
        writer.close()
    assert answers == [200] * 20

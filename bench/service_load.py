"""The load on a service, from a process of its own: requests, readers of streams.

Called by service.py: the task comes as JSON on stdin, what was measured goes as JSON to stdout.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

FROZEN_BUFFER = 4096


class Exchange(asyncio.Protocol):
    """One connection that sends the next request when the last one is answered, and not before it is due.

    A request waits from the moment at which it is due, whether the connection is free then or not.
    """

    def __init__(self, following: Callable[[], tuple[bytes, float] | None], done: asyncio.Event) -> None:
        self._following = following
        self._done = done
        self._buffer = bytearray()
        self._sent_at = 0.0
        self.seconds: list[float] = []
        self.statuses: dict[int, int] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator or len(body) < _length(head):
            return
        self.seconds.append(time.perf_counter() - self._sent_at)
        status = int(head[9:12])
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self._buffer.clear()
        self._ask()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._done.set()

    def _ask(self) -> None:
        following = self._following()
        if following is None:
            self._transport.close()
            return
        request, self._sent_at = following
        asyncio.get_running_loop().call_later(self._sent_at - time.perf_counter(), self._transport.write, request)


def _length(head: bytes) -> int:
    begin = head.lower().find(b"content-length:")
    return int(head[begin + 15 :].split(b"\r\n", 1)[0]) if begin >= 0 else 0


async def ask(
    *, url: str, requests: Sequence[str], connections: int, seconds: float, most: int, rate: float = 0.0
) -> dict[str, Any]:
    """Send `requests` in turn over so many connections until the time is up or `most` are sent.

    `rate`: so many a second in all; 0: as fast as they are answered.
    """
    place = urlsplit(url)
    encoded = [text.encode() for text in requests]
    began, sent = time.perf_counter(), 0

    def following() -> tuple[bytes, float] | None:
        nonlocal sent
        due = began + sent / rate if rate else time.perf_counter()
        if sent >= most or due > began + seconds:
            return None
        sent += 1
        return encoded[(sent - 1) % len(encoded)], due

    loop = asyncio.get_running_loop()
    exchanges, ends = [], [asyncio.Event() for _ in range(connections)]
    for done in ends:
        _, exchange = await loop.create_connection(
            lambda done=done: Exchange(following, done), place.hostname, place.port
        )
        exchanges.append(exchange)
    await asyncio.gather(*[done.wait() for done in ends])
    took = time.perf_counter() - began
    waits = sorted(wait for exchange in exchanges for wait in exchange.seconds)
    statuses: dict[int, int] = {}
    for exchange in exchanges:
        for status, count in exchange.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    return {"answers": len(waits), "seconds": took, "statuses": statuses, **quantiles(waits)}


async def listen(
    *, url: str, paths: Sequence[str], frozen: int, seconds: float, until: int | None = None
) -> dict[str, Any]:
    """Read a stream per path for so long, or until each has told `until`; the first `frozen` stop reading at once."""
    stopped = [await opened(url, path, limit=FROZEN_BUFFER) for path in paths[:frozen]]
    readers = [asyncio.ensure_future(read(await opened(url, path, limit=1 << 16), until)) for path in paths[frozen:]]
    print("listening", flush=True)
    await asyncio.wait(readers, timeout=seconds)
    gone = sum(is_cut(writer) for _, writer in stopped)
    for reader in readers:
        reader.cancel()
    found = await asyncio.gather(*readers, return_exceptions=True)
    for _, writer in stopped:
        writer.close()
    heard = [result for result in found if isinstance(result, Story)]
    delays = sorted(delay for story in heard for delay in story.delays)
    span = max((story.last for story in heard), default=0) - min((story.first for story in heard), default=0)
    return {
        "readers": len(heard),
        "heard": len(delays),
        "seconds": span,
        "gaps": sum(story.gaps for story in heard),
        "ended": sum(story.ended for story in heard),
        "cut": gone,
        **quantiles(delays),
    }


class Story:
    """What one reader heard: delays in seconds behind the events' own times, and breaks in their numbers."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self.gaps = 0
        self.seq = 0
        self.first = self.last = 0.0
        self.ended = False

    def hear(self, lines: Sequence[bytes]) -> None:
        fields = dict(line.split(b": ", 1) for line in lines if b": " in line)
        if b"id" not in fields or fields.get(b"event") == b"snapshot":
            return
        self.gaps += int(fields[b"id"]) != self.seq + 1
        self.seq = int(fields[b"id"])
        if b'"bench.said"' in fields[b"data"]:
            self.last = time.time()
            self.first = self.first or self.last
            begin = fields[b"data"].index(b'"ts":"') + 6
            said = datetime.fromisoformat(fields[b"data"][begin : begin + 24].decode()).timestamp()
            self.delays.append(self.last - said)


async def read(streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], until: int | None) -> Story:
    story = Story()
    reader, writer = streams
    lines: list[bytes] = []
    try:
        while (line := await reader.readline()) and (until is None or story.seq < until):
            text = line.rstrip(b"\r\n")
            if text:
                lines.append(text)
            else:
                story.hear(lines)
                lines = []
        story.ended = True
    except asyncio.CancelledError:
        pass
    writer.close()
    return story


async def opened(url: str, path: str, *, limit: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=limit)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in head.split(b"\r\n", 1)[0], head
    if limit == FROZEN_BUFFER:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
    return reader, writer


def is_cut(writer: asyncio.StreamWriter) -> bool:
    """Whether the service has broken the connection off: a paused transport does not hear of it by itself."""
    sock = writer.transport.get_extra_info("socket")
    try:
        return bool(sock.getsockopt(1, 4))  # SOL_SOCKET, SO_ERROR: the reset that waits to be read
    except OSError:
        return True


def quantiles(ordered: Sequence[float]) -> dict[str, float]:
    if not ordered:
        return {"p50": 0.0, "p99": 0.0, "worst": 0.0}
    at = [min(len(ordered) - 1, int(len(ordered) * share)) for share in (0.5, 0.99)]
    return {"p50": ordered[at[0]], "p99": ordered[at[1]], "worst": ordered[-1]}


if __name__ == "__main__":
    task = json.load(sys.stdin)
    work = {"ask": ask, "listen": listen}[task.pop("do")]
    print(json.dumps(asyncio.run(work(**task))))

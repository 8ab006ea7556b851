"""Bytes between two ends: counted, bounded in time, closed as they were closed."""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress

from vxpipe.engine.fetch.egress import Denied
from vxpipe.engine.fetch.network import End

_CHUNK_BYTES = 256 << 10
_RESET = struct.pack("ii", 1, 0)

Count = Callable[[int], None]


class Relay:
    """Passes on between `client` and `origin` what comes.

    `sent` and `received` count bytes and may raise Denied. `body_bytes` makes it one request: after so many bytes
    nothing more goes up, and the end of either side is the end. None makes a tunnel, in which either side may stop
    sending and still listen.
    """

    def __init__(self, client: End, origin: End, *, sent: Count, received: Count, body_bytes: int | None) -> None:
        self._client = client
        self._origin = origin
        self._sent = sent
        self._received = received
        self._body_bytes = body_bytes
        self._idle_seconds = 0.0
        self._idle: asyncio.Timeout
        self._ended_by: Denied | None = None

    async def run(self, *, deadline: float, idle_seconds: float) -> Denied | None:
        """Until both sides have ended; what is returned ended it before that."""
        self._idle_seconds = idle_seconds
        wall, self._idle = asyncio.timeout_at(deadline), asyncio.timeout(idle_seconds)
        try:
            async with wall, self._idle:
                await self._both_ways()
        except TimeoutError:
            self._break_off()
            if wall.expired():
                return Denied("deadline", "the time for this download is over")
            return Denied("idle", f"nothing was sent for {idle_seconds:g} s")
        return self._ended_by

    async def _both_ways(self) -> None:
        async with asyncio.TaskGroup() as group:
            up = group.create_task(self._tunnel_up() if self._body_bytes is None else self._request_up())
            if await self._pump(self._origin, self._client, self._received):
                _end_sending(self._client)
            if self._body_bytes is not None:
                up.cancel()
        for end in (self._client, self._origin):
            end.writer.close()
            await _closed(end)

    async def _tunnel_up(self) -> None:
        if await self._pump(self._client, self._origin, self._sent):
            _end_sending(self._origin)

    async def _request_up(self) -> None:
        """Send the body; then only see that the client is there: an origin may hold on to what nobody waits for."""
        if await self._pump(self._client, self._origin, self._sent, self._body_bytes):
            await _ending(self._client)
            self._break_off()

    async def _pump(self, source: End, sink: End, count: Count, most: int | None = None) -> bool:
        """Pass on what comes until the source ends, or `most` bytes; False where that was broken off."""
        left = most
        try:
            while chunk := await source.reader.read(_CHUNK_BYTES if left is None else min(_CHUNK_BYTES, left)):
                left = None if left is None else left - len(chunk)
                count(len(chunk))
                self._moved()
                sink.writer.write(chunk)
                await sink.writer.drain()
        except OSError:
            self._break_off()
            return False
        except Denied as denied:
            self._ended_by = denied
            self._break_off()
            return False
        return True

    def _moved(self) -> None:
        if not self._idle.expired():
            self._idle.reschedule(asyncio.get_running_loop().time() + self._idle_seconds)

    def _break_off(self) -> None:
        """Reset both connections: an orderly end would make a cut answer of unknown length look whole."""
        for end in (self._client, self._origin):
            if end.is_open:
                end.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            end.drop()


def _end_sending(end: End) -> None:
    with suppress(OSError):  # the other side may have gone meanwhile
        end.writer.write_eof()


async def _ending(end: End) -> None:
    with suppress(OSError):
        while await end.reader.read(_CHUNK_BYTES):
            pass


async def _closed(end: End) -> None:
    with suppress(OSError):
        await end.writer.wait_closed()

"""Answers of unknown length: written as fast as the reader takes them, broken off where it takes nothing."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from aiohttp import web

log = structlog.get_logger()

SEND_SECONDS = 20
_KERNEL_BYTES = 1 << 16
_PIECE_BYTES = 1 << 16


class TookNothing(ConnectionResetError):
    """A reader was cut because it stopped reading."""


async def send(request: web.Request, stream: web.StreamResponse, data: bytes, *, seconds: float = SEND_SECONDS) -> None:
    """Write, and cut a reader that takes nothing: raises TookNothing, or ConnectionResetError for one that is gone.

    Of much data each piece has its time: a slow line is none that stands still.
    """
    try:
        for start in range(0, len(data), _PIECE_BYTES):
            async with asyncio.timeout(seconds):
                await stream.write(memoryview(data)[start : start + _PIECE_BYTES])
    except TimeoutError as exc:
        cut(request)
        raise TookNothing from exc


@contextmanager
def breaking_off(request: web.Request) -> Iterator[None]:
    """For what is done once an answer has begun: a reader that goes is let go, any failure breaks the answer off."""
    try:
        yield
    except ConnectionResetError:
        return
    except Exception:  # no status can tell of it any more: all that is left is to say so in the log
        log.exception("stream.broken", path=request.path)
        cut(request)


def cut(request: web.Request) -> None:
    """Break the connection off, so that what was sent does not pass for the whole."""
    if request.transport is not None:
        request.transport.abort()


def bound_silence(request: web.Request, *, seconds: float = SEND_SECONDS) -> None:
    """Have the kernel give up on a peer that acknowledges nothing."""
    sock = _socket(request)
    if sock is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))


def bound_backlog(request: web.Request) -> None:
    """Have the kernel hold little for a reader that is slow: the sooner is it known."""
    sock = _socket(request)
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BYTES)


def _socket(request: web.Request) -> socket.socket | None:
    sock = request.transport.get_extra_info("socket") if request.transport is not None else None
    return sock if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6) else None

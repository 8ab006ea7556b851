"""Hands the bytes a child writes to a worker thread, in pieces of whole frames."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

_MOST_WAITING = 4


class Feed:
    """A sink that cuts a byte stream into pieces of `piece_bytes` and gives each to `take` in one thread, in order.

    At most a few pieces wait: then the sink asks for a pause until one of them is taken, which slows the child down. A
    rest shorter than `frame_bytes` at the end of the stream is dropped. An exception of `take` comes out of the sink or
    of `finish`; who leaves without `finish` does not wait for the piece in hand.
    """

    def __init__(self, take: Callable[[bytes], None], *, frame_bytes: int, frames: int = 1) -> None:
        self._take = take
        self._frame_bytes = frame_bytes
        self._piece_bytes = frame_bytes * frames
        self._parts = list[memoryview]()
        self._held_bytes = 0
        self._waiting: deque[Future[None]] = deque()
        self._pool = ThreadPoolExecutor(max_workers=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def __call__(self, chunk: bytes) -> Future[None] | None:
        """Take what the child wrote; b"" marks the end of the stream."""
        rest = memoryview(chunk)
        while self._held_bytes + len(rest) >= self._piece_bytes:
            wanted = self._piece_bytes - self._held_bytes
            self._hold(rest[:wanted])
            self._hand_over(self._piece_bytes)
            rest = rest[wanted:]
        self._hold(rest)
        if not chunk:
            self._hand_over(self._held_bytes // self._frame_bytes * self._frame_bytes)
        while self._waiting and self._waiting[0].done():
            self._waiting.popleft().result()
        return self._waiting[-_MOST_WAITING] if len(self._waiting) >= _MOST_WAITING else None

    def finish(self) -> None:
        """Wait for the last piece."""
        while self._waiting:
            self._waiting.popleft().result()

    def _hold(self, part: memoryview) -> None:
        self._parts.append(part)
        self._held_bytes += len(part)

    def _hand_over(self, size: int) -> None:
        """Give the first `size` of the bytes held to the thread, and drop the others."""
        piece = b"".join(self._parts)[:size]
        self._parts.clear()
        self._held_bytes = 0
        if piece:
            self._waiting.append(self._pool.submit(self._take, piece))

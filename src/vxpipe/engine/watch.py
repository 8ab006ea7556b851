"""What holds for every running child, however it was started: bounds on silence and wall time, and an end."""

import asyncio
import signal
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Protocol

from vxpipe.errors import VxError
from vxpipe.ports import Limits, Sink

_TAIL_BYTES = 4096


class Watched(Protocol):
    """A running child. `ended` is done when nothing more will be heard of it, `released` set when it is gone."""

    ended: "asyncio.Future[None]"
    released: asyncio.Event

    def notice(self, on_sign: Callable[[], None]) -> None:
        """From now on call `on_sign` at every sign of life."""
        ...

    def ignore(self) -> None:
        """Go on emptying the pipes, because a child blocked on a full pipe cannot react, but tell nobody."""
        ...

    def signal_group(self, number: signal.Signals) -> None:
        """Signal the child and all its descendants that have not left its process group."""
        ...

    def close(self) -> None:
        """Let go of the pipes, whoever may hold them."""
        ...


async def watch(child: Watched, limits: Limits) -> None:
    """Wait until the child has ended; raises VxError `stalled` or `timed_out` for the limits."""
    loop = asyncio.get_running_loop()
    stall = asyncio.timeout(limits.stall_seconds)
    wall = asyncio.timeout(limits.wall_seconds)

    def heard() -> None:
        if not stall.expired():
            stall.reschedule(loop.time() + limits.stall_seconds)

    child.notice(heard)
    try:
        async with wall, stall:
            await child.ended
    except TimeoutError as exc:
        if stall.expired():
            raise VxError("stalled", f"no sign of life for {limits.stall_seconds:g} s") from exc
        if wall.expired():
            raise VxError("timed_out", f"not done after {limits.wall_seconds:g} s") from exc
        raise
    finally:
        child.ignore()


async def end(child: Watched, grace_seconds: float) -> None:
    """End what is left of the process group: SIGTERM, the grace time, SIGKILL; then let go of it."""
    if not child.released.is_set():
        child.signal_group(signal.SIGTERM)
        await _wait_until_released(child, grace_seconds)
    child.signal_group(signal.SIGKILL)
    await _wait_until_released(child, grace_seconds)
    child.close()  # a descendant that left the group may hold our pipes


def tee(tail: bytearray, sink: Sink | None) -> Sink:
    """A sink that keeps the end of what it hears in `tail` and hands it on to `sink`."""

    def heard(chunk: bytes) -> Future[Any] | None:
        tail.extend(chunk)
        del tail[:-_TAIL_BYTES]
        return sink(chunk) if sink else None

    return heard


def unheard(_chunk: bytes) -> None:
    """A sink for what nobody wants to hear."""


def nobody() -> None:
    """Told of signs of life that nobody waits for."""


async def _wait_until_released(child: Watched, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await child.released.wait()

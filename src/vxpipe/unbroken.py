"""Steps that must be finished once begun, however often somebody cancels."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def unbroken(step: Coroutine[Any, Any, T]) -> T:
    """Await `step` to its end; a cancellation that comes meanwhile is raised after it.

    `asyncio.shield` alone lets go at the first cancel, and what it shields goes on unwatched.
    """
    task = asyncio.ensure_future(step)  # noqa: TID251 - ended below, whatever comes
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as exc:
            cancelled = exc
        except BaseException:  # noqa: S110 - the step's own failure comes out below
            pass
    if cancelled is not None and not task.cancelled():
        task.exception()  # looked at, so that nobody is warned of it
        raise cancelled
    return task.result()

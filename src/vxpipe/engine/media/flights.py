"""Work that several wait for, each as long as they like, and that none of them ends by going away."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


class Flights:
    """One flight of each name at a time; who asks for it meanwhile goes along.

    Nothing is locked: a flight is a task of whoever runs `keep`. While nobody does, each who asks flies alone.
    """

    def __init__(self) -> None:
        self._group: asyncio.TaskGroup | None = None
        self._under_way: dict[str, asyncio.Task[Any]] = {}

    async def keep(self) -> None:
        """Own the flights until cancelled, which ends them."""
        async with asyncio.TaskGroup() as self._group:
            try:
                await asyncio.Event().wait()
            finally:
                self._group = None

    async def result(
        self, name: str, fly: Callable[[], Coroutine[Any, Any, _T]], *, seconds: float | None = None
    ) -> _T | None:
        """What comes of a flight; None: it is not over after so many seconds, and goes on."""
        if self._group is None:
            return await fly()
        flight: asyncio.Task[_T] | None = self._under_way.get(name)
        if flight is None or flight.done():
            flight = self._under_way[name] = self._group.create_task(fly())
        if seconds != 0:
            await asyncio.wait({flight}, timeout=seconds)
        return flight.result() if flight.done() and not flight.cancelled() else None

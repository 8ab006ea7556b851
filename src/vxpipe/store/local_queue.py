"""The work queue of one process: in memory, bounded, fair between lanes. What must survive is in the store."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

from vxpipe.errors import Unavailable
from vxpipe.model import ItemKey
from vxpipe.ports import Entry, WorkQueue


class LocalQueue(WorkQueue):
    """First come, first served, except that an entry whose lane is full lets others pass.

    `lane_limits` says how many entries of a lane may be out at once; a lane not named has no limit.
    """

    def __init__(self, *, capacity: int, lane_limits: Mapping[str, int]) -> None:
        self._capacity = capacity
        self._lane_limits = lane_limits
        self._waiting: deque[Entry] = deque()
        self._reserved = 0
        self._out: Counter[str] = Counter()
        self._changed = asyncio.Event()

    @contextmanager
    def reserve(self, count: int) -> Iterator[None]:
        """See WorkQueue."""
        if len(self._waiting) + self._reserved + count > self._capacity:
            raise Unavailable(f"the queue is full ({self._capacity} items); try again later")
        self._reserved += count
        try:
            yield
        finally:
            self._reserved -= count

    def put(self, entries: Iterable[Entry]) -> None:
        """See WorkQueue."""
        self._waiting.extend(entries)
        self._changed.set()

    @asynccontextmanager
    async def take(self) -> AsyncIterator[Entry]:
        """See WorkQueue."""
        while (entry := self._first_free()) is None:
            self._changed.clear()
            await self._changed.wait()
        self._waiting.remove(entry)
        self._out[entry.lane] += 1
        try:
            yield entry
        finally:
            self._out[entry.lane] -= 1
            self._changed.set()

    def remove(self, keys: Iterable[ItemKey]) -> None:
        """See WorkQueue."""
        gone = set(keys)
        self._waiting = deque(entry for entry in self._waiting if entry.key not in gone)

    def depth(self) -> int:
        """See WorkQueue."""
        return len(self._waiting)

    def _first_free(self) -> Entry | None:
        return next((entry for entry in self._waiting if self._has_room(entry.lane)), None)

    def _has_room(self, lane: str) -> bool:
        limit = self._lane_limits.get(lane)
        return limit is None or self._out[lane] < limit

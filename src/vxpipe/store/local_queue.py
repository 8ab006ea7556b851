"""The work queue of one process: in memory, bounded, fair between lanes. What must survive is in the store."""

import asyncio
import heapq
from collections import deque
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import chain, count
from operator import attrgetter

from vxpipe.errors import Unavailable
from vxpipe.model import ItemKey
from vxpipe.ports import Entry, Lanes, Step, WorkQueue

_NUMBER = attrgetter("number")


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """An entry, when it may be handed out, and its number in the order in which entries came."""

    due: float
    number: int
    entry: Entry = field(compare=False)


class LocalQueue(WorkQueue):
    """First come, first served, except that an entry whose lane or hour has not come lets others pass."""

    def __init__(self, *, capacity: int, lanes: Lanes) -> None:
        self._capacity = capacity
        self._lanes = lanes
        self._lines: dict[tuple[Step, str], deque[_Place]] = {}
        self._later: list[_Place] = []
        self._numbers = count()
        self._reserved = 0
        self._changed = asyncio.Event()

    @contextmanager
    def reserve(self, count: int) -> Iterator[None]:
        """See WorkQueue."""
        if self.depth() + self._reserved + count > self._capacity:
            raise Unavailable(f"the queue is full ({self._capacity} items); try again later")
        self._reserved += count
        try:
            yield
        finally:
            self._reserved -= count

    def put(self, entries: Iterable[Entry]) -> None:
        """See WorkQueue."""
        now = asyncio.get_running_loop().time()
        for entry in entries:
            place = _Place(now + entry.delay_seconds, next(self._numbers), entry)
            if entry.delay_seconds > 0:
                heapq.heappush(self._later, place)
            else:
                self._line_up(place)
        self._changed.set()

    @asynccontextmanager
    async def take(self, step: Step) -> AsyncIterator[Entry]:
        """See WorkQueue."""
        while True:
            entry, pause = self._next(step)
            if entry is not None:
                break
            self._changed.clear()
            await self._change(pause)
        self._lanes.begin(entry)
        try:
            yield entry
        finally:
            self._lanes.end(entry)
            self._changed.set()

    def remove(self, keys: Iterable[ItemKey]) -> None:
        """See WorkQueue."""
        gone = set(keys)
        left = [place for place in self._places() if place.entry.key not in gone]
        now = asyncio.get_running_loop().time()
        self._later = [place for place in left if place.due > now]
        heapq.heapify(self._later)
        self._lines = {}
        for place in sorted(left, key=_NUMBER):
            if place.due <= now:
                self._line_up(place)

    def depth(self) -> int:
        """See WorkQueue."""
        return len(self._later) + sum(map(len, self._lines.values()))

    def jobs(self, lanes: Collection[str]) -> frozenset[str]:
        """See WorkQueue."""
        return frozenset(place.entry.key.job_id for place in self._places() if place.entry.lane in lanes)

    def _places(self) -> Iterator[_Place]:
        return chain(self._later, *self._lines.values())

    def _line_up(self, place: _Place) -> None:
        self._lines.setdefault((place.entry.step, place.entry.lane), deque()).append(place)

    def _next(self, step: Step) -> tuple[Entry | None, float | None]:
        """The entry whose turn it is; or None, and after how many seconds there may be one without anybody's doing."""
        now = asyncio.get_running_loop().time()
        while self._later and self._later[0].due <= now:
            self._line_up(heapq.heappop(self._later))
        pauses = [self._later[0].due - now] if self._later else []
        heads = [line[0] for (first, _), line in self._lines.items() if first is step]
        for head in sorted(heads, key=_NUMBER):
            wait = self._lanes.wait_seconds(head.entry.lane)
            if wait == 0:
                return self._pop(head), None
            if wait is not None:
                pauses.append(wait)
        return None, min(pauses, default=None)

    def _pop(self, place: _Place) -> Entry:
        name = (place.entry.step, place.entry.lane)
        self._lines[name].popleft()
        if not self._lines[name]:
            del self._lines[name]
        return place.entry

    async def _change(self, seconds: float | None) -> None:
        """Wait until an entry comes or a lane is freed, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return

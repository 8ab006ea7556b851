"""The work queue of one process: in memory, bounded, fair between lanes. What must survive is in the store."""

import asyncio
import heapq
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import chain, count
from operator import attrgetter

from vxpipe.errors import Unavailable
from vxpipe.facts import Waiting
from vxpipe.model import ItemKey
from vxpipe.ports import Entry, Lanes, Outlook, Step, WorkQueue
from vxpipe.store.lines import Lines, Place
from vxpipe.words import counted

_NUMBER, _RANK, _DUE = attrgetter("number"), attrgetter("rank"), attrgetter("due")


class LocalQueue(WorkQueue):
    """By priority, then first come, first served, except that one whose lane or hour has not come lets others pass.

    `kept` tells whether a content is there already; without it the same content may be fetched any number of times.
    """

    def __init__(self, *, capacity: int, lanes: Lanes, kept: Callable[[str], bool] | None = None) -> None:
        self._capacity = capacity
        self._lanes = lanes
        self._lines = Lines(kept)
        self._later: list[Place] = []
        self._numbers = count()
        self._reserved = 0
        self._changed = asyncio.Event()

    @contextmanager
    def reserve(self, count: int) -> Iterator[None]:
        """See WorkQueue."""
        if count > (room := self.room()):
            raise Unavailable(f"the queue is full: it has room for {room} of {counted(count, 'item')}; try again later")
        self._reserved += count
        try:
            yield
        finally:
            self._reserved -= count

    def put(self, entries: Iterable[Entry]) -> None:
        """See WorkQueue."""
        now = asyncio.get_running_loop().time()
        for entry in entries:
            place = Place(now + entry.delay_seconds, next(self._numbers), entry)
            if entry.delay_seconds > 0:
                heapq.heappush(self._later, place)
            else:
                self._lines.join(place)
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
        if step is Step.FETCH:
            self._lanes.begin(entry)
        try:
            yield entry
        finally:
            if step is Step.FETCH:
                self._lanes.end(entry)
                self._lines.landed(entry)
            self._changed.set()

    def remove(self, keys: Iterable[ItemKey]) -> None:
        """See WorkQueue."""
        gone = set(keys)
        left = [place for place in self._places() if place.entry.key not in gone]
        now = asyncio.get_running_loop().time()
        self._later = [place for place in left if place.due > now]
        heapq.heapify(self._later)
        self._lines.rebuild(place for place in sorted(left, key=_NUMBER) if place.due <= now)
        self._changed.set()  # who stood behind one that is gone may be the first now

    def depth(self) -> int:
        """See WorkQueue."""
        return len(self._later) + len(self._lines)

    def room(self) -> int:
        """See WorkQueue."""
        return max(0, self._capacity - self.depth() - self._reserved)

    def outlook(self, entries: Sequence[Entry]) -> tuple[Outlook, ...]:
        """See WorkQueue."""
        lines: dict[tuple[Step, str], Counter[int]] = {}
        for place in self._places():
            lines.setdefault(self._lines.of(place.entry), Counter())[place.entry.priority] += 1
        found = []
        for entry in entries:
            line = lines.setdefault(self._lines.of(entry), Counter())
            ahead = sum(count for priority, count in line.items() if priority >= entry.priority)
            found.append(Outlook(ahead, self._lines.is_kept(entry)))
            line[entry.priority] += 1
        return tuple(found)

    def waiting(self) -> Mapping[tuple[str, str], Waiting]:
        """See WorkQueue."""
        now = asyncio.get_running_loop().time()
        counts, first = Counter[tuple[str, str]](), dict[tuple[str, str], float]()
        for group in chain(([place] for place in self._later), self._lines.alike()):
            line = group[0].entry.step.value, group[0].entry.lane.partition(":")[0]
            counts[line] += len(group)
            first[line] = min(first.get(line, now), min(map(_DUE, group)))
        return {line: Waiting(count, now - first[line]) for line, count in counts.items()}

    def jobs(self, lanes: Collection[str]) -> frozenset[str]:
        """See WorkQueue."""
        return frozenset(place.entry.key.job_id for place in self._places() if place.entry.lane in lanes)

    def _places(self) -> Iterator[Place]:
        return chain(self._later, self._lines)

    def _next(self, step: Step) -> tuple[Entry | None, float | None]:
        """The entry whose turn it is; or None, and after how many seconds there may be one without anybody's doing."""
        now = asyncio.get_running_loop().time()
        while self._later and self._later[0].due <= now:
            due = heapq.heappop(self._later)
            self._lines.join(due._replace(number=next(self._numbers)))  # it comes now
        while self._lines.settle():
            self._changed.set()
        pauses = [self._later[0].due - now] if self._later else []
        for head in sorted(self._lines.heads(step), key=_RANK):
            wait = self._lanes.wait_seconds(head.entry.lane) if step is Step.FETCH else 0
            if wait == 0:
                return self._lines.pop(step, head), None
            if wait is not None:
                pauses.append(wait)
        return None, min(pauses, default=None)

    async def _change(self, seconds: float | None) -> None:
        """Wait until an entry comes or a lane is freed, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return

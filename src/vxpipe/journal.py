"""The story of every job: taken from the log without blocking, stored in batches, told live or from any point.

Rows first, then readers: what a follower hears is already in the store. Nothing in here logs; it would feed itself.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from vxpipe.hub import Ears, Hub
from vxpipe.model import FINAL_JOB, Event, EventKind, LogLine
from vxpipe.ports import EventFeed, FeedClosed, Store

_PAGE = 200
_FINAL = frozenset(status.value for status in FINAL_JOB)


class Journal(EventFeed):
    """Stores log lines in batches and lets readers follow."""

    def __init__(self, store: Store, hub: Hub, *, inbox: int = 20_000, heartbeat_seconds: float = 15.0) -> None:
        self._store = store
        self._hub = hub
        self._inbox: deque[LogLine] = deque()
        self._bound = inbox
        self._dropped: Counter[str] = Counter()
        self._tapped = asyncio.Event()
        self._progress = asyncio.Event()
        self._count_tapped = self._count_stored = 0
        self._heartbeat_seconds = heartbeat_seconds

    def tap(self, line: LogLine) -> None:
        """Take a log line in. Never blocks; beyond the bound lines are counted and left out."""
        if len(self._inbox) >= self._bound:
            self._dropped[line.job_id] += 1
            return
        self._inbox.append(line)
        self._count_tapped += 1
        self._tapped.set()

    async def run(self, *, batch: int = 200, pause_seconds: float = 0.05) -> None:
        """Store what was tapped, for ever: a batch at a time, again after a pause when the store refuses."""
        while True:
            await self._tapped.wait()
            self._tapped.clear()
            while self._inbox:
                if not await self._store_batch(batch):
                    await asyncio.sleep(pause_seconds * 10)
            await asyncio.sleep(pause_seconds)

    async def flush(self, *, seconds: float = 5.0) -> None:
        """Wait until every line tapped so far is stored, at most so long."""
        wanted = self._count_tapped + len(self._dropped)  # that something was left out is told as well
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._count_stored < wanted:
                    self._progress.clear()
                    await self._progress.wait()

    async def follow(self, job_id: str, *, after: int) -> AsyncGenerator[Sequence[Event], None]:
        """See EventFeed. Listens first, replays second, skips by number: no gap and no repeat."""
        last = after
        with self._hub.listen(job_id) as ears:
            while True:
                async for page in self.pages(job_id, after=last):
                    last = page[-1].seq
                    yield page
                if await self._has_ended(job_id, last):
                    return
                async for batch in self._live(ears, last):
                    last = max([last, *(event.seq for event in batch)])
                    yield batch

    async def pages(self, job_id: str, *, after: int) -> AsyncGenerator[Sequence[Event], None]:
        """See EventFeed."""
        while page := await self._store.events(job_id, after=after, limit=_PAGE):
            yield page
            if len(page) < _PAGE:
                return
            after = page[-1].seq

    async def replay(self, job_id: str, *, after: int) -> AsyncGenerator[Event, None]:
        """See EventFeed."""
        async for page in self.pages(job_id, after=after):
            for event in page:
                yield event

    @contextmanager
    def watch(self) -> Iterator[AsyncGenerator[Sequence[Event], None]]:
        """See EventFeed."""
        with self._hub.listen(None) as ears:
            yield self._overhear(ears)

    async def _store_batch(self, size: int) -> bool:
        batch = [self._inbox.popleft() for _ in range(min(size, len(self._inbox)))]
        self._own_up((self._inbox or batch)[-1].ts)
        try:
            await self._store.append_logs(batch)
        except Exception:  # whatever ails the disk or the database, the lines wait for the next try
            self._inbox.extendleft(reversed(batch))
            return False
        self._count_stored += len(batch)
        self._progress.set()
        return True

    def _own_up(self, ts: datetime) -> None:
        """Say what was left out, in the place where it is missing: behind all that was there before."""
        for job_id, count in self._dropped.items():
            self._inbox.append(_loss(job_id, ts, count))
            self._count_tapped += 1
        self._dropped.clear()

    async def _live(self, ears: Ears, last: int) -> AsyncGenerator[Sequence[Event], None]:
        """What is heard from now on; ends where the store must be asked: at a gap, and at the job's end."""
        while True:
            if not await ears.wait(self._heartbeat_seconds):
                yield ()
            lagged, ears.lagged = ears.lagged, False
            following, is_broken = _following(ears.take(), last)
            if following:
                last = max([last, *(event.seq for event in following)])
                yield following
            if ears.closed:
                raise FeedClosed("shutdown")
            if lagged or is_broken or any(map(_ends_the_job, following)):
                return

    async def _overhear(self, ears: Ears) -> AsyncGenerator[Sequence[Event], None]:
        while not ears.lagged:
            if not await ears.wait(self._heartbeat_seconds):
                yield ()
            if heard := ears.take():
                yield heard
            if ears.closed:
                raise FeedClosed("shutdown")
        raise FeedClosed("rotate")

    async def _has_ended(self, job_id: str, last: int) -> bool:
        head = await self._store.head(job_id)
        return head is None or (head.status.is_final and last >= head.last_seq)


def _following(heard: Iterable[Event], last: int) -> tuple[list[Event], bool]:
    """What follows `last` without a gap, progress among it; and whether there was one."""
    following: list[Event] = []
    for event in heard:
        if event.seq > last + 1:
            return following, True
        if event.seq in (0, last + 1):
            following.append(event)
            last = event.seq or last
    return following, False


def _ends_the_job(event: Event) -> bool:
    return event.kind is EventKind.STATUS and event.data["status"] in _FINAL


def _loss(job_id: str, ts: datetime, count: int) -> LogLine:
    return LogLine(
        job_id=job_id,
        ts=ts,
        level="WARNING",
        msg=f"{count} log lines were left out: more came than could be stored",
        event="log.dropped",
        fields={"count": count},
    )

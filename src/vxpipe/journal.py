"""The story of every job: taken from the log without blocking, stored in batches, told live or from any point.

Rows first, then readers: what a follower hears is already in the store. Nothing in here logs; it would feed itself.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager

from vxpipe.model import FINAL_JOB, Event, EventKind, LogLine
from vxpipe.ports import EventFeed, FeedClosed, Store

_PAGE = 500
_ALL_KINDS = frozenset(EventKind)
_FEED_KINDS = frozenset({EventKind.STATUS, EventKind.ITEM, EventKind.PROGRESS})
_FINAL = frozenset(status.value for status in FINAL_JOB)


class Ears:
    """What one reader has heard and not yet taken: a bounded queue, and the newest progress of each item."""

    def __init__(self, *, job_id: str | None, kinds: frozenset[EventKind], bound: int) -> None:
        self._job_id = job_id
        self._kinds = kinds
        self.lagged = False
        self.closed = False
        self._bound = bound
        self._heard: deque[Event] = deque()
        self._progress: dict[tuple[str, int], Event] = {}
        self._wake = asyncio.Event()

    def hear(self, event: Event) -> None:
        """Take in an event that concerns the reader; when the queue is full it is emptied and `lagged` is set."""
        if self._job_id not in (None, event.job_id) or event.kind not in self._kinds:
            return
        if event.kind is EventKind.PROGRESS:
            self._progress[event.job_id, event.data["index"]] = event
        elif not self.lagged:
            self._heard.append(event)
            self.lagged = len(self._heard) > self._bound
        if event.kind is EventKind.ITEM:  # it says more than the progress before it
            self._progress.pop((event.job_id, event.data["index"]), None)
        if self.lagged:
            self._heard.clear()
        self._wake.set()

    def close(self) -> None:
        """Wake the reader for the last time."""
        self.closed = True
        self._wake.set()

    async def wait(self, seconds: float) -> bool:
        """Wait until something was heard; False when nothing was for so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        self._wake.clear()
        return True

    def take(self) -> list[Event]:
        """What was heard: stored events in order, then the newest progress of each item."""
        heard = [*self._heard, *self._progress.values()]
        self._heard.clear()
        self._progress.clear()
        return heard


class Hub:
    """Passes committed events on to whoever listens right now."""

    def __init__(self, *, bound: int = 1000) -> None:
        self._bound = bound
        self._listening: set[Ears] = set()
        self._closed = False

    def publish(self, events: Sequence[Event]) -> None:
        """Tell the listeners; called after the commit, in commit order. Never blocks."""
        for ears in self._listening:
            for event in events:
                ears.hear(event)

    @contextmanager
    def listen(self, job_id: str | None, kinds: frozenset[EventKind] = _ALL_KINDS) -> Iterator[Ears]:
        """Hear the events of one job, or of all (None)."""
        ears = Ears(job_id=job_id, kinds=kinds, bound=self._bound)
        if self._closed:
            ears.close()
        self._listening.add(ears)
        try:
            yield ears
        finally:
            self._listening.discard(ears)

    def close(self) -> None:
        """End every reader; later ones end at once."""
        self._closed = True
        for ears in self._listening:
            ears.close()


class Journal(EventFeed):
    """Stores log lines in batches and lets readers follow."""

    def __init__(self, store: Store, hub: Hub, *, inbox: int = 20_000, heartbeat_seconds: float = 15.0) -> None:
        self._store = store
        self._hub = hub
        self._inbox: deque[LogLine] = deque()
        self._bound = inbox
        self._dropped = 0
        self._tapped = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._heartbeat_seconds = heartbeat_seconds

    def tap(self, line: LogLine) -> None:
        """Take a log line in. Never blocks; beyond the bound lines are counted and left out."""
        if len(self._inbox) >= self._bound:
            self._dropped += 1
            return
        self._inbox.append(line)
        self._idle.clear()
        self._tapped.set()

    async def run(self, *, batch: int = 200, pause_seconds: float = 0.05) -> None:
        """Store what was tapped, for ever: a batch at a time, again after a pause when the store refuses."""
        while True:
            await self._tapped.wait()
            self._tapped.clear()
            while self._inbox:
                if not await self._store_batch(batch):
                    await asyncio.sleep(pause_seconds * 10)
            self._idle.set()
            await asyncio.sleep(pause_seconds)

    async def flush(self, *, seconds: float = 5.0) -> None:
        """Wait until every line tapped so far is stored, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return

    async def follow(self, job_id: str, *, after: int) -> AsyncGenerator[Event | None, None]:
        """See EventFeed. Listens first, replays second, skips by number: no gap and no repeat."""
        last = after
        with self._hub.listen(job_id) as ears:
            while True:
                async for event in self.replay(job_id, after=last):
                    last = event.seq
                    yield event
                if await self._has_ended(job_id, last):
                    return
                async for heard in self._live(ears, last):
                    last = heard.seq or last if heard else last
                    yield heard

    async def replay(self, job_id: str, *, after: int) -> AsyncGenerator[Event, None]:
        """See EventFeed."""
        while page := await self._store.events(job_id, after=after, limit=_PAGE):
            for event in page:
                yield event
            after = page[-1].seq

    @contextmanager
    def watch(self) -> Iterator[AsyncGenerator[Event | None, None]]:
        """See EventFeed."""
        with self._hub.listen(None, _FEED_KINDS) as ears:
            yield self._overhear(ears)

    async def _store_batch(self, size: int) -> bool:
        batch = [self._inbox.popleft() for _ in range(min(size, len(self._inbox)))]
        if self._dropped:
            batch.append(_loss(batch[-1], self._dropped))
            self._dropped = 0
        try:
            await self._store.append_logs(batch)
        except Exception:  # whatever ails the disk or the database, the lines wait for the next try
            self._inbox.extendleft(reversed(batch))
            return False
        return True

    async def _live(self, ears: Ears, last: int) -> AsyncGenerator[Event | None, None]:
        """What is heard from now on; ends where the store must be asked: at a gap, and at the job's end."""
        while True:
            if not await ears.wait(self._heartbeat_seconds):
                yield None
            if ears.closed:
                raise FeedClosed("shutdown")
            lagged, ears.lagged = ears.lagged, False
            for event in ears.take():
                if event.kind is EventKind.PROGRESS:
                    yield event
                elif event.seq > last + 1:
                    return
                elif event.seq == last + 1:
                    last = event.seq
                    yield event
                    if _ends_the_job(event):
                        return
            if lagged:
                return

    async def _overhear(self, ears: Ears) -> AsyncGenerator[Event | None, None]:
        while not ears.lagged:
            if not await ears.wait(self._heartbeat_seconds):
                yield None
            if ears.closed:
                raise FeedClosed("shutdown")
            for event in ears.take():
                yield event
        raise FeedClosed("rotate")

    async def _has_ended(self, job_id: str, last: int) -> bool:
        job = await self._store.job(job_id)
        return job is None or (job.status in FINAL_JOB and last >= job.last_seq)


def _ends_the_job(event: Event) -> bool:
    return event.kind is EventKind.STATUS and event.data["status"] in _FINAL


def _loss(last: LogLine, count: int) -> LogLine:
    return LogLine(
        job_id=last.job_id,
        ts=last.ts,
        level="WARNING",
        msg=f"{count} log lines were left out: more came than could be stored",
        event="log.dropped",
        fields={"count": count},
    )

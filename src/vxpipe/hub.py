"""Who listens right now: committed events are passed on to those whom they concern."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

from vxpipe.model import Event, EventKind

_FEED_KINDS = frozenset({EventKind.STATUS, EventKind.ITEM, EventKind.PROGRESS})


class Ears:
    """What one reader has heard and not yet taken: a bounded queue, and the newest progress of each item."""

    def __init__(self, *, bound: int) -> None:
        self.lagged = False
        self.closed = False
        self._bound = bound
        self._heard: deque[Event] = deque()
        self._progress: dict[tuple[str, int], Event] = {}
        self._wake = asyncio.Event()

    def hear(self, event: Event) -> None:
        """Take in an event that concerns the reader; when the queue is full it is emptied and `lagged` is set."""
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
    """Passes committed events on to whoever listens right now. An event costs as much as it has listeners."""

    def __init__(self, *, bound: int = 1000) -> None:
        self._bound = bound
        self._of_job: defaultdict[str, set[Ears]] = defaultdict(set)
        self._of_all: set[Ears] = set()
        self._closed = False

    def publish(self, events: Sequence[Event]) -> None:
        """Tell the listeners; called after the commit, in commit order. Never blocks."""
        for event in events:
            for ears in self._of_job.get(event.job_id, ()):
                ears.hear(event)
            if event.kind in _FEED_KINDS:
                for ears in self._of_all:
                    ears.hear(event)

    @contextmanager
    def listen(self, job_id: str | None) -> Iterator[Ears]:
        """Hear all events of one job, or the states and the progress of all jobs (None)."""
        ears = Ears(bound=self._bound)
        if self._closed:
            ears.close()
        listening = self._of_all if job_id is None else self._of_job[job_id]
        listening.add(ears)
        try:
            yield ears
        finally:
            listening.discard(ears)
            if job_id is not None and not listening:
                self._of_job.pop(job_id, None)

    def dismiss(self) -> None:
        """End every reader there is now; who comes later is let in."""
        for ears in chain(self._of_all, *self._of_job.values()):
            ears.close()

    def close(self) -> None:
        """End every reader; later ones end at once."""
        self._closed = True
        self.dismiss()

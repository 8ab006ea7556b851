"""What a caller may ask, in any protocol: submit, get, list, cancel, retry, delete; what goes on after a start."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from itertools import chain
from weakref import WeakValueDictionary

import structlog

from vxpipe.errors import Conflict, NotFound, Unavailable
from vxpipe.hooks import Hook
from vxpipe.model import (
    RETRIABLE,
    Artifact,
    Batch,
    Head,
    Item,
    ItemKey,
    ItemStatus,
    Job,
    JobStatus,
    Planned,
    TextLine,
    Wanted,
    instant,
)
from vxpipe.ports import ArtifactStore, Clock, Entry, Lanes, LaneState, Page, Store, WorkQueue
from vxpipe.unbroken import unbroken

log = structlog.get_logger()

# More than most jobs need; the rows of a huge one are removed by the sweep.
_PURGE_STEPS = 30

_NO_JOB = partial(NotFound, "there is no such job", code="job_not_found")
_NO_FILE = partial(NotFound, "there is no such file", code="artifact_not_found")


class Service:
    """Every use of jobs. `interrupt` ends the work on items that a worker holds; `hooks` are told of every job."""

    def __init__(
        self,
        store: Store,
        queue: WorkQueue,
        lanes: Lanes,
        artifacts: ArtifactStore,
        *,
        interrupt: Callable[[Iterable[ItemKey]], None],
        now: Clock,
        new_id: Callable[[], str],
        key_seconds: float = 10,
        hooks: tuple[Hook, ...] = (),
    ) -> None:
        self._store = store
        self._queue = queue
        self._lanes = lanes
        self._artifacts = artifacts
        self._interrupt = interrupt
        self._now = now
        self._new_id = new_id
        self._key_seconds = key_seconds
        self._hooks = hooks
        self._changing = asyncio.Lock()
        self._under_key: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.draining = False

    async def submit(
        self, batch: Batch, *, owner: str | None = None, idempotency: tuple[str, str] | None = None
    ) -> str:
        """Accept a job of an `owner`: once this returns its id it is durable and queued.

        `idempotency` is (key, digest of the request); the job of an earlier, equal request is named again. Raises
        Unavailable when the queue is full or the service is stopping, Invalid for a key used with another request,
        Conflict when the first request under the key is not answered yet after some seconds.
        """
        if idempotency is None:
            return await self._accept(batch, owner, None)
        async with self._alone(idempotency[0]):
            if earlier := await self._store.job_under_key(*idempotency):
                return earlier
            return await self._accept(batch, owner, idempotency)

    def plan(self, batch: Batch) -> tuple[Planned, ...]:
        """What `submit` would have done, video by video; nothing is stored or queued."""
        job = self._new_job(batch, None)
        entries = [_entry(job, item) for item in job.items]
        first: dict[str, int] = {}
        return tuple(
            Planned(
                target=item.target,
                recipe=job.recipe_of(item),
                is_kept=outlook.is_kept,
                same_as=_earlier(first, entry.content, item.key.index),
                ahead=outlook.ahead,
            )
            for item, entry, outlook in zip(job.items, entries, self._queue.outlook(entries), strict=True)
        )

    def room(self) -> int:
        """How many more items the queue takes."""
        return self._queue.room()

    async def get(self, job_id: str) -> Job:
        """A job with its items; raises NotFound."""
        job = await self._store.job(job_id)
        if job is None:
            raise _NO_JOB()
        return job

    async def owns(self, owner: str, job_id: str) -> bool:
        """Whether the job is one of this owner's."""
        return await self._store.owns_job(owner, job_id)

    async def check_owner(self, job_id: str, owner: str) -> None:
        """Raise NotFound for a job that is not this owner's, as for none."""
        if not await self.owns(owner, job_id):
            raise _NO_JOB()

    async def check_artifact_owner(self, artifact_id: str, owner: str) -> None:
        """Raise NotFound for a file of a job that is not this owner's, as for none."""
        if not await self._store.owns_artifact(owner, artifact_id):
            raise _NO_FILE()

    async def head(self, job_id: str) -> Head:
        """Where a job stands; raises NotFound."""
        head = await self._store.head(job_id)
        if head is None:
            raise _NO_JOB()
        return head

    async def logs(self, job_id: str, *, tail: int, until: int) -> tuple[tuple[TextLine, ...], bool]:
        """The last `tail` log lines up to the event `until`, and whether earlier ones were left out."""
        found = await self._store.log_tail(job_id, until=until, limit=tail + 1)
        return found[-tail:], len(found) > tail

    async def item(self, key: ItemKey) -> Item:
        """One item with its artifacts; raises NotFound."""
        item = await self._store.item(key)
        if item is None:
            raise NotFound("there is no such item", code="item_not_found")
        return item

    async def artifacts(self, job_id: str, *, limit: int) -> tuple[Artifact, ...]:
        """The first published files of a job, item by item."""
        return await self._store.artifacts(job_id, limit=limit)

    async def artifact(self, artifact_id: str) -> Artifact:
        """A published file; raises NotFound."""
        artifact = await self._store.artifact(artifact_id)
        if artifact is None:
            raise _NO_FILE()
        return artifact

    async def list(self, wanted: Wanted, *, limit: int, cursor: str | None) -> Page:
        """The jobs that are wanted, newest first; raises BadRequest for a foreign cursor."""
        return await self._store.jobs(wanted, limit=limit, cursor=cursor)

    async def counts(self, wanted: Wanted) -> Mapping[str, int]:
        """How many of the jobs that are wanted, whatever their status, are in each state."""
        return await self._store.job_counts(wanted)

    async def unfinished(self) -> tuple[Job, ...]:
        """Every job that has not ended, oldest first."""
        return await self._store.unfinished()

    async def cancel(self, job_id: str) -> Job:
        """End a job: waiting items at once, running ones within seconds.

        Cancelling a cancelled job again is fine; raises Conflict for one that ended otherwise, and NotFound.
        """
        async with self._changing:
            await self.get(job_id)
            log.info("job.cancel_requested", job=job_id)
            running = await self._store.cancel_job(job_id)
            job = await self.get(job_id)
            if running is not None:
                self._queue.remove(item.key for item in job.items)
                self._interrupt(running)
            elif job.status is not JobStatus.CANCELLED:
                raise Conflict(f"the job has already ended: {job.status.value}", code="job_finished")
            return job

    async def retry(self, job_id: str) -> Job:
        """Run the failed and the cancelled items of a job that has ended again; the others keep their files.

        Raises NotFound, Conflict when it still runs or has no such item, Unavailable as `submit`.
        """
        async with self._changing:
            job = await self.get(job_id)
            count = sum(item.status in RETRIABLE for item in job.items)
            _check_retriable(job, count)
            self._refuse_when_draining()
            with self._queue.reserve(count):
                entries = await unbroken(self._store.retry_job(job_id))
                log.info("job.retried", job=job_id, items=len(entries))
                self._queue.put(entries)
            job = await self.get(job_id)
            self._say_paused(job)
            return job

    async def delete(self, job_id: str) -> None:
        """Remove a job that has ended, with its files.

        Raises NotFound, and Conflict when it still runs. It is gone at one stroke, then its files and rows are removed;
        what is left of those when the service is killed on the way, the next start removes.
        """
        async with self._changing:
            _check_ended(await self.get(job_id))
            await unbroken(self._store.delete_job(job_id))
        await self._artifacts.discard([job_id])
        await self._store.purge(steps=_PURGE_STEPS)
        log.info("job.deleted", job=job_id)

    async def recover(self, left: Iterable[Job], *, max_attempts: int) -> int:
        """After a start: queue again the unfinished jobs that the last run `left`; how many items that is.

        What platforms had said to the last run is kept to.
        """
        for item in chain.from_iterable(job.items for job in left):
            if item.status is ItemStatus.PROCESSING:
                log.warning("item.interrupted", job=item.key.job_id, item=item.key.index, attempt=item.attempt)
            if item.retry_at and item.last_failure and item.retry_at > self._now():
                seconds = (item.retry_at - self._now()).total_seconds()
                self._lanes.recall(item.target.lane, item.last_failure.code, seconds)
        entries = await self._store.requeue_unfinished(max_attempts=max_attempts)
        self._queue.put(entries)
        return len(entries)

    async def ping(self) -> None:
        """Raise when the store does not answer."""
        await self._store.ping()

    def depth(self) -> int:
        """How many items wait."""
        return self._queue.depth()

    def lane(self, platform: str) -> LaneState:
        """Whether a platform is left alone for a while."""
        return self._lanes.state(platform)

    def _refuse_when_draining(self) -> None:
        if self.draining:
            raise Unavailable("the service is stopping; try again soon", code="draining")

    def _say_paused(self, job: Job) -> None:
        """Tell a job that videos of it have to wait for their platform."""
        for lane in sorted({item.target.lane for item in job.items if not item.status.is_final}):
            state = self._lanes.state(lane)
            if state.seconds is not None:
                until = instant(self._now() + timedelta(seconds=state.seconds))
                log.warning("platform.paused", job=job.id, platform=lane, until=until, code=state.reason)

    @asynccontextmanager
    async def _alone(self, key: str) -> AsyncIterator[None]:
        """One request under a key at a time: the next one finds the answer of the first."""
        lock = self._under_key.setdefault(key, asyncio.Lock())
        try:
            async with asyncio.timeout(self._key_seconds):
                await lock.acquire()
        except TimeoutError as exc:
            raise Conflict(
                "the first request under this Idempotency-Key is still being answered; send this one again soon",
                code="idempotency_key_in_use",
            ) from exc
        try:
            yield
        finally:
            lock.release()

    async def _accept(self, batch: Batch, owner: str | None, idempotency: tuple[str, str] | None) -> str:
        self._refuse_when_draining()
        job = self._new_job(batch, owner)
        with self._queue.reserve(len(job.items)):
            job_id = await unbroken(self._store.create_job(job, idempotency=idempotency))
            if job_id == job.id:
                self._queue.put(_entry(job, item) for item in job.items)
                log.info("job.accepted", job=job.id, items=len(job.items))
                self._say_paused(job)
        return job_id

    def _new_job(self, batch: Batch, owner: str | None) -> Job:
        job_id, now = self._new_id(), self._now()
        return Job(
            id=job_id,
            status=JobStatus.PENDING,
            recipe=batch.recipe,
            created_at=now,
            updated_at=now,
            owner=owner,
            labels=batch.labels,
            priority=batch.priority,
            hooks=(*self._hooks, batch.hook) if batch.hook else self._hooks,
            items=tuple(
                Item(key=ItemKey(job_id, index), target=wish.target, options=wish.options)
                for index, wish in enumerate(batch.wishes)
            ),
        )


def _entry(job: Job, item: Item) -> Entry:
    return Entry.of(item, job.recipe_of(item), priority=job.priority)


def _earlier(first: dict[str, int], content: str | None, index: int) -> int | None:
    """The first item with this content, unless it is this one."""
    if content is None or first.setdefault(content, index) == index:
        return None
    return first[content]


def _check_retriable(job: Job, count: int) -> None:
    _check_ended(job)
    if not count:
        raise Conflict("every item of the job succeeded: there is nothing to run again", code="nothing_to_retry")


def _check_ended(job: Job) -> None:
    if not job.status.is_final:
        raise Conflict(f"the job has not ended, it is {job.status.value}; cancel it or wait", code="job_unfinished")

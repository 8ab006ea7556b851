"""The seams of the house: what each outer part promises, whatever stands behind it."""

from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from vxpipe.access import ApiKey, Caller, Session
from vxpipe.facts import PlatformFacts, Waiting
from vxpipe.hooks import Delivery, Due
from vxpipe.model import (
    FILE,
    Artifact,
    Event,
    Failure,
    Head,
    Item,
    ItemKey,
    Job,
    LogLine,
    Outcome,
    Target,
    TextLine,
    Wanted,
    content_name,
)
from vxpipe.recipe import Recipe, rendition
from vxpipe.values import frozen

_HALF_BYTES = 16 << 20

Clock = Callable[[], datetime]
Sink = Callable[[bytes], Future[Any] | None]
"""Takes what came; where it returns something unfinished, it wants no more before that is done."""


@frozen
class Limits:
    """The bounds of one child process: wall time and silence on both pipes (seconds), the largest file it may write."""

    wall_seconds: float
    stall_seconds: float = 60.0
    max_file_bytes: int | None = None


@frozen
class Bounds:
    """What a process may reach: `read` (and run) and `write` (and not run) are files or folders with all in them.

    Of paths that are not there nothing is allowed. `tcp_ports` are the ports that may be connected to, on whatever
    address; None leaves the network alone.
    """

    read: tuple[Path, ...]
    write: tuple[Path, ...]
    tcp_ports: tuple[int, ...] | None


@frozen(kw_only=False)
class ChildExit:
    """How a child ended: its exit status (negative: the signal that ended it) and the end of what it said on stderr."""

    returncode: int
    stderr_tail: str


class ChildRunner(Protocol):
    """Runs a program to its end and never leaves it, or a child of it, behind."""

    def confined(self, bounds: Bounds) -> "ChildRunner":
        """A runner like this one whose children are held to `bounds`, as far as the kernel can hold them."""
        ...

    async def run(
        self,
        argv: Sequence[str],
        *,
        limits: Limits,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: int | None = None,
        on_stdout: Sink | None = None,
        on_stderr: Sink | None = None,
    ) -> ChildExit:
        """Run `argv`, handing every chunk of its output to the sinks as it comes.

        The child's environment is the runner's small base plus `env`; `stdin` is a file descriptor to read from, else
        there is nothing to read. Cancelling the call, an exception in a sink or a
        passed limit ends the whole process group. Raises VxError `stalled` or `timed_out` for the limits, `tool_failed`
        when the program cannot be started. Any exit status is returned, not judged.
        """
        ...


class Targets(Protocol):
    """Knows the platforms: turns what a caller names into something that can be fetched."""

    def target(self, platform: str, code: str) -> Target:
        """The video of a platform; raises Refused with the field that is wrong."""
        ...

    def link(self, url: str) -> Target:
        """The video behind a link; raises Refused."""
        ...

    def facts(self) -> Sequence[PlatformFacts]:
        """Every platform."""
        ...


@frozen
class FetchProgress:
    """How far a download is: bytes so far, bytes expected (None: unknown), bytes a second, seconds left."""

    downloaded: int
    total: int | None
    speed: float | None
    eta: float | None

    @property
    def fraction(self) -> float:
        """0..1; without a known total it grows ever slower with the bytes, half at 16 MiB."""
        return min(1.0, self.downloaded / (self.total or self.downloaded + _HALF_BYTES))


@frozen
class Fetched:
    """A downloaded video: the file, the one with its sound where that came apart, what the platform says of it (the
    `seconds` it lasts), and the version of yt-dlp that brought it.

    The files are only read: they may be kept under the name `kept_as`, or have been kept before (`cached`).
    """

    path: Path
    sound: Path | None = None
    title: str | None = None
    uploader: str | None = None
    seconds: float | None = None
    ytdlp: str | None = None
    kept_as: str | None = None
    cached: bool = False


class Tally(Protocol):
    """Counts what happens. Labels are words of closed sets."""

    def stage_ended(self, stage: str, seconds: float) -> None:
        """An item was so long in a stage."""
        ...

    def fetched(self, platform: str, count: int) -> None:
        """So many bytes were downloaded."""
        ...

    def attempt_ended(self, platform: str, code: str | None) -> None:
        """An attempt at an item ended: with a failure of the error table, or well (None)."""
        ...

    def answered(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """A request to a route (its pattern) was answered; the time is None for one that stays open as it likes."""
        ...


class Fetcher(Protocol):
    """Brings the video of a target into a folder."""

    async def fetch(
        self,
        target: Target,
        folder: Path,
        *,
        wanted_height: int | None,
        heard: Callable[[FetchProgress], None],
        need_audio: bool = False,
    ) -> Fetched:
        """Download into `folder` and return what lies there, complete.

        `wanted_height` asks for the smallest rendition at least that high (None: the best up to 1080 lines);
        `need_audio` for its sound as well, in the same file or beside it. Raises VxError with a fetching code of the
        error table.
        """
        ...

    async def forget(self, fetched: Fetched) -> None:  # noqa: ARG002
        """What was fetched turned out to be no good: the next time it is downloaded again.

        Nothing to do for those who keep nothing.
        """
        return


class Step(StrEnum):
    """What an item begins with: its download, or at once the work on the media."""

    FETCH = "fetch"
    MEDIA = "media"


@frozen(kw_only=False)
class Entry:
    """A place in the work queue: the item, the attempt it was queued for, its lane (Target.lane), its first step.

    It is not handed out before `delay_seconds` after it was put; a higher `priority` goes first. `content` names what
    its download brings.
    """

    key: ItemKey
    attempt: int
    lane: str
    step: Step = Step.FETCH
    delay_seconds: float = 0.0
    content: str | None = None
    priority: int = 0

    @classmethod
    def of(
        cls,
        item: Item,
        recipe: Recipe,
        *,
        delay_seconds: float = 0.0,
        priority: int = 0,
    ) -> "Entry":
        """The place for an item's present attempt; `recipe` is the item's."""
        target = item.target
        height, sound = rendition(recipe)
        return cls(
            item.key,
            item.attempt,
            target.lane,
            Step.MEDIA if target.platform == FILE else Step.FETCH,
            delay_seconds,
            content_name(target, wanted_height=height, need_audio=sound),
            priority,
        )


@frozen(kw_only=False)
class Outlook:
    """Where an entry would stand: how many go `ahead` of it in its line, and whether its content `is_kept`."""

    ahead: int
    is_kept: bool


@frozen
class LaneState:
    """The circuit breaker of a lane: closed, open for so many more `seconds`, or half_open; `reason` is a code."""

    state: str
    seconds: float | None
    reason: str | None


class Lanes(Protocol):
    """Knows the pace of each lane: how many downloads at a time, how far apart, and which are closed for a while."""

    def wait_seconds(self, lane: str) -> float | None:
        """How long no entry of the lane may begin; 0: one may now, None: not before another ends."""
        ...

    def begin(self, entry: Entry) -> None:
        """A download starts."""
        ...

    def end(self, entry: Entry) -> None:
        """A download is over."""
        ...

    def learn(self, entry: Entry, code: str | None, retry_after: float | None = None) -> LaneState | None:
        """How the platform answered (None: well), before `end`; the lane's state if that opened or closed it."""
        ...

    def flows(self, entry: Entry) -> LaneState | None:
        """Media comes; the lane's state if that opened it."""
        ...

    def recall(self, lane: str, code: str, seconds: float) -> None:
        """What a platform had said before a restart, still to be kept for so long."""
        ...

    def state(self, lane: str) -> LaneState:
        """Where the lane's breaker stands."""
        ...

    def mates(self, lane: str) -> frozenset[str]:
        """The lanes that open and close with this one, itself among them."""
        ...


class WorkQueue(Protocol):
    """Hands queued items to workers, by priority and then in order, as the pace of their lanes allows.

    Of entries with the same `content` one is handed out at a time; those whose content has been kept need no download.
    """

    def reserve(self, count: int) -> AbstractContextManager[None]:
        """Hold room for `count` entries until they are put; raises Unavailable when there is none."""
        ...

    def put(self, entries: Iterable[Entry]) -> None:
        """Queue entries, and have those who wait look at the lanes again. Recovered ones need no reservation."""
        ...

    def take(self, step: Step) -> AbstractAsyncContextManager[Entry]:
        """Wait for an entry that begins with `step`; leaving the context frees its lane."""
        ...

    def remove(self, keys: Iterable[ItemKey]) -> None:
        """Forget entries that nobody has taken yet."""
        ...

    def depth(self) -> int:
        """How many entries wait."""
        ...

    def room(self) -> int:
        """How many more entries it takes."""
        ...

    def outlook(self, entries: Sequence[Entry]) -> tuple[Outlook, ...]:
        """Where these entries would stand if they were put now, one after another."""
        ...

    def waiting(self) -> Mapping[tuple[str, str], Waiting]:
        """What waits, by step and lane; the lanes of direct links together."""
        ...

    def jobs(self, lanes: Collection[str]) -> frozenset[str]:
        """The jobs that have an entry of one of these lanes waiting."""
        ...


@frozen(kw_only=False)
class Page:
    """One page of jobs, newest first, and the cursor of the next (None: the last page)."""

    jobs: tuple[Job, ...]
    next_cursor: str | None


class Ledger(Protocol):
    """Where the pool records what becomes of items.

    A method that takes `attempt` changes nothing and says so (False or None) when the item has moved on to another
    attempt or another state.
    """

    async def recipe(self, key: ItemKey) -> Recipe | None:
        """What is asked for an item; None when there is no such item (any more)."""
        ...

    async def start_item(self, entry: Entry) -> Item | None:
        """waiting -> processing."""
        ...

    async def note_progress(
        self, key: ItemKey, attempt: int, *, progress: int, stage: str, eta: int | None = None
    ) -> bool:
        """Record how far an attempt is, and the seconds it still takes where that is known; never lowers `progress`."""
        ...

    async def release_item(self, key: ItemKey, attempt: int) -> bool:
        """processing -> waiting, the next attempt: the work was let go of, which does not count as a try."""
        ...

    async def retry_item(self, key: ItemKey, attempt: int, *, at: datetime, failure: Failure) -> bool:
        """processing -> waiting, the next attempt, not to begin before `at`; False too for a job to be cancelled."""
        ...

    async def conclude_item(self, key: ItemKey, attempt: int, outcome: Outcome) -> bool:
        """Record the end of an attempt with its artifacts, and the job's end with its last item."""
        ...


class Store(Ledger, Protocol):
    """The durable truth. Every change commits together with the events that tell it, in one transaction."""

    async def create_job(self, job: Job, *, idempotency: tuple[str, str] | None) -> str:
        """Add a job with its items; durable when this returns. Returns its id.

        `idempotency` is (key, digest of the body): a job that was added under the key stands for this one, and its id
        is returned; raises Invalid when that one had another body.
        """
        ...

    async def job_under_key(self, key: str, digest: str) -> str | None:
        """The id of the job that was added under an idempotency key; raises Invalid when it had another body."""
        ...

    async def job(self, job_id: str) -> Job | None:
        """The job with its items, without artifacts."""
        ...

    async def head(self, job_id: str) -> Head | None:
        """Where a job stands: what may be asked for often, before its items are."""
        ...

    async def item(self, key: ItemKey) -> Item | None:
        """One item with its artifacts."""
        ...

    async def jobs(self, wanted: Wanted, *, limit: int, cursor: str | None) -> Page:
        """The jobs that are wanted, newest first. Raises BadRequest for a cursor that is none of ours."""
        ...

    async def job_counts(self, wanted: Wanted) -> Mapping[str, int]:
        """How many of the jobs that are wanted, whatever their status, are in each state."""
        ...

    async def unfinished(self) -> tuple[Job, ...]:
        """Every job that has not ended, oldest first."""
        ...

    async def artifacts(self, job_id: str, *, limit: int) -> tuple[Artifact, ...]:
        """The first published files of a job, item by item, in the items' order and in each in its own."""
        ...

    async def artifact(self, artifact_id: str) -> Artifact | None:
        """A published file."""
        ...

    async def owns_job(self, owner: str, job_id: str) -> bool:
        """Whether there is such a job, and it is the owner's."""
        ...

    async def owns_artifact(self, owner: str, artifact_id: str) -> bool:
        """Whether there is such a file, and its job is the owner's."""
        ...

    async def cancel_job(self, job_id: str) -> tuple[ItemKey, ...] | None:
        """Mark the job as to be cancelled, end its waiting items, and return those that are still being processed.

        None, and nothing is changed, when the job has ended.
        """
        ...

    async def retry_job(self, job_id: str) -> tuple[Entry, ...]:
        """Let the failed and cancelled items of a job that has ended wait again, each under its next attempt.

        The job goes on as if it had not ended. Nothing, and nothing is changed, when it has not ended or every item
        of it succeeded.
        """
        ...

    async def delete_job(self, job_id: str, *, ended_by: datetime | None = None) -> bool:
        """Delete a job that has ended: from now on it is not there; False, and nothing is changed, for any other.

        With `ended_by` only one that had ended by then. Its rows are still to be purged.
        """
        ...

    async def purge(self, *, steps: int | None = None) -> int:
        """Remove the rows of deleted jobs, in steps that hold nobody up; how many jobs are all gone by that.

        After so many `steps` the rest is left for another time.
        """
        ...

    async def ended(self, *, by: datetime, limit: int) -> tuple[str, ...]:
        """The jobs that had ended by then, those that ended first."""
        ...

    async def unknown(self, job_ids: Collection[str]) -> frozenset[str]:
        """Those of these ids that no job has."""
        ...

    async def identity(self) -> str:
        """The name of this very database: another one has another."""
        ...

    async def requeue_unfinished(self, *, max_attempts: int) -> tuple[Entry, ...]:
        """After a restart: queue again what had not ended; ends what was to be cancelled or was begun too often."""
        ...

    async def append_logs(self, lines: Sequence[LogLine]) -> None:
        """Add log lines; those of a job that has ended, or is not known, are left out."""
        ...

    async def events(self, job_id: str, *, after: int, limit: int) -> tuple[Event, ...]:
        """The first `limit` stored events with seq > `after`, in order."""
        ...

    async def log_tail(self, job_id: str, *, until: int, limit: int) -> tuple[TextLine, ...]:
        """The last `limit` log lines with seq <= `until`, in order."""
        ...

    async def item_counts(self) -> Mapping[str, int]:
        """How many items there are in each state."""
        ...

    async def ping(self) -> None:
        """Raise when the database does not answer."""
        ...


class DeliveryStore(Protocol):
    """Keeps the messages of webhooks: a store of jobs adds them in the transaction of the event they tell of."""

    async def due(
        self, now: datetime, *, limit: int, not_to: Collection[str], not_of: Collection[str]
    ) -> tuple[Due, ...]:
        """Messages to be sent by now, those that wait longest first: to no host of `not_to`, of no owner of `not_of`.

        Those of deleted jobs are not sent any more.
        """
        ...

    async def of_job(self, job_id: str) -> tuple[Delivery, ...]:
        """The messages of a job, oldest first; a bounded number."""
        ...

    async def record(self, delivery: Delivery) -> None:
        """Keep how a try went: state, tries, when the next is due, what was wrong. Nothing for one that is gone."""
        ...


class KeyStore(Protocol):
    """Keeps what keys are, never their secrets, and which browsers signed in."""

    async def keys(self) -> tuple[ApiKey, ...]:
        """Every key, the revoked ones too, oldest first."""
        ...

    async def add(self, key: ApiKey) -> None:
        """Add a key; durable when this returns. Raises Conflict when there are too many."""
        ...

    async def revoke(self, key_id: str, *, at: datetime) -> bool:
        """End a key and its sessions; False when there is no such key or it was revoked before.

        Of the revoked ones a bounded number is kept, the newest.
        """
        ...

    async def add_session(self, digest: bytes, session: Session, *, now: datetime) -> None:
        """Add a session under the digest of its cookie; the oldest of the key give way, those that are over go."""
        ...

    async def session(self, digest: bytes) -> Session | None:
        """The session of a cookie."""
        ...

    async def end_session(self, digest: bytes) -> None:
        """Forget the session of a cookie, where there is one."""
        ...


class Doorkeeper(Protocol):
    """Knows who may come in."""

    async def is_open(self) -> bool:
        """Whether there is no key, so that everybody who reaches the service may use it."""
        ...

    async def caller(self, given: str) -> Caller | None:
        """Whose key this is, None for one that does not open; takes the same time for every wrong one."""
        ...

    async def sign_in(self, given: str) -> str | None:
        """A cookie for a browser that shows this key, None for one that does not open."""
        ...

    async def sign_out(self, cookie: str) -> None:
        """End what this cookie was given for; one that opens nothing is no fault."""
        ...

    async def guest(self, cookie: str) -> Caller | None:
        """Who signed in for this cookie, None when it is over, as it is with its key."""
        ...


class FeedClosed(Exception):
    """A stream ended before its job did: `reason` is `shutdown`, or `rotate` for a reader that fell behind."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EventFeed(Protocol):
    """Lets readers follow what happens, from any point, without a gap."""

    def follow(self, job_id: str, *, after: int) -> AsyncGenerator[Sequence[Event], None]:
        """The events of one job with seq > `after` (0: from its beginning), live until its final event.

        They come as many at a time as there are; an empty sequence says that nothing happened for the heartbeat time.
        Raises FeedClosed when it ends before the job.
        """
        ...

    def pages(self, job_id: str, *, after: int) -> AsyncGenerator[Sequence[Event], None]:
        """The stored events of one job with seq > `after`, some at a time; ends where the store ends."""
        ...

    def replay(self, job_id: str, *, after: int) -> AsyncGenerator[Event, None]:
        """The same, one by one."""
        ...

    def watch(self) -> AbstractContextManager[AsyncGenerator[Sequence[Event], None]]:
        """Status, item and progress events of every job from the moment the context is entered; empty as heartbeat.

        The iterator ends by FeedClosed only.
        """
        ...


@frozen
class OutputFile:
    """A finished file in an item's output folder: `name` is relative to it, `t` is seconds into the video."""

    kind: str
    name: str
    width: int | None = None
    height: int | None = None
    t: float | None = None


class ArtifactStore(Protocol):
    """Keeps the published files of items."""

    async def publish(self, folder: Path, place: str, files: Sequence[OutputFile]) -> tuple[Artifact, ...]:
        """Move a finished output folder to `place`, relative to the root, at one stroke; an older one is replaced.

        Every file is on disk (fsync) before the move. Raises VxError `storage`.
        """
        ...

    async def discard(self, places: Collection[str]) -> None:
        """Remove what lies at these places, if anything does; of a whole job, if the place is its id."""
        ...

    async def jobs(self) -> frozenset[str]:
        """The ids of the jobs of which anything lies here."""
        ...

    async def claim(self, identity: str) -> bool:
        """Whether these files belong to the database of that name; files of nobody do from now on."""
        ...

    def path(self, artifact: Artifact) -> Path:
        """Where the file lies."""
        ...


# The turn of an item to be worked on once its media is there: its lane is free from the moment it is asked for.
Turn = Callable[[], AbstractAsyncContextManager[None]]


class Report(Protocol):
    """How the work on an item tells where it is."""

    def __call__(self, stage: str, fraction: float, **facts: Any) -> None:
        """`fraction` (0..1) of `stage` is done."""
        ...

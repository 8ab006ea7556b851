"""Jobs, items, events and what is known of a video: frozen data and the legal moves between states. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from math import ceil
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from vxpipe.hooks import Hook
from vxpipe.reasons import Reason
from vxpipe.recipe import Recipe, overridden, told
from vxpipe.values import frozen

DIRECT = "direct"
FILE = "file"


class JobStatus(StrEnum):
    """Where a job stands; the last three are final."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the job has ended."""
        return self in FINAL_JOB


class ItemStatus(StrEnum):
    """Where one video of a job stands; the last three are final."""

    WAITING = "waiting"
    PROCESSING = "processing"
    SUCCESS = "success"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the item has ended."""
        return self in FINAL_ITEM


FINAL_JOB = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})
FINAL_ITEM = frozenset({ItemStatus.SUCCESS, ItemStatus.FAILED, ItemStatus.CANCELLED})
RETRIABLE = frozenset({ItemStatus.FAILED, ItemStatus.CANCELLED})


@frozen
class Target:
    """One video to process: `platform` and `code` name it, `url` is where it is fetched from (a path for `file`)."""

    platform: str
    code: str
    url: str

    @property
    def lane(self) -> str:
        """Whose pace its download keeps: the platform's, or for a direct link the host's."""
        return f"{DIRECT}:{urlsplit(self.url).netloc.lower()}" if self.platform == DIRECT else self.platform


def content_name(target: Target, *, wanted_height: int | None, need_audio: bool) -> str | None:
    """What a download of `target` brings, by name: the same name, the same file.

    None for what is here already, and for direct links: what lies behind one may be another video the next time.
    """
    if target.platform in (DIRECT, FILE):
        return None
    return f"{target.platform} {wanted_height or 'best'} {'sound' if need_audio else 'picture'} {target.url}"


@frozen(kw_only=False)
class ItemKey:
    """The identity of an item: its job and its place in the batch, counted from 0."""

    job_id: str
    index: int


@frozen
class Failure:
    """Why an item failed, in the words of the error table."""

    code: str
    message: str
    retryable: bool
    hint: str


@frozen
class Source:
    """Facts about the video: sizes in upright pixels, duration in seconds."""

    platform: str
    code: str
    url: str
    title: str | None = None
    uploader: str | None = None
    duration: float | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    codec: str | None = None


@frozen
class Crop:
    """The picture inside its borders, in upright source pixels; `confidence` is 0..1."""

    x: int
    y: int
    width: int
    height: int
    confidence: float

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x, y, width, height."""
        return self.x, self.y, self.width, self.height


@frozen
class Artifact:
    """One published file of an item. `path` is relative to the artifact root, `t` is seconds into the video."""

    id: str
    kind: str
    name: str
    path: str
    bytes: int
    sha256: str
    width: int | None = None
    height: int | None = None
    t: float | None = None


@frozen
class Item:
    """One video of a job. `progress` is 0..100; `attempt` is the fence: a write of an older attempt is refused.

    `tries` counts the attempts that failed since somebody asked for the item, `attempts_before` all that were made
    before that. A waiting item with `retry_at` is tried again then, because of `last_failure`, which stays until the
    item succeeds or fails for good. `options` are its own and go before the job's recipe.
    """

    key: ItemKey
    target: Target
    status: ItemStatus = ItemStatus.WAITING
    attempt: int = 1
    progress: int = 0
    stage: str | None = None
    eta: int | None = None
    frames: int | None = None
    warnings: tuple[Mapping[str, Any], ...] = ()
    error: Failure | None = None
    source: Source | None = None
    crop: Crop | None = None
    artifacts: tuple[Artifact, ...] = ()
    started_at: datetime | None = None
    finished_at: datetime | None = None
    tries: int = 0
    retry_at: datetime | None = None
    last_failure: Failure | None = None
    attempts_before: int = 0
    options: Recipe | None = None

    @property
    def was_begun(self) -> bool:
        """Whether an attempt at it has ever been made."""
        return self.attempt > 1 or self.status is not ItemStatus.WAITING

    @property
    def seconds(self) -> float | None:
        """How long it took, where it has been begun and has ended."""
        begun, ended = self.started_at, self.finished_at
        return (ended - begun).total_seconds() if begun and ended else None

    def told(self) -> dict[str, Any]:
        """What a status and an `item` event say of it."""
        return {
            "index": self.key.index,
            "platform": self.target.platform,
            "code": self.target.code,
            "url": self.target.url,
            "title": self.source.title if self.source else None,
            "status": self.status.value,
            "progress": self.progress,
            "stage": self.stage,
            "eta": self.eta,
            "attempt": self.attempt,
            "tries": self.tries,
            "retryAt": instant(self.retry_at),
            "lastFailure": asdict(self.last_failure) if self.last_failure else None,
            "frames": self.frames,
            "warnings": list(self.warnings),
            "error": asdict(self.error) if self.error else None,
            "options": told(self.options) if self.options else None,
        }


@frozen
class Head:
    """Where a job stands. Whatever changes of what is shown of it, `last_seq` or `updated_at` changes with it."""

    status: JobStatus
    last_seq: int
    updated_at: datetime


@frozen
class Job:
    """A batch of videos with one recipe. `last_seq` is the number of its newest event, `owner` the id of the key.

    Of what waits, items of a higher `priority` go first; `labels` are the caller's own words.
    """

    id: str
    status: JobStatus
    recipe: Recipe
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None
    last_seq: int = 0
    cancel_requested: bool = False
    owner: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    priority: int = 0
    hooks: tuple[Hook, ...] = ()
    items: tuple[Item, ...] = ()

    @property
    def head(self) -> Head:
        """What tells this state of the job from any other."""
        return Head(status=self.status, last_seq=self.last_seq, updated_at=self.updated_at)

    @property
    def progress(self) -> int:
        """0..100: the mean of its items, 100 only when the job completed."""
        return job_progress(self.status, [(item.status, item.progress) for item in self.items])

    def recipe_of(self, item: Item) -> Recipe:
        """What is asked for one of its items."""
        return overridden(self.recipe, item.options)

    @property
    def eta(self) -> int | None:
        """The seconds until it has ended; None while there is no ground for a figure, and afterwards."""
        return job_eta(self.items)

    @property
    def counts(self) -> dict[str, int]:
        """How many items are in each state."""
        states = [item.status for item in self.items]
        return {"total": len(states)} | {status.value: states.count(status) for status in ItemStatus}


@frozen(kw_only=False)
class Wish:
    """One video of a batch, with its own options where it has any."""

    target: Target
    options: Recipe | None = None


@frozen
class Batch:
    """What a caller wants done. Of what waits, the higher `priority` goes first; `labels` are the caller's own;
    `hook` is told of the job.
    """

    wishes: tuple[Wish, ...]
    recipe: Recipe = field(default_factory=Recipe)
    labels: Mapping[str, str] = field(default_factory=dict)
    priority: int = 0
    hook: Hook | None = None


@frozen
class Planned:
    """What would be done with one video of a batch, were it sent now.

    `same_as` is an earlier one of the batch that brings the same file, `ahead` how many go before it in its lane.
    """

    target: Target
    recipe: Recipe
    is_kept: bool
    same_as: int | None
    ahead: int


@frozen
class Wanted:
    """Which jobs a list holds: those for which all that is named is true. `since` counts, `until` does not."""

    status: JobStatus | None = None
    labels: tuple[tuple[str, str], ...] = ()
    platform: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    owner: str | None = None


class EventKind(StrEnum):
    """What an event tells; `progress` is passed on but never stored."""

    STATUS = "status"
    ITEM = "item"
    LOG = "log"
    ARTIFACT = "artifact"
    PROGRESS = "progress"


@frozen
class Event:
    """One entry of a job's story. `seq` counts 1, 2, 3 ... per job without a gap; 0 marks one that is not stored."""

    job_id: str
    seq: int
    kind: EventKind
    ts: datetime
    data: Mapping[str, Any]


@frozen
class LogLine:
    """A log line on its way to the store, before it has a sequence number."""

    job_id: str
    ts: datetime
    level: str
    msg: str
    event: str
    item: int | None = None
    stage: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


class TextLine(NamedTuple):
    """A log line as it lies in the store: `ts` in milliseconds since 1970, `text` a JSON object that is not empty."""

    seq: int
    ts: int
    text: str


@frozen
class Outcome:
    """How an attempt at an item ended; `stage` is where it failed, `retry_after` the seconds its source asked for."""

    status: ItemStatus
    stage: str | None = None
    error: Failure | None = None
    frames: int | None = None
    warnings: tuple[Mapping[str, Any], ...] = ()
    source: Source | None = None
    crop: Crop | None = None
    artifacts: tuple[Artifact, ...] = ()
    retry_after: float | None = None


def instant(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def instant_of(milliseconds: int) -> str:
    """RFC 3339 in UTC of a time since 1970; quick for many of the same second."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_second(seconds)}.{rest:03d}Z"


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def job_status(statuses: Iterable[ItemStatus], *, cancelled: bool) -> JobStatus:
    """The status of a job that follows from its items'.

    `cancelled` tells that somebody asked for the job's end: it is then `cancelled` once nothing runs, unless every
    item had succeeded before.
    """
    seen = list(statuses)
    if all(status.is_final for status in seen):
        if all(status is ItemStatus.SUCCESS for status in seen):
            return JobStatus.COMPLETED
        if cancelled or all(status is ItemStatus.CANCELLED for status in seen):
            return JobStatus.CANCELLED
        return JobStatus.FAILED
    if all(status is ItemStatus.WAITING for status in seen):
        return JobStatus.PENDING
    return JobStatus.RUNNING


@frozen
class Taken:
    """Which moving picture of a file is taken: its `number` in the order of the file, from 0, `of` how many, and why.

    `sound` is the number of the sound that goes with it, None where none does.
    """

    number: int = 0
    of: int = 1
    because: str = "there is no other"
    sound: int | None = 0


@frozen
class MediaInfo:
    """What a file says of the moving picture that is `taken` of it.

    `width` and `height` are upright: the rotation that the file asks for is applied. `sar` is the width of one pixel
    divided by its height, upright as well. `duration` (seconds) and `frames` are the container's promise and may be
    missing or wrong. `begins` is the second of its own clock at which the file begins. `profile` and the colours'
    `matrix`, `primaries`, `transfer` and `colour_range` have ffmpeg's names, None where untold.
    """

    container: str
    codec: str
    width: int
    height: int
    profile: str | None = None
    pixel_format: str | None = None
    rotation: int = 0
    sar: float = 1.0
    fps: float | None = None
    duration: float | None = None
    begins: float | None = None
    frames: int | None = None
    audio_codec: str | None = None
    interlaced: bool = False
    matrix: str | None = None
    primaries: str | None = None
    transfer: str | None = None
    colour_range: str | None = None
    taken: Taken = Taken()


@frozen
class Candidate:
    """One frame that was considered: a row of the manifest.

    `index` is its number in decoding order from 0, `t` its time in seconds from the first frame. `scene` counts shots
    from 0, `score` is how sure the cut before it is (0..1). `duplicate_of` is the `index` of the kept frame that shows
    the same picture, `distance` the bits between the two.
    """

    index: int
    t: float
    kept: bool
    reason: Reason
    scene: int
    score: float
    dhash: int
    sharpness: float
    luma: float
    duplicate_of: int | None = None
    distance: int | None = None


def job_eta(items: Iterable[Item]) -> int | None:
    """The seconds until all items have ended.

    Those at work tell theirs; one that waits is taken to need what those that succeeded needed, as many at a time as
    work now. None where one of them cannot be told.
    """
    seen = list(items)
    working = [item.eta for item in seen if item.status is ItemStatus.PROCESSING]
    waiting = [item for item in seen if item.status is ItemStatus.WAITING]
    known = [eta for eta in working if eta is not None]
    needed = [item.seconds for item in seen if item.status is ItemStatus.SUCCESS and item.seconds is not None]
    if not working or len(known) < len(working) or any(item.retry_at for item in waiting) or (waiting and not needed):
        return None
    still = sum(known) + len(waiting) * sum(needed) / max(1, len(needed))
    return max([*known, ceil(still / len(working))])


def job_progress(status: JobStatus, items: Iterable[tuple[ItemStatus, int]]) -> int:
    """0..100: the mean of the items, a failed one counting whole; 100 only for a completed job."""
    return whole_progress(status, [(state, 1, progress) for state, progress in items])


def whole_progress(status: JobStatus, shares: Iterable[tuple[ItemStatus, int, int]]) -> int:
    """The same from how many items are in each state and the sum of their progress."""
    if status is JobStatus.COMPLETED:
        return 100
    seen = list(shares)
    done = sum(100 * count if state is ItemStatus.FAILED else progress for state, count, progress in seen)
    return min(99, done // max(1, sum(count for _, count, _ in seen)))

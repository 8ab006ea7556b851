"""The shapes of all that the service answers and streams. Pure.

`schemas` makes the bodies; the tests hold every body that is sent against these models.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

from vxpipe.errors import FAILURES
from vxpipe.hooks import DeliveryState, HookEvent
from vxpipe.model import ItemStatus, JobStatus

Time = Annotated[
    datetime,
    WithJsonSchema(
        {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
        | {"examples": ["2026-11-22T09:00:12.480Z"]}
    ),
]
Percent = Annotated[int, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0)]
Options = Annotated[dict[str, Any], Field(description="The options as they were given, a Recipe.")]
Seconds = Annotated[float, Field(ge=0)]
JobId = Annotated[str, Field(examples=["01a20309-32af-7174-9b42-3414ccf23fae"])]


class Body(BaseModel):
    """What we send. A client should expect that later versions add fields."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class Accepted(Body):
    """A batch is stored and will be done."""

    job_id: JobId


class Failure(Body):
    """Why an item failed: `code` is a word of a fixed table, `hint` says who can do what about it."""

    code: Annotated[str, Field(examples=sorted(FAILURES)[:3])]
    message: str
    retryable: bool
    hint: str


class Warned(Body):
    """Something that a caller should know of an item that succeeded; further fields are its figures."""

    model_config = ConfigDict(extra="allow")

    code: str
    message: str


class Item(Body):
    """One video of a job and where it stands. A waiting one with `retryAt` is tried again then.

    `lastFailure` says why the last attempt at it failed, until it succeeds or fails for good. `attempt` is of one that
    waits, or was cancelled while it did, the one it waits for.
    """

    index: Count
    platform: str
    code: str
    url: str
    title: str | None
    status: ItemStatus
    progress: Percent
    stage: str | None
    eta: Seconds | None
    attempt: Annotated[int, Field(ge=1)]
    tries: Count
    retry_at: Time | None
    last_failure: Failure | None
    frames: Count | None
    warnings: list[Warned]
    error: Failure | None
    options: Options | None


class Counts(Body):
    """How many items of a job are in each state."""

    total: Count
    waiting: Count
    processing: Count
    success: Count
    failed: Count
    cancelled: Count


class Job(Body):
    """A batch and where it stands, without its log. `lastSeq` is the number of its newest event."""

    job_id: JobId
    status: JobStatus
    progress: Percent
    eta: Seconds | None
    created_at: Time
    updated_at: Time
    finished_at: Time | None
    last_seq: Count
    counts: Counts
    labels: dict[str, str]
    priority: Annotated[int, Field(ge=-10, le=10)]
    options: Options
    items: list[Item]


class Rendition(Body):
    """What is downloaded: the smallest picture at least so high (null: the best), with its sound or without."""

    height: Count | None
    sound: bool


class PlannedLane(Body):
    """Whose pace a video keeps, how many that wait go before it, and whether the platform is left alone.

    The words are those of a fuse: `closed` takes work, `open` takes none, `half_open` tries one video.
    """

    name: str
    ahead: Count
    state: Literal["closed", "open", "half_open"]
    until: Time | None
    reason: str | None


class PlannedItem(Body):
    """What would be done with one video. `cached`: nothing is downloaded; `sameAs`: an earlier one brings its file."""

    index: Count
    platform: str
    code: str
    url: str
    rendition: Rendition
    cached: bool
    same_as: Count | None
    options: Options
    lane: PlannedLane


class Room(Body):
    """How many videos wait, how many more the queue takes, and whether the batch fits now."""

    depth: Count
    room: Count
    fits: bool


class Plan(Body):
    """What would be done with a batch; nothing of it is stored."""

    items: list[PlannedItem]
    queue: Room


class Considered(Body):
    """A frame that a run considered, as a row of its manifest tells of it."""

    t: Annotated[float, Field(ge=0, lt=1 << 31)]
    kept: bool
    reason: str
    scene: Count
    score: float
    dhash: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    sharpness: float
    luma: float
    file: str | None
    duplicate_of: str | None
    distance: Count | None


class Candidate(Considered):
    """A frame that a run considered; `why` says in words why it was kept or dropped."""

    why: str


class Candidates(Body):
    """All frames that a run considered, in the order of their times."""

    candidates: list[Candidate]


class Shots(Body):
    """How many shots there are, and how many there would be."""

    now: Count
    then: Count


class Kept(Body):
    """How many frames there are, and how many there would be: from `least` to `most`."""

    now: Count
    least: Count
    most: Count


class Forecast(Body):
    """What another run of an item would bring; `cached`: without another download. `summary` is for people."""

    shots: Shots
    frames: Kept
    cached: bool
    summary: str


class Fault(Body):
    """One value that is wrong: where it is (a JSON pointer into the body), and why."""

    pointer: Annotated[str, Field(pattern="^#", examples=["#/items/0/code"])]
    detail: str


class DraftLine(Body):
    """A video that a line names: `item` is how POST /process takes it, `fault` why it cannot be taken.

    `state` is `wrong` with a fault; `double` where `sameAs`, an earlier line, asks for the same, so that this one need
    not be sent; else `ready`. `place` (its line; 4.2 is the second of several on line 4), `platform`, `name` and `note`
    are for people.
    """

    line: Annotated[int, Field(ge=1)]
    place: str
    state: Literal["ready", "double", "wrong"]
    text: str
    item: Any
    fault: str | None
    same_as: Count | None
    platform: str | None
    name: str | None
    note: str


class Draft(Body):
    """What a list stands for: its lines, and `besides`, which goes with their items into POST /process.

    `faults` are of the options, or of the text as a whole; `notes` are for people. `rest` is what stays of the text
    once the lines without a fault are sent.
    """

    lines: list[DraftLine]
    besides: dict[str, Any]
    faults: list[Fault]
    notes: list[str]
    rest: str


class LogLine(Body):
    """A line of a job's log."""

    seq: Annotated[int, Field(ge=1)]
    ts: Time
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"]
    msg: str
    event: str
    item: Count = 0
    stage: str = ""
    fields: dict[str, Any] = {}


class Status(Job):
    """A job with its last log lines; `logsTruncated` says that there are earlier ones."""

    logs: list[LogLine]
    logs_truncated: bool


class LogPage(Body):
    """A part of a job's log. `nextAfter` is where to go on, now or when there is more."""

    logs: list[LogLine]
    next_after: Count
    more: bool


class JobCounts(Body):
    """How many jobs are in each state."""

    pending: Count
    running: Count
    completed: Count
    failed: Count
    cancelled: Count


class Jobs(Body):
    """A page of jobs, newest first; `nextCursor` leads to the next one. `counts` are of all pages, for every status."""

    jobs: list[Job]
    next_cursor: str | None
    counts: JobCounts


class Source(Body):
    """What is known of the video: sizes in upright pixels, duration in seconds."""

    platform: str
    code: str
    url: str
    title: str | None
    uploader: str | None
    duration: Seconds | None
    width: Count | None
    height: Count | None
    fps: Seconds | None
    codec: str | None


class Crop(Body):
    """The picture inside its borders, in upright pixels of the source."""

    x: Count
    y: Count
    width: Count
    height: Count
    confidence: Annotated[float, Field(ge=0, le=1)]


class Artifact(Body):
    """A file of an item; `t` is the second of the video that a frame shows."""

    id: str
    url: str
    kind: str
    name: str
    bytes: Count
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    width: Count | None
    height: Count | None
    t: Seconds | None


class ItemDetail(Item):
    """One video with its source, its crop (null: nothing was to be removed) and its files."""

    job_id: JobId
    started_at: Time | None
    finished_at: Time | None
    source: Source | None
    crop: Crop | None
    artifacts: list[Artifact]


class Problem(Body):
    """A refusal (RFC 9457). `code` is a stable word; `requestId` names the request in the service's log."""

    type: Annotated[str, Field(pattern="^/problems/")]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    code: str
    request_id: str
    errors: list[Fault] = []


class Delivery(Body):
    """A message to a webhook. A waiting one is tried at `nextTryAt`."""

    id: Annotated[str, Field(description="The webhook-id: the same for every try.")]
    event: HookEvent
    host: str
    state: DeliveryState
    tries: Count
    created_at: Time
    next_try_at: Time | None
    last_error: str | None


class Deliveries(Body):
    """The messages to the webhooks of a job."""

    deliveries: list[Delivery]

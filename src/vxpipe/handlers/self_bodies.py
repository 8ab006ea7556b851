"""The shapes of what the service tells of itself: its platforms, its abilities, its health. Pure."""

from typing import Annotated, Literal

from pydantic import Field

from vxpipe.access import Scope
from vxpipe.handlers.bodies import Body, Count, Seconds, Time


class Breaker(Body):
    """Whether a platform is left alone for a while, until when, and the code of the failure that was the reason.

    The words are those of a fuse: `closed` takes work, `open` takes none, `half_open` tries one video.
    """

    state: Literal["closed", "open", "half_open"]
    until: Time | None
    reason: str | None


class Credentials(Body):
    """Whether there are cookies and keys for a platform; `expires` is when the first cookie will."""

    cookies: bool
    expired: bool
    expires: Time | None
    keys: bool


class Platform(Body):
    """A platform that is taken: `codePattern` matches a whole code, `links` are its link forms."""

    name: str
    label: str
    aliases: list[str]
    code_pattern: str
    example: str
    hosts: list[str]
    links: list[str]
    concurrency: Annotated[int, Field(ge=1)]
    interval: Seconds
    enabled: bool
    breaker: Breaker
    credentials: Credentials


class Platforms(Body):
    """The registry."""

    platforms: list[Platform]


class Ability(Body):
    """Something that works here, or why not: `reason` says what to do about it, `code` is the same in one word."""

    name: str
    available: bool
    reason: str | None
    code: str | None


class GpuWork(Body):
    """What jobs do on a GPU: how many processes decode and encode at the moment, of how many at most.

    `breaker`: `open` where the GPU failed again and again and is left alone for `restsSeconds`, then `trial` until it
    works or fails once more. `done` counts since the start: decodes by their rung (`cuda` were scaled on the GPU too,
    `nvdec` were not), and clips by their encoder (of one that the GPU decoded as well, both). `told`: that in words.
    """

    decoding: Count
    decode_slots: Count
    encoding: Count
    encode_slots: Count
    breaker: Literal["closed", "open", "trial"]
    rests_seconds: Annotated[float, Field(ge=0)] | None
    done: dict[str, Count]
    told: str


class Gpu(Ability):
    """A GPU, or the lack of one.

    `abilities` were really tried: decoders (`*_nvdec`), encoders (`*_nvenc`) and filters, whose pictures were compared
    with the CPU's. `contextSeconds` is what it costs a process to open the GPU. `work`: null where jobs cannot use it.
    """

    uuid: str | None
    driver: str | None
    memory_bytes: Count | None
    context_seconds: Annotated[float, Field(ge=0)] | None
    abilities: list[Ability]
    work: GpuWork | None


class Ytdlp(Body):
    """The yt-dlp that the next download uses."""

    version: str
    age_days: Count | None
    source: Literal["vxpipe", "update"]
    warnings: list[str]


class Sandbox(Body):
    """What children are held to: what the operator asked for, and what the kernel can do."""

    mode: Literal["auto", "require", "off"]
    level: str


class Disk(Body):
    """Room in the data folder."""

    free_bytes: Count
    total_bytes: Count


class Capabilities(Body):
    """What this installation can do, and how it stands.

    `encoders` tells what works on this machine; those of clips, libx264 and the GPU's (`*_nvenc`), may be named in
    `clip.encoder`.
    """

    tools: dict[str, str]
    ytdlp: Ytdlp
    sandbox: Sandbox
    encoders: list[Ability]
    decoders: list[Ability]
    accel: Literal["auto", "off", "require"]
    gpus: list[Gpu]
    workers: Annotated[int, Field(ge=1)]
    queue_depth: Count
    disk: Disk


class Workers(Body):
    """How many items are worked on, of how many at most; `fetching` are downloaded, or wait for a worker since then.

    A program of the operator's downloads for itself: all that is in its hands counts as `fetching`.
    """

    busy: Count
    total: Annotated[int, Field(ge=1)]
    fetching: Count


class QueueLine(Body):
    """What waits for the same: its download (`fetch`) in a platform's lane, or the work on its media.

    `oldest` is for how many seconds the first of them waits; 0 where all are put off to a later try.
    """

    step: Annotated[Literal["fetch", "media"], Field(alias="class")]
    lane: str
    count: Annotated[int, Field(ge=1)]
    oldest: Seconds


class Queue(Body):
    """How many items wait, how many more may, and what they wait for."""

    depth: Count
    room: Count
    lines: list[QueueLine]


class StreamReaders(Body):
    """The live streams that are open, of how many at most; how many were `cut` because they did not keep up."""

    count: Count
    most: Count
    cut: Count


class FailureCount(Body):
    """How many attempts failed for one reason."""

    code: str
    count: Annotated[int, Field(ge=1)]


class StageTimes(Body):
    """How long the newest items, 1,000 at most, were in a stage, in seconds: half of them `p50`, 19 of 20 `p95`."""

    stage: str
    count: Annotated[int, Field(ge=1)]
    p50: Seconds
    p95: Seconds


class LastHour(Body):
    """What ended in the last 60 minutes, since the service started: `jobs` minute by minute, the present one last."""

    jobs: Annotated[list[Count], Field(min_length=60, max_length=60)]
    attempts: Count
    failures: list[FailureCount]
    stages: list[StageTimes]


class Activity(Body):
    """What the service does, for all its callers together."""

    workers: Workers
    queue: Queue
    readers: StreamReaders
    last_hour: LastHour


class Visitor(Body):
    """What the caller may do, all scopes by name for `admin`; `signedIn`: it came with a browser's cookie."""

    scopes: list[Scope]
    signed_in: bool


class System(Body):
    """How the service stands. `activity` is null for a key that sees its own jobs only."""

    version: str
    started_at: Time
    uptime: Seconds
    ready: bool
    reasons: list[str]
    caller: Visitor
    activity: Activity | None


class Health(Body):
    """Alive."""

    status: Literal["ok"]
    version: str


class Ready(Body):
    """Whether the service can take work, else the reasons."""

    ready: bool
    reasons: list[str]
    queue_depth: Count


class Identity(Body):
    """Who answers here."""

    name: Literal["vxpipe"]
    version: str

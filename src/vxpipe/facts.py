"""What parts tell of themselves and of what there is: frozen data for people and programs that ask. No I/O."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from vxpipe.values import frozen


@frozen
class PlatformFacts:
    """A platform as callers see it: `pattern` is the regular expression of a whole code, `links` are its link forms."""

    name: str
    label: str
    aliases: tuple[str, ...]
    pattern: str
    example: str
    hosts: tuple[str, ...]
    links: tuple[str, ...]
    concurrency: int
    interval_seconds: float
    enabled: bool


@frozen
class CredentialFacts:
    """What may be told of what a platform is signed in to with: whether there are cookies and keys.

    `expired` says that every cookie is, `expires` is when the first of the others will be (None: none has an end).
    """

    cookies: bool
    expired: bool
    expires: datetime | None
    keys: bool


@frozen
class YtdlpFacts:
    """The yt-dlp that a download would use now: its age (None: unknown), its `source` (`vxpipe`, which it came with, or
    `update`), and in words what is wrong with it.
    """

    version: str
    age_days: int | None
    source: str
    warnings: tuple[str, ...]


@frozen(kw_only=False)
class Ability:
    """Something that can be used here, or `obstacle`: why not, in words; `code`: the same in one word, for programs."""

    name: str
    obstacle: str | None = None
    code: str | None = None


@frozen
class DecoderBounds:
    """Which pictures a GPU's decoder takes of a codec, in pixels and macroblocks of 16x16.

    `decoders` is how many of them work at once; None: nobody told.
    """

    min_size: tuple[int, int]
    max_size: tuple[int, int]
    max_macroblocks: int
    decoders: int | None = None


@frozen
class GpuWork:
    """What jobs do on a GPU: how many processes decode and encode at the moment, of how many at most.

    `breaker`: `closed` - it is used; `open` - it failed again and again and is left alone for `rests_seconds`;
    `trial` - it is used until it fails once more. `done` counts decodes by the rung they were done on, and clips by
    their encoder; a clip that the GPU decoded too counts as both.
    """

    decoding: int
    decode_slots: int
    encoding: int
    encode_slots: int
    breaker: str
    rests_seconds: float | None
    done: Mapping[str, int]


@frozen
class Gpu:
    """A GPU, or the lack of one: whether it can be used at all, and what was tried of it.

    `context_seconds` is what opening it costs a process; None: it could not be opened. `bounds` are those of its
    decoders by codec, chroma and depth, e.g. `hevc_420_10`, as far as the driver tells. `work`: where jobs use it.
    """

    usable: Ability
    uuid: str | None = None
    driver: str | None = None
    memory_bytes: int | None = None
    context_seconds: float | None = None
    abilities: tuple[Ability, ...] = ()
    bounds: Mapping[str, DecoderBounds] = field(default_factory=dict)
    work: GpuWork | None = None


@frozen
class Disk:
    """Room in the data folder."""

    free_bytes: int
    total_bytes: int


@frozen
class Capabilities:
    """What this installation can do: its tools by version, what ffmpeg can code, which GPUs it uses.

    `sandbox_level` is what the kernel offers, `sandbox_mode` what the operator asked for, as `accel` is for GPUs.
    """

    tools: Mapping[str, str]
    ytdlp: YtdlpFacts
    sandbox_mode: str
    sandbox_level: str
    encoders: tuple[Ability, ...]
    decoders: tuple[Ability, ...]
    accel: str
    gpus: tuple[Gpu, ...]
    workers: int
    disk: Disk


@frozen
class StageTimes:
    """How long items were in a stage, in seconds: half of so many at most `p50`, 19 of 20 at most `p95`."""

    stage: str
    count: int
    p50: float
    p95: float


@frozen
class Hour:
    """The last hour: the `jobs` that ended in each minute, the `attempts` at items, their `failures` by code."""

    jobs: tuple[int, ...]
    attempts: int
    failures: Mapping[str, int]
    stages: tuple[StageTimes, ...]


@frozen(kw_only=False)
class Waiting:
    """How many entries wait, and for how many seconds the first of them to come; one put for later counts from then."""

    count: int
    oldest_seconds: float


@frozen
class System:
    """How a running service stands: since when, how many of its workers are busy, what waits by step and lane.

    `fetching` counts what is downloaded, and what waits for a worker since then.
    """

    started_at: datetime
    workers: int
    busy: int
    fetching: int
    queue: Mapping[tuple[str, str], Waiting]
    hour: Hour


@frozen
class Standing:
    """How things stand: `queue` by step and lane, `items` by state, `failing` is a share by platform.

    `children` are the processes below the service; None is what cannot be told.
    """

    queue: Mapping[tuple[str, str], Waiting]
    items: Mapping[str, int]
    running: int
    readers: int
    disk: Disk
    failing: Mapping[str, float]
    children: int | None
    ytdlp_age_days: int | None

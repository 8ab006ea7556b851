"""Stand-ins for the ports: small, in memory, as strict as the real ones."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from vxpipe.engine.costs import Costs
from vxpipe.engine.fetch.lanes import Pace, PlatformLanes
from vxpipe.engine.media.gpus import Gpus
from vxpipe.engine.media.hardware import Code
from vxpipe.errors import Refused, VxError
from vxpipe.facts import Ability, Capabilities, CredentialFacts, Disk, Gpu, GpuWork, PlatformFacts, YtdlpFacts
from vxpipe.model import Item, ItemKey, ItemStatus, Job, JobStatus, Outcome, Target
from vxpipe.ports import Fetched, Fetcher, FetchProgress, Report, Turn
from vxpipe.recipe import Recipe

START = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


CAPABILITIES = Capabilities(
    tools={"vxpipe": "1.2.3", "ffmpeg": "9.0.2"},
    ytdlp=YtdlpFacts(version="2026.10.26", age_days=27, source="vxpipe", warnings=("too old",)),
    sandbox_mode="auto",
    sandbox_level="fs+net",
    encoders=(Ability("mjpeg"), Ability("h264_nvenc", "not yet", "NVENC_NOT_ON_GPU")),
    decoders=(Ability("h264"),),
    accel="auto",
    gpus=(
        Gpu(
            usable=Ability("Card"),
            uuid="GPU-1",
            driver="610.1",
            memory_bytes=1 << 30,
            context_seconds=0.2,
            abilities=(Ability("h264_nvdec"),),
            work=GpuWork(
                decoding=1,
                decode_slots=14,
                encoding=0,
                encode_slots=4,
                breaker="open",
                rests_seconds=12.5,
                done={"cuda": 3},
            ),
        ),
    ),
    workers=2,
    disk=Disk(free_bytes=1, total_bytes=2),
)


class OneStage(Costs):
    """All the work is one stage, `analyse`, which takes for ever: its fraction is the progress."""

    def of(self, target: Target, *, clip: bool) -> Mapping[str, float]:
        return {"analyse": 1e9}


class SteppingClock:
    """A clock that moves on by a millisecond each time it is read."""

    def __init__(self, begin: datetime = START) -> None:
        self._now = begin

    def __call__(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    def advance(self, span: timedelta) -> None:
        """Let time pass."""
        self._now += span


class CountingIds:
    """Ids that look like UUIDs and sort by the order they were made in."""

    def __init__(self) -> None:
        self._next = count(1)

    def __call__(self) -> str:
        return f"00000000-0000-7000-8000-{next(self._next):012d}"


def no_credentials(platforms: Iterable[str]) -> Callable[[], Awaitable[Mapping[str, CredentialFacts]]]:
    """What tells of platforms that have neither cookies nor keys."""
    nothing = CredentialFacts(cookies=False, expired=False, expires=None, keys=False)
    told = dict.fromkeys(platforms, nothing)

    async def facts() -> Mapping[str, CredentialFacts]:
        return told

    return facts


class FakeTargets:
    """Knows one platform, `fake`, whose codes are letters."""

    def target(self, platform: str, code: str) -> Target:
        if platform != "fake":
            raise Refused("platform", f"unknown platform {platform!r}")
        if not code.isalpha():
            raise Refused("code", f"{code!r} is not a code")
        return Target(platform="fake", code=code, url=f"https://fake.example/{code}")

    def link(self, url: str) -> Target:
        if not url.startswith("https://fake.example/"):
            raise Refused("url", "not a link of a supported platform")
        return self.target("fake", url.removeprefix("https://fake.example/"))

    def facts(self) -> tuple[PlatformFacts, ...]:
        return (
            PlatformFacts(
                name="fake",
                label="Fake",
                aliases=(),
                pattern="[a-z]+",
                example="abc",
                hosts=("fake.example",),
                links=("https://fake.example/{c}",),
                concurrency=2,
                interval_seconds=0.0,
                enabled=True,
            ),
        )


def lanes(clock: Callable[[], float] = time.monotonic, **paces: Pace) -> PlatformLanes:
    """The real lanes with `paces` for some of them; intervals are half as long again as their least."""
    return PlatformLanes(paces, clock=clock, chance=lambda: 0.5, cooldown_seconds=300)


def job(job_id: str, *codes: str, recipe: Recipe | None = None, at: datetime = START) -> Job:
    """A new job of `fake` videos."""
    targets = FakeTargets()
    items = tuple(
        Item(key=ItemKey(job_id, index), target=targets.target("fake", code)) for index, code in enumerate(codes)
    )
    return Job(
        id=job_id, status=JobStatus.PENDING, recipe=recipe or Recipe(), created_at=at, updated_at=at, items=items
    )


@dataclass
class ScriptedWork:
    """The work on an item, as the test says by its code; the default is success with one frame.

    A script gets the item and the report, and may wait, raise or return an outcome: it is the download. `processing`
    is what is done, by code, when it is the item's turn.
    """

    scripts: Mapping[str, Callable[[Item, Report], Any]] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    processing: Mapping[str, Callable[[Item, Report], Any]] = field(default_factory=dict)

    async def process(self, item: Item, report: Report) -> None:
        script = self.processing.get(item.target.code)
        if script is not None:
            await script(item, report)

    async def __call__(self, item: Item, recipe: Recipe, report: Report, turn: Turn) -> Outcome:
        self.begun.append(item.target.code)
        script = self.scripts.get(item.target.code)
        if script is not None:
            outcome = await script(item, report)
            if outcome is not None:
                return outcome
        async with turn():
            await self.process(item, report)
        return Outcome(status=ItemStatus.SUCCESS, frames=1)


class FileFetcher(Fetcher):
    """Brings files of a folder by code; a code without a file is `removed`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def fetch(
        self,
        target: Target,
        folder: Path,
        *,
        wanted_height: int | None,
        heard: Callable[[FetchProgress], None],
        need_audio: bool = False,
    ) -> Fetched:
        source = self._folder / f"{target.code}.mp4"
        if not source.exists():
            raise VxError("removed", f"there is no video {target.code}")
        path = folder / "src"
        path.write_bytes(source.read_bytes())
        heard(FetchProgress(downloaded=path.stat().st_size, total=path.stat().st_size, speed=None, eta=None))
        return Fetched(path=path, title=target.code)


class SeenGpus(Gpus):
    """What was found of some GPUs, without a look at any; `closed` (uuids) are those that cannot be opened anew, and
    those that never answer to that hang; the others answer when `opens_when` is set.

    While `tried` is not set, it is still being found out.
    """

    def __init__(self, *gpus: Gpu) -> None:
        self.gpus = gpus
        self.tried = asyncio.Event()
        self.tried.set()
        self.closed: set[str | None] = set()
        self.hangs: set[str | None] = set()
        self.opened: list[str | None] = []
        self.opens_when = asyncio.Event()
        self.opens_when.set()
        self.asked = 0

    async def found(self) -> tuple[Gpu, ...]:
        self.asked += 1
        await self.tried.wait()
        return self.gpus

    def at_once(self) -> tuple[Gpu, ...] | None:
        return self.gpus if self.tried.is_set() else None

    async def opens(self, gpu: Gpu) -> Code | None:
        self.opened.append(gpu.uuid)
        if gpu.uuid in self.hangs:
            await asyncio.Event().wait()
        await self.opens_when.wait()
        return Code.GPU_BUSY if gpu.uuid in self.closed else None

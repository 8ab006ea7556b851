"""Our side of a download: starts the child, hears its story, and believes only a file that is there."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import structlog

from vxpipe.engine.child import lines
from vxpipe.engine.fetch import cookies
from vxpipe.engine.fetch.credentials import NO_CREDENTIALS, Credentials, code_of_failure
from vxpipe.engine.fetch.egress import Denied, decisive, tells_of_refusal
from vxpipe.engine.fetch.failures import clean
from vxpipe.engine.fetch.guard import Guard
from vxpipe.engine.fetch.hiding import hider
from vxpipe.engine.fetch.job import PARTS, Job
from vxpipe.engine.fetch.permit import Permit
from vxpipe.engine.fetch.platforms import Platform
from vxpipe.engine.fetch.registry import Registry
from vxpipe.engine.fetch.vault import Vault
from vxpipe.engine.fetch.zygote import Zygote, ZygoteLost
from vxpipe.errors import DIRECT_HINTS, FAILURES, VxError
from vxpipe.model import DIRECT, Target
from vxpipe.ports import ChildExit, Fetched, Fetcher, FetchProgress, Limits
from vxpipe.values import frozen

log = structlog.get_logger(__name__)

_STDERR_CHARACTERS = 2000
# What else moves besides the media: pages, players, playlists.
_TALK_BYTES = 64 << 20


def child_command(python: str) -> tuple[str, ...]:
    """The argv of the zygote, for an interpreter that has vxpipe installed."""
    return (python, "-I", "-m", "vxpipe.engine.fetch.ytdlp_child")


@frozen
class FetchLimits:
    """The bounds of one download.

    A source that sends nothing is given up after `socket_timeout_seconds` times one more than `retries`;
    `stall_seconds` bounds a child that says nothing at all: with the grace that one gets which has to be ended, a stall
    is told within a minute. `wall_seconds` bounds everything together.
    """

    max_bytes: int
    max_duration_seconds: float
    wall_seconds: float
    stall_seconds: float = 54.0
    socket_timeout_seconds: float = 15.0
    retries: int = 2


class YtdlpFetcher(Fetcher):
    """Downloads with yt-dlp, in a child process for every video, forked by the zygote.

    All its traffic goes through `guard`, which has to be listening. `vault` holds the platforms' cookies and keys.
    `sandbox` is `auto`, `require` or `off`. `plugins` is a folder of plug-in packages, for tests only.
    """

    def __init__(
        self,
        zygote: Zygote,
        registry: Registry,
        guard: Guard,
        vault: Vault,
        *,
        limits: FetchLimits,
        sandbox: str = "auto",
        plugins: Path | None = None,
    ) -> None:
        self._zygote = zygote
        self._registry = registry
        self._guard = guard
        self._vault = vault
        self._limits = limits
        self._sandbox = sandbox
        self._plugins = plugins

    async def fetch(
        self,
        target: Target,
        folder: Path,
        *,
        wanted_height: int | None,
        heard: Callable[[FetchProgress], None],
        need_audio: bool = False,
    ) -> Fetched:
        """See Fetcher."""
        row = self._row(target)
        credentials = await self._vault.open(row) if row else NO_CREDENTIALS
        loop = asyncio.get_running_loop()
        started = loop.time()
        log.info("download.started", wanted_height=wanted_height)
        story = _Story(heard, credentials)
        with self._permit(target.platform, row, story.hide) as permit:
            job = self._job(target, folder, wanted_height, need_audio, row=row, proxy=permit.url)
            ended = await self._run(_with(credentials, job), folder, story)
            fetched = _judged(story, ended, folder, permit.ledger, hints={} if row else DIRECT_HINTS)
        size = sum(each["bytes"] for each in story.last["files"])
        log.info("download.finished", bytes=size, seconds=round(loop.time() - started, 2))
        return fetched

    def _row(self, target: Target) -> Platform | None:
        """The target's row of the registry, None for a direct link."""
        if target.platform == DIRECT and self._registry.allow_direct:
            return None
        row = self._registry.platform(target.platform)
        if row is None or not row.enabled:
            raise VxError("unsupported_url", f"nothing is fetched from the platform {target.platform!r}")
        return row

    @contextmanager
    def _permit(self, platform: str, row: Platform | None, hide: Callable[[str], str]) -> Iterator[Permit]:
        """The right to use the guard; what it refused and counted is told at the end, but for the failure's reason.

        A broken transfer may begin anew each time that it is resumed, and once more when the zygote dies.
        """
        limits = self._limits
        max_bytes = (2 + limits.retries) * limits.max_bytes + _TALK_BYTES
        domains = row.egress if row else ()
        with self._guard.permit(platform, domains, max_bytes=max_bytes, seconds=limits.wall_seconds) as permit:
            known = ""
            try:
                yield permit
            except VxError as exc:
                known = exc.message
                raise
            finally:
                _tell_of(permit, hide, known=known)

    def _job(
        self,
        target: Target,
        folder: Path,
        wanted_height: int | None,
        need_audio: bool,
        *,
        row: Platform | None,
        proxy: str,
    ) -> Job:
        limits = self._limits
        return Job(
            url=target.url,
            folder=str(folder),
            extractors=row.extractors if row else (),
            wanted_height=wanted_height,
            need_audio=need_audio,
            max_bytes=limits.max_bytes,
            max_duration_seconds=limits.max_duration_seconds,
            socket_timeout_seconds=limits.socket_timeout_seconds,
            retries=limits.retries,
            proxy=proxy,
            plugins=str(self._plugins) if self._plugins else None,
            sandbox=self._sandbox,
        )

    async def _run(self, job: Job, folder: Path, story: "_Story") -> ChildExit:
        """Have the job done, a second time where the zygote was lost: that is seldom the job's fault."""
        try:
            return await self._forked(job, folder, story)
        except ZygoteLost as exc:
            log.warning("download.repeated", reason=exc.message)
        story.last = {}
        await asyncio.to_thread(_clear, folder)
        return await self._forked(job, folder, story)

    async def _forked(self, job: Job, folder: Path, story: "_Story") -> ChildExit:
        limits = Limits(wall_seconds=self._limits.wall_seconds, stall_seconds=self._limits.stall_seconds)
        return await self._zygote.run(
            job.to_json(), limits=limits, folder=folder, on_stdout=lines(story.hear), needs=job.extractors
        )


def _with(credentials: Credentials, job: Job) -> Job:
    """The job of a download that is signed in."""
    text = cookies.render(credentials.cookies) if credentials.cookies else ""
    return replace(job, cookies=text, extractor_args=credentials.keys, secrets=credentials.secrets)


@dataclass(slots=True)
class _Story:
    """What the child has told; `last` is its final line. The secrets in its own lines are hidden by itself."""

    heard: Callable[[FetchProgress], None]
    credentials: Credentials
    last: dict[str, Any] = field(default_factory=dict)
    hide: Callable[[str], str] = field(init=False)

    def __post_init__(self) -> None:
        self.hide = hider(self.credentials.secrets)

    def hear(self, line: str) -> None:
        try:
            facts = json.loads(line)
        except ValueError:
            facts = None
        if not isinstance(facts, dict):
            log.debug("download.noted", text=clean(self.hide(line), limit=300))
            return
        facts = {name: _writable(value) for name, value in facts.items()}
        kind = facts.pop("kind", None)
        if kind == "progress":
            self.heard(FetchProgress(**facts))
        elif kind == "warn":
            tell = log.debug if tells_of_refusal(facts["text"]) else log.warning
            tell("download.warned", text=facts["text"])
        elif kind == "log":
            log.debug("download.noted", text=facts["text"])
        else:
            self.last = {"kind": kind, **facts}


def _clear(folder: Path) -> None:
    """Remove what a download left: nobody knows any more of which file it is the begin."""
    for path in folder.iterdir():
        if path.name.split(".")[0] in PARTS:
            path.unlink()


def _writable(value: Any) -> Any:
    """Text of a site may hold half of a surrogate pair, which no file and no database takes."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _tell_of(permit: Permit, hide: Callable[[str], str], *, known: str) -> None:
    """Each refusal once, however often it was tried, and none that is `known` from the failure."""
    refused = {hide(denied.text): denied.reason for denied in permit.ledger}
    refused.pop(known, None)
    for text, reason in refused.items():
        log.warning("download.denied", reason=reason, text=text)
    if permit.unlisted:
        log.info("download.strayed", hosts=hide(", ".join(permit.unlisted)))
    log.debug("download.counted", sent=permit.sent, received=permit.received, connections=permit.connections)


def _judged(
    story: _Story, ended: ChildExit, folder: Path, ledger: Sequence[Denied], *, hints: Mapping[str, str]
) -> Fetched:
    """The download that the child's final line promises, checked; raises the failure that it tells, or `crashed`.

    `hints` by their codes stand for those of the table.
    """
    last = story.last
    if last.get("kind") == "error" and last["code"] in FAILURES:
        raise _failure(story, ledger, hints)
    if last.get("kind") != "done" or ended.returncode != 0:
        # the tail may begin inside a secret
        said = story.hide(ended.stderr_tail)[-_STDERR_CHARACTERS:]
        log.debug("download.crashed", status=ended.returncode, stderr=clean(said, limit=_STDERR_CHARACTERS))
        raise VxError("crashed", f"the downloader ended with status {ended.returncode} and without a result")
    files = [_checked(folder / each["name"], each["bytes"], folder) for each in last["files"]]
    if not files:
        raise VxError("no_output", "the downloader named no file")
    sound = files[1] if files[1:] else None
    told = {name: last[name] for name in ("title", "uploader", "seconds", "ytdlp")}
    return Fetched(path=files[0], sound=sound, **told)


def _checked(path: Path, promised: int, folder: Path) -> Path:
    """A file that is there, in the folder, as large as the child said."""
    if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
        raise VxError("no_output", "the downloader named a file that is not there")
    size = path.stat().st_size
    if size == 0:
        raise VxError("no_output", "the downloaded file is empty")
    if size != promised:
        raise VxError("truncated", f"the file has {size} of {promised} bytes")
    return path


def _failure(story: _Story, ledger: Sequence[Denied], hints: Mapping[str, str]) -> VxError:
    """What the guard refused, on its `ledger`, explains a failure better than the child can."""
    last = story.last
    if (denied := decisive(ledger, last["code"])) and denied.code:
        return VxError(denied.code, story.hide(denied.text))
    code = code_of_failure(last["code"], story.credentials)
    return VxError(code, last["message"], hint=hints.get(code), retry_after=last["retry_after"])

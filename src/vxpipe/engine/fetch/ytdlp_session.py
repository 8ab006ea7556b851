"""One download with yt-dlp's Python API. Only the download child imports this: it needs yt_dlp.

The API is not the command line: its defaults retry nothing and skip missing segments, and several refusals end without
an exception or a file. Every option that matters is therefore named here.
"""

import io
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

from yt_dlp import YoutubeDL
from yt_dlp.extractor import gen_extractor_classes
from yt_dlp.globals import all_plugins_loaded, plugin_dirs
from yt_dlp.utils import DownloadCancelled, YoutubeDLError
from yt_dlp.version import __version__

from vxpipe.engine.fetch import failures, formats
from vxpipe.engine.fetch.containers import is_cut
from vxpipe.engine.fetch.hiding import hider
from vxpipe.engine.fetch.job import PARTS, Job
from vxpipe.engine.fetch.sizes import Sizes
from vxpipe.engine.fetch.ytdlp_direct import VxDirectIE
from vxpipe.engine.fetch.ytdlp_downloader import Downloader

Tell = Callable[..., None]

PART = "vxpipe_part"

_PROGRESS_SECONDS = 0.5
_LOG_CHARACTERS = 300
_NAME_CHARACTERS = 500
_MOST_EVIDENCE = 20_000  # characters of each exception that are judged
_MOST_PARTS = 50
_HEAD_BYTES = 64
_MOST_SECONDS = 1e7


# What is said of a broadcast that is not a recording. After its end it can only be had in pieces for a while.
_BY_LIVE_STATUS = {
    "is_upcoming": ("not_yet", "the video is announced but has not started"),
    "is_live": ("not_live", "this is a live stream"),
    "post_live": ("not_yet", "the live stream has just ended and its recording is not there yet"),
}


class Rejected(DownloadCancelled):  # type: ignore[misc]
    """We do not want this video, Story.rejected says why: yt-dlp raises its own, empty copy of what a filter raised."""


class Story:
    """Passes on what yt-dlp says, and knows how far it got. Also yt-dlp's `logger`. Secrets are hidden first of all."""

    def __init__(self, job: Job, tell: Tell) -> None:
        self._job = job
        self._tell = tell
        self._last_told = float("-inf")
        self.hide = hider(job.secrets)
        self.downloading = False
        self.rejected = ("no_output", "the video was refused")
        self.chosen: tuple[formats.Format, ...] = ()
        self.files: list[str] = []
        self._sizes = Sizes()

    @property
    def in_segments(self) -> bool:
        """See Watcher."""
        return not all(map(formats.is_one_file, self.chosen))

    def debug(self, text: str) -> None:
        if line := failures.clean(self.hide(text), limit=_LOG_CHARACTERS):
            self._tell("log", text=line)

    info = debug
    error = debug

    def warning(self, text: str, **_: Any) -> None:
        self._tell("warn", text=failures.clean(self.hide(text), limit=_LOG_CHARACTERS))

    def judge(self, info: dict[str, Any], *, incomplete: Any) -> None:
        """Refuse what must not be downloaded; the last call comes right before the download."""
        live_status = "is_live" if info.get("is_live") else str(info.get("live_status"))
        if refusal := _BY_LIVE_STATUS.get(live_status):
            self._reject(*refusal)
        limit = self._job.max_duration_seconds
        if (info.get("duration") or 0) > limit:
            self._reject("too_large", f"the video lasts {info['duration']:g} s, the limit is {limit:g} s")
        self.downloading = self.downloading or not incomplete

    def pick(self, context: dict[str, Any]) -> Iterator[formats.Format]:
        """The files to download, as yt-dlp's `format` option wants them: the picture and, if need be, its sound."""
        job = self._job
        self.chosen = formats.choose(context["formats"], wanted_height=job.wanted_height, need_audio=job.need_audio)
        if job.need_audio and self.chosen and not any(map(formats.has_audio, self.chosen)):
            self.warning("the video has no sound that can be fetched")
        self._sizes = Sizes.of(self.chosen)
        yield from ({**each, PART: part} for each, part in zip(self.chosen, PARTS, strict=False))

    def single_out(self, entries: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """The first part of a post that may be a video; a picture has no formats."""
        parts = list(islice(entries, _MOST_PARTS))
        videos = [each for each in parts if each and (each.get("url") or each.get("formats", True))]
        if not videos:
            self._reject("no_video", "the post holds pictures only" if parts else "the post is empty")
        if len(videos) > 1:
            self.warning(f"the post holds {len(videos)} videos, the first is taken")
        return videos[0]

    def progressed(self, status: dict[str, Any]) -> None:
        """Tell how far the download is, and stop one that grows too large."""
        sizes = self._sizes
        sizes.note(status)
        self._check_growth(status)
        self._check_size(sizes.least)
        now = time.monotonic()
        if now - self._last_told < _PROGRESS_SECONDS and status["status"] != "finished":
            return
        self._last_told = now
        speed = status.get("speed")
        self._tell("progress", downloaded=sizes.downloaded, total=sizes.total, speed=speed, eta=sizes.eta(speed))

    def _check_size(self, size: int) -> None:
        limit = self._job.max_bytes
        if size > limit:
            self._reject("too_large", f"the video has {size} bytes or more, the limit is {limit}")

    def _check_growth(self, status: dict[str, Any]) -> None:
        """Asked for the rest of a file, some sources send it from the start; yt-dlp may add that to what it has."""
        total, file = status.get("total_bytes"), Path(status.get("tmpfilename") or "")
        if total and "fragment_index" not in status and file.is_file() and file.stat().st_size > total:
            self._reject("truncated", f"the source breaks off and does not resume a file of {total} bytes")

    def _reject(self, code: str, message: str) -> NoReturn:
        self.rejected = (code, message)
        raise Rejected(message)


def warm_up() -> str:
    """Do once what every process would do at its first download; gives yt-dlp's version."""
    plugin_dirs.value = []
    # With a proxy named, nobody asks macOS for its own: what that loads does not survive a fork.
    YoutubeDL({"quiet": True, "cachedir": False, "proxy": ""}).close()
    all_plugins_loaded.value = False  # a job names its own
    return str(__version__)


def load(extractors: Sequence[str]) -> None:
    """Import these extractors of yt-dlp's own: YouTube's takes 0.13 s of processor time."""
    wanted = [each for each in gen_extractor_classes() if each.IE_NAME.lower() in extractors]
    for extractor in wanted:
        extractor()


def download(job: Job, *, denials: Sequence[str], tell: Tell) -> tuple[str, dict[str, Any]]:
    """Run the job and return its last line: `done` with the file, or `error` with a code of the error table.

    `denials` is the hook's list of refused detours, read after a failure.
    """
    story = Story(job, tell)
    plugin_dirs.value = [job.plugins] if job.plugins else []
    with Downloader(options(job, story), story) as ydl:
        if not job.extractors:
            ydl.add_info_extractor(VxDirectIE())
        try:
            info = ydl.extract_info(job.url)
        except Rejected:
            return _failed(*story.rejected)
        except Exception as exc:  # whatever an extractor stumbles over gets a name here; the process ends with it
            # its frames hold what it has made so far, which may be all the memory there is
            return _explained(exc.with_traceback(None), story, ydl, denials)
    files = [Path(name) for name in story.files if Path(name).is_file()]
    if ydl.endless and any(map(is_cut, files)):
        return _failed("truncated", "the connection ended before the file did")
    return _result(info, files, story)


def options(job: Job, story: Story) -> dict[str, Any]:
    """Every option of yt-dlp that is not left at its default."""
    return {
        "allowed_extractors": list(job.extractors),
        "format": story.pick,
        "match_filter": story.judge,
        "progress_hooks": [story.progressed],
        "post_hooks": [story.files.append],
        "logger": story,
        "quiet": True,
        "noprogress": True,
        "color": "no_color",
        # one video, files of our names
        "noplaylist": True,
        "playlist_items": "1",
        "paths": {"home": job.folder},
        "outtmpl": {"default": f"%({PART})s.%(ext)s"},
        "overwrites": True,
        "updatetime": False,
        "cachedir": False,
        # ffmpeg on an untrusted playlist or file would run without our lists of formats and protocols
        "ffmpeg_location": "/nonexistent",
        "fixup": "never",
        "hls_prefer_native": True,
        # a missing piece is an error
        "skip_unavailable_fragments": False,
        "retries": job.retries,
        "fragment_retries": job.retries,
        "extractor_retries": job.retries,
        "file_access_retries": 2,
        "retry_sleep_functions": dict.fromkeys(("http", "fragment", "extractor"), _pause_seconds),
        "socket_timeout": job.socket_timeout_seconds,
        "concurrent_fragment_downloads": 2,
        # no detours: nothing past the guard, no invented X-Forwarded-For
        "proxy": job.proxy,
        "geo_bypass": False,
        # a stream: a file would be written back
        "cookiefile": io.StringIO(job.cookies) if job.cookies else None,
        "extractor_args": dict(job.extractor_args),
        # whom the operator trusts, where that is said, and not only who is known to certifi
        "compat_opts": {"no-certifi"} if os.environ.get("SSL_CERT_FILE") else set(),  # noqa: TID251
    }


def _pause_seconds(n: int) -> float:
    return min(4.0, 0.5 * 2.0**n)


def _result(info: Any, files: Sequence[Path], story: Story) -> tuple[str, dict[str, Any]]:
    entries = [entry for entry in (info or {}).get("entries") or [info] if entry]
    if not entries or not files or len(files) < len(story.chosen):
        return _failed("no_output", "the platform offered nothing that could be downloaded")
    if any(_is_page(file) for file in files):
        return _failed("media_gone", "the platform sent a web page in place of the video")
    video = entries[0]
    return "done", {
        "files": [{"name": file.name, "bytes": file.stat().st_size} for file in files],
        "title": _told(video.get("title"), story),
        "uploader": _told(video.get("uploader") or video.get("channel"), story),
        "seconds": _seconds(video.get("duration")),
        "ytdlp": __version__,
    }


def _is_page(file: Path) -> bool:
    with file.open("rb") as opened:
        return formats.direct_kind("", "", opened.read(_HEAD_BYTES)) in formats.NO_VIDEO


def _seconds(told: Any) -> float | None:
    return float(told) if isinstance(told, int | float) and 0 < told < _MOST_SECONDS else None


def _told(text: Any, story: Story) -> str | None:
    return story.hide(str(text))[:_NAME_CHARACTERS] if text else None


def _failed(code: str, message: str, retry_after: int | None = None) -> tuple[str, dict[str, Any]]:
    return "error", {"code": code, "message": message, "retry_after": retry_after}


def _explained(exc: Exception, story: Story, ydl: Downloader, denials: Sequence[str]) -> tuple[str, dict[str, Any]]:
    chain = failures.chain_of(exc)
    denied = [("EgressDenied", text) for text in denials[:1]]

    def shown(link: failures.Link) -> failures.Link:
        return link[0], story.hide(link[1])[:_MOST_EVIDENCE]

    evidence = failures.Evidence(
        chain=tuple(map(shown, (*denied, *map(failures.link, chain)))),
        statuses=tuple(status for status, _ in ydl.refusals),
        trouble=shown(ydl.last_setback) if ydl.last_setback else None,
        downloading=story.downloading,
        expected=_expected(chain),
    )
    asked = (failures.retry_after(after, now=time.time()) for _, after in reversed(ydl.refusals) if after)  # noqa: TID251
    retry_after = next((seconds for seconds in asked if seconds is not None), None)
    return _failed(failures.classify(evidence), failures.message(evidence), retry_after)


def _expected(chain: Sequence[BaseException]) -> bool | None:
    """yt-dlp's own word on whose fault it is; an exception that is neither yt-dlp's nor the system's is a defect."""
    if not any(isinstance(each, YoutubeDLError | OSError) for each in chain):
        return False
    return next((bool(each.expected) for each in chain if hasattr(each, "expected")), None)

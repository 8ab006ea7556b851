"""yt-dlp's client with eyes on every answer. Only the download child imports this: it needs yt_dlp."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Protocol

from yt_dlp import YoutubeDL
from yt_dlp.networking.exceptions import HTTPError, RequestError
from yt_dlp.utils import YoutubeDLError

from vxpipe.engine.fetch import failures, transfers
from vxpipe.engine.fetch.formats import is_page

_MOST_VERSIONS = 64
# What is read as a whole is kept in memory: pages, players, playlists, keys.
_MOST_PAGE_BYTES = 32 << 20
_READ_BYTES = 1 << 20

Read = Callable[..., bytes]


class Misfit(YoutubeDLError):  # type: ignore[misc]
    """What came is not what was asked for, or of another file than what came before."""


class Watcher(Protocol):
    """Who decides while yt-dlp works: `downloading` once the media itself is being fetched, `in_segments` or not."""

    downloading: bool

    @property
    def in_segments(self) -> bool:
        """Whether what is fetched will be put together from pieces."""
        ...

    def debug(self, text: str) -> None:
        """Take a line for the log."""

    def judge(self, info: dict[str, Any], *, incomplete: Any) -> None:
        """Raise for a video that is not wanted."""

    def single_out(self, entries: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """The part of a post that is wanted."""
        ...


class Downloader(YoutubeDL):  # type: ignore[misc]
    """Sees every answer, and remembers the errors that extractors swallow: a 429, or the last answer, explains what
    follows.

    yt-dlp goes on with a broken transfer in whatever file the address leads to by then; here the file is begun anew
    where it is another one. `endless` tells whether a media answer came that does not say where it ends. Of a post with
    several parts it takes the one that `watcher` singles out.
    """

    def __init__(self, params: dict[str, Any], watcher: Watcher) -> None:
        self.refusals: list[tuple[int, str | None]] = []
        self.last_setback: failures.Link | None = None
        self.endless = False
        self._watcher = watcher
        self._versions: dict[str, transfers.Version] = {}
        super().__init__(params)

    def urlopen(self, req: Any) -> Any:
        """See YoutubeDL."""
        if not self._watcher.downloading or isinstance(req, str):
            return self._answer(req)
        begin = transfers.rest_from(req.headers)
        answer = self._answer(req) if begin is None else self._rest(req, begin)
        self._note(req.url, answer)
        return answer

    def process_ie_result(self, ie_result: dict[str, Any], *args: Any, **facts: Any) -> Any:
        """See YoutubeDL."""
        if ie_result.get("_type") in ("playlist", "multi_video"):
            ie_result = {**ie_result, "entries": [self._watcher.single_out(ie_result.get("entries") or ())]}
        return super().process_ie_result(ie_result, *args, **facts)

    def raise_no_formats(self, info: dict[str, Any], *args: Any, **facts: Any) -> None:
        """See YoutubeDL. A filter is not asked any more, and may know why there is nothing."""
        self._watcher.judge(info, incomplete=True)
        super().raise_no_formats(info, *args, **facts)

    def save_cookies(self) -> None:
        """See YoutubeDL: what the site changed in them ends with the download."""

    def _rest(self, req: Any, begin: int) -> Any:
        """The rest of the file that was begun, or a whole one."""
        try:
            answer = self._answer(req)
        except HTTPError as exc:
            if exc.status != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise
        else:
            is_part = answer.status == HTTPStatus.PARTIAL_CONTENT
            is_other = transfers.version(answer.headers).is_other_than(self._versions.get(req.url))
            if not is_part or (begin == transfers.begins_at(answer.headers) and not is_other):
                return answer
            answer.close()
        self._watcher.debug("the file changed while it was fetched, it is fetched anew")
        self._versions.pop(req.url, None)
        whole = req.copy()
        del whole.headers["Range"]
        return self._answer(whole)

    def _note(self, url: str, answer: Any) -> None:
        """Remember which file it is of; a part that is of another size than the last one fits nowhere."""
        found, earlier = transfers.version(answer.headers), self._versions.get(url)
        sizes = {each.size for each in (found, earlier) if each and each.size is not None}
        if answer.status == HTTPStatus.PARTIAL_CONTENT and len(sizes) > 1:
            answer.close()
            raise Misfit("the file changed while it was fetched")
        self.endless = self.endless or not transfers.has_end(answer.headers)
        if len(self._versions) >= _MOST_VERSIONS:  # so many are segments, and those are small
            self._versions.clear()
        self._versions[url] = found

    def _answer(self, req: Any) -> Any:
        try:
            answer = super().urlopen(req)
        except RequestError as exc:
            self.last_setback = failures.link(exc)
            if isinstance(exc, HTTPError):
                self.refusals.append((exc.status, exc.response.headers.get("Retry-After")))
            raise
        self.last_setback = failures.detour(answer.url)
        if self._watcher.downloading:
            self._check(req, answer)
        answer.read = _bounded(answer.read, media=self._watcher.downloading)
        return answer

    def _check(self, req: Any, answer: Any) -> None:
        asked = {} if isinstance(req, str) else req.headers
        whole_will_do = not self._watcher.in_segments
        if complaint := transfers.misfit(asked, answer.status, answer.headers, whole_will_do=whole_will_do):
            answer.close()
            raise Misfit(complaint)


def _bounded(read: Read, *, media: bool) -> Read:
    """The same `read`, which reads no page without end and takes none for `media`: those are read in pieces."""
    begun = False

    def bounded(amount: int | None = None) -> bytes:
        nonlocal begun
        if amount is None:
            return _whole(read)
        piece = read(amount)
        if media and not begun and is_page(piece):
            raise Misfit("the platform sent a web page in place of the video")
        begun = True
        return piece

    return bounded


def _whole(read: Read) -> bytes:
    found = bytearray()
    while piece := read(_READ_BYTES):
        found += piece
        if len(found) > _MOST_PAGE_BYTES:
            raise Misfit(f"the source sent more than {_MOST_PAGE_BYTES >> 20} MiB where a page or a list was asked for")
    return bytes(found)

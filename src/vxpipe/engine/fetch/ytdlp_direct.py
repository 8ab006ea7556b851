"""The extractor for links to media files. Only the download child imports this: it needs yt_dlp."""

from typing import Any
from urllib.parse import urlsplit

from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.utils import ExtractorError, base_url, parse_duration

from vxpipe.engine.fetch.formats import NO_VIDEO, direct_kind

_HEAD_BYTES = 512
_EXTENSIONS = (
    "mp4", "m4v", "mov", "webm", "mkv", "avi", "ts", "flv", "mpg", "mpeg", "3gp", "ogv", "wmv", "mxf", "dv", "ivf",
    "gif", "apng",
)  # fmt: skip


class VxDirectIE(InfoExtractor):  # type: ignore[misc]
    """Reads the headers and the first bytes of an answer and makes formats of it; never looks into a web page."""

    IE_NAME = "vxpipe:direct"
    _VALID_URL = r"https?://.+"

    def _real_extract(self, url: str) -> dict[str, Any]:
        name = urlsplit(url).path.rpartition("/")[2]
        stem, _, extension = name.rpartition(".")
        title = stem or name or "video"
        answer = self._request_webpage(url, None, note="Asking for the file", headers={"Accept-Encoding": "identity"})
        with answer:
            path, content_type = urlsplit(answer.url).path, answer.headers.get("Content-Type", "")
            kind = direct_kind(path, content_type, answer.read(_HEAD_BYTES))
        return {"id": "media", "title": title, **self._media(kind, url, extension.lower())}

    def _media(self, kind: str, url: str, extension: str) -> dict[str, Any]:
        if kind in NO_VIDEO:
            raise ExtractorError(f"the link leads to {NO_VIDEO[kind]}, not to a video file", expected=True)
        if kind == "hls":
            return self._hls(url)
        if kind == "dash":
            return self._dash(url)
        return {"formats": [{"url": url, "format_id": "file", "ext": extension if extension in _EXTENSIONS else "mp4"}]}

    def _hls(self, url: str) -> dict[str, Any]:
        """The renditions of a playlist; one without an end mark is a live stream."""
        formats, _ = self._extract_m3u8_formats_and_subtitles(url, "media", ext="mp4")
        duration = self._extract_m3u8_vod_duration(formats[-1]["url"], "media") if formats else None
        return {"formats": formats, "duration": duration, "is_live": duration is None}

    def _dash(self, url: str) -> dict[str, Any]:
        """The renditions of a manifest; one that is still being written is a live stream."""
        manifest, answer = self._download_xml_handle(url, "media")
        return {
            "formats": self._parse_mpd_formats(manifest, "media", base_url(answer.url), answer.url),
            "duration": parse_duration(manifest.get("mediaPresentationDuration")),
            "is_live": manifest.get("type") == "dynamic",
        }

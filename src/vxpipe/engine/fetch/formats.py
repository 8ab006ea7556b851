"""Which rendition of a video is downloaded, and what a direct link holds. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

BEST_LINES = 1080

Format = Mapping[str, Any]

# What can be fetched without ffmpeg; single files need fewer requests than segments.
_PROTOCOLS = {"https": 0, "http": 0, "m3u8_native": 1, "m3u8": 1, "http_dash_segments": 1}
# By how cheap they are to decode; a codec that is not known stands between H.264 and the rest.
_CODECS = ((r"avc|h264", 0), (r"vp0?[89]|hev|hvc|h265", 2), (r"av0?1", 3))
_UNKNOWN_CODEC = 1
_UNKNOWN_SIZE = float("inf")

_KINDS = (
    ("body", r"\s*#EXTM3U", "hls"),
    ("type", r"(?:application|audio)/(?:x-|vnd\.apple\.)mpegurl", "hls"),
    ("path", r".*\.m3u8", "hls"),
    ("type", r"application/dash\+xml", "dash"),
    ("path", r".*\.mpd", "dash"),
    ("type", r"text/html|application/xhtml\+xml|application/json|text/xml|application/xml", "page"),
    ("body", r"\s*(?:<|\{)", "page"),
    ("type", r"image/.*", "page"),
)


def choose(formats: Sequence[Format], *, wanted_height: int | None, need_audio: bool) -> Format | None:
    """The cheapest rendition that serves, or None if none can be fetched as one file.

    `wanted_height` asks for the smallest with at least that many lines, else the largest below; None for the largest
    up to 1080 lines. Lines are the shorter side, so that 720 means the same for an upright picture. Sound does not
    matter unless `need_audio`, which takes a rendition with sound wherever there is one. `formats` is in yt-dlp's
    order, the best last, and in its field names.
    """
    usable = [(index, each) for index, each in enumerate(formats) if _is_usable(each)]
    with_sound = [entry for entry in usable if has_audio(entry[1])] if need_audio else []
    ranked = sorted(with_sound or usable, key=lambda entry: _rank(entry[0], entry[1], wanted_height))
    return ranked[0][1] if ranked else None


def has_audio(each: Format) -> bool:
    """Whether a rendition has sound, as far as the platform says; not said counts as yes."""
    return each.get("acodec") != "none"


def direct_kind(path: str, content_type: str, body: bytes) -> str:
    """What a direct link answered with: "hls", "dash", "page" (no video) or "file"; `body` is its first bytes."""
    facts = {
        "path": path.lower(),
        "type": content_type.partition(";")[0].strip().lower(),
        "body": body.decode("latin-1"),
    }
    matches = {"path": re.fullmatch, "type": re.fullmatch, "body": re.match}
    return next((kind for fact, pattern, kind in _KINDS if matches[fact](pattern, facts[fact])), "file")


def _is_usable(each: Format) -> bool:
    playable = each.get("vcodec") != "none" and not each.get("has_drm")
    return playable and each.get("protocol", "https") in _PROTOCOLS


def _rank(index: int, each: Format, wanted_height: int | None) -> tuple[Any, ...]:
    return (
        _line_rank(index, each, wanted_height),
        each.get("dynamic_range") not in (None, "SDR"),
        _codec_rank(each.get("vcodec") or ""),
        _PROTOCOLS[each.get("protocol", "https")],
        each.get("filesize") or _UNKNOWN_SIZE,
        each.get("tbr") or _UNKNOWN_SIZE,
    )


def _line_rank(index: int, each: Format, wanted_height: int | None) -> tuple[int, int]:
    sides = [side for side in (each.get("width"), each.get("height")) if side]
    if not sides:
        return (2, -index)
    lines = int(min(sides))
    if wanted_height is None:
        return (0, -lines) if lines <= BEST_LINES else (1, lines)
    return (0, lines) if lines >= wanted_height else (1, -lines)


def _codec_rank(codec: str) -> int:
    return next((rank for pattern, rank in _CODECS if re.match(pattern, codec, re.IGNORECASE)), _UNKNOWN_CODEC)

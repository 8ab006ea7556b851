"""Which renditions of a video are downloaded, and what a direct link holds. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

BEST_LINES = 1080
GOOD_SOUND_KBITS = 120
"""About as much as the sound of a clip is encoded with."""

Format = Mapping[str, Any]

# What can be fetched without ffmpeg; single files need fewer requests than segments.
_PROTOCOLS = {"https": 0, "http": 0, "m3u8_native": 1, "m3u8": 1, "http_dash_segments": 1}
# By how cheap they are to decode; a codec that is not known stands between H.264 and the rest.
_CODECS = ((r"avc|h264", 0), (r"vp0?[89]|hev|hvc|h265", 2), (r"av0?1", 3))
_UNKNOWN_CODEC = 1
_UNKNOWN_SIZE = float("inf")
_COPIED_SOUND = r"mp4a|aac"  # goes into a clip as it is, all other sound is encoded anew

_KINDS = (
    ("body", r"(?:\xef\xbb\xbf)?\s*#EXTM3U", "hls"),
    ("type", r"(?:application|audio)/(?:x-|vnd\.apple\.)mpegurl", "hls"),
    ("path", r".*\.m3u8", "hls"),
    ("type", r"application/dash\+xml", "dash"),
    ("path", r".*\.mpd", "dash"),
    ("type", r"text/html|application/xhtml\+xml", "page"),
    ("type", r"application/json", "json"),
    ("type", r"text/xml|application/xml", "xml"),
    ("body", r"(?:\xef\xbb\xbf)?\s*\{", "json"),
    ("body", r"(?:\xef\xbb\xbf)?\s*<\?xml", "xml"),
    ("body", r"(?:\xef\xbb\xbf)?\s*<", "page"),
    ("body", r"GIF8|\x89PNG(?s:.*)acTL", "file"),  # it may move
    ("type", r"image/.*", "picture"),
)
NO_VIDEO = {"page": "a web page", "json": "JSON", "xml": "XML", "picture": "a picture"}
"""What a direct link may answer with that is no video, in words."""

# An encrypted segment may begin with any few bytes.
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<(?:!doctype|html|head|body|\?xml|script)\b|\{\s*\"\w{2,40}\"\s*:)", re.IGNORECASE
)


def choose(formats: Sequence[Format], *, wanted_height: int | None, need_audio: bool) -> tuple[Format, ...]:
    """The cheapest files that serve: one, or a picture and the sound beside it; none where nothing can be fetched.

    `wanted_height` asks for the smallest with at least that many lines, else the largest below; None for the largest
    up to 1080 lines. Lines are the shorter side, so that 720 means the same for an upright picture. `need_audio` takes
    files with sound wherever there are any, of equal pictures the one that has it in its own file; without it sound is
    nothing but bytes. `formats` is in yt-dlp's order, the best last, and in its field names.
    """
    usable = [(index, each) for index, each in enumerate(formats) if _is_usable(each)]
    pictures = [(index, each) for index, each in usable if each.get("vcodec") != "none"]
    choices: list[tuple[int, tuple[Format, ...]]] = [(index, (each,)) for index, each in pictures]
    if need_audio:
        sounds = [each for _, each in usable if each.get("vcodec") == "none" and has_audio(each)]
        heard = [(index, (each, *_sound_beside(each, sounds))) for index, each in pictures]
        choices = [(index, files) for index, files in heard if has_audio(files[-1])] or choices
    ranked = sorted(choices, key=lambda choice: _rank(choice[0], choice[1], wanted_height))
    return ranked[0][1] if ranked else ()


def has_audio(each: Format) -> bool:
    """Whether a rendition has sound, as far as the platform says; not said counts as yes."""
    return each.get("acodec") != "none"


def is_one_file(each: Format) -> bool:
    """Whether a rendition comes as a file, not in segments."""
    return each.get("protocol", "https") in ("https", "http")


def direct_kind(path: str, content_type: str, body: bytes) -> str:
    """What a direct link answered with: "hls", "dash", "file" or one of NO_VIDEO; `body` is its first bytes."""
    facts = {
        "path": path.lower(),
        "type": content_type.partition(";")[0].strip().lower(),
        "body": body.decode("latin-1"),
    }
    matches = {"path": re.fullmatch, "type": re.fullmatch, "body": re.match}
    return next((kind for fact, pattern, kind in _KINDS if matches[fact](pattern, facts[fact])), "file")


def is_page(body: bytes) -> bool:
    """Whether media that begin like this are none, for sure, but a page or what a program says."""
    return _PAGE.match(body) is not None


def _is_usable(each: Format) -> bool:
    return not each.get("has_drm") and each.get("protocol", "https") in _PROTOCOLS


def _sound_beside(picture: Format, sounds: Sequence[Format]) -> tuple[Format, ...]:
    """The sound that a picture without any needs."""
    if has_audio(picture) or not sounds:
        return ()
    return (min(sounds, key=lambda each: _sound_rank(each, picture)),)


def _sound_rank(each: Format, picture: Format) -> tuple[Any, ...]:
    """The video's own language before others; on the picture's own clock, which one manifest promises."""
    kbits = each.get("abr") or each.get("tbr") or GOOD_SOUND_KBITS
    is_copied = re.match(_COPIED_SOUND, each.get("acodec") or "") is not None
    return (
        -(each.get("language_preference") or -1),
        -(each.get("source_preference") or -1),
        [each.get(key) != picture.get(key) for key in ("manifest_url", "protocol")],
        (0, not is_copied, kbits) if kbits >= GOOD_SOUND_KBITS else (1, -kbits),
        _PROTOCOLS[each.get("protocol", "https")],
    )


def _rank(index: int, files: Sequence[Format], wanted_height: int | None) -> tuple[Any, ...]:
    picture = files[0]
    return (
        _line_rank(index, picture, wanted_height),
        picture.get("dynamic_range") not in (None, "SDR"),
        _codec_rank(picture.get("vcodec") or ""),
        len(files),
        _PROTOCOLS[picture.get("protocol", "https")],
        picture.get("filesize") or _UNKNOWN_SIZE,
        picture.get("tbr") or _UNKNOWN_SIZE,
        has_audio(picture),
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

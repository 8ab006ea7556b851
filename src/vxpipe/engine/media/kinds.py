"""What a file is that is not taken for a video, told from its first bytes and from what ffprobe says. Pure."""

import re

FORMATS = (
    "mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpegts", "flv", "mpeg", "asf", "ogg", "mxf",
    "dv", "ivf", "gif", "apng",
)  # fmt: skip
"""What is opened as a video, as ffprobe calls it: each is code that a stranger's bytes reach. None opens other files,
as playlists do, draws text, or makes up the times of its frames, as those must that read a bare stream.
"""
WANTED = "MP4, MOV, MKV, WebM, AVI, MPEG-TS, MPEG, FLV, WMV, OGG, MXF, DV, IVF, GIF or APNG"
"""The same, as people call it."""


def _begun_by(*units: bytes) -> tuple[bytes, ...]:
    """How a bare stream begins whose first unit has one of these headers (H.264 and H.265, annex B)."""
    return tuple(code + unit for code in (b"\0\0\1", b"\0\0\0\1") for unit in units)


# How files begin that people take for a video.
_PICTURES = (
    (b"GIF8", "a GIF picture"), (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"),
    (b"BM", "a BMP picture"),
)  # fmt: skip
_KINDS = (
    *_PICTURES, (b"%PDF", "a PDF document"), (b"PK\x03\x04", "a ZIP archive"), (b"#EXTM3U", "a playlist"),
    (b"<", "a page or document of markup (HTML, XML)"),
    (_begun_by(b"\t", b"\x06", b"\x27", b"\x47", b"\x67"), "an H.264 stream without a container"),
    (_begun_by(b"@\1", b"B\1", b"F\1", b"N\1"), "an HEVC stream without a container"),
)  # fmt: skip
_SOUNDS = (
    (b"ID3", "MP3"), (b"\xff\xfb", "MP3"), (b"\xff\xf3", "MP3"), (b"\xff\xf1", "AAC"), (b"\xff\xf9", "AAC"),
    (b"fLaC", "FLAC"), (b"#!AMR", "AMR"), (b"\x0b\x77", "AC-3"), (b"FORM", "AIFF"),
)  # fmt: skip
_HEIF = frozenset({b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_REFUSED = re.compile(r"^\[([\w,]+) @ [^\]]*\] Format not on whitelist", re.MULTILINE)


def kind_of(head: bytes) -> str | None:
    """What a file is that is no video, told from its first bytes; None where nobody knows."""
    begin = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "an animated WebP" if _is_animated_webp(head) else "a WebP picture"
    known = next((kind for mark, kind in _KINDS if begin.startswith(mark)), None)
    is_text = not any(byte < 9 or 13 < byte < 32 for byte in head)
    return known or ("plain text" if is_text else None)


def picture_of(head: bytes) -> str | None:
    """What a file is if it holds a single frame, told from its first bytes; None for a video, however brief."""
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF:
        return "an AVIF or HEIF picture"
    return next((kind for mark, kind in _PICTURES if head.startswith(mark)), None)


def sound_of(head: bytes) -> str | None:
    """The format of a file that holds nothing but sound, told from its first bytes; None for every other."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "WAV"
    return next((kind for mark, kind in _SOUNDS if head.startswith(mark)), None)


def refused_format(said: str) -> str | None:
    """What ffprobe takes a file for where it refuses that it is none of FORMATS; None where it says something else."""
    found = _REFUSED.search(said)
    return found[1] if found else None


def _is_animated_webp(head: bytes) -> bool:
    """By a flag in its header (RFC 9649, 2.7)."""
    return head[12:16] == b"VP8X" and len(head) > 20 and bool(head[20] & 2)

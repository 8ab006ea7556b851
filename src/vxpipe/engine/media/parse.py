"""What ffprobe tells of a file, turned into values. Pure."""

import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import isfinite
from typing import Any

import numpy as np
import orjson

from vxpipe.engine.media import streams as choice
from vxpipe.engine.media.arrays import Pts
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.spoken import version_number
from vxpipe.errors import VxError
from vxpipe.model import MediaInfo

_CLOCK = re.compile(r"^(\d+):(\d\d):(\d\d(?:\.\d+)?)$")
_PACKET = re.compile(r"^packet,([^,\n]*),([^,\n]*),([^,\n]*)", re.MULTILINE)
_STREAM = re.compile(r"^stream,([^,\n]*)", re.MULTILINE)
_COPIED = re.compile(r"^[^#,\n]+,[^,\n]*, *(-?\d+)", re.MULTILINE)
_FIELD_ORDERS = frozenset({"tt", "bb", "tb", "bt"})
_CLOCKLESS = frozenset({"aac", "mp3", "ac3", "eac3"})
_TRANSPORT_TIME = "id3v2_priv.com.apple.streaming.transportStreamTimestamp"
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})|(.)", re.DOTALL)
_STILL = "a cover image"


def media_info(text: str) -> MediaInfo:
    """The facts in ffprobe's JSON (`-show_format -show_streams`).

    Raises VxError `unreadable_media` when there is no stream at all or the header of the video is lost,
    `no_video_stream` when none of them moves. Of several pictures one is taken (`streams.py`).
    """
    document = orjson.loads(text or "{}")
    streams = document.get("streams") or []
    if not streams:
        raise VxError("unreadable_media", "ffprobe found no stream in the file")
    taken = choice.taken(streams, document.get("programs") or [])
    if taken is None:
        if any(stream.get("codec_type") == "video" and not choice.is_cover(stream) for stream in streams):
            raise VxError("unreadable_media", "the header of its video is lost or damaged: it tells no size")
        kinds = sorted(
            {_STILL if stream.get("codec_type") == "video" else str(stream.get("codec_type")) for stream in streams}
        )
        raise VxError("no_video_stream", f"expected a video stream, found only: {', '.join(kinds)}")
    video = choice.picture(streams, taken.number)
    audio = None if taken.sound is None else choice.sound(streams, taken.sound)
    return replace(_info(document.get("format") or {}, video, audio), taken=taken)


def sound_info(text: str) -> tuple[str, float | None] | None:
    """Codec and begin (seconds of the file's clock, None: untold) of the first sound in a file; None: there is none."""
    document = orjson.loads(text or "{}")
    sound = _first_sound(document.get("streams") or [])
    if sound is None:
        return None
    container = document.get("format") or {}
    begins = _transport_time(container) if container.get("format_name") in _CLOCKLESS else _begin(container)
    return str(sound.get("codec_name", "unknown")), begins


def ends(text: str) -> tuple[float, float]:
    """When the picture and the sound of an MP4 end, in seconds; 0: there is none."""
    last = {"video": 0.0, "audio": 0.0}
    for stream in orjson.loads(text or "{}").get("streams") or []:
        end = (_seconds(stream.get("start_time")) or 0.0) + (_seconds(stream.get("duration")) or 0.0)
        last[stream["codec_type"]] = end
    return last["video"], last["audio"]


def packet_map(text: str) -> PacketMap | None:
    """The packets ffprobe told of as CSV; None where one of them has no time, or there is none."""
    stream = _STREAM.search(text)
    unit = _unit(stream[1]) if stream else None
    pts, sizes, keys, hidden = array("q"), array("q"), bytearray(), bytearray()
    for packet in _PACKET.finditer(text):  # one by one: as strings, six hours of packets would take 300 MB
        if packet[1] == "N/A":
            return None
        pts.append(int(packet[1]))
        sizes.append(int(packet[2]))
        keys.append("K" in packet[3])
        hidden.append("D" in packet[3])
    if unit is None or not pts:
        return None
    return PacketMap(
        pts=np.array(pts, np.int64),
        sizes=np.array(sizes, np.int64),
        keys=np.array(keys, np.bool_),
        hidden=np.array(hidden, np.bool_),
        unit=unit,
    )


def copied_pts(text: str) -> Pts:
    """The pts of the packets that ffmpeg's framecrc muxer was given."""
    return np.fromiter((int(packet[1]) for packet in _COPIED.finditer(text)), np.int64)


def prober(text: str) -> str | None:
    """The number of the ffprobe that told this JSON (`-show_program_version`)."""
    told = orjson.loads(text or "{}").get("program_version")
    return version_number(told["version"]) if told else None


def _info(container: Mapping[str, Any], video: Mapping[str, Any], audio: Mapping[str, Any] | None) -> MediaInfo:
    rotation = _rotation(video)
    sar = _ratio(video.get("sample_aspect_ratio"), ":") or 1.0
    size = (int(video["width"]), int(video["height"]))
    sideways = rotation in {90, 270}
    return MediaInfo(
        container=str(container.get("format_name", "unknown")),
        codec=str(video.get("codec_name", "unknown")),
        width=size[1] if sideways else size[0],
        height=size[0] if sideways else size[1],
        profile=_tag(video.get("profile")),
        pixel_format=video.get("pix_fmt"),
        rotation=rotation,
        sar=1 / sar if sideways else sar,
        fps=_frame_rate(video),
        duration=_duration(container, video),
        begins=_begin(container),
        frames=int(video["nb_frames"]) if str(video.get("nb_frames", "")).isdigit() else None,
        audio_codec=str(audio.get("codec_name", "unknown")) if audio else None,
        interlaced=video.get("field_order") in _FIELD_ORDERS,
        matrix=_tag(video.get("color_space")),
        primaries=_tag(video.get("color_primaries")),
        transfer=_tag(video.get("color_transfer")),
        colour_range=_tag(video.get("color_range")),
    )


def _first_sound(streams: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((stream for stream in streams if stream.get("codec_type") == "audio"), None)


def _begin(container: Mapping[str, Any]) -> float | None:
    try:
        begin = float(container.get("start_time", "nan"))
    except ValueError:
        return None
    return begin if isfinite(begin) else None


def _transport_time(container: Mapping[str, Any]) -> float | None:
    """When a stream without a clock begins on that of the pictures beside it (RFC 8216, 3.4): 33 bits of 1/90000 s."""
    told = (container.get("tags") or {}).get(_TRANSPORT_TIME, "")
    number = bytes(int(code, 16) if code else ord(sign) & 255 for code, sign in _ESCAPED.findall(told))
    return int.from_bytes(number, "big") / 90000 if len(number) == 8 else None


def _unit(text: str) -> Fraction | None:
    above, _, below = text.partition("/")
    return Fraction(int(above), int(below)) if above.isdigit() and below.isdigit() and int(below) else None


def _tag(text: str | None) -> str | None:
    return None if text in {None, "unknown", "unspecified", "reserved"} else text


def _rotation(video: Mapping[str, Any]) -> int:
    """Quarter turns in degrees, 0..270; other angles are left alone, as ffmpeg turns those without a new size."""
    for side in video.get("side_data_list") or []:
        if "rotation" in side:
            angle = float(side["rotation"])
            quarter = round(angle / 90) * 90
            return int(quarter) % 360 if abs(angle - quarter) <= 1 else 0
    return 0


def _ratio(text: str | None, mark: str) -> float | None:
    above, found, below = (text or "").partition(mark)
    if not found or not above.isdigit() or not below.isdigit() or int(above) == 0 or int(below) == 0:
        return None
    return int(above) / int(below)


def _frame_rate(video: Mapping[str, Any]) -> float | None:
    """Of all frames, else of the first ones. One a tick of the clock is what ffprobe makes of a film without an end."""
    rate, least = (_ratio(video.get(name), "/") for name in ("avg_frame_rate", "r_frame_rate"))
    ticks = _ratio(video.get("time_base"), "/")
    return least if not rate or (least and ticks and rate * ticks == 1 and least < rate) else rate


def _duration(container: Mapping[str, Any], video: Mapping[str, Any]) -> float | None:
    """Of the video itself where the file tells it; the whole file's may be the sound's.

    Matroska tells where the video ends, counted from 0, instead of how long it lasts.
    """
    tags = video.get("tags") or {}
    told = _seconds(video.get("duration")) or _seconds(tags.get("DURATION")) or _seconds(container.get("duration"))
    start = _seconds(video.get("start_time")) if "matroska" in str(container.get("format_name")) else None
    return round(told - start, 6) if told and start and start < told else told


def _seconds(text: str | None) -> float | None:
    if not text:
        return None
    if clock := _CLOCK.match(text):
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3])
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < float("inf") else None

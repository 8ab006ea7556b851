"""How a file is opened and decoded: what it may make the tools do, which packets reach the decoder. Pure."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ffmpeg

from vxpipe.engine.media import expressions, filters, kinds
from vxpipe.engine.media.ladder import Rung, Way
from vxpipe.engine.media.reading import WHOLE, AtHand, Picks, Reading
from vxpipe.engine.media.sound import Sound
from vxpipe.engine.media.trials import STRICT_INPUT
from vxpipe.model import MediaInfo
from vxpipe.values import frozen

_VIDEO_FORMATS = ",".join(kinds.FORMATS)
# What an untrusted file may make the tools do (notes on hostile files: playlists, huge pictures, hundreds of streams).
_BOUNDS = {"max_pixels": "35389440", "max_streams": "50", "protocol_whitelist": "file"}
VIDEO = {**_BOUNDS, "format_whitelist": _VIDEO_FORMATS}
SOUND = {**_BOUNDS, "format_whitelist": f"{_VIDEO_FORMATS},aac,mp3,ac3,eac3"}
CELLS = {**_BOUNDS, "format_whitelist": "image2", "f": "image2", "c:v": "rawvideo"}
_STILLS = {**_BOUNDS, "format_whitelist": "rawvideo", "f": "rawvideo"}
_PACKETS_A_SIGN = 1000

# Where the GPU does not take a film, the graph fails: ffmpeg finds no way from the CPU's pictures to the first filter.
STRICTLY = {name.removeprefix("-"): value for name, value in zip(STRICT_INPUT[::2], STRICT_INPUT[1::2], strict=True)}


@frozen(kw_only=False)
class File:
    """The file at `path`, which of its moving pictures is meant, and which of its sounds (None: none), from 0."""

    path: Path
    picture: int = 0
    sound: int | None = 0


def file_of(path: Path, info: MediaInfo) -> File:
    """The file with the picture and the sound that are taken of it."""
    return File(path, info.taken.number, info.taken.sound)


def flags(options: Mapping[str, str]) -> list[str]:
    """The options as ffprobe takes them."""
    return [part for name, value in options.items() for part in (f"-{name}", value)]


def place(path: Path) -> str:
    """A path as a name that no tool takes for a flag or a protocol."""
    return f"file:{path.absolute()}"


def picture_of(source: File) -> str:
    """The picture that is meant, as ffmpeg names it; cover art does not count."""
    return f"V:{source.picture}"


def opened(source: File, **options: Any) -> Any:
    """The file. What its container would cut off stays: the probe tells the size that is coded."""
    return ffmpeg.input(place(source.path), apply_cropping="codec", **VIDEO, **options)


def sound_of(sound: Sound, delay: float) -> Any:
    """The sound of a file of its own, so many seconds late."""
    return ffmpeg.input(place(sound.path), **SOUND, **delayed(delay))["a:0"]


def delayed(seconds: float) -> dict[str, str]:
    """ffmpeg moves the begin of every file to 0; from there so many seconds later."""
    return {"itsoffset": f"{seconds:.6f}"} if seconds else {}


def steady(info: MediaInfo) -> dict[str, Any]:
    """The options by which filters are not set up anew for frames of another size, shape or range of colours: they
    would count from 0 again, so that the encoder of JPEGs refuses what comes, and lose the frame that is held back.

    That goes as long as nothing but our own filters sees the frames. A rotation by ffmpeg would crash on them.
    """
    return {} if info.rotation else {"reinit_filter": 0, "noautorotate": None}


def video(source: File, reading: Reading = WHOLE, **options: Any) -> Any:
    """What is decoded: in the memory of the GPU where that does it."""
    shown = [_stills(there) for there in reading.at_hand]
    if reading.decodes or not shown:
        file = opened(source, **_reading(reading), **options)
        shown = [decoded(file[picture_of(source)], reading.way), *shown]
    return _merged(shown, reading.at_hand[0]) if len(shown) > 1 else shown[0]


def _merged(videos: Sequence[Any], there: AtHand) -> Any:
    """The frames of all by their times, which `interleave` counts in microseconds, in the unit of those there."""
    alike = [video.filter("setsar", 1) for video in videos]
    return ffmpeg.filter(alike, "interleave", len(alike)).filter("settb", **_unit(there))


def _stills(there: AtHand) -> Any:
    """The frames that are there, at their times."""
    source = ffmpeg.input(
        place(there.path), framerate=1, video_size=there.size, pixel_format="yuv420p", threads=1, **_STILLS
    )
    ranged = source["V:0"].filter("setparams", range=there.colour_range or "unknown")
    picked = filters.untagged(filters.picked(ranged, Picks("n", there.numbers)))
    return picked.filter("settb", **_unit(there)).filter("setpts", expressions.in_turn("N", there.pts))


def _unit(there: AtHand) -> dict[str, str]:
    return {"tb": f"{there.unit.numerator}/{there.unit.denominator}"}


def decoded(video: Any, way: Way) -> Any:
    """The picture, decoded. Of a GPU, the graph fails at a picture of another size than is expected."""
    if way.expected is None:
        return filters.untagged(video)
    width, height = way.expected
    return video.filter("crop", f"if(eq(iw,{width})*eq(ih,{height}),iw,0/0)", "ih", 0, 0, exact=1)


def _reading(reading: Reading) -> dict[str, Any]:
    """Filtered before the decoder, packets cost next to nothing, and times, rotation and colours stay as they are.

    Seeking instead would be wrong in MPEG-TS (27 of 30 times) and costs the opening of the file for every frame.
    """
    by_cpu = reading.way.rung is Rung.SOFTWARE
    options: dict[str, Any] = {"threads": reading.threads} if by_cpu else dict(STRICTLY)
    options |= {"copyts": None} if reading.exact else {}
    if reading.keep is not None:
        wanted = [*(["key"] if reading.keys else []), *([expressions.within(reading.keep)] if reading.keep else [])]
        kept = "+".join([expressions.sign_of_life(_PACKETS_A_SIGN), *wanted])
        options["bsf:v"] = f"noise=amount=0:drop=not({kept})".replace(",", r"\,")
    if reading.by_header:
        options["nofind_stream_info"] = None
    if reading.references_only:
        options["skip_frame"] = "bidir" if reading.anchors_only and by_cpu else "noref"
    if reading.rough and by_cpu:
        options |= {"skip_loop_filter": "all", "flags2": "+fast"}
    return options

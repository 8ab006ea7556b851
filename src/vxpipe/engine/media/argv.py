"""Every command line for ffmpeg and ffprobe. Pure: ffmpeg-python builds the graphs, engine/child.py runs them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import ffmpeg

from vxpipe.engine.media import expressions, filters, inputs
from vxpipe.engine.media.correction import Correction
from vxpipe.engine.media.encoding import ON_CPU
from vxpipe.engine.media.filters import Box, Size
from vxpipe.engine.media.framing import Sheet
from vxpipe.engine.media.inputs import File
from vxpipe.engine.media.ladder import BY_CPU, Rung, Way
from vxpipe.engine.media.pace import Pace
from vxpipe.engine.media.presets import CLIPS, IMAGES
from vxpipe.engine.media.reading import WHOLE, Ahead, Picks, Reading
from vxpipe.engine.media.sound import Sound
from vxpipe.model import MediaInfo
from vxpipe.recipe import Image

CELL = ".cell"
"""How the name of a frame's cell of the contact sheet ends: the samples of a picture, and nothing else."""

_QUIET = (
    "-nostdin", "-nostats", "-max_alloc", "1073741824", "-filter_complex_threads", "1", "-loglevel",
)  # fmt: skip
_PICTURE_ONLY: Mapping[str, Any] = {"sn": None, "dn": None, "an": None, "map_metadata": "-1", "map_chapters": "-1"}
_CELLS = f"%05d{CELL}"
# Encoders refuse a frame that comes after a later one: an hour apart, they rise in every time base.
_ANY_ORDER = "3600*N/TB"


def probe(ffprobe: Path, source: Path) -> list[str]:
    """ffprobe telling format and streams of a video, and its own version, as JSON."""
    return _probe(ffprobe, source, inputs.VIDEO, "-show_programs", "-show_program_version")


def probe_sound(ffprobe: Path, source: Path) -> list[str]:
    """ffprobe telling the same of a file that may hold nothing but sound."""
    return _probe(ffprobe, source, inputs.SOUND)


def packets(ffprobe: Path, source: File, *, by_header: bool = False) -> list[str]:
    """ffprobe telling the time base of the picture, then pts, size and flags of its packets, as CSV.

    `by_header`: without a decode of the first frames, where the header of the file says enough.
    """
    entries = "packet=pts,size,flags:stream=time_base"
    return [
        str(ffprobe), "-v", "error", *(["-nofind_stream_info"] if by_header else []), *inputs.flags(inputs.VIDEO),
        "-select_streams", inputs.picture_of(source), "-show_entries", entries,
        "-of", "csv", inputs.place(source.path),
    ]  # fmt: skip


def references(program: Path, source: File) -> list[str]:
    """The packets that other frames need, told by framecrc on stdout; nothing is decoded."""
    options = {"c": "copy", "copyts": None, "bsf:v": "filter_units=discard=nonref", "f": "framecrc"}
    packets = inputs.opened(source)[inputs.picture_of(source)]
    return _compiled(program, ffmpeg.output(packets, "pipe:1", **options, **_PICTURE_ONLY), "error")


def pictures(
    program: Path, source: File, *, size: Size, step_seconds: float, most: int, reading: Reading = WHOLE
) -> list[str]:
    """Yuv420p pictures of `size` on stdout, one every `step_seconds`, `most` at most."""
    wanted = f"isnan(prev_selected_t)+gte(t-prev_selected_t,{step_seconds:.6f})"
    return _raw(program, filters.planar(filters.selected(inputs.video(source, reading), wanted), size), most=most)


def picture_at(program: Path, source: File, *, size: Size, seconds: float) -> list[str]:
    """One yuv420p picture of `size` on stdout, at about `seconds` into the file."""
    return _raw(program, filters.planar(inputs.video(source, ss=f"{seconds:.3f}"), size), most=1)


def pictures_at(program: Path, source: File, info: MediaInfo, *, picks: Picks, reading: Reading = WHOLE) -> list[str]:
    """The picked frames as yuv420p pictures of the size in `info` on stdout, their pts on stderr."""
    video = inputs.video(source, reading, **inputs.steady(info))
    chosen = filters.brought(filters.picked(video, picks), reading.way)
    chosen = filters.planar(chosen, (info.width, info.height))
    return _raw(program, chosen.filter("showinfo", checksum=0))


def stills(
    program: Path, source: File, *, into: str, size: Size, picks: Picks, small: Size, reading: Reading,
    only_picked: bool = False,
) -> list[str]:  # fmt: skip
    """All that is read, or of that the picked frames only, as yuv420p pictures of the size `small` on stdout, its pts
    on stderr; the picked frames as such pictures of `size` in the file `into` of the working folder.
    """
    way, video = reading.way, inputs.video(source, reading)
    video = filters.picked(video, picks) if only_picked else video
    if way.smaller is None:
        both = filters.planar(filters.brought(video, way).filter("showinfo", checksum=0), size).split()
        miniatures, chosen = both[0], filters.picked(both[1], picks)
    else:
        both = video.filter("showinfo", checksum=0).split()
        miniatures, chosen = filters.brought(filters.made_smaller(both[0], way), way), filters.picked(both[1], picks)
        chosen = filters.planar(filters.brought(chosen, way), size)
    miniatures = miniatures.filter("scale", *small, flags="area").filter("format", "yuv420p")
    whole = _rawvideo(chosen, place=f"file:{into}")
    return _compiled(program, ffmpeg.merge_outputs(_rawvideo(miniatures), whole), "level+info")


def thumbs(
    program: Path,
    source: File,
    *,
    size: Size,
    halved: bool = False,
    reading: Reading = WHOLE,
    picks: Picks | None = None,
    pace: Pace | None = None,
) -> list[str]:
    """Every frame (or the picked ones, or those at the pace) as a small yuv420p picture on stdout, its pts and key flag
    on stderr.

    `halved`: made of every second line, which is enough where many lines become one.
    """
    video = _paced(inputs.video(source, reading), pace)
    looked_at = video if picks is None else filters.picked(video, picks)
    return _raw(program, filters.small(looked_at, size, reading.way, halved=halved))


def frames(
    program: Path,
    source: File,
    info: MediaInfo,
    *,
    picks: Picks,
    box: Box | None,
    size: Size,
    image: Image,
    correction: Correction = filters.NO_CORRECTION,
    reading: Reading = WHOLE,
    cell: Size | None = None,
) -> list[str]:
    """The picked frames as images `%05d.EXT` in the working folder, their pts on stderr.

    With a `cell` each comes as its cell of the contact sheet as well: `%05d.cell`.
    """
    video, way = inputs.video(source, reading, **inputs.steady(info)), reading.way
    looked_at = filters.corrected(video, info, correction)
    chosen = filters.picked(looked_at, picks)
    if way.smaller is None:
        chosen = filters.sized(filters.brought(chosen, way), (info.width, info.height)).filter("showinfo", checksum=0)
    else:
        chosen = filters.brought(filters.made_smaller(chosen.filter("showinfo", checksum=0), way), way)
        info, box = replace(info, width=way.smaller.size[0], height=way.smaller.size[1]), None
    images = _images(chosen, info, len(picks.values), box=box, size=size, image=image, correction=correction, cell=cell)
    return _compiled(program, images, "level+info")


def thumbs_and_frames(
    program: Path,
    source: File,
    info: MediaInfo,
    *,
    small: Size,
    halved: bool = False,
    picks: Picks,
    box: Box | None,
    size: Size,
    image: Image,
    correction: Correction,
    cell: Size | None = None,
    reading: Reading,
) -> list[str]:
    """The picked frames both as `thumbs` and as `frames` give them, from one decode."""
    size_of_film, way = (info.width, info.height), reading.way
    both = filters.picked(inputs.video(source, reading, **inputs.steady(info)), picks).split()
    whole = filters.sized(filters.brought(both[1], way), size_of_film)
    images = _images(whole, info, len(picks.values), box=box, size=size, image=image, correction=correction, cell=cell)
    thumbs = _rawvideo(filters.small(both[0], small, way, halved=halved, whole=size_of_film))
    return _compiled(program, ffmpeg.merge_outputs(thumbs, images), "level+info")


def thumbs_and_held(
    program: Path, source: File, *, small: Size, halved: bool = False, ahead: Ahead, into: str, size: Size,
    reading: Reading, pace: Pace | None = None,
) -> list[str]:  # fmt: skip
    """The frames as `thumbs` gives them, and of these those of `ahead` as yuv420p pictures of `size` in the file `into`
    of the working folder, from one decode.
    """
    both, way = _paced(inputs.video(source, reading), pace).split(), reading.way
    latest = expressions.latest("pts", ahead.from_pts)
    held = both[1].filter("select", f"isnan(prev_selected_pts)+lt(prev_selected_pts,{latest})")
    whole = _rawvideo(filters.planar(filters.brought(held, way), size), place=f"file:{into}")
    thumbs = _rawvideo(filters.small(both[0], small, way, halved=halved))
    return _compiled(program, ffmpeg.merge_outputs(thumbs, whole), "level+info")


def sheet(program: Path, *, shape: Sheet) -> list[str]:
    """A contact sheet `sheet.jpg` in the working folder of every `step`-th of our own numbered cells in `frames`."""
    # Relative: a `%` in the path of the folder would be read as a pattern.
    source = ffmpeg.input(
        f"file:frames/{_CELLS}", framerate=1, video_size=shape.cell, pixel_format=filters.CELL_FORMAT, threads=1,
        **inputs.CELLS,
    )  # fmt: skip
    cells = filters.selected(source["V:0"], f"not(mod(n,{shape.step}))").filter("setsar", 1)
    tiled = cells.filter("tile", f"{shape.columns}x{shape.rows}", padding=shape.gap, margin=shape.gap)
    options = {"f": "image2", "update": 1, "frames:v": 1, "threads": 1, **IMAGES["jpg"].options(85)}
    return _compiled(program, ffmpeg.output(tiled, "file:sheet.jpg", **options, **_PICTURE_ONLY), "level+info")


def clip(
    program: Path,
    source: File,
    info: MediaInfo,
    *,
    box: Box | None,
    size: Size,
    encoder: str,
    quality: int,
    sound: Sound | None = None,
    correction: Correction = filters.NO_CORRECTION,
    mixed: bool = False,
    even: bool = True,
    way: Way = BY_CPU,
) -> list[str]:
    """The cropped video `clip.mp4` in the working folder, its sound or that in a file of its own kept; progress on
    stdout. `size` is even.

    Where the shape of the film is `mixed`, black fills up what other shapes leave of the first. The times of a film
    whose frames come at an `even` pace are rounded to it, those of others stay as they are.
    """
    delay, sound_delay = sound.delays(info.begins) if sound else (0.0, 0.0)
    by_gpu = {} if way.rung is Rung.SOFTWARE else inputs.STRICTLY
    steady = inputs.steady(info) if correction.of_all else {}
    opened = inputs.opened(source, **inputs.delayed(delay), **steady, **by_gpu)
    own = () if source.sound is None else (opened[f"a:{source.sound}?"],)
    heard = (inputs.sound_of(sound, sound_delay),) if sound else own
    video = inputs.decoded(opened[inputs.picture_of(source)], way)
    if way.smaller:
        video, box = filters.made_smaller(video, way), None
        info = replace(info, width=way.smaller.size[0], height=way.smaller.size[1])
    video, first = filters.brought(video, way), (info.width, info.height)
    whole = filters.sized(filters.corrected(filters.fitted(video, first) if mixed else video, info, correction), first)
    picture = filters.shaped(filters.put_right(whole, correction), box, size).filter("format", "yuv420p")
    codec = {"c:a": "copy"} if info.audio_codec == "aac" else {"c:a": "aac", "b:a": "128k"}
    options = {
        "f": "mp4", **CLIPS[encoder].options(quality), "movflags": "+faststart", "fps_mode": "passthrough",
        "sn": None, "dn": None, "map_metadata": "-1", "map_chapters": "-1",
        "progress": "pipe:1", "stats_period": "0.5", **({} if even else {"enc_time_base": "filter"}),
    }  # fmt: skip
    stream = ffmpeg.output(picture, *heard, "file:clip.mp4", **options, **codec)
    return _compiled(program, stream, "error" if encoder == ON_CPU and not by_gpu else "level+warning")


def _probe(ffprobe: Path, source: Path, options: Mapping[str, str], *more: str) -> list[str]:
    told = ("-show_format", "-show_streams", *more)
    return [str(ffprobe), "-v", "error", *inputs.flags(options), *told, "-of", "json", inputs.place(source)]


def _paced(stream: Any, pace: Pace | None) -> Any:
    if pace is None:
        return stream
    always = f"+{expressions.one_of('pts', pace.always)}" if pace.always else ""
    return stream.filter("select", f"isnan(prev_selected_pts)+gte(pts-prev_selected_pts,{pace.apart})+key{always}")


def _images(
    chosen: Any,
    info: MediaInfo,
    count: int,
    *,
    box: Box | None,
    size: Size,
    image: Image,
    correction: Correction,
    cell: Size | None,
) -> Any:
    kind, whole = IMAGES[image.format], (info.width, info.height)
    corrected = filters.put_right(chosen, correction)
    coloured = filters.coloured(corrected, whole, correction.matrix, kind) if kind.matrix else corrected
    shaped = filters.shaped(coloured, box or (0, 0, *whole), size).filter("format", kind.pixel_format)
    name, options = f"%05d.{image.format}", kind.options(image.quality)
    if cell is None:
        return _numbered(shaped, name, count, options)
    both = shaped.split()
    cells = _numbered(filters.as_cell(both[1], size, cell), _CELLS, count, {"c:v": "rawvideo"})
    return ffmpeg.merge_outputs(_numbered(both[0], name, count, options), cells)


def _numbered(stream: Any, name: str, count: int, options: Mapping[str, str]) -> Any:
    """A file for each frame, named by its number."""
    written = {"f": "image2", "frames:v": count, "fps_mode": "passthrough", "threads": 1, **options}
    return ffmpeg.output(stream.filter("setpts", _ANY_ORDER), f"file:{name}", **written, **_PICTURE_ONLY)


def _raw(program: Path, stream: Any, *, most: int | None = None) -> list[str]:
    limit: dict[str, Any] = {} if most is None else {"frames:v": most}
    return _compiled(program, _rawvideo(stream, **limit), "level+info")


def _rawvideo(stream: Any, *, place: str = "pipe:1", **limit: Any) -> Any:
    return ffmpeg.output(
        stream.filter("setpts", _ANY_ORDER), place, f="rawvideo", fps_mode="passthrough", **limit, **_PICTURE_ONLY
    )


def _compiled(program: Path, stream: Any, level: str) -> list[str]:
    return [str(part) for part in ffmpeg.compile(stream, cmd=[str(program), *_QUIET, level])]

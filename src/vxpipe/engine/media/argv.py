"""Every command line for ffmpeg and ffprobe. Pure: ffmpeg-python builds the graphs, engine/child.py runs them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import ffmpeg

from vxpipe.engine.media.correction import Correction, Filter
from vxpipe.engine.media.encoding import ON_CPU
from vxpipe.engine.media.framing import Sheet, cell_of
from vxpipe.engine.media.ladder import BY_CPU, Rung, Way
from vxpipe.engine.media.pace import Pace
from vxpipe.engine.media.packets import Span
from vxpipe.engine.media.presets import CLIPS, IMAGES, ImageKind
from vxpipe.engine.media.reading import WHOLE, Ahead, AtHand, Picks, Reading
from vxpipe.engine.media.sound import Sound
from vxpipe.engine.media.trials import STRICT_INPUT
from vxpipe.model import MediaInfo
from vxpipe.recipe import Image
from vxpipe.values import frozen

Box = tuple[int, int, int, int]
"""x, y, width, height in upright pixels."""
Size = tuple[int, int]
"""Width and height in upright pixels."""


@frozen(kw_only=False)
class File:
    """The file at `path`, which of its moving pictures is meant, and which of its sounds (None: none), from 0."""

    path: Path
    picture: int = 0
    sound: int | None = 0


def file_of(path: Path, info: MediaInfo) -> File:
    """The file with the picture and the sound that are taken of it."""
    return File(path, info.taken.number, info.taken.sound)


CELL = ".cell"
"""How the name of a frame's cell of the contact sheet ends: the samples of a picture, and nothing else."""

_VIDEO_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,flv,mpeg,asf,ogg"
# What an untrusted file may make the tools do (notes on hostile files: playlists, huge pictures, hundreds of streams).
_BOUNDS = {"max_pixels": "35389440", "max_streams": "50", "protocol_whitelist": "file"}
_VIDEO_INPUT = {**_BOUNDS, "format_whitelist": _VIDEO_FORMATS}
_SOUND_INPUT = {**_BOUNDS, "format_whitelist": f"{_VIDEO_FORMATS},aac,mp3,ac3,eac3"}
_OWN_CELLS_INPUT = {**_BOUNDS, "format_whitelist": "image2", "f": "image2", "c:v": "rawvideo"}
_OWN_STILLS_INPUT = {**_BOUNDS, "format_whitelist": "rawvideo", "f": "rawvideo"}
_QUIET = (
    "-nostdin", "-nostats", "-max_alloc", "1073741824", "-filter_complex_threads", "1", "-loglevel",
)  # fmt: skip
_PICTURE_ONLY: Mapping[str, Any] = {"sn": None, "dn": None, "an": None, "map_metadata": "-1", "map_chapters": "-1"}
_NONE = Correction()
_CELLS, _OF_CELLS = f"%05d{CELL}", "yuvj420p"
_FRAMES_A_SIGN, _PACKETS_A_SIGN = 25, 1000  # the slowest decoders give a frame in two seconds


def probe(ffprobe: Path, source: Path) -> list[str]:
    """ffprobe telling format and streams of a video, and its own version, as JSON."""
    return _probe(ffprobe, source, _VIDEO_INPUT, "-show_programs", "-show_program_version")


def probe_sound(ffprobe: Path, source: Path) -> list[str]:
    """ffprobe telling the same of a file that may hold nothing but sound."""
    return _probe(ffprobe, source, _SOUND_INPUT)


def packets(ffprobe: Path, source: File, *, by_header: bool = False) -> list[str]:
    """ffprobe telling the time base of the picture, then pts, size and flags of its packets, as CSV.

    `by_header`: without a decode of the first frames, where the header of the file says enough.
    """
    entries = "packet=pts,size,flags:stream=time_base"
    return [
        str(ffprobe), "-v", "error", *(["-nofind_stream_info"] if by_header else []), *_flags(_VIDEO_INPUT),
        "-select_streams", _picture(source), "-show_entries", entries,
        "-of", "csv", _file(source.path),
    ]  # fmt: skip


def references(program: Path, source: File) -> list[str]:
    """The packets that other frames need, told by framecrc on stdout; nothing is decoded."""
    options = {"c": "copy", "copyts": None, "bsf:v": "filter_units=discard=nonref", "f": "framecrc"}
    return _compiled(
        program, ffmpeg.output(_opened(source)[_picture(source)], "pipe:1", **options, **_PICTURE_ONLY), "error"
    )


def pictures(
    program: Path, source: File, *, size: Size, step_seconds: float, most: int, reading: Reading = WHOLE
) -> list[str]:
    """Yuv420p pictures of `size` on stdout, one every `step_seconds`, `most` at most."""
    wanted = f"isnan(prev_selected_t)+gte(t-prev_selected_t,{step_seconds:.6f})"
    return _raw(program, _planar(_selected(_video(source, reading), wanted), size), most=most)


def picture_at(program: Path, source: File, *, size: Size, seconds: float) -> list[str]:
    """One yuv420p picture of `size` on stdout, at about `seconds` into the file."""
    return _raw(program, _planar(_video(source, ss=f"{seconds:.3f}"), size), most=1)


def pictures_at(program: Path, source: File, info: MediaInfo, *, picks: Picks, reading: Reading = WHOLE) -> list[str]:
    """The picked frames as yuv420p pictures of the size in `info` on stdout, their pts on stderr."""
    steady = _STEADY if _must_be_steady(info, _NONE, picks) else {}
    chosen = _at_hand(_picked(_video(source, reading, **steady), picks), reading.way)
    chosen = _planar(chosen, (info.width, info.height))
    return _raw(program, chosen.filter("showinfo", checksum=0))


def stills(
    program: Path, source: File, *, into: str, size: Size, picks: Picks, small: Size, reading: Reading,
    only_picked: bool = False,
) -> list[str]:  # fmt: skip
    """All that is read, or of that the picked frames only, as yuv420p pictures of the size `small` on stdout, its pts
    on stderr; the picked frames as such pictures of `size` in the file `into` of the working folder.
    """
    way, video = reading.way, _video(source, reading)
    video = _picked(video, picks) if only_picked else video
    if way.smaller is None:
        both = _planar(_at_hand(video, way).filter("showinfo", checksum=0), size).split()
        miniatures, chosen = both[0], _picked(both[1], picks)
    else:
        both = video.filter("showinfo", checksum=0).split()
        miniatures, chosen = _at_hand(_made_smaller(both[0], way), way), _picked(both[1], picks)
        chosen = _planar(_at_hand(chosen, way), size)
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
    video = _paced(_video(source, reading), pace)
    looked_at = video if picks is None else _picked(video, picks)
    return _raw(program, _small(looked_at, size, reading.way, halved=halved))


def frames(
    program: Path,
    source: File,
    info: MediaInfo,
    *,
    picks: Picks,
    box: Box | None,
    size: Size,
    image: Image,
    correction: Correction = _NONE,
    reading: Reading = WHOLE,
    cell: Size | None = None,
    mixed: bool = False,
) -> list[str]:
    """The picked frames as images `%05d.EXT` in the working folder, their pts on stderr; `mixed`: of several sizes.

    With a `cell` each comes as its cell of the contact sheet as well: `%05d.cell`.
    """
    steady = _STEADY if _must_be_steady(info, correction, picks, mixed=mixed) else {}
    looked_at, way = _corrected(_video(source, reading, **steady), info, correction), reading.way
    chosen = _picked(looked_at, picks)
    if way.smaller is None:
        chosen = _sized(_at_hand(chosen, way), (info.width, info.height)).filter("showinfo", checksum=0)
    else:
        chosen = _at_hand(_made_smaller(chosen.filter("showinfo", checksum=0), way), way)
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
    both, way = _picked(_video(source, reading), picks).split(), reading.way
    whole = _sized(_at_hand(both[1], way), (info.width, info.height))
    images = _images(whole, info, len(picks.values), box=box, size=size, image=image, correction=correction, cell=cell)
    return _compiled(
        program, ffmpeg.merge_outputs(_rawvideo(_small(both[0], small, way, halved=halved)), images), "level+info"
    )


def thumbs_and_held(
    program: Path, source: File, *, small: Size, halved: bool = False, ahead: Ahead, into: str, size: Size,
    reading: Reading, pace: Pace | None = None,
) -> list[str]:  # fmt: skip
    """The frames as `thumbs` gives them, and of these those of `ahead` as yuv420p pictures of `size` in the file `into`
    of the working folder, from one decode.
    """
    both, way = _paced(_video(source, reading), pace).split(), reading.way
    held = both[1].filter("select", f"isnan(prev_selected_pts)+lt(prev_selected_pts,{_latest('pts', ahead.from_pts)})")
    whole = _rawvideo(_planar(_at_hand(held, way), size), place=f"file:{into}")
    return _compiled(
        program, ffmpeg.merge_outputs(_rawvideo(_small(both[0], small, way, halved=halved)), whole), "level+info"
    )


def sheet(program: Path, *, shape: Sheet) -> list[str]:
    """A contact sheet `sheet.jpg` in the working folder of every `step`-th of our own numbered cells in `frames`."""
    # Relative: a `%` in the path of the folder would be read as a pattern.
    source = ffmpeg.input(
        f"file:frames/{_CELLS}", framerate=1, video_size=shape.cell, pixel_format=_OF_CELLS, threads=1,
        **_OWN_CELLS_INPUT,
    )  # fmt: skip
    cells = _selected(source["V:0"], f"not(mod(n,{shape.step}))").filter("setsar", 1)
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
    correction: Correction = _NONE,
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
    by_gpu = {} if way.rung is Rung.SOFTWARE else _STRICTLY
    opened = _opened(source, **_delayed(delay), **(_STEADY if _must_be_steady(info, correction) else {}), **by_gpu)
    own = () if source.sound is None else (opened[f"a:{source.sound}?"],)
    heard = (_sound(sound, sound_delay),) if sound else own
    video = _decoded(opened[_picture(source)], way)
    if way.smaller:
        video, box = _made_smaller(video, way), None
        info = replace(info, width=way.smaller.size[0], height=way.smaller.size[1])
    video, first = _at_hand(video, way), (info.width, info.height)
    whole = _sized(_corrected(_fitted(video, first) if mixed else video, info, correction), first)
    picture = _shaped(_told(whole, correction), box, size).filter("format", "yuv420p")
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
    return [str(ffprobe), "-v", "error", *_flags(options), *told, "-of", "json", _file(source)]


def _flags(options: Mapping[str, str]) -> list[str]:
    return [part for name, value in options.items() for part in (f"-{name}", value)]


def _sound(sound: Sound, delay: float) -> Any:
    return ffmpeg.input(_file(sound.path), **_SOUND_INPUT, **_delayed(delay))["a:0"]


def _delayed(seconds: float) -> dict[str, str]:
    """ffmpeg moves the begin of every file to 0; from there so many seconds later."""
    return {"itsoffset": f"{seconds:.6f}"} if seconds else {}


def _file(path: Path) -> str:
    return f"file:{path.absolute()}"


def _picture(source: File) -> str:
    return f"V:{source.picture}"


def _opened(source: File, **options: Any) -> Any:
    # What the container would cut off stays: the probe tells the size that is coded.
    return ffmpeg.input(_file(source.path), apply_cropping="codec", **_VIDEO_INPUT, **options)


# As long as nothing but our own filters sees the frames, they need not be set up anew for frames of another size, which
# would count from 0 again and lose the frame that is held back. A rotation by ffmpeg would crash on them.
_STEADY: Mapping[str, Any] = {"reinit_filter": 0, "noautorotate": None}


def _must_be_steady(
    info: MediaInfo, correction: Correction, picks: Picks | None = None, *, mixed: bool = False
) -> bool:
    counts = picks is not None and picks.counter == "n"
    return not info.rotation and (counts or mixed or bool(correction.of_all))


def _video(source: File, reading: Reading = WHOLE, **options: Any) -> Any:
    """What is decoded: in the memory of the GPU where that does it."""
    shown = [_stills(there) for there in reading.at_hand]
    if reading.decodes or not shown:
        opened = _opened(source, **_reading(reading), **options)
        shown = [_decoded(opened[_picture(source)], reading.way), *shown]
    return _merged(shown, reading.at_hand[0]) if len(shown) > 1 else shown[0]


def _merged(videos: Sequence[Any], there: AtHand) -> Any:
    """The frames of all by their times, which `interleave` counts in microseconds, in the unit of those there."""
    alike = [video.filter("setsar", 1) for video in videos]
    return ffmpeg.filter(alike, "interleave", len(alike)).filter("settb", **_unit(there))


def _stills(there: AtHand) -> Any:
    """The frames that are there, at their times."""
    source = ffmpeg.input(
        _file(there.path), framerate=1, video_size=there.size, pixel_format="yuv420p", threads=1, **_OWN_STILLS_INPUT
    )
    ranged = source["V:0"].filter("setparams", range=there.colour_range or "unknown")
    picked = _untold(_picked(ranged, Picks("n", there.numbers)))
    return picked.filter("settb", **_unit(there)).filter("setpts", _in_turn("N", there.pts))


def _unit(there: AtHand) -> dict[str, str]:
    return {"tb": f"{there.unit.numerator}/{there.unit.denominator}"}


def _decoded(video: Any, way: Way) -> Any:
    """Of a GPU, the graph fails at a picture of another size than is expected."""
    if way.expected is None:
        return _untold(video)
    width, height = way.expected
    return video.filter("crop", f"if(eq(iw,{width})*eq(ih,{height}),iw,0/0)", "ih", 0, 0, exact=1)


def _at_hand(stream: Any, way: Way) -> Any:
    """In the memory of the CPU, as its own decoder gives it: these changes of format move samples only."""
    if way.rung is Rung.SOFTWARE:
        return stream
    deeply = ("p010le", "yuv420p10le") if way.is_deep else ("nv12", "yuv420p")
    brought = stream.filter("hwdownload").filter("format", deeply[0]).filter("format", deeply[1])
    return _untold(brought)


def _made_smaller(stream: Any, way: Way) -> Any:
    """Cut and scaled by the GPU: there `crop` only notes what the first scaler after it has to keep to."""
    assert way.smaller is not None
    if way.smaller.box:
        x, y, width, height = way.smaller.box
        stream = stream.filter("crop", width, height, x, y)
    for size in way.smaller.halvings:
        stream = stream.filter("scale_cuda", *size, interp_algo="bilinear", format="nv12", passthrough=0)
    return stream


def _untold(stream: Any) -> Any:
    """Without the tag of its matrix: the scaler refuses those it does not know, even to change no more than the size.

    A `Correction` knows better what to do with them.
    """
    return stream.filter("setparams", colorspace="unknown")


def _told(stream: Any, correction: Correction) -> Any:
    """What is put right for saving, in a matrix that the scaler knows where it is known at all."""
    corrected = _filtered(stream, correction.of_chosen)
    return corrected.filter("setparams", colorspace=correction.matrix) if correction.matrix else corrected


def _reading(reading: Reading) -> dict[str, Any]:
    """Filtered before the decoder, packets cost next to nothing, and times, rotation and colours stay as they are.

    Seeking instead would be wrong in MPEG-TS (27 of 30 times) and costs the opening of the file for every frame.
    """
    by_cpu = reading.way.rung is Rung.SOFTWARE
    options: dict[str, Any] = {"threads": reading.threads} if by_cpu else dict(_STRICTLY)
    options |= {"copyts": None} if reading.exact else {}
    if reading.keep is not None:
        wanted = [*(["key"] if reading.keys else []), *([_within(reading.keep)] if reading.keep else [])]
        kept = "+".join([_sign_of_life(_PACKETS_A_SIGN), *wanted])
        options["bsf:v"] = f"noise=amount=0:drop=not({kept})".replace(",", r"\,")
    if reading.by_header:
        options["nofind_stream_info"] = None
    if reading.references_only:
        options["skip_frame"] = "bidir" if reading.anchors_only and by_cpu else "noref"
    if reading.rough and by_cpu:
        options |= {"skip_loop_filter": "all", "flags2": "+fast"}
    return options


# Where the GPU does not take a film, the graph fails: ffmpeg finds no way from the CPU's pictures to the first filter.
_STRICTLY = {name.removeprefix("-"): value for name, value in zip(STRICT_INPUT[::2], STRICT_INPUT[1::2], strict=True)}


def _paced(stream: Any, pace: Pace | None) -> Any:
    if pace is None:
        return stream
    always = f"+{_one_of('pts', pace.always)}" if pace.always else ""
    return stream.filter("select", f"isnan(prev_selected_pts)+gte(pts-prev_selected_pts,{pace.apart})+key{always}")


def _picked(stream: Any, picks: Picks) -> Any:
    return _selected(stream, _one_of(picks.counter, picks.values))


def _selected(stream: Any, wanted: str) -> Any:
    return stream.filter("select", f"{_sign_of_life(_FRAMES_A_SIGN)}+{wanted}")


def _sign_of_life(every: int) -> str:
    """A sum's term that is 0 and has a line printed now and then: nothing else is heard of frames that are passed over.

    ffmpeg's own `-progress` would speak of frames that came out only, and go on while a decoder is stuck.
    """
    return f"if(mod(n,{every}),0,0*print(n))"


def _sized(stream: Any, size: Size) -> Any:
    """In the size the probe told: a stream may go on in another one. No work where it is the same."""
    return stream.filter("scale", *size, interl=-1)


def _fitted(stream: Any, shape: Size) -> Any:
    """Every frame fitted into `shape` and filled up with black; both sides even, as `pad` makes odd ones smaller.

    Scaled first: filled up to the ratio of 32x4096, a picture of 4096x32 would have 524 288 lines.
    """
    width, height = shape
    share = f"min({width}/iw,{height}/ih)"
    sides = {"w": f"max(2,round(iw*{share}))", "h": f"max(2,round(ih*{share}))"}
    inside = stream.filter("scale", eval="frame", interl=-1, **sides)
    return inside.filter("pad", width + width % 2, height + height % 2, -1, -1, eval="frame")


def _planar(stream: Any, size: Size) -> Any:
    return _sized(stream, size).filter("format", "yuv420p")


def _corrected(stream: Any, info: MediaInfo, correction: Correction) -> Any:
    """What looks at several frames at once wants them in one size."""
    return _filtered(_sized(stream, (info.width, info.height)), correction.of_all) if correction.of_all else stream


def _small(stream: Any, size: Size, way: Way, *, halved: bool) -> Any:
    """Told of before it is scaled: in its own size.

    The averages cost a tenth of a decode; to leave lines out costs nothing.
    """
    if way.smaller is None:
        told = _at_hand(stream, way).filter("showinfo", checksum=0)
        told = told.filter("field", type="top") if halved else told
    else:
        told = _at_hand(_made_smaller(stream.filter("showinfo", checksum=0), way), way)
    return told.filter("scale", *size, flags="area").filter("format", "yuv420p")


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
    corrected = _told(chosen, correction)
    coloured = _coloured(corrected, whole, correction.matrix, kind) if kind.matrix else corrected
    shaped = _shaped(coloured, box or (0, 0, *whole), size).filter("format", kind.pixel_format)
    name, options = f"%05d.{image.format}", kind.options(image.quality)
    if cell is None:
        return _numbered(shaped, name, count, options)
    both = shaped.split()
    cells = _numbered(_cell(both[1], size, cell), _CELLS, count, {"c:v": "rawvideo"})
    return ffmpeg.merge_outputs(_numbered(both[0], name, count, options), cells)


def _numbered(stream: Any, name: str, count: int, options: Mapping[str, str]) -> Any:
    """A file for each frame, named by its number."""
    written = {"f": "image2", "frames:v": count, "fps_mode": "passthrough", "threads": 1, **options}
    return ffmpeg.output(stream.filter("setpts", _ANY_ORDER), f"file:{name}", **written, **_PICTURE_ONLY)


def _cell(stream: Any, size: Size, cell: Size) -> Any:
    """What the sheet shows of an image: 0.3 ms from the picture of 1080p in memory, 3 from its JPEG."""
    fitted = stream if cell_of([size]) == cell else _fitted(stream, cell)
    flags = "area" if max(size) > max(cell) else "bicubic"
    # Named, as an image of RGB still has the film's own matrix written beside it.
    read_as = {"out_color_matrix": IMAGES["jpg"].matrix, "out_range": IMAGES["jpg"].range}
    return fitted.filter("scale", *cell, flags=flags, **read_as).filter("format", _OF_CELLS)


# Encoders refuse a frame that comes after a later one: an hour apart, they rise in every time base.
_ANY_ORDER = "3600*N/TB"


def _coloured(stream: Any, size: Size, matrix: str | None, kind: ImageKind) -> Any:
    """In the matrix and the range of the image; primaries and curve are left alone, whatever they are.

    The scaler would do it by way of RGB, 1.6 of 255 too dark and in 4.8 ms for 1920x816 against 0.7; but `colorspace`
    refuses odd sizes: those are made even, and the crop that follows takes it back.
    """
    if any(side % 2 for side in size):
        stream = stream.filter("format", "yuv444p").filter("pad", *(side + side % 2 for side in size))
    as_it_is = dict.fromkeys(("iprimaries", "primaries", "itrc", "trc"), "bt709")
    return stream.filter("colorspace", ispace=matrix or kind.matrix, space=kind.matrix, range=kind.range, **as_it_is)


def _raw(program: Path, stream: Any, *, most: int | None = None) -> list[str]:
    limit: dict[str, Any] = {} if most is None else {"frames:v": most}
    return _compiled(program, _rawvideo(stream, **limit), "level+info")


def _rawvideo(stream: Any, *, place: str = "pipe:1", **limit: Any) -> Any:
    return ffmpeg.output(
        stream.filter("setpts", _ANY_ORDER), place, f="rawvideo", fps_mode="passthrough", **limit, **_PICTURE_ONLY
    )


def _compiled(program: Path, stream: Any, level: str) -> list[str]:
    return [str(part) for part in ffmpeg.compile(stream, cmd=[str(program), *_QUIET, level])]


def _filtered(stream: Any, filters: Sequence[Filter]) -> Any:
    for each in filters:
        stream = stream.filter(each.name, **each.options)
    return stream


def _shaped(stream: Any, box: Box | None, size: Size) -> Any:
    if box is not None:
        x, y, width, height = box
        if any(side % 2 for side in box):  # with shared chroma an odd edge would move by a pixel
            stream = stream.filter("format", "yuv444p")
        stream = stream.filter("crop", width, height, x, y, exact=1)
    return stream.filter("scale", *size, flags="lanczos").filter("setsar", 1)


def _one_of(counter: str, values: Sequence[int]) -> str:
    """A search tree: a flat sum is refused beyond 100 terms and would cost every frame all of them."""
    if len(values) == 1:
        return f"eq({counter},{values[0]})"
    middle = len(values) // 2
    lower, upper = _one_of(counter, values[:middle]), _one_of(counter, values[middle:])
    return f"if(lt({counter},{values[middle]}),{lower},{upper})"


def _latest(counter: str, values: Sequence[int]) -> str:
    """The last of the values that the counter has reached, as a search tree; before all of them the first."""
    if len(values) == 1:
        return f"{values[0]}"
    middle = len(values) // 2
    earlier, later = _latest(counter, values[:middle]), _latest(counter, values[middle:])
    return f"if(lt({counter},{values[middle]}),{earlier},{later})"


def _in_turn(counter: str, values: Sequence[int], first: int = 0) -> str:
    """The value in the place that the counter tells, from `first` on, as a search tree."""
    if len(values) == 1:
        return f"{values[0]}"
    middle = len(values) // 2
    later = _in_turn(counter, values[middle:], first + middle)
    return f"if(lt({counter},{first + middle}),{_in_turn(counter, values[:middle], first)},{later})"


def _within(spans: Sequence[Span]) -> str:
    """Whether packet `n` lies in one of the spans, as a search tree."""
    if len(spans) == 1:
        return f"between(n,{spans[0][0]},{spans[0][1]})"
    middle = len(spans) // 2
    return f"if(lt(n,{spans[middle][0]}),{_within(spans[:middle])},{_within(spans[middle:])})"

"""Every command line carries what keeps a hostile file harmless."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from vxpipe.engine.media import argv, inputs
from vxpipe.engine.media.correction import correction_for
from vxpipe.engine.media.framing import sheet_of
from vxpipe.engine.media.ladder import Rung, Way
from vxpipe.engine.media.pace import Pace
from vxpipe.engine.media.reading import Ahead, AtHand, Picks, Reading
from vxpipe.engine.media.smaller import Smaller
from vxpipe.engine.media.sound import Sound
from vxpipe.engine.media.trials import STRICT_INPUT
from vxpipe.model import MediaInfo
from vxpipe.recipe import Image

INFO = MediaInfo(container="matroska", codec="h264", width=640, height=360)
FIELDS = replace(INFO, interlaced=True)
SIZE = (640, 360)
FFMPEG, SOURCE = Path("/opt/ffmpeg"), Path("/data/-y it's, a [video].mp4")
FILE = inputs.File(SOURCE)

ON_SOURCE = {
    "probe": argv.probe(Path("/opt/ffprobe"), SOURCE),
    "pictures": argv.pictures(FFMPEG, FILE, size=SIZE, step_seconds=0.5, most=48),
    "picture_at": argv.picture_at(FFMPEG, FILE, size=SIZE, seconds=3.0),
    "packets": argv.packets(Path("/opt/ffprobe"), FILE),
    "stills": argv.stills(
        FFMPEG, FILE, into="stills.yuv", size=SIZE, picks=Picks("pts", (1, 5)), small=(128, 128),
        reading=Reading(keep=((0, 0),)),
    ),
    "pictures_at": argv.pictures_at(FFMPEG, FILE, INFO, picks=Picks("n", (1, 5))),
    "thumbs": argv.thumbs(FFMPEG, FILE, size=(64, 64)),
    "frames": argv.frames(
        FFMPEG, FILE, INFO, picks=Picks("pts", (1, 5)), box=(0, 2, 10, 12), size=(10, 12), image=Image()
    ),
    "thumbs_and_frames": argv.thumbs_and_frames(
        FFMPEG, FILE, INFO, small=(64, 36), picks=Picks("pts", (1, 5)), box=(0, 2, 10, 12), size=(10, 12),
        image=Image(), correction=correction_for(INFO), reading=Reading(),
    ),
    "merged": argv.thumbs(
        FFMPEG, FILE, size=(64, 36), reading=Reading(
            keep=((0, 0),), at_hand=(
                AtHand(
                    path=Path("/data/stills.yuv"), size=SIZE, numbers=(1, 4, 5), pts=(-8, 40, 90),
                    unit=Fraction(1, 25), colour_range="tv",
                ),
                AtHand(
                    path=Path("/data/held.yuv"), size=SIZE, numbers=(0,), pts=(60,), unit=Fraction(1, 25),
                    colour_range="tv",
                ),
            ),
        ),
    ),
    "thumbs_and_held": argv.thumbs_and_held(
        FFMPEG, FILE, small=(64, 36), halved=True, ahead=Ahead(from_pts=(0, 10)), into="held.yuv", size=SIZE,
        reading=Reading(),
    ),
    "at a pace": argv.thumbs(FFMPEG, FILE, size=(64, 36), pace=Pace(apart=83, always=(7, 90))),
    "clip": argv.clip(FFMPEG, FILE, INFO, box=None, size=(10, 12), encoder="libx264", quality=23),
}  # fmt: skip
PROBES = ("probe", "packets")
OF_STILLS = argv.frames(
    FFMPEG, FILE, INFO, picks=Picks("pts", (-8, 40)), box=None, size=SIZE, image=Image(), reading=Reading(
        keep=(), at_hand=(
            AtHand(
                path=Path("/data/stills.yuv"), size=SIZE, numbers=(0, 7), pts=(-8, 40), unit=Fraction(1, 25),
                colour_range="pc",
            ),
        ),
    ),
)  # fmt: skip
SHEET = argv.sheet(FFMPEG, shape=sheet_of([(10, 12)] * 4))


def _value(line: list[str], option: str) -> str:
    return line[line.index(option) + 1]


@pytest.mark.parametrize("name", ON_SOURCE)
def test_only_local_files_of_known_formats_and_bounded_size_are_opened(name: str) -> None:
    line = ON_SOURCE[name]

    assert "file" == _value(line, "-protocol_whitelist")
    assert {"hls", "concat", "image2", "tty"}.isdisjoint(_value(line, "-format_whitelist").split(","))
    assert ("35389440", "50") == (_value(line, "-max_pixels"), _value(line, "-max_streams"))
    assert f"file:{SOURCE}" in line


@pytest.mark.parametrize("name", ON_SOURCE)
def test_the_limits_stand_before_the_input_they_guard(name: str) -> None:
    line = ON_SOURCE[name]

    assert line.index("-format_whitelist") < line.index(f"file:{SOURCE}")


@pytest.mark.parametrize("line", [*(line for name, line in ON_SOURCE.items() if name not in PROBES), OF_STILLS, SHEET])
def test_ffmpeg_reads_no_stdin_and_passes_no_metadata_on(line: list[str]) -> None:
    assert {"-nostdin", "-sn", "-dn"} <= set(line)
    assert "-1" == _value(line, "-map_metadata")
    assert "-safe" not in line


def test_another_picture_of_the_file_is_meant_in_every_line_and_its_own_sound_goes_with_it() -> None:
    file = inputs.File(SOURCE, picture=2, sound=1)

    clip = argv.clip(FFMPEG, file, INFO, box=None, size=(10, 12), encoder="libx264", quality=23)

    assert "V:2" == _value(argv.packets(Path("/opt/ffprobe"), file), "-select_streams")
    assert "0:V:2" == _value(argv.references(FFMPEG, file), "-map")
    assert "[0:V:2]" in _value(argv.thumbs(FFMPEG, file, size=(64, 64)), "-filter_complex")
    assert "[0:V:2]" in _value(clip, "-filter_complex")
    assert "0:a:1?" in clip


def test_a_clip_takes_no_sound_where_none_goes_with_its_picture() -> None:
    file = inputs.File(SOURCE, sound=None)

    line = argv.clip(FFMPEG, file, INFO, box=None, size=(10, 12), encoder="libx264", quality=23)

    assert not [part for part in line if part.startswith("0:a")]


def test_of_a_file_that_nothing_is_told_of_the_first_picture_and_sound_are_taken() -> None:
    assert FILE == inputs.file_of(SOURCE, INFO)


@pytest.mark.parametrize("name", [name for name in ON_SOURCE if name not in PROBES])
def test_the_first_real_video_stream_is_used(name: str) -> None:
    assert "[0:V:0]" in _value(ON_SOURCE[name], "-filter_complex")


def test_own_cells_have_no_header_and_are_read_with_a_profile_of_their_own() -> None:
    before = SHEET[: SHEET.index("file:frames/%05d.cell")]

    assert ("image2", "rawvideo", "200x240", "yuvj420p") == tuple(
        _value(before, option) for option in ("-format_whitelist", "-c:v", "-video_size", "-pixel_format")
    )


@pytest.mark.parametrize(
    ("size", "cell", "filters"),
    [
        ((1920, 1080), (240, 135), "scale=240:135:flags=area"),
        ((32, 18), (240, 135), "scale=240:135:flags=bicubic"),
        ((90, 160), (240, 240), "pad=240:240:-1:-1:eval=frame"),
    ],
    ids=["shrunk", "enlarged", "beside frames of another shape"],
)
def test_a_frame_and_its_cell_of_the_sheet_come_of_one_picture(
    size: tuple[int, int], cell: tuple[int, int], filters: str
) -> None:
    line = argv.frames(FFMPEG, FILE, INFO, picks=Picks("pts", (1, 5)), box=None, size=size, image=Image(), cell=cell)

    images, cells = line.index("file:%05d.jpg"), line.index("file:%05d.cell")
    assert ("mjpeg", "2") == tuple(_value(line[:images], option) for option in ("-c:v", "-frames:v"))
    assert ("rawvideo", "2") == tuple(_value(line[images:cells], option) for option in ("-c:v", "-frames:v"))
    assert filters in _value(line, "-filter_complex")


def test_without_a_sheet_there_are_no_cells() -> None:
    assert "file:%05d.jpg" == ON_SOURCE["frames"][-1]
    assert "rawvideo" not in ON_SOURCE["frames"]


def test_own_stills_have_no_header_and_are_told_what_the_film_was() -> None:
    before = OF_STILLS[: OF_STILLS.index("file:/data/stills.yuv")]

    assert ("rawvideo", "640x360", "yuv420p") == tuple(
        _value(before, option) for option in ("-format_whitelist", "-video_size", "-pixel_format")
    )
    assert "setparams=range=pc" in _value(OF_STILLS, "-filter_complex")


def test_where_every_frame_is_at_hand_the_film_is_not_opened() -> None:
    assert 1 == OF_STILLS.count("-i")
    assert {f"file:{SOURCE}", "-copyts", "-bsf:v"}.isdisjoint(OF_STILLS)
    assert r"settb=tb=1/25[s3];[s3]setpts=if(lt(N\,1)\,-8\,40)" in _value(OF_STILLS, "-filter_complex")


def test_what_is_at_hand_is_put_in_its_place_in_the_film() -> None:
    graph = _value(ON_SOURCE["merged"], "-filter_complex")

    assert 3 == ON_SOURCE["merged"].count("-format_whitelist")
    assert r"settb=tb=1/25" in graph
    assert r"setpts=if(lt(N\,1)\,-8\,if(lt(N\,2)\,40\,90))" in graph
    assert "interleave=3" in graph


def test_an_odd_crop_is_cut_without_shared_chroma() -> None:
    odd = argv.frames(FFMPEG, FILE, INFO, picks=Picks("pts", (-7,)), box=(1, 0, 10, 12), size=(10, 12), image=Image())
    graph = _value(odd, "-filter_complex")

    assert graph.index("yuv444p") < graph.index("crop=10:12:1:0:exact=1")
    assert "yuv444p" not in _value(ON_SOURCE["frames"], "-filter_complex")


def test_thousands_of_frames_make_a_shallow_search() -> None:
    line = argv.frames(
        FFMPEG, FILE, INFO, picks=Picks("n", tuple(range(0, 60000, 30))), box=None, size=(1, 1), image=Image()
    )
    graph = _value(line, "-filter_complex")
    depth = deepest = 0
    for char in graph:
        depth += (char == "(") - (char == ")")
        deepest = max(deepest, depth)

    assert 2000 == graph.count("eq(")
    assert deepest <= 13


@pytest.mark.parametrize(("codec", "expected"), [("aac", "copy"), ("opus", "aac"), (None, "aac")])
def test_sound_is_copied_only_where_mp4_players_know_it(codec: str | None, expected: str) -> None:
    line = argv.clip(
        FFMPEG, FILE, replace(INFO, audio_codec=codec), box=None, size=(2, 2), encoder="libx264", quality=23
    )

    assert expected == _value(line, "-c:a")


def test_sound_in_a_file_of_its_own_is_a_second_input_with_bounds_of_its_own() -> None:
    sound = Sound(path=Path("/films/sound"), codec="aac", begins=10.5)
    line = argv.clip(
        FFMPEG, FILE, replace(INFO, begins=10.0), box=None, size=(2, 2), encoder="libx264", quality=23, sound=sound
    )

    second = line[line.index("-i") + 2 : line.index("file:/films/sound")]
    assert "1:a:0" in line
    assert ("file", "0.500000") == (_value(second, "-protocol_whitelist"), _value(second, "-itsoffset"))
    assert {"aac", "matroska"} < set(_value(second, "-format_whitelist").split(","))
    assert "-itsoffset" not in line[: line.index("-i")]


@pytest.mark.parametrize(("quality", "quantiser"), [(100, "1"), (90, "2"), (75, "4"), (50, "8"), (25, "16"), (1, "31")])
def test_jpeg_quality_is_a_quantiser(quality: int, quantiser: str) -> None:
    line = argv.frames(
        FFMPEG, FILE, INFO, picks=Picks("pts", (-7,)), box=None, size=(2, 2), image=Image(quality=quality)
    )

    assert quantiser == _value(line, "-q:v")


def test_only_needed_packets_reach_the_decoder_and_times_stay() -> None:
    reading = Reading(keep=((0, 4), (90, 91)), keys=True, references_only=True, rough=True, threads=3)

    line = argv.thumbs(FFMPEG, FILE, size=(64, 64), reading=reading)

    kept = r"+key+if(lt(n\,90)\,between(n\,0\,4)\,between(n\,90\,91)))"
    assert _value(line, "-bsf:v").startswith("noise=amount=0:drop=not(")
    assert _value(line, "-bsf:v").endswith(kept)
    assert ("noref", "all", "+fast", "3") == tuple(
        _value(line, option) for option in ("-skip_frame", "-skip_loop_filter", "-flags2", "-threads")
    )
    source = line.index(f"file:{SOURCE}")
    assert all(line.index(option) < source for option in ("-bsf:v", "-copyts", "-skip_frame", "-threads"))


def test_frames_that_others_refer_to_are_left_out_by_the_cpu_only() -> None:
    reading = Reading(references_only=True, anchors_only=True)
    by_gpu = replace(reading, way=Way(rung=Rung.NVDEC))

    assert "bidir" == _value(argv.thumbs(FFMPEG, FILE, size=(64, 64), reading=reading), "-skip_frame")
    assert "noref" == _value(argv.thumbs(FFMPEG, FILE, size=(64, 64), reading=by_gpu), "-skip_frame")


def test_a_whole_reading_changes_nothing_and_takes_one_thread() -> None:
    line = argv.thumbs(FFMPEG, FILE, size=(64, 64))

    assert {"-bsf:v", "-copyts", "-skip_frame"}.isdisjoint(line)
    assert ("1", "1") == (_value(line, "-threads"), _value(line, "-filter_complex_threads"))


def test_references_are_told_apart_without_decoding() -> None:
    line = argv.references(FFMPEG, FILE)

    assert ("copy", "filter_units=discard=nonref", "framecrc") == tuple(
        _value(line, option) for option in ("-c", "-bsf:v", "-f")
    )


@pytest.mark.parametrize("only_picked", [True, False])
def test_stills_are_told_of_alone_where_others_are_read_for_their_sake(only_picked: bool) -> None:
    line = argv.stills(
        FFMPEG, FILE, into="stills.yuv", size=SIZE, picks=Picks("pts", (1, 5)), small=(128, 128), reading=Reading(),
        only_picked=only_picked,
    )  # fmt: skip
    graph = _value(line, "-filter_complex")

    assert only_picked == (graph.index("select=") < graph.index("showinfo="))


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("pictures", "format="), ("picture_at", "format="), ("pictures_at", "format="), ("stills", "format="),
        ("frames", "crop="), ("thumbs_and_frames", "crop="), ("clip", "scale=10:12"),
    ],
)  # fmt: skip
def test_a_stream_that_goes_on_in_another_size_is_brought_to_the_probes_first(name: str, first: str) -> None:
    graph = _value(ON_SOURCE[name], "-filter_complex")

    assert -1 < graph.index("scale=640:360") < graph.index(first)


def test_what_looks_at_neighbours_gets_one_size_and_is_never_set_up_anew() -> None:
    line = argv.frames(
        FFMPEG, FILE, FIELDS, picks=Picks("n", (7,)), box=None, size=(2, 2), image=Image(),
        correction=correction_for(FIELDS),
    )  # fmt: skip
    graph = _value(line, "-filter_complex")

    assert graph.index("scale=640:360") < graph.index("bwdif") < graph.index("select")
    assert "0" == _value(line, "-reinit_filter")
    assert line.index("-noautorotate") < line.index(f"file:{SOURCE}")


def test_frames_are_counted_on_through_a_change_of_what_they_are_but_where_ffmpeg_turns_them() -> None:
    def line(info: MediaInfo) -> list[str]:
        return argv.frames(FFMPEG, FILE, info, picks=Picks("n", (7,)), box=None, size=(2, 2), image=Image())

    assert "-reinit_filter" in line(INFO)
    assert "-reinit_filter" not in line(replace(INFO, rotation=90))  # ffmpeg 9.0 crashes there


@pytest.mark.parametrize("name", ["pictures", "pictures_at", "frames", "thumbs_and_frames"])
def test_frames_that_are_passed_over_give_signs_of_life(name: str) -> None:
    assert r"select=if(mod(n\,25)\,0\,0*print(n))+" in _value(ON_SOURCE[name], "-filter_complex")
    assert "level+info" == _value(ON_SOURCE[name], "-loglevel")


def test_packets_that_are_passed_over_and_the_frames_of_a_sheet_give_signs_of_life() -> None:
    assert r"drop=not(if(mod(n\,1000)\,0\,0*print(n))+" in _value(ON_SOURCE["stills"], "-bsf:v")
    assert "print(n)" in _value(SHEET, "-filter_complex")
    assert "level+info" == _value(SHEET, "-loglevel")


@pytest.mark.parametrize(
    ("way", "begin"),
    [
        (Way(rung=Rung.NVDEC, expected=SIZE), "hwdownload"),
        (Way(rung=Rung.CUDA, expected=SIZE, smaller=Smaller(((320, 180),))), "scale_cuda=320:180"),
        (Way(rung=Rung.CUDA, expected=SIZE, smaller=Smaller(((40, 20),), (8, 4, 80, 40))), "crop=80:40:8:4"),
    ],
)
@pytest.mark.parametrize("encoder", ["libx264", "h264_nvenc"])
def test_a_clip_that_a_gpu_decodes_fails_where_it_does_not(way: Way, begin: str, encoder: str) -> None:
    """The CPU's pictures are none for the first filter; and what ffmpeg says of that is told with its level."""
    box = way.smaller.box if way.smaller else (8, 4, 80, 40)
    line = argv.clip(FFMPEG, FILE, INFO, box=box, size=(40, 20), encoder=encoder, quality=23, way=way)

    before = line[: line.index("-i")]
    strict = zip(STRICT_INPUT[::2], STRICT_INPUT[1::2], strict=True)
    assert [_value(before, name) for name in STRICT_INPUT[::2]] == [value for _, value in strict]
    first, second, *others = _value(line, "-filter_complex").split(";")
    assert first == r"[0:V:0]crop=if(eq(iw\,640)*eq(ih\,360)\,iw\,0/0):ih:0:0:exact=1[s0]"
    assert second.startswith(f"[s0]{begin}")
    assert _value(line, "-loglevel") == "level+warning"
    assert sum("crop=" in each for each in (second, *others)) == (box is not None)

"""Every graph that is to run on a GPU, through the real ffmpeg over stand-ins for the driver's libraries.

Those do nothing and say that all went well (tools/gpu_driver.c): pictures are black, but which frames come, in which
size, and whether ffmpeg finds a way from the decoder to the first filter is decided by ffmpeg itself.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import gpu_texts
from integration.machine import REAL
from vxpipe.engine.child import Children
from vxpipe.engine.media import argv, hardware, inputs, spoken, trials
from vxpipe.engine.media.correction import correction_for
from vxpipe.engine.media.hardware import Code
from vxpipe.engine.media.ladder import BY_CPU, Rung, Way
from vxpipe.engine.media.on_card import on_card
from vxpipe.engine.media.pace import Pace
from vxpipe.engine.media.reading import Ahead, Picks, Reading
from vxpipe.engine.media.smaller import Smaller
from vxpipe.engine.media.survey import told_bounds
from vxpipe.engine.media.tools import within
from vxpipe.facts import Ability, DecoderBounds, Gpu
from vxpipe.model import MediaInfo
from vxpipe.ports import Limits
from vxpipe.recipe import Image

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="the driver's stand-in has to be compiled")

INFO = MediaInfo(container="matroska", codec="h264", width=640, height=360, pixel_format="yuv420p")
SIZE, PICKS, FFMPEG = (640, 360), Picks("pts", (0, 400, 760)), REAL.ffmpeg
CODED = {
    "h264": ("-c:v", "libx264", "-preset", "fast", "-pix_fmt", "yuv420p"),
    "hevc_10bit": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=0", "-pix_fmt", "yuv420p10le"),
}
HALVED, CUT = Smaller(((320, 180),)), Smaller(((320, 136), (160, 68)), (0, 44, 640, 272))
IMAGES = {"box": (0, 44, 640, 272), "size": (80, 34), "image": Image(), "correction": correction_for(INFO)}
NVDEC = Way(rung=Rung.NVDEC, expected=SIZE)
Line = Callable[[inputs.File, Way], list[str]]


def ways_of(smaller: Smaller | None, *, is_deep: bool) -> list[Way]:
    """Those of a GPU."""
    deep = [replace(NVDEC, is_deep=is_deep)]
    return deep if is_deep else [*deep, replace(NVDEC, rung=Rung.CUDA, smaller=smaller)]


def reading(way: Way) -> Reading:
    return Reading(way=way, references_only=True, rough=True)


# Every sample is 100 (of 10 bits: 401, which the GPU's samples of 16 bits are above six more): so are the stand-in's.
FLAT = "color=gray:s=640x360:r=25:d=1,format={},geq=lum={}:cb={}:cr={},setparams=range=tv:colorspace={}:color_trc={}"
FLATS = {
    "untold": ("h264", FLAT.format("yuv420p", 100, 100, 100, "unknown", "unknown"), {}),
    "bt709": ("h264", FLAT.format("yuv420p", 100, 100, 100, "bt709", "bt709"), {"matrix": "bt709"}),
    "pq": (
        "hevc_10bit",
        FLAT.format("yuv420p10le", 401, 401, 401, "bt2020nc", "smpte2084"),
        {"matrix": "bt2020nc", "transfer": "smpte2084"},
    ),
}
LOSSLESS = {"h264": ("-qp", "0"), "hevc_10bit": ("-x265-params", "log-level=0:lossless=1")}
LINES: dict[str, tuple[Smaller | None, Line]] = {
    "stills": (
        HALVED,
        lambda film, way: argv.stills(
            FFMPEG, film, into="stills.yuv", size=SIZE, picks=PICKS, small=(128, 128), reading=reading(way)
        ),
    ),
    "stills of others": (
        HALVED,
        lambda film, way: argv.stills(
            FFMPEG, film, into="stills.yuv", size=SIZE, picks=PICKS, small=(128, 128), reading=reading(way),
            only_picked=True,
        ),
    ),
    "thumbs": (HALVED, lambda film, way: argv.thumbs(FFMPEG, film, size=(64, 36), halved=True, reading=reading(way))),
    "picked": (HALVED, lambda film, way: argv.thumbs(FFMPEG, film, size=(64, 36), picks=PICKS, reading=reading(way))),
    "at a pace": (
        HALVED,
        lambda film, way: argv.thumbs(
            FFMPEG, film, size=(64, 36), pace=Pace(apart=83, always=(40,)), reading=reading(way)
        ),
    ),
    "thumbs_and_frames": (
        HALVED,
        lambda film, way: argv.thumbs_and_frames(
            FFMPEG, film, INFO, small=(64, 36), picks=PICKS, reading=Reading(way=way), **IMAGES
        ),
    ),
    "thumbs_and_held": (
        HALVED,
        lambda film, way: argv.thumbs_and_held(
            FFMPEG, film, small=(64, 36), ahead=Ahead(from_pts=(0, 200, 400)), into="held.yuv", size=SIZE,
            reading=Reading(way=way),
        ),
    ),
    "frames": (CUT, lambda film, way: argv.frames(FFMPEG, film, INFO, picks=PICKS, reading=Reading(way=way), **IMAGES)),
    "clip": (
        CUT,
        lambda film, way: argv.clip(
            FFMPEG, film, INFO, box=CUT.box, size=(80, 34), encoder="libx264", quality=23, way=way
        ),
    ),
}  # fmt: skip
OF_FRAMES = [name for name in LINES if name != "clip"]


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the libraries of the driver, and a film for each codec."""
    folder = tmp_path_factory.mktemp("driver")
    gpu_texts.compile_driver(FFMPEG, folder, ancient=False)
    for library in ("libcuda.so.1", "libnvcuvid.so.1", "libnvidia-encode.so.1"):
        (folder / library).symlink_to(folder / "driver.so")
    source = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=1")
    for name, coded in CODED.items():
        subprocess.run([FFMPEG, "-v", "error", *source, *coded, folder / f"{name}.mkv"], check=True)
    for name, (codec, graph, _) in FLATS.items():
        coded = (*CODED[codec], *LOSSLESS[codec], folder / f"{name}.mkv")
        subprocess.run([FFMPEG, "-v", "error", "-f", "lavfi", "-i", graph, *coded], check=True)
    cut = ("-c", "copy", "-bsf:v", "h264_metadata=crop_left=16:crop_top=8", folder / "cut.mkv")
    subprocess.run([FFMPEG, "-v", "error", "-i", folder / "h264.mkv", *cut], check=True)
    return folder


class Ran:
    """What came of a line: the files and the bytes on stdout, and the pts that were told."""

    def __init__(self, line: list[str], folder: Path, driver: Path, **answers: str) -> None:
        folder.mkdir()
        env = {**os.environ, "LD_LIBRARY_PATH": str(driver), **answers}
        done = subprocess.run(line, cwd=folder, env=env, capture_output=True)
        self.returncode = done.returncode
        lines = done.stderr.decode().splitlines()
        self.pts = [frame.pts for frame in map(spoken.shown, lines) if frame]
        self.telling = "\n".join(filter(hardware.is_telling, lines))
        self.files = {path.name: path.read_bytes() for path in folder.iterdir()} | {"stdout": done.stdout}
        self.images = sorted(path.name for path in folder.glob("*.jpg"))
        self.yuv = [len(content) for name, content in self.files.items() if not name.endswith("jpg")]


@pytest.mark.parametrize("codec", CODED)
@pytest.mark.parametrize("name", OF_FRAMES)
async def test_a_graph_shows_the_same_frames_on_every_rung(tmp_path: Path, driver: Path, name: str, codec: str) -> None:
    smaller, line = LINES[name]
    film = inputs.File(driver / f"{codec}.mkv")
    ways = ways_of(smaller, is_deep=codec != "h264")

    by_cpu = Ran(line(film, BY_CPU), tmp_path / "cpu", driver)
    by_gpu = [Ran(line(film, way), tmp_path / way.rung, driver) for way in ways]

    assert by_cpu.pts
    for ran in by_gpu:
        assert (ran.returncode, hardware.failure(0, ran.telling)) == (0, None), ran.telling
        assert (ran.pts, ran.images, ran.yuv) == (by_cpu.pts, by_cpu.images, by_cpu.yuv)


@pytest.mark.parametrize("image", ["jpg", "png", "webp"])
@pytest.mark.parametrize("name", FLATS)
async def test_colours_are_the_same_on_every_rung(tmp_path: Path, driver: Path, name: str, image: str) -> None:
    codec, _, told = FLATS[name]
    info, film = replace(INFO, **told), inputs.File(driver / f"{name}.mkv")
    images = {**IMAGES, "size": (640, 272), "image": Image(format=image), "correction": correction_for(info)}

    def lines(way: Way) -> list[list[str]]:
        read = Reading(way=way)
        small = argv.thumbs(FFMPEG, film, size=(64, 36), reading=read)
        if way.smaller:
            return [small]
        return [small, argv.frames(FFMPEG, film, info, picks=PICKS, reading=read, **images)]

    by_cpu = [Ran(line, tmp_path / f"cpu{n}", driver).files for n, line in enumerate(lines(BY_CPU))]
    for way in ways_of(HALVED, is_deep=codec != "h264"):
        by_gpu = [
            Ran(line, tmp_path / f"{way.rung}{n}", driver, CU_FILL="100").files for n, line in enumerate(lines(way))
        ]
        assert by_gpu == by_cpu[: len(by_gpu)]


@pytest.mark.parametrize("name", FLATS)
async def test_a_clip_has_the_same_pictures_and_tags_whoever_decodes(tmp_path: Path, driver: Path, name: str) -> None:
    """To the byte, as written by libx264."""
    codec, _, told = FLATS[name]
    info, is_deep = replace(INFO, **told), codec != "h264"

    def clip(way: Way) -> dict[str, bytes]:
        line = argv.clip(
            FFMPEG, inputs.File(driver / f"{name}.mkv"), info, box=IMAGES["box"], size=(640, 272), encoder="libx264",
            quality=23, correction=correction_for(info), way=way,
        )  # fmt: skip
        return Ran(line, tmp_path / way.rung, driver, CU_FILL="100").files

    by_cpu, by_gpu = clip(BY_CPU), clip(replace(NVDEC, is_deep=is_deep))

    assert len(by_cpu["clip.mp4"]) > 1000
    assert by_gpu["clip.mp4"] == by_cpu["clip.mp4"]


@pytest.mark.parametrize(
    ("answers", "code", "is_of_encoder"),
    [
        ({"NVENC_SESSION": "10"}, Code.SESSION_LIMIT, True),
        ({"NVENC_SESSION": "2"}, Code.NVENC_NOT_ON_GPU, True),
        ({"NVENC_VERSION": str(0xB1)}, Code.DRIVER_TOO_OLD, True),
        ({}, Code.CODEC_NOT_ON_GPU, True),
        ({"NVDEC_SUPPORTED": "0"}, Code.CODEC_NOT_ON_GPU, False),
    ],
)
@pytest.mark.parametrize("encoder", trials.ENCODERS)
async def test_a_clip_tells_whether_its_encoder_failed_or_its_decoder(
    tmp_path: Path, driver: Path, encoder: str, answers: dict[str, str], code: Code, is_of_encoder: bool
) -> None:
    """The encoder knows every option; over this driver it then finds no codec."""
    for way in (NVDEC, replace(NVDEC, rung=Rung.CUDA, smaller=HALVED)):
        line = argv.clip(
            FFMPEG,
            inputs.File(driver / "h264.mkv"),
            INFO,
            box=None,
            size=(160, 90),
            encoder=encoder,
            quality=23,
            way=way,
        )

        ran = Ran(line, tmp_path / way.rung, driver, **answers)

        assert hardware.failure(ran.returncode, ran.telling) is code
        assert (f"[{encoder} @" in ran.telling) == is_of_encoder, ran.telling


@pytest.mark.parametrize("name", ["thumbs", "clip"])
@pytest.mark.parametrize("rung", [Rung.CUDA, Rung.NVDEC])
async def test_a_film_of_which_a_gpu_cuts_off_too_little_is_left_to_the_cpu(
    tmp_path: Path, driver: Path, rung: Rung, name: str
) -> None:
    """A decoder of the GPU leaves what is to go on the left and above; the film has 624x352 pixels to be shown."""
    way = replace(NVDEC, rung=rung, expected=(624, 352), smaller=HALVED if rung is Rung.CUDA else None)

    def ran(way: Way) -> Ran:
        return Ran(LINES[name][1](inputs.File(driver / "cut.mkv"), way), tmp_path / way.rung, driver)

    assert ran(BY_CPU).returncode == 0
    by_gpu = ran(way)
    assert hardware.failure(by_gpu.returncode, by_gpu.telling) is Code.SIZE_NOT_ON_GPU
    assert by_gpu.pts == []


@pytest.mark.parametrize("rung", [Rung.CUDA, Rung.NVDEC])
@pytest.mark.parametrize("name", LINES)
async def test_a_film_that_the_decoder_refuses_is_not_decoded_by_the_cpu_unseen(
    tmp_path: Path, driver: Path, name: str, rung: Rung
) -> None:
    smaller, line = LINES[name]
    way = replace(NVDEC, rung=rung, smaller=smaller if rung is Rung.CUDA else None)

    ran = Ran(line(inputs.File(driver / "h264.mkv"), way), tmp_path / "out", driver, NVDEC_SUPPORTED="0")

    assert hardware.failure(ran.returncode, ran.telling) is Code.CODEC_NOT_ON_GPU
    assert (ran.pts, ran.images) == ([], [])


async def test_without_a_driver_nothing_is_decoded(tmp_path: Path, driver: Path) -> None:
    line = argv.thumbs(FFMPEG, inputs.File(driver / "h264.mkv"), size=(64, 36), reading=Reading(way=NVDEC))

    ran = Ran(line, tmp_path / "out", tmp_path)

    assert hardware.failure(ran.returncode, ran.telling) is Code.DRIVER_LIB_MISSING
    assert ran.pts == []


@pytest.mark.parametrize("sandboxed", [True, False])
async def test_the_driver_tells_which_pictures_its_decoders_take(driver: Path, sandboxed: bool) -> None:
    env = {"LD_LIBRARY_PATH": str(driver)}
    tools = replace(REAL, runner=Children(env=env), libraries=(driver,) if sandboxed else None)

    bounds = await told_bounds(tools, None, 20)

    assert bounds["hevc_420_10"] == DecoderBounds(
        min_size=(48, 16), max_size=(4096, 4096), max_macroblocks=65536, decoders=7
    )


async def test_without_a_driver_nobody_tells_of_decoders(tmp_path: Path) -> None:
    assert await told_bounds(replace(REAL, runner=Children(env={"LD_LIBRARY_PATH": str(tmp_path)})), None, 20) == {}


async def test_a_gpu_decodes_within_the_sandbox(tmp_path: Path, driver: Path) -> None:
    film, shown = driver / "h264.mkv", bytearray()
    tools = replace(REAL, runner=Children(env={"LD_LIBRARY_PATH": str(driver)}), libraries=(driver,))
    confined = on_card(within(tools, read=(film,), write=(tmp_path,)), Gpu(usable=Ability("Stand-in"), uuid="GPU-a"))
    line = argv.thumbs(FFMPEG, inputs.File(film), size=(64, 36), reading=Reading(way=NVDEC))

    done = await confined.runner.run(line, limits=Limits(wall_seconds=60), cwd=tmp_path, on_stdout=shown.extend)

    assert (done.returncode, len(shown)) == (0, 25 * 64 * 36 * 3 // 2)

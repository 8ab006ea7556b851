"""Every graph that is to run on a GPU, through the real ffmpeg over stand-ins for the driver's libraries.

Those do nothing and say that all went well (tools/gpu_driver.c): pictures are black, but which frames come, in which
size, and whether ffmpeg finds a way from the decoder to the first filter is decided by ffmpeg itself.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import gpu_texts
from integration.machine import REAL
from vxpipe.engine.media import argv, hardware, parse
from vxpipe.engine.media.correction import correction_for
from vxpipe.engine.media.hardware import Code
from vxpipe.engine.media.ladder import BY_CPU, Rung, Smaller, Way
from vxpipe.engine.media.reading import Ahead, Picks, Reading
from vxpipe.model import MediaInfo
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
NVDEC = Way(rung=Rung.NVDEC)
Line = Callable[[Path, Way], list[str]]


def reading(way: Way) -> Reading:
    return Reading(way=way, references_only=True, rough=True)


LINES: dict[str, tuple[Smaller | None, Line]] = {
    "stills": (
        HALVED,
        lambda film, way: argv.stills(
            FFMPEG, film, into="stills.yuv", size=SIZE, picks=PICKS, small=(128, 128), reading=reading(way)
        ),
    ),
    "thumbs": (HALVED, lambda film, way: argv.thumbs(FFMPEG, film, size=(64, 36), halved=True, reading=reading(way))),
    "picked": (HALVED, lambda film, way: argv.thumbs(FFMPEG, film, size=(64, 36), picks=PICKS, reading=reading(way))),
    "thumbs_and_frames": (
        HALVED,
        lambda film, way: argv.thumbs_and_frames(
            FFMPEG, film, INFO, small=(64, 36), picks=PICKS, reading=Reading(way=way), **IMAGES
        ),
    ),
    "thumbs_and_some": (
        HALVED,
        lambda film, way: argv.thumbs_and_some(
            FFMPEG, film, INFO, small=(64, 36), ahead=Ahead(step=200, most=9), reading=Reading(way=way), **IMAGES
        ),
    ),
    "frames": (CUT, lambda film, way: argv.frames(FFMPEG, film, INFO, picks=PICKS, reading=Reading(way=way), **IMAGES)),
}  # fmt: skip


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the libraries of the driver, and a film for each codec."""
    folder = tmp_path_factory.mktemp("driver")
    gpu_texts.compile_driver(FFMPEG, folder, ancient=False)
    for library in ("libcuda.so.1", "libnvcuvid.so.1"):
        (folder / library).symlink_to(folder / "driver.so")
    source = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=1")
    for name, coded in CODED.items():
        subprocess.run([FFMPEG, "-v", "error", *source, *coded, folder / f"{name}.mkv"], check=True)
    return folder


class Ran:
    """What came of a line: the files and the bytes on stdout, by their sizes, and the pts that were told."""

    def __init__(self, line: list[str], folder: Path, driver: Path, **answers: str) -> None:
        folder.mkdir()
        env = {**os.environ, "LD_LIBRARY_PATH": str(driver), **answers}
        done = subprocess.run(line, cwd=folder, env=env, capture_output=True)
        self.returncode = done.returncode
        lines = done.stderr.decode().splitlines()
        self.pts = [frame.pts for frame in map(parse.shown, lines) if frame]
        self.telling = "\n".join(filter(hardware.is_telling, lines))
        self.images = [path.name for path in sorted(folder.glob("*.jpg"))]
        self.bytes = len(done.stdout), sum(path.stat().st_size for path in folder.glob("*.yuv"))


@pytest.mark.parametrize("codec", CODED)
@pytest.mark.parametrize("name", LINES)
async def test_a_graph_shows_the_same_frames_on_every_rung(tmp_path: Path, driver: Path, name: str, codec: str) -> None:
    smaller, line = LINES[name]
    film, is_deep = driver / f"{codec}.mkv", codec != "h264"
    ways = [Way(rung=Rung.NVDEC, is_deep=is_deep), *([] if is_deep else [Way(rung=Rung.CUDA, smaller=smaller)])]

    by_cpu = Ran(line(film, BY_CPU), tmp_path / "cpu", driver)
    by_gpu = [Ran(line(film, way), tmp_path / way.rung, driver) for way in ways]

    assert by_cpu.pts
    for ran in by_gpu:
        assert (ran.returncode, hardware.failure(0, ran.telling)) == (0, None), ran.telling
        assert (ran.pts, ran.images, ran.bytes) == (by_cpu.pts, by_cpu.images, by_cpu.bytes)


@pytest.mark.parametrize("rung", [Rung.CUDA, Rung.NVDEC])
@pytest.mark.parametrize("name", LINES)
async def test_a_film_that_the_decoder_refuses_is_not_decoded_by_the_cpu_unseen(
    tmp_path: Path, driver: Path, name: str, rung: Rung
) -> None:
    smaller, line = LINES[name]
    way = Way(rung=rung, smaller=smaller if rung is Rung.CUDA else None)

    ran = Ran(line(driver / "h264.mkv", way), tmp_path / "out", driver, NVDEC_SUPPORTED="0")

    assert hardware.failure(ran.returncode, ran.telling) is Code.CODEC_NOT_ON_GPU
    assert (ran.pts, ran.images) == ([], [])


async def test_without_a_driver_nothing_is_decoded(tmp_path: Path, driver: Path) -> None:
    line = argv.thumbs(FFMPEG, driver / "h264.mkv", size=(64, 36), reading=Reading(way=NVDEC))

    ran = Ran(line, tmp_path / "out", tmp_path)

    assert hardware.failure(ran.returncode, ran.telling) is Code.DRIVER_LIB_MISSING
    assert ran.pts == []

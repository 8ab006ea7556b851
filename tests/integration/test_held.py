"""The frames that ffmpeg holds while it shows all are those that we say it holds."""

from pathlib import Path

import numpy as np
import pytest

from integration.extraction import LIMITS, ffmpeg
from vxpipe.engine.child import lines
from vxpipe.engine.media import argv, inputs
from vxpipe.engine.media.analyse import Clock
from vxpipe.engine.media.reading import Ahead, Reading
from vxpipe.engine.media.tools import Tools

BEGINS = (*range(700, 770, 7), *(800 + 3 * n * n for n in range(15)), *range(9000, 9600, 40))
"""When each frame begins, in ms: a burst, ever slower ones, and after a gap a steady pace."""

_DARKEST, _LIGHTER = 16, 5
_SIZE = (64, 48)
_PICTURE_BYTES = _SIZE[0] * _SIZE[1] * 3 // 2
_FILE = "held.yuv"


@pytest.fixture
async def film(tools: Tools, tmp_path: Path) -> Path:
    """Each frame is of one grey, a little lighter than the one before it, so that it tells its number."""
    path = tmp_path / "film.mkv"
    times = "+".join(f"eq(N,{n})*{begin}" for n, begin in enumerate(BEGINS))
    source = f"color=s={_SIZE[0]}x{_SIZE[1]}:r=25,format=yuv420p,settb=1/1000,setpts='{times}'"
    grey = f"geq=lum={_DARKEST}+{_LIGHTER}*N:cb=128:cr=128"
    coded = ("-c:v", "libx264", "-qp", "0", "-g", "15", "-fps_mode", "passthrough", "-enc_time_base", "1:1000")
    frames = ("-frames:v", str(len(BEGINS)))
    await ffmpeg(tools, "-f", "lavfi", "-i", source, "-vf", grey, *coded, *frames, "-copyts", str(path))
    return path


@pytest.mark.parametrize(
    "times",
    [
        pytest.param((700,), id="the first frame"),
        pytest.param((0, 650, 714, 1000), id="before the first frame, twice"),
        pytest.param((700, 701, 706, 708, 5000, 6000, 9001, 9559), id="twice before one frame, and before the last"),
        pytest.param((*BEGINS, 9561, 20_000), id="of every frame, and behind the last"),
    ],
)
async def test_ffmpeg_holds_the_first_frame_shown_at_each_time_or_later(
    times: tuple[int, ...], tools: Tools, film: Path, tmp_path: Path
) -> None:
    ahead, clock, small = Ahead(from_pts=times), Clock(), bytearray()
    line = argv.thumbs_and_held(
        tools.ffmpeg, inputs.File(film), small=(8, 8), ahead=ahead, into=_FILE, size=_SIZE, reading=Reading()
    )  # fmt: skip

    await tools.runner.run(line, limits=LIMITS, cwd=tmp_path, on_stdout=small.extend, on_stderr=lines(clock.hear))

    assert list(BEGINS) == list(clock.pts)
    pictures = np.fromfile(tmp_path / _FILE, np.uint8).reshape(-1, _PICTURE_BYTES)
    numbers = (pictures[:, 0].astype(int) - _DARKEST) / _LIGHTER
    assert list(ahead.places(np.array(clock.pts))) == numbers.tolist()

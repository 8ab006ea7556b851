"""Whatever a command line is made for, it can be started."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vxpipe.engine.media import argv, inputs
from vxpipe.engine.media.long_arguments import LongArguments
from vxpipe.engine.media.reading import Picks, Reading, spans
from vxpipe.model import MediaInfo
from vxpipe.ports import ChildExit, ChildRunner, Limits
from vxpipe.recipe import Image

MOST_BYTES = 128 * 1024  # of one argument, MAX_ARG_STRLEN of Linux
LIMITS = Limits(wall_seconds=1)
INFO = MediaInfo(container="mov", codec="h264", width=640, height=360)
# The longest there are: every name a frame may have, pts of nineteen digits, every span in a film of a million packets.
NAMES = tuple(10**18 + 40_000_000 * n for n in range(10_000))
SPANS = spans(np.arange(10_000_000) % 100 < 50)


class _Heard(ChildRunner):
    """Starts nothing and keeps what it was given, with the content of the files it names."""

    def __init__(self) -> None:
        self.line = list[str]()
        self.read = dict[str, str]()

    async def run(self, argv: Sequence[str], *, limits: Limits, **_others: Any) -> ChildExit:
        self.line = list(argv)
        options = [(option, value) for option, value in pairwise(argv) if option.startswith("-/")]
        self.read = {option: Path(value).read_text() for option, value in options}
        return ChildExit(0, "")


@pytest.fixture
def longest() -> list[str]:
    return argv.frames(
        Path("ffmpeg"), inputs.File(Path("film.mp4")), INFO, picks=Picks("pts", NAMES), box=None, size=(64, 36),
        image=Image(), reading=Reading(keep=SPANS),
    )  # fmt: skip


async def test_the_longest_lines_fit_because_filters_are_read_from_files(longest: list[str], tmp_path: Path) -> None:
    runner = _Heard()

    await LongArguments(runner, tmp_path / "not there yet").run(longest, limits=LIMITS)

    assert len(max(longest, key=len)) > MOST_BYTES
    assert len(max(runner.line, key=len)) < MOST_BYTES
    assert len(longest) == len(runner.line)
    for option in ("-filter_complex", "-bsf:v"):
        assert longest[longest.index(option) + 1] == runner.read[f"-/{option[1:]}"]


async def test_the_files_are_gone_when_the_child_has_ended(longest: list[str], tmp_path: Path) -> None:
    await LongArguments(_Heard(), tmp_path).run(longest, limits=LIMITS)

    assert [] == list(tmp_path.iterdir())


async def test_a_short_line_stays_as_it_is(tmp_path: Path) -> None:
    runner = _Heard()

    await LongArguments(runner, tmp_path).run(["ffmpeg", "-i", "film.mp4"], limits=LIMITS)

    assert ["ffmpeg", "-i", "film.mp4"] == runner.line

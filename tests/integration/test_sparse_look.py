"""Films of H.264 are looked at without B-frames that others refer to, and again where that leaves a doubt."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from integration.extraction import ffmpeg, run
from vxpipe.engine.media.tools import Tools
from vxpipe.ports import Bounds, ChildExit, ChildRunner

PASS_SECONDS = 4.6
PASSES = 6  # of the same shots: the film must be long enough for it to pay


class _Looks(ChildRunner):
    """Every child of another runner. `skipped` tells which frames each look at a film left out; the first decoder that
    leaves out `complains_of` complains, `saying` that. `saved` tells how many files the images come from, at each try
    to save them; where frames that were held are `refused`, those of them fail.
    """

    def __init__(
        self,
        runner: ChildRunner,
        complains_of: str | None = None,
        *,
        saying: str = "left block unavailable",
        refused: bool = False,
    ) -> None:
        self._runner, self._complains_of, self._saying, self._refused = runner, complains_of, saying, refused
        self.skipped, self.saved = list[str](), list[int]()

    def confined(self, bounds: Bounds) -> ChildRunner:
        raise AssertionError(f"nobody asked for {bounds}")

    async def run(self, argv: Sequence[str], **how: Any) -> ChildExit:  # type: ignore[override]
        skipped = dict(pairwise(argv)).get("-skip_frame")
        if skipped and "pipe:1" in argv and "showinfo" in dict(pairwise(argv))["-filter_complex"]:
            self.skipped.append(skipped)
            if skipped == self._complains_of and self.skipped.count(skipped) == 1:
                how["on_stderr"](f"[h264 @ 0x1] [error] {self._saying}\n".encode())
        if "file:%05d.jpg" in argv and Path(how["cwd"]).parent.name != "whole":
            self.saved.append(argv.count("-i"))
            if self._refused and ("-format_whitelist", "rawvideo") in pairwise(argv):
                return ChildExit(1, "refused")
        return await self._runner.run(argv, **how)


@pytest.fixture
async def wipes(samples: Path, tools: Tools, tmp_path: Path) -> Path:
    """Three shots that are wiped into one another, over and over, with B-frames that others refer to."""
    once, path = tmp_path / "once.mkv", tmp_path / "wipes.mkv"
    inputs = [
        word
        for at, length in ((8.0, 1.8), (12.1, 2.6), (4.7, 1.8))
        for word in ("-ss", str(at), "-t", str(length), "-i", str(samples / "full_frame.mp4"))
    ]
    same = "".join(f"[{n}:v]scale=1280:720,fps=24,settb=1/24,format=yuv420p[v{n}];" for n in range(3))
    passing = "xfade=transition=diagtl:duration=0.8:offset"
    graph = f"{same}[v0][v1]{passing}=1.0[m];[m][v2]{passing}=2.8,trim=end={PASS_SECONDS}[o]"
    coded = (
        "-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-b_strategy", "0", "-g", "150", "-sc_threshold", "0",
        "-pix_fmt", "yuv420p",
    )  # fmt: skip
    await ffmpeg(tools, *inputs, "-filter_complex", graph, "-map", "[o]", *coded, "-crf", "16", str(once))
    await ffmpeg(tools, "-stream_loop", str(PASSES - 1), "-i", str(once), *coded, "-crf", "26", str(path))
    return path


@pytest.mark.parametrize(
    ("complains_of", "saying", "looks", "is_given_up"),
    [
        (None, "", ["bidir", "noref"], False),
        ("bidir", "illegal short term buffer state detected", ["bidir", "noref"], False),
        ("bidir", "left block unavailable", ["bidir", "noref"], True),
        ("noref", "left block unavailable", ["bidir", "noref", "noref"], True),
    ],
    ids=["in doubt", "naming what was left out", "complaining", "complaining when looked at again"],
)
async def test_shots_are_told_as_with_all_frames_that_others_refer_to(
    complains_of: str | None,
    saying: str,
    looks: list[str],
    is_given_up: bool,
    wipes: Path,
    tools: Tools,
    tmp_path: Path,
) -> None:
    runner = _Looks(tools.runner, complains_of, saying=saying)

    result = await run(replace(tools, runner=runner), wipes, tmp_path / "out", {"frames": {"min": 0}})

    kept = [c.t for c in result.candidates if c.kept]
    assert looks == runner.skipped
    assert 3 == len(kept)
    assert [0, 1, 2] == sorted({min(int(t % PASS_SECONDS / 1.8 + 0.1), 2) for t in kept})
    assert is_given_up == ("left a doubt" not in result.plan.reason)


async def test_frames_held_while_a_film_is_looked_at_again_are_saved_as_if_they_were_decoded_once_more(
    wipes: Path, tools: Tools, tmp_path: Path
) -> None:
    usual, refused = _Looks(tools.runner), _Looks(tools.runner, refused=True)

    held = await run(replace(tools, runner=usual), wipes, tmp_path / "held")
    decoded = await run(replace(tools, runner=refused), wipes, tmp_path / "decoded")

    assert ([1], [1, 1]) == (usual.saved, refused.saved)
    assert 3 == held.frames
    assert [file.name for file in decoded.files] == [file.name for file in held.files]
    for file in decoded.files:
        assert (tmp_path / "decoded" / file.name).read_bytes() == (tmp_path / "held" / file.name).read_bytes()
    assert {file.name for file in held.files} == {
        str(path.relative_to(tmp_path / "held")) for path in (tmp_path / "held").rglob("*") if path.is_file()
    }

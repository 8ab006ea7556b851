"""A film that changes its size: how many parts it has, what is said of them, and what a stranger can do with it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from integration.extraction import LIMITS, box, ffmpeg, run
from vxpipe.engine.media.extract import Extraction
from vxpipe.engine.media.tools import Tools
from vxpipe.engine.publish import item_facts
from vxpipe.model import Source

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "0", "-f", "h264")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "999", "-pix_fmt", "yuv420p")
BLACK, UPRIGHT = "color=black:s=160x120", "testsrc2=s=120x160"
EACH = {"frames": {"mode": "interval", "every": 1}, "dedupe": {"enabled": False}}


async def glued(tools: Tools, path: Path, *streams: str) -> Path:
    """One stream of H.264 of a second of each of these; a graph of several filters tells itself how long it is."""
    piece, whole = path.with_name("piece.h264"), path.with_name("whole.h264")
    for stream in streams:
        source = stream if ";" in stream else f"{stream}:r=10:d=1"
        await ffmpeg(tools, "-f", "lavfi", "-i", source, *X264, str(piece))
        with whole.open("ab") as file:
            file.write(piece.read_bytes())
    await ffmpeg(tools, "-framerate", "10", "-f", "h264", "-i", str(whole), "-c", "copy", str(path))
    return path


def sizes(result: Extraction) -> list[tuple[int | None, int | None]]:
    return [(file.width, file.height) for file in result.files if file.kind == "frame"]


async def pixels(tools: Tools, path: Path, width: int, height: int) -> Any:
    """The last picture in shades of grey."""
    said = bytearray()
    raw = ("-pix_fmt", "gray", "-f", "rawvideo", "-")
    done = await tools.runner.run(
        [str(tools.ffmpeg), "-nostdin", "-v", "error", "-i", str(path), *raw], limits=LIMITS, on_stdout=said.extend
    )
    assert done.returncode == 0
    return np.frombuffer(bytes(said), np.uint8).reshape(-1, height, width)[-1]


@pytest.mark.parametrize("frames", [{"mode": "interval", "every": 0.5}, {"mode": "timestamps", "at": [1.2, 1.6]}])
async def test_a_size_of_which_no_frame_is_kept_is_a_part_all_the_same(
    frames: dict[str, Any], tools: Tools, tmp_path: Path
) -> None:
    path, out = await glued(tools, tmp_path / "a.mkv", BLACK, UPRIGHT), tmp_path / "out"

    result = await run(tools, path, out, {"frames": frames, "crop": {"aspect": "1:1"}, "clip": {"quality": 10}})

    facts = item_facts(Source(platform="file", code="a", url="a"), result, {}, cached=False)
    assert {(120, 120)} == set(sizes(result))
    assert [(160, 120, 0), (120, 160, len(sizes(result)))] == [
        (p["width"], p["height"], p["frames"]) for p in facts["parts"]
    ]
    assert (20, 0, 120, 120) == box(result)  # within the 160x120 that the source has
    last = await pixels(tools, out / "clip.mp4", 120, 120)
    assert (last[:, :10] < 40).all()  # a picture of 120x160 fitted into 160x120 is 90 wide, of which 15 are cut off
    assert (last[:, 40:80] > 40).any()


async def test_a_frame_that_shows_more_than_the_keyframes_of_its_size_is_saved_whole(
    tools: Tools, tmp_path: Path
) -> None:
    barred = "testsrc2=s=120x120:r=10:d=1,pad=120:160:0:20[a];mandelbrot=s=120x160:r=10,trim=end=1[b];[a][b]overlay"
    once, never = (f"{barred}=enable='{when}',format=yuv420p" for when in ("between(t,0.4,0.6)", "0"))
    path = await glued(tools, tmp_path / "a.mkv", "testsrc2=s=160x120", never, never, never, never, once)

    async def of_part(at: float) -> tuple[int | None, int | None]:
        out = tmp_path / str(at)
        result = await run(tools, path, out, {"frames": {"mode": "timestamps", "at": [at]}})
        assert {file.name for file in result.files} == {str(f.relative_to(out)) for f in out.rglob("*") if f.is_file()}
        return sizes(result)[-1]

    assert ((120, 120), (120, 160)) == (await of_part(5.0), await of_part(5.5))


async def test_a_size_may_come_back(tools: Tools, tmp_path: Path) -> None:
    shapes = [(160, 120), (120, 160), (160, 120), (120, 160)]
    path = await glued(tools, tmp_path / "a.mkv", *(f"testsrc2=s={width}x{height}" for width, height in shapes))

    result = await run(tools, path, tmp_path / "out", EACH)

    assert shapes == sizes(result)
    assert [2, 2] == [len(part.kept) for part in result.parts]


async def test_frames_held_of_a_film_that_changes_its_size_do_not_stay_in_its_results(
    tools: Tools, tmp_path: Path
) -> None:
    names, path, out = ("1.webm", "2.webm"), tmp_path / "a.webm", tmp_path / "out"
    for name, size, seconds in zip(names, ("320x240", "240x320"), ("5.4", "5"), strict=True):
        await ffmpeg(tools, "-f", "lavfi", "-t", seconds, "-i", f"testsrc2=s={size}:r=15", *VP9, str(tmp_path / name))
    (tmp_path / "list").write_text("".join(f"file {name}\n" for name in names))
    await ffmpeg(tools, "-f", "concat", "-i", str(tmp_path / "list"), "-c", "copy", str(path))

    result = await run(tools, path, out)

    assert (True, 2) == (result.plan.ahead is not None, len(result.parts))
    assert sorted(file.name for file in result.files) == [
        file.relative_to(out).as_posix() for file in sorted(out.rglob("*")) if file.is_file()
    ]


async def test_more_sizes_than_anybody_needs_are_scaled_into_the_first(tools: Tools, tmp_path: Path) -> None:
    path = await glued(tools, tmp_path / "a.mkv", *(f"testsrc2=s={160 - 8 * n}x120" for n in range(9)))

    result = await run(tools, path, tmp_path / "out", {**EACH, "clip": {}})

    assert [(160, 120)] * 9 == sizes(result)
    assert 1 == len(result.parts)
    (warning,) = result.warnings
    assert ("size_changed", 9, 8) == (warning["code"], warning["count"], len(warning["sizes"]))
    assert "and 1 more): all frames are scaled into the first" in warning["message"]


async def test_a_clip_of_the_most_unlike_shapes_takes_no_more_than_the_first_of_them(
    tools: Tools, tmp_path: Path
) -> None:
    path = await glued(tools, tmp_path / "a.mkv", "testsrc2=s=32x4096", "testsrc2=s=4096x32")
    out = tmp_path / "out"

    result = await run(tools, path, out, {**EACH, "clip": {}})

    assert [(32, 4096), (4096, 32)] == sizes(result)
    assert (32, 4096) == (await pixels(tools, out / "clip.mp4", 32, 4096)).shape[::-1]


async def test_a_film_that_goes_on_in_another_range_of_colours(tools: Tools, tmp_path: Path) -> None:
    """As `-c copy` joins two cameras: the encoder of JPEGs refuses frames that are counted from 0 again."""
    whole, path = tmp_path / "whole.h264", tmp_path / "a.mkv"
    for source, other in (("testsrc2=s=160x120", "null"), ("mandelbrot=s=160x120", "scale=out_range=pc")):
        given = ("-f", "lavfi", "-i", f"{source}:r=10", "-t", "3", "-vf", other)
        coded = (*X264, "-x264-params", f"keyint=10:fullrange={'on' if 'pc' in other else 'off'}")
        await ffmpeg(tools, *given, *coded, str(tmp_path / "piece.h264"))
        with whole.open("ab") as file:
            file.write((tmp_path / "piece.h264").read_bytes())
    await ffmpeg(tools, "-framerate", "10", "-f", "h264", "-i", str(whole), "-c", "copy", str(path))
    recipe = {"frames": {"mode": "keyframes"}, "dedupe": {"enabled": False}, "crop": "none"}

    result = await run(tools, path, tmp_path / "out", recipe)

    assert [c.t for c in result.candidates if c.kept] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert result.frames == 6
    assert result.plan.look == "named"

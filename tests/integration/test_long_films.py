"""What only shows where a film is long: thousands of frames to name, and long ways between two that are wanted."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from integration.extraction import LIMITS, ffmpeg, run
from vxpipe.engine.child import Children, lines
from vxpipe.engine.media import argv, inputs, spoken
from vxpipe.engine.media.long_arguments import LongArguments
from vxpipe.engine.media.probe import probe, probe_packets
from vxpipe.engine.media.reading import WHOLE, Picks, Reading
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
from vxpipe.ports import Limits
from vxpipe.recipe import Image

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


async def _made(tools: Tools, path: Path, seconds: int, out: Sequence[str]) -> None:
    source = ("-f", "lavfi", "-i", f"testsrc2=s=64x48:r=100:d={seconds}")
    await ffmpeg(tools, *source, *X264, *out, str(path))


async def test_more_frames_than_one_argument_can_name_are_saved_each_in_its_time(tools: Tools, tmp_path: Path) -> None:
    """Every second frame is a keyframe; pts of sixteen digits make the longest of names."""
    path, out = tmp_path / "film.mp4", tmp_path / "out"
    await _made(
        tools, path, 32, ("-g", "2", "-output_ts_offset", "4000000", "-video_track_timescale", "1000000000")
    )  # fmt: skip
    recipe = {"frames": {"mode": "keyframes", "max": 2000}, "dedupe": {"enabled": False}, "drop": {"blank": False}}

    result = await run(tools, path, out, {"crop": "none", **recipe})

    packets = await probe_packets(tools, inputs.File(path))
    assert packets is not None
    assert int(packets.pts.min()) > 10**15
    assert "named" == result.plan.look
    saved = [file for file in result.files if file.kind == "frame"]
    assert 1600 == len(saved) == len(list((out / "frames").iterdir()))
    assert [round(n / 50, 3) for n in range(1600)] == [round(file.t or 0, 3) for file in saved]
    assert {"frames", "sheet.jpg"} == {path.name for path in out.iterdir()}


async def test_ffmpeg_reads_the_longest_filters_from_files(tools: Tools, tmp_path: Path) -> None:
    path, pictures = tmp_path / "film.ts", bytearray()
    await _made(tools, path, 1, ("-g", "10", "-bf", "0"))
    packets = await probe_packets(tools, inputs.File(path))
    assert packets is not None
    never = tuple(range(10**18, 10**18 + 9990))
    reading = Reading(keep=((0, 49), *((n, n) for n in range(100, 20_000, 2))))
    line = argv.thumbs(
        tools.ffmpeg, inputs.File(path), size=(8, 8), reading=reading,
        picks=Picks("pts", (*packets.shown[:80:8].tolist(), *never)),
    )  # fmt: skip

    done = await LongArguments(tools.runner, tmp_path).run(line, limits=LIMITS, on_stdout=pictures.extend)

    assert 0 == done.returncode
    assert 7 * (64 + 2 * 16) == len(pictures)


@pytest.mark.parametrize("reading", [WHOLE, Reading(keep=((0, 3), (290, 299)))], ids=["decoded", "dropped before"])
async def test_signs_of_life_come_between_two_frames_that_lie_far_apart(
    reading: Reading, tools: Tools, tmp_path: Path
) -> None:
    path, heard = tmp_path / "film.ts", list[str]()
    await _made(tools, path, 30, ("-g", "10", "-bf", "0"))
    packets = await probe_packets(tools, inputs.File(path))
    assert packets is not None
    last = Picks("pts", (int(packets.shown[299] if reading.exact else packets.shown[-1] - packets.shown[0]),))
    info, _ = await probe(tools, path)
    line = argv.frames(
        tools.ffmpeg, inputs.File(path), info, picks=last, box=None, size=(64, 48), image=Image(), reading=reading
    )  # fmt: skip

    await tools.runner.run(line, limits=LIMITS, cwd=tmp_path, on_stderr=lines(heard.append))

    assert (tmp_path / "00001.jpg").exists()
    signs = [line for line in heard if line.startswith("[Eval @")]
    assert len(signs) >= (3 if reading.keep else 3000 / 25)
    assert not any(spoken.shown(line) or spoken.is_error(line) or spoken.time_base(line) for line in signs)


async def test_a_source_that_stands_still_is_noticed_in_time(tools: Tools, tmp_path: Path) -> None:
    """A named pipe that gives half of a film and then nothing more."""
    path, pipe = tmp_path / "film.ts", tmp_path / "pipe.ts"
    await _made(tools, path, 4, ("-g", "10", "-crf", "45"))
    info, _ = await probe(tools, path)
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    os.write(writer, path.read_bytes()[:60_000])
    children = Children(env={}, grace_seconds=0.2)
    line = argv.pictures_at(tools.ffmpeg, inputs.File(pipe), info, picks=Picks("n", (3, 10**6)))

    with pytest.raises(VxError) as failure:
        await children.run(line, limits=Limits(wall_seconds=30, stall_seconds=1.5))

    os.close(writer)
    assert "stalled" == failure.value.code


@pytest.mark.parametrize(
    ("frames", "times"),
    [
        ({"mode": "interval", "every": 3}, [0.0, 3.0, 6.0, 9.0]),
        ({"mode": "timestamps", "at": [1, 4.5, 9.5]}, [1.0, 4.5, 9.5]),
    ],
)
async def test_named_frames_of_hevc_come_in_order_across_long_gaps(
    tools: Tools, tmp_path: Path, frames: dict[str, Any], times: list[float]
) -> None:
    """Its open groups are counted on modulo 256: what follows a gap of more than half comes before what was shown."""
    path, out = tmp_path / "film.mp4", tmp_path / "out"
    x265 = "keyint=300:min-keyint=300:scenecut=0:log-level=error"
    await _made(tools, path, 10, ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", x265))

    result = await run(tools, path, out, {"frames": frames, "dedupe": {"enabled": False}, "crop": "none"})

    saved = [file for file in result.files if file.kind == "frame"]
    assert "named" == result.plan.look
    assert times == [file.t for file in saved]
    for file in saved:
        alone = tmp_path / "alone.png"
        await ffmpeg(tools, "-i", str(path), "-ss", str(file.t), "-frames:v", "1", str(alone))
        assert await _psnr(tools, out / file.name, alone) > 25


async def _psnr(tools: Tools, one: Path, other: Path) -> float:
    said = bytearray()
    line = [str(tools.ffmpeg), "-nostdin", "-i", str(one), "-i", str(other), "-lavfi", "psnr", "-f", "null", "-"]
    await tools.runner.run(line, limits=LIMITS, on_stderr=said.extend)
    found = re.search(r"average:(\S+)", said.decode())
    assert found
    return float(found[1])

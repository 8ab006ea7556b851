"""Whatever a file is like - codec, container, start time, turned, stretched, interlaced, HDR - its frames are right."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from integration.extraction import LIMITS, ffmpeg, run
from vxpipe.engine.media.extract import Extraction
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError

Pictures = NDArray[np.uint8]

# ffmpeg draws colours and ends that are not named by chance, whatever the seed.
GRADIENTS = "gradients=n=3:c0=orange:c1=navy:c2=green:x0=0:y0=10:x1=150:y1=110:speed="
SHOTS = ("testsrc2", "mandelbrot", f"{GRADIENTS}0.03")
SHOT_SECONDS = 0.48
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p")
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "14", "-x265-params", "log-level=error")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "0", "-crf", "20")
AV1 = ("-c:v", "libsvtav1", "-preset", "12", "-crf", "20", "-svtav1-params", "lp=1")
MPEG2, MPEG4 = ("-c:v", "mpeg2video", "-q:v", "2"), ("-c:v", "mpeg4", "-q:v", "2")
TEN_BIT = (*X265, "-pix_fmt", "yuv420p10le")


@dataclass(frozen=True)
class Odd:
    """One file: what is done to the planted shots, how they are written, how that is written again, what must come.

    `size` is the upright size of a saved frame, `box` the crop in upright source pixels.
    """

    file: str
    out: Sequence[str]
    shaped: str = "null"
    again: Sequence[str] = ()
    before: Sequence[str] = ()
    size: tuple[int, int] = (160, 120)
    box: tuple[int, int, int, int] | None = None


PADDED = "pad=160:180:0:30:black"
ODDITIES = {
    "mpeg-2 in ts from 37 s": Odd("a.ts", (*MPEG2, "-output_ts_offset", "37.5")),
    "mpeg-2 in mkv": Odd("a.mkv", MPEG2),
    "mpeg-4 in avi": Odd("a.avi", MPEG4, shaped=PADDED, box=(0, 30, 160, 120)),
    "mpeg-4 in mov": Odd("a.mov", MPEG4),
    "h.264 with b-frames in mp4": Odd("a.mp4", (*X264, "-bf", "3", "-g", "250")),
    "h.264 in mkv from 5 s": Odd("a.mkv", (*X264, "-output_ts_offset", "5")),
    "h.264 in ts": Odd("a.ts", (*X264, "-bf", "2"), shaped=PADDED, box=(0, 30, 160, 120)),
    "h.264 in avi": Odd("a.avi", X264),
    "hevc in mp4": Odd("a.mp4", X265, shaped=PADDED, box=(0, 30, 160, 120)),
    "hevc in mov, ten bits": Odd("a.mov", TEN_BIT),
    "vp9 in webm": Odd("a.webm", VP9, shaped=PADDED, box=(0, 30, 160, 120)),
    "vp9 in mp4, odd size": Odd("a.mp4", VP9, shaped="scale=161:121", size=(161, 121)),
    "av1 in mp4": Odd("a.mp4", AV1, shaped=PADDED, box=(0, 30, 160, 120)),
    "av1 in mkv": Odd("a.mkv", AV1),
    "turned by 90": Odd(
        "a.mp4", X264, shaped=PADDED, before=("-display_rotation", "90"), again=("-c", "copy"),
        size=(120, 160), box=(30, 0, 120, 160),
    ),
    "turned by 180": Odd(
        "a.mp4", X264, shaped="pad=160:140:0:20:black", before=("-display_rotation", "180"), again=("-c", "copy"),
        box=(0, 0, 160, 120),
    ),
    "turned by 270": Odd(
        "a.mov", X264, shaped="pad=160:140:0:20:black", before=("-display_rotation", "270"), again=("-c", "copy"),
        size=(120, 160), box=(0, 0, 120, 160),
    ),
    "wide pixels": Odd("a.mp4", X264, shaped="setsar=4/3", size=(213, 120)),
    "narrow pixels": Odd("a.mkv", X264, shaped="setsar=8/9", size=(142, 120)),
    "thin odd borders in 4:4:4": Odd(
        "a.mp4", (*X264[:-1], "yuv444p"), shaped="pad=163:151:1:14", box=(1, 14, 160, 120)
    ),
    "portrait": Odd("a.mp4", X264, shaped="scale=90:160,setsar=1", size=(90, 160)),
    "animated gif": Odd("a.gif", (), shaped=PADDED, box=(0, 30, 160, 120)),
    "animated png": Odd("a.apng", (), shaped=PADDED, box=(0, 30, 160, 120)),
    "mpeg-2 in mxf": Odd("a.mxf", (*MPEG2, "-bf", "2"), shaped=PADDED, box=(0, 30, 160, 120)),
    "vp9 in ivf": Odd("a.ivf", VP9),
    "dv": Odd("a.dv", ("-pix_fmt", "yuv420p"), shaped="scale=720:576,setsar=1", size=(768, 576)),
    "sound that begins before the picture": Odd(
        "a.mp4", X264, before=("-itsoffset", "0.7"),
        again=("-f", "lavfi", "-t", "1", "-i", "sine", "-map", "0:v", "-map", "1:a", "-c:v", "copy"),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Path:
    """The planted shots, lossless, every frame of them different."""
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    sources = [f"{shot}{':' if '=' in shot else '='}s=160x120:r=50" for shot in SHOTS]
    inputs = [part for source in sources for part in ("-f", "lavfi", "-t", str(SHOT_SECONDS), "-i", source)]
    graph = "".join(f"[{n}:v]format=yuv444p,setsar=1[v{n}];" for n in range(len(SHOTS)))
    graph += "".join(f"[v{n}]" for n in range(len(SHOTS))) + f"concat=n={len(SHOTS)}[o]"
    lossless = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "0")
    asyncio.run(ffmpeg(tools, *inputs, "-filter_complex", graph, "-map", "[o]", *lossless, str(path)))
    return path


async def _made(tools: Tools, film: Path, folder: Path, odd: Odd) -> Path:
    first, path = folder / f"first{Path(odd.file).suffix}", folder / odd.file
    target = first if odd.again else path
    await ffmpeg(tools, "-i", str(film), "-vf", f"fps=25,{odd.shaped}", *odd.out, str(target))
    if odd.again:
        await ffmpeg(tools, *odd.before, "-i", str(first), *odd.again, str(path))
    return path


async def _run(tools: Tools, path: Path, out: Path, options: dict[str, Any] | None = None) -> Extraction:
    return await run(tools, path, out, {"sheet": False, "image": {"format": "png"}, **(options or {})})


async def _decoded(tools: Tools, path: Path, size: tuple[int, int], filters: str = "null") -> tuple[Pictures, Any]:
    """Every picture of a file as RGB, and their times from the first."""
    pixels, lines = bytearray(), bytearray()
    graph = f"{filters},scale={size[0]}:{size[1]}:flags=lanczos,format=rgb24,showinfo=checksum=0"
    line = [str(tools.ffmpeg), "-nostdin", "-copyts", "-i", str(path), "-map", "0:V:0", "-vf", graph]
    line += ["-fps_mode", "passthrough", "-f", "rawvideo", "-"]
    done = await tools.runner.run(line, limits=LIMITS, on_stdout=pixels.extend, on_stderr=lines.extend)
    assert done.returncode == 0, done.stderr_tail
    times = np.array([float(text) for text in re.findall(rb" pts_time:\s*(-?[0-9.]+)", bytes(lines))])
    pictures = np.frombuffer(bytes(pixels), np.uint8).reshape(-1, size[1], size[0], 3)
    return pictures, times - times[0]


async def _picture(tools: Tools, path: Path, size: tuple[int, int]) -> NDArray[np.int16]:
    pictures, _ = await _decoded(tools, path, size)
    return pictures[0].astype(np.int16)


def _frames(result: Extraction) -> list[tuple[str, float]]:
    return [(file.name, file.t or 0.0) for file in result.files if file.kind == "frame"]


async def _assert_pictures_are_of_their_times(
    tools: Tools, path: Path, out: Path, result: Extraction, filters: str
) -> None:
    """Of all the pictures of the file, the one on screen at `t` must be the one that was saved."""
    size = (result.files[0].width or 0, result.files[0].height or 0)
    pictures, times = await _decoded(tools, path, size, filters)
    for name, seconds in _frames(result):
        saved = await _picture(tools, out / name, size)
        apart = np.abs(pictures - saved).mean(axis=(1, 2, 3))
        assert times[int(apart.argmin())] == pytest.approx(seconds, abs=0.001)
        assert apart.min() < 3


@pytest.mark.parametrize("name", ODDITIES)
async def test_an_odd_file_gives_every_shot_upright_and_on_time(
    name: str, film: Path, tools: Tools, tmp_path: Path
) -> None:
    odd = ODDITIES[name]
    path = await _made(tools, film, tmp_path, odd)

    result = await _run(tools, path, tmp_path / "out")

    assert [0, 1, 2] == [int(seconds / SHOT_SECONDS) for _, seconds in _frames(result)]
    assert {odd.size} == {(file.width, file.height) for file in result.files if file.kind == "frame"}
    crop = result.crop
    box = crop and (crop.x, crop.y, crop.width, crop.height)
    assert odd.box == box
    part = f"crop={box[2]}:{box[3]}:{box[0]}:{box[1]}:exact=1" if box else "null"
    await _assert_pictures_are_of_their_times(tools, path, tmp_path / "out", result, part)
    assert () == result.warnings


async def test_frames_before_the_first_told_time_come_first(film: Path, tools: Tools, tmp_path: Path) -> None:
    """Matroska has no negative times: what was written with them has none, and ffmpeg counts it from 0."""
    path = tmp_path / "a.mkv"
    early = ("-output_ts_offset", "-0.5", "-avoid_negative_ts", "disabled")
    await ffmpeg(tools, "-i", str(film), "-vf", "fps=25", *X264, "-bf", "2", *early, str(path))

    result = await _run(tools, path, tmp_path / "out", {"frames": {"mode": "interval", "every": 0.2}})

    assert [round(0.2 * n, 3) for n in range(8)] == [round(c.t, 3) for c in result.candidates]
    assert {0, 1, 2} == {int(seconds / SHOT_SECONDS) for _, seconds in _frames(result)}


async def _spoil(tools: Tools, path: Path, places: Sequence[float], *, behind: float = 1 / 3) -> None:
    """Overwrite part of the packets that are shown at the given times, from that share of each on."""
    said = bytearray()
    entries = ("-show_entries", "packet=pts_time,pos,size", "-of", "csv=p=0")
    await tools.runner.run(
        [str(tools.ffprobe), "-v", "error", "-select_streams", "v:0", *entries, str(path)],
        limits=LIMITS, on_stdout=said.extend,
    )  # fmt: skip
    content = bytearray(path.read_bytes())
    for seconds, size, begin in (line.split(",")[:3] for line in said.decode().split()):
        if float(seconds) in places:
            first = int(begin) + int(int(size) * behind)
            content[first : first + 24] = bytes(range(7, 31))
    path.write_bytes(content)


async def test_frames_that_a_decoder_patched_are_told_and_not_chosen(tools: Tools, tmp_path: Path) -> None:
    """In each shot the first group of pictures is damaged soon after its keyframe, and the second one is not."""
    path, whole = tmp_path / "a.mp4", tmp_path / "whole.mp4"
    shots = [("-f", "lavfi", "-t", "2", "-i", f"{shot}=s=160x120:r=25") for shot in ("testsrc2", "mandelbrot")]
    inputs = [part for shot in shots for part in shot]
    graph = "[0:v]setsar=1[a];[1:v]setsar=1[b];[a][b]concat=n=2,format=yuv420p"
    groups = ("-g", "25", "-sc_threshold", "0", "-bf", "0")
    await ffmpeg(tools, *inputs, "-filter_complex", graph, *X264, *groups, str(path))
    whole.write_bytes(path.read_bytes())
    await _spoil(tools, path, [0.08, 2.08])

    result = await _run(tools, path, tmp_path / "out", {"frames": {"min": 0}})

    assert [1, 3] == [int(seconds) for _, seconds in _frames(result)]
    await _assert_pictures_are_of_their_times(tools, whole, tmp_path / "out", result, "null")
    assert ["damaged_source"] == [warning["code"] for warning in result.warnings]
    assert 2 <= result.warnings[0]["patchedFrames"] <= 4


@pytest.mark.parametrize("lacking", [4, 8, 20, 32])
async def test_borders_are_told_from_the_whole_frames_of_a_file_that_is_cut_off(
    tools: Tools, tmp_path: Path, lacking: int
) -> None:
    """The last frame lacks its lower part, and what comes in place of that is no border."""
    whole, path = tmp_path / "whole.ts", tmp_path / "a.ts"
    written = (*X264, "-g", "25", "-bf", "0", "-threads", "1")
    await ffmpeg(tools, "-f", "lavfi", "-t", "2", "-i", "testsrc2=s=160x120:r=25", "-vf", PADDED, *written, str(whole))
    path.write_bytes(whole.read_bytes()[: -188 * lacking])

    result = await _run(tools, path, tmp_path / "out")

    assert ["damaged_source"] == [warning["code"] for warning in result.warnings]
    assert "crop" not in result.warnings[0]["message"]
    assert result.crop
    assert (0, 30, 160, 120) == result.crop.box


async def test_damage_of_which_a_decoder_tells_no_frame_is_told_all_the_same(tools: Tools, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    await ffmpeg(tools, "-f", "lavfi", "-t", "2", "-i", "testsrc2=s=160x120:r=25", *X265, "-bf", "2", str(path))
    await _spoil(tools, path, [0.88], behind=0)

    result = await _run(tools, path, tmp_path / "out")

    assert ["damaged_source"] == [warning["code"] for warning in result.warnings]
    assert 25 <= result.warnings[0]["suspectedFrames"] <= 35


async def test_frames_without_what_they_refer_to_are_told_where_packets_are_lost(tools: Tools, tmp_path: Path) -> None:
    """The decoder takes other frames in the place of those, and calls none of what it shows corrupt."""
    path = tmp_path / "a.mkv"
    lost = ("-bsf:v", r"noise=drop=not(mod(n\,9))*gt(n\,3)")
    await ffmpeg(
        tools, "-f", "lavfi", "-t", "4", "-i", "testsrc2=s=160x120:r=25", *X264[:2], "-bf", "2", "-pix_fmt",
        "yuv420p", *lost, str(path),
    )  # fmt: skip

    result = await _run(tools, path, tmp_path / "out")

    assert ["damaged_source"] == [warning["code"] for warning in result.warnings]
    assert "complained" in result.warnings[0]["message"]


async def test_a_recording_that_begins_between_two_keyframes_is_not_called_damaged(
    film: Path, tools: Tools, tmp_path: Path
) -> None:
    whole, path = tmp_path / "whole.ts", tmp_path / "a.ts"
    groups = ("-x265-params", "log-level=error:open-gop=1:keyint=10:min-keyint=10:bframes=4:scenecut=0")
    await ffmpeg(tools, "-i", str(film), *X265[:-2], *groups, "-pix_fmt", "yuv420p", str(whole))
    packets = whole.stat().st_size // 188
    path.write_bytes(whole.read_bytes()[188 * (packets // 4) :])

    result = await _run(tools, path, tmp_path / "out")

    assert () == result.warnings


async def test_open_groups_of_h264_take_no_decode_of_everything(film: Path, tools: Tools, tmp_path: Path) -> None:
    """Of keyframes that are decoded alone only some would come."""
    path = tmp_path / "a.mp4"
    slow = "select='not(mod(n,24))',setpts=4*N/TB,fps=25,tpad=stop_mode=clone:stop_duration=4"
    groups = ("-x264-params", "open-gop=1:keyint=40:min-keyint=40:bframes=3:scenecut=0:b-adapt=0")
    await ffmpeg(tools, "-i", str(film), "-vf", slow, *X264, *groups, str(path))

    result = await _run(tools, path, tmp_path / "out", {"frames": {"min": 0}})

    assert "references" == result.plan.look
    assert [0, 1, 2] == [min(2, int(seconds / 4)) for _, seconds in _frames(result)]  # the last picture stays


async def test_h264_without_keyframes_is_decoded_from_its_beginning(film: Path, tools: Tools, tmp_path: Path) -> None:
    """It is refreshed column by column; the packets where that begins call themselves keyframes."""
    path = tmp_path / "a.mp4"
    slow = "select='not(mod(n,24))',setpts=4*N/TB,fps=25,tpad=stop_mode=clone:stop_duration=4"
    await ffmpeg(tools, "-i", str(film), "-vf", slow, *X264, "-x264-params", "keyint=40:intra-refresh=1", str(path))

    result = await _run(tools, path, tmp_path / "out", {"frames": {"min": 0}})

    assert "slow refresh" in result.plan.reason
    assert 0 == result.plan.unseen_seconds
    assert [0, 1, 2] == [min(2, int(seconds / 4)) for _, seconds in _frames(result)]  # the last picture stays


async def _made_of_two_sizes(tools: Tools, film: Path, path: Path, out: Sequence[str], shaped: str = "null") -> None:
    """The planted shots, and mirrored in another size once more: two streams glued together."""
    parts = [path.with_name(name) for name in ("one.ts", "two.ts")]
    begins, filters = ("0", "1.44"), ("fps=25", "fps=25,hflip,scale=128:96")
    for part, begin, changed in zip(parts, begins, filters, strict=True):
        await ffmpeg(
            tools, "-i", str(film), "-vf", f"{changed},{shaped}", *out, "-output_ts_offset", begin, str(part)
        )  # fmt: skip
    whole = path.with_name("whole.ts")
    whole.write_bytes(b"".join(part.read_bytes() for part in parts))
    await ffmpeg(tools, "-i", str(whole), "-c", "copy", str(path))


BOX = {"x": 21, "y": 10, "width": 118, "height": 101}
WHOLE_OF = {(160, 120): "scale=160:120", (128, 96): "scale=128:96"}
BOX_OF = {
    (118, 101): "scale=160:120,format=yuv444p,crop=118:101:21:10:exact=1",
    (94, 81): "scale=128:96,format=yuv444p,crop=94:81:17:8:exact=1",
}


@pytest.mark.parametrize("file", ["a.ts", "a.mkv"])
@pytest.mark.parametrize(
    ("frames", "times"),
    [
        ({"mode": "timestamps", "at": [0.0, 1.4, 1.44, 2.0]}, [0.0, 1.4, 1.44, 2.0]),
        ({"mode": "keyframes"}, [0.0, 0.4, 0.8, 1.2, 1.44, 1.84, 2.24, 2.64]),
        ({"mode": "scenes"}, None),
    ],
    ids=["timestamps", "keyframes", "scenes"],
)
@pytest.mark.parametrize("crop", [BOX, "none"], ids=["cropped", "whole"])
async def test_a_film_that_goes_on_in_another_size_is_saved_in_each_of_them(
    crop: Any, frames: dict[str, Any], times: list[float] | None, file: str, film: Path, tools: Tools, tmp_path: Path
) -> None:
    path, out = tmp_path / file, tmp_path / "out"
    await _made_of_two_sizes(tools, film, path, (*X264, "-g", "10", "-sc_threshold", "0"))

    result = await _run(tools, path, out, {"frames": frames, "crop": crop, "dedupe": {"enabled": False}})

    assert times is None or times == [round(seconds, 3) for _, seconds in _frames(result)]
    assert {0, 1} == {int(seconds / 1.43) for _, seconds in _frames(result)}
    assert ["size_changed"] == [warning["code"] for warning in result.warnings]
    saved = {
        size: tuple(f for f in result.files if (f.width, f.height) == size)
        for size in (WHOLE_OF if crop == "none" else BOX_OF)
    }
    assert result.files == tuple(file for files in saved.values() for file in files)
    for size, files in saved.items():
        filters = (WHOLE_OF | BOX_OF)[size]
        await _assert_pictures_are_of_their_times(tools, path, out, replace(result, files=files), filters)


@pytest.mark.parametrize("file", ["a.ts", "a.mkv", "a.mp4"])
async def test_parts_of_another_shape_have_borders_of_their_own(file: str, tools: Tools, tmp_path: Path) -> None:
    parts = [tmp_path / name for name in ("wide.ts", "tall.ts")]
    shapes = ("160:90,pad=160:120:0:16", "90:120,pad=120:160:20:30")
    for part, shape, begin in zip(parts, shapes, (0, 2), strict=True):
        await ffmpeg(
            tools, "-f", "lavfi", "-i", f"testsrc2=s=160x120:d=2,hue=h={90 * begin},scale={shape},setsar=1", *X264,
            "-output_ts_offset", str(begin), str(part),
        )  # fmt: skip
    path, joined = tmp_path / file, tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    await ffmpeg(tools, "-i", str(joined), "-c", "copy", str(path))

    result = await _run(tools, path, tmp_path / "out", {"sheet": True, "clip": {"quality": 10}})

    assert [(0, 16, 160, 90), (20, 30, 90, 120)] == [part.crop and part.crop.box for part in result.parts]
    assert {(160, 90), (90, 120)} == {(file.width, file.height) for file in result.files if file.kind == "frame"}
    sheet, clip = result.files[-2:]
    assert (2 * 240 + 12, 248) == (sheet.width, sheet.height)  # room for both kinds of cells
    assert (160, 120) == (clip.width, clip.height)
    pictures, _ = await _decoded(tools, tmp_path / "out" / "clip.mp4", (160, 120))
    assert (pictures[-1][:, :35] < 40).all()  # a picture of 120x160 fitted into 160x120 is 90 wide
    assert (pictures[-1][40:80, 60:100] > 40).any()


async def test_every_size_of_a_film_is_looked_at_though_its_times_start_again(tools: Tools, tmp_path: Path) -> None:
    """Frames are counted then, and the count goes on through the change."""
    path, parts = tmp_path / "a.ts", list[bytes]()
    for size in ("160x120", "120x160"):
        part = tmp_path / f"{size}.ts"
        await ffmpeg(tools, "-f", "lavfi", "-i", f"testsrc2=s={size}:d=2", *X264, str(part))
        parts.append(part.read_bytes())
    path.write_bytes(b"".join(parts))

    result = await _run(tools, path, tmp_path / "out", {"dedupe": {"enabled": False}})

    assert [True, True] == [part.borders is not None and part.borders.used > 0 for part in result.parts]
    assert {(160, 120), (120, 160)} == {(file.width, file.height) for file in result.files}


async def test_no_deinterlaced_picture_is_lost_where_the_size_changes(film: Path, tools: Tools, tmp_path: Path) -> None:
    """1.4 is the last picture in the first size, which the deinterlacer holds back."""
    path = tmp_path / "a.ts"
    fields = (*MPEG2, "-flags", "+ilme+ildct")
    await _made_of_two_sizes(tools, film, path, fields, "tinterlace=interleave_top,setfield=tff,fps=25")
    at = [0.0, 1.36, 1.4, 1.44, 2.0]

    result = await _run(tools, path, tmp_path / "out", {"frames": {"mode": "timestamps", "at": at}})

    assert result.info.interlaced
    assert at == [round(seconds, 3) for _, seconds in _frames(result)]


async def test_a_clip_keeps_one_size(film: Path, tools: Tools, tmp_path: Path) -> None:
    path, out = tmp_path / "a.mkv", tmp_path / "out"
    await _made_of_two_sizes(tools, film, path, X264)

    await _run(tools, path, out, {"clip": {"quality": 20}, "crop": {"x": 20, "y": 10, "width": 120, "height": 100}})

    expected, _ = await _decoded(tools, path, (120, 100), "scale=160:120,crop=120:100:20:10")
    pictures, _ = await _decoded(tools, out / "clip.mp4", (120, 100))
    assert expected.shape == pictures.shape
    assert np.abs(expected.astype(np.int16) - pictures).mean() < 6


@pytest.mark.parametrize(
    ("file", "out"),
    [
        ("a.ts", (*MPEG2, "-flags", "+ilme+ildct")),
        ("a.mp4", (*X264, "-flags", "+ilme+ildct", "-x264-params", "tff=1")),
    ],
    ids=["mpeg-2", "h.264"],
)
async def test_interlaced_pictures_are_saved_without_combing(
    file: str, out: Sequence[str], tools: Tools, tmp_path: Path
) -> None:
    """Upright stripes that wander: with both fields in one picture neighbouring lines would differ."""
    path = tmp_path / file
    wandering = "nullsrc=s=160x120:r=50:d=1.2,geq=lum='128+80*sin(2*PI*(X+3*N)/53)':cb=128:cr=128"
    fields = f"{wandering},tinterlace=interleave_top,setfield=tff"
    await ffmpeg(tools, "-f", "lavfi", "-i", fields, *out, str(path))

    result = await _run(tools, path, tmp_path / "out", {"frames": {"mode": "timestamps", "at": [0.0, 0.4, 0.8]}})

    assert [0.0, 0.4, 0.8] == [round(seconds, 3) for _, seconds in _frames(result)]
    plain, _ = await _decoded(tools, path, (160, 120))
    assert _combing(plain[10].astype(np.int16)) > 8
    for name, _ in _frames(result):
        assert _combing(await _picture(tools, tmp_path / "out" / name, (160, 120))) < 3
    deinterlaced = "bwdif=mode=send_frame"
    await _assert_pictures_are_of_their_times(tools, path, tmp_path / "out", result, deinterlaced)


def _combing(picture: NDArray[np.int16]) -> float:
    """How much neighbouring lines differ more than lines of one field do."""
    return float(np.abs(np.diff(picture, axis=0)).mean() - np.abs(picture[2:] - picture[:-2]).mean())


# Six patches of ordinary light and colour, as 8-bit RGB.
PATCHES = ((40, 40, 40), (118, 118, 118), (180, 180, 180), (170, 60, 50), (60, 140, 70), (50, 70, 160))
CURVES = {"pq": "smpte2084", "hlg": "arib-std-b67"}


@pytest.mark.parametrize("tagged", [True, False], ids=["fully tagged", "only the transfer"])
@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("image", ["png", "jpg"])
async def test_hdr_is_saved_as_sdr_that_looks_right(
    curve: str, tagged: bool, image: str, tools: Tools, tmp_path: Path
) -> None:
    path, transfer = tmp_path / "a.mkv", CURVES[curve]
    sources = [("-f", "lavfi", "-t", "0.2", "-i", f"color=0x{r:02x}{g:02x}{b:02x}:s=32x64") for r, g, b in PATCHES]
    side_by_side = f"hstack={len(PATCHES)},format=gbrp,scale=out_color_matrix=bt709:out_range=tv,format=yuv444p"
    hdr = (
        "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv,"
        "zscale=transfer=linear:npl=203,format=gbrpf32le,"
        f"zscale=transfer={transfer}:primaries=bt2020:matrix=bt2020nc:range=tv:npl=203,format=yuv420p10le"
    )
    tags = f"setparams=color_trc={transfer}" + ("" if tagged else ":color_primaries=unknown:colorspace=unknown")
    inputs = [part for source in sources for part in source]
    await ffmpeg(tools, *inputs, "-filter_complex", f"{side_by_side},{hdr},{tags}", *TEN_BIT, str(path))

    result = await _run(tools, path, tmp_path / "out", {"image": {"format": image}, "crop": "none"})

    picture = await _picture(tools, tmp_path / "out" / result.files[0].name, (192, 64))
    for number, colour in enumerate(PATCHES):
        patch = picture[16:48, 32 * number + 8 : 32 * number + 24].mean(axis=(0, 1))
        assert colour == pytest.approx(tuple(patch), abs=14)


@pytest.mark.parametrize("image", ["jpg", "png", "webp"])
@pytest.mark.parametrize("matrix", ["bt709", "smpte170m", "untagged"])
async def test_colours_are_kept_whatever_matrix_the_video_has(
    matrix: str, image: str, tools: Tools, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    used, tag = ("smpte170m", "unknown") if matrix == "untagged" else (matrix, matrix)
    await ffmpeg(
        tools, "-f", "lavfi", "-i", "color=0xc83c28:s=160x120", "-frames:v", "1",
        "-vf", f"format=gbrp,scale=out_color_matrix={used}:out_range=tv,format=yuv420p,setparams=colorspace={tag}",
        *X264, str(path),
    )  # fmt: skip

    result = await _run(tools, path, tmp_path / "out", {"image": {"format": image}})

    picture = await _picture(tools, tmp_path / "out" / result.files[0].name, (64, 64))
    assert (200, 60, 40) == pytest.approx(tuple(picture.mean(axis=(0, 1))), abs=4)


@pytest.mark.parametrize("image", ["jpg", "png"])
@pytest.mark.parametrize("matrix", ["bt2020c", "chroma-derived-nc", "ycgco"])
async def test_colours_are_kept_in_a_matrix_that_the_scaler_refuses(
    matrix: str, image: str, tools: Tools, tmp_path: Path
) -> None:
    path = tmp_path / "a.mkv"
    coded = (
        "format=gbrp,setparams=color_primaries=bt709:color_trc=bt709:colorspace=gbr:range=pc,"
        f"zscale=matrix={matrix}:range=tv,format=yuv444p,setparams=colorspace=unknown,format=yuv420p,"
        f"setparams=colorspace={matrix}"
    )
    source = ("-f", "lavfi", "-i", "color=0xc83c28:s=160x120")
    await ffmpeg(tools, *source, "-frames:v", "1", "-vf", coded, *X264, str(path))

    result = await _run(tools, path, tmp_path / "out", {"image": {"format": image}, "clip": {}})

    for name in (result.files[0].name, "clip.mp4"):
        picture = await _picture(tools, tmp_path / "out" / name, (64, 64))
        assert (200, 60, 40) == pytest.approx(tuple(picture.mean(axis=(0, 1))), abs=4)
    assert ["only_blank"] == [warning["code"] for warning in result.warnings], "its one colour is known"


@pytest.mark.parametrize(("number", "codes"), [(0, []), (3, []), (11, ["guessed_colours"]), (200, [])])
async def test_whatever_matrix_is_told_there_are_frames(
    number: int, codes: list[str], film: Path, tools: Tools, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    retagged = ("-bsf:v", f"h264_metadata=matrix_coefficients={number}")
    await ffmpeg(tools, "-i", str(film), "-vf", "fps=25", *X264, *retagged, str(path))

    result = await _run(tools, path, tmp_path / "out", {"image": {"format": "jpg"}})

    assert 3 == result.frames
    assert codes == [warning["code"] for warning in result.warnings]


LAYOUTS = ("yuv420p", "yuvj420p", "yuv411p", "yuva420p", "yuv422p10le", "yuv444p16le", "gbrp")


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_colours_are_kept_in_every_layout_and_odd_sizes(layout: str, tools: Tools, tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    span, tag = "pc" if layout in {"yuvj420p", "gbrp"} else "tv", "gbr" if layout == "gbrp" else "bt709"
    await ffmpeg(
        tools, "-f", "lavfi", "-i", "color=0xc83c28:s=161x121", "-frames:v", "1",
        "-vf", f"format=gbrp,scale=out_color_matrix=bt709:out_range={span},format={layout},"
        f"setparams=colorspace={tag}:range={span}",
        "-c:v", "ffv1", "-strict", "-2", str(path),
    )  # fmt: skip

    result = await _run(tools, path, tmp_path / "out", {"image": {"format": "jpg"}})

    picture = await _picture(tools, tmp_path / "out" / result.files[0].name, (64, 64))
    assert (200, 60, 40) == pytest.approx(tuple(picture.mean(axis=(0, 1))), abs=8)


@pytest.mark.parametrize("file", ["a.gif", "a.apng"])
async def test_frames_of_moving_pictures_show_all_that_was_painted_before_them(
    file: str, tools: Tools, tmp_path: Path
) -> None:
    """Each frame of the file is the small part that changes, wherever a plan would like to begin."""
    path = tmp_path / file
    moving = "[b][1:v]overlay=x=20*t:y=50:shortest=1"
    sources = (
        "-f",
        "lavfi",
        "-i",
        "mandelbrot=s=160x120:r=10",
        "-f",
        "lavfi",
        "-t",
        "6",
        "-i",
        "color=red:s=20x20:r=10",
    )
    await ffmpeg(
        tools, *sources, "-filter_complex", f"[0:v]select='eq(n,0)',loop=-1:1,setpts=N/10/TB[b];{moving}", str(path)
    )

    result = await _run(tools, path, tmp_path / "out", {"frames": {"mode": "timestamps", "at": [2.1, 4.5]}})

    assert [2.1, 4.5] == [round(seconds, 3) for _, seconds in _frames(result)]
    await _assert_pictures_are_of_their_times(tools, path, tmp_path / "out", result, "null")


async def test_of_an_animated_avif_not_the_still_beside_it_is_taken(film: Path, tools: Tools, tmp_path: Path) -> None:
    path = tmp_path / "a.avif"
    await ffmpeg(tools, "-i", str(film), "-vf", "fps=25", *AV1, str(path))

    result = await _run(tools, path, tmp_path / "out")

    assert [0, 1, 2] == [int(seconds / SHOT_SECONDS) for _, seconds in _frames(result)]


@pytest.mark.parametrize(
    ("file", "out", "said"),
    [
        ("a.gif", (), "a GIF picture that does not move"),
        ("a.png", (), "a PNG picture, not a video file"),
        ("a.avif", AV1, "an AVIF or HEIF picture that does not move"),
        ("a.h264", (*X264, "-bsf:v", "filter_units=remove_types=6"), "an H.264 stream without a container"),
        ("a.nut", (*X264,), 'a "nut" to ffmpeg, which is not taken'),
    ],
)
async def test_what_is_not_taken_is_refused_with_the_true_reason(
    file: str, out: Sequence[str], said: str, film: Path, tools: Tools, tmp_path: Path
) -> None:
    path = tmp_path / file
    await ffmpeg(tools, "-i", str(film), "-frames:v", "1", *out, str(path))

    with pytest.raises(VxError) as failure:
        await _run(tools, path, tmp_path / "out")

    assert "unreadable_media" == failure.value.code
    assert said in failure.value.message


COVER = ("-f", "lavfi", "-t", "0.04", "-i", "rgbtestsrc=s=64x64:r=25")


async def test_cover_art_before_the_video_is_passed_over(film: Path, tools: Tools, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    streams = ("-map", "1:v", "-map", "0:v", "-c:v:0", "mjpeg", "-disposition:v:0", "attached_pic")
    await ffmpeg(tools, "-i", str(film), *COVER, *streams, "-c:v:1", "libx264", "-pix_fmt:v:1", "yuv420p", str(path))

    result = await _run(tools, path, tmp_path / "out")

    assert ("h264", 160, 120) == (result.info.codec, result.info.width, result.info.height)
    assert 3 == result.frames


@pytest.mark.parametrize("name", ["a.mp4", "a.mp3", "a.wav", "a.flac", "a.ogg"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("-f", "lavfi", "-t", "1", "-i", "sine"),
        (
            "-f", "lavfi", "-t", "1", "-i", "sine", *COVER,
            "-map", "0", "-map", "1", "-c:v", "mjpeg", "-disposition:v", "attached_pic",
        ),
    ],
    ids=["sound only", "sound and cover art"],
)  # fmt: skip
async def test_a_file_without_a_moving_picture_says_so(
    arguments: Sequence[str], name: str, tools: Tools, tmp_path: Path
) -> None:
    if name in {"a.wav", "a.ogg"}:  # they take no cover
        arguments = arguments[:6]
    path = tmp_path / name
    await ffmpeg(tools, *arguments, str(path))

    with pytest.raises(VxError) as failure:
        await _run(tools, path, tmp_path / "out")

    assert "no_video_stream" == failure.value.code


async def _plant_a_brief_wide_shot(tools: Tools, path: Path) -> None:
    """Borders are looked for every 0.52 s; the shot lies between two of those looks."""
    narrow = "testsrc2=s=160x90:r=25,pad=160:120:0:15"
    graph = "[0:v]setsar=1[a];[1:v]setsar=1[b];[2:v]setsar=1[c];[a][b][c]concat=n=3[o]"
    await ffmpeg(
        tools, "-f", "lavfi", "-t", "11", "-i", narrow, "-f", "lavfi", "-t", "0.4", "-i", "mandelbrot=s=160x120:r=25",
        "-f", "lavfi", "-t", "12.6", "-i", narrow, "-filter_complex", graph, "-map", "[o]", *X264, "-g", "500",
        "-sc_threshold", "0", str(path),
    )  # fmt: skip


async def test_a_brief_shot_with_more_picture_is_not_cut(tools: Tools, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    await _plant_a_brief_wide_shot(tools, path)

    result = await _run(tools, path, tmp_path / "out")

    assert result.crop is None
    assert {(160, 120)} == {(file.width, file.height) for file in result.files}
    assert any(11 <= seconds < 11.4 for _, seconds in _frames(result))


async def test_a_clip_loses_nothing_of_a_brief_shot_though_few_frames_are_asked_for(
    tools: Tools, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    await _plant_a_brief_wide_shot(tools, path)

    result = await _run(tools, path, tmp_path / "out", {"frames": {"mode": "timestamps", "at": [3]}, "clip": {}})

    assert result.crop is None
    assert [3.0] == [seconds for _, seconds in _frames(result)]
    assert ("clip", 160, 120) == (result.files[-1].kind, result.files[-1].width, result.files[-1].height)


async def test_a_clip_loses_nothing_of_what_moves_on_black_between_keyframes(tools: Tools, tmp_path: Path) -> None:
    """Each shot begins with it at the same place, and only those frames are looked at where shots are asked for."""
    path = tmp_path / "a.mp4"
    groups = ("-g", "50", "-keyint_min", "50", "-sc_threshold", "0")
    shot = r"[0:v]hue=h=90*floor(t/2)[p];[1:v][p]overlay=x=20+40*mod(t\,2):y=30:shortest=1"
    sources = (
        "-f",
        "lavfi",
        "-t",
        "10",
        "-i",
        "testsrc2=s=80x60:r=25",
        "-f",
        "lavfi",
        "-i",
        "color=black:s=240x120:r=25",
    )
    await ffmpeg(tools, *sources, "-filter_complex", shot, *X264, *groups, str(path))

    result = await _run(tools, path, tmp_path / "out", {"clip": {}})

    assert result.crop
    x, y, width, height = result.crop.box
    assert (x, y, height) == (20, 30, 60)
    assert 96 <= x + width - 80 <= 100  # it goes no further than 98, and is told to a pixel or two


async def test_blurry_frames_are_told_by_their_full_size(film: Path, tools: Tools, tmp_path: Path) -> None:
    """The middle shot is out of focus by two pixels, which no small picture of 64 cells could show."""
    path = tmp_path / "a.mp4"
    soft = f"scale=640:480:flags=neighbor,gblur=sigma=5:enable='between(t,{SHOT_SECONDS},{2 * SHOT_SECONDS}-0.02)'"
    await ffmpeg(tools, "-i", str(film), "-vf", f"fps=25,{soft}", *X264, str(path))

    result = await _run(tools, path, tmp_path / "out", {"drop": {"blurry": True}, "frames": {"min": 0}})

    assert [0, 2] == [int(seconds / SHOT_SECONDS) for _, seconds in _frames(result)]
    rejected = [c for c in result.candidates if not c.kept]
    assert {"blurry"} == {c.reason for c in rejected}
    assert {1} == {int(c.t / SHOT_SECONDS) for c in rejected}
    assert 2 <= len(rejected) <= 4  # the chosen one, and what might have stood in for it


async def test_a_blurry_frame_gives_way_to_a_sharp_one_of_its_shot(film: Path, tools: Tools, tmp_path: Path) -> None:
    """The middle shot comes into focus as it pales: in the small the earlier frames look as sharp, and cost less."""
    path, sharp = tmp_path / "a.mp4", SHOT_SECONDS + 0.18
    soft = f"scale=1280:960:flags=neighbor,gblur=sigma=4:enable='between(t,{SHOT_SECONDS},{sharp})'"
    pale = f"eq=contrast=0.86:enable='between(t,{sharp},{2 * SHOT_SECONDS - 0.02})'"
    await ffmpeg(tools, "-i", str(film), "-vf", f"fps=25,{soft},{pale}", *X264, str(path))

    result = await _run(tools, path, tmp_path / "out", {"drop": {"blurry": True}, "frames": {"min": 0}})

    times = [seconds for _, seconds in _frames(result)]
    assert [0, 1, 2] == [int(seconds / SHOT_SECONDS) for seconds in times]
    assert sharp < times[1]
    rejected = [c for c in result.candidates if not c.kept]
    assert "blurry" == rejected[0].reason
    assert {"blurry", "less_sharp"} >= {c.reason for c in rejected}
    assert 1 <= len(rejected) <= 3
    assert sorted(c.t for c in result.candidates) == [c.t for c in result.candidates]


async def test_the_most_different_frames_are_picked_on_request(film: Path, tools: Tools, tmp_path: Path) -> None:
    """Of a long shot and two short ones even spreading would show the long one three times."""
    path = tmp_path / "a.mp4"
    long = "tpad=start_mode=clone:start_duration=4"
    await ffmpeg(tools, "-i", str(film), "-vf", f"fps=25,{long}", *X264, str(path))

    options = {"frames": {"mode": "count", "count": 3, "pick": "diverse"}}
    result = await _run(tools, path, tmp_path / "out", options)

    assert [0, 1, 2] == [int(max(0.0, seconds - 4) / SHOT_SECONDS) for _, seconds in _frames(result)]


async def test_a_film_of_fewer_shots_than_are_wanted_of_any_says_so_once(tools: Tools, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    await ffmpeg(tools, "-f", "lavfi", "-t", "2", "-i", "smptebars=s=160x120:r=25", *X264, str(path))

    result = await _run(tools, path, tmp_path / "out", {})

    assert [("too_few_frames", 3, 1)] == [(w["code"], w.get("min"), w.get("kept")) for w in result.warnings]


async def test_a_film_in_which_nothing_is_to_be_seen_gives_a_frame_and_a_warning(tools: Tools, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    await ffmpeg(tools, "-f", "lavfi", "-t", "2", "-i", "color=black:s=160x120:r=25", *X264, str(path))

    result = await _run(tools, path, tmp_path / "out", {})

    assert (["only_blank"], 1) == ([warning["code"] for warning in result.warnings], len(_frames(result)))


async def test_shots_that_fade_from_and_to_black_are_shown_once_and_in_full_light(tools: Tools, tmp_path: Path) -> None:
    """A fade of a few frames over strong colours changes as much a frame as a cut does."""
    path = tmp_path / "a.mp4"
    sources = ("testsrc", "mandelbrot", "rgbtestsrc", f"{GRADIENTS}0.005")
    inputs = [
        p for s in sources for p in ("-f", "lavfi", "-t", "1", "-i", f"{s}{':' if '=' in s else '='}s=160x120:r=30")
    ]
    fades = "format=gbrp,fade=in:0:6,fade=out:24:6,setsar=1"
    graph = "".join(f"[{n}:v]{fades}[v{n}];" for n in range(4)) + "[v0][v1][v2][v3]concat=n=4,format=yuv420p[o]"
    await ffmpeg(tools, *inputs, "-filter_complex", graph, "-map", "[o]", *X264, "-bf", "0", str(path))

    result = await _run(tools, path, tmp_path / "out", {"frames": {"min": 0}})

    times = [seconds for _, seconds in _frames(result)]
    assert [0, 1, 2, 3] == [int(seconds) for seconds in times]
    assert all(0.15 <= seconds % 1 <= 0.85 for seconds in times)

"""Real clips, made on the spot by the wheel's ffmpeg, through the whole extraction."""

import asyncio
import math
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from structlog.testing import capture_logs

from integration.extraction import LIMITS, box, ffmpeg, run
from vxpipe import log
from vxpipe.engine import publish
from vxpipe.engine.media import argv, framing, inputs
from vxpipe.engine.media import tools as tool_places
from vxpipe.engine.media.extract import extract
from vxpipe.engine.media.probe import probe
from vxpipe.engine.media.reading import Reading
from vxpipe.engine.media.tools import Tools, find_tools
from vxpipe.errors import ConfigError, VxError
from vxpipe.model import Source
from vxpipe.ports import Bounds, ChildExit, ChildRunner
from vxpipe.recipe import Recipe

# Three shots and a black one; the last shot shows the first source again, later on.
SHOTS = ("testsrc2", "mandelbrot", "color=black", "smptebars")
FAST = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
KEYS = ("-g", "5", "-x264-params", "scenecut=0")
OPEN_GROUPS = (
    "-c:v",
    "libx265",
    "-preset",
    "ultrafast",
    "-pix_fmt",
    "yuv420p",
    "-x265-params",
    "keyint=12:open-gop=1:bframes=4:log-level=1",
)
VP9 = (  # one group, whatever is shown
    "-c:v",
    "libvpx-vp9",
    "-deadline",
    "realtime",
    "-cpu-used",
    "8",
    "-b:v",
    "2M",
    "-g",
    "999",
    "-lag-in-frames",
    "0",
    "-pix_fmt",
    "yuv420p",
)


async def _plant(
    tools: Tools, path: Path, *, pad: str = "null", rate: int = 25, seconds: float = 0.8, out: Sequence[str] = FAST
) -> None:
    """SHOTS of `seconds` each at 160x120, inside what `pad` puts around them."""
    sizes = [f"{source}{':' if '=' in source else '='}s=160x120:r={rate}" for source in SHOTS]
    inputs = [part for source in sizes for part in ("-f", "lavfi", "-t", str(seconds), "-i", source)]
    joined = "".join(f"[{n}:v]format=yuv444p,setsar=1[v{n}];" for n in range(len(SHOTS)))
    labels = "".join(f"[v{n}]" for n in range(len(SHOTS)))
    graph = f"{joined}{labels}concat=n={len(SHOTS)},{pad}[o]"
    await ffmpeg(tools, *inputs, "-filter_complex", graph, "-map", "[o]", *out, str(path))


MAGIC = {"jpg": b"\xff\xd8\xff", "png": b"\x89PNG", "webp": b"RIFF"}


async def _picture(tools: Tools, path: Path) -> np.ndarray[Any, Any]:
    """A saved image as gray values 0..255."""
    return (await _read(tools, path, "gray", "pgm"))[..., 0]


async def _colours(tools: Tools, path: Path) -> np.ndarray[Any, Any]:
    """A saved image as red, green and blue, 0..255 each."""
    return await _read(tools, path, "rgb24", "ppm")


async def _read(tools: Tools, path: Path, pixel_format: str, coder: str) -> np.ndarray[Any, Any]:
    assert path.read_bytes().startswith(MAGIC[path.suffix[1:]])
    line = ("-v", "error", "-i", str(path), "-pix_fmt", pixel_format, "-c:v", coder, "-f", "image2pipe", "-")
    _, size, _, pixels = (await _output(tools, str(tools.ffmpeg), *line)).split(b"\n", 3)
    width, height = map(int, size.split())
    return np.frombuffer(pixels, np.uint8).reshape(height, width, -1)


async def _output(tools: Tools, *line: str) -> bytes:
    said = bytearray()
    done = await tools.runner.run(line, limits=LIMITS, on_stdout=said.extend)
    assert done.returncode == 0, done.stderr_tail
    return bytes(said)


def _files(out: Path) -> list[str]:
    return sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Path:
    """The planted shots with bars above and below, as H.264 in MP4."""
    path = tmp_path_factory.mktemp("planted") / "clip.mp4"
    asyncio.run(_plant(tools, path, pad="pad=160:200:0:41:black"))
    return path


async def test_a_planted_clip_becomes_one_exact_frame_a_shot(clip: Path, tools: Tools, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = await run(tools, clip, out)
    publish.write_records(
        out, source=Source(platform="file", code="clip", url="clip.mp4"), recipe=Recipe(), extraction=result,
        cached=False, tool_versions=await tool_places.versions(tools),
    )  # fmt: skip

    frames = [file for file in result.files if file.kind == "frame"]
    assert [0, 1, 3] == [math.floor(round((file.t or 0) / 0.8, 6)) for file in frames]
    assert (0, 41, 160, 120) == box(result)
    assert {(160, 120)} == {(file.width, file.height) for file in frames}
    records = ["item.json", "manifest.jsonl", "sheet.jpg", "uncropped.jpg"]
    assert [*(file.name for file in frames), *records] == _files(out)
    assert (120, 160) == (await _picture(tools, out / frames[0].name)).shape


async def test_what_the_crop_takes_away_is_shown_by_the_whole_picture_of_a_kept_frame(
    clip: Path, tools: Tools, tmp_path: Path
) -> None:
    result = await run(tools, clip, tmp_path)

    whole = next(file for file in result.files if file.kind == "uncropped")
    twin = next(file for file in result.files if file.kind == "frame" and file.t == whole.t)
    seen, kept = await _picture(tools, tmp_path / whole.name), await _picture(tools, tmp_path / twin.name)
    assert (200, 160) == seen.shape == (whole.height, whole.width)
    assert np.abs(seen[41:161].astype(int) - kept).mean() < 5
    assert seen[:38].max() < 24


async def test_without_a_crop_there_is_no_other_picture_to_show(clip: Path, tools: Tools, tmp_path: Path) -> None:
    result = await run(tools, clip, tmp_path, {"crop": "none"})

    assert {"frame", "sheet"} == {file.kind for file in result.files}


async def test_possible_cuts_tell_what_another_threshold_would_find(clip: Path, tools: Tools, tmp_path: Path) -> None:
    usual = await run(tools, clip, tmp_path / "usual")
    strict = await run(tools, clip, tmp_path / "strict", {"frames": {"threshold": 0.95}})

    assert usual.cuts == strict.cuts
    assert len([c for c in usual.candidates if c.scene]) == sum(cut.score >= 0.3 for _, cut in usual.cuts)
    assert len([c for c in strict.candidates if c.scene]) == sum(cut.score >= 0.95 for _, cut in strict.cuts)
    assert all(0 < t < 3.2 for t, _ in usual.cuts)


async def test_a_film_that_is_not_divided_into_shots_has_no_possible_cuts(
    clip: Path, tools: Tools, tmp_path: Path
) -> None:
    result = await run(tools, clip, tmp_path, {"frames": {"mode": "interval", "every": 1}})

    assert () == result.cuts


class _OfStills(ChildRunner):
    """Every child of another runner. Of those that read stills `merged` read the film as well, `alone` nothing else;
    where images are `refused` of them, those fail. `without` them the others show pictures of the film.
    """

    def __init__(self, runner: ChildRunner, *, refused: bool = False) -> None:
        self._runner, self._refused = runner, refused
        self.merged = self.alone = self.without = 0

    def confined(self, bounds: Bounds) -> ChildRunner:
        raise AssertionError(f"nobody asked for {bounds}")

    async def run(self, argv: Sequence[str], **how: Any) -> ChildExit:  # type: ignore[override]
        if ("-format_whitelist", "rawvideo") in pairwise(argv):
            self.alone += argv.count("-i") == 1
            self.merged += argv.count("-i") == 2
            if self._refused and "file:%05d.jpg" in argv:
                return ChildExit(1, "refused")
        elif "pipe:1" in argv or "file:%05d.jpg" in argv:
            self.without += 1
        return await self._runner.run(argv, **how)


SAVED = [  # by how many children that read stills alone, and how many that decode as well, the look among them
    ("pad=160:200:0:41:black", (*FAST, "-g", "20", "-x264-params", "scenecut=0"), {}, (1, 2)),
    ("format=yuv444p,pad=204:120:23:0:navy", (*FAST, "-g", "20", "-x264-params", "scenecut=0"), {}, (1, 2)),
    ("null", (*FAST, "-g", "20", "-x264-params", "scenecut=0"), {}, (0, 2)),
    ("null", (*FAST, "-g", "20", "-x264-params", "scenecut=0"), {"image": {"maxWidth": 100}}, (0, 2)),
    ("pad=160:200:0:41:black", (*FAST, "-g", "12", "-bf", "3", "-x264-params", "scenecut=0"), {}, (2, 1)),
    ("null", OPEN_GROUPS, {"frames": {"mode": "count", "count": 9, "pick": "diverse"}}, (0, 1)),
]


@pytest.mark.parametrize(("pad", "coder", "options", "children"), SAVED)
async def test_a_keyframe_that_was_decoded_for_the_borders_is_saved_as_if_it_were_decoded_again(
    pad: str,
    coder: tuple[str, ...],
    options: dict[str, Any],
    children: tuple[int, int],
    tools: Tools,
    tmp_path: Path,
) -> None:
    film, usual, refused = tmp_path / "film.mp4", _OfStills(tools.runner), _OfStills(tools.runner, refused=True)
    await _plant(tools, film, pad=pad, out=coder)

    at_hand = await run(replace(tools, runner=usual), film, tmp_path / "one", options)
    decoded = await run(replace(tools, runner=refused), film, tmp_path / "other", options)

    assert children == (usual.alone, usual.merged)
    assert [file.name for file in decoded.files] == [file.name for file in at_hand.files]
    for file in decoded.files:
        assert (tmp_path / "other" / file.name).read_bytes() == (tmp_path / "one" / file.name).read_bytes()
    assert [file.name for file in sorted(at_hand.files, key=lambda file: file.name)] == _files(tmp_path / "one")


@pytest.mark.parametrize(
    ("name", "shape", "turned"),
    [
        ("film.mp4", "null", 0),
        ("film.mkv", "setsar=4/3", 0),
        ("film.mp4", "setparams=range=tv", 90),
        ("film.ts", "null", 0),
    ],
    ids=["plain", "oblong pixels", "turned", "MPEG-TS"],
)
async def test_a_keyframe_that_was_decoded_for_the_borders_is_looked_at_as_if_it_were_decoded_again(
    name: str, shape: str, turned: int, tools: Tools, tmp_path: Path
) -> None:
    straight, film, runner = tmp_path / f"straight-{name}", tmp_path / name, _OfStills(tools.runner)
    await _plant(tools, straight, pad=shape, out=(*FAST, "-g", "5", "-x264-params", "scenecut=0"))
    await ffmpeg(tools, "-display_rotation", str(turned), "-i", str(straight), "-c", "copy", str(film))
    keys = {"frames": {"mode": "keyframes"}}

    at_hand = await run(replace(tools, runner=runner), film, tmp_path / "one", keys)
    decoded = await run(tools, film, tmp_path / "other", {**keys, "crop": "none"})

    assert (0, 1, None) == (runner.alone, runner.merged, at_hand.crop)
    assert 16 == len(at_hand.candidates)
    assert decoded.candidates == at_hand.candidates
    for file in decoded.files:
        assert (tmp_path / "other" / file.name).read_bytes() == (tmp_path / "one" / file.name).read_bytes()


@pytest.mark.parametrize("name", ["film.mp4", "film.mov", "film.mkv"])
@pytest.mark.parametrize("coder", [(*FAST, "-bf", "3"), ("-c:v", "libx265", "-preset", "ultrafast", "-bf", "4")])
async def test_the_header_alone_tells_the_same_of_packets_and_keyframes(
    name: str, coder: tuple[str, ...], tools: Tools, tmp_path: Path
) -> None:
    path = tmp_path / name
    await _plant(tools, path, out=(*coder, "-g", "12"))
    film = inputs.File(path)

    async def told(by_header: bool) -> tuple[bytes, bytes]:
        keys = Reading(keep=(), keys=True, by_header=by_header)
        return (
            await _output(tools, *argv.packets(tools.ffprobe, film, by_header=by_header)),
            await _output(tools, *argv.thumbs(tools.ffmpeg, film, size=(64, 64), reading=keys)),
        )

    packets, pictures = await told(False)

    assert (packets, pictures) == await told(True)
    assert 80 == packets.count(b"packet,")
    assert len(pictures) >= 4 * 64 * 64 * 3 // 2


async def test_of_a_film_that_goes_on_in_another_size_every_keyframe_is_decoded(tools: Tools, tmp_path: Path) -> None:
    runner, parts = _OfStills(tools.runner), [tmp_path / f"{n}.h264" for n in range(2)]
    for part, pad in zip(parts, ("null", "scale=200:150"), strict=True):
        await _plant(tools, part, pad=pad, out=(*FAST, "-g", "5", "-x264-params", "scenecut=0"))
    joined, film = tmp_path / "film.h264", tmp_path / "film.mp4"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    await ffmpeg(tools, "-r", "25", "-f", "h264", "-i", str(joined), "-c", "copy", str(film))

    result = await run(replace(tools, runner=runner), film, tmp_path / "out", {"frames": {"mode": "keyframes"}})

    assert (0, 0) == (runner.alone, runner.merged)
    assert [(160, 120), (200, 150)] == [part.film.size for part in result.parts]


@pytest.mark.parametrize("crop", ["auto", {"aspect": "7:2"}, {"x": 3, "y": 5, "width": 31, "height": 77}])
async def test_the_sheet_tells_its_size(crop: Any, clip: Path, tools: Tools, tmp_path: Path) -> None:
    result = await run(tools, clip, tmp_path, {"crop": crop})

    sheet = next(file for file in result.files if file.kind == "sheet")
    assert (sheet.height, sheet.width) == (await _picture(tools, tmp_path / sheet.name)).shape


def _blocks(picture: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The averages of 6 x 8 parts of a picture of 4:3."""
    side = picture.shape[0] // 6
    return picture.reshape(6, side, 8, side).mean(axis=(1, 3))


@pytest.mark.parametrize(
    ("coder", "options"),
    [
        ((*FAST, *KEYS), {}),
        ((*FAST, *KEYS), {"frames": {"mode": "keyframes"}}),
        ((*FAST, *KEYS), {"image": {"format": "png"}}),
        ((*FAST, *KEYS), {"frames": {"mode": "keyframes"}, "image": {"format": "webp"}}),
        ((*FAST, *KEYS), {"frames": {"mode": "interval", "every": 0.04}, "dedupe": {"enabled": False}}),
        ((*FAST, *KEYS), {"frames": {"mode": "count", "count": 9, "pick": "diverse"}}),
        (OPEN_GROUPS, {"frames": {"mode": "count", "count": 9}}),
        (VP9, {}),
    ],
    ids=["scenes", "keyframes", "png", "webp", "more than a hundred", "diverse", "out of order", "held"],
)
async def test_the_sheet_shows_the_kept_frames_in_their_order(
    coder: tuple[str, ...], options: dict[str, Any], tools: Tools, tmp_path: Path
) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out"
    await _plant(tools, film, seconds=1.2, out=coder)

    result = await run(tools, film, out, {**options, "crop": "none"})

    frames = [file for file in result.files if file.kind == "frame"]
    shape, sheet = framing.sheet_of([(160, 120)] * len(frames)), await _picture(tools, out / "sheet.jpg")
    shown = frames[:: shape.step]
    assert 3 <= len(shown) <= 100
    for number in range(0, len(shown), -(-len(shown) // 12)):
        row, column = divmod(number, shape.columns)
        top, left = (shape.gap + place * (side + shape.gap) for place, side in ((row, 180), (column, 240)))
        cell, frame = sheet[top : top + 180, left : left + 240], await _picture(tools, out / shown[number].name)
        assert np.abs(_blocks(cell) - _blocks(frame)).max() < 4
    assert [*(file.name for file in frames), "sheet.jpg"] == _files(out)


class _LosesACell(ChildRunner):
    """Another runner, as on a disk that was full for a moment: of the second cell that is written but a part stays."""

    def __init__(self, runner: ChildRunner) -> None:
        self._runner = runner
        self.saves = 0

    def confined(self, bounds: Bounds) -> ChildRunner:
        raise AssertionError(f"nobody asked for {bounds}")

    async def run(self, argv: Sequence[str], **how: Any) -> ChildExit:  # type: ignore[override]
        done = await self._runner.run(argv, **how)
        if "file:%05d.cell" in argv:
            self.saves += 1
            if self.saves == 1:
                os.truncate(how["cwd"] / "00002.cell", 100)
        return done


@pytest.mark.parametrize("frames", [{}, {"mode": "timestamps", "at": [0, 1, 3]}], ids=["later", "at once"])
async def test_frames_whose_cells_were_not_written_are_saved_again(
    frames: dict[str, Any], clip: Path, tools: Tools, tmp_path: Path
) -> None:
    runner = _LosesACell(tools.runner)

    result = await run(replace(tools, runner=runner), clip, tmp_path / "lost", {"frames": frames})
    usual = await run(tools, clip, tmp_path / "usual", {"frames": frames})

    assert (2, 3) == (runner.saves, result.frames)
    assert _files(tmp_path / "usual") == _files(tmp_path / "lost")
    for file in usual.files:
        assert (tmp_path / "usual" / file.name).read_bytes() == (tmp_path / "lost" / file.name).read_bytes()


@pytest.mark.parametrize("form", list(MAGIC))
async def test_the_sheet_shows_the_colours_of_the_frames(form: str, tools: Tools, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mp4", tmp_path / "out"
    told = (
        "scale=out_color_matrix=bt709,format=yuv420p,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    )
    stripes = ("-f", "lavfi", "-t", "1", "-i", f"rgbtestsrc=s=480x360:r=25,{told}")
    await ffmpeg(tools, *stripes, *FAST, "-crf", "5", str(film))

    (frame, sheet) = (await run(tools, film, out, {"image": {"format": form}, "crop": "none"})).files

    shown, saved = await _colours(tools, out / sheet.name), await _colours(tools, out / frame.name)
    assert ((188, 248), (360, 480)) == (shown.shape[:2], saved.shape[:2])
    for place in range(3):
        cell, image = shown[34 + 60 * place, 214].astype(int), saved[60 + 120 * place, 420].astype(int)
        assert image.max() - image.min() > 180
        assert np.abs(cell - image).max() < 6


async def test_manifest_and_item_tell_the_whole_story(clip: Path, tools: Tools, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = await run(tools, clip, out)
    source = publish.with_media(Source(platform="file", code="c", url="u", title="T"), result.info)
    files = publish.write_records(
        out, source=source, recipe=Recipe.model_validate({"sheet": True}), extraction=result,
        cached=True, tool_versions={"ffmpeg": "9"},
    )  # fmt: skip

    rows = [orjson.loads(line) for line in (out / "manifest.jsonl").read_bytes().splitlines()]
    item = orjson.loads((out / "item.json").read_bytes())
    keys = {"t", "kept", "reason", "scene", "score", "dhash", "sharpness", "luma", "file", "duplicateOf", "distance"}
    assert all(keys == set(row) for row in rows)
    assert item["cached"] is True
    assert (True, 0.3) == (item["options"]["sheet"], item["options"]["frames"]["threshold"])
    assert ["blank"] == [row["reason"] for row in rows if not row["kept"]]
    assert [row["file"] for row in rows if row["kept"]] == [f.name for f in files if f.kind == "frame"]
    assert {"x": 0, "y": 41, "width": 160, "height": 120} == {
        k: v for k, v in item["crop"].items() if k != "confidence"
    }
    assert ("T", 160, 200, "h264", 25.0) == tuple(
        item["source"][k] for k in ("title", "width", "height", "codec", "fps")
    )
    assert {"probe", "analyse", "render"} == set(item["timings"])
    assert ["frame"] * 3 + ["sheet", "uncropped", "manifest", "item"] == [file.kind for file in files]


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Each value in a document that holds no others, by its path; a list of such is one value."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{place}.{re.sub('^(top|bottom|left|right)$', '*', name)}".lstrip("."))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for inner in value:
            yield from _leaves(inner, f"{place}[]")
    else:
        yield place, value


async def test_the_page_about_item_json_names_every_field(clip: Path, tools: Tools, tmp_path: Path) -> None:
    result = await run(tools, clip, tmp_path, {"clip": {}})
    publish.write_records(
        tmp_path, source=Source(platform="file", code="c", url="u"), recipe=Recipe(), extraction=result,
        cached=False, tool_versions={"ffmpeg": "9"},
    )  # fmt: skip
    page = (Path(__file__).parents[2] / "docs" / "manifest.md").read_text().partition("| field of `item.json` |")[2]
    rows = re.findall(r"^\|([^|]*)\|(.*)", page, re.MULTILINE)

    facts = orjson.loads((tmp_path / "item.json").read_bytes())

    named = {name for cell, _ in rows for name in re.findall(r"`([^`]+)`", cell)}
    leaves = dict(_leaves(facts))
    uses = next(told for cell, told in rows if "`decoding[].use`" in cell)
    only_at_times = {"borders.sides.*.note"}
    assert [place for place in leaves if not any(_is_within(place, name) for name in named)] == []
    assert only_at_times == {name for name in named if not any(_is_within(place, name) for place in leaves)}
    assert [step["use"] for step in facts["decoding"] if f"`{step['use']}` (" not in uses] == []


def _is_within(place: str, other: str) -> bool:
    return place == other or place.startswith((f"{other}.", f"{other}["))


async def test_the_log_tells_why_frames_were_dropped_and_when_the_clip_begins(
    clip: Path, tools: Tools, tmp_path: Path
) -> None:
    with capture_logs() as logs:
        await run(tools, clip, tmp_path, {"clip": {}})

    told = [line for line in logs if line["event"] in {"frames.selected", "clip.begun", "clip.written"}]
    assert ["frames.selected", "clip.begun", "clip.written"] == [line["event"] for line in told]
    assert "kept 3 of 4 candidate frames (1 blank)" == log.message("frames.selected", told[0])


async def test_the_log_tells_to_the_millisecond_how_long_a_film_is(tools: Tools, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    source = ("-f", "lavfi", "-i", "testsrc2=s=96x96:r=30000/1001", "-frames:v", "5")
    await ffmpeg(tools, *source, *FAST, str(film))

    with capture_logs() as logs:
        await run(tools, film, tmp_path / "out")

    assert [0.167] == [line["duration"] for line in logs if line["event"] == "video.probed"]


async def test_progress_of_a_stage_never_falls_and_ends_at_one(clip: Path, tools: Tools, tmp_path: Path) -> None:
    heard: list[tuple[str, float]] = []
    await extract(
        tools, clip, Recipe(), tmp_path, report=lambda stage, fraction, **facts: heard.append((stage, fraction))
    )

    assert ["probe", "analyse", "render"] == list(dict.fromkeys(stage for stage, _ in heard))
    for stage in ("probe", "analyse", "render"):
        fractions = [fraction for name, fraction in heard if name == stage]
        assert sorted(fractions) == fractions
        assert 1.0 == fractions[-1]
    assert len({fraction for stage, fraction in heard if stage == "analyse"}) > 10


@pytest.mark.parametrize("frames", [{"mode": "keyframes"}, {"mode": "timestamps", "at": [1.9]}])
async def test_borders_of_one_group_are_told_from_all_of_it(
    frames: dict[str, Any], tools: Tools, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    opening = ("-f", "lavfi", "-i", "color=black:s=160x160:r=25:d=1")
    film = ("-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=1")
    graph = "[1:v]pad=160:160:0:24:black[film];[0:v][film]concat=n=2,format=yuv444p"
    await ffmpeg(tools, *opening, *film, "-filter_complex", graph, *FAST[:-1], "yuv444p", "-g", "250", str(path))

    result = await run(tools, path, tmp_path / "out", {"sheet": False, "frames": frames})

    assert (0, 24, 160, 120) == box(result)


@pytest.mark.parametrize("bar", [20, 2])
@pytest.mark.parametrize("crop", ["auto", {"aspect": "1:1"}])
async def test_times_that_all_show_more_than_the_keyframes_are_saved_whole(
    bar: int, crop: Any, tools: Tools, tmp_path: Path
) -> None:
    path = tmp_path / "insert.mp4"
    film = ("-f", "lavfi", "-i", f"testsrc2=s=160x{160 - 2 * bar}:r=25:d=8")
    insert = ("-f", "lavfi", "-i", "mandelbrot=s=160x160:r=25,trim=end=8")
    graph = f"[0:v]pad=160:160:0:{bar}:black[film];[film][1:v]overlay=enable='between(t,2.8,3.6)',format=yuv420p"
    await ffmpeg(tools, *film, *insert, "-filter_complex", graph, *FAST, "-g", "50", "-sc_threshold", "0", str(path))
    frames = {"mode": "timestamps", "at": [3.0, 3.2, 3.4]}

    barred = await run(tools, path, tmp_path / "barred", {"frames": {**frames, "at": [0.5, 1.5, 5.5]}, "sheet": False})
    whole = await run(tools, path, tmp_path / "whole", {"frames": frames, "crop": crop, "sheet": False})

    assert (0, bar, 160, 160 - 2 * bar) == box(barred)
    assert (3, None) == (whole.frames, box(whole))


@pytest.mark.parametrize(
    ("pad", "expected"),
    [
        ("pad=204:120:23:0:navy", (23, 0, 160, 120)),
        ("pad=201:171:11:33:0x101010", (11, 33, 160, 120)),
        ("pad=160:140:0:0:white", (0, 0, 160, 120)),
        ("pad=204:120:23:0:navy,pad=204:161:0:20:0x303030", (23, 20, 160, 120)),
        ("pad=164:124:2:2:white,pad=200:160:19:18:black", (21, 20, 160, 120)),
        ("pad=160:200:0:40:black,drawbox=x=20:y=12:w=50:h=9:color=white:t=fill", (0, 40, 160, 120)),
        ("null", None),
        ("vignette=PI/3", None),
    ],
    ids=[
        "coloured pillars",
        "all sides, odd",
        "one side",
        "pillars in a letterbox",
        "a thin frame in bars",
        "a mark in a bar",
        "none",
        "dark rim",
    ],
)
async def test_borders_are_exact(
    pad: str, expected: tuple[int, int, int, int] | None, tools: Tools, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    await _plant(tools, path, pad=pad, out=(*FAST[:-1], "yuv444p"))

    result = await run(tools, path, tmp_path / "out", {"sheet": False})

    assert expected == box(result)


@pytest.mark.parametrize(
    ("name", "out"),
    [
        ("clip.ts", (*FAST, "-output_ts_offset", "37.5")),
        ("clip.webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "400k")),
        ("clip.mkv", (*FAST[:-1], "yuv420p10le", "-color_trc", "smpte2084", "-color_primaries", "bt2020")),
        ("clip.avi", ("-c:v", "mpeg4", "-q:v", "3")),
    ],
    ids=["ts that starts late", "vp9", "10 bit hdr", "avi"],
)
async def test_other_containers_and_codecs_give_the_same_shots(
    name: str, out: Sequence[str], tools: Tools, tmp_path: Path
) -> None:
    path = tmp_path / name
    await _plant(tools, path, out=out)

    result = await run(tools, path, tmp_path / "out")

    assert [0, 1, 3] == [math.floor(round((file.t or 0) / 0.8, 6)) for file in result.files if file.kind == "frame"]
    assert () == result.warnings


async def test_times_are_exact_on_variable_frame_rate(tools: Tools, tmp_path: Path) -> None:
    """A picture whose gray is its frame number, with frames missing: the picture must be the one of its time."""
    path, out = tmp_path / "vfr.mkv", tmp_path / "out"
    numbered = "nullsrc=s=64x64:r=25:d=4,geq=lum='40+2*N':cb=128:cr=128,select='not(between(n,20,37))*not(mod(n,3))'"
    await ffmpeg(tools, "-f", "lavfi", "-i", numbered, "-fps_mode", "vfr", *FAST, "-qp", "0", str(path))
    asked = [0.0, 0.5, 1.2, 1.6, 3.0]

    result = await run(
        tools, path, out,
        {"frames": {"mode": "timestamps", "at": asked}, "crop": "none", "image": {"format": "png"}, "sheet": False},
    )  # fmt: skip

    frames = [file for file in result.files if file.kind == "frame"]
    assert [0.0, 0.48, 0.72, 1.56, 3.0] == [round(file.t or 0, 3) for file in frames]
    for file in frames:
        picture = await _picture(tools, out / file.name)
        number = round((float(picture.mean()) * 219 / 255 + 16 - 40) / 2)
        assert round((file.t or 0) * 25) == number


LAYERED = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "12", "-qp", "0", "-pix_fmt", "yuv420p")


@pytest.mark.parametrize("name", ["numbered.ts", "numbered.mp4"])
@pytest.mark.parametrize(
    ("frames", "times"),
    [
        ({"mode": "keyframes"}, None),
        ({"mode": "timestamps", "at": [0.04, 0.2, 1.01, 3.99]}, [0.04, 0.2, 1.0, 3.96]),
        ({"mode": "count", "count": 4, "min": 0}, None),
        ({"mode": "interval", "every": 0.3, "max": 14}, None),
    ],
    ids=["keyframes", "timestamps", "count", "interval"],
)
async def test_the_picture_is_the_one_of_its_time_however_few_packets_are_decoded(
    frames: dict[str, Any], times: list[float] | None, name: str, tools: Tools, tmp_path: Path
) -> None:
    """A picture whose gray is its frame number, in layers of B-frames; the stream starts late."""
    path, out = tmp_path / name, tmp_path / "out"
    numbered = "nullsrc=s=64x64:r=25:d=4,geq=lum='if(lt(X,32),30+2*N,250-2*N)':cb=128:cr=128"
    await ffmpeg(tools, "-f", "lavfi", "-i", numbered, *LAYERED, "-output_ts_offset", "37.5", str(path))
    options = {"frames": frames, "crop": "none", "dedupe": {"enabled": False}, "image": {"format": "png"}}

    result = await run(tools, path, out, {**options, "sheet": False})

    saved = [file for file in result.files if file.kind == "frame"]
    assert "named" == result.plan.look
    assert times is None or times == pytest.approx([file.t for file in saved], abs=1e-3)
    assert len(saved) >= 4
    for file in saved:
        left = (await _picture(tools, out / file.name))[:, :24]
        assert round((file.t or 0) * 25) == round((float(left.mean()) * 219 / 255 + 16 - 30) / 2)


@pytest.mark.parametrize("mode", ["keyframes", "scenes"])
@pytest.mark.parametrize(
    "coder",
    [("libx265", "-x265-params", "keyint=200:min-keyint=200:scenecut=0:open-gop=1:log-level=error"),
     ("libx264", "-x264-params", "keyint=200:min-keyint=200:scenecut=0:open-gop=1")],
    ids=["hevc", "h264"],
)  # fmt: skip
async def test_open_groups_far_apart_give_each_frame_the_picture_of_its_time(
    coder: tuple[str, ...], mode: str, tools: Tools, tmp_path: Path
) -> None:
    """Decoders number such frames modulo 256: what follows a gap may come out before what stands in front of it."""
    path, out = tmp_path / "open.mp4", tmp_path / "out"
    steps = "nullsrc=s=64x64:r=25:d=40,geq=lum='if(lt(X,32),20+22*floor(N/100),mod(N*37+Y*5*floor(N/100),200)+20)'"
    await ffmpeg(tools, "-f", "lavfi", "-i", f"{steps}:cb=128:cr=128", "-c:v", *coder, "-pix_fmt", "yuv420p", str(path))
    options = {"crop": "none", "dedupe": {"enabled": False}, "image": {"format": "png"}, "sheet": False}

    result = await run(tools, path, out, {**options, "frames": {"mode": mode}})

    saved = [file for file in result.files if file.kind == "frame"]
    assert len(saved) >= 4
    for file in saved:
        left = (await _picture(tools, out / file.name))[:, 4:24]
        step = (float(left.mean()) * 219 / 255 + 16 - 20) / 22
        assert int((file.t or 0) * 25 + 0.5) // 100 == round(step)


@pytest.mark.parametrize("seconds", [1.5, 2, 4])
async def test_photographs_shown_for_equal_times_are_all_found(seconds: float, tools: Tools, tmp_path: Path) -> None:
    """Each moves slowly, and each begins with a keyframe: as regular as if an encoder had to put them there."""
    path, frames = tmp_path / "photographs.mp4", round(seconds * 25)
    photographs = (
        "smptehdbars", "testsrc2", "mandelbrot", "gradients=n=3:c0=orange:c1=navy:c2=green:x0=0:y0=10:x1=300:y1=170",
        "pal75bars", "colorchart", "gradients=n=2:c0=purple:c1=yellow:x0=300:y0=0:x1=10:y1=160",
    )  # fmt: skip
    moves = f"scale=640x360,zoompan=z='1+0.0008*on':d={frames}:s=320x180:fps=25,setsar=1,trim=end_frame={frames}"
    shown = [f"{source},trim=end_frame=1,{moves}[p{n}]" for n, source in enumerate(photographs)]
    joined = "".join(f"[p{n}]" for n in range(len(photographs))) + f"concat=n={len(photographs)}"
    graph = ";".join([*shown, joined])
    await ffmpeg(tools, "-filter_complex", graph, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(path))

    result = await run(tools, path, tmp_path / "out", {"sheet": False, "crop": "none"})

    starts = [math.floor(round((file.t or 0) / seconds, 6)) for file in result.files if file.kind == "frame"]
    assert list(range(len(photographs))) == starts


def _slide(text: str, lines: int) -> np.ndarray[Any, Any]:
    """A light page of 320x180 with a template and `lines` of dark strokes, others for every text."""
    rng = np.random.default_rng(list(text.encode()))
    page = np.full((180, 320), 235, np.uint8)
    page[6:9, 10:310] = page[168:174, 280:310] = 90
    for row in range(16, 16 + 20 * lines, 20):
        page[row : row + 9, 30:270] = np.repeat(rng.choice([235, 235, 120, 60], (3, 80)), 3, axis=0).repeat(3, axis=1)
    return page


async def _slides(tools: Tools, path: Path, shown: Sequence[tuple[str, int, int]], *out: str) -> None:
    """A film of slides: text, lines and frames of each, 25 a second."""
    raw = path.with_suffix(".gray")
    raw.write_bytes(b"".join(_slide(text, lines).tobytes() * frames for text, lines, frames in shown))
    source = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "320x180", "-r", "25", "-i", str(raw))
    await ffmpeg(tools, *source, "-c:v", "libx264", "-pix_fmt", "yuv420p", *out, str(path))


@pytest.mark.parametrize(
    "coder",
    [("-g", "250"), ("-g", "50", "-sc_threshold", "0"), ("-g", "25", "-sc_threshold", "0"), ("-crf", "33")],
    ids=["keys at cuts", "GOP 50", "a key at every cut", "coarse"],
)
async def test_slides_of_one_template_are_each_found_once(coder: tuple[str, ...], tools: Tools, tmp_path: Path) -> None:
    path = tmp_path / "slides.mp4"
    texts = ["one", "two", "three", "one", "four", "two", "five"]
    await _slides(tools, path, [(text, 2 + place % 3 * 2, 75) for place, text in enumerate("abcdefg")], *coder)
    again = tmp_path / "again.mp4"
    await _slides(tools, again, [(text, 3, 75) for text in texts], *coder)

    found = [await run(tools, film, tmp_path / film.stem, {"crop": "none"}) for film in (path, again)]

    starts = [[int((f.t or 0) / 3 + 1e-6) for f in result.files if f.kind == "frame"] for result in found]
    assert [[0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 4, 6]] == starts


@pytest.mark.parametrize("fades", [0, 15], ids=["cut", "faded"])
async def test_slides_that_differ_in_a_few_figures_are_each_found_once(
    fades: int, tools: Tools, tmp_path: Path
) -> None:
    path, raw = tmp_path / "figures.mp4", tmp_path / "figures.gray"
    slides = [_slide("table", 6).astype(np.float32) for _ in range(3)]
    for slide, text in zip(slides, ("this year", "last year", "next year"), strict=True):
        slide[56:65, 150:210] = slide[96:105, 150:210] = _slide(text, 4)[56:65, 150:210]
    shown = [slides[k] for k in (0, 1, 0, 2)]
    pictures = list[np.ndarray[Any, Any]]()
    for before, slide in pairwise([shown[0], *shown]):
        pictures += [before + (slide - before) * (k + 1) / (fades + 1) for k in range(fades)] + [slide] * (75 - fades)
    raw.write_bytes(b"".join(picture.astype(np.uint8).tobytes() for picture in pictures))
    source = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "320x180", "-r", "25", "-i", str(raw))
    await ffmpeg(tools, *source, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(path))

    result = await run(tools, path, tmp_path / "out", {"crop": "none"})

    times = [file.t or 0 for file in result.files if file.kind == "frame"]
    assert [0, 1, 3] == [int(t / 3 + 1e-6) for t in times]
    assert all(t % 3 >= fades / 25 or t < 3 for t in times)


async def test_a_slide_that_is_written_line_by_line_is_one_shot_shown_at_its_fullest(
    tools: Tools, tmp_path: Path
) -> None:
    path = tmp_path / "lines.mp4"
    shown = [(text, lines, 40) for text in ("one", "two", "three") for lines in (1, 2, 3, 5)]
    await _slides(tools, path, shown, "-g", "50", "-sc_threshold", "0")

    result = await run(tools, path, tmp_path / "out", {"crop": "none"})

    times = [f.t or 0 for f in result.files if f.kind == "frame"]
    assert [True] * 3 == [begin + 4.8 <= t < begin + 6.4 for t, begin in zip(times, (0, 6.4, 12.8), strict=True)]


async def test_a_stream_with_a_hole_is_decoded_as_a_whole(tools: Tools, tmp_path: Path) -> None:
    """The packets of a damaged file promise what the decoder cannot give."""
    path = tmp_path / "hole.mp4"
    await _plant(tools, path, out=(*FAST, "-g", "5", "-movflags", "+faststart"))
    content = bytearray(path.read_bytes())
    middle = (content.index(b"mdat") + len(content)) // 2
    content[middle : middle + 3000] = bytes(3000)
    path.write_bytes(content)

    result = await run(tools, path, tmp_path / "out")

    assert "everything" == result.plan.look
    assert result.frames >= 2


async def test_whatever_ratio_is_saved_the_same_frames_are(samples: Path, tools: Tools, tmp_path: Path) -> None:
    """In the narrow part of a picture much of it changes where something moves."""
    path = samples / "letterbox_reel.mp4"
    whole, *parts = [
        await run(tools, path, tmp_path / name, {"crop": crop, "sheet": False})
        for name, crop in (("whole", "auto"), ("tall", {"aspect": "9:16"}), ("wide", {"aspect": "16:9"}))
    ]

    assert [whole.candidates] * 2 == [part.candidates for part in parts]
    assert [(0, 142, 540, 676), (80, 142, 380, 676), (0, 328, 540, 304)] == [box(each) for each in (whole, *parts)]


@pytest.mark.parametrize("format_name", ["png", "webp", "jpg"])
async def test_formats_sizes_and_aspects(format_name: str, clip: Path, tools: Tools, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = {"crop": {"aspect": "1:1"}, "image": {"format": format_name, "maxWidth": 64, "quality": 70}}

    result = await run(tools, clip, out, options)

    frame = result.files[0]
    assert frame.name.endswith(f".{format_name}")
    assert (64, 64) == (await _picture(tools, out / frame.name)).shape
    assert (20, 41, 120, 120) == box(result)


async def test_rotation_and_pixel_shape_are_applied(tools: Tools, tmp_path: Path) -> None:
    flat, turned, out = tmp_path / "flat.mp4", tmp_path / "turned.mp4", tmp_path / "out"
    await _plant(tools, flat, pad="pad=160:140:0:20:black,setsar=2")
    await ffmpeg(tools, "-display_rotation", "90", "-i", str(flat), "-c", "copy", str(turned))

    result = await run(tools, turned, out, {"image": {"format": "png"}})

    assert (140, 160) == (result.info.width, result.info.height)
    assert (20, 0, 120, 160) == box(result)
    assert (160, 60) == (await _picture(tools, out / result.files[0].name)).shape


async def test_the_clip_is_cropped_and_keeps_its_sound(tools: Tools, tmp_path: Path) -> None:
    path, out = tmp_path / "in.mkv", tmp_path / "out"
    silent = tmp_path / "silent.mp4"
    await _plant(tools, silent, pad="pad=161:171:0:21:black", out=(*FAST[:-1], "yuv444p"))
    await ffmpeg(
        tools, "-i", str(silent), "-f", "lavfi", "-i", "sine=duration=3", "-c:v", "copy", "-c:a", "libopus", str(path)
    )

    result = await run(tools, path, out, {"clip": {"quality": 30}})

    made, _ = await probe(tools, out / "clip.mp4")
    assert ("h264", "aac", 160, 120) == (made.codec, made.audio_codec, made.width, made.height)
    assert made.duration == pytest.approx(3.2, abs=0.2)
    assert "clip" == result.files[-1].kind


@pytest.mark.parametrize(("width", "codes"), [(80, []), (79, ["clip_evened"])])
async def test_a_clip_of_an_odd_picture_warns_that_it_is_a_pixel_smaller(
    width: int, codes: list[str], clip: Path, tools: Tools, tmp_path: Path
) -> None:
    crop = {"x": 3, "y": 30, "width": width, "height": 60}

    result = await run(tools, clip, tmp_path, {"crop": crop, "clip": {}})

    assert codes == [warning["code"] for warning in result.warnings]
    assert (width - width % 2, 60) == (result.files[-1].width, result.files[-1].height)


@pytest.mark.parametrize("name", ["two.mkv", "two.ts"])
async def test_of_two_pictures_the_larger_one_is_taken_with_its_own_sound(
    name: str, tools: Tools, tmp_path: Path
) -> None:
    """The small one comes first and lasts longer; in the transport stream each has a program and a sound of its own."""
    path, out = tmp_path / name, tmp_path / "out"
    await _plant(tools, tmp_path / "small.mp4", pad="scale=80:60", seconds=1.0)
    await _plant(tools, tmp_path / "large.mp4", pad="pad=160:160:0:20:black")
    inputs = [part for each in ("small", "large") for part in ("-i", str(tmp_path / f"{each}.mp4"))]
    sounds = [part for rate in (22050, 48000) for part in ("-f", "lavfi", "-i", f"sine=duration=3:sample_rate={rate}")]
    programs = ("-program", "program_num=1:st=0:st=1", "-program", "program_num=2:st=2:st=3")
    await ffmpeg(
        tools, *inputs, *sounds, "-map", "0", "-map", "2", "-map", "1", "-map", "3", "-c:v", "copy", "-c:a", "aac",
        "-disposition:v", "0", *(programs if name.endswith(".ts") else ()), str(path),
    )  # fmt: skip

    result = await run(tools, path, out, {"clip": {"quality": 30}})

    heard = await _output(
        tools, str(tools.ffprobe), "-v", "error", "-show_streams", "-of", "json", str(out / "clip.mp4")
    )
    rates = [stream["sample_rate"] for stream in orjson.loads(heard)["streams"] if stream["codec_type"] == "audio"]
    assert (160, 160) == (result.info.width, result.info.height)
    assert (0, 20, 160, 120) == box(result)
    assert (1, 2, "it is the largest") == (result.info.taken.number, result.info.taken.of, result.info.taken.because)
    assert ["48000" if name.endswith(".ts") else "22050"] == rates


async def test_a_picture_whose_program_lists_no_sound_is_heard_with_one_of_no_program(
    tools: Tools, tmp_path: Path
) -> None:
    path, out = tmp_path / "film.ts", tmp_path / "out"
    inputs = ("-f", "lavfi", "-i", "testsrc2=s=96x96:d=1", "-f", "lavfi", "-i", "sine=duration=1")
    await ffmpeg(tools, *inputs, *FAST, "-c:a", "aac", "-program", "program_num=1:st=0", str(path))

    await run(tools, path, out, {"clip": {"quality": 30}, "sheet": False})

    line = [str(tools.ffprobe), "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0"]
    assert [b"video", b"audio"] == (await _output(tools, *line, str(out / "clip.mp4"))).split()


async def _times(tools: Tools, path: Path) -> list[float]:
    """When each frame is shown, from the first one."""
    said = bytearray()
    entries = ("-show_entries", "frame=pts_time", "-of", "csv=p=0")
    line = [str(tools.ffprobe), "-v", "error", "-select_streams", "v:0", *entries, str(path)]
    await tools.runner.run(line, limits=LIMITS, on_stdout=said.extend)
    times = [float(word.strip(",")) for word in said.decode().split()]
    return [time - times[0] for time in times]


async def test_the_clip_of_a_variable_frame_rate_keeps_its_times(tools: Tools, tmp_path: Path) -> None:
    """Bursts of five frames within 16 ms, five times a second."""
    path, out = tmp_path / "in.mkv", tmp_path / "out"
    bursts = "settb=1/1000,setpts=floor(N/5)*200+mod(N\\,5)*4"
    film = ("-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=2", "-vf", bursts, "-enc_time_base", "1/1000")
    await ffmpeg(tools, *film, "-fps_mode", "vfr", *FAST, str(path))

    await run(tools, path, out, {"clip": {"quality": 30}, "sheet": False})

    assert await _times(tools, path) == pytest.approx(await _times(tools, out / "clip.mp4"), abs=0.001)


async def test_one_frame_is_enough(tools: Tools, tmp_path: Path) -> None:
    path = tmp_path / "one.mp4"
    await ffmpeg(tools, "-f", "lavfi", "-i", "testsrc2=s=96x96", "-frames:v", "1", *FAST, str(path))

    result = await run(tools, path, tmp_path / "out")

    assert ["frames/00001_00000.000.jpg", "sheet.jpg"] == _files(tmp_path / "out")
    assert 1 == result.frames


async def test_a_half_file_gives_its_frames_and_a_warning(tools: Tools, tmp_path: Path) -> None:
    whole, half = tmp_path / "whole.mp4", tmp_path / "half.mp4"
    await _plant(tools, whole, out=(*FAST, "-movflags", "+faststart", "-g", "10"))
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    with capture_logs() as told:
        result = await run(tools, half, tmp_path / "out")

    assert result.frames >= 1
    (warning,) = result.warnings
    assert "damaged_source" == warning["code"]
    assert 0 < warning["decodedFrames"] < warning["promisedFrames"] == 80
    events = [line["event"] for line in told]
    assert ["plan.dropped", "borders.absent"] == [each for each in events if each.startswith(("plan.", "borders."))]
    lines = [log.message(line.pop("event"), line) for line in told]
    assert warning["message"] in lines
    assert not [line for line in lines if "@ 0x" in line]


async def test_where_a_film_ends_is_told_by_the_frame_that_stands_for_later_times(tools: Tools, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    await ffmpeg(tools, "-f", "lavfi", "-i", "testsrc2=s=96x96:r=10:d=2", *FAST, str(path))

    result = await run(tools, path, tmp_path / "out", {"frames": {"mode": "timestamps", "at": [1, 50]}})

    (warning,) = result.warnings
    assert ("beyond_end", [50]) == (warning["code"], warning["times"])
    assert 1.9 == warning["seconds"] == max(file.t for file in result.files if file.t is not None)


async def _write_text(_: Tools, path: Path) -> None:
    path.write_text("ffconcat version 1.0\nfile other.mp4\n")


async def _write_nothing(_: Tools, path: Path) -> None:
    path.touch()


async def _write_no_file(_: Tools, path: Path) -> None:
    assert not path.exists()


async def _write_sound(tools: Tools, path: Path) -> None:
    await ffmpeg(tools, "-f", "lavfi", "-i", "sine=duration=1", str(path))


async def _write_head_only(tools: Tools, path: Path) -> None:
    """A file whose index is whole and whose pictures are all zeros."""
    await _plant(tools, path, out=(*FAST, "-movflags", "+faststart"))
    content = path.read_bytes()
    data = content.index(b"mdat") + 4
    path.write_bytes(content[:data] + bytes(len(content) - data))


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (_write_text, "unreadable_media"),
        (_write_nothing, "unreadable_media"),
        (_write_no_file, "file_missing"),
        (_write_sound, "no_video_stream"),
        (_write_head_only, "damaged_media"),
    ],
)
async def test_a_file_that_cannot_be_used_says_why(write: Any, code: str, tools: Tools, tmp_path: Path) -> None:
    path = tmp_path / "input.mp4"
    await write(tools, path)

    with pytest.raises(VxError) as failure:
        await run(tools, path, tmp_path / "out")

    assert code == failure.value.code
    assert not re.search(r"\n|@ 0x|input\.mp4", failure.value.message)


async def test_an_mp4_without_its_end_is_to_be_fetched_or_copied_again(
    clip: Path, tools: Tools, tmp_path: Path
) -> None:
    whole, cut = await asyncio.to_thread(clip.read_bytes), tmp_path / "cut.mp4"
    cut.write_bytes(whole[: whole.index(b"moov")])

    with pytest.raises(VxError) as failure:
        await run(tools, cut, tmp_path / "out")

    assert ("unreadable_media", "the end of the file is missing, and with it the index of the video") == (
        failure.value.code,
        failure.value.message,
    )
    assert "fetch or copy it again" in failure.value.hint


async def test_a_crop_beyond_the_picture_is_refused(clip: Path, tools: Tools, tmp_path: Path) -> None:
    with pytest.raises(VxError) as failure:
        await run(tools, clip, tmp_path / "out", {"crop": {"x": 100, "y": 0, "width": 61, "height": 50}})

    assert "bad_crop" == failure.value.code


def test_named_tools_win_and_must_exist(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.touch()

    assert mine == find_tools(str(mine), None)[0]
    with pytest.raises(ConfigError, match="VXPIPE_FFPROBE"):
        find_tools(None, str(tmp_path / "nowhere"))


async def test_tool_versions_are_plain_numbers(tools: Tools) -> None:
    found = await tool_places.versions(tools)

    assert {"ffmpeg", "ffprobe"} == set(found)
    assert all(number[0].isdigit() for number in found.values())


async def test_what_did_the_work_tells_its_version_meanwhile(tools: Tools, clip: Path, tmp_path: Path) -> None:
    result = await run(tools, clip, tmp_path)

    assert await tool_places.versions(tools) == result.tools


ONE_GROUP = ("-g", "999", "-bf", "3", "-x264-params", "scenecut=0:b-pyramid=normal")


@pytest.mark.parametrize("seconds", [1.2, 31.0], ids=["short", "so long that pictures would be fetched by themselves"])
async def test_a_film_of_one_group_is_decoded_for_its_borders_and_to_be_looked_at_and_no_more(
    seconds: float, tools: Tools, tmp_path: Path
) -> None:
    film, usual, refused = tmp_path / "film.mp4", _OfStills(tools.runner), _OfStills(tools.runner, refused=True)
    await _plant(tools, film, pad="pad=160:200:0:41:black", seconds=seconds, out=(*FAST, *ONE_GROUP))

    at_hand = await run(replace(tools, runner=usual), film, tmp_path / "one")
    decoded = await run(replace(tools, runner=refused), film, tmp_path / "other")

    assert (2, 0, 2) == (usual.alone, usual.merged, usual.without)  # the kept frames, and the whole picture of one
    assert (0, 41, 160, 120) == box(at_hand)
    frames = [file for file in at_hand.files if file.kind == "frame"]
    assert [0, 1, 3] == [math.floor(round((file.t or 0) / seconds, 6)) for file in frames]
    assert [file.name for file in decoded.files] == [file.name for file in at_hand.files]
    for file in decoded.files:
        assert (tmp_path / "other" / file.name).read_bytes() == (tmp_path / "one" / file.name).read_bytes()
    assert [*(file.name for file in frames), "sheet.jpg", "uncropped.jpg"] == _files(tmp_path / "one")


async def test_frames_held_while_a_film_is_looked_at_are_saved_as_if_they_were_decoded_again(
    tools: Tools, tmp_path: Path
) -> None:
    film, usual, refused = tmp_path / "one_group.webm", _OfStills(tools.runner), _OfStills(tools.runner, refused=True)
    await _plant(tools, film, pad="pad=160:200:0:41:black", seconds=3.2, out=VP9)

    held = await run(replace(tools, runner=usual), film, tmp_path / "held")
    decoded = await run(replace(tools, runner=refused), film, tmp_path / "decoded")

    assert (2, 0) == (usual.alone, usual.merged)  # the kept frames, and the whole picture of one
    frames = [file for file in held.files if file.kind == "frame"]
    assert [0, 1, 3] == [math.floor(round((file.t or 0) / 3.2, 6)) for file in frames]
    assert [*(file.name for file in frames), "sheet.jpg", "uncropped.jpg"] == _files(tmp_path / "held")
    for file in decoded.files:
        assert (tmp_path / "decoded" / file.name).read_bytes() == (tmp_path / "held" / file.name).read_bytes()

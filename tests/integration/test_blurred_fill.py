"""A blurred copy of the picture beside it is cut off to the pixel, and only that; real ffmpeg makes and reads it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from integration.extraction import box, ffmpeg, run
from vxpipe.engine.media.tools import Tools

SECONDS = 5
PORTRAIT = "crop=202:360"


def _filled(size: str, *, sigma: int, light: float = -0.1, inner: str = "-2:720", before: str = PORTRAIT) -> str:
    """The picture in the middle of its enlarged and blurred self."""
    cover = f"scale={size}:force_original_aspect_ratio=increase,crop={size}"
    ground = f"[a]{cover},gblur=sigma={sigma},eq=brightness={light}[bg]"
    return f"{before},split[a][b];{ground};[b]scale={inner}[fg];[bg][fg]overlay=(W-w)/2:(H-h)/2,setsar=1"


async def _make(tools: Tools, path: Path, sources: Sequence[Path], graph: str, *, crf: int = 23) -> Path:
    """A few seconds of every source through the graph, at 12 pictures a second and with a keyframe in every one."""
    inputs = [part for source in sources for part in ("-ss", "1", "-t", str(SECONDS), "-i", str(source))]
    coded = ("-c:v", "libx264", "-preset", "veryfast", "-crf", str(crf), "-g", "12", "-pix_fmt", "yuv420p")
    steady = ("-r", "12", "-sc_threshold", "0")
    await ffmpeg(tools, *inputs, "-filter_complex", f"{graph}[o]", "-map", "[o]", *steady, *coded, str(path))
    return path


@pytest.mark.parametrize(("sigma", "crf"), [(8, 30), (20, 24), (40, 18)])
async def test_portrait_in_landscape(sigma: int, crf: int, samples: Path, tools: Tools, tmp_path: Path) -> None:
    graph = "[0:v]" + _filled("1280:720", sigma=sigma)
    path = await _make(tools, tmp_path / "a.mp4", [samples / "full_frame.mp4"], graph, crf=crf)

    result = await run(tools, path, tmp_path / "out", {"sheet": False})

    assert (438, 0, 404, 720) == box(result)
    assert result.borders is not None
    told = result.borders.evidence()
    assert ["blurred", "blurred"] == [told["sides"][side]["kind"] for side in ("left", "right")]
    assert told["fill"]["confidence"] >= 0.9
    assert {(404, 720)} == {(file.width, file.height) for file in result.files if file.kind == "frame"}


@pytest.mark.parametrize(("sigma", "crf"), [(8, 30), (20, 24), (40, 18)])
async def test_landscape_in_portrait(sigma: int, crf: int, samples: Path, tools: Tools, tmp_path: Path) -> None:
    graph = "[0:v]" + _filled("720:1280", sigma=sigma, light=0, inner="720:-2", before="null")
    path = await _make(tools, tmp_path / "a.mp4", [samples / "full_frame.mp4"], graph, crf=crf)

    result = await run(tools, path, tmp_path / "out", {"sheet": False})

    assert (0, 436, 720, 406) == box(result)


@pytest.mark.parametrize("options", [{"mode": "keyframes"}, {"mode": "count", "count": 4}], ids=["keyframes", "count"])
async def test_in_every_mode(options: dict[str, Any], samples: Path, tools: Tools, tmp_path: Path) -> None:
    graph = "[0:v]" + _filled("1280:720", sigma=20)
    path = await _make(tools, tmp_path / "a.mp4", [samples / "full_frame.mp4"], graph)

    result = await run(tools, path, tmp_path / "out", {"sheet": False, "frames": options})

    assert (438, 0, 404, 720) == box(result)


@pytest.mark.parametrize("full", ["eq=contrast=0.3", "gblur=sigma=14,eq=contrast=0.3"], ids=["sharp", "out of focus"])
async def test_a_brief_shot_with_more_picture_is_not_cut(
    full: str, samples: Path, tools: Tools, tmp_path: Path
) -> None:
    """It lies between the keyframes in which borders are looked for, and is paler than the fill."""
    brief = f"[j]scale=1280:720,setsar=1,hflip,{full}[y];[x][y]overlay=enable='between(t,2.3,2.7)'"
    graph = f"[0:v]split[i][j];[i]{_filled('1280:720', sigma=20)}[x];{brief}"
    path = await _make(tools, tmp_path / "a.mp4", [samples / "full_frame.mp4"], graph)

    result = await run(tools, path, tmp_path / "out", {"sheet": False})

    assert result.crop is None
    assert {(1280, 720)} == {(file.width, file.height) for file in result.files}


@pytest.mark.parametrize(
    "graph",
    [
        "[0:v]scale=1280:720,split[a][b];[a]gblur=sigma=20[bg];[b]crop=404:720[fg];[bg][fg]overlay=438:0",
        "[0:v]scale=1280:720,split[a][b];[a]gblur=sigma=20,eq=brightness=-0.1[bg];[b]crop=404:720[fg];[bg][fg]overlay=438:0",
        "[1:v]crop=960:720,scale=1280:720,setsar=1,gblur=sigma=20[bg];[0:v]scale=-2:720,crop=404:720,setsar=1[fg];"
        "[bg][fg]overlay=438:0",
        "[0:v]scale=1280:720,vignette=PI/3",
        "[0:v]scale=1280:720,gblur=sigma=12,drawbox=x=438:y=0:w=404:h=720:color=white@0.3:t=fill",
        "[0:v]" + _filled("1280:720", sigma=20) + ",drawbox=x=40:y=40:w=120:h=40:color=white:t=2",
    ],
    ids=[
        "sides out of focus",
        "and darker",
        "another film behind",
        "vignette",
        "a bright panel",
        "a sign on the ground",
    ],
)
async def test_what_only_looks_soft_at_its_sides_is_left_alone(
    graph: str, samples: Path, tools: Tools, tmp_path: Path
) -> None:
    used = [name for name in ("full_frame.mp4", "pillarbox.mp4") if name == "full_frame.mp4" or "[1:v]" in graph]
    path = await _make(tools, tmp_path / "a.mp4", [samples / name for name in used], graph)

    result = await run(tools, path, tmp_path / "out", {"sheet": False})

    assert result.crop is None

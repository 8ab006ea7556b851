"""Shots of a film that dissolve, fade or are wiped into one another: each is found, and shown unmixed."""

from pathlib import Path

import pytest

from integration.extraction import ffmpeg, run
from vxpipe.engine.media.tools import Tools

SHOTS_AT = (8.0, 12.1, 4.7)  # seconds into the sample, of three shots of 3.2 s and more in which something moves
ALONE = 1.0  # seconds for which each shot is shown unmixed
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "24")
WITHOUT_CUTS = (*X264, "-g", "250", "-sc_threshold", "0")
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:keyint=250:scenecut=0")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "0", "-crf", "34")


@pytest.mark.parametrize(
    ("kind", "seconds", "out"),
    [
        ("fade", 0.5, X264),
        ("fade", 1.0, WITHOUT_CUTS),
        ("fade", 1.9, WITHOUT_CUTS),
        ("fade", 0.7, X265),
        ("fade", 1.0, VP9),
        ("fadeblack", 0.8, WITHOUT_CUTS),
        ("wipeleft", 0.6, X264),
        ("slideleft", 0.5, X264),
        ("slideup", 0.8, WITHOUT_CUTS),
        ("diagtl", 0.8, WITHOUT_CUTS),
        ("revealup", 0.5, WITHOUT_CUTS),
    ],
    ids=lambda value: "-".join(value[1:2]) if isinstance(value, tuple) else str(value),
)
async def test_three_shots_with_transitions(
    kind: str, seconds: float, out: tuple[str, ...], samples: Path, tools: Tools, tmp_path: Path
) -> None:
    path = await _film(tools, samples / "full_frame.mp4", tmp_path / "a.mkv", kind, seconds, out)

    result = await run(tools, path, tmp_path / "out", {"frames": {"min": 0}})

    kept = [c.t for c in result.candidates if c.kept]
    begins = [number * (ALONE + seconds) for number in range(3)]
    assert [0, 1, 2] == [number for t in kept for number in range(3) if _shows(t, begins[number], seconds)]
    assert 3 == len(kept)


def _shows(t: float, begin: float, seconds: float) -> bool:
    """Whether a frame is of the shot that is alone from `begin` on, or as good as that."""
    return begin - 0.1 * seconds <= t < begin + ALONE + 0.1 * seconds


async def _film(tools: Tools, sample: Path, path: Path, kind: str, seconds: float, out: tuple[str, ...]) -> Path:
    lengths = (ALONE + seconds, ALONE + 2 * seconds, ALONE + seconds)
    inputs = [
        word
        for at, length in zip(SHOTS_AT, lengths, strict=True)
        for word in ("-ss", str(at), "-t", str(length), "-i", str(sample))
    ]
    same = "".join(f"[{n}:v]scale=320:180,fps=24,settb=1/24,format=yuv420p[v{n}];" for n in range(3))
    turns = (f"xfade=transition={kind}:duration={seconds}:offset={ALONE + n * (ALONE + seconds)}" for n in range(2))
    first, second = turns
    graph = f"{same}[v0][v1]{first}[m];[m][v2]{second}[o]"
    await ffmpeg(tools, *inputs, "-filter_complex", graph, "-map", "[o]", *out, str(path))
    return path

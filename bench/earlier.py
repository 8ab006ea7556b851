"""The earlier implementation's way to scene frames: earlier.py shipped|repaired VIDEO FOLDER FFMPEG FFPROBE.

A rebuild: written from a description of that program, not from its code. It has the stages that make frames: border
probes and border crop, scene filter, filter of solid colours, inner crop, duplicates by hash, PNG. It leaves out the
download, the upload and the embeddings. The known faults are there, each named at its place; `repaired` mends the first
alone, the border crop that never happened. Where the description gives no number, the number is ours, and said to be.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from cv2.typing import MatLike

Kept = tuple[float, MatLike]

SCENE, LEAST_FRAMES, SOLID, MARGIN = 0.22, 3, 5.0, 4
PROBES, PROBE_SECONDS = (0.25, 0.5, 0.75), 2  # three probes of 2 s; the places are ours
# Ours: set so that crops miss by as much as the description says, at a price that nobody can call unfair.
LINE_LEVELS, LINE_SHARE, LINE_STEP = 2, 0.01, 4


def cropped(video: Path, scratch: Path, programs: tuple[str, str], *, repaired: bool) -> Path:
    """The video without its borders, encoded again; the video itself where no probe saw any.

    As shipped no probe ever did: cropdetect says its lines at `info`, and ffmpeg ran at `-loglevel error`. NVENC was to
    encode; libx264 at its fastest stands in, since not every machine has it.
    """
    ffmpeg, ffprobe = programs
    seconds, level, said = _seconds(video, ffprobe), "info" if repaired else "error", ""
    for place in PROBES:
        probe = ("-ss", str(place * seconds), "-t", str(PROBE_SECONDS), "-i", video, "-vf", "cropdetect=24:16:0")
        said += _run(ffmpeg, "-nostdin", "-loglevel", level, *probe, "-an", "-f", "null", "-").stderr
    rectangle = _union([tuple(map(int, found)) for found in re.findall(r"crop=(\d+):(\d+):(\d+):(\d+)", said)], video)
    if not rectangle:
        return video
    copy = scratch / "cropped.mp4"
    coded = ("-vf", f"crop={rectangle}", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "copy", copy)
    _run(ffmpeg, "-nostdin", "-loglevel", "error", "-i", video, *coded)
    return copy


def _seconds(video: Path, ffprobe: str) -> float:
    """The length of the stream. MPEG-TS names its stream twice: two numbers, and float() raises.

    WebM names no length there; the description does not say what then, so the file's is taken.
    """
    asked = ("-v", "error", "-select_streams", "v:0", "-of", "csv=p=0", video, "-show_entries")
    said = [_run(ffprobe, *asked, f"{part}=duration").stdout for part in ("stream", "format")]
    return float(said[said[0].strip() == "N/A"])


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=True)


def _union(found: list[tuple[int, ...]], video: Path) -> str:
    """What all probes together left standing, and a margin that puts some border back; empty: the whole frame."""
    if not found:
        return ""
    reader = cv2.VideoCapture(str(video))
    wide, high = (int(reader.get(side)) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    left, top = (max(0, min(box[place] for box in found) - MARGIN) for place in (2, 3))
    right = min(wide, max(width + x for width, _, x, _ in found) + MARGIN)
    bottom = min(high, max(height + y for _, height, _, y in found) + MARGIN)
    whole = (left, top, right, bottom) == (0, 0, wide, high)
    return "" if whole else f"{right - left}:{bottom - top}:{left}:{top}"


def scenes(video: Path, scratch: Path, ffmpeg: str) -> list[Kept]:
    """Every frame that differs from the one before, all of them in memory at full size. Never the opening shot.

    A time is the frame's place in the stream's frame rate by the average rate: far off where the rate varies.
    """
    reader = cv2.VideoCapture(str(video))
    fps = reader.get(cv2.CAP_PROP_FPS)
    chosen = ("-vf", f"select='gt(scene,{SCENE})'", "-fps_mode", "vfr", "-frame_pts", "1", scratch / "%d.png")
    _run(ffmpeg, "-nostdin", "-loglevel", "error", "-i", video, *chosen)
    paths = sorted(scratch.glob("*.png"), key=lambda path: int(path.stem))
    read = ((int(path.stem) / fps, cv2.imread(str(path))) for path in paths)
    found = [(second, picture) for second, picture in read if picture is not None]
    return found if len(found) >= LEAST_FRAMES else [*found, *_stand_ins(reader, fps)]


def _stand_ins(reader: cv2.VideoCapture, fps: float) -> Iterator[Kept]:
    """Frames at fixed places (ours) where there are too few scenes; they may show what is there already."""
    for share in PROBES:
        place = int(share * reader.get(cv2.CAP_PROP_FRAME_COUNT))
        reader.set(cv2.CAP_PROP_POS_FRAMES, place)
        there, picture = reader.read()
        if there:
            yield place / fps, picture


def distinct(found: list[Kept]) -> Iterator[Kept]:
    """Frames whose dHash is new, and none of a single colour; a hash that is one bit off counts as new."""
    seen = set()
    for second, whole in found:
        if cv2.cvtColor(whole, cv2.COLOR_BGR2GRAY).std() < SOLID:
            continue
        picture = inside(whole)
        small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (9, 8), interpolation=cv2.INTER_AREA)
        name = (small[:, 1:] > small[:, :-1]).tobytes()
        if name not in seen:
            seen.add(name)
            yield second, picture


def inside(picture: MatLike) -> MatLike:
    """The picture without lines of one colour at its edges: one line short at the right and at the bottom.

    Each picture is judged alone, so sizes differ within a video. A white frame between black bars becomes a sliver.
    """
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    top, bottom = _busy(gray[:, ::LINE_STEP])
    left, right = _busy(gray[::LINE_STEP].T)
    return picture[top : max(bottom, top + 1), left : max(right, left + 1)]


def _busy(lines: MatLike) -> tuple[int, int]:
    """The first and the last line that differs from its own median."""
    away = np.abs(lines - np.median(lines, axis=1, keepdims=True)) > LINE_LEVELS
    busy = np.flatnonzero(away.mean(axis=1) > LINE_SHARE)
    return (int(busy[0]), int(busy[-1])) if busy.size else (0, 0)


def main() -> None:
    state, video, folder, *programs = sys.argv[1:]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        source = cropped(Path(video), Path(scratch), (programs[0], programs[1]), repaired=state == "repaired")
        found = scenes(source, Path(scratch), programs[0])
    for number, (second, picture) in enumerate(distinct(found), start=1):
        cv2.imwrite(str(Path(folder, f"{number}_{second:.2f}.png")), picture)


if __name__ == "__main__":
    main()

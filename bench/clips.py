"""The clips of the benchmark: made on the spot, always the same, with the truth about what they show."""

import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import reels
from reels import FPS, Rect, Shot
from score import THUMB, Reference

SIZE = (1920, 1080)
QUICK_SECONDS = 12
SAMPLES = Path(__file__).resolve().parents[1] / "src" / "vxpipe" / "samples"

FULL = Rect(x=0, y=0, width=1920, height=1080)
LETTERBOX = Rect(x=0, y=132, width=1920, height=816)
SCOPE = Rect(x=0, y=138, width=1920, height=804)
PILLARS = Rect(x=240, y=0, width=1440, height=1080)
BLACK_PILLARS = Rect(x=420, y=0, width=1080, height=1080)
UNEVEN = Rect(x=96, y=60, width=1728, height=972)
FOUR_COLOURS = ("0x203060", "black", "0x604020", "0x105030")
ONE_SIDED = Rect(x=0, y=0, width=1920, height=946)

H264 = ("-c:v", "libx264", "-preset", "fast", "-crf", "23", "-bf", "3")
QUICK_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-bf", "3")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", "5", "-row-mt", "1", "-crf", "36", "-b:v", "0")
COLOURS = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")
# Some tools save the luma as it is coded (BT.709), some as JPEG asks (BT.601): a picture may match either.
READINGS = ("bt709", "bt601")
AV1 = ("-c:v", "libsvtav1", "-preset", "9", "-crf", "38")
# Left to itself x265 takes as many frame threads as the machine has cores, and its bytes follow from that.
HEVC = ("-c:v", "libx265", "-preset", "fast", "-crf", "27", "-tag:v", "hvc1",
        "-x265-params", "keyint=120:frame-threads=2:log-level=error")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A clip to make: its reel for a number of frames, where the picture lies, and how it is coded.

    `border` is the colour around the picture, or four: left, top, right, bottom.
    """

    name: str
    about: str
    seconds: int = 60
    reel: Callable[[int], tuple[Shot, ...]] = reels.dense
    rect: Rect = LETTERBOX
    border: str | tuple[str, str, str, str] = "black"
    coder: tuple[str, ...]
    suffix: str = "mp4"
    vfr: bool = False
    works: tuple[str, ...] = ("scenes",)


KINDS = (
    Kind(name="dense", about="many cuts, much motion, GOP 60", coder=(*H264, "-g", "60"),
         works=("scenes", "count", "interval", "keyframes")),
    Kind(name="film", about="footage, cuts and dissolves, x264 as it comes", reel=reels.film, rect=SCOPE,
         coder=("-c:v", "libx264"), works=("scenes", "count", "interval", "keyframes")),
    Kind(name="calm", about="slides and a fixed camera, GOP 250", reel=reels.calm, rect=FULL,
         coder=(*H264, "-g", "250"), works=("scenes", "count", "interval", "keyframes")),
    Kind(name="talk", about="one fixed camera and slides in turn, GOP 250", reel=reels.talk, rect=FULL,
         coder=(*H264, "-g", "250"), works=("scenes", "keyframes")),
    Kind(name="pages", about="slides of one template, GOP 250", reel=reels.pages, rect=FULL,
         coder=(*H264, "-g", "250"), works=("scenes",)),
    Kind(name="ten_min", about="10 min, GOP 150", seconds=600, reel=lambda frames: reels.dense(frames, slower=3),
         rect=FULL, coder=(*QUICK_H264, "-g", "150"), works=("scenes", "count", "keyframes")),
    Kind(name="gop5", about="a keyframe every 5 s, none at cuts", rect=PILLARS, border="0x101830",
         coder=(*H264, "-g", "150", "-sc_threshold", "0"), works=("scenes", "count", "keyframes")),
    Kind(name="vfr", about="30, then 10 frames a second", rect=UNEVEN, border="0x0c0c0c", vfr=True,
         coder=(*H264, "-g", "60"), works=("scenes", "interval")),
    Kind(name="colours", about="another colour on each side", rect=UNEVEN, border=FOUR_COLOURS, seconds=30,
         coder=(*H264, "-g", "60")),
    Kind(name="ts", about="MPEG-TS that starts at 7.5 s", suffix="ts", works=("scenes", "count"),
         coder=(*H264, "-g", "60", "-f", "mpegts", "-output_ts_offset", "7.5")),
    Kind(name="vp9", about="VP9 in WebM, GOP 120", rect=ONE_SIDED, coder=(*VP9, "-g", "120"), suffix="webm",
         works=("scenes", "keyframes")),
    Kind(name="hevc", about="HEVC, open GOP of 120", rect=BLACK_PILLARS, coder=HEVC, works=("scenes", "keyframes")),
    Kind(name="av1", about="AV1, GOP 150", rect=FULL, coder=(*AV1, "-g", "150"), works=("scenes", "keyframes")),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A clip that is there, what it shows, and every frame of it as a small picture."""

    kind: Kind
    path: Path
    seconds: float
    truth: dict[str, Any]
    reference: Reference
    keyframes: int


def prepare(kind: Kind, *, ffmpeg: Path, cache: Path, quick: bool) -> Clip:
    """The clip of `kind`, made if the cache does not hold it. Raises CalledProcessError when ffmpeg cannot make it."""
    shots = kind.reel(FPS * (min(kind.seconds, QUICK_SECONDS) if quick else kind.seconds))
    path = cache / f"{kind.name}-{_fingerprint(kind, shots)}.{kind.suffix}"
    truth = _truth(kind, shots)
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _make(kind, shots, ffmpeg, path)
        path.with_suffix(".json").write_text(json.dumps(truth, indent=1))
    thumbs = path.with_suffix(".npz")
    if not thumbs.exists():
        _look(path, kind.rect, ffmpeg, thumbs)
    with np.load(thumbs) as saved:
        reference = Reference(thumbs=saved["thumbs"], times=saved["times"])
        keyframes = int(saved["keyframes"])
    seconds = sum(shot.frames for shot in shots) / FPS
    return Clip(kind=kind, path=path, seconds=seconds, truth=truth, reference=reference, keyframes=keyframes)


def _truth(kind: Kind, shots: tuple[Shot, ...]) -> dict[str, Any]:
    """What a clip shows, as truth files have it: size, picture rectangle, fps, shots."""
    times = [round(second, 6) for second in reels.starts(shots)]
    rows = [
        {"start": start, "end": end, "group": shot.group}
        for shot, start, end in zip(shots, times, times[1:], strict=False)
    ]
    return {"size": list(SIZE), "rect": list(asdict(kind.rect).values()), "fps": FPS, "shots": rows}


def _fingerprint(kind: Kind, shots: tuple[Shot, ...]) -> str:
    """Another recipe, another file: a cache never answers with a clip of yesterday's recipe."""
    drawn = [_shot_arguments(shot, kind.rect, Path()) for shot in shots]
    recipe = [kind.coder, COLOURS, READINGS, _placing(kind, shots), drawn]
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:10]


def _make(kind: Kind, shots: tuple[Shot, ...], ffmpeg: Path, path: Path) -> None:
    """One encoder, fed by one ffmpeg per shot: memory and graphs stay small at any length."""
    part = path.with_name(f"part-{path.name}")
    raw = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{kind.rect.width}x{kind.rect.height}", "-r", str(FPS))
    shown = ("-vf", _placing(kind, shots), "-fps_mode", "vfr" if kind.vfr else "cfr")
    coded = (*kind.coder, *COLOURS, "-fflags", "+bitexact")
    command: list[str | Path] = [ffmpeg, "-v", "error", "-y", *raw, "-i", "pipe:0", *shown, *coded, part]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as encoder:
        for shot in shots:
            arguments = _shot_arguments(shot, kind.rect, SAMPLES)
            subprocess.run([ffmpeg, "-v", "error", "-nostdin", *arguments], stdout=encoder.stdin, check=True)
    if encoder.returncode:
        raise subprocess.CalledProcessError(encoder.returncode, command)
    part.rename(path)


def _placing(kind: Kind, shots: tuple[Shot, ...]) -> str:
    rect, half = kind.rect, sum(shot.frames for shot in shots) // 2
    thinned = f",select='lt(n,{half})+not(mod(n,3))'" if kind.vfr else ""
    if isinstance(kind.border, str):
        return f"pad={SIZE[0]}:{SIZE[1]}:{rect.x}:{rect.y}:{kind.border}{thinned}"
    left, top, right, bottom = kind.border
    wide, high = rect.x + rect.width, rect.y + rect.height
    pads = (
        f"pad={wide}:{rect.height}:{rect.x}:0:{left}", f"pad={wide}:{high}:0:{rect.y}:{top}",
        f"pad={SIZE[0]}:{high}:0:0:{right}", f"pad={SIZE[0]}:{SIZE[1]}:0:0:{bottom}",
    )  # fmt: skip
    return ",".join(pads) + thinned


def _shot_arguments(shot: Shot, rect: Rect, samples: Path) -> list[str]:
    inputs, graph = reels.drawing(shot, rect, samples)
    kept = ("-frames:v", str(shot.frames), "-f", "rawvideo", "pipe:1")
    return [*inputs, "-filter_complex" if shot.behind else "-vf", f"{graph},setsar=1,format=yuv420p", *kept]


def _look(clip: Path, rect: Rect, ffmpeg: Path, thumbs: Path) -> None:
    """Keeps every frame of a clip inside `rect` as a small gray picture in each reading, with its seconds."""
    looks = [small(clip, rect, ffmpeg, matrix=matrix) for matrix in READINGS]
    pictures, seconds, keyframes = zip(*looks, strict=True)
    np.savez(thumbs, thumbs=np.concatenate(pictures), times=np.concatenate(seconds), keyframes=keyframes[0])


def small(
    clip: Path, rect: Rect, ffmpeg: Path, *, matrix: str, size: tuple[int, int] = THUMB
) -> tuple[NDArray[np.uint8], NDArray[np.float64], int]:
    """Each frame inside `rect` as a small gray picture, their seconds from the first, and the number of keyframes."""
    width, height = size
    inside = f"crop={rect.width}:{rect.height}:{rect.x}:{rect.y}:exact=1"
    gray = f"scale={width}:{height}:flags=area:out_color_matrix={matrix}:out_range=pc,format=yuv420p,extractplanes=y"
    shown = ("-vf", f"{inside},{gray},showinfo=checksum=0", "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1")
    command: list[str | Path] = [ffmpeg, "-hide_banner", "-nostdin", "-i", clip, "-map", "0:v:0", *shown]
    ran = subprocess.run(command, capture_output=True, check=True)
    seconds = np.array([float(found) for found in re.findall(rb"pts_time:\s*([-0-9.]+)", ran.stderr)])
    pictures = np.frombuffer(ran.stdout, np.uint8).reshape(-1, height, width)
    if len(seconds) != len(pictures):
        raise ValueError(f"{clip.name}: {len(pictures)} pictures, but {len(seconds)} times")
    return pictures, seconds - seconds[0], len(re.findall(rb" iskey:1 ", ran.stderr))

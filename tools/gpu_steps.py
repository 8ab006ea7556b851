"""The steps of the check: each gives rows for the record, and stops beginning new runs when its time is up."""

import os
import re
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gpu_clips
import gpu_facts
import gpu_runs
from gpu_package import hardware, presets, trials
from gpu_runs import Ffmpeg, Run, Watch

Row = dict[str, Any]

BOX, SIZE = trials.Box(1080, 1080, 420, 0), (540, 540)
_X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23")
_NULL = ("-f", "null", "-")
_CUVID = ("-c:v", "h264_cuvid", "-gpu", "0", "-crop", "0x0x420x420", "-resize", "540x540")
# What goes before the input, and the filters. cuvid is here for its speed only: on ffmpeg 7 and later it reorders
# frames, so the package does not build it.
ROUTES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "cpu": ((), trials.on_cpu(BOX, SIZE)),
    "nvdec": (trials.STRICT_INPUT, f"{trials.downloaded()},{trials.on_cpu(BOX, SIZE)}"),
    "gpu": (trials.STRICT_INPUT, trials.on_gpu(BOX, SIZE)),
    "cuvid": (_CUVID, "format=nv12"),
}
_DOWN = trials.downloaded()
FRAMES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "fps_cpu": ((), "fps=1"),
    "keys_cpu": (("-skip_frame", "nokey"), "null"),
    "fps_gpu": (trials.STRICT_INPUT, f"fps=1,{_DOWN}"),
    "thumbnail_gpu": (trials.STRICT_INPUT, f"thumbnail_cuda=30,{_DOWN}"),
    "cropdetect_cpu": ((), "fps=2,cropdetect"),
    "cropdetect_gpu": (trials.STRICT_INPUT, f"fps=2,{_DOWN},cropdetect"),
}
# Lets frames through as they are and takes none but those of the GPU.
_ON_GPU_ONLY = "scale_cuda=passthrough=1"
_MEMORY_MB, _MEMORY_SECONDS = 64, 20
QUALITIES, _QUALITY_FRAMES = (18, 23, 28), 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What all steps work with: `most` processes at once, `run_seconds` for each figure, films of `film_seconds`."""

    ffmpeg: Ffmpeg
    most: int
    run_seconds: float
    film_seconds: int
    ends: float

    def counts(self, *wanted: int) -> list[int]:
        """How many processes at once."""
        return sorted({min(count, self.most) for count in wanted})

    def timely(self) -> bool:
        """Whether there is time for another run."""
        return time.monotonic() < self.ends


def facts(check: Check) -> Iterator[Row]:
    """What there is without starting ffmpeg, and which ffmpeg it is."""
    version = check.ffmpeg.run(("-version",)).wrote.decode("utf-8", "replace").partition("\n")[0]
    yield {"name": "facts", "ffmpeg": version, **gpu_facts.facts()}


def probe(check: Check) -> Iterator[Row]:
    """The trials of the package: `code` is what it would say, null where it works."""
    yield _probed("open", check.ffmpeg.run(trials.OPEN_DEVICE), None)
    for codec in trials.CLIPS:
        check.ffmpeg.run(trials.made(codec, trials.clip_of(codec)))
    for trial in trials.trials():
        if not check.timely():
            return
        done = check.ffmpeg.run(trial.arguments)
        shown = check.ffmpeg.run(trial.shown) if trial.shown and done.returncode == 0 else done
        yield _probed(trial.name, shown, check.ffmpeg.run(trial.reference).wrote)
    for name, arguments in _further().items():
        if not check.timely():
            return
        yield _probed(name, check.ffmpeg.run(arguments), None)


def clips(check: Check) -> Iterator[Row]:
    """The films to be measured, then those that hardware may refuse."""
    wanted = {f"film_{codec}": gpu_clips.film(codec, check.film_seconds) for codec in gpu_clips.FILMS}
    wanted |= {"card": gpu_clips.card()} | {name: gpu_clips.awkward(name) for name in gpu_clips.AWKWARD}
    for name, arguments in wanted.items():
        if not check.timely():
            return
        done = check.ffmpeg.run(arguments, seconds=120)
        path = check.ffmpeg.folder / f"{name}.mkv"
        yield {"name": name, "bytes": path.stat().st_size if path.exists() else 0, **_short(done)}


def decode(check: Check) -> Iterator[Row]:
    """Frames a second by codec: the CPU with a thread, all threads, a process a core; NVDEC with 1 to 32 processes."""
    cores = os.cpu_count() or 1
    for codec in gpu_clips.FILMS:
        film = f"film_{codec}.mkv"
        for name, threads, processes in (("cpu_1", 1, 1), ("cpu_all", cores, 1), ("cpu_each", 1, cores)):
            yield from _measured(
                check, f"{codec}_{name}", ("-threads", str(threads)), "null", film, check.counts(processes)
            )
        counts = check.counts(1, 2, 4, 7, 8, 14, 21, 32)
        yield from _measured(check, f"{codec}_nvdec", trials.STRICT_INPUT, _ON_GPU_ONLY, film, counts)
        yield from _measured(check, f"{codec}_download", trials.STRICT_INPUT, _DOWN, film, check.counts(1, 8))


def pipe(check: Check) -> Iterator[Row]:
    """Crop, scale and encode by every route; then the picking of frames."""
    counts = check.counts(1, 4, 8)
    for name, (before, filters) in ROUTES.items():
        yield from _measured(check, f"clip_{name}", before, filters, "film_h264.mkv", counts, encoder=_X264)
    for name, (before, filters) in FRAMES.items():
        yield from _measured(check, f"frames_{name}", before, filters, "film_h264.mkv", check.counts(1, 8))


def encode(check: Check) -> Iterator[Row]:
    """Every encoder of a clip by 1 to 16 at once, of pictures on the GPU: where it ends is the limit of sessions. Of
    pictures from the CPU too, as clips are made. Then what their figures of quality give, in bytes and in dB.
    """
    film = "film_h264.mkv"
    for name in presets.CLIPS:
        encoder = _encoding(name, 23)
        yield from _measured(check, f"{name}_cpu", (), "format=yuv420p", film, check.counts(1, 4), encoder=encoder)
        if name in trials.ENCODERS:
            counts = check.counts(1, 2, 4, 8, 16)
            yield from _measured(check, f"{name}_gpu", trials.STRICT_INPUT, _ON_GPU_ONLY, film, counts, encoder=encoder)
    for name in presets.CLIPS:
        for quality in QUALITIES:
            if check.timely():
                yield _judged(check, name, quality, film)


def parity(check: Check) -> Iterator[Row]:
    """The pictures of every route against those of the CPU: `ok` by the smooth card, dB of the noisy film beside it."""
    for name in ROUTES:
        if name != "cpu" and check.timely():
            card, noisy = (_compared(check, name, clip) for clip in (gpu_clips.CARD, "film_h264.mkv"))
            ok, db = card["code"] is None, {"db": card["db"], "noisy_db": noisy["db"]}
            yield {"name": name, "ok": ok, **db, "card": card, "noisy": noisy}


def fallback(check: Check) -> Iterator[Row]:
    """Every awkward clip: asked for loosely, strictly, and strictly with 16 threads."""
    loose = ("-loglevel", "verbose", "-hwaccel", "cuda")
    sixteen = (*trials.STRICT_INPUT[:-1], "16")
    for name in gpu_clips.AWKWARD:
        for how, before in (("loose", loose), ("strict", trials.STRICT_INPUT), ("strict_16", sixteen)):
            if check.timely():
                filters = "null" if how == "loose" else _ON_GPU_ONLY
                done = check.ffmpeg.run((*before, "-i", f"{name}.mkv", "-vf", filters, *_NULL))
                code = hardware.code_of(done.said)
                yield {
                    "name": f"{name}_{how}",
                    "fell_back": how == "loose"
                    and done.returncode == 0
                    and "Failed setup for format cuda" in done.said,
                    "code": None if code is hardware.Code.UNKNOWN and done.returncode == 0 else code,
                    **_short(done),
                    "said": done.said,
                }


def kill(check: Check) -> Iterator[Row]:
    """Eight decoders at work are killed: how long until the GPU has its memory back."""
    arguments = ("-stream_loop", "-1", *trials.STRICT_INPUT, "-i", "film_h264.mkv", "-vf", _ON_GPU_ONLY, *_NULL)
    for number in range(5):
        if not check.timely():
            return
        base = gpu_facts.memory_used()
        children = check.ffmpeg.looping(arguments, processes=min(8, check.most))
        busy = gpu_runs.at_work(children)
        used = gpu_facts.memory_used()
        for child in children:
            child.kill()
        ended = gpu_runs.ended(children, 5)
        row = {"name": f"round_{number + 1}", "base_mb": base, "used_mb": used, "at_work": busy}
        yield {**row, "seconds": _until_free(base), "returncodes": [each.returncode for each in ended]}


def _further() -> dict[str, tuple[str, ...]]:
    """What is of interest beside the trials of the package."""
    vulkan = ("-hwaccel", "vulkan", "-hwaccel_output_format", "vulkan")
    raw = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1")
    cuvid = {
        f"{codec}_cuvid": ("-c:v", f"{codec}_cuvid", "-i", trials.clip_of(codec), *raw)
        for codec in ("h264", "hevc", "vp9", "av1")
    }
    hwupload = f"format=nv12,hwupload,{trials.on_gpu(None, (96, 96))}"
    return {
        **cuvid,
        "hwupload": ("-init_hw_device", "cuda=cu:0", "-filter_hw_device", "cu", *trials.CARD, "-vf", hwupload, *raw),
        "h264_vulkan": (*vulkan, "-i", trials.clip_of("h264"), "-vf", _DOWN, *raw),
        "libx264": (*trials.CARD, "-c:v", "libx264", "-f", "nut", "pipe:1"),
    }


def _probed(name: str, done: Run, reference: bytes | None) -> Row:
    row = {"name": name, "trial": name, "code": hardware.verdict(done.ended, reference), **_short(done)}
    return {**row, "wrote": len(done.wrote), "stderr": done.said}


def _measured(
    check: Check,
    name: str,
    before: tuple[str, ...],
    filters: str,
    film: str,
    counts: list[int],
    *,
    encoder: tuple[str, ...] = (),
) -> Iterator[Row]:
    arguments = ("-stream_loop", "-1", *before, "-i", film, "-vf", filters, *encoder, *_NULL)
    for processes in counts:
        if not check.timely():
            return
        with Watch() as watch:
            runs = check.ffmpeg.measured(arguments, processes=processes, seconds=check.run_seconds)
        steady = [run.steady for run in runs if run.steady is not None]
        yield {
            "name": name,
            "processes": processes,
            "fps": round(sum(steady) * gpu_clips.FPS, 1),
            "cpu_seconds": round(sum(run.cpu_seconds for run in runs), 2),
            "video_seconds": round(sum(run.video_seconds for run in runs), 2),
            "peak_mb": statistics.median(run.peak_mb for run in runs),
            "failed": processes - len(steady),
            "gpu": watch.told,
            "said": next((run.said for run in runs if run.steady is None), ""),
        }


def _compared(check: Check, route: str, clip: str) -> Row:
    pictures = []
    for name in ("cpu", route):
        before, filters = ROUTES[name]
        raw = ("-frames:v", "30", "-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1")
        pictures.append(check.ffmpeg.run((*before, "-i", clip, "-vf", filters, *raw)))
    cpu, other = pictures
    comparable = len(cpu.wrote) == len(other.wrote) > 0
    db = round(min(99.0, hardware.psnr(cpu.wrote, other.wrote)), 2) if comparable else None
    return {"db": db, "code": hardware.verdict(other.ended, cpu.wrote), **_short(other), "said": other.said}


def _encoding(name: str, quality: int) -> tuple[str, ...]:
    """The package's own options."""
    options = presets.CLIPS[name].options(quality)
    return tuple(part for option, value in options.items() for part in (f"-{option}", value))


def _judged(check: Check, name: str, quality: int, film: str) -> Row:
    written, frames = f"{name}_{quality}.mp4", ("-frames:v", str(_QUALITY_FRAMES))
    made = check.ffmpeg.run(
        ("-i", film, *frames, "-vf", "format=yuv420p", *_encoding(name, quality), "-y", written), seconds=60
    )
    row = {"name": f"quality_{name}_{quality}", "bytes": 0, "db": None, **_short(made), "said": made.said}
    if made.returncode != 0:
        return row | {"code": hardware.code_of(made.said)}
    compared = "[0:v]setpts=N/TB[a];[1:v]setpts=N/TB[b];[a][b]psnr=shortest=1"
    said = check.ffmpeg.run(
        ("-loglevel", "info", "-i", written, "-i", film, "-lavfi", compared, *frames, *_NULL), seconds=60
    ).said
    found = re.search(r"PSNR .*average:([0-9.]+)", said)
    size = (check.ffmpeg.folder / written).stat().st_size
    return row | {"code": None, "bytes": size, "db": float(found[1]) if found else None}


def _until_free(base: int | None) -> float | None:
    """None: nobody tells, or it never came back."""
    begun = time.monotonic()
    while base is not None and time.monotonic() - begun < _MEMORY_SECONDS:
        used = gpu_facts.memory_used()
        if used is not None and used <= base + _MEMORY_MB:
            return round(time.monotonic() - begun, 2)
    return None


def _short(done: Run) -> Row:
    return {
        "returncode": done.returncode,
        "wall_seconds": done.wall_seconds,
        "cpu_seconds": done.cpu_seconds,
    }


def closed(rows: list[Row]) -> str | None:
    """Why the GPU could not be opened, from the rows of `probe`; None: it could."""
    code = next((row["code"] for row in rows if row["name"] == "open"), None)
    return f"{code}: {hardware.SENTENCES[code]}" if code else None


def found_ffmpeg(root: Path) -> Path | None:
    """The ffmpeg that vxpipe is installed with, in the tree's own environment."""
    patterns = ".venv/lib/python3*/site-packages/imageio_ffmpeg/binaries/ffmpeg-linux-*"
    return next(iter(sorted(root.glob(patterns))), None)

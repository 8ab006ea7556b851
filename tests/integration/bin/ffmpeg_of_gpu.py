"""An ffmpeg with a GPU, without one: what the GPU does is done by the CPU, or fails as it was recorded.

`STAND_IN_GPU` is JSON: of a trial (see engine/media/trials.py; `open` is the first) what happens: the name of a record
in tests/unit/engine/media/said/gpu.json, `lost_crop`, `negated` (another picture is encoded), or `hang`, which hears no
SIGTERM. What a job has decoded goes by the name of its rung, `nvdec` or `cuda`, its clip by that of the encoder with
`clip_` before it; both may end `silent` too, and a decode `short`: with 0 after two seconds of the film. What happens
may be a list, for one run after the other. Each run is a line of the file `STAND_IN_LOG`; of a clip it
tells the rung behind the card. While `STAND_IN_GATE` names a file that is not there, jobs wait for it.
`STAND_IN_FFMPEG` is the real one.
"""

import json
import os
import re
import signal
import sys
import time
from pathlib import Path

from vxpipe.engine.media import trials

RECORDED = Path(__file__).parents[2] / "unit" / "engine" / "media" / "said" / "gpu.json"
ON_CPU = {"h264_nvenc": "libx264", "hevc_nvenc": "libx265", "av1_nvenc": "libsvtav1"}


def trial_of(arguments: tuple[str, ...]) -> str | None:
    known = {each.arguments: each.name for each in trials.trials()} | {trials.OPEN_DEVICE: "open"}
    return known.get(arguments)


def rung_of(arguments: list[str]) -> str | None:
    """The rung of a job's decode; None: the CPU's."""
    if not {"-hwaccel", "-filter_complex"} <= set(arguments):
        return None
    return "cuda" if "scale_cuda" in arguments[arguments.index("-filter_complex") + 1] else "nvdec"


def clip_of(arguments: list[str]) -> str | None:
    """The GPU's encoder of a job's clip; None: it has none."""
    encoder = next((each for each in arguments if each in ON_CPU), None)
    return f"clip_{encoder}" if encoder and arguments[-1] == "file:clip.mp4" else None


def replay(name: str, *, levels: bool) -> None:
    """Say what was recorded with `-loglevel warning`; with `levels` as `level+info` would have it."""
    row = next(row for row in json.loads(RECORDED.read_text()) if row["name"] == name)
    lines = row["stderr"].splitlines()
    told = [re.sub(r"^((?:\[[^]]+ @ [^]]+\] )*)", r"\1[error] ", line) for line in lines] if levels else lines
    sys.stdout.buffer.write(bytes(row["wrote"]))
    sys.stderr.write("".join(f"{line}\n" for line in told))
    sys.exit(row["returncode"])


def job_without_gpu(arguments: list[str]) -> list[str]:
    """The same decode for the CPU: its `area` makes of a picture what the GPU's bilinear scaler does in halving it."""
    there, options = list(arguments), dict(zip(trials.STRICT_INPUT[::2], trials.STRICT_INPUT[1::2], strict=True))
    for name, value in options.items():
        place = there.index(name)
        assert there[place + 1] == value
        del there[place : place + 2]
    place = there.index("-filter_complex") + 1
    graph = there[place].replace("]hwdownload[", "]null[").replace("scale_cuda=", "scale=")
    there[place] = graph.replace(":format=nv12:interp_algo=bilinear:passthrough=0", ":flags=area")
    return there


def clip_without_gpu(arguments: list[str]) -> list[str]:
    """The same clip by the CPU's encoder: without what only NVIDIA's know."""
    there = list(arguments)
    for name in ("-preset", "-tune", "-rc", "-cq", "-b:v"):
        place = there.index(name)
        del there[place : place + 2]
    there = [ON_CPU.get(each, each) for each in there]
    return [*there[:-1], "-preset", "11" if "libsvtav1" in there else "ultrafast", "-crf", "20", there[-1]]


def without_gpu(arguments: list[str], happens: str | None) -> list[str]:
    """The same for the CPU."""
    there = [ON_CPU.get(each, each) for each in arguments]
    if there[0] == "-hwaccel":
        del there[: len(trials.STRICT_INPUT)]
    if there[0] == "-init_hw_device":
        del there[:2]
    if "-vf" in there:
        place = there.index("-vf") + 1
        filters = there[place].replace("hwdownload,", "").replace("format=p010le", "null").replace("_cuda", "")
        filters = filters.replace(":format=nv12:passthrough=0", ":flags=bilinear")
        there[place] = filters.partition(",")[2] if happens == "lost_crop" else filters
    if happens == "negated":
        there[there.index("-c:v") : there.index("-c:v")] = ["-vf", "negate"]
    return there


def main() -> None:
    before, given = sys.argv[1 : 1 + len(trials.QUIET)], sys.argv[1 + len(trials.QUIET) :]
    rung, clip = rung_of(sys.argv), clip_of(sys.argv)
    name = clip or rung or trial_of(tuple(given))
    times = Path(os.environ["STAND_IN_LOG"]).read_text().count(f"{name} ")
    with Path(os.environ["STAND_IN_LOG"]).open("a") as log:
        of_rung = f" of {rung}" if clip and rung else ""
        log.write(f"{name} {os.environ.get('CUDA_VISIBLE_DEVICES', '')}{of_rung}\n")
    while rung and not Path(os.environ.get("STAND_IN_GATE", "/")).exists():
        time.sleep(0.01)
    happens = json.loads(os.environ["STAND_IN_GPU"]).get(name)
    if isinstance(happens, list):
        happens = happens[times] if times < len(happens) else None
    if (rung or clip) and happens == "silent":
        sys.exit(1)
    if happens == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
    if happens not in (None, "lost_crop", "negated", "short"):
        if clip:
            Path("clip.mp4").write_bytes(b"the first frames")
        replay(happens, levels=bool(rung or clip))
    if happens == "short":
        sys.argv[sys.argv.index("-i") : sys.argv.index("-i")] = ["-t", "2"]
    if rung or clip:
        arguments = job_without_gpu(sys.argv[1:]) if rung else sys.argv[1:]
        arguments = clip_without_gpu(arguments) if clip else arguments
    else:
        arguments = [*before, *(without_gpu(given, happens) if name else given)]
    os.execv(os.environ["STAND_IN_FFMPEG"], ["ffmpeg", *arguments])


if __name__ == "__main__":
    main()

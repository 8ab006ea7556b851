"""An ffmpeg with a GPU, without one: what the GPU does is done by the CPU, or fails as it was recorded.

`STAND_IN_GPU` is JSON: of a trial (see engine/media/trials.py; `open` is the first) what happens: the name of a record
in tests/unit/engine/media/said/gpu.json, `lost_crop`, `negated` (another picture is encoded), or `hang`, which hears no
SIGTERM. Each run is a line of the file `STAND_IN_LOG`. `STAND_IN_FFMPEG` is the real one.
"""

import json
import os
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


def replay(name: str) -> None:
    row = next(row for row in json.loads(RECORDED.read_text()) if row["name"] == name)
    sys.stdout.buffer.write(bytes(row["wrote"]))
    sys.stderr.write(row["stderr"])
    sys.exit(row["returncode"])


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
    name = trial_of(tuple(given))
    with Path(os.environ["STAND_IN_LOG"]).open("a") as log:
        log.write(f"{name} {os.environ.get('CUDA_VISIBLE_DEVICES', '')}\n")
    happens = json.loads(os.environ["STAND_IN_GPU"]).get(name)
    if happens == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
    if happens not in (None, "lost_crop", "negated"):
        replay(happens)
    arguments = without_gpu(given, happens) if name else given
    os.execv(os.environ["STAND_IN_FFMPEG"], ["ffmpeg", *before, *arguments])


if __name__ == "__main__":
    main()

"""A machine that looks as if it had GPUs: device files, an nvidia-smi, and an ffmpeg whose GPU is the CPU."""

import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from vxpipe import config, parts
from vxpipe.engine.child import Children
from vxpipe.engine.media.gpus import Gpus
from vxpipe.engine.media.tools import Tools

BIN = Path(__file__).parent / "bin"
REAL = parts.build_tools(config.read())
H200 = "NVIDIA H200, GPU-{}, 610.1, 143771"

TOLD = {
    "decoders": 7,
    "min_width": 48,
    "min_height": 16,
    "max_width": 4096,
    "max_height": 4096,
    "max_macroblocks": 65536,
}


class Machine:
    """A folder that looks like /dev with cards in it, an nvidia-smi that names them, and an ffmpeg that is watched."""

    def __init__(
        self,
        folder: Path,
        *smi: str,
        fails: Mapping[str, str] | None = None,
        nodes: int | None = None,
        gate: Path | None = None,
    ) -> None:
        self.log, self.now, self._folder = folder / "runs", 0.0, folder
        self.asking: Sequence[str] = ("printf", "%s", json.dumps({"h264_420_8": TOLD}))
        self.log.touch()
        for number in range(len(smi) if nodes is None else nodes):
            (folder / f"nvidia{number}").touch()
        self.install(*smi)
        self._install("ffmpeg", sys.executable, str(BIN / "ffmpeg_of_gpu.py"), more=' "$@"')
        env = {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "STAND_IN_LOG": str(self.log),
            "STAND_IN_GPU": json.dumps(fails or {}),
            "STAND_IN_FFMPEG": str(REAL.ffmpeg),
            "STAND_IN_GATE": str(gate or "/"),
        }
        self.ffmpeg = folder / "ffmpeg"
        self.tools = Tools(runner=Children(env=env, grace_seconds=0.3), ffmpeg=self.ffmpeg, ffprobe=REAL.ffprobe)
        self.gpus = self.with_wanted(None)

    def install(self, *smi: str) -> None:
        """Another driver or other cards, known in a minute; none: there is no nvidia-smi."""
        self.now += 61
        if smi:
            self._install("nvidia-smi", "printf", r"%s\n", *smi)

    def hang(self) -> None:
        """Now nvidia-smi gives no answer and hears no SIGTERM."""
        (self._folder / "nvidia-smi").write_text("#!/bin/sh\ntrap '' TERM\nwhile true; do sleep 60; done\n")

    def with_wanted(self, wanted: str | None, seconds: float = 60) -> Gpus:
        return Gpus(
            self.tools, wanted=wanted, clock=lambda: self.now, devices=self._folder, seconds=seconds,
            ask_decoder=self.asking,
        )  # fmt: skip

    def _install(self, name: str, *words: str, more: str = "") -> None:
        path = self._folder / name
        path.write_text(f"#!/bin/sh\nexec {shlex.join(words)}{more}\n")
        path.chmod(0o755)

    def runs(self) -> list[str]:
        """The trials in the order in which they began, each with the card it was given."""
        return [line for line in self.log.read_text().splitlines() if not line.startswith("None")]

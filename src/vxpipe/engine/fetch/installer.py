"""Installs a package into a folder, with pip or uv and from the index that the user has configured for them."""

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from vxpipe.errors import VxError
from vxpipe.ports import ChildRunner, Limits

_PATIENT = Limits(wall_seconds=600, stall_seconds=600)
_QUICK = Limits(wall_seconds=30, stall_seconds=30)
_TOLD_CHARACTERS = 600

_PIP = ("--no-input", "--disable-pip-version-check")
_UV = ("--compile-bytecode", "--link-mode", "copy", "--python", sys.executable)


class InstallFailed(Exception):
    """Nothing was installed; the message says why."""


class Installer:
    """Runs whichever of pip and uv is there. `children` have the environment and the home that configure those."""

    def __init__(self, children: ChildRunner) -> None:
        self._children = children

    async def install(self, requirement: str, folder: Path, *, pre: bool = False) -> None:
        """Put a package into the folder, without what it depends on; wheels only: nothing of it runs meanwhile."""
        program, options = await self._program()
        wanted = ("--no-deps", "--only-binary", ":all:", "--quiet", "--target", str(folder), *options)
        any_release = ("--prerelease", "allow") if "uv" in program else ("--pre",)
        try:
            ended = await self._children.run(
                [*program, "install", *wanted, *(any_release if pre else ()), requirement], limits=_PATIENT
            )
        except VxError as exc:
            raise InstallFailed(f"{requirement} could not be installed: {exc.message}") from exc
        if ended.returncode != 0:
            raise InstallFailed(f"{requirement} could not be installed: {ended.stderr_tail[-_TOLD_CHARACTERS:]}")

    async def _program(self) -> tuple[Sequence[str], Sequence[str]]:
        for program, options in _programs():
            try:
                ended = await self._children.run([*program, "--help"], limits=_QUICK)
            except VxError:
                continue
            if ended.returncode == 0:
                return program, options
        raise InstallFailed(f"there is neither pip nor uv: run {sys.executable} -m ensurepip, or put uv on PATH")


def _programs() -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Ours or any uv; the pip of the Python that ours was made from does as well, as nothing is built."""
    yield (sys.executable, "-I", "-m", "pip"), _PIP
    if shutil.which("uv"):
        yield ("uv", "pip"), _UV
    yield (getattr(sys, "_base_executable", sys.executable), "-I", "-m", "pip"), _PIP

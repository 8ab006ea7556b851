"""Installs a package into a folder, with pip or uv and from the index that the user has configured for them."""

import sys
from pathlib import Path

from vxpipe.errors import VxError
from vxpipe.ports import ChildRunner, Limits
from vxpipe.values import frozen

_PATIENT = Limits(wall_seconds=600, stall_seconds=600)
_QUICK = Limits(wall_seconds=30, stall_seconds=30)
_TOLD_CHARACTERS = 600

_WHAT = ("--no-deps", "--only-binary", ":all:", "--quiet")


@frozen(kw_only=False)
class _Program:
    """An installer: how it is called, what it needs besides, and how it is told that nightly builds will do."""

    command: tuple[str, ...]
    options: tuple[str, ...]
    nightly: tuple[str, ...]


class InstallFailed(Exception):
    """Nothing was installed; the message says why."""


class Installer:
    """Runs whichever of pip and uv is there. `children` have the environment and the home that configure those."""

    def __init__(self, children: ChildRunner) -> None:
        self._children = children

    async def install(self, requirement: str, folder: Path, *, pre: bool = False) -> None:
        """Put a package into the folder, without what it depends on; wheels only: nothing of it runs meanwhile."""
        program = await self._program()
        options = (*_WHAT, *program.options, *(program.nightly if pre else ()))
        argv = (*program.command, "install", *options, "--target", str(folder), requirement)
        try:
            ended = await self._children.run(argv, limits=_PATIENT)
        except VxError as exc:
            raise InstallFailed(f"{requirement} could not be installed: {exc.message}") from exc
        if ended.returncode != 0:
            raise InstallFailed(f"{requirement} could not be installed: {ended.stderr_tail[-_TOLD_CHARACTERS:]}")

    async def _program(self) -> _Program:
        for program in _programs():
            try:
                ended = await self._children.run((*program.command, "--help"), limits=_QUICK)
            except VxError:
                continue
            if ended.returncode == 0:
                return program
        raise InstallFailed(f"there is neither pip nor uv: run {sys.executable} -m ensurepip, or put uv on PATH")


def _programs() -> tuple[_Program, ...]:
    """Our pip, or any uv; the pip of the Python that ours was made from does as well, as nothing is built."""
    uv = ("--compile-bytecode", "--link-mode", "copy", "--python", sys.executable)
    return (
        _pip(sys.executable),
        _Program(("uv", "pip"), uv, ("--prerelease", "allow")),
        _pip(getattr(sys, "_base_executable", sys.executable)),
    )


def _pip(python: str) -> _Program:
    return _Program((python, "-I", "-m", "pip"), ("--no-input", "--disable-pip-version-check"), ("--pre",))

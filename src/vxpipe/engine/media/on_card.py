"""Runs ffmpeg on one GPU, which is all that it sees of them, and tells a failure of the hardware from all others."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from vxpipe.engine import child
from vxpipe.engine.media import hardware
from vxpipe.engine.media.hardware import Code, environment
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
from vxpipe.facts import Gpu
from vxpipe.ports import Bounds, ChildExit, ChildRunner, Limits, Sink

_HEAD_LINES = 100  # the cause comes first; then a broken GPU says the same of every picture


class HardwareFailed(Exception):
    """A GPU did not do what it was told; the message is what ffmpeg said."""

    def __init__(self, code: Code, said: str) -> None:
        super().__init__(said)
        self.code = code
        self.meaning = hardware.SENTENCES[code]


def nothing_came(exc: VxError) -> HardwareFailed:
    """What to call it where the ffmpeg of a GPU was not started, or ended as if all had gone well with nothing done."""
    not_started = hardware.code_of(exc.message) is Code.NOT_STARTED
    return HardwareFailed(Code.NOT_STARTED if not_started else Code.INCOMPLETE, exc.message)


def some_lacks() -> HardwareFailed:
    """What to call it where not all of the film came."""
    return HardwareFailed(Code.INCOMPLETE, "it ended as if all had gone well")


def on_card(tools: Tools, gpu: Gpu) -> Tools:
    """The same tools, which raise HardwareFailed where the GPU does not do it."""
    return replace(tools, runner=_OnCard(tools.runner, environment(gpu.uuid)))


class _OnCard(ChildRunner):
    def __init__(self, runner: ChildRunner, env: Mapping[str, str]) -> None:
        self._runner = runner
        self._env = env

    def confined(self, bounds: Bounds) -> "_OnCard":
        """See ChildRunner."""
        return _OnCard(self._runner.confined(bounds), self._env)

    async def run(
        self,
        argv: Sequence[str],
        *,
        limits: Limits,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: int | None = None,
        on_stdout: Sink | None = None,
        on_stderr: Sink | None = None,
    ) -> ChildExit:
        """See ChildRunner; raises HardwareFailed too. What hangs may be held by the driver."""
        telling: list[str] = []
        try:
            done = await self._runner.run(
                argv, limits=limits, cwd=cwd, env={**(env or {}), **self._env}, stdin=stdin, on_stdout=on_stdout,
                on_stderr=_overheard(telling, on_stderr),
            )  # fmt: skip
        except VxError as exc:
            if exc.code in {"stalled", "timed_out"}:
                raise HardwareFailed(Code.TIMED_OUT, exc.message) from exc
            raise
        said = "\n".join((*telling, *filter(hardware.is_telling, done.stderr_tail.splitlines())))
        if code := hardware.failure(done.returncode, said):
            raise HardwareFailed(code, said or done.stderr_tail)
        return done


def _overheard(telling: list[str], sink: Sink | None) -> Sink:
    """A sink that keeps the first telling lines and hands all on."""

    def on_line(text: str) -> None:
        if len(telling) < _HEAD_LINES and hardware.is_telling(text):
            telling.append(text)

    listen = child.lines(on_line)

    def heard(chunk: bytes) -> Future[Any] | None:
        listen(chunk)
        return sink(chunk) if sink else None

    return heard

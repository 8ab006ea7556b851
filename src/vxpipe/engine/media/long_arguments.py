"""Hands ffmpeg arguments that are longer than a system takes over in files."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from vxpipe.ports import Bounds, ChildExit, ChildRunner, Limits, Sink

_MOST_BYTES = 1 << 16  # Linux takes 128 KiB in one argument


class LongArguments(ChildRunner):
    """Runs children of another runner; a long value of an option is read from a file in `folder` while they run.

    ffmpeg >= 7 takes `-/option FILE` for `-option VALUE`.
    """

    def __init__(self, runner: ChildRunner, folder: Path) -> None:
        self._runner = runner
        self._folder = folder.absolute()

    def confined(self, bounds: Bounds) -> "LongArguments":
        """See ChildRunner."""
        return LongArguments(self._runner.confined(bounds), self._folder)

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
        """See ChildRunner."""
        with _shortened(argv, self._folder) as line:
            return await self._runner.run(
                line, limits=limits, cwd=cwd, env=env, stdin=stdin, on_stdout=on_stdout, on_stderr=on_stderr
            )


@contextmanager
def _shortened(argv: Sequence[str], folder: Path) -> Iterator[Sequence[str]]:
    long = [place for place, argument in enumerate(argv) if len(argument) > _MOST_BYTES]
    if not long:
        yield argv
        return
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix="arguments-") as files:
        line = list(argv)
        for place in long:
            file = Path(files, str(place))
            file.write_text(argv[place])
            line[place - 1 : place + 1] = [argv[place - 1].replace("-", "-/", 1), str(file)]
        yield line

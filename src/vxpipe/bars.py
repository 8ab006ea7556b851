"""What a run shows on a terminal: progress bars."""

from collections.abc import Iterable
from typing import Self, TextIO

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, TaskID, TextColumn, TimeElapsedColumn

from vxpipe.engine.pool import Meter
from vxpipe.model import ItemStatus, LogLine, Target
from vxpipe.run import Board, Done


class BarBoard(Board):
    """A bar per target; warnings and errors stay above the bars."""

    def __init__(self, stream: TextIO) -> None:
        self._bars = _MeteredBars(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} % {task.fields[said]}", markup=False),
            TimeElapsedColumn(),
            console=Console(file=stream),
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def line(self, line: LogLine) -> None:
        """See Board."""
        if line.level in {"WARNING", "ERROR"}:
            self._bars.console.print(f"{line.level} {line.msg}", markup=False, highlight=False)

    def begin(self, place: int, target: Target, meter: Meter) -> None:
        """See Board."""
        self._bars.meters[place] = (self._bars.add_task(f"{target.platform}:{target.code}", total=100, said=""), meter)

    def end(self, place: int, done: Done) -> None:
        """See Board."""
        bar, _ = self._bars.meters.pop(place)
        succeeded = done.outcome.status is ItemStatus.SUCCESS
        said = f"{done.outcome.frames} frames in {done.folder}" if succeeded else done.outcome.status.value
        self._bars.update(bar, said=said, completed=100 if succeeded else None)
        self._bars.stop_task(bar)


class _MeteredBars(Progress):
    """Bars that read their meters whenever they are drawn."""

    def __init__(self, *columns: ProgressColumn, console: Console) -> None:
        self.meters: dict[int, tuple[TaskID, Meter]] = {}
        super().__init__(*columns, console=console)

    def get_renderables(self) -> Iterable[RenderableType]:
        for bar, meter in tuple(self.meters.values()):
            self.update(bar, completed=meter.progress, said=meter.stage)
        return super().get_renderables()

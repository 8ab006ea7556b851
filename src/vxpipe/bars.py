"""What a run shows on a terminal: progress bars."""

from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from vxpipe import names, view
from vxpipe.log import clean
from vxpipe.model import ItemStatus, LogLine
from vxpipe.run import Board, Done


class BarBoard(Board):
    """A bar per target; warnings and errors stay above the bars."""

    def __init__(self, stream: TextIO) -> None:
        self._of: dict[int, TaskID] = {}
        self._names: dict[int, str] = {}
        self._bars = Progress(
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
            name = self._names.get(line.item if line.item is not None else -1, "")
            self._bars.console.print(f"{line.level} {name} {line.msg}", markup=False, highlight=False)

    def begin(self, place: int, name: str) -> None:
        """See Board."""
        if place not in self._of:
            self._names[place] = names.shortened(clean(name))
            self._of[place] = self._bars.add_task(self._names[place], total=100, said="")
        self._bars.update(self._of[place], said="", completed=0)

    def move(self, place: int, stage: str, progress: int, eta: int | None) -> None:
        """See Board."""
        left = f", {view.seconds(eta)} left" if eta is not None else ""
        self._bars.update(self._of[place], said=f"{stage}{left}", completed=progress)

    def end(self, place: int, done: Done) -> None:
        """See Board."""
        bar = self._of[place]
        succeeded = done.outcome.status is ItemStatus.SUCCESS
        said = f"{done.lane.said} in {done.folder}" if succeeded else done.outcome.status.value
        self._bars.update(bar, said=said, completed=100 if succeeded else None)
        self._bars.stop_task(bar)

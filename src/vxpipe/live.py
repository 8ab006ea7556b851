"""A job on a terminal, live: a lane per item, and the log below."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Self, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from vxpipe.log import clean
from vxpipe.remote import Screen, told
from vxpipe.view import JobView, Lane, rate, seconds

_MOST_LINES = 200
_ORDER = {"processing": 0, "failed": 1, "waiting": 2, "cancelled": 3, "success": 4}
_COLOURS = {"processing": "cyan", "failed": "red", "success": "green", "cancelled": "yellow"}
_LEVEL_COLOURS = {"WARNING": "yellow", "ERROR": "red", "DEBUG": "dim"}


class LiveScreen(Screen):
    """Redrawn a few times a second; what does not fit on the terminal is counted."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream)
        self._job = JobView(job_id="")
        self._lines: deque[Mapping[str, Any]] = deque(maxlen=_MOST_LINES)
        self._live = Live(console=self._console, get_renderable=self._drawn, refresh_per_second=6)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, job: JobView) -> None:
        """See Screen."""
        self._job = job

    def line(self, line: Mapping[str, Any]) -> None:
        """See Screen."""
        self._lines.append(line)

    def _drawn(self) -> RenderableType:
        job, height = self._job, self._console.height
        room = max(1, min(len(job.lanes), height * 2 // 3 - 2))
        lines = list(self._lines)[-max(1, height - room - 4) :]
        return Group(head(job), lanes(job, room), Rule(style="dim"), *map(log_line, lines))


def head(job: JobView) -> Text:
    """The job itself, in a line."""
    return Text(f"job {job.job_id}  {job.status}  {job.progress} %", style=_COLOURS.get(job.status, "bold"))


def lanes(job: JobView, room: int) -> RenderableType:
    """A row for each of the `room` items that matter most, in the order of the batch, and how many more there are."""
    table = Table.grid(padding=(0, 1))
    for _ in range(6):
        table.add_column(no_wrap=True)
    matter = sorted(job.lanes, key=lambda index: (_ORDER.get(job.lanes[index].status, 2), index))
    for index in sorted(matter[:room]):
        table.add_row(*_row(index, job.lanes[index]))
    left = len(job.lanes) - room
    return Group(table, Text(f"and {left} more", style="dim")) if left > 0 else table


def log_line(line: Mapping[str, Any]) -> Text:
    """A log line, coloured by its level."""
    return Text(told(line), style=_LEVEL_COLOURS.get(line["level"], ""), no_wrap=True, overflow="ellipsis")


def _row(index: int, lane: Lane) -> Sequence[RenderableType]:
    colour = _COLOURS.get(lane.status, "")
    return (
        Text(str(index), style="dim"),
        Text(clean(lane.title or lane.name)[:40]),
        ProgressBar(total=100, completed=lane.progress, width=20),
        Text(f"{lane.progress:3} %"),
        Text(clean(lane.said)[:50], style=colour),
        Text(" ".join(part for part in (rate(lane.speed), seconds(lane.eta)) if part)),
    )

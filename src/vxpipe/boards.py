"""What a run shows: plain lines, or progress bars on a terminal."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Self, TextIO

from vxpipe.log import clean
from vxpipe.model import ItemStatus, LogLine
from vxpipe.run import Board, Done


def make_board(stream: TextIO = sys.stderr) -> AbstractContextManager[Board]:
    """Bars on a terminal, plain lines elsewhere."""
    if stream.isatty():
        from vxpipe.bars import BarBoard  # rich's bars are loaded where they are drawn only

        return BarBoard(stream)
    return PlainBoard(lambda text: print(text, file=stream, flush=True))


class PlainBoard(Board):
    """One line per log line."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._names: dict[int, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def line(self, line: LogLine) -> None:
        """See Board."""
        name = self._names.get(line.item if line.item is not None else -1)
        self._show(f"{line.ts:%H:%M:%S} {line.level:<7} {f'{name} ' if name else ''}{line.msg}")

    def begin(self, place: int, name: str) -> None:
        """See Board."""
        self._names[place] = clean(name)

    def end(self, place: int, done: Done) -> None:  # noqa: ARG002
        """See Board."""
        if done.outcome.status is ItemStatus.SUCCESS:
            self._show(f"{'':8} {'':7} {clean(done.name)} -> {clean(str(done.folder))}")

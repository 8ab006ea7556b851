"""What a run shows: plain lines, or bars on a terminal."""

import io
from pathlib import Path

import pytest

from vxpipe.boards import make_board
from vxpipe.clock import now
from vxpipe.model import ItemStatus, LogLine, Outcome, Target
from vxpipe.run import Done


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("kind", "warning", "end"),
    [
        (io.StringIO, "WARNING a.mp4 slow", "a.mp4 -> out/file-a"),
        (Terminal, "WARNING a.mp4 slow", "100 % 3 frames in out/file-a"),
    ],
    ids=["a file", "a terminal"],
)
def test_a_board_shows_warnings_and_the_end_of_each_target(
    monkeypatch: pytest.MonkeyPatch, kind: type[io.StringIO], warning: str, end: str
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm")
    target = Target(platform="file", code="a", url="/a.mp4")
    outcome = Outcome(status=ItemStatus.SUCCESS, frames=3)
    done = Done(target=target, name="a.mp4", outcome=outcome, folder=Path("out/file-a"))
    stream = kind()

    with make_board(stream) as board:
        board.begin(0, "a.mp4")
        board.move(0, "analyse", 50, 75)
        board.line(LogLine(job_id="run", ts=now(), level="WARNING", msg="slow", event="x.slow", item=0))
        board.end(0, done)

    shown = " ".join(stream.getvalue().split())
    assert warning in shown
    assert end in shown


def test_a_plain_line_that_is_of_no_target_names_none() -> None:
    stream = io.StringIO()

    with make_board(stream) as board:
        board.line(LogLine(job_id="run", ts=now(), level="WARNING", msg="paused", event="x.paused"))

    assert stream.getvalue()[8:] == " WARNING paused\n"

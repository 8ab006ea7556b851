"""What is said, for people and for the story of a job."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from aiohttp.http_exceptions import BadHttpMessage

from fakes import SteppingClock
from vxpipe import log
from vxpipe.model import LogLine


@pytest.fixture
def heard() -> Iterator[tuple[list[LogLine], io.StringIO]]:
    lines: list[LogLine] = []
    out = io.StringIO()
    log.set_up(now=SteppingClock(), debug=False, tap=lines.append, to=out)
    yield lines, out
    structlog.reset_defaults()


def test_a_line_of_a_job_is_tapped_and_printed_as_json(heard: tuple[list[LogLine], io.StringIO]) -> None:
    lines, out = heard
    with structlog.contextvars.bound_contextvars(job="j", item=2, stage="analyse"):
        structlog.get_logger().info("frames.selected", kept=3, of=9, dropped=" (1 blank, 5 over max)")

    (line,) = lines
    assert (line.job_id, line.item, line.stage, line.level) == ("j", 2, "analyse", "INFO")
    assert (line.event, line.msg, line.fields) == (
        "frames.selected",
        "kept 3 of 9 candidate frames (1 blank, 5 over max)",
        {"kept": 3, "of": 9, "dropped": " (1 blank, 5 over max)"},
    )
    assert json.loads(out.getvalue())["event"] == "frames.selected"


def test_what_a_line_says_stands_in_it_once(heard: tuple[list[LogLine], io.StringIO]) -> None:
    structlog.get_logger().warning("frames.scarce", job="j", text="5 frames at least were asked for", min=5)

    (line,) = heard[0]
    assert (line.msg, line.fields) == ("5 frames at least were asked for", {"min": 5})


def test_a_line_of_no_job_is_not_tapped(heard: tuple[list[LogLine], io.StringIO]) -> None:
    structlog.get_logger().info("service.ready")

    assert heard[0] == []


def test_debug_lines_are_left_out_unless_asked_for(heard: tuple[list[LogLine], io.StringIO]) -> None:
    structlog.get_logger().debug("item.overtaken", job="j")

    assert heard[0] == []


def test_control_characters_and_colours_never_reach_a_reader() -> None:
    said = log.message("download.warned", {"text": "\x1b[31mred\x1b[0m [/bold] {x} \x00"})

    assert said == "downloader: red [/bold] {x} "


def test_an_event_without_a_sentence_is_put_into_words() -> None:
    assert log.message("cache.was_emptied", {"bytes": 3}) == "cache was emptied: bytes 3"


@pytest.mark.parametrize(("of", "said"), [(1, "kept 1 of 1 candidate frame"), (2, "kept 1 of 2 candidate frames")])
def test_one_of_a_thing_is_told_in_the_singular(of: int, said: str) -> None:
    assert said == log.message("frames.selected", {"kept": 1, "of": of, "dropped": ""})


def test_what_nobody_knows_is_no_none_in_a_sentence() -> None:
    assert "gif 8x6, ? s" == log.message("video.probed", {"codec": "gif", "width": 8, "height": 6, "duration": None})


@pytest.mark.parametrize("event", sorted(log.MESSAGES))
def test_a_sentence_survives_missing_fields(event: str) -> None:
    assert "{" not in log.message(event, {})


@pytest.mark.parametrize(("exc", "lines"), [(BadHttpMessage("strange bytes"), 0), (ValueError("a defect"), 1)])
def test_what_strangers_send_leaves_no_traceback_in_the_log(
    heard: tuple[list[LogLine], io.StringIO], exc: Exception, lines: int
) -> None:
    logging.getLogger("aiohttp.server").error("Error handling request", exc_info=exc)

    assert len(heard[1].getvalue().splitlines()) == lines


class FullDisk(io.StringIO):
    """Takes nothing."""

    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("to", [FullDisk(), None], ids=["a full disk", "nowhere"])
def test_who_cannot_be_written_to_holds_up_nobody(to: io.StringIO | None) -> None:
    lines: list[LogLine] = []
    log.set_up(now=SteppingClock(), debug=False, tap=lines.append, to=to)

    structlog.get_logger().info("frames.selected", job="j", kept=3, of=9)
    structlog.reset_defaults()

    assert [line.event for line in lines] == ["frames.selected"]


@pytest.mark.parametrize("oddity", ["half of a pair \ud800", 1 << 80], ids=["text", "number"])
def test_what_json_does_not_know_is_written_all_the_same(
    heard: tuple[list[LogLine], io.StringIO], oddity: object
) -> None:
    _, out = heard

    structlog.get_logger().info("download.noted", text=oddity)

    assert json.loads(out.getvalue())["text"] == oddity

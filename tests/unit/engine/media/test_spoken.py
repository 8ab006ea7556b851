"""What ffmpeg says line by line, against lines that it really wrote."""

from fractions import Fraction
from pathlib import Path

import pytest

from vxpipe.engine.media import spoken

SAID = Path(__file__).parent / "said"


@pytest.mark.parametrize(
    "line", ["[hevc @ 0x55] [error] Bad [ref]", "[vist#0:0/h264 @ 0x1] [dec:h264 @ 0x2] [error] Bad [ref]", "Bad [ref]"]
)
def test_what_is_said_is_told_without_who_says_it(line: str) -> None:
    assert "Bad [ref]" == spoken.said(line)
    assert "Bad [ref]" == spoken.said(f"{line}.\n")


def test_several_lines_are_told_without_who_says_them() -> None:
    assert "moov [atom] not found\nnothing written" == spoken.said(
        "[mov,mp4 @ 0x5] [error] moov [atom] not found\n[fatal] nothing written"
    )


@pytest.mark.parametrize(
    "line",
    [
        "[info]     title           : n: 0 pts: 0 x iskey:1",
        "    comment : [Parsed_showinfo_1 @ 0x5] [info] n: 0 pts: 0 x iskey:1",
        "    album : [Parsed_showinfo_1 @ 0x5] [info] config in time_base: 1/7, frame_rate: 1/1",
        "[info]     artist : [h264 @ 0x5] [error] x",
    ],
)
def test_the_tags_of_a_file_are_not_taken_for_what_ffmpeg_says(line: str) -> None:
    assert (None, None, False) == (spoken.shown(line), spoken.time_base(line), spoken.is_error(line))


@pytest.mark.parametrize(
    ("said", "of_left_out", "lacking"),
    [
        ("mmco: unref short failure", True, False),
        ("illegal short term buffer state detected", True, False),
        ("reference picture missing during reorder", True, True),
        ("Missing reference picture, default is 0", True, True),
        ("co located POCs unavailable", False, True),
        ("left block unavailable", False, False),
        ("decode_slice_header error", False, False),
    ],
)
def test_what_is_said_of_frames_that_never_came_is_told_from_other_errors(
    said: str, of_left_out: bool, lacking: bool
) -> None:
    line = f"[h264 @ 0x55] [error] {said}"

    assert (of_left_out, lacking) == (spoken.is_of_what_was_left_out(line), spoken.lacks_reference(line))


@pytest.mark.parametrize(
    "line", ["[h264 @ 0x55] [error] left block", "[vist#0:0/h264 @ 0x1] [dec:h264 @ 0x2] [error] x", "[fatal] x"]
)
def test_the_complaints_of_every_part_are_errors(line: str) -> None:
    assert spoken.is_error(line)


def test_showinfo_tells_every_frame_with_pts_and_key_flag() -> None:
    lines = (SAID / "showinfo_ts.txt").read_text().splitlines()

    frames = [frame for line in lines if (frame := spoken.shown(line))]
    units = [unit for line in lines if (unit := spoken.time_base(line))]

    assert [(0, 0, True), (1, 3000, False), (2, 6000, False)] == [(f.n, f.pts, f.key) for f in frames[:3]]
    assert [Fraction(1, 90000)] == units


def test_a_frame_without_pts_is_still_a_frame() -> None:
    frame = spoken.shown(
        "[Parsed_showinfo_1 @ 0x5] [info] n:   7 pts: NOPTS pts_time:NOPTS duration: 1 fmt:yuv420p sar:1/1 "
        "s:64x36 i:P iskey:1 type:I"
    )

    assert spoken.Shown(7, None, True, (64, 36)) == frame


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[h264 @ 0x1] [error] Invalid NAL", True),
        ("[fatal] out", True),
        ("[info] no error here", False),
        ("[rawvideo @ 0x1] [error] Application provided invalid dts to muxer in stream 0: 3 >= 3", False),
        ("[vost#0:0/rawvideo @ 0x1] [error] Error submitting a packet to the muxer", False),
    ],
)
def test_errors_are_told_by_their_level(line: str, expected: bool) -> None:
    assert expected == spoken.is_error(line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ffmpeg version n9.0.2-17-g2a571b6068-20260930 Copyright", "9.0.2"),
        ("ffprobe version 5.1.9-0+deb12u1 Copyright", "5.1.9"),
        ("ffmpeg version git-abc Copyright", "git-abc"),
        ("", None),
    ],
)
def test_the_version_is_a_plain_number(text: str, expected: str | None) -> None:
    assert expected == spoken.version(text)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[info] ffmpeg version n9.0.2-17-g2a571b6068-20260930 Copyright", "9.0.2"),
        ("[info]     comment         : ffmpeg version 1.2", None),
        ("[info]   libavcodec     63.  1.102 / 63.  1.102", None),
    ],
)
def test_ffmpeg_tells_its_version_in_the_line_it_begins_with(line: str, expected: str | None) -> None:
    assert expected == spoken.banner(line)


@pytest.mark.parametrize(("line", "expected"), [("out_time_us=1500000", 1.5), ("out_time=00:00:01", None)])
def test_progress_is_read_in_seconds(line: str, expected: float | None) -> None:
    assert expected == spoken.progress(line)


@pytest.mark.parametrize(("line", "expected"), [("frame=25", 25), ("frame=", None), ("dup_frames=3", None)])
def test_frames_written_are_read_from_the_progress(line: str, expected: int | None) -> None:
    assert expected == spoken.written(line)


def test_the_names_of_codecs_come_after_the_rule() -> None:
    text = "Encoders:\n V..... = Video\n A..... = Audio\n ------\n V....D libx264  H.264\n A....D aac  AAC\n"

    assert spoken.codecs(text) == {"libx264", "aac"}
    assert spoken.codecs("") == frozenset()

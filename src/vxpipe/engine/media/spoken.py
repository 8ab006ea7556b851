"""What ffmpeg says while it works, line by line, and of itself. Pure."""

import re
from fractions import Fraction

from vxpipe.values import frozen

# From the beginning of the line on: ffmpeg prints the tags of the file as well, and those say what a stranger likes.
_BY_SHOWINFO = r"^\[Parsed_showinfo_\d+ @ [^\]]+\] (?:\[info\] )?"
_SHOWN = re.compile(_BY_SHOWINFO + r"n:\s*(\d+) pts:\s*(-?\d+|NOPTS) .*?\bs:(\d+)x(\d+) .*?\biskey:(\d)")
_TIME_BASE = re.compile(_BY_SHOWINFO + r"config in time_base: (\d+)/(\d+)")
# What those say that write our pictures is not of the source.
_ERROR = re.compile(r"^(?!\[(?:rawvideo|image2|out#|vost#)[^\]]* @ )(?:\[[^\]]+ @ [^\]]+\] )*\[(?:error|fatal)\]")
_PATCHED = re.compile(r"^(?:\[[^\]]+ @ [^\]]+\] )*\[warning\] corrupt decoded frame")
_SPEAKER = re.compile(r"^(?:\[[^\]]*\] ?)+", re.MULTILINE)
# What a decoder of H.264 says of frames that never came: it cannot forget them, takes others in their place, or still
# holds one such when the numbers, modulo 16 often, have come round to its own. That one it forgets then, no other.
_LEFT_OUT = re.compile(
    r"^\[[^\]]+ @ [^\]]+\] \[error\] (?:mmco: unref short failure|illegal short term buffer state detected|"
    r"reference picture missing during reorder|Missing reference picture, default is \d+)\s*$"
)
# What it says where a frame is shown without one that it refers to: it takes another in its place, and calls it whole.
_LACKING = re.compile(
    r"^\[[^\]]+ @ [^\]]+\] \[error\] (?:Missing reference picture, default is|"
    r"reference picture missing during reorder|co located POCs unavailable)"
)
_BANNER = re.compile(r"^\[info\] ffmpeg version (\S+)")
_PROGRESS = re.compile(r"^out_time_us=(\d+)$")
_WRITTEN = re.compile(r"^frame=(\d+)$")


@frozen(kw_only=False)
class Shown:
    """One line of the showinfo filter: the frame's number in its filter, its pts in time base units, its key flag, its
    width and height.
    """

    n: int
    pts: int | None
    key: bool
    size: tuple[int, int]


def shown(line: str) -> Shown | None:
    """The frame a showinfo line tells of, None for every other line."""
    found = _SHOWN.match(line)
    if found is None:
        return None
    pts = None if found[2] == "NOPTS" else int(found[2])
    return Shown(int(found[1]), pts, found[5] == "1", (int(found[3]), int(found[4])))


def time_base(line: str) -> Fraction | None:
    """The unit of the pts that follow, in seconds, from the line the showinfo filter starts with."""
    found = _TIME_BASE.match(line)
    return Fraction(int(found[1]), int(found[2])) if found and int(found[2]) else None


def is_error(line: str) -> bool:
    """Whether a line written at `-loglevel level+info` tells of an error."""
    return _ERROR.match(line) is not None


def said(text: str) -> str:
    """What lines of ffmpeg's say, without who says it, how loud, and the last stop."""
    return _SPEAKER.sub("", text).rstrip(". \n")


def is_of_what_was_left_out(line: str) -> bool:
    """Whether an error is no more than that frames never came, and others took their place."""
    return _LEFT_OUT.match(line) is not None


def lacks_reference(line: str) -> bool:
    """Whether an error tells that a frame refers to one that never came, so that it shows something else."""
    return _LACKING.match(line) is not None


def is_patched(line: str) -> bool:
    """Whether a line written at `-loglevel level+info` tells that the decoder filled in what a frame lacks."""
    return _PATCHED.match(line) is not None


def progress(line: str) -> float | None:
    """Seconds done, from a line of ffmpeg's `-progress`."""
    found = _PROGRESS.match(line)
    return int(found[1]) / 1_000_000 if found else None


def written(line: str) -> int | None:
    """Frames written, from a line of ffmpeg's `-progress`."""
    found = _WRITTEN.match(line)
    return int(found[1]) if found else None


def codecs(text: str) -> frozenset[str]:
    """The names in what `ffmpeg -encoders` or `-decoders` prints: below a rule, after six flags."""
    _, _, table = text.partition(" ------\n")
    return frozenset(line.split()[1] for line in table.splitlines() if len(line.split()) > 1)


def version(text: str) -> str | None:
    """The number in the first line of `ffmpeg -version`: `n9.0.2-17-g2a571b6068-20260930` is 9.0.2; None: no number."""
    found = re.search(r"version (\S+)", text)
    return version_number(found[1]) if found else None


def banner(line: str) -> str | None:
    """The number in the line that ffmpeg begins with at `-loglevel level+info`, None for every other line."""
    found = _BANNER.match(line)
    return version_number(found[1]) if found else None


def version_number(version: str) -> str:
    """Of `n9.0.2-17-g2a571b6068-20260930` 9.0.2; a version without a number is told as it is."""
    number = re.match(r"n?(\d+(?:\.\d+)+)", version)
    return number[1] if number else version

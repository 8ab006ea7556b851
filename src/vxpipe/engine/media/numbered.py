"""The files of frames while they are called by their numbers, each with its cell of the contact sheet if it has one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vxpipe.engine.media import argv
from vxpipe.engine.media.crop import picture_bytes
from vxpipe.engine.media.filters import Size
from vxpipe.engine.media.reading import Picks
from vxpipe.model import Candidate
from vxpipe.ports import OutputFile
from vxpipe.recipe import Image


def numbered(folder: Path, number: int, image: Image) -> Path:
    """Where the frame of this number, from 1, is written."""
    return folder / f"{number:05d}.{image.format}"


def frame_name(number: int, seconds: float, extension: str) -> str:
    """`frames/00001_00012.480.jpg`: the kept frame's number from 1 and its time."""
    return f"frames/{number:05d}_{seconds:09.3f}.{extension}"


def byte_count(path: Path) -> int:
    """How much was written there; 0 where there is no file."""
    return path.stat().st_size if path.is_file() else 0


def lacking(folder: Path, due: int, cell: Size | None, image: Image) -> int:
    """How many of the first `due` frames are not there whole."""
    return sum(not _is_whole(numbered(folder, number, image), cell) for number in range(1, due + 1))


def put_in_order(folder: Path, shown: Sequence[int | None], picks: Picks, image: Image) -> bool:
    """Number the files by time; False where other frames came than those picked.

    A decoder that counts frames modulo something (HEVC, open groups of H.264) gives what follows a gap before what
    stands in front of it.
    """
    if picks.counter == "n" or tuple(shown) == picks.values:
        return True
    if sorted(pts for pts in shown if pts is not None) != list(picks.values):
        return False
    for number, pts in enumerate(shown, 1):
        _move(numbered(folder, number, image), folder / f"{pts}")
    for number, pts in enumerate(picks.values, 1):
        _move(folder / f"{pts}", numbered(folder, number, image))
    return True


def keep_only(folder: Path, due: int, places: Sequence[int], cell: Size | None, image: Image) -> bool:
    """Of the first `due` frames keep those at `places` (from 0), numbered anew; none, and False, where one lacks."""
    written = [numbered(folder, number, image) for number in range(1, due + 1)]
    whole = all(_is_whole(written[place], cell) for place in places)
    for place in set(range(due)) - set(places) if whole else range(due):
        _remove(written[place])
    for number, place in enumerate(places if whole else (), 1):
        _move(written[place], numbered(folder, number, image))
    return whole


def drop_all(folder: Path, due: int, image: Image) -> None:
    """Remove the first `due` frames."""
    for number in range(1, due + 1):
        _remove(numbered(folder, number, image))


def adopt(
    folder: Path, part: Path, files: Sequence[OutputFile], numbers: Sequence[int], image: Image
) -> tuple[OutputFile, ...]:
    """Move the frames of the folder of a part, each to its number (from 0) among those of all parts."""
    for place, number in enumerate(numbers, 1):
        _move(numbered(part, place, image), numbered(folder, number + 1, image))
    return tuple(
        replace(file, name=frame_name(number + 1, file.t or 0.0, image.format))
        for file, number in zip(files, numbers, strict=True)
    )


def listed(kept: Sequence[Candidate], size: Size, image: Image) -> tuple[OutputFile, ...]:
    """The kept frames as files of this size, each under its final name."""
    return tuple(
        OutputFile(kind="frame", name=frame_name(n, c.t, image.format), width=size[0], height=size[1], t=c.t)
        for n, c in enumerate(kept, 1)
    )


def name_frames(out: Path, frames: Sequence[OutputFile]) -> None:
    """Give the numbered frames below `out` their final names."""
    for number, frame in enumerate(frames, 1):
        final = out / frame.name
        (out / "frames" / f"{number:05d}{final.suffix}").rename(final)


def _is_whole(written: Path, cell: Size | None) -> bool:
    """Whether a frame is there, and its cell of the sheet in full where it is to have one."""
    has_cell = cell is None or byte_count(written.with_suffix(argv.CELL)) == picture_bytes(*cell)
    return has_cell and byte_count(written) > 0


def _move(written: Path, place: Path) -> None:
    """Rename a frame, and its cell where it has one."""
    written.rename(place)
    if (cell := written.with_suffix(argv.CELL)).exists():
        cell.rename(place.with_suffix(argv.CELL))


def _remove(written: Path) -> None:
    written.unlink(missing_ok=True)
    written.with_suffix(argv.CELL).unlink(missing_ok=True)

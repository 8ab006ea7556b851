"""Writes the chosen frames and the contact sheet, and looks whether they are really there."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import structlog

from vxpipe.engine import child
from vxpipe.engine.media import argv, filters, framing, spoken
from vxpipe.engine.media.correction import correction_for
from vxpipe.engine.media.film import Film
from vxpipe.engine.media.ladder import Rung
from vxpipe.engine.media.numbered import byte_count, lacking, listed, numbered, put_in_order
from vxpipe.engine.media.reading import WHOLE, AtHand, Picks, Reading, taking_named
from vxpipe.engine.media.smaller import for_image
from vxpipe.errors import VxError
from vxpipe.model import Candidate, Crop
from vxpipe.ports import ChildExit, OutputFile
from vxpipe.recipe import Image
from vxpipe.values import frozen
from vxpipe.words import counted

log = structlog.get_logger()

_TO_LOOK_AT = Image(quality=85, max_width=1280, max_height=1280)


@frozen
class Cropped:
    """What of a film is written: what lies inside the crop. Frames are written as cells of a sheet as well, where one
    is named.
    """

    film: Film
    crop: Crop | None
    cell: filters.Size | None = None

    @property
    def box(self) -> filters.Box | None:
        """The crop as ffmpeg wants it."""
        return self.crop.box if self.crop else None

    def size(self, image: Image) -> filters.Size:
        """Width and height of a frame saved as such an image."""
        return framing.frame_size(self.film.info, self.crop, image)


async def write_frames(
    cropped: Cropped,
    out: Path,
    *,
    kept: Sequence[Candidate],
    picks: Picks,
    image: Image,
    heard: Callable[[float], None],
    readings: Sequence[Reading] = (WHOLE,),
    there: Sequence[AtHand] = (),
) -> tuple[OutputFile, ...]:
    """Decode what is needed and write the kept frames below `out`, numbered in order, for now as `frames/00001.EXT`.

    The readings are tried one after the other until every frame has come and is the one that was picked. What is
    `there` already the CPU does not decode. `heard` gets fractions 0..1. Raises VxError `tool_failed` when none brought
    them all.
    """
    film, folder, size = cropped.film, out / "frames", cropped.size(image)
    smaller = for_image(film.size, cropped.box, size, is_corrected=correction_for(film.info).has_filters)
    for reading, spared in _in_turn(film, readings, there, picks):

        async def attempt(film: Film, on: Reading, whole: Reading = reading) -> _Tried:
            reading = on if on.way.rung is Rung.SOFTWARE else replace(whole, way=on.way)
            return await _tried(cropped, folder, film, reading, picks=picks, image=image, heard=heard)

        tried = await film.decoded("frames", spared, attempt, smaller=smaller, is_sound=lambda it: not it.missing)
        if not tried.missing and put_in_order(folder, tried.shown, picks, image):
            return listed(kept, size, image)
    said = spoken.said(tried.done.stderr_tail)[-300:]
    told = f"{tried.missing} of {counted(len(kept), 'frame')} not written: {said}"
    raise VxError("tool_failed", told, returncode=tried.done.returncode)


def _in_turn(
    film: Film, readings: Sequence[Reading], there: Sequence[AtHand], picks: Picks
) -> Iterator[tuple[Reading, Reading]]:
    """Each reading, and what is left of it to be decoded; should what is there not do, the first one as it is."""
    if there and film.packets is not None:
        named = np.array(picks.values, np.int64)
        yield readings[0], taking_named(readings[0], film.packets, there, named)
    yield from zip(readings, readings, strict=True)


@frozen(kw_only=False)
class _Tried:
    """What came of a try to write frames: how many are missing, the pts of those that came, how ffmpeg ended."""

    missing: int
    shown: Sequence[int | None]
    done: ChildExit


async def _tried(
    cropped: Cropped,
    folder: Path,
    film: Film,
    reading: Reading,
    *,
    picks: Picks,
    image: Image,
    heard: Callable[[float], None],
) -> _Tried:
    _empty(folder)
    shown, due = list[int | None](), len(picks.values)
    line = argv.frames(
        film.tools.ffmpeg, film.file, film.info, picks=picks, box=cropped.box, size=cropped.size(image), image=image,
        correction=correction_for(film.info), reading=reading, cell=cropped.cell,
    )  # fmt: skip
    hear = child.lines(_counting(shown, due, heard))
    done = await film.tools.runner.run(line, limits=film.limits, cwd=folder, on_stderr=hear)
    return _Tried(lacking(folder, due, cropped.cell, image), shown, done)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _counting(shown: list[int | None], due: int, heard: Callable[[float], None]) -> Callable[[str], None]:
    """Gathers the pts of the frames in the order in which they come."""

    def on_line(text: str) -> None:
        if frame := spoken.shown(text):
            shown.append(frame.pts)
            heard(min(1.0, len(shown) / due))

    return on_line


async def write_sheet(film: Film, out: Path, *, frames: Sequence[OutputFile]) -> OutputFile:
    """Tile the cells of our numbered frames to `sheet.jpg`, a hundred at most. Raises VxError `tool_failed`."""
    sheet = framing.sheet_of([(frame.width or 1, frame.height or 1) for frame in frames])
    done = await film.tools.runner.run(argv.sheet(film.tools.ffmpeg, shape=sheet), limits=film.limits, cwd=out)
    demand_written(out / "sheet.jpg", done)
    for cell in (out / "frames").glob(f"*{argv.CELL}"):
        cell.unlink()
    log.debug("sheet.written", columns=sheet.columns, rows=sheet.rows)
    return OutputFile(kind="sheet", name="sheet.jpg", width=sheet.size[0], height=sheet.size[1])


async def write_uncropped(
    film: Film, out: Path, *, candidate: Candidate, picks: Picks, reading: Reading, there: Sequence[AtHand]
) -> OutputFile | None:
    """The whole picture of a kept frame as `uncropped.jpg`, small enough to look at; None where it does not come.

    Nobody asked for it: it shows what the crop takes away.
    """
    folder, whole = out / "whole", Cropped(film=film, crop=None)
    try:
        (file,) = await write_frames(
            whole, folder, kept=[candidate], picks=picks, image=_TO_LOOK_AT, heard=lambda _: None, readings=[reading],
            there=there,
        )  # fmt: skip
        numbered(folder / "frames", 1, _TO_LOOK_AT).rename(out / "uncropped.jpg")
    except VxError as exc:
        log.debug("uncropped.missing", reason=exc.message)
        return None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return replace(file, kind="uncropped", name="uncropped.jpg")


def demand_written(path: Path, done: ChildExit) -> None:
    """Raise VxError `tool_failed` where a program failed, or wrote nothing there."""
    if done.returncode != 0 or not byte_count(path):
        raise VxError("tool_failed", f"{path.name} was not written: {spoken.said(done.stderr_tail)[-300:]}")

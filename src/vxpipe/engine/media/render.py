"""Writes the chosen frames, the contact sheet and the clip, and looks whether they are really there."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import structlog

from vxpipe.engine import child
from vxpipe.engine.media import argv, filters, framing, parse
from vxpipe.engine.media.correction import correction_for
from vxpipe.engine.media.crop import picture_bytes
from vxpipe.engine.media.encoding import Encode
from vxpipe.engine.media.film import Film
from vxpipe.engine.media.ladder import Decode, Rung, Way
from vxpipe.engine.media.reading import WHOLE, AtHand, Picks, Reading, taking_named
from vxpipe.engine.media.smaller import for_image
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
from vxpipe.model import Candidate, Crop
from vxpipe.ports import ChildExit, OutputFile
from vxpipe.recipe import Clip, Image
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


def frame_name(number: int, seconds: float, extension: str) -> str:
    """`frames/00001_00012.480.jpg`: the kept frame's number from 1 and its time."""
    return f"frames/{number:05d}_{seconds:09.3f}.{extension}"


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
    said = parse.said(tried.done.stderr_tail)[-300:]
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
    missing = sum(not _is_saved(cropped, _numbered(folder, n, image)) for n in range(1, due + 1))
    return _Tried(missing, shown, done)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _counting(shown: list[int | None], due: int, heard: Callable[[float], None]) -> Callable[[str], None]:
    """Gathers the pts of the frames in the order in which they come."""

    def on_line(text: str) -> None:
        if frame := parse.shown(text):
            shown.append(frame.pts)
            heard(min(1.0, len(shown) / due))

    return on_line


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
        _move(_numbered(folder, number, image), folder / f"{pts}")
    for number, pts in enumerate(picks.values, 1):
        _move(folder / f"{pts}", _numbered(folder, number, image))
    return True


def keep_frames(
    cropped: Cropped, out: Path, *, looked_at: int, places: Sequence[int], kept: Sequence[Candidate], image: Image
) -> tuple[OutputFile, ...] | None:
    """Of the frames already written below `out`, keep those at `places` (from 0), numbered anew; None if one lacks."""
    folder = out / "frames"
    written = [_numbered(folder, n, image) for n in range(1, looked_at + 1)]
    whole = all(_is_saved(cropped, written[place]) for place in places)
    for place in set(range(looked_at)) - set(places) if whole else range(looked_at):
        _remove(written[place])
    if not whole:
        return None
    for number, place in enumerate(places, 1):
        _move(written[place], _numbered(folder, number, image))
    return listed(kept, cropped.size(image), image)


def drop_frames(out: Path, looked_at: int, image: Image) -> None:
    """Remove what was written below `out` of the frames that were looked at."""
    for number in range(1, looked_at + 1):
        _remove(_numbered(out / "frames", number, image))


def _numbered(folder: Path, number: int, image: Image) -> Path:
    return folder / f"{number:05d}.{image.format}"


def _is_saved(cropped: Cropped, written: Path) -> bool:
    """Whether a frame is there, and its cell of the sheet in full where it is to have one."""
    return _is_written(written) and (
        cropped.cell is None or _bytes(written.with_suffix(argv.CELL)) == picture_bytes(*cropped.cell)
    )


def _move(written: Path, place: Path) -> None:
    """Rename a frame, and its cell of the sheet where it has one."""
    written.rename(place)
    if (cell := written.with_suffix(argv.CELL)).exists():
        cell.rename(place.with_suffix(argv.CELL))


def _remove(written: Path) -> None:
    written.unlink(missing_ok=True)
    written.with_suffix(argv.CELL).unlink(missing_ok=True)


def listed(kept: Sequence[Candidate], size: tuple[int, int], image: Image) -> tuple[OutputFile, ...]:
    """The kept frames as files of this size, each under its final name."""
    return tuple(
        OutputFile(kind="frame", name=frame_name(n, c.t, image.format), width=size[0], height=size[1], t=c.t)
        for n, c in enumerate(kept, 1)
    )


def adopt(
    out: Path, part: Path, files: Sequence[OutputFile], numbers: Sequence[int], image: Image
) -> tuple[OutputFile, ...]:
    """Move the numbered frames of a part below `out`, each to its number (from 0) among those of all parts."""
    for place, number in enumerate(numbers, 1):
        _move(_numbered(part / "frames", place, image), _numbered(out / "frames", number + 1, image))
    return tuple(
        replace(file, name=frame_name(number + 1, file.t or 0.0, image.format))
        for file, number in zip(files, numbers, strict=True)
    )


def name_frames(out: Path, frames: Sequence[OutputFile]) -> None:
    """Give the numbered frames below `out` their final names."""
    for number, frame in enumerate(frames, 1):
        final = out / frame.name
        (out / "frames" / f"{number:05d}{final.suffix}").rename(final)


async def write_sheet(film: Film, out: Path, *, frames: Sequence[OutputFile]) -> OutputFile:
    """Tile the cells of our numbered frames to `sheet.jpg`, a hundred at most. Raises VxError `tool_failed`."""
    sheet = framing.sheet_of([(frame.width or 1, frame.height or 1) for frame in frames])
    done = await film.tools.runner.run(argv.sheet(film.tools.ffmpeg, shape=sheet), limits=film.limits, cwd=out)
    _demand(out / "sheet.jpg", done)
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
        _numbered(folder / "frames", 1, _TO_LOOK_AT).rename(out / "uncropped.jpg")
    except VxError as exc:
        log.debug("uncropped.missing", reason=exc.message)
        return None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return replace(file, kind="uncropped", name="uncropped.jpg")


async def write_clip(
    cropped: Cropped, out: Path, *, clip: Clip, due: int, heard: Callable[[float], None], mixed: bool = False
) -> OutputFile:
    """Write the cropped video of `due` frames with its sound to `clip.mp4`; `mixed`: it has several sizes.

    Raises VxError `tool_failed`, `gpu_required`, `gpu_unavailable`, `stalled` or `timed_out`.
    """
    film, size = cropped.film, framing.clip_size(cropped.film.info, cropped.crop, clip)
    frames = film.info.frames or (film.info.duration or 0.0) * (film.info.fps or 0.0)
    encode = Encode(wanted=clip.encoder, size=size, frames=frames, threads=film.tools.threads)

    smaller = for_image(film.size, cropped.box, size, is_corrected=correction_for(film.info).has_filters)
    decode = Decode(
        info=film.info, packets=round(frames), threads=film.tools.threads, smaller=smaller, is_regular=not mixed
    )  # fmt: skip

    async def attempt(tools: Tools, encoder: str, way: Way) -> int:
        on = replace(cropped, film=replace(film, tools=tools))
        return await _encode(
            on, out, size=size, encoder=encoder, way=way, quality=clip.quality, heard=heard, mixed=mixed
        )  # fmt: skip

    log.info("clip.begun")
    await film.descent.encode(encode, decode, film.tools, attempt, is_sound=lambda written: written >= due)
    log.info("clip.written", width=size[0], height=size[1])
    return OutputFile(kind="clip", name="clip.mp4", width=size[0], height=size[1])


async def _encode(
    cropped: Cropped,
    out: Path,
    *,
    size: tuple[int, int],
    encoder: str,
    way: Way,
    quality: int,
    heard: Callable[[float], None],
    mixed: bool,
) -> int:
    """How many frames were written."""
    film, info, written = cropped.film, cropped.film.info, 0
    line = argv.clip(
        film.tools.ffmpeg, film.file, info,
        box=cropped.box, size=size, encoder=encoder, quality=quality, sound=film.sound,
        correction=correction_for(info), mixed=mixed, even=film.packets is None or film.packets.even, way=way,
    )  # fmt: skip
    (out / "clip.mp4").unlink(missing_ok=True)  # of a try that failed: ffmpeg overwrites nothing, and ends with 0
    advance = Advance(film.limits.stall_seconds, now=time.monotonic)

    def on_line(text: str) -> None:
        nonlocal written
        written, seconds = parse.written(text) or written, parse.progress(text)
        advance.note(seconds)
        if seconds is not None and info.duration:
            heard(min(1.0, seconds / info.duration))

    done = await film.tools.runner.run(line, limits=film.limits, cwd=out, on_stdout=child.lines(on_line))
    _demand(out / "clip.mp4", done)
    return written


class Advance:
    """Watches that what is written grows: ffmpeg tells of its progress whether there is any or not."""

    def __init__(self, stall_seconds: float, *, now: Callable[[], float]) -> None:
        self._stall_seconds = stall_seconds
        self._now = now
        self._furthest, self._since = 0.0, now()

    def note(self, seconds: float | None) -> None:
        """Note what is written by now, None: nothing new. Raises VxError `stalled` when that is so for too long."""
        if seconds is not None and seconds > self._furthest:
            self._furthest, self._since = seconds, self._now()
        elif self._now() - self._since > self._stall_seconds:
            raise VxError("stalled", f"the clip stands still at {self._furthest:.2f} s for {self._stall_seconds:g} s")


def _is_written(path: Path) -> bool:
    return _bytes(path) > 0


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _demand(path: Path, done: ChildExit) -> None:
    if done.returncode != 0 or not _is_written(path):
        raise VxError("tool_failed", f"{path.name} was not written: {parse.said(done.stderr_tail)[-300:]}")

"""Frames in full, decoded once into a file: borders are told from them, or they are saved, without another decode."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from vxpipe.engine import child
from vxpipe.engine.media import argv
from vxpipe.engine.media.analyse import Clock
from vxpipe.engine.media.arrays import Pts
from vxpipe.engine.media.crop import picture_bytes, split_planes
from vxpipe.engine.media.feed import Feed
from vxpipe.engine.media.film import Film
from vxpipe.engine.media.miniatures import small_size
from vxpipe.engine.media.ordered import among
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.plan import Look, Plan
from vxpipe.engine.media.reading import AtHand, Picks, Reading, is_headed, spans
from vxpipe.engine.media.smaller import for_averages
from vxpipe.engine.media.spool import Spool
from vxpipe.values import frozen

HELD_FILE = "held.yuv"
_FILE = "stills.yuv"
_SMALL_A_PIECE = 16


@frozen
class Stills:
    """Yuv420p pictures of `size`, one after the other in a file, which is some frames of the film in full.

    `pts` tells which, in the order of the file; it is empty where other frames came than were asked for. `as_coded`:
    none of them had to be brought to that size. `dear`: to decode them again takes a whole group each.
    """

    path: Path
    size: tuple[int, int]
    pts: tuple[int, ...]
    as_coded: bool
    dear: bool = False

    def __iter__(self) -> Iterator[bytearray]:
        """One by one, each in the place of the one before."""
        picture = bytearray(picture_bytes(*self.size))
        with self.path.open("rb", buffering=0) as file:
            while file.readinto(picture) == len(picture):
                yield picture


async def read_stills(
    film: Film, plan: Plan, folder: Path, heard: Callable[[float], None]
) -> tuple[Stills | None, Spool]:
    """Decode the frames that borders are told from into the folder; None where the plan names none, or none came.

    Where the plan looks for changes every keyframe is decoded, and the spool holds each of them, small, by their times.
    `heard` gets fractions 0..1.
    """
    packets, every, anchors = film.packets, plan.look is Look.CHANGES, plan.borders.anchors
    named = plan.borders.keys or anchors
    if packets is None or not named or not (every or plan.borders.wanted):
        return None, Spool(folder)
    promised = packets.key_pts if every else np.array(named, np.int64)
    reading = plan.reading.of(packets.fewest_for(promised)) if anchors else _keys_only(film, packets, promised)
    clock, key_pictures = await _decode(film, reading, promised, named, folder, heard, only_picked=bool(anchors))
    as_promised = _is_promised(clock, key_pictures, promised)
    key_pictures.reorder(np.argsort(clock.pts).tolist() if as_promised else [])
    wanted = set(named)
    pts = tuple(pts for pts in clock.pts if pts in wanted) if as_promised else ()
    as_coded = clock.has_seen_only(film.size)
    stills = Stills(path=folder / _FILE, size=film.size, pts=pts, as_coded=as_coded, dear=bool(anchors))
    return stills if stills.path.exists() else None, key_pictures


def at_hand(stills: Iterable[Stills], film: Film) -> tuple[AtHand, ...]:
    """The stills as frames that need no decode, none of them twice; without those files whose pictures are not the
    frames as they come in the film.
    """
    found, known = list[AtHand](), set[int]()
    for each in stills:
        rising = all(one < other for one, other in pairwise(each.pts))
        numbers = tuple(number for number, pts in enumerate(each.pts) if pts not in known)
        if film.packets is None or not (numbers and each.as_coded and rising):
            continue
        there = AtHand(
            path=each.path, size=each.size, numbers=numbers, pts=tuple(each.pts[number] for number in numbers),
            unit=film.packets.unit, colour_range=film.info.colour_range,
        )  # fmt: skip
        found.append(there)
        known.update(there.pts)
    return tuple(found)


def held(written: Path, folder: Path, size: tuple[int, int], pts: Sequence[int]) -> Stills | None:
    """The frames with these `pts` that were `written` as they were coded, moved to the folder; None where others came,
    which are removed.
    """
    if not written.exists() or written.stat().st_size != len(pts) * picture_bytes(*size):
        written.unlink(missing_ok=True)
        return None
    return Stills(path=written.rename(folder / HELD_FILE), size=size, pts=tuple(pts), as_coded=True, dear=True)


def drop_stills(folder: Path) -> None:
    """Remove what was left there."""
    for name in (_FILE, HELD_FILE):
        (folder / name).unlink(missing_ok=True)


async def _decode(
    film: Film,
    reading: Reading,
    promised: Pts,
    named: Sequence[int],
    folder: Path,
    heard: Callable[[float], None],
    *,
    only_picked: bool,
) -> tuple[Clock, Spool]:
    """What was said of all that came, and the small picture of each.

    Decoders may give what follows a gap before what is in front.
    """
    size = small_size(film.size)

    async def attempt(film: Film, reading: Reading) -> tuple[Clock, Spool]:
        drop_stills(folder)
        line = argv.stills(
            film.tools.ffmpeg, film.file, into=_FILE, size=film.size, picks=Picks("pts", tuple(named)), small=size,
            reading=reading, only_picked=only_picked,
        )  # fmt: skip
        return await _shown(film, line, folder, size, lambda count: heard(min(1.0, count / len(promised))))

    return await film.decoded(
        "keyframes", reading, attempt, smaller=for_averages(film.size, size),
        is_sound=lambda came: _is_promised(*came, promised),
    )  # fmt: skip


def _is_promised(clock: Clock, pictures: Spool, promised: Pts) -> bool:
    return sorted(clock.pts) == promised.tolist() and len(pictures) == len(promised)


async def _shown(
    film: Film,
    line: list[str],
    folder: Path,
    size: tuple[int, int],
    heard: Callable[[int], None],
) -> tuple[Clock, Spool]:
    """What a line of `argv.stills` says, and its pictures of this size."""
    clock, key_pictures = Clock(), Spool(folder)
    small_bytes = picture_bytes(*size)

    def take(pictures: bytes) -> None:
        for begin in range(0, len(pictures), small_bytes):
            picture = np.frombuffer(pictures, np.uint8, small_bytes, begin)
            key_pictures.add(split_planes(picture, *size)[0][None])

    def on_line(text: str) -> None:
        clock.hear(text)
        heard(len(clock.pts))

    with Feed(take, frame_bytes=small_bytes, frames=_SMALL_A_PIECE) as feed:
        await film.tools.runner.run(
            line, limits=film.limits, cwd=folder, on_stdout=feed, on_stderr=child.lines(on_line)
        )
        feed.finish()
    return clock, key_pictures


def _keys_only(film: Film, packets: PacketMap, pts: Pts) -> Reading:
    by_header = is_headed(film.info.container)
    if len(pts) == len(packets.starts):
        return Reading(keep=(), keys=True, by_header=by_header)
    return Reading(keep=spans(among(packets.pts, pts)), by_header=by_header)

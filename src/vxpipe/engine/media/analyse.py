"""Looks at a film once, small: what every frame shows, and when."""

import asyncio
from array import array
from collections.abc import Callable
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from vxpipe.engine import child
from vxpipe.engine.media import spoken
from vxpipe.engine.media.arrays import Flags, Pts
from vxpipe.engine.media.changes import Changes
from vxpipe.engine.media.damage import spoilt_frames, suspected_frames
from vxpipe.engine.media.features import Features, Samples
from vxpipe.engine.media.feed import Feed
from vxpipe.engine.media.film import Film
from vxpipe.engine.media.gauge import Gauge, Grid
from vxpipe.engine.media.ordered import among, median
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.plan import LONGEST_UNSEEN, Look, Plan
from vxpipe.engine.media.spool import Spool
from vxpipe.engine.media.timeline import rising
from vxpipe.errors import VxError
from vxpipe.values import frozen

_FRAMES_A_PIECE = 64


@frozen
class Decoded:
    """What the decode of every frame brought: the samples, how often the decoder complained, how many frames it had
    to patch, how many may look damaged besides, its exit status, and the version it says it is of. `sparse`: frames
    were left out that others refer to.
    """

    samples: Samples
    errors: int
    patched: int
    suspected: int
    returncode: int
    complaint: str
    ffmpeg: str | None
    sparse: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nobody complained."""
        return not (self.errors or self.patched or self.returncode)

    @property
    def seconds(self) -> float:
        """The time from the first frame to the end of the last one, which is taken to last as long as the usual."""
        times = self.samples.times
        usual = median(np.diff(times)) if len(times) > 1 else 0.0
        return float(times[-1]) + usual


class Unforeseen(Exception):
    """A cheap decode did not bring what the packets promised: only a decode of everything tells what is there."""


class TooSparse(Unforeseen):
    """So it may be for lack of the frames that were left out though others refer to them."""


async def measure(
    film: Film,
    line: list[str],
    grid: Grid,
    heard: Callable[[float], None],
    *,
    folder: Path | None = None,
    sparse: bool = False,
) -> Decoded:
    """Run a line of `argv.thumbs` in the `folder` and measure every frame it shows on the grid.

    `heard` gets fractions 0..1 of the duration. `sparse`: it is no error that frames which others refer to never came.
    Raises VxError `damaged_media` when not one frame could be decoded.
    """
    meter, measured, clock, duration = Gauge(grid), _Measured(folder), Clock(sparse=sparse), film.info.duration
    hear = child.lines(clock.hear)

    def on_stderr(said: bytes) -> None:
        hear(said)
        if duration:
            heard(min(1.0, clock.seconds() / duration))

    with Feed(
        lambda piece: measured.add(meter.measure(piece)), frame_bytes=grid.frame_bytes, frames=_FRAMES_A_PIECE
    ) as feed:
        done = await film.tools.runner.run(line, limits=film.limits, cwd=folder, on_stdout=feed, on_stderr=on_stderr)
        await asyncio.to_thread(feed.finish)
    if not measured.frames or not clock.pts:
        raise VxError("damaged_media", f"no frame could be decoded: {spoken.said(clock.complaint) or 'it holds none'}")
    samples = _samples(measured.all(), clock)
    return Decoded(
        samples=samples,
        errors=clock.errors,
        patched=clock.patched,
        suspected=suspected_frames(film.info.codec, samples.keys, clock.complaints, lacking=clock.lacking),
        returncode=done.returncode,
        complaint=clock.complaint or f"exit status {done.returncode}",
        ffmpeg=clock.version,
        sparse=sparse,
    )


def placed(decoded: Decoded, packets: PacketMap, plan: Plan, looked_into: Changes | None = None) -> Samples:
    """The frames with their places in the film; `looked_into` tells what was decoded, None: everything.

    Raises Unforeseen where they are not those the packets promised.
    """
    _demand_promised(decoded, packets, plan, looked_into)
    return _in_film(decoded.samples, packets, looked_into)


def of_packets(decoded: Decoded, packets: PacketMap, wanted: Flags) -> Decoded:
    """The same of the frames in the `wanted` packets only."""
    frames = np.flatnonzero(among(decoded.samples.pts, packets.pts[wanted]))
    return replace(decoded, samples=decoded.samples.taken(frames))


def placed_again(
    decoded: Decoded, samples: Samples, packets: PacketMap, needed: Flags, looked_into: Changes | None = None
) -> Samples:
    """The frames of a closer look at the `needed` packets with their places in the film, as of `placed`; `samples` is
    what was seen before. Raises TooSparse: one look at all references does without a second.
    """
    _demand_sound(decoded, TooSparse)
    if not came_again(decoded, samples, packets, needed):
        raise TooSparse("other frames came again than its packets promised")
    return _in_film(decoded.samples, packets, looked_into)


def came_again(decoded: Decoded, samples: Samples, packets: PacketMap, needed: Flags) -> bool:
    """Whether a closer look at the `needed` packets brought all that was seen of them before, and nothing else."""
    pts, of_those = decoded.samples.pts, packets.pts[needed]
    return bool(among(samples.pts[among(samples.pts, of_those)], pts).all() and among(pts, of_those).all())


def _in_film(samples: Samples, packets: PacketMap, looked_into: Changes | None) -> Samples:
    shown = packets.shown
    in_film = replace(
        samples,
        times=packets.times(samples.pts), seconds=packets.seconds,
        numbers=np.searchsorted(shown, samples.pts), of=len(shown), reach=packets.reach(samples.pts),
    )  # fmt: skip
    if looked_into is None:
        return in_film
    keys = packets.pts[packets.starts]
    groups = np.maximum(0, np.searchsorted(keys, samples.pts, side="right") - 1)
    bridged = among(samples.pts, keys[~looked_into.entered])
    return replace(in_film, bridged=bridged, still=looked_into.still[groups])


def is_promised(decoded: Decoded, packets: PacketMap, plan: Plan, looked_into: Changes | None = None) -> bool:
    """Whether all the frames came that a cheap decode has to bring, and none that the film does not show."""
    pts = decoded.samples.pts
    promised = np.array(plan.named, np.int64) if plan.look is Look.NAMED else packets.key_pts
    if decoded.sparse:
        read = packets.keys | looked_into.needed if looked_into else np.ones(len(packets), np.bool_)
        promised = np.append(promised, packets.pts[packets.anchors & read])
    return bool(among(promised, pts).all() and among(pts, packets.shown).all())


def demand_order(pts: Pts, other: type[Unforeseen] = Unforeseen) -> None:
    """Raises `other` where frames came in another order than that of their times."""
    if not (np.diff(pts) > 0).all():
        raise other("the frames came in another order than their times")


def _demand_sound(decoded: Decoded, other: type[Unforeseen]) -> None:
    if not decoded.is_whole:
        raise other(f"the decoder complained: {spoken.said(decoded.complaint)[:200]}")
    demand_order(decoded.samples.pts, other)


def _demand_promised(decoded: Decoded, packets: PacketMap, plan: Plan, looked_into: Changes | None) -> None:
    pts, other = decoded.samples.pts, TooSparse if decoded.sparse else Unforeseen
    _demand_sound(decoded, other)
    if not decoded.samples.keys[among(pts, packets.key_pts)].all():
        raise Unforeseen("packets said to be keyframes are points of a slow refresh")
    if not is_promised(decoded, packets, plan, looked_into):
        raise other("other frames came than its packets promised")
    if plan.look is Look.REFERENCES and np.diff(packets.times(pts)).max(initial=0.0) > LONGEST_UNSEEN:
        raise other("the frames that others refer to lie far apart")


class _Measured:
    """Gathers the features of a film in spools: small arrays that stay would break the memory of the large ones up."""

    def __init__(self, folder: Path | None) -> None:
        self.frames = 0
        self._spools = {each.name: Spool(folder) for each in fields(Features)}

    def add(self, batch: Features) -> None:
        self.frames += len(batch.luma)
        for name, values in batch.columns().items():
            self._spools[name].add(values)

    def all(self) -> Features:
        return Features(**{name: spool.all() for name, spool in self._spools.items()})


class Clock:
    """Gathers what ffmpeg says: times, key flags and sizes as compactly as the numbers allow, complaints and
    those of them that are of frames without what they refer to (each as the number of frames before it), a version.

    `sparse`: frames were left out that others refer to.
    """

    def __init__(self, *, sparse: bool = False) -> None:
        self._sparse = sparse
        self.pts = array("q")
        self.keys = bytearray()
        self.sizes = array("i")
        self.errors = self.patched = 0
        self.complaints, self.lacking = array("q"), array("q")
        self.complaint = ""
        self.unit = Fraction(1, 90000)
        self.version: str | None = None

    def hear(self, line: str) -> None:
        """Take one line of stderr into account."""
        if frame := spoken.shown(line):
            # A frame without pts is shown right after the one before it.
            self.pts.append(frame.pts if frame.pts is not None else (self.pts[-1] + 1 if self.pts else 0))
            self.keys.append(frame.key)
            self.sizes.extend(frame.size)
        elif unit := spoken.time_base(line):
            self.unit = unit
        elif self._sparse and spoken.is_of_what_was_left_out(line):
            return
        elif spoken.is_error(line) or spoken.is_patched(line):
            self.errors += spoken.is_error(line)
            self.patched += spoken.is_patched(line)
            self.complaints.append(len(self.pts))
            self.lacking.extend([len(self.pts)] * spoken.lacks_reference(line))
            self.complaint = self.complaint or line
        elif version := spoken.banner(line):
            self.version = self.version or version

    def has_seen_only(self, size: tuple[int, int]) -> bool:
        """Whether every frame had this width and height."""
        return self.sizes == array("i", size * len(self.pts))

    def seconds(self) -> float:
        """From the first frame to the last one so far."""
        return float((self.pts[-1] - self.pts[0]) * self.unit) if self.pts else 0.0


def _samples(features: Features, clock: Clock) -> Samples:
    """Pictures and times come on two pipes; a child that was cut short may have told more of one than of the other."""
    count = min(len(features.luma), len(clock.pts))
    pts = np.array(clock.pts[:count], np.int64)
    times = (pts - pts[0]) * clock.unit.numerator / clock.unit.denominator
    keys = np.frombuffer(bytes(clock.keys[:count]), np.uint8).astype(bool)
    spoilt = spoilt_frames(clock.complaints, keys)
    return Samples(
        pts=pts, times=rising(times), keys=keys, features=features.taken(slice(count)), spoilt=spoilt,
        sizes=np.array(clock.sizes, np.int32).reshape(-1, 2)[:count],
    )  # fmt: skip

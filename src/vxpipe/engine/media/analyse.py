"""Looks at a video: a few full pictures for the borders, one decode for what every frame shows."""

import asyncio
from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import structlog

from vxpipe.engine import child
from vxpipe.engine.media import argv, parse
from vxpipe.engine.media.blur import blur
from vxpipe.engine.media.changes import Changes
from vxpipe.engine.media.crop import Borders, Finding, split_planes
from vxpipe.engine.media.features import Features, Grid, Meter, Samples, joined
from vxpipe.engine.media.feed import Feed
from vxpipe.engine.media.miniatures import small
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.plan import LONGEST_UNSEEN, Look, Plan
from vxpipe.engine.media.reading import WHOLE, Picks, Reading, readings_for, spans
from vxpipe.engine.media.spool import Spool
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
from vxpipe.model import MediaInfo
from vxpipe.ports import Limits

log = structlog.get_logger()

_FRAMES_A_PIECE = 64
_LEAST_EVIDENCE = 3  # pictures that are not blank: with fewer keyframes than that, others are looked at as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What the decode of every frame brought: the samples, how often the decoder complained, its exit status."""

    samples: Samples
    errors: int
    returncode: int
    complaint: str

    @property
    def seconds(self) -> float:
        """The time from the first frame to the end of the last one, which is taken to last as long as the usual."""
        times = self.samples.times
        usual = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
        return float(times[-1]) + usual


class Unforeseen(Exception):
    """A cheap decode did not bring what the packets promised: only a decode of everything tells what is there."""


async def find_borders(
    tools: Tools,
    path: Path,
    info: MediaInfo,
    plan: Plan,
    limits: Limits,
    heard: Callable[[float], None],
    *,
    packets: PacketMap | None = None,
    also: Picks | None = None,
    key_pictures: Spool | None = None,
) -> Finding:
    """The borders that pictures spread over the film, and the frames `also`, have in common.

    `heard` gets fractions 0..1. `key_pictures` gets every keyframe, small, where the borders come from keyframes.
    """
    borders, size = Borders(info.width, info.height), (info.width, info.height)

    def take(frame: bytes) -> None:
        borders.add(frame)
        heard(min(1.0, borders.frames / plan.borders.most))

    if packets is not None and plan.borders.keys:
        await _read_keys(tools, path, plan, limits, packets, borders, take, key_pictures)
    if plan.borders.wanted and borders.used < _LEAST_EVIDENCE:
        await _read_spread(tools, path, plan, limits, borders, take)
    if also is not None:
        narrow = readings_for(plan.reading, packets, also)[0]
        line = argv.pictures_at(tools.ffmpeg, path, size=size, picks=also, reading=narrow)
        await _stream(tools, line, limits, borders.frame_bytes, take)
    finding = await asyncio.to_thread(borders.found)
    _tell(finding)
    return finding


def _tell(finding: Finding) -> None:
    crop = finding.crop
    if crop is None:
        log.info("borders.absent", frames=finding.used)
        return
    log.info(
        "borders.found",
        x=crop.x, y=crop.y, width=crop.width, height=crop.height, confidence=crop.confidence, frames=finding.used,
    )  # fmt: skip


async def find_blur(
    tools: Tools,
    path: Path,
    info: MediaInfo,
    box: argv.Box | None,
    picks: Picks,
    limits: Limits,
    *,
    reading: Reading = WHOLE,
) -> list[float]:
    """How blurred each of the picked frames is in its full size, inside the box: 0 not at all, 1 completely.

    Empty where other frames came than those: then nobody knows whose figures these are.
    """
    x, y, width, height = box or (0, 0, info.width, info.height)
    blurs, clock = list[float](), _Clock()

    def take(frame: bytes) -> None:
        luma, _, _ = split_planes(np.frombuffer(frame, np.uint8), info.width, info.height)
        blurs.append(blur(luma[y : y + height, x : x + width]))

    line = argv.pictures_at(tools.ffmpeg, path, size=(info.width, info.height), picks=picks, reading=reading)
    await _stream(tools, line, limits, Borders(info.width, info.height).frame_bytes, take, clock.hear)
    if len(blurs) != len(picks.values) or (picks.counter == "pts" and sorted(clock.pts) != list(picks.values)):
        return []
    return blurs if picks.counter == "n" else [blurs[place] for place in np.argsort(clock.pts)]


async def measure(
    tools: Tools,
    line: list[str],
    shape: Grid,
    limits: Limits,
    heard: Callable[[float], None],
    *,
    duration: float | None,
    cwd: Path | None = None,
) -> Decoded:
    """Run a line of `argv.thumbs` and measure every frame it shows. `heard` gets fractions 0..1 of the duration.

    Raises VxError `damaged_media` when not one frame could be decoded.
    """
    meter, measured, clock = Meter(shape), _Measured(cwd), _Clock()

    def on_line(text: str) -> None:
        clock.hear(text)
        if duration and len(clock.pts) % 4 == 0:
            heard(min(1.0, clock.seconds() / duration))

    with Feed(
        lambda piece: measured.add(meter.measure(piece)), frame_bytes=shape.frame_bytes, frames=_FRAMES_A_PIECE
    ) as feed:
        done = await tools.runner.run(line, limits=limits, cwd=cwd, on_stdout=feed, on_stderr=child.lines(on_line))
        await asyncio.to_thread(feed.finish)
    if not measured.batches or not clock.pts:
        raise VxError("damaged_media", f"no frame could be decoded: {done.stderr_tail[-300:]}")
    return Decoded(
        samples=_samples(measured.all(), clock),
        errors=clock.errors,
        returncode=done.returncode,
        complaint=clock.complaint or f"exit status {done.returncode}",
    )


def placed(decoded: Decoded, packets: PacketMap, plan: Plan, looked_into: Changes | None = None) -> Decoded:
    """The frames with their places in the film; `looked_into` tells what was decoded, None: everything.

    Raises Unforeseen where they are not those the packets promised.
    """
    samples, shown = decoded.samples, packets.shown
    if decoded.errors or decoded.returncode:
        raise Unforeseen(f"the decoder complained: {decoded.complaint[:200]}")
    promised = np.array(plan.named, np.int64) if plan.look is Look.NAMED else packets.key_pts
    if not np.isin(promised, samples.pts).all() or not np.isin(samples.pts, shown).all():
        raise Unforeseen("other frames came than its packets promised")
    if not (np.diff(samples.pts) > 0).all():
        raise Unforeseen("the frames came in another order than their times")
    if plan.look is Look.REFERENCES and np.diff(packets.times(samples.pts)).max(initial=0.0) > LONGEST_UNSEEN:
        raise Unforeseen("the frames that others refer to lie far apart")
    numbers = np.searchsorted(shown, samples.pts)
    told = replace(
        samples,
        times=packets.times(samples.pts), seconds=packets.seconds,
        numbers=numbers, of=len(shown), reach=packets.reach(samples.pts),
    )  # fmt: skip
    if looked_into is not None:
        keys = packets.pts[packets.starts]
        groups = np.maximum(0, np.searchsorted(keys, samples.pts, side="right") - 1)
        bridged = np.isin(samples.pts, keys[~looked_into.entered])
        told = replace(told, bridged=bridged, still=looked_into.still[groups])
    return replace(decoded, samples=told)


class _Measured:
    """Gathers the features of a film; what is large in each frame lies in spools."""

    def __init__(self, folder: Path | None) -> None:
        self.batches = list[Features]()
        self._signatures, self._layouts = Spool(folder), Spool(folder)

    def add(self, batch: Features) -> None:
        self._signatures.add(batch.signature)
        self._layouts.add(batch.layout)
        self.batches.append(replace(batch, signature=batch.signature[:0], layout=batch.layout[:0]))

    def all(self) -> Features:
        return replace(joined(self.batches), signature=self._signatures.all(), layout=self._layouts.all())


class _Clock:
    """Gathers times and key flags from showinfo's lines, as compactly as the numbers allow."""

    def __init__(self) -> None:
        self.pts = array("q")
        self.keys = bytearray()
        self.errors = 0
        self.complaint = ""
        self.unit = Fraction(1, 90000)

    def hear(self, line: str) -> None:
        if frame := parse.shown(line):
            # A frame without pts is shown right after the one before it.
            self.pts.append(frame.pts if frame.pts is not None else (self.pts[-1] + 1 if self.pts else 0))
            self.keys.append(frame.key)
        elif unit := parse.time_base(line):
            self.unit = unit
        elif parse.is_error(line):
            self.errors += 1
            self.complaint = self.complaint or line

    def seconds(self) -> float:
        return float((self.pts[-1] - self.pts[0]) * self.unit) if self.pts else 0.0


def _samples(features: Features, clock: _Clock) -> Samples:
    """Pictures and times come on two pipes; a child that was cut short may have told more of one than of the other."""
    count = min(len(features.luma), len(clock.pts))
    pts = np.array(clock.pts[:count], np.int64)
    times = (pts - pts[0]) * clock.unit.numerator / clock.unit.denominator
    keys = np.frombuffer(bytes(clock.keys[:count]), np.uint8).astype(bool)
    return Samples(pts=pts, times=times, keys=keys, features=features.first(count))


async def _stream(
    tools: Tools,
    line: list[str],
    limits: Limits,
    frame_bytes: int,
    take: Callable[[bytes], None],
    on_line: Callable[[str], None] = lambda _line: None,
) -> None:
    with Feed(take, frame_bytes=frame_bytes) as feed:
        await tools.runner.run(line, limits=limits, on_stdout=feed, on_stderr=child.lines(on_line))
        await asyncio.to_thread(feed.finish)


async def _read_keys(
    tools: Tools,
    path: Path,
    plan: Plan,
    limits: Limits,
    packets: PacketMap,
    borders: Borders,
    take: Callable[[bytes], None],
    small_ones: Spool | None,
) -> None:
    """One decode of keyframes alone: some of them for the borders, all of them, small, for whoever wants them.

    Decoders may give frames that follow a gap before those in front of it: their pts put them in order.
    """
    pts = packets.key_pts if small_ones is not None else np.array(plan.borders.keys, np.int64)
    for_borders, clock, come = np.isin(pts, plan.borders.keys), _Clock(), 0

    def on_picture(frame: bytes) -> None:
        nonlocal come
        if come >= len(pts) or for_borders[come]:
            take(frame)
        if small_ones is not None:
            luma = np.frombuffer(frame, np.uint8, borders.width * borders.height).reshape(borders.height, -1)
            small_ones.add(small(luma)[None])
        come += 1

    all_keys = len(pts) == len(packets.starts)
    reading = Reading(keep=(), keys=True) if all_keys else Reading(keep=spans(np.isin(packets.pts, pts)))
    line = argv.pictures_of(tools.ffmpeg, path, size=(borders.width, borders.height), reading=reading)
    await _stream(tools, line, limits, borders.frame_bytes, on_picture, clock.hear)
    if small_ones is not None:
        promised = sorted(clock.pts) == pts.tolist() and come == len(pts)
        small_ones.reorder(np.argsort(clock.pts).tolist() if promised else [])


async def _read_spread(
    tools: Tools, path: Path, plan: Plan, limits: Limits, borders: Borders, take: Callable[[bytes], None]
) -> None:
    """Pictures spread over the film, where its keyframes are too few or show nothing."""
    if plan.borders.times:
        await _fetch_pictures(tools, path, plan, limits, borders, take)
        return
    line = argv.pictures(
        tools.ffmpeg, path, size=(borders.width, borders.height), step_seconds=plan.borders.step_seconds,
        most=plan.borders.most, reading=replace(plan.reading, threads=1),
    )  # fmt: skip
    await _stream(tools, line, limits, borders.frame_bytes, take)


async def _fetch_pictures(
    tools: Tools, path: Path, plan: Plan, limits: Limits, borders: Borders, take: Callable[[bytes], None]
) -> None:
    """One process a picture: a seek that lands elsewhere, or nowhere, only means other evidence."""
    for seconds in plan.borders.times:
        line = argv.picture_at(tools.ffmpeg, path, size=(borders.width, borders.height), seconds=seconds)
        await _stream(tools, line, limits, borders.frame_bytes, take)

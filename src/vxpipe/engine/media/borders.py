"""Looks for the borders of a film: the pictures a plan names, one by one."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain, repeat

import numpy as np
import structlog

from vxpipe.engine.media import argv
from vxpipe.engine.media.analyse import Clock
from vxpipe.engine.media.crop import Borders, Finding, split_planes
from vxpipe.engine.media.film import Film, show
from vxpipe.engine.media.miniatures import small
from vxpipe.engine.media.packets import PacketMap, Times
from vxpipe.engine.media.plan import Plan
from vxpipe.engine.media.reading import Picks, Reading, readings_for, spans
from vxpipe.engine.media.spool import Spool

log = structlog.get_logger()

_Take = Callable[[bytes], None]
_LEAST_EVIDENCE = 3  # pictures that are not blank: with fewer keyframes than that, others are looked at as well


async def find_borders(
    film: Film,
    plan: Plan,
    heard: Callable[[float], None],
    *,
    also: Picks | None = None,
    key_pictures: Spool | None = None,
) -> Finding:
    """The borders that pictures spread over the film, and the frames `also`, have in common.

    `heard` gets fractions 0..1. `key_pictures` gets every keyframe, small, where the borders come from keyframes.
    """
    borders = Borders(*film.size)

    def take(picture: bytes) -> None:
        borders.add(picture)
        heard(min(1.0, borders.frames / plan.borders.most))

    if film.packets is not None and plan.borders.keys:
        if key_pictures is None:
            await _read_keys(film, film.packets, plan.borders.keys, take)
        else:
            await _read_all_keys(film, film.packets, plan.borders.keys, take, key_pictures)
    if plan.borders.wanted and borders.used < _LEAST_EVIDENCE:
        await _read_spread(film, plan, take)
    if also is not None:
        await _read_at(film, plan, also, take)
    return await _found(borders)


async def find_borders_at(film: Film, plan: Plan, chosen: Picks) -> Finding:
    """The borders that the chosen frames have in common, which have the film's size."""
    borders = Borders(*film.size)
    await _read_at(film, plan, chosen, borders.add)
    return await _found(borders)


async def _found(borders: Borders) -> Finding:
    finding = await asyncio.to_thread(borders.found)
    _tell(finding)
    return finding


async def _read_at(film: Film, plan: Plan, chosen: Picks, take: _Take) -> None:
    """The chosen frames."""
    reading = readings_for(plan.reading, film.packets, chosen)[0]
    line = argv.pictures_at(film.tools.ffmpeg, film.path, film.info, picks=chosen, reading=reading)
    await show(film, line, take)


async def _read_keys(film: Film, packets: PacketMap, keys: Sequence[int], take: _Take) -> None:
    """Some of the keyframes."""
    reading = _keys_only(packets, np.array(keys, np.int64))
    await show(film, argv.pictures_of(film.tools.ffmpeg, film.path, size=film.size, reading=reading), take)


async def _read_all_keys(film: Film, packets: PacketMap, keys: Sequence[int], take: _Take, key_pictures: Spool) -> None:
    """All keyframes in one decode: some of them for the borders, every one, small, for whoever wants them.

    Decoders may give frames that follow a gap before those in front of it: their pts put them in order.
    """
    promised, clock = packets.key_pts, Clock()
    wanted = chain(np.isin(promised, keys), repeat(True))

    def on_picture(picture: bytes) -> None:
        if next(wanted):
            take(picture)
        luma = split_planes(np.frombuffer(picture, np.uint8), *film.size)[0]
        key_pictures.add(small(luma)[None])

    reading = _keys_only(packets, promised)
    line = argv.pictures_of(film.tools.ffmpeg, film.path, size=film.size, reading=reading)
    await show(film, line, on_picture, clock.hear)
    as_promised = sorted(clock.pts) == promised.tolist() and len(key_pictures) == len(promised)
    key_pictures.reorder(np.argsort(clock.pts).tolist() if as_promised else [])


def _keys_only(packets: PacketMap, pts: Times) -> Reading:
    if len(pts) == len(packets.starts):
        return Reading(keep=(), keys=True)
    return Reading(keep=spans(np.isin(packets.pts, pts)))


async def _read_spread(film: Film, plan: Plan, take: _Take) -> None:
    """Pictures spread over the film, where its keyframes are too few or show nothing."""
    if plan.borders.times:
        await _fetch_pictures(film, plan.borders.times, take)
        return
    line = argv.pictures(
        film.tools.ffmpeg, film.path, size=film.size, step_seconds=plan.borders.step_seconds,
        most=plan.borders.most, reading=replace(plan.reading, threads=1),
    )  # fmt: skip
    await show(film, line, take)


async def _fetch_pictures(film: Film, times: Sequence[float], take: _Take) -> None:
    """One process a picture: a seek that lands elsewhere, or nowhere, only means other evidence."""
    for seconds in times:
        await show(film, argv.picture_at(film.tools.ffmpeg, film.path, size=film.size, seconds=seconds), take)


def _tell(finding: Finding) -> None:
    crop = finding.crop
    if crop is None:
        log.info("borders.absent", frames=finding.used)
        return
    log.info(
        "borders.found",
        x=crop.x, y=crop.y, width=crop.width, height=crop.height, confidence=crop.confidence, frames=finding.used,
    )  # fmt: skip

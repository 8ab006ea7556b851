"""Looks for the borders of a film: the pictures a plan names, one by one."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from vxpipe.engine.media import argv
from vxpipe.engine.media.crop import Borders, Finding
from vxpipe.engine.media.film import Film, show
from vxpipe.engine.media.plan import Plan
from vxpipe.engine.media.reading import Picks, readings_for
from vxpipe.engine.media.stills import Stills

log = structlog.get_logger()

_Take = Callable[[bytes], None]
_LEAST_EVIDENCE = 3  # pictures that are not blank: with fewer keyframes than that, others are looked at as well


async def find_borders(
    film: Film,
    plan: Plan,
    heard: Callable[[float], None],
    *,
    stills: Stills | None = None,
    also: Picks | None = None,
) -> Finding:
    """The borders that the stills, or where those are too few pictures spread over the film, and the frames `also`
    have in common.

    `heard` gets fractions 0..1.
    """
    borders = Borders(*film.size)

    def take(picture: bytes) -> None:
        borders.add(picture)
        heard(min(1.0, borders.frames / plan.borders.most))

    if stills is not None:
        await asyncio.to_thread(_look_through, stills, borders)
    if borders.used < _LEAST_EVIDENCE and not borders.settled:
        await _read_spread(film, plan, take)
    if also is not None:
        await _read_at(film, plan, also, take)
    return await asyncio.to_thread(borders.found)


async def find_borders_at(film: Film, plan: Plan, chosen: Picks) -> Finding:
    """The borders that the chosen frames have in common, which have the film's size."""
    borders = Borders(*film.size)
    await _read_at(film, plan, chosen, borders.add)
    return await asyncio.to_thread(borders.found)


def tell_borders(finding: Finding) -> None:
    """Say in the log what holds; what was found on the way to it may be found otherwise."""
    crop = finding.crop
    if crop is None:
        log.info("borders.absent", frames=finding.used)
        return
    log.info(
        "borders.found",
        x=crop.x, y=crop.y, width=crop.width, height=crop.height, confidence=crop.confidence, frames=finding.used,
    )  # fmt: skip


async def _read_at(film: Film, plan: Plan, chosen: Picks, take: _Take) -> None:
    """The chosen frames."""
    reading = readings_for(plan.reading, film.packets, chosen)[0]
    line = argv.pictures_at(film.tools.ffmpeg, film.file, film.info, picks=chosen, reading=reading)
    await show(film, line, take)


def _look_through(stills: Stills, borders: Borders) -> None:
    """As many of them as can tell anything."""
    for picture in stills:
        borders.add(picture)
        if borders.settled:
            return


async def _read_spread(film: Film, plan: Plan, take: _Take) -> None:
    """Pictures spread over the film, where its keyframes are too few or show nothing."""
    if plan.borders.seconds:
        await _fetch_pictures(film, plan.borders.seconds, take)
        return
    line = argv.pictures(
        film.tools.ffmpeg, film.file, size=film.size, step_seconds=plan.borders.step_seconds,
        most=plan.borders.most, reading=replace(plan.reading, threads=1),
    )  # fmt: skip
    await show(film, line, take)


async def _fetch_pictures(film: Film, places: Sequence[float], take: _Take) -> None:
    """One process a picture: a seek that lands elsewhere, or nowhere, only means other evidence."""
    for seconds in places:
        await show(film, argv.picture_at(film.tools.ffmpeg, film.file, size=film.size, seconds=seconds), take)

"""From a video file to its frames in a folder: probe, look, choose, write."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from vxpipe.engine.media import argv, framing, render
from vxpipe.engine.media.borders import tell_borders
from vxpipe.engine.media.cards import Cards
from vxpipe.engine.media.crop import Finding
from vxpipe.engine.media.damage import (
    beyond_end_warning,
    blank_warning,
    colours_warning,
    damage_warning,
    too_few_warning,
)
from vxpipe.engine.media.descent import Descent, Step
from vxpipe.engine.media.encoding import Encoded, other_warning
from vxpipe.engine.media.film import STALL_SECONDS, Film, wall_seconds
from vxpipe.engine.media.focus import sharpened
from vxpipe.engine.media.long_arguments import LongArguments
from vxpipe.engine.media.look import Looked, look_at
from vxpipe.engine.media.ordered import evenly
from vxpipe.engine.media.outside import LEAST_WHOLE
from vxpipe.engine.media.plan import Plan, plan_extraction
from vxpipe.engine.media.probe import probe, probe_ends, probe_packets, probe_sound, with_disposable
from vxpipe.engine.media.reading import AtHand, Picks, picks, pts_of, readings_for
from vxpipe.engine.media.select import select_frames
from vxpipe.engine.media.shapes import Part, parts_of, sizes_warning, with_cells
from vxpipe.engine.media.sound import short_warning, unreadable_warning
from vxpipe.engine.media.spool import lightly
from vxpipe.engine.media.stills import Stills, at_hand, drop_stills
from vxpipe.engine.media.thresholds import Cut
from vxpipe.engine.media.tools import Tools, within
from vxpipe.engine.media.work import Work
from vxpipe.model import Candidate, Crop, MediaInfo
from vxpipe.ports import Limits, OutputFile, Report
from vxpipe.recipe import Recipe
from vxpipe.values import frozen

log = structlog.get_logger()

_FRAME_SHARE = 0.9  # of the progress of stage "render" without a clip
_LOOKED_AT_WHOLE = 8  # kept frames of which the cheapest is shown without the crop
_WORTH_READING = 0.25  # of the stills, all of which are read: to find fewer among them spares no time
_UNTOLD = "unknown"
_CLIP_SHARE = 0.1  # and with one: an encode takes ten times as long as the frames


@frozen
class Extraction:
    """What came of a video. `files` are the kept frames in time order, then sheet and clip; `timings` in seconds.

    `crop` is what was applied, in upright source pixels; `borders` the evidence for it where they were looked for; both
    are those of the first of its `parts`, in the size that `info` tells: a film has several when it goes on in another.
    `cuts` are the seconds at which a shot begins at this threshold or at another, where shots are what was looked for.
    `decoding` tells by whom it was decoded, one by one, `encoded` who wrote the clip, `tools` of which versions those
    programs are, as they told meanwhile.
    """

    info: MediaInfo
    plan: Plan
    crop: Crop | None
    borders: Finding | None
    parts: tuple[Part, ...]
    candidates: tuple[Candidate, ...]
    cuts: tuple[tuple[float, Cut], ...]
    files: tuple[OutputFile, ...]
    warnings: tuple[Mapping[str, Any], ...]
    timings: Mapping[str, float]
    tools: Mapping[str, str]
    decoding: tuple[Step, ...] = ()
    encoded: Encoded | None = None

    @property
    def frames(self) -> int:
        """How many frames were written."""
        return sum(file.kind == "frame" for file in self.files)


async def extract(
    tools: Tools,
    path: Path,
    recipe: Recipe,
    out: Path,
    *,
    report: Report,
    sound: Path | None = None,
    stall_seconds: float = STALL_SECONDS,
    cards: Cards | None = None,
    origin: str | None = None,
) -> Extraction:
    """Write the frames that `recipe` asks for of the video at `path` into the folder `out`.

    `sound` is the file with its sound where that came apart: only a clip needs it. `cards` are GPUs that may decode;
    `origin`, the same at each try, tells them the video from others.
    Reports the stages "probe", "analyse" and "render". Raises VxError `file_missing`, `unreadable_media`,
    `no_video_stream`, `damaged_media`, `bad_crop`, `tool_failed`, `gpu_required`, `gpu_unavailable`, `stalled` or
    `timed_out`.
    """
    tools = within(tools, read=(path, *([sound] if sound else [])), write=(out,))
    tools = replace(tools, runner=LongArguments(tools.runner, out))
    work = Work(recipe=recipe, out=out, report=report)
    with work.stage("probe"):
        film, chosen = await _probe(tools, path, recipe, stall_seconds)
        film = await _with_sound(film, sound) if sound else film
        film = replace(film, descent=Descent(cards, film=origin))
    with work.stage("analyse"):
        looked = await look_at(work, film, chosen)
        if looked.borders:
            tell_borders(looked.borders)
        choice = asyncio.to_thread(select_frames, looked.samples, recipe, looked.signs)
        selection = await lightly(choice, looked.samples.features.columns().values())
        candidates = selection.candidates
        if recipe.drop.blurry:
            candidates = await sharpened(film, looked, recipe, candidates)
        looked = replace(looked, samples=looked.samples.without_features(), signs=None)
        kept = tuple(c for c in candidates if c.kept)
        is_blank = selection.blank.issuperset(c.index for c in kept)
        told = {"kept": len(kept), "of": len(candidates), "dropped": _dropped(candidates)}
        log.info("frames.selected", mode=recipe.frames.mode.value, **told)
    with work.stage("render"):
        parts = await parts_of(film, looked, recipe, kept)
        files = await _write(work, film, looked, parts)
        drop_stills(out)
        silent = await _sound_warning(film, sound, out / "clip.mp4") if sound and recipe.clip else None
    info = film.info
    return Extraction(
        info=info if info.duration else replace(info, duration=looked.seconds or None),
        plan=looked.plan,
        crop=parts[0].crop,
        borders=parts[0].borders,
        parts=parts,
        candidates=candidates,
        cuts=tuple((round(float(looked.samples.times[cut.index]), 6), cut) for cut in selection.cuts),
        files=files,
        warnings=_warnings(film, looked, recipe, parts, silent=silent, blank=is_blank),
        timings=dict(work.timings),
        tools={"ffmpeg": looked.ffmpeg or _UNTOLD, "ffprobe": film.prober or _UNTOLD},
        decoding=tuple(film.descent.steps),
        encoded=film.descent.encoded,
    )


def _dropped(candidates: Sequence[Candidate]) -> str:
    """How many were not kept for which reasons, in brackets; nothing where all were."""
    counts = Counter(c.reason.replace("_", " ") for c in candidates if not c.kept).most_common()
    return f" ({', '.join(f'{number} {reason}' for reason, number in counts)})" if counts else ""


async def _probe(tools: Tools, path: Path, recipe: Recipe, stall_seconds: float) -> tuple[Film, Plan]:
    """What is known of the file before anything is decoded, and what to do with it."""
    info, prober = await probe(tools, path)
    file = argv.file_of(path, info)
    packets = await probe_packets(tools, file, info.container)
    chosen = await asyncio.to_thread(plan_extraction, info, recipe, packets, threads=tools.threads)
    if packets is not None and chosen.find_disposable:
        packets = await with_disposable(tools, file, packets)
    limits = Limits(wall_seconds=wall_seconds(info.duration), stall_seconds=stall_seconds)
    return Film(tools=tools, path=path, limits=limits, info=info, packets=packets, prober=prober), chosen


async def _with_sound(film: Film, path: Path) -> Film:
    sound = await probe_sound(film.tools, path)
    return replace(film, sound=sound, info=replace(film.info, audio_codec=sound.codec if sound else None))


async def _sound_warning(film: Film, given: Path, clip: Path) -> dict[str, Any] | None:
    """What the clip lacks of its sound. Read from the clip: the header of a file that is cut off promises all of it."""
    return unreadable_warning(given, film.sound) or short_warning(*await probe_ends(film.tools, clip))


async def _write(work: Work, film: Film, looked: Looked, parts: Sequence[Part]) -> tuple[OutputFile, ...]:
    recipe, out, mixed = work.recipe, work.out, len(parts) > 1
    parts = with_cells(parts, recipe.image) if recipe.sheet else parts
    share = _CLIP_SHARE if recipe.clip else _FRAME_SHARE
    if mixed:
        frames = await _write_parts(work, looked, parts, share)
    else:
        frames = await _write_frames(work, looked, parts[0], out, work.heard("render", 0.0, share))
    log.info(
        "frames.written", count=len(frames), width=frames[0].width, height=frames[0].height, format=recipe.image.format
    )
    files = list(frames)
    if recipe.sheet:
        files.append(await render.write_sheet(film, out, frames=frames))
    render.name_frames(out, frames)
    if looked.crop and not mixed and (whole := await _uncropped(film, looked, parts[0], out)):
        files.append(whole)
    if recipe.clip:
        crop, heard = _clip_crop(film, looked, recipe, parts), work.heard("render", share, 1.0)
        cropped = render.Cropped(film=film, crop=crop)
        files.append(
            await render.write_clip(cropped, out, clip=recipe.clip, due=looked.frames, heard=heard, mixed=mixed)
        )
    return tuple(files)


def _clip_crop(film: Film, looked: Looked, recipe: Recipe, parts: Sequence[Part]) -> Crop | None:
    return framing.crop_for(film.info, recipe, None) if len(parts) > 1 else looked.crop


async def _uncropped(film: Film, looked: Looked, part: Part, out: Path) -> OutputFile | None:
    """A kept frame without the crop, the one that is reached soonest; none where that needs all of the film."""
    packets, there = film.packets, _there(looked, film, looked.stills)
    if packets is None or not looked.plan.reading.exact:
        return None
    lie_there = set(pts_of(there).tolist())
    needs = {
        candidate: 0 if pts in lie_there else int(packets.fewest_for(np.array([pts])).sum())
        for candidate in (part.kept[number] for number in evenly(np.arange(len(part.kept)), _LOOKED_AT_WHOLE))
        for pts in looked.samples.pts[[candidate.index]].tolist()
    }
    candidate = min(needs, key=lambda each: needs[each])
    chosen = picks(looked.samples.pts, [candidate.index])
    reading = readings_for(looked.plan.reading, packets, chosen)[0]
    return await render.write_uncropped(film, out, candidate=candidate, picks=chosen, reading=reading, there=there)


async def _write_parts(work: Work, looked: Looked, parts: Sequence[Part], share: float) -> tuple[OutputFile, ...]:
    """The frames of each part in a folder of its own, then all of them in one, in the order of their times."""
    found, folder, image = dict[int, OutputFile](), work.out / "part", work.recipe.image
    for place, part in enumerate(parts):
        if not part.kept:
            continue
        heard = work.heard("render", share * place / len(parts), share * (place + 1) / len(parts))
        files = await _write_frames(work, looked, part, folder, heard)
        found |= zip(part.numbers, render.adopt(work.out, folder, files, part.numbers, image), strict=True)
        shutil.rmtree(folder)
    return tuple(found[number] for number in sorted(found))


async def _write_frames(
    work: Work, looked: Looked, part: Part, out: Path, heard: Callable[[float], None]
) -> tuple[OutputFile, ...]:
    """The frames that were saved when they were looked at; else those that lie decoded from there, others from another
    decode.
    """
    image, places = work.recipe.image, [c.index for c in part.kept]
    cropped = render.Cropped(film=part.film, crop=part.crop, cell=part.cell)
    if looked.plan.save_at_once and out == work.out:
        saved = render.keep_frames(
            cropped, out, looked_at=len(looked.samples), places=places, kept=part.kept, image=image
        )
        if saved is not None:
            return saved
    chosen = picks(looked.samples.pts, places)
    readings = readings_for(looked.plan.reading, part.film.packets, chosen)
    return await render.write_frames(
        cropped, out, kept=part.kept, picks=chosen, image=image, heard=heard, readings=readings,
        there=_there(looked, part.film, _worth_reading(looked.stills, chosen)),
    )  # fmt: skip


def _there(looked: Looked, film: Film, stills: Sequence[Stills]) -> tuple[AtHand, ...]:
    """Which frames lie decoded in these files, where images of them are the same as of the film."""
    return at_hand(stills, film) if looked.plan.saves_stills and not film.mixed else ()


def _worth_reading(stills: Sequence[Stills], chosen: Picks) -> list[Stills]:
    """The files of which so much is chosen that it is quicker to read all of them than to decode that."""
    found = {each: len(set(each.pts).intersection(chosen.values)) for each in stills}
    enough = {each: 1 if each.dear else min(len(chosen.values), _WORTH_READING * len(each.pts)) for each in stills}
    return [each for each in stills if found[each] >= enough[each]]


def _warnings(
    film: Film,
    looked: Looked,
    recipe: Recipe,
    parts: Sequence[Part],
    *,
    silent: Mapping[str, Any] | None,
    blank: bool,
) -> tuple[Mapping[str, Any], ...]:
    info, clip, kept = film.info, recipe.clip, sum(len(part.kept) for part in parts)
    damage = damage_warning(
        info, frames=looked.frames, seconds=looked.seconds, errors=looked.errors, patched=looked.patched,
        suspected=looked.suspected, cropped=looked.borders is not None and looked.samples.whole < LEAST_WHOLE,
    )  # fmt: skip
    beyond = beyond_end_warning(recipe.frames.at or (), looked.seconds, last=float(looked.samples.times[-1]))
    found = {
        "source.damaged": damage,
        "times.exceeded": beyond,
        "colours.guessed": colours_warning(info),
        "size.changed": sizes_warning((info.width, info.height), looked.samples),
        "frames.scarce": too_few_warning(recipe.frames, kept),
        "frames.blank": blank_warning(kept) if blank else None,
        "sound.lacking": silent,
        "encoder.other": other_warning(clip.encoder, film.descent.encoded) if clip else None,
        "clip.evened": framing.evened_warning(info, _clip_crop(film, looked, recipe, parts), clip) if clip else None,
    }
    for event, warning in found.items():
        if warning:
            told = {key: value for key, value in warning.items() if key not in {"code", "message"}}
            log.warning(event, text=warning["message"], **told)
    return tuple(warning for warning in found.values() if warning)

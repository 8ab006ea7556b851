"""From a video file to its frames in a folder: probe, look, choose, write."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from vxpipe.engine.media import framing, inputs
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
from vxpipe.engine.media.look import look_at
from vxpipe.engine.media.looked import Looked
from vxpipe.engine.media.outside import LEAST_WHOLE
from vxpipe.engine.media.plan import Plan, plan_extraction
from vxpipe.engine.media.probe import demand_moving, probe, probe_ends, probe_packets, probe_sound, with_disposable
from vxpipe.engine.media.saving import clip_crop, write_files
from vxpipe.engine.media.select import Selection, select_frames
from vxpipe.engine.media.shapes import Part, parts_by_size, sizes_warning
from vxpipe.engine.media.sound import short_warning, unreadable_warning
from vxpipe.engine.media.spool import lightly
from vxpipe.engine.media.thresholds import Cut
from vxpipe.engine.media.tools import Tools, within
from vxpipe.engine.media.work import Work
from vxpipe.model import Candidate, Crop, MediaInfo
from vxpipe.ports import Limits, OutputFile, Report
from vxpipe.recipe import Recipe
from vxpipe.values import frozen

log = structlog.get_logger()

_UNTOLD = "unknown"


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
    tools = _confined(tools, out, path, *([sound] if sound else []))
    work = Work(recipe=recipe, out=out, report=report)
    with work.stage("probe"):
        film, plan = await _probe(tools, path, recipe, stall_seconds)
        film = await _with_sound(film, sound) if sound else film
        film = replace(film, descent=Descent(cards, film=origin))
    with work.stage("analyse"):
        looked = await look_at(work, film, plan)
        if looked.borders:
            tell_borders(looked.borders)
        selection = await _select(film, looked, recipe)
        looked = looked.without_signs()
    with work.stage("render"):
        parts = await parts_by_size(film, looked, recipe, selection.kept)
        files = await write_files(work, film, looked, parts)
        silent = await _sound_warning(film, sound, out / "clip.mp4") if sound and recipe.clip else None
    return _extraction(work, film, looked, selection, parts=parts, files=files, silent=silent)


def _confined(tools: Tools, out: Path, *read: Path) -> Tools:
    """The tools, kept to these files and this folder."""
    tools = within(tools, read=read, write=(out,))
    return replace(tools, runner=LongArguments(tools.runner, out))


async def _probe(tools: Tools, path: Path, recipe: Recipe, stall_seconds: float) -> tuple[Film, Plan]:
    """What is known of the file before anything is decoded, and what to do with it."""
    info, prober = await probe(tools, path)
    file = inputs.file_of(path, info)
    packets = await probe_packets(tools, file, info.container)
    demand_moving(path, packets)
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


async def _select(film: Film, looked: Looked, recipe: Recipe) -> Selection:
    """What is kept, by what the look told; by another look at what is kept, where no blurred frame is wanted."""
    choice = asyncio.to_thread(select_frames, looked.samples, recipe, looked.signs)
    selection = await lightly(choice, looked.samples.features.columns().values())
    if recipe.drop.blurry:
        selection = replace(selection, candidates=await sharpened(film, looked, recipe, selection.candidates))
    told = {"kept": len(selection.kept), "of": len(selection.candidates), "dropped": _dropped(selection.candidates)}
    log.info("frames.selected", mode=recipe.frames.mode.value, **told)
    return selection


def _dropped(candidates: Sequence[Candidate]) -> str:
    """How many were not kept for which reasons, in brackets; nothing where all were."""
    counts = Counter(c.reason.replace("_", " ") for c in candidates if not c.kept).most_common()
    return f" ({', '.join(f'{number} {reason}' for reason, number in counts)})" if counts else ""


def _extraction(
    work: Work,
    film: Film,
    looked: Looked,
    selection: Selection,
    *,
    parts: tuple[Part, ...],
    files: tuple[OutputFile, ...],
    silent: Mapping[str, Any] | None,
) -> Extraction:
    """What is told of it all, the warnings logged."""
    warnings = _warnings(film, looked, selection, parts, recipe=work.recipe, silent=silent)
    return Extraction(
        info=replace(film.info, duration=film.info.duration or looked.seconds or None),
        plan=looked.plan,
        crop=parts[0].crop,
        borders=parts[0].borders,
        parts=parts,
        candidates=selection.candidates,
        cuts=tuple((round(float(looked.samples.times[cut.index]), 6), cut) for cut in selection.cuts),
        files=files,
        warnings=_warned(warnings),
        timings=dict(work.timings),
        tools={"ffmpeg": looked.ffmpeg or _UNTOLD, "ffprobe": film.prober or _UNTOLD},
        decoding=tuple(film.descent.steps),
        encoded=film.descent.encoded,
    )


def _warnings(
    film: Film,
    looked: Looked,
    selection: Selection,
    parts: Sequence[Part],
    *,
    recipe: Recipe,
    silent: Mapping[str, Any] | None,
) -> dict[str, Mapping[str, Any] | None]:
    """What is to be warned of, by the event that tells of it."""
    info, clip, kept = film.info, recipe.clip, sum(len(part.kept) for part in parts)
    damage = damage_warning(
        info, frames=looked.frames, seconds=looked.seconds, errors=looked.errors, patched=looked.patched,
        suspected=looked.suspected, cropped=looked.borders is not None and looked.samples.unspoilt_count < LEAST_WHOLE,
    )  # fmt: skip
    beyond = beyond_end_warning(recipe.frames.at or (), looked.seconds, last=float(looked.samples.times[-1]))
    return {
        "source.damaged": damage,
        "times.exceeded": beyond,
        "colours.guessed": colours_warning(info),
        "size.changed": sizes_warning((info.width, info.height), looked.samples),
        "frames.scarce": too_few_warning(recipe.frames, kept, explained=bool(damage) or selection.is_blank),
        "frames.blank": blank_warning(kept) if selection.is_blank else None,
        "sound.lacking": silent,
        "encoder.other": other_warning(clip.encoder, film.descent.encoded) if clip else None,
        "clip.evened": framing.evened_warning(info, clip_crop(film, looked, recipe, parts), clip) if clip else None,
    }


def _warned(found: Mapping[str, Mapping[str, Any] | None]) -> tuple[Mapping[str, Any], ...]:
    """Those that there are, each logged."""
    warnings = {event: warning for event, warning in found.items() if warning}
    for event, warning in warnings.items():
        told = {key: value for key, value in warning.items() if key not in {"code", "message"}}
        log.warning(event, text=warning["message"], **told)
    return tuple(warnings.values())

"""Writes down what was found beside the frames: the manifest and the item's facts."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import orjson

from vxpipe.commands import run_again
from vxpipe.engine.media.crop import Finding
from vxpipe.engine.media.descent import Step
from vxpipe.engine.media.encoding import Encoded
from vxpipe.engine.media.extract import Extraction
from vxpipe.engine.media.obstacles import Obstacle
from vxpipe.engine.media.shapes import Part
from vxpipe.errors import VxError
from vxpipe.model import Candidate, Crop, MediaInfo, Source, Taken
from vxpipe.ports import OutputFile
from vxpipe.recipe import Recipe, whole

_BY_LINK = frozenset({"direct", "file"})


def write_records(
    out: Path,
    *,
    source: Source,
    recipe: Recipe,
    extraction: Extraction,
    cached: bool,
    tool_versions: Mapping[str, str],
) -> tuple[OutputFile, ...]:
    """Write `manifest.jsonl` and `item.json` into the folder and return every file of the item, frames first.

    Raises VxError `storage` when the disk does not take them.
    """
    rows = manifest_rows(extraction)
    target = source.url if source.platform in _BY_LINK else f"{source.platform}:{source.code}"
    asked = {"options": whole(recipe), "command": run_again(target, recipe)}
    facts = item_facts(source, extraction, tool_versions, cached=cached) | asked
    _write(out / "manifest.jsonl", b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))
    _write(out / "item.json", orjson.dumps(facts, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    records = (OutputFile(kind="manifest", name="manifest.jsonl"), OutputFile(kind="item", name="item.json"))
    return (*extraction.files, *records)


def with_media(source: Source, info: MediaInfo) -> Source:
    """The source with what its file says of itself."""
    return replace(source, duration=info.duration, width=info.width, height=info.height, fps=info.fps, codec=info.codec)


def manifest_rows(extraction: Extraction) -> list[dict[str, Any]]:
    """One row per candidate frame in time order, with the names the contract gives the fields."""
    frames = [file.name for file in extraction.files if file.kind == "frame"]
    kept = [candidate.index for candidate in extraction.candidates if candidate.kept]
    names = dict(zip(kept, frames, strict=True))
    return [_row(candidate, names) for candidate in extraction.candidates]


def item_facts(
    source: Source, extraction: Extraction, tool_versions: Mapping[str, str], *, cached: bool
) -> dict[str, Any]:
    """What `item.json` holds; `cached` tells that the video was not downloaded for it but kept from before."""
    info = extraction.info
    return {
        "source": asdict(source),
        "cached": cached,
        "media": {
            "container": info.container,
            "pixelFormat": info.pixel_format,
            "rotation": info.rotation,
            "sampleAspectRatio": round(info.sar, 6),
            "audioCodec": info.audio_codec,
            "taken": _taken(info.taken) if info.taken.of > 1 else None,
        },
        "crop": _crop(extraction.crop),
        "borders": _evidence(extraction.borders),
        "parts": [_part(part) for part in extraction.parts] if len(extraction.parts) > 1 else None,
        "frames": {"kept": extraction.frames, "considered": len(extraction.candidates)},
        "cuts": [{"t": t, "score": cut.score, "thresholds": cut.thresholds} for t, cut in extraction.cuts],
        "plan": {
            "reason": extraction.plan.reason,
            "look": extraction.plan.look.value,
            "borders": "keyframes" if extraction.plan.borders.keys else "pictures",
            "unseenSeconds": extraction.plan.unseen_seconds,
        },
        "decoding": [_step(step) for step in extraction.decoding],
        "clip": _encoded(extraction.encoded),
        "tools": dict(tool_versions),
        "timings": dict(extraction.timings),
        "warnings": [dict(warning) for warning in extraction.warnings],
    }


def _taken(taken: Taken) -> dict[str, Any]:
    return {"picture": taken.number + 1, "of": taken.of, "because": taken.because}


def _row(candidate: Candidate, names: Mapping[int, str]) -> dict[str, Any]:
    twin = candidate.duplicate_of
    return {
        "t": round(candidate.t, 6),
        "kept": candidate.kept,
        "reason": candidate.reason.value,
        "scene": candidate.scene,
        "score": candidate.score,
        "dhash": f"{candidate.dhash:016x}",
        "sharpness": candidate.sharpness,
        "luma": candidate.luma,
        "file": names.get(candidate.index) if candidate.kept else None,
        "duplicateOf": None if twin is None else names.get(twin),
        "distance": candidate.distance,
    }


def _step(step: Step) -> dict[str, Any]:
    """Who decoded, on which rung, and why not on the others: those that failed, and those that were left out."""
    return {
        "use": step.use,
        "rung": step.rung.value,
        "gpu": step.gpu,
        "failed": [_reason(*each) for each in step.failed.items()],
        "leftOut": [_reason(*each) for each in step.left_out.items()],
    }


def _encoded(encoded: Encoded | None) -> dict[str, Any] | None:
    """Who wrote the clip, and why no other did; None: there is none."""
    if encoded is None:
        return None
    return {
        "encoder": encoded.encoder,
        "gpu": encoded.gpu,
        "failed": [_reason(*each, of="encoder") for each in encoded.failed.items()],
        "leftOut": [_reason(*each, of="encoder") for each in encoded.left_out.items()],
    }


def _reason(name: str, reason: Obstacle, *, of: str = "rung") -> dict[str, str]:
    return {of: str(name), "code": reason.code, "reason": reason.text}


def _part(part: Part) -> dict[str, Any]:
    """What of a film has one size, and when that begins."""
    width, height = part.film.size
    facts = {"begin": round(part.begin, 6), "width": width, "height": height, "frames": len(part.kept)}
    return {**facts, "crop": _crop(part.crop), "borders": _evidence(part.borders)}


def _evidence(borders: Finding | None) -> dict[str, Any] | None:
    return borders.evidence() if borders else None


def _crop(crop: Crop | None) -> dict[str, Any] | None:
    return asdict(crop) if crop else None


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as exc:
        raise VxError("storage", f"{path.name} could not be written: {exc.strerror}") from exc

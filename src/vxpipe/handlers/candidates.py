"""Why a frame that a run considered was kept or dropped, in words. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vxpipe.reasons import Reason
from vxpipe.words import counted

REASONS: dict[str, str] = {
    Reason.SHOT: "Shows its shot best.",
    Reason.OPENING_SHOT: "Shows the opening shot best.",
    Reason.FILL: "Fills up to the least number of frames, unlike all others.",
    Reason.INTERVAL: "Stands for its place in time.",
    Reason.COUNT: "Stands for its part of the video.",
    Reason.DIVERSE: "Among the frames that differ most.",
    Reason.TIMESTAMP: "On screen at a time that was asked for.",
    Reason.KEYFRAME: "A keyframe of the file.",
    Reason.ONLY_FRAME: "The frame of the highest contrast: no other was good enough.",
    Reason.BLANK: "One flat colour.",
    Reason.OVER_MAX: "Beyond the most frames that were asked for.",
    Reason.LESS_SHARP: "Blurred: another frame of its shot took its place.",
    Reason.LESS_DIFFERENT: "Too much like one that was chosen.",
    Reason.BLURRY: "Blurred.",
}


def told(rows: Iterable[Mapping[str, Any]], *, distance: int | None) -> Iterator[dict[str, Any]]:
    """The rows of a manifest, each with its reason in words; `distance` is how many bits a repeat might differ."""
    first, last = dict[str, float](), dict[str, float]()
    for row in rows:
        # A repeat names the first that showed its picture, a shot that goes on the last.
        seen = last if row["reason"] == Reason.RESUMED else first
        yield {**row, "why": _why(row, seen.get(row["duplicateOf"]), distance or 0)}
        if picture := row["file"] or row["duplicateOf"]:
            first.setdefault(picture, row["t"])
            last[picture] = row["t"]


def _why(row: Mapping[str, Any], twin: float | None, distance: int) -> str:
    reason: str = row["reason"]
    bits = row["distance"]
    if bits is None or reason not in (Reason.DUPLICATE, Reason.RESUMED):
        return REASONS.get(reason, reason.replace("_", " "))
    place = "an earlier frame" if twin is None else _timestamp(twin)
    head, most = f"Shows the same picture as {place}", distance
    if reason == Reason.RESUMED:
        head, most = f"Goes on with the shot of {place} after an insert or a flash", 2 * distance
    verdict = "but alike in all else" if bits > most else f"{most} are allowed"
    return f"{head}, {counted(bits, 'bit')} apart as compared, {verdict}."


def _timestamp(seconds: float) -> str:
    """A place in a video, "1:02:03.480"."""
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{milliseconds // 1000:02}.{milliseconds % 1000:03}"
    return f"{hours}:{minutes:02}:{text}" if hours else f"{minutes}:{text}"

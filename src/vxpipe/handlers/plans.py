"""What would be done with a batch, as it is shown. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from vxpipe.forecast import Forecast
from vxpipe.handlers.drafts import Judged, Line
from vxpipe.handlers.schemas import breaker_body
from vxpipe.model import DIRECT, Planned
from vxpipe.ports import LaneState
from vxpipe.recipe import rendition, whole
from vxpipe.words import counted


def plan_body(
    planned: Sequence[Planned], lanes: Mapping[str, LaneState], *, depth: int, room: int, now: datetime
) -> dict[str, Any]:
    """The answer to POST /process?plan=1; `lanes` holds the state of each lane that occurs."""
    return {
        "items": [_item_body(index, each, lanes[each.target.lane], now) for index, each in enumerate(planned)],
        "queue": {"depth": depth, "room": room, "fits": len(planned) <= room},
    }


def forecast_body(forecast: Forecast, planned: Planned, *, changed: Collection[str]) -> dict[str, Any]:
    """The answer to GET /jobs/{id}/items/{n}/forecast, whose summary tells of what is `changed`."""
    told = [_shots(forecast)] * ("threshold" in changed) + [_frames(forecast)] * bool(changed)
    download = "The download is kept: nothing is fetched again."
    if not planned.is_kept:
        download = "The video will be downloaded again."
    return {
        "shots": {"now": forecast.shots, "then": forecast.shots_then},
        "frames": {"now": forecast.frames, "least": forecast.least, "most": forecast.most},
        "cached": planned.is_kept,
        "summary": f"{', '.join(told)}. {download}".removeprefix(". "),
    }


def _shots(forecast: Forecast) -> str:
    return f"{counted(forecast.shots_then, 'shot')} instead of {forecast.shots}"


def _frames(forecast: Forecast) -> str:
    few = "" if forecast.least == forecast.most else f"{forecast.least} to "
    return f"about {few}{counted(forecast.most, 'frame')} instead of {forecast.frames}"


def draft_body(
    draft: Judged,
    planned: Sequence[Planned],
    lanes: Mapping[str, LaneState],
    *,
    labels: Mapping[str, str],
    depth: int,
    room: int,
) -> dict[str, Any]:
    """The answer to POST /drafts; `planned` are its ready lines in their order, `labels` what platforms are called."""
    plans = iter(planned)
    notes = [_note(line, next(plans) if line.is_ready else None, lanes) for line in draft.lines]
    return {
        "lines": [_line_body(line, labels) | {"note": note} for line, note in zip(draft.lines, notes, strict=True)],
        "besides": draft.besides,
        "faults": [{"pointer": fault.pointer, "detail": fault.detail} for fault in draft.faults],
        "notes": [*draft.notes, *_queue_notes(len(planned), depth, room)],
        "rest": draft.rest,
    }


def _line_body(line: Line, labels: Mapping[str, str]) -> dict[str, Any]:
    target = line.wish.target if line.wish else None
    return {
        "line": line.entry.line,
        "place": line.place,
        "state": line.state,
        "text": line.entry.text,
        "item": line.entry.item,
        "fault": line.entry.fault,
        "sameAs": line.same_as and line.same_as.entry.line,
        "platform": target and labels.get(target.platform, "Direct link"),
        "name": target and (target.url.partition("://")[2] if target.platform == DIRECT else target.code),
    }


def _note(line: Line, planned: Planned | None, lanes: Mapping[str, LaneState]) -> str:
    """What a reader should know of a line that can be taken."""
    if planned is None:
        return f"same as line {line.same_as.place}" if line.same_as else ""
    if planned.is_kept:
        return "already here: no download"
    lane = lanes[planned.target.lane]
    why = f": {lane.reason.replace('_', ' ')}" if lane.reason else ""
    wait = f" for {max(1, round(lane.seconds / 60))} min" if lane.seconds else ""
    return "" if lane.state == "closed" else f"left alone{wait}{why}"


def _queue_notes(count: int, depth: int, room: int) -> Iterator[str]:
    if count > room:
        yield f"the queue has room for {room} more"
    elif depth:
        yield f"videos that wait in the queue: {depth}"


def _item_body(index: int, planned: Planned, lane: LaneState, now: datetime) -> dict[str, Any]:
    height, sound = rendition(planned.recipe)
    return {
        "index": index,
        "platform": planned.target.platform,
        "code": planned.target.code,
        "url": planned.target.url,
        "rendition": {"height": height, "sound": sound},
        "cached": planned.is_kept,
        "sameAs": planned.same_as,
        "options": whole(planned.recipe),
        "lane": {"name": planned.target.lane, "ahead": planned.ahead, **breaker_body(lane, now)},
    }

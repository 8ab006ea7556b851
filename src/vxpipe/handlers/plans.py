"""What would be done with a batch, as it is shown. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from vxpipe.handlers.drafts import Judged, Line
from vxpipe.handlers.schemas import breaker_body
from vxpipe.model import Planned
from vxpipe.ports import LaneState
from vxpipe.recipe import rendition


def plan_body(
    planned: Sequence[Planned], lanes: Mapping[str, LaneState], *, depth: int, room: int, now: datetime
) -> dict[str, Any]:
    """The answer to POST /process?plan=1; `lanes` holds the state of each lane that occurs."""
    return {
        "items": [_item_body(index, each, lanes[each.target.lane], now) for index, each in enumerate(planned)],
        "queue": {"depth": depth, "room": room, "fits": len(planned) <= room},
    }


def draft_body(
    draft: Judged, planned: Sequence[Planned], lanes: Mapping[str, LaneState], *, depth: int, room: int, now: datetime
) -> dict[str, Any]:
    """The answer to POST /drafts; `planned` are its ready lines in their order."""
    plans = iter(planned)
    return {
        "lines": [_line_body(line, next(plans) if line.is_ready else None, lanes, now) for line in draft.lines],
        "besides": draft.besides,
        "said": draft.said,
        "unusedColumns": draft.unused,
        "isJson": draft.is_json,
        "faults": [{"pointer": fault.pointer, "detail": fault.detail} for fault in draft.faults],
        "queue": {"depth": depth, "room": room, "fits": len(planned) <= room},
    }


def _line_body(line: Line, plan: Planned | None, lanes: Mapping[str, LaneState], now: datetime) -> dict[str, Any]:
    target = line.wish.target if line.wish else None
    return {
        "line": line.entry.line,
        "text": line.entry.text,
        "item": line.entry.item,
        "fault": line.entry.fault,
        "sameAs": line.same_as,
        "platform": target.platform if target else None,
        "code": target.code if target else None,
        "url": target.url if target else None,
        "plan": plan and {"cached": plan.is_kept, "lane": _lane_body(plan, lanes[plan.target.lane], now)},
    }


def _lane_body(planned: Planned, lane: LaneState, now: datetime) -> dict[str, Any]:
    return {"name": planned.target.lane, "ahead": planned.ahead, **breaker_body(lane, now)}


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
        "options": planned.recipe.model_dump(mode="json", by_alias=True),
        "lane": _lane_body(planned, lane, now),
    }

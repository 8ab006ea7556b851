"""What would be done with a batch, as it is shown. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

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
        "lane": {"name": planned.target.lane, "ahead": planned.ahead, **breaker_body(lane, now)},
    }

"""A job as somebody sees it who follows its events. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import field, replace
from typing import Any

from vxpipe.values import frozen
from vxpipe.words import counted, first

FINAL = frozenset({"completed", "failed", "cancelled"})


@frozen
class Lane:
    """One item: what it is, where it stands, how fast it moves."""

    name: str
    title: str | None = None
    status: str = "waiting"
    stage: str | None = None
    progress: int = 0
    attempt: int = 1
    speed: float | None = None
    eta: float | None = None
    frames: int | None = None
    trouble: str | None = None

    @property
    def said(self) -> str:
        """Its state in a few words."""
        if self.status == "success":
            return counted(self.frames or 0, "frame")
        if self.status == "processing":
            return self.stage or "begins"
        return f"{self.status}: {self.trouble}" if self.trouble else self.status


@frozen
class JobView:
    """The job and its lanes, as the events so far tell it."""

    job_id: str
    status: str = "pending"
    progress: int = 0
    lanes: Mapping[int, Lane] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        """Whether every item did."""
        return self.status == "completed"

    def after(self, event: str, data: Mapping[str, Any]) -> "JobView":
        """The view once an event has been heard; what tells of something else changes nothing."""
        if event == "snapshot":
            lanes = {item["index"]: _lane(item) for item in data["items"]}
            return replace(self, status=data["status"], progress=data["progress"], lanes=lanes)
        if event == "status":
            return replace(self, status=data["status"], progress=data.get("progress", self.progress))
        if event == "item":
            return self._with(data["index"], _lane(data))
        if event == "progress" and (lane := self.lanes.get(data["index"])) and _is_of(lane, data):
            return self._with(data["index"], _moved(lane, data))
        return self

    def _with(self, index: int, lane: Lane) -> "JobView":
        lanes = dict(self.lanes) | {index: lane}
        if self.status in FINAL:
            return replace(self, lanes=lanes)
        done = sum(100 if lane.status == "failed" else lane.progress for lane in lanes.values())
        return replace(self, lanes=lanes, progress=min(99, done // max(1, len(lanes))))


def _lane(item: Mapping[str, Any]) -> Lane:
    failure = item.get("error") or item.get("lastFailure")
    return Lane(
        name=f"{item['platform']}:{item['code']}",
        title=item.get("title"),
        status=item["status"],
        stage=item["stage"],
        progress=item["progress"],
        attempt=item["attempt"],
        eta=item.get("eta"),
        frames=item["frames"],
        trouble=failure["message"] if failure else None,
    )


def _is_of(lane: Lane, data: Mapping[str, Any]) -> bool:
    """Whether progress is of the lane's present attempt."""
    return data.get("attempt", lane.attempt) == lane.attempt and lane.status == "processing"


def _moved(lane: Lane, data: Mapping[str, Any]) -> Lane:
    return replace(lane, stage=data["stage"], progress=data["progress"], speed=data.get("speed"), eta=data.get("eta"))


def tally(lanes: Collection[Lane]) -> str:
    """How many of these succeeded and what they brought, in a line."""
    brought = [lane.frames or 0 for lane in lanes if lane.status == "success"]
    return f"{len(brought)} of {counted(len(lanes), 'video')} succeeded, frames kept: {sum(brought)}"


def failures(lanes: Collection[Lane]) -> list[str]:
    """Those that did not succeed, a line for each with its reason; of many the first ones and how many more."""
    return first([f"{lane.name}: {lane.said}" for lane in lanes if lane.status != "success"])


def seconds(value: float | None) -> str:
    """A time span for people."""
    if value is None:
        return ""
    whole = round(value)
    return (
        f"{whole} s"
        if whole < 60
        else f"{whole // 60}:{whole % 60:02} min"
        if whole < 3600
        else f"{whole / 3600:.1f} h"
    )


def rate(value: float | None) -> str:
    """Bytes a second for people."""
    return f"{value / 1e6:.1f} MB/s" if value else ""

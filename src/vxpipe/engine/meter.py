"""What the work on an item reports, as its readers want it: how far it is, how long it still takes."""

from collections.abc import Callable
from typing import Any

import structlog

from vxpipe.engine.course import Course


class Meter:
    """Set from any callback of the work, read at the reader's own pace. `flows` is called whenever media has come."""

    def __init__(self, course: Course, flows: Callable[[], None], *, clock: Callable[[], float]) -> None:
        self._course = course
        self._flows = flows
        self._clock = clock
        self._facts: dict[str, Any] = {}
        self.downloaded = 0
        """How many bytes of media came."""

    def __call__(self, stage: str, fraction: float, **facts: Any) -> None:
        """See Report."""
        if stage != self.stage:
            structlog.contextvars.bind_contextvars(stage=stage)
        self._facts = facts
        left, total = facts.get("eta"), facts.get("total")
        self._course.at(stage, fraction, self._clock(), seconds_left=left, total_bytes=total)
        if came := facts.get("bytes"):
            self.downloaded = came
            self._flows()

    @property
    def stage(self) -> str:
        """The present stage; nothing before the first report."""
        return self._course.stage

    @property
    def progress(self) -> int:
        """0..99."""
        return self._course.progress

    @property
    def eta(self) -> int | None:
        """The seconds until the item is done, where there is ground for a figure."""
        return self._course.eta(self._clock())

    def told(self) -> dict[str, Any]:
        """What a `progress` event says."""
        now = self._clock()
        self._course.pass_time(now)
        said = {"stage": self.stage, "progress": self.progress, "elapsed": self._course.elapsed(now)}
        return {**self._facts, **said, "eta": self._course.eta(now)}

    def spent(self) -> dict[str, float]:
        """The seconds each stage has taken."""
        self._course.pass_time(self._clock())
        return dict(self._course.spent)

"""What is asked for of a video, where it goes, and who hears how far it is."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from vxpipe.ports import Report
from vxpipe.recipe import Recipe

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Work:
    """What is asked for, where it goes, who is told of it, and the time each stage takes."""

    recipe: Recipe
    out: Path
    report: Report
    timings: dict[str, float] = field(default_factory=dict)
    furthest: float = 0.0
    """The progress of the present stage, which never steps back: what went wrong is done again unnoticed."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Tells the begin and the end of a stage and keeps its time."""
        self.report(name, 0.0)
        self.furthest = 0.0
        begun = time.perf_counter()
        yield
        self.timings[name] = round(time.perf_counter() - begun, 3)
        log.debug("stage.ended", name=name, seconds=self.timings[name])
        self.report(name, 1.0)

    def heard(self, stage: str, begin: float, end: float) -> Callable[[float], None]:
        """Passes fractions of one step on as the part `begin`..`end` of the stage; safe to call from any thread."""
        loop = asyncio.get_running_loop()

        def hear(fraction: float) -> None:
            loop.call_soon_threadsafe(self._advance, stage, begin + (end - begin) * fraction)

        return hear

    def _advance(self, stage: str, fraction: float) -> None:
        if fraction > self.furthest:
            self.furthest = fraction
            self.report(stage, fraction)

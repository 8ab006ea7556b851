"""A report that is counted on its way: how long an item was in each stage, how many bytes came."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from vxpipe.ports import Report, Tally


@contextmanager
def counted(report: Report, tally: Tally | None, *, platform: str, clock: Callable[[], float]) -> Iterator[Report]:
    """The same report; what is left to count is counted at the end of the context. Without a tally nothing is."""
    if tally is None:
        yield report
        return
    counter = _Counter(report, tally, platform, clock)
    try:
        yield counter
    finally:
        counter.close()


class _Counter:
    def __init__(self, report: Report, tally: Tally, platform: str, clock: Callable[[], float]) -> None:
        self._report = report
        self._tally = tally
        self._platform = platform
        self._clock = clock
        self._stage: str | None = None
        self._since = 0.0
        self._bytes = 0

    def __call__(self, stage: str, fraction: float, **facts: Any) -> None:
        if stage != self._stage:
            self.close()
            self._stage, self._since = stage, self._clock()
        come = int(facts.get("bytes") or 0)
        if come > self._bytes:
            self._tally.fetched(self._platform, come - self._bytes)
        self._bytes = come
        self._report(stage, fraction, **facts)

    def close(self) -> None:
        if self._stage is not None:
            self._tally.stage_ended(self._stage, self._clock() - self._since)
            self._stage = None

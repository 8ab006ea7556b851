"""The circuit breaker of one GPU: it rests when it fails again and again. Pure.

Closed: it is used. Open: it is left alone. On trial: the time is up, and it is used until it fails once more.
"""

from dataclasses import replace
from enum import StrEnum

from vxpipe.values import frozen

MOST_FAILURES = 3
WITHIN_SECONDS = 600.0
REST_SECONDS = 300.0


class State(StrEnum):
    """Where a fuse stands."""

    CLOSED = "closed"
    OPEN = "open"
    TRIAL = "trial"


@frozen(kw_only=False)
class Failed:
    """When the GPU failed, and at which film (None: nobody knows)."""

    at: float
    film: str | None


@frozen
class Fuse:
    """Its state as a value: the last failures, and when the rest ends that they brought.

    Every time is in seconds of one clock that never goes back.
    """

    failures: tuple[Failed, ...] = ()
    rests_until: float | None = None

    def state(self, now: float) -> State:
        """Where it stands."""
        if self.rests_until is None:
            return State.CLOSED
        return State.OPEN if now < self.rests_until else State.TRIAL

    def failed(self, now: float, film: str | None = None) -> "Fuse":
        """The GPU failed at a film, which counts once, however often it is tried: the fault may be its own.

        What was at work already when the GPU began to rest does not make the rest longer.
        """
        new = Failed(now, film)
        others = (each for each in self.failures if now - each.at < WITHIN_SECONDS and not _is_again(each, new))
        state, failures = self.state(now), (*others, new)
        if state is State.OPEN or (state is State.CLOSED and len(failures) < MOST_FAILURES):
            return replace(self, failures=failures)
        return Fuse(failures=failures, rests_until=now + REST_SECONDS)

    def worked(self, now: float) -> "Fuse":
        """The GPU did what it was told: that ends a trial."""
        return Fuse() if self.state(now) is State.TRIAL else self


def _is_again(before: Failed, now: Failed) -> bool:
    return now.film is not None and before.film == now.film

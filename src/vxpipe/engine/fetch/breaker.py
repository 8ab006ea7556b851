"""The circuit breaker of one site: it is left alone when it says that we come too often. Pure.

Closed: downloads start. Open: none starts until the time is up. Half open: one does, the probe: it closes the breaker
as soon as media comes, and opens it again when the site says once more that we come too often.
Pattern: M. Nygard, Release It!, "Circuit Breaker".
"""

from dataclasses import replace
from enum import StrEnum

from vxpipe.values import frozen

LONGEST_SECONDS = 3600.0
SHORTEST_SECONDS = 1.0


class State(StrEnum):
    """What the breaker lets pass: everything, nothing, one."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@frozen
class Breaker:
    """Its state as a value. Every time is in seconds of one clock that never goes back.

    `first_seconds` is the first pause where the site names none, later ones double up to an hour. `opened` counts the
    openings since it was last closed; `probe` is who is out to try whether the site answers again.
    """

    first_seconds: float = 300.0
    opened: int = 0
    until: float = 0.0
    probe: object = None
    reason: str | None = None

    def state(self, now: float) -> State:
        """Where it stands."""
        if not self.opened:
            return State.CLOSED
        return State.OPEN if now < self.until else State.HALF_OPEN

    def begun(self, who: object, now: float) -> "Breaker":
        """A download starts; in the half-open state it is the probe."""
        return replace(self, probe=who) if self.state(now) is State.HALF_OPEN else self

    def blocked(self, who: object, now: float, *, reason: str, asked_seconds: float | None) -> "Breaker":
        """The site told `who` to come later. Downloads that were out when it opened do not make the pause grow."""
        counts = not self.opened or (who is not None and who == self.probe)
        opened = self.opened + counts
        pause = self.first_seconds * 2.0 ** min(opened - 1, 20) if asked_seconds is None else asked_seconds
        until = now + min(LONGEST_SECONDS, max(SHORTEST_SECONDS, pause))
        return replace(self, opened=opened, until=max(until, self.until), probe=None, reason=reason)

    def passed(self, who: object) -> "Breaker":
        """The site answered `who` as it should; that closes the breaker if it was the probe."""
        return Breaker(first_seconds=self.first_seconds) if self.opened and who == self.probe else self

    def left(self, who: object) -> "Breaker":
        """`who` is gone; a probe that brought no verdict makes room for the next."""
        return replace(self, probe=None) if self.probe is not None and who == self.probe else self

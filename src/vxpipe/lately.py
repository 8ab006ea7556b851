"""What the last hour brought, kept in memory: jobs by minute, failures by code, how long stages took."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Any

from vxpipe.facts import Hour, StageTimes
from vxpipe.model import Event, EventKind, JobStatus
from vxpipe.ports import Tally

_MINUTES = 60
_TIMES_OF_A_STAGE = 1000  # of more only the newest: a percentile of a thousand is exact enough, and sorting is cheap


class LastHour(Tally):
    """Notes what is told to another tally; what is older than an hour is forgotten.

    `clock` gives seconds that never step back.
    """

    def __init__(self, tally: Tally, *, clock: Callable[[], float]) -> None:
        self._tally = tally
        self._clock = clock
        self._jobs: Counter[int] = Counter()
        self._attempts: defaultdict[int, Counter[str | None]] = defaultdict(Counter)
        self._stages: defaultdict[str, deque[tuple[float, float]]] = defaultdict(
            lambda: deque(maxlen=_TIMES_OF_A_STAGE)
        )

    def heard(self, events: Sequence[Event]) -> None:
        """Count the jobs that ended among these events."""
        for event in events:
            if event.kind is EventKind.STATUS and JobStatus(event.data["status"]).is_final:
                self._forget_old()
                self._jobs[self._minute()] += 1

    def stage_ended(self, stage: str, seconds: float) -> None:
        """See Tally."""
        self._tally.stage_ended(stage, seconds)
        self._stages[stage].append((self._clock(), seconds))

    def fetched(self, platform: str, count: int) -> None:
        """See Tally."""
        self._tally.fetched(platform, count)

    def attempt_ended(self, platform: str, code: str | None) -> None:
        """See Tally."""
        self._tally.attempt_ended(platform, code)
        self._forget_old()
        self._attempts[self._minute()][code] += 1

    def answered(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """See Tally."""
        self._tally.answered(method, route, status, seconds)

    def told(self) -> Hour:
        """The last hour, its minutes from the oldest to the present one."""
        minutes = self._forget_old()
        attempts = sum(self._attempts.values(), Counter[str | None]())
        return Hour(
            jobs=tuple(self._jobs[minute] for minute in minutes),
            attempts=attempts.total(),
            failures={code: count for code, count in attempts.most_common() if code is not None},
            stages=tuple(filter(None, (self._times(stage) for stage in self._stages))),
        )

    def _forget_old(self) -> range:
        """The minutes of the last hour; the others are forgotten."""
        minutes = range(self._minute() - _MINUTES + 1, self._minute() + 1)
        _forget(self._jobs, before=minutes.start)
        _forget(self._attempts, before=minutes.start)
        return minutes

    def _minute(self) -> int:
        return int(self._clock() // 60)

    def _times(self, stage: str) -> StageTimes | None:
        since = self._clock() - 60 * _MINUTES
        seconds = sorted(spent for ended, spent in self._stages[stage] if ended > since)
        if not seconds:
            return None
        return StageTimes(stage=stage, count=len(seconds), p50=_at(seconds, 0.5), p95=_at(seconds, 0.95))


def _forget(by_minute: dict[int, Any], *, before: int) -> None:
    for minute in [minute for minute in by_minute if minute < before]:
        del by_minute[minute]


def _at(ascending: Sequence[float], share: float) -> float:
    """The value that so large a share of all does not exceed (nearest rank)."""
    return ascending[max(0, -int(-share * len(ascending) // 1) - 1)]

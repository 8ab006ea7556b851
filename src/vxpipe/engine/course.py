"""How far an item is and how long it will still take, by what its stages really cost. Pure: the time is an argument."""

import math
from collections.abc import Mapping

STAGES = ("fetch", "probe", "analyse", "render", "program", "publish")

# Seconds; only their shares count. Measured on clips of 12 to 21 s with `vxpipe run` (timings in item.json), the
# download taken for as long as the rest: what items really take is learnt from then on.
MEASURED: Mapping[bool, Mapping[str, float]] = {
    False: {"fetch": 2.6, "probe": 0.2, "analyse": 1.6, "render": 0.6, "publish": 0.1},
    True: {"fetch": 8.0, "probe": 0.2, "analyse": 1.5, "render": 6.4, "publish": 0.1},  # with a clip
}
MEASURED_BYTES = 3e6  # of such a clip
PROGRAM: Mapping[str, float] = {"program": 60.0, "publish": 0.1}

_MOST = 99.0  # 100 is left for success
_GROUND_FRACTION, _GROUND_SECONDS = 0.04, 1.0  # of a stage, before it tells how long it takes
_LONGEST_SECONDS = 30 * 86_400.0  # what the work itself foresees beyond that is no forecast
_CREEP = 0.3  # how much of what a silent stage has left is taken for done in the course of time


class Course:
    """An item's way through its stages. `costs` are the seconds each is thought to take, of a video of `usual_bytes`.

    When a stage begins, what is left to 99 is shared out among it and the later ones by their costs: a stage that does
    not come, as the download of a video that is in the cache, leaves its share to the others.
    """

    def __init__(self, costs: Mapping[str, float], *, begun: float, usual_bytes: float = MEASURED_BYTES) -> None:
        self._costs = dict(costs)
        self._usual_bytes = usual_bytes
        self.stage = ""
        self.spent: dict[str, float] = {}
        """The seconds that each stage has taken so far."""
        self._value = self._base = self._share = self._fraction = 0.0
        self._entered = self._moved = self._seen = begun
        self._ends: float | None = None

    @property
    def progress(self) -> int:
        """0..99; it never falls."""
        return int(self._value)

    def at(
        self,
        stage: str,
        fraction: float,
        now: float,
        *,
        seconds_left: float | None = None,
        total_bytes: float | None = None,
    ) -> None:
        """`fraction` (0..1) of `stage` is done.

        `seconds_left` where the work itself knows how long the stage takes, `total_bytes` where the size of the whole
        video is known that is on its way.
        """
        self.pass_time(now)
        if stage != self.stage:
            self._enter(stage, now)
        fraction = min(1.0, max(0.0, fraction))
        if fraction > self._fraction:
            self._fraction, self._moved = fraction, now
        self._foresee(now, seconds_left, total_bytes)
        self._rise(self._fraction)

    def pass_time(self, now: float) -> None:
        """Time has passed: a stage that tells nothing moves on a little, ever slower."""
        if self.stage:
            self.spent[self.stage] = self.spent.get(self.stage, 0.0) + now - self._seen
        self._seen = now
        still = max(0.0, now - self._moved)
        crept = _CREEP * (1 - math.exp(-still / max(1.0, 2 * self._costs.get(self.stage, 1.0))))
        self._rise(self._fraction + (1 - self._fraction) * crept)

    def eta(self, now: float) -> int | None:
        """The seconds until the item is done; None while there is no ground for a figure."""
        return None if self._ends is None else max(0, math.ceil(self._ends - now))

    def elapsed(self, now: float) -> float:
        """How long the present stage has been at work, in seconds."""
        return round(max(0.0, now - self._entered), 1)

    def _enter(self, stage: str, now: float) -> None:
        self.stage, self._base, self._fraction = stage, self._value, 0.0
        self._entered = self._moved = now
        left = self._later(stage) + self._costs.get(stage, 0.0)
        self._share = (_MOST - self._base) * self._costs.get(stage, 0.0) / left if left else 0.0
        if stage not in self._costs:  # it waits for its turn, and nobody knows how long
            self._ends = None

    def _rise(self, fraction: float) -> None:
        self._value = max(self._value, min(_MOST, self._base + self._share * fraction))

    def _later(self, stage: str) -> float:
        """What the stages after this one cost."""
        if stage not in STAGES:
            return 0.0
        return sum(self._costs.get(later, 0.0) for later in STAGES[STAGES.index(stage) + 1 :])

    def _foresee(self, now: float, seconds_left: float | None, total_bytes: float | None) -> None:
        """When the item ends: what is left of this stage, and of the later ones."""
        spent, fraction = now - self._entered, self._fraction
        if self.stage not in self._costs or fraction < _GROUND_FRACTION or spent < _GROUND_SECONDS:
            return
        left = spent * (1 - fraction) / fraction if seconds_left is None else min(seconds_left, _LONGEST_SECONDS)
        later = self._later_seconds(spent + left, total_bytes)
        if total_bytes is not None:
            self._share = (_MOST - self._base) * (spent + left) / (spent + left + later)
        ends = now + left + later
        self._ends = ends if self._ends is None else (self._ends + ends) / 2

    def _later_seconds(self, whole: float, total_bytes: float | None) -> float:
        """How long the stages after this one take, which takes `whole` seconds.

        They go by its pace; but a download's is the line's, so that its size tells more where it is known.
        """
        pace = whole / max(0.001, self._costs[self.stage])
        return self._later(self.stage) * (pace if total_bytes is None else total_bytes / self._usual_bytes)

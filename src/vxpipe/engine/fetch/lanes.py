"""The pace of downloads from each platform: how many at a time, how far apart, and not at all for a while."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from vxpipe.engine.fetch.breaker import Breaker, State
from vxpipe.engine.fetch.platforms import Platform
from vxpipe.errors import BLOCKED, OUTDATED, UNDECIDED
from vxpipe.ports import Entry, Lanes, LaneState
from vxpipe.values import frozen

# Lanes that are no platform's (the hosts of direct links) are forgotten when there are more than this, idle ones only.
_MOST_OTHERS = 1000
# The last answers of a site that are looked at together, and how many there must be at least.
_ANSWERS, _FEWEST_ANSWERS = 20, 5


@frozen
class Pace:
    """The limits of one lane; lanes of one `site` count together."""

    site: str
    concurrency: int | None = None
    interval_seconds: float = 0.0


@dataclass(slots=True)
class _Site:
    """How a site stands: what is being fetched from it, when the next may start, and how the last ones ended."""

    breaker: Breaker
    out: set[object] = field(default_factory=set)
    next_start: float = float("-inf")
    broken: deque[bool] = field(default_factory=lambda: deque(maxlen=_ANSWERS))


def paces(platforms: Iterable[Platform]) -> dict[str, Pace]:
    """The pace of each platform by its name."""
    return {
        row.name: Pace(site=row.site or row.name, concurrency=row.concurrency, interval_seconds=row.interval)
        for row in platforms
    }


class PlatformLanes(Lanes):
    """A lane that `known` does not name has a site of its own, without limits but with a breaker.

    `clock` is in seconds and never goes back; `chance` gives numbers from 0 to 1; `cooldown_seconds` is how long a
    site that limits us without naming a time is first left alone.
    """

    def __init__(
        self,
        known: Mapping[str, Pace],
        *,
        clock: Callable[[], float],
        chance: Callable[[], float],
        cooldown_seconds: float,
    ) -> None:
        self._known = known
        self._clock = clock
        self._chance = chance
        self._cooldown_seconds = cooldown_seconds
        self._sites: dict[str, _Site] = {}

    def wait_seconds(self, lane: str) -> float | None:
        """See Lanes."""
        pace, now = self._pace(lane), self._clock()
        site = self._site(pace.site)
        is_full = pace.concurrency is not None and len(site.out) >= pace.concurrency
        if is_full or site.breaker.probe is not None:
            return None
        return max(0.0, site.next_start - now, site.breaker.until - now)

    def begin(self, entry: Entry) -> None:
        """See Lanes."""
        pace, now, who = self._pace(entry.lane), self._clock(), _who(entry)
        site = self._site(pace.site)
        site.out.add(who)
        site.next_start = now + pace.interval_seconds * (1.0 + self._chance())
        site.breaker = site.breaker.begun(who, now)

    def end(self, entry: Entry) -> None:
        """See Lanes."""
        site, who = self._site(self._pace(entry.lane).site), _who(entry)
        site.out.discard(who)
        site.breaker = site.breaker.left(who)
        self._forget_idle()

    def learn(self, entry: Entry, code: str | None, retry_after: float | None = None) -> LaneState | None:
        """See Lanes."""
        site, now, who = self._site(self._pace(entry.lane).site), self._clock(), _who(entry)
        before = site.breaker
        if code in BLOCKED:
            site.breaker = before.blocked(who, now, reason=str(code), asked_seconds=retry_after)
        elif code not in UNDECIDED and who in site.out:  # what came from elsewhere says nothing of the site
            site.breaker = before.passed(who)
            site.broken.append(code in OUTDATED)
        return self._change(entry.lane, before)

    def flows(self, entry: Entry) -> LaneState | None:
        """See Lanes."""
        site = self._site(self._pace(entry.lane).site)
        before, site.breaker = site.breaker, site.breaker.passed(_who(entry))
        return self._change(entry.lane, before)

    def recall(self, lane: str, code: str, seconds: float) -> None:
        """See Lanes."""
        if code in BLOCKED:
            site = self._site(self._pace(lane).site)
            site.breaker = site.breaker.blocked(None, self._clock(), reason=code, asked_seconds=seconds)

    def state(self, lane: str) -> LaneState:
        """See Lanes."""
        breaker, now = self._site(self._pace(lane).site).breaker, self._clock()
        state = breaker.state(now)
        seconds = breaker.until - now if state is State.OPEN else None
        return LaneState(state=state.value, seconds=seconds, reason=breaker.reason)

    def broken(self) -> dict[str, tuple[int, int]]:
        """The sites of known lanes whose last downloads failed, half or more, as those of an old yt-dlp do.

        How many, of how many.
        """
        return {
            name: (sum(answers), len(answers))
            for name, answers in self._answers()
            if len(answers) >= _FEWEST_ANSWERS and 2 * sum(answers) >= len(answers)
        }

    def failing(self) -> dict[str, float]:
        """The share of such failures among the last downloads from each known site that was asked."""
        return {name: sum(answers) / len(answers) for name, answers in self._answers() if answers}

    def mates(self, lane: str) -> frozenset[str]:
        """See Lanes."""
        site = self._pace(lane).site
        return frozenset({lane} | {name for name, pace in self._known.items() if pace.site == site})

    def _answers(self) -> list[tuple[str, deque[bool]]]:
        known = dict.fromkeys(pace.site for pace in self._known.values())
        return [(name, self._sites[name].broken) for name in known if name in self._sites]

    def _change(self, lane: str, before: Breaker) -> LaneState | None:
        """How the lane stands, if that is another way than before."""
        changed = self._site(self._pace(lane).site).breaker.opened != before.opened
        return self.state(lane) if changed else None

    def _pace(self, lane: str) -> Pace:
        return self._known.get(lane) or Pace(site=lane)

    def _site(self, name: str) -> _Site:
        if name not in self._sites:
            self._sites[name] = _Site(Breaker(first_seconds=self._cooldown_seconds))
        return self._sites[name]

    def _forget_idle(self) -> None:
        if len(self._sites) > len(self._known) + _MOST_OTHERS:
            now = self._clock()
            self._sites = {
                name: site
                for name, site in self._sites.items()
                if site.out or name in self._known or site.breaker.state(now) is State.OPEN
            }


def _who(entry: Entry) -> object:
    return entry.key, entry.attempt

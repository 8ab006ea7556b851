"""Token buckets: how much of its quota each of many callers has left. Pure."""

import math

from vxpipe.values import frozen

_MOST = 10_000


@frozen
class Policy:
    """So many requests in so many seconds; a quiet caller may use them all at once. A quota of 0: no limit."""

    name: str
    quota: int
    seconds: int = 60

    def __str__(self) -> str:
        return f'"{self.name}";q={self.quota};w={self.seconds}'


@frozen
class Standing:
    """Where a caller stands: requests left, seconds until all are there again, and until the next may come (0: now)."""

    policy: Policy
    remaining: int
    reset_seconds: int
    retry_seconds: int

    def __str__(self) -> str:
        return f'"{self.policy.name}";r={self.remaining};t={self.reset_seconds}'


class Buckets:
    """A bucket for each name; at most 10,000, of more the one that was unused for longest is forgotten."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._held: dict[str, tuple[float, float]] = {}

    def take(self, name: str, now: float) -> Standing:
        """Take one, if there is one; `now` is in seconds on a clock that only goes forward."""
        quota, rate = self.policy.quota, self.policy.quota / self.policy.seconds
        tokens, then = self._held.pop(name, (float(quota), now))
        tokens = min(quota, tokens + (now - then) * rate)
        lacking = max(0.0, 1 - tokens)
        tokens -= not lacking
        self._held[name] = (tokens, now)
        if len(self._held) > _MOST:
            del self._held[next(iter(self._held))]
        return Standing(
            policy=self.policy,
            remaining=int(tokens),
            reset_seconds=math.ceil((quota - tokens) / rate),
            retry_seconds=math.ceil(lacking / rate),
        )

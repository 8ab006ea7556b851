"""Whether and when an item that failed is tried again. Pure."""

from vxpipe.errors import FAILURES
from vxpipe.values import frozen

# However long a source asks us to wait, it is asked again after an hour.
LONGEST_SECONDS = 3600.0


@frozen
class Patience:
    """How often an item is tried, the first time counted, and the pause before the second try; later ones double."""

    tries: int
    first_seconds: float

    def allowed(self, code: str) -> int:
        """How often an item that fails with `code` is tried in all."""
        return min(self.tries, FAILURES[code].tries)

    def pause(self, code: str, *, failed: int, asked_seconds: float | None, chance: float) -> float | None:
        """Seconds until the next try after `failed` failed ones, or None when the failure is final.

        `chance` (0..1) spreads the pause by a quarter either way; what the source asked for is never undercut.
        """
        if failed >= self.allowed(code):
            return None
        grown = self.first_seconds * 2.0 ** (failed - 1) * (0.75 + 0.5 * chance)
        return min(LONGEST_SECONDS, max(grown, asked_seconds or 0.0))

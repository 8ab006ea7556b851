"""Who reads streams at the moment, and what they share."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from vxpipe.access import ANYBODY, Caller
from vxpipe.errors import Unavailable
from vxpipe.handlers.frames import Frames


class Readers:
    """At most `most` streams at a time, `most_of_a_key` with one key; who takes nothing for `send_seconds` is cut.

    What all of them are sent is encoded once: with numbers for `story`, without for `feed`. `cut` counts those that
    were let go because they did not keep up.
    """

    def __init__(self, *, most: int, most_of_a_key: int, send_seconds: float = 10, root: str = "") -> None:
        self.most = most
        self._most_of_a_key = most_of_a_key
        self._of_key: Counter[str] = Counter()
        self.send_seconds = send_seconds
        self.count = 0
        self.cut = 0
        self.story = Frames(numbered=True, root=root)
        self.feed = Frames(numbered=False, root=root)

    @contextmanager
    def admitted(self, caller: Caller) -> Iterator[None]:
        """Count one more while the context is open; raises Unavailable when too many are, or too many of this key."""
        if self.count >= self.most:
            raise Unavailable(
                f"{self.most} streams are open, more are not served; try again soon", code="too_many_streams"
            )
        if caller is not ANYBODY and self._of_key[caller.id] >= self._most_of_a_key:
            text = f"{self._most_of_a_key} streams of this key are open, more are not served; close one"
            raise Unavailable(text, code="too_many_streams")
        self.count += 1
        self._of_key[caller.id] += 1
        try:
            yield
        finally:
            self.count -= 1
            self._of_key[caller.id] -= 1
            self._of_key += Counter()  # drops those at zero

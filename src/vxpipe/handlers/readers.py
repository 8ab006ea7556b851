"""Who reads streams at the moment, and what they share."""

from collections.abc import Iterator
from contextlib import contextmanager

from vxpipe.errors import Unavailable
from vxpipe.handlers.frames import Frames


class Readers:
    """At most `most` streams at a time; who takes nothing for `send_seconds` is cut.

    What all of them are sent is encoded once: with numbers for `story`, without for `feed`.
    """

    def __init__(self, *, most: int, send_seconds: float = 10) -> None:
        self._most = most
        self.send_seconds = send_seconds
        self.count = 0
        self.story = Frames(numbered=True)
        self.feed = Frames(numbered=False)

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Count one more while the context is open; raises Unavailable when there are too many."""
        if self.count >= self._most:
            raise Unavailable(
                f"{self._most} streams are open, more are not served; try again soon", code="too_many_streams"
            )
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1

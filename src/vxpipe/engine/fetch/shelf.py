"""Which downloads are kept, and which go when there is no room: the least recently used. Pure."""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime

from pydantic import AwareDatetime

from vxpipe.values import frozen

# The facts beside a file are smaller than this, on the disk as well.
FACTS_BYTES = 8 << 10
# However small the files are.
MOST_FILES = 10_000


@frozen
class KeptFile:
    """A kept file: its name, and by what it is known again."""

    name: str
    bytes: int
    inode: int
    mtime_ns: int


@frozen
class Kept:
    """A kept download: what it brought and when, its files by their field of Fetched, what the platform said of it, the
    version of yt-dlp that brought it.
    """

    content: str
    files: Mapping[str, KeptFile]
    fetched_at: AwareDatetime
    title: str | None
    uploader: str | None
    ytdlp: str | None = None
    seconds: float | None = None

    @property
    def bytes(self) -> int:
        """The size of its files."""
        return sum(file.bytes for file in self.files.values())

    @property
    def room(self) -> int:
        """The bytes it takes with its facts, at most."""
        return self.bytes + FACTS_BYTES


class Shelf:
    """What is kept, by name, the least recently used first: never more than `max_bytes` with what is on its way."""

    def __init__(self, *, max_bytes: int, most_files: int = MOST_FILES) -> None:
        self._max_bytes = max_bytes
        self._most_files = most_files
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._coming: dict[str, int] = {}
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, name: str) -> Kept | None:
        """What is kept under a name."""
        return self._kept.get(name)

    def use(self, name: str) -> None:
        """It was used now."""
        if name in self._kept:
            self._kept.move_to_end(name)

    def expect(self, name: str, room: int) -> list[str] | None:
        """Hold `room` for what will be put under the name; what has to go for it goes, and is named.

        None, and nothing changes, when there can be no room or the name is expected already. Either `put` or `drop`
        has to follow.
        """
        left = self._max_bytes - sum(self._coming.values()) - room
        if name in self._coming or left < 0 or len(self._coming) >= self._most_files:
            return None
        gone = [name] if self._forget(name) else []
        self._coming[name] = room
        while self.bytes > left or len(self._kept) + len(self._coming) > self._most_files:
            gone.append(next(iter(self._kept)))
            self._forget(gone[-1])
        return gone

    def put(self, name: str, kept: Kept) -> None:
        """What was expected has come."""
        assert kept.room <= self._coming.pop(name)
        self._kept[name] = kept
        self.bytes += kept.room

    def drop(self, name: str) -> None:
        """It is kept, or expected, no more."""
        self._coming.pop(name, None)
        self._forget(name)

    def oldest(self, room: int) -> list[str]:
        """Whatever has to go, the least recently used first, to free so many bytes."""
        names = []
        for name, kept in self._kept.items():
            if room <= 0:
                break
            names.append(name)
            room -= kept.room
        return names

    def outdated(self, now: datetime, seconds: float) -> list[str]:
        """What was fetched longer ago than that, or so far in the future: somebody has set the clock."""
        return [name for name, kept in self._kept.items() if not is_fresh(kept, now, seconds)]

    def _forget(self, name: str) -> bool:
        kept = self._kept.pop(name, None)
        if kept is not None:
            self.bytes -= kept.room
        return kept is not None


def is_fresh(kept: Kept, now: datetime, seconds: float) -> bool:
    """Whether it was fetched at most so long ago; by a clock that was set back, not longer than that ahead."""
    return abs((now - kept.fetched_at).total_seconds()) <= seconds

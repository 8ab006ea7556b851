"""How large the files of a download are, and how much of them is there. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vxpipe.engine.fetch.formats import Format

_TOO_LARGE = 1 << 53


@dataclass(slots=True)
class Sizes:
    """Bytes of all files of a download together; `expected` holds what the platform says of each (None: nothing)."""

    expected: tuple[int | None, ...] = ()
    _there: dict[str, int] = field(default_factory=dict)
    _announced: dict[str, int | None] = field(default_factory=dict)
    _guessed: dict[str, int | None] = field(default_factory=dict)

    @classmethod
    def of(cls, files: Sequence[Format]) -> "Sizes":
        """Of the files that yt-dlp downloads one after the other."""
        return cls(tuple(_whole(each.get("filesize")) or _whole(each.get("filesize_approx")) for each in files))

    def note(self, status: Mapping[str, Any]) -> None:
        """Take what a progress hook is told into account."""
        name = status["filename"]
        self._there[name] = int(status.get("downloaded_bytes") or 0)
        self._announced[name] = _whole(status.get("total_bytes"))
        self._guessed[name] = _whole(status.get("total_bytes_estimate"))

    @property
    def downloaded(self) -> int:
        """What is there."""
        return sum(self._there.values())

    @property
    def least(self) -> int:
        """What it will be at least: what is there or was announced."""
        return sum(max(there, self._announced[name] or 0) for name, there in self._there.items())

    @property
    def total(self) -> int | None:
        """What it will be, as far as anybody knows; None where one of the files is of unknown size."""
        begun = [self._announced[name] or self._guessed[name] for name in self._there]
        sizes = (*begun, *self.expected[len(begun) :])
        return max(self.downloaded, sum(size or 0 for size in sizes)) if sizes and all(sizes) else None

    def eta(self, speed: float | None) -> float | None:
        """Seconds left at so many bytes a second."""
        return (self.total - self.downloaded) / speed if speed and self.total is not None else None


def _whole(number: float | None) -> int | None:
    """A size as a site tells it; one that no file can have is none."""
    return int(number) if number and 0 < number < _TOO_LARGE else None

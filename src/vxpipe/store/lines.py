"""Where queued entries stand: in line for their lane, or behind one that brings the same content. No I/O."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, takewhile

from vxpipe.ports import Entry, Step

_Name = tuple[Step, str]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """An entry, when it may be handed out, and its number in the order in which entries came."""

    due: float
    number: int
    entry: Entry = field(compare=False)


class Lines:
    """A line for each step and lane. Of entries with the same content one is in line or out, the others wait behind it.

    `kept` tells whether a content is there already: its entries need no download and stand in the lines of
    Step.MEDIA. Without `kept` contents do not matter.
    """

    def __init__(self, kept: Callable[[str], bool] | None) -> None:
        self._kept = kept
        self._lines: dict[_Name, deque[Place]] = {}
        self._behind: dict[str, list[Place]] = {}
        self._out: set[str] = set()

    def __len__(self) -> int:
        return sum(map(len, chain(self._lines.values(), self._behind.values())))

    def __iter__(self) -> Iterator[Place]:
        return chain(*self._lines.values(), *self._behind.values())

    def join(self, place: Place, *, again: bool = False) -> None:
        """Let an entry stand where it belongs, at the end; before those that came later if it had stood here."""
        entry, content = place.entry, self._content(place)
        if content is None:
            self._line((entry.step, entry.lane)).append(place)
        elif content in self._behind:
            self._behind[content].append(place)
        elif self._is_kept(content):
            self._line((Step.MEDIA, entry.lane)).append(place)
        else:
            self._behind[content] = []
            line = self._line((entry.step, entry.lane))
            line.insert(_rank(line, place) if again else len(line), place)

    def heads(self, step: Step) -> list[Place]:
        """The first of every line of `step`."""
        return [line[0] for (first, _), line in self._lines.items() if first is step]

    def pop(self, step: Step, head: Place) -> Entry:
        """Hand out the head of a line."""
        self._shift((step, head.entry.lane))
        content = self._content(head)
        if step is Step.FETCH and content is not None:
            self._out.add(content)
        return head.entry

    def landed(self, entry: Entry) -> None:
        """The download of an entry is over, well or not: those behind it go on, all of them or the next one."""
        content = entry.content
        if content not in self._out:
            return
        self._out.discard(content)
        waiting = self._behind.pop(content)
        if waiting and self._is_kept(content):
            self._line((Step.MEDIA, entry.lane)).extend(waiting)
            return
        for place in waiting:
            self.join(place, again=True)

    def settle(self) -> bool:
        """Send heads away whose content is kept no more; whether there were any."""
        gone = [name for name, line in self._lines.items() if name[0] is Step.MEDIA and self._is_lost(line[0])]
        for name in gone:
            self.join(self._shift(name), again=True)
        return bool(gone)

    def rebuild(self, places: Iterable[Place]) -> None:
        """Let these stand, in this order, and no others."""
        self._lines = {}
        self._behind = {content: [] for content in self._out}
        for place in places:
            self.join(place)

    def _content(self, place: Place) -> str | None:
        return place.entry.content if self._kept else None

    def _is_kept(self, content: str) -> bool:
        return self._kept is not None and self._kept(content)

    def _is_lost(self, place: Place) -> bool:
        content = self._content(place)
        return content is not None and not self._is_kept(content)

    def _line(self, name: _Name) -> deque[Place]:
        return self._lines.setdefault(name, deque())

    def _shift(self, name: _Name) -> Place:
        place = self._lines[name].popleft()
        if not self._lines[name]:
            del self._lines[name]
        return place


def _rank(line: Iterable[Place], place: Place) -> int:
    """How many stand before the first that came after `place`."""
    return sum(1 for _ in takewhile(lambda other: other.number < place.number, line))

"""Where queued entries stand: in line for their lane, or behind one that brings the same content. No I/O."""

from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from vxpipe.ports import Entry, Step

_Name = tuple[Step, str]
_RANK = attrgetter("rank")


class Place(NamedTuple):
    """An entry, when it may be handed out, and its number in the order in which entries came."""

    due: float
    number: int
    entry: Entry

    @property
    def rank(self) -> tuple[int, int]:
        """Who goes first: a higher priority, then who came first."""
        return -self.entry.priority, self.number


class Lines:
    """A line for each step and lane. Of entries with the same content the first is in line or out, the others wait.

    `kept` tells whether a content is there already: its entries need no download and stand in the lines of
    Step.MEDIA. Without `kept` contents do not matter.
    """

    def __init__(self, kept: Callable[[str], bool] | None) -> None:
        self._kept = kept
        self._lines: dict[_Name, list[Place]] = {}
        self._leaders: dict[str, Place] = {}
        self._behind: dict[str, list[Place]] = {}
        self._out: set[str] = set()

    def __len__(self) -> int:
        return sum(map(len, chain(self._lines.values(), self._behind.values())))

    def __iter__(self) -> Iterator[Place]:
        return chain(*self._lines.values(), *self._behind.values())

    def alike(self) -> Iterator[list[Place]]:
        """All places, by so many that have step and lane in common: a look at each group is enough to tell those."""
        return chain(self._lines.values(), filter(None, self._behind.values()))

    def join(self, place: Place) -> None:
        """Let an entry stand where it belongs."""
        content = self._content(place)
        if content is None:
            self._stand(place.entry.step, place)
        elif content in self._behind:
            self._behind[content].append(self._follower(content, place))
        elif self._is_kept(content):
            self._stand(Step.MEDIA, place)
        else:
            self._behind[content] = []
            self._lead(content, place)

    def is_kept(self, entry: Entry) -> bool:
        """Whether what an entry needs is there already."""
        return entry.content is not None and self._is_kept(entry.content)

    def of(self, entry: Entry) -> _Name:
        """The line in which an entry would stand."""
        return (Step.MEDIA if self.is_kept(entry) else entry.step), entry.lane

    def heads(self, step: Step) -> list[Place]:
        """The first of every line of `step`."""
        return [line[0] for (first, _), line in self._lines.items() if first is step]

    def pop(self, step: Step, head: Place) -> Entry:
        """Hand out the head of a line."""
        self._shift((step, head.entry.lane))
        content = self._content(head)
        if step is Step.FETCH and content is not None:
            self._out.add(content)
            del self._leaders[content]
        return head.entry

    def landed(self, entry: Entry) -> None:
        """The download of an entry is over, well or not: those behind it go on, all of them or the next one."""
        content = entry.content
        if content not in self._out:
            return
        self._out.discard(content)
        waiting = self._behind.pop(content)
        if waiting and self._is_kept(content):
            for place in waiting:
                self._stand(Step.MEDIA, place)
            return
        for place in sorted(waiting, key=_RANK):
            self.join(place)

    def settle(self) -> bool:
        """Send heads away whose content is kept no more; whether there were any."""
        gone = [name for name, line in self._lines.items() if name[0] is Step.MEDIA and self._is_lost(line[0])]
        for name in gone:
            self.join(self._shift(name))
        return bool(gone)

    def rebuild(self, places: Iterable[Place]) -> None:
        """Let these stand, in this order, and no others."""
        self._lines, self._leaders = {}, {}
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

    def _follower(self, content: str, place: Place) -> Place:
        """Who of the two waits: a more urgent one takes the place of the first in line."""
        leader = self._leaders.get(content)
        if leader is None or leader.rank < place.rank:
            return place
        name = (leader.entry.step, leader.entry.lane)
        self._lines[name].remove(leader)
        if not self._lines[name]:
            del self._lines[name]
        self._lead(content, place)
        return leader

    def _lead(self, content: str, place: Place) -> None:
        self._leaders[content] = place
        self._stand(place.entry.step, place)

    def _stand(self, step: Step, place: Place) -> None:
        insort(self._lines.setdefault((step, place.entry.lane), []), place, key=_RANK)

    def _shift(self, name: _Name) -> Place:
        place = self._lines[name].pop(0)
        if not self._lines[name]:
            del self._lines[name]
        return place

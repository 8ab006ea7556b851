"""The bound of the cache: never more than it may hold, and the least recently used goes first."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vxpipe.engine.fetch.shelf import FACTS_BYTES, Kept, KeptFile, Shelf

START = datetime(2026, 1, 2, tzinfo=UTC)
KIB = 1 << 10


def kept(size: int, *, at: datetime = START) -> Kept:
    file = KeptFile(name="media.mp4", bytes=size, inode=1, mtime_ns=1)
    return Kept(content="", files={"path": file}, fetched_at=at, title=None, uploader=None)


def filled(*names: str, max_bytes: int, size: int = KIB) -> Shelf:
    shelf = Shelf(max_bytes=max_bytes)
    for name in names:
        assert shelf.expect(name, kept(size).room) == []
        shelf.put(name, kept(size))
    return shelf


def test_what_was_used_longest_ago_goes_first() -> None:
    shelf = filled("a", "b", "c", max_bytes=3 * kept(KIB).room)
    shelf.use("a")

    assert shelf.expect("d", kept(KIB).room) == ["b"]


def test_what_is_larger_than_the_whole_bound_pushes_nothing_out() -> None:
    shelf = filled("a", max_bytes=2 * FACTS_BYTES)

    assert shelf.expect("b", 2 * FACTS_BYTES + 1) is None
    assert shelf.get("a")


def test_two_that_come_at_once_do_not_exceed_the_bound_together() -> None:
    shelf = Shelf(max_bytes=100)

    assert shelf.expect("a", 60) == []
    assert shelf.expect("b", 60) is None
    shelf.drop("a")
    assert shelf.expect("b", 60) == []


def test_the_same_is_not_expected_twice() -> None:
    shelf = Shelf(max_bytes=100)
    shelf.expect("a", 10)

    assert shelf.expect("a", 10) is None


def test_there_is_a_bound_for_the_number_of_files_too() -> None:
    shelf = Shelf(max_bytes=1 << 30, most_files=2)
    for name in "abc":
        shelf.expect(name, kept(1).room)
        shelf.put(name, kept(1))

    assert (shelf.get("a"), len(shelf)) == (None, 2)


def test_what_is_too_old_or_of_a_clock_that_was_set_back_is_outdated() -> None:
    shelf = Shelf(max_bytes=1 << 30)
    for name, hours in (("old", -3), ("fresh", -1), ("soon", 1), ("future", 3)):
        shelf.expect(name, kept(1).room)
        shelf.put(name, kept(1, at=START + timedelta(hours=hours)))

    assert shelf.outdated(START, 2 * 3600) == ["old", "future"]


class Model(RuleBasedStateMachine):
    """The shelf against a plain list of (name, room), the least recently used first."""

    names = st.sampled_from("abcdefgh")
    rooms = st.integers(1, 50).map(lambda n: n * KIB)
    bound = 10 * FACTS_BYTES

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf(max_bytes=self.bound, most_files=6)
        self.kept: list[tuple[str, int]] = []
        self.coming: dict[str, int] = {}

    @rule(name=names, size=rooms)
    def expect(self, name: str, size: int) -> None:
        room = kept(size).room
        fits = name not in self.coming and sum(self.coming.values()) + room <= self.bound and len(self.coming) < 6

        gone = self.shelf.expect(name, room)

        assert (gone is not None) == fits
        if gone is not None:
            self._expected(name, room, gone)

    def _expected(self, name: str, room: int, gone: Sequence[str]) -> None:
        left = [entry for entry in self.kept if entry[0] != name]
        self.coming[name] = room
        while self._too_much(left):
            left.pop(0)
        assert set(gone) == {entry[0] for entry in self.kept} - {entry[0] for entry in left}
        self.kept = left

    def _too_much(self, left: Sequence[tuple[str, int]]) -> bool:
        taken = sum(room for _, room in left) + sum(self.coming.values())
        return taken > self.bound or len(left) + len(self.coming) > 6

    @rule(name=names)
    def put(self, name: str) -> None:
        if name in self.coming:
            room = self.coming.pop(name)
            self.shelf.put(name, kept(room - FACTS_BYTES))
            self.kept.append((name, room))

    @rule(name=names)
    def use(self, name: str) -> None:
        self.shelf.use(name)
        self.kept.sort(key=lambda entry: entry[0] == name)

    @rule(name=names)
    def drop(self, name: str) -> None:
        self.shelf.drop(name)
        self.coming.pop(name, None)
        self.kept = [entry for entry in self.kept if entry[0] != name]

    @rule(room=rooms)
    def give_way(self, room: int) -> None:
        gone = self.shelf.oldest(room)

        assert gone == [name for name, _ in self.kept[: len(gone)]]
        sizes = [size for _, size in self.kept]
        assert sum(sizes[: len(gone)]) >= room or len(gone) == len(sizes)
        assert sum(sizes[: len(gone) - 1]) < room

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        assert {name for name in "abcdefgh" if self.shelf.get(name)} == {name for name, _ in self.kept}
        assert self.shelf.bytes == sum(room for _, room in self.kept)

    @invariant()
    def never_exceeds_its_bounds(self) -> None:
        assert self.shelf.bytes + sum(self.coming.values()) <= self.bound
        assert len(self.shelf) + len(self.coming) <= 6


TestModel = Model.TestCase

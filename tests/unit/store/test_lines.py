"""Nobody is lost in line: whatever is put, handed out, kept, lost or removed, everyone that waits can be reached."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vxpipe.model import ItemKey
from vxpipe.ports import Entry, Step
from vxpipe.store.lines import Lines, Place

CONTENTS = st.sampled_from(["x", "y", "z", None])


class Model(RuleBasedStateMachine):
    """The lines against a plain set of those that wait."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: set[str] = set()
        self.lines = Lines(self.kept.__contains__)
        self.waiting: dict[int, Place] = {}
        self.out: list[Entry] = []
        self.next = 0

    @rule(content=CONTENTS, priority=st.integers(-1, 1))
    def put(self, content: str | None, priority: int) -> None:
        entry = Entry(ItemKey("j", self.next), 1, "a", content=content, priority=priority)
        place = Place(0.0, self.next, entry)
        self.next += 1
        self.waiting[place.number] = place
        self.lines.join(place)

    @rule(step=st.sampled_from(Step))
    def take(self, step: Step) -> None:
        while self.lines.settle():
            pass
        for head in self.lines.heads(step)[:1]:
            if step is Step.FETCH:
                assert not [place for place in self.waiting.values() if place.rank < head.rank and self.may_lead(place)]
            entry = self.lines.pop(step, head)
            del self.waiting[head.number]
            if step is Step.FETCH:
                assert entry.content is None or entry.content not in [other.content for other in self.out]
                self.out.append(entry)
            else:
                assert entry.content in self.kept

    def may_lead(self, place: Place) -> bool:
        """Whether nothing but its rank keeps it from being downloaded."""
        content = place.entry.content
        return content not in self.kept and content not in [other.content for other in self.out if content]

    @rule(which=st.integers(0, 9), is_kept=st.booleans())
    def land(self, which: int, is_kept: bool) -> None:
        if self.out:
            entry = self.out.pop(which % len(self.out))
            if is_kept and entry.content:
                self.kept.add(entry.content)
            self.lines.landed(entry)

    @rule(content=st.sampled_from("xyz"))
    def lose(self, content: str) -> None:
        self.kept.discard(content)

    @rule(which=st.integers(0, 3))
    def remove(self, which: int) -> None:
        left = [place for place in sorted(self.lines, key=lambda place: place.number) if place.number % 4 != which]
        self.waiting = {place.number: place for place in left}
        self.lines.rebuild(left)

    @invariant()
    def holds_those_that_wait_and_nobody_twice(self) -> None:
        assert sorted(place.number for place in self.lines) == sorted(self.waiting)
        assert len(self.lines) == len(self.waiting)

    def teardown(self) -> None:
        """Everyone comes out in the end."""
        for entry in self.out:
            self.lines.landed(entry)
        self.out = []
        for _ in range(4 * len(self.waiting) + 4):
            for step in Step:
                self.take(step)
            while self.out:
                self.lines.landed(self.out.pop())
        assert self.waiting == {}


TestModel = Model.TestCase

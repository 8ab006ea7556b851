"""A pasted list, judged: what each of its lines would become, or why it cannot be taken. Pure."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Annotated, Any

import orjson
from pydantic import Field

from vxpipe.errors import Fault, Invalid, Refused
from vxpipe.handlers import lists, requests, strictly
from vxpipe.handlers.lists import Entry
from vxpipe.handlers.requests import BesidesIn, BodyIn, Bounds, ItemIn
from vxpipe.model import Batch, Wish
from vxpipe.ports import Targets
from vxpipe.recipe import Recipe
from vxpipe.values import frozen

# Of a long list so many are looked at at least, or twice as many as a request may hold; and so many lines for each.
_LEAST_VIDEOS = 1000
_LINES_FOR_ONE = 10


class DraftIn(BodyIn):
    """A list as people have it: links, `platform:code`, CSV or the like, JSON."""

    text: Annotated[str, Field(examples=["https://youtu.be/aqz-KE-bpKQ\nvimeo:1084537"])]
    options: dict[str, Any] = Field({}, description="A Recipe; a part that the text names goes before it.")


@frozen
class Line:
    """A line with what it stands for, or why that cannot be taken (in `entry`); `same_as` is an earlier equal one.

    `part` is which of several on one line it is.
    """

    entry: Entry
    wish: Wish | None = None
    same_as: "Line | None" = None
    part: int | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it would be sent."""
        return self.wish is not None and self.same_as is None

    @property
    def state(self) -> str:
        """How it stands: a double is right, and not sent."""
        return "ready" if self.is_ready else "double" if self.wish else "wrong"

    @property
    def place(self) -> str:
        """Its number, for people."""
        return f"{self.entry.line}.{self.part}" if self.part else str(self.entry.line)


@frozen
class Judged:
    """A list: its lines, what goes with them into the request, what is wrong with that, what else to know.

    `recipe` is what is asked of each video, that of the defaults where the options are wrong; `is_cut`: there are more
    lines than were looked at.
    """

    listed: lists.Listed
    lines: Sequence[Line]
    is_cut: bool
    besides: Mapping[str, Any]
    wrong: Sequence[Fault]
    recipe: Recipe
    max_items: int

    @property
    def batch(self) -> Batch:
        """The videos that can be taken."""
        return Batch(wishes=tuple(line.wish for line in self.lines if line.wish and line.is_ready), recipe=self.recipe)

    @property
    def faults(self) -> Sequence[Fault]:
        """What is wrong besides single lines."""
        return *self.wrong, *_too_many(self)

    @property
    def notes(self) -> Sequence[str]:
        """What else to know."""
        return tuple(_notes(self.listed))

    @property
    def rest(self) -> str:
        """What is not sent, as it stands there; of a line that names other videos as well the wrong one alone."""
        return _rest(self)

    @property
    def encoders(self) -> frozenset[str]:
        """The encoders that any of it names."""
        wishes = tuple(line.wish for line in self.lines if line.wish)
        return frozenset(encoder for _, encoder in requests.named_encoders(Batch(wishes=wishes, recipe=self.recipe)))

    def without(self, encoders: Mapping[str, str]) -> "Judged":
        """The list where these encoders are not to be had, each for its reason."""
        wrong = requests.encoder_faults(Batch(wishes=(), recipe=self.recipe), encoders)
        placed = (_placed(fault, self.listed.besides) for fault in wrong)
        return replace(self, wrong=(*self.wrong, *placed), lines=[_with(line, encoders) for line in self.lines])


def parse_draft(body: bytes) -> DraftIn:
    """The list of a POST /drafts. Raises BadRequest for something that is not JSON, Invalid for another shape."""
    strictly.parse(body)
    return requests.validated(DraftIn, body)


def judged(draft: DraftIn, targets: Targets, bounds: Bounds) -> Judged:
    """What a list would become; of a long one no more is looked at than shows that it is too long."""
    most = _most_videos(bounds.max_items)
    listed = lists.read(draft.text, most_lines=_LINES_FOR_ONE * most)
    entries = list(islice(listed.entries, most + 1))
    besides = _with_options(listed.besides, draft.options)
    recipe, faults = _besides(besides, bounds)
    return Judged(
        listed=listed,
        lines=_told_once(_line(entry, part, targets) for entry, part in _parts(entries[:most])),
        is_cut=len(entries) > most or listed.is_cut,
        besides={name: part for name, part in besides.items() if _is_told(part)},
        wrong=[_placed(fault, listed.besides) for fault in faults],
        recipe=recipe,
        max_items=bounds.max_items,
    )


def _most_videos(max_items: int) -> int:
    return max(_LEAST_VIDEOS, 2 * max_items)


def _parts(entries: Sequence[Entry]) -> Iterator[tuple[Entry, int | None]]:
    """Each with its number on its line, where it shares that."""
    on_line = Counter(entry.line for entry in entries)
    seen: Counter[int] = Counter()
    for entry in entries:
        seen[entry.line] += 1
        yield entry, seen[entry.line] if on_line[entry.line] > 1 else None


def _line(entry: Entry, part: int | None, targets: Targets) -> Line:
    if entry.fault:
        return Line(entry=entry, part=part)
    try:
        return Line(entry=entry, part=part, wish=_wish(entry.item, targets))
    except Invalid as exc:
        fault = "; ".join(_in_words(each) for each in exc.faults)
    except Refused as exc:
        if exc.field == "platform" and entry.turned and _names_platform(entry.turned, targets):
            return _line(replace(entry, item=entry.turned, turned=None), part, targets)
        fault = requests.refusal(exc)
    return Line(entry=replace(entry, fault=fault, item=entry.item if _is_told(entry.item) else None), part=part)


def _wish(item: Any, targets: Targets) -> Wish:
    checked = requests.validated(ItemIn, json.dumps(item).encode())
    return Wish(requests.target_of(checked, targets), checked.options)


def _names_platform(item: Any, targets: Targets) -> bool:
    """Whether what stands in the platform's place is one, that takes work; the code may be wrong."""
    try:
        _wish(item, targets)
    except Refused as exc:
        return exc.field != "platform"
    return True


def _with(line: Line, refused: Mapping[str, str]) -> Line:
    """The line, or that it cannot be taken for the encoder that it names itself."""
    own = line.wish.options if line.wish else None
    faults = requests.encoder_faults(Batch(wishes=(), recipe=own), refused) if own else ()
    fault = "; ".join(map(_in_words, faults))
    return Line(entry=replace(line.entry, fault=fault), part=line.part) if fault else line


def _is_told(value: Any) -> bool:
    """Whether an answer can hold a value: no whole number in it is beyond 64 bits. None such is right anywhere."""
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


def _in_words(fault: Fault) -> str:
    place = fault.pointer.removeprefix("#/").removeprefix("#").replace("/", ".")
    return f"{place}: {fault.detail}" if place else fault.detail


def _told_once(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines, each that asks for the same as an earlier one with that."""
    first: dict[tuple[str, str, Recipe | None], Line] = {}
    found = []
    for line in lines:
        if line.wish:
            same = line.wish.target.platform, line.wish.target.code, line.wish.options
            line = replace(line, same_as=first.get(same))
            first.setdefault(same, line)
        found.append(line)
    return tuple(found)


def _with_options(besides: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    own = besides.get("options", {})
    parts = {**options, **own} if isinstance(own, dict) else own
    return {**besides, **({} if parts == {} else {"options": parts})}


def _besides(besides: Mapping[str, Any], bounds: Bounds) -> tuple[Recipe, tuple[Fault, ...]]:
    try:
        batch = requests.validated(BesidesIn, json.dumps(besides).encode())
    except Invalid as exc:
        return Recipe(), exc.faults
    return batch.options, tuple(requests.hook_faults(batch.webhook, bounds))


def _placed(fault: Fault, own: Mapping[str, Any]) -> Fault:
    """The fault with its place in the draft: what the text itself says (`own`) is wrong there, not in the options."""
    said, part = own.get("options", {}), "".join(fault.pointer.split("/")[2:3])
    if fault.pointer.startswith("#/options") and isinstance(said, dict) and part not in said:
        return fault
    return Fault("#/text", f"in your JSON, {_in_words(fault)}")


def _notes(listed: lists.Listed) -> Iterator[str]:
    if listed.besides:
        yield f"your JSON brings {', '.join(listed.besides)}: what it says goes before the other options"
    if listed.unused:
        yield f"not used: {', '.join(listed.unused)}"


def _rest(draft: Judged) -> str:
    values = draft.listed.values
    if values is not None and draft.is_cut:
        sent_values = {at for at, line in enumerate(draft.lines) if line.wish}
        return json.dumps([value for at, value in enumerate(values) if at not in sent_values], ensure_ascii=False)
    sent = {row for line in draft.lines if line.wish for row in line.entry.rows}
    wrong = [line.entry for line in draft.lines if not line.wish]
    if not wrong and not draft.is_cut:
        return ""
    alone = [entry.text for entry in wrong if values is not None or entry.line in sent]
    rows = () if values is not None else draft.listed.text.split("\n")
    return "\n".join((*alone, *(row for number, row in enumerate(rows, 1) if number not in sent)))


def _too_many(draft: Judged) -> Iterator[Fault]:
    """That there are more videos than one request may hold, or that not all of the list was looked at."""
    ready = sum(1 for line in draft.lines if line.is_ready)
    most = _most_videos(draft.max_items)
    if draft.is_cut:
        first = most if len(draft.lines) == most else f"{_LINES_FOR_ONE * most} lines"
        yield Fault("#/text", f"only the first {first} were looked at; one request may hold {draft.max_items}")
    elif ready > draft.max_items:
        yield Fault("#/text", f"{ready} videos, but one request may hold {draft.max_items}")

"""A pasted list, judged: what each of its lines would become, or why it cannot be taken. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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

_LEAST_LINES = 1000


class DraftIn(BodyIn):
    """A list as people have it: links, `platform:code`, CSV or the like, JSON."""

    text: Annotated[str, Field(examples=["https://youtu.be/aqz-KE-bpKQ\nvimeo:1084537"])]
    options: dict[str, Any] = Field({}, description="A Recipe; a part that the text names goes before it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line with what it stands for, or why that cannot be taken (in `entry`); `same_as` is an earlier equal line."""

    entry: Entry
    wish: Wish | None = None
    same_as: int | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it would be sent."""
        return self.wish is not None and self.same_as is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A list: its lines, what goes with them into the request, what is wrong, what else to know, and what stays of it.

    `recipe` is what is asked of each video, that of the defaults where the options are wrong.
    """

    lines: Sequence[Line]
    besides: Mapping[str, Any]
    faults: Sequence[Fault]
    notes: Sequence[str]
    rest: str
    recipe: Recipe

    @property
    def batch(self) -> Batch:
        """The videos that can be taken."""
        return Batch(wishes=tuple(line.wish for line in self.lines if line.wish and line.is_ready), recipe=self.recipe)


def parse_draft(body: bytes) -> DraftIn:
    """The list of a POST /drafts. Raises BadRequest for something that is not JSON, Invalid for another shape."""
    strictly.parse(body)
    return requests.validated(DraftIn, body)


def judged(draft: DraftIn, targets: Targets, bounds: Bounds) -> Judged:
    """What a list would become; of a long one no more is looked at than shows that it is too long."""
    listed = lists.read(draft.text)
    most = max(_LEAST_LINES, 2 * bounds.max_items)
    entries = list(islice(listed.entries, most + 1))
    lines = _told_once(_line(entry, targets) for entry in entries[:most])
    besides = _with_options(listed.besides, draft.options)
    recipe, faults = _besides(besides, bounds)
    return Judged(
        lines=lines,
        besides={name: part for name, part in besides.items() if _is_told(part)},
        faults=(
            *(_placed(fault, listed.besides) for fault in faults),
            *_too_many(lines, bounds.max_items, most if len(entries) > most else None),
        ),
        notes=tuple(_notes(listed)),
        rest=_rest(draft.text, lines, is_json=listed.is_json),
        recipe=recipe,
    )


def _line(entry: Entry, targets: Targets) -> Line:
    if entry.fault:
        return Line(entry=entry)
    try:
        item = requests.validated(ItemIn, json.dumps(entry.item).encode())
        return Line(entry=entry, wish=Wish(requests.target_of(item, targets), item.options))
    except Invalid as exc:
        fault = "; ".join(_in_words(each) for each in exc.faults)
    except Refused as exc:
        fault = exc.message
    return Line(entry=replace(entry, fault=fault, item=entry.item if _is_told(entry.item) else None))


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
    """The lines, each that asks for the same as an earlier one with the number of that."""
    first: dict[tuple[str, str, Recipe | None], int] = {}
    found = []
    for line in lines:
        if line.wish:
            same = line.wish.target.platform, line.wish.target.code, line.wish.options
            line = replace(line, same_as=first.get(same))
            first.setdefault(same, line.entry.line)
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


def _rest(text: str, lines: Sequence[Line], *, is_json: bool) -> str:
    """What is wrong, as it stands there; of a line that names other videos as well the wrong one alone."""
    sent = {line.entry.line for line in lines if line.wish}
    wrong = [line.entry for line in lines if not line.wish]
    if not wrong:
        return ""
    alone = [entry.text for entry in wrong if is_json or entry.line in sent]
    kept = [] if is_json else [line for number, line in enumerate(text.split("\n"), 1) if number not in sent]
    return "\n".join((*alone, *kept))


def _too_many(lines: Sequence[Line], max_items: int, most: int | None) -> Iterator[Fault]:
    """That there are more videos than one request may hold; with `most`, that only so many were looked at."""
    ready = sum(1 for line in lines if line.is_ready)
    if most is not None:
        yield Fault("#/text", f"only the first {most} were looked at; one request may hold {max_items}")
    elif ready > max_items:
        yield Fault("#/text", f"{ready} videos, but one request may hold {max_items}")

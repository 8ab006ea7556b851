"""A pasted list, judged: what each of its lines would become, or why it cannot be taken. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Annotated, Any

from pydantic import Field

from vxpipe.errors import Fault, Invalid, Refused
from vxpipe.handlers import lists, requests
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
    """A list: its lines, what goes with them into the request and which of it the list said, and what is wrong.

    `recipe` is what is asked of each video, that of the defaults where the options are wrong.
    """

    lines: Sequence[Line]
    besides: Mapping[str, Any]
    said: Sequence[str]
    unused: Sequence[str]
    is_json: bool
    faults: Sequence[Fault]
    recipe: Recipe

    @property
    def batch(self) -> Batch:
        """The videos that can be taken."""
        return Batch(wishes=tuple(line.wish for line in self.lines if line.wish and line.is_ready), recipe=self.recipe)


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
        besides=besides,
        said=tuple(listed.besides),
        unused=listed.unused,
        is_json=listed.is_json,
        faults=(*faults, *_too_many(lines, bounds.max_items, most if len(entries) > most else None)),
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
    return Line(entry=replace(entry, fault=fault))


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


def _too_many(lines: Sequence[Line], max_items: int, most: int | None) -> Iterator[Fault]:
    """That there are more videos than one request may hold; with `most`, that only so many were looked at."""
    ready = sum(1 for line in lines if line.is_ready)
    if most is not None:
        yield Fault("#/items", f"only the first {most} were looked at; one request may hold {max_items}")
    elif ready > max_items:
        yield Fault("#/items", f"{ready} videos, but one request may hold {max_items}")

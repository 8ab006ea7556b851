"""Slides of one template: each way in which one differs from the next, by a cut, a fade, and beside a speaker. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice, product
from random import Random

import plots
from plots import FILM_FPS, FIXED_GROUPS, LONG_GROUPS, Act, Page, Plot, Shot

WORDS = (
    "harbour", "winter", "signal", "copper", "garden", "engine", "letter", "market", "silver", "bridge", "planet",
    "forest", "window", "method", "budget", "motion", "theory", "column", "island", "safety", "number", "pepper",
    "shadow", "thread", "vector", "yellow", "kettle", "anchor", "branch", "design", "energy", "filter",
)  # fmt: skip
SLIDES = 5


def decks() -> Iterator[Plot]:
    """Slides of one template: every way in which the next one differs, by a cut, by a fade, and beside a speaker."""
    groups = cycle((("long", LONG_GROUPS), ("fixed", FIXED_GROUPS)))
    for (kind, slides), (way, turned) in product(DECKS.items(), WAYS.items()):
        label, coder = next(groups)
        name = f"{kind}-{way}-{label}"
        chance = Random(name)
        shots = turned(slides(chance), chance)
        yield Plot(name=f"decks-{name}", shots=tuple(shots), coder=coder)


def _headings(chance: Random) -> Iterator[Page]:
    """Another heading and other lines."""
    deck = chance.randrange(100)
    headings = chance.sample(WORDS, SLIDES)
    for heading in headings:
        yield Page(deck=deck, heading=_said(chance, 1, heading), lines=_lines(chance, chance.randint(3, 5)))


def _quiz(chance: Random) -> Iterator[Page]:
    """Another question above the same answers."""
    deck, answers = chance.randrange(100), ("A   always", "B   sometimes", "C   never", "D   nobody knows")
    for word in chance.sample(WORDS, SLIDES):
        yield Page(deck=deck, heading=_said(chance, 2, word) + "?", lines=answers)


def _table(chance: Random) -> Iterator[Page]:
    """Other figures in the same table."""
    deck, heading, rows = chance.randrange(100), _said(chance, 2), chance.sample(WORDS, 5)
    for _ in range(SLIDES):
        figures = [f"{row}\t{chance.randint(100, 999)}\t{chance.randint(10, 99)} %" for row in rows]
        yield Page(deck=deck, heading=heading, lines=tuple(figures))


def _two_of_eight(chance: Random) -> Iterator[Page]:
    """Two of eight lines are others."""
    deck, heading, lines = chance.randrange(100), _said(chance, 2), list(_lines(chance, 8))
    for _ in range(SLIDES):
        yield Page(deck=deck, heading=heading, lines=tuple(lines))
        for place in chance.sample(range(8), 2):
            lines[place] = _said(chance, 3)


def _agenda(chance: Random) -> Iterator[Page]:
    """Another line of the same ones is marked."""
    deck, lines = chance.randrange(100), _lines(chance, 6)
    for marked in range(SLIDES):
        yield Page(deck=deck, heading="Agenda", lines=lines, marked=marked)


def _again(chance: Random) -> Iterator[Page]:
    """Slides that come back."""
    first, second, third, fourth, _ = _headings(chance)
    yield from (first, second, first, third, fourth, second)


def _builds(chance: Random) -> Iterator[Page]:
    """Lines are added one by one."""
    for page in islice(_headings(chance), 3):
        yield from (replace(page, lines=page.lines[: count + 1]) for count in range(len(page.lines)))


DECKS = {
    "headings": _headings,
    "quiz": _quiz,
    "table": _table,
    "twoofeight": _two_of_eight,
    "agenda": _agenda,
    "again": _again,
    "builds": _builds,
}


def _by_cut(pages: Iterator[Page], chance: Random) -> Iterator[Shot]:
    """A page to which the next one only adds lines is not finished: it is shown briefly, and either kept or not."""
    shown = list(pages)
    names = {page: f"page-{place}" for place, page in enumerate(dict.fromkeys(shown), start=1)}
    for page, later in zip(shown, [*shown[1:], shown[0]], strict=True):
        grows = _grows(page, later)
        frames = plots.frames(chance, *((0.8, 1.4) if grows else (1.6, 3.4)), FILM_FPS)
        yield Shot(group=names[page], scene=page, frames=frames, either=grows)


def _grows(page: Page, later: Page) -> bool:
    more = len(later.lines) > len(page.lines)
    return more and replace(later, lines=later.lines[: len(page.lines)]) == page


def _by_fade(pages: Iterator[Page], chance: Random) -> Iterator[Shot]:
    first, *others = _by_cut(pages, chance)
    yield first
    for shot in others:
        yield replace(shot, turn="fade", turn_frames=plots.frames(chance, 0.5, 1, FILM_FPS))


def _beside_speaker(pages: Iterator[Page], chance: Random) -> Iterator[Shot]:
    for shot in _by_cut(pages, chance):
        yield replace(shot, scene=Act(name="speaker", ground=shot.scene))


WAYS = {"cut": _by_cut, "fade": _by_fade, "speaker": _beside_speaker}


def _lines(chance: Random, count: int) -> tuple[str, ...]:
    return tuple(_said(chance, chance.randint(2, 4)) for _ in range(count))


def _said(chance: Random, count: int, *more: str) -> str:
    return " ".join([*more, *chance.choices(WORDS, k=count)]).capitalize()

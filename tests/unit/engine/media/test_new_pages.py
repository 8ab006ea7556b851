"""Pages of text beside which something moves: where the next one begins, and which are shown again."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from unit.engine.media.films import Picture, film, page, retyped, scenery
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.known import Known
from vxpipe.engine.media.layout import Places
from vxpipe.engine.media.page import Page
from vxpipe.engine.media.portrait import Portrait, single
from vxpipe.engine.media.select import select_frames
from vxpipe.engine.media.shots import find_shots
from vxpipe.recipe import Recipe

ROOM = slice(2, 16), slice(46, 62)  # where someone speaks, on a page of 64x64


def with_speaker(picture: Picture, frames: int, *, first: int = 0) -> list[Picture]:
    """The page, in a corner of which a head sways before a wall."""
    shown = []
    for number in range(first, first + frames):
        beside = picture.copy()
        beside[ROOM] = 120
        left = 51 + round(2 * np.sin(number * 0.9))
        beside[4:14, left : left + 6] = 140
        beside[7:9, left + 2 : left + 4] = 112
        shown.append(beside)
    return shown


def deck(*texts: str, frames: int = 20) -> list[Picture]:
    return [each for k, text in enumerate(texts) for each in with_speaker(page(text), frames, first=k * frames)]


def kept(samples: Samples) -> list[int]:
    return [c.index for c in select_frames(samples, Recipe()).candidates if c.kept]


def firsts(samples: Samples) -> list[int]:
    return [shot.first for shot in find_shots(samples, 0.3)]


def only(samples: Samples, frames: Sequence[int], *, still: bool = True) -> Samples:
    """Of a film only these frames, before each of which others went by if not the very next one is there."""
    places = np.array(frames)
    return replace(
        samples.taken(places), numbers=places, of=len(samples), seconds=float(len(samples) / 25),
        bridged=np.diff(places, prepend=-1) > 1, still=np.full(len(places), still), keys=np.ones(len(places), np.bool_),
    )  # fmt: skip


def test_the_next_page_is_told_beside_someone_who_speaks() -> None:
    assert [0, 20, 40] == firsts(film(deck("one", "two", "three")))


def test_someone_who_speaks_turns_no_page() -> None:
    assert [0] == firsts(film(with_speaker(page("one"), 60)))


def test_a_page_that_is_shown_again_beside_someone_who_speaks_gives_no_second_frame() -> None:
    shown = np.array(kept(film(deck("one", "two", "one", "three", "two")))) // 20

    assert [0, 1, 3] == shown.tolist()


def test_pages_of_which_only_keyframes_were_seen_are_told_apart_beside_someone_who_speaks() -> None:
    every = film(deck("one", "two", "three", frames=150))

    samples = only(every, range(0, 450, 50))

    assert [0, 1, 2] == (np.array(kept(samples)) // 3).tolist()


def test_someone_who_speaks_turns_no_page_behind_a_gap() -> None:
    every = film(with_speaker(page("one"), 300))

    assert [0] == firsts(only(every, range(0, 300, 60)))


def test_pages_seen_too_briefly_to_tell_what_moves_are_told_by_what_moved_on_others() -> None:
    brief = 5
    texts = ("one", "two", "three", "two")
    shots = [with_speaker(page(text), frames) for text, frames in zip(texts, (40, brief, brief, brief), strict=True)]

    samples = film(*shots)

    assert [True, True, True, False] == [any(a <= k < b for k in kept(samples)) for a, b in _spans(shots)]


def _spans(shots: Sequence[Sequence[Picture]]) -> list[tuple[int, int]]:
    ends = np.cumsum([len(shot) for shot in shots]).tolist()
    return list(zip([0, *ends[:-1]], ends, strict=True))


@pytest.mark.parametrize("build", [lambda text: page(text), lambda text: page(text, lines=6)], ids=["four", "six"])
def test_a_page_counts_however_many_lines_it_has(build: Callable[[str], Picture]) -> None:
    shots = [with_speaker(build(text), 20) for text in ("one", "two")]

    assert [0, 20] == firsts(film(*shots))


def test_much_that_moves_behind_a_gap_turns_no_page() -> None:
    """Keyframes of a film that moves are others anyway."""
    every = film(deck("one", "two", frames=100))

    assert [1, 2] == [len(firsts(only(every, range(0, 200, 50), still=still))) for still in (False, True)]


@pytest.mark.parametrize("seen", [1, 2])
def test_a_page_of_one_keyframe_is_told_where_the_bytes_tell_of_little_that_moves(seen: int) -> None:
    """Groups as long as slides: no other frame shows what stands on one."""
    texts = ("one", "two", "three", "four")
    every = film([each for text in texts for each in [page(text)] * 100])

    frames = [100 * k + 50 * part for k in range(len(texts)) for part in range(seen)]

    assert list(range(len(texts))) == [frames[k] // 100 for k in kept(only(every, frames))]


def test_what_is_added_beside_someone_who_speaks_turns_no_page() -> None:
    """Though the lines that come may cover a stroke or two."""
    full = page("one", lines=6)
    growing = [np.where(np.arange(64)[:, None] < 4 + 8 * lines, full, 230.0) for lines in (3, 4, 5, 6)]
    shots = [with_speaker(picture, 30, first=30 * k) for k, picture in enumerate(growing)]

    assert [0] == firsts(film(*shots))


def test_what_is_counted_beside_someone_who_speaks_turns_no_page() -> None:
    digits = [retyped(page("one"), f"{k}", line=2, columns=slice(10, 22)) for k in range(4)]
    shots = [with_speaker(picture, 25, first=25 * k) for k, picture in enumerate(digits)]

    assert [0] == firsts(film(*shots))


@pytest.mark.parametrize(("moved", "is_known"), [(0, True), (1, True), (2, False)])
def test_cards_of_a_line_are_told_apart_by_two_strokes(moved: int, is_known: bool) -> None:
    """Of 20; a coder may take one for another."""
    samples = film([scenery(1)] * 2)
    known = Known(samples, 6)
    known.learn(_card(0, range(20)))

    assert is_known == (known.twin(_card(1, range(moved, 20 + moved))) is not None)


@pytest.mark.parametrize(
    ("watched", "stands", "is_known"),
    [((), True, True), ((0,), True, False), ((1,), True, False), ((2,), True, False), ((2,), False, True)],
    ids=["nobody knows", "the first", "the second", "another one", "another one, where it moves"],
)
def test_texts_are_compared_where_one_of_the_pages_was_watched(
    watched: tuple[int, ...], stands: bool, is_known: bool
) -> None:
    """Of two pages seen too briefly to tell what moves, those cells that stand on every other one."""
    one = scenery(1)
    other = one.copy()
    other[20:28, 20:24] += 30
    known = Known(film([one, other, scenery(2, level=60)], grain=0), 6)
    strokes = range(20)
    known.learn(_card(2, range(30, 50), is_watched=2 in watched, stands=stands))
    known.learn(_card(0, strokes, is_watched=0 in watched))

    found = known.twin(_card(1, strokes, is_watched=1 in watched))

    assert is_known == (found is not None)


def _card(index: int, strokes: range, *, is_watched: bool = False, stands: bool = True) -> Portrait:
    dark = np.packbits(np.isin(np.arange(64), strokes))[None]
    written = Page(
        strokes=Places(dark, np.zeros_like(dark), ~dark), unrest=0.0, rewritten=True, standing=np.full(176, stands),
        watched=is_watched,
    )  # fmt: skip
    return replace(single(index), page=written)

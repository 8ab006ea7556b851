"""Strokes and ground of small pictures."""

import numpy as np
import pytest

from unit.engine.media.films import flat, marked, page, retyped
from vxpipe.engine.media.layout import largest_rise, layouts, places, rewritten


def _stack(*pictures: np.ndarray) -> np.ndarray:
    return np.stack(pictures).astype(np.uint8)


def test_a_page_loses_its_strokes_where_another_has_none() -> None:
    rows = places(layouts(_stack(page("one"), page("two"), page("one"))))

    lost = rows.lost_in(places(layouts(_stack(page("one")))))

    assert [0, 0] == [lost[0], lost[2]]
    assert lost[1] > 20


def test_what_a_coder_does_to_a_page_loses_no_stroke() -> None:
    noise = np.random.default_rng(1).integers(-2, 3, (64, 64))
    rows = places(layouts(_stack(page("one"), page("one") + noise - 3)))

    assert 0 == rows.lost_in(places(layouts(_stack(page("one")))))[1]


def test_what_stands_throughout_is_what_every_picture_has() -> None:
    rows = places(layouts(_stack(page("one", lines=1), page("one", lines=3))))

    every = rows.throughout()

    assert every.strokes[0] == rows.strokes[0] < rows.strokes[1]


@pytest.mark.parametrize(
    ("before", "after", "is_other"),
    [
        (page("one"), page("two"), True),
        (page("one", lines=1), page("two", lines=1), True),
        (page("one", lines=1), page("one", lines=3), False),
        (page("one", lines=3), page("one", lines=1), False),
        (page("one"), np.where(np.arange(64)[:, None] < 46, page("one"), page("two", first=46)), False),
        (page("one"), flat(230), False),
        (page("one", first=46, lines=1), page("two", first=46, lines=1), True),
        (page("one", lines=1), page("two", first=46, lines=1), True),
        (flat(230), page("two", first=46, lines=1), False),
        (flat(230), flat(230), False),
    ],
    ids=[
        "another page",
        "another title",
        "a line more",
        "a line less",
        "another caption",
        "nothing",
        "another word low on a page",
        "a word elsewhere",
        "a caption comes",
        "nothing twice",
    ],
)
def test_rewritten_is_what_is_replaced(before: np.ndarray, after: np.ndarray, is_other: bool) -> None:
    shares = rewritten(_stack(before, before, after))

    assert [False, is_other] == (shares > 0).tolist()


def test_a_line_of_many_that_is_another_is_enough_and_a_pointer_that_moves_is_not() -> None:
    full = page("one", lines=5)
    pointers = [full.copy(), full.copy()]
    pointers[0][16:19, 10:12] = pointers[1][32:35, 40:42] = 150

    sure = rewritten(_stack(full, retyped(full, "two", line=2), full, *pointers))

    assert [True, True, False, False] == (sure >= 1).tolist()


@pytest.mark.parametrize("shape", [(1, 1), (2, 64), (64, 2)])
def test_pictures_of_hardly_any_size_have_layouts(shape: tuple[int, int]) -> None:
    pictures = np.zeros((3, *shape), np.uint8)

    assert [0, 0, 0] == places(layouts(pictures)).strokes.tolist()
    assert [0, 0] == rewritten(pictures).tolist()
    assert [0, 0, 0] == largest_rise(pictures).tolist()


@pytest.mark.parametrize("ground", [40, 128, 215])
def test_a_letter_stands_out_of_heavy_grain_and_grain_does_not(ground: int) -> None:
    grain = np.random.default_rng(2).normal(0, 5, (64, 64))
    plain, lettered = flat(ground), marked(ground, 140 if ground == 40 else ground - 100, 30, 20)

    rises = largest_rise(_stack(plain + grain, lettered + grain, lettered))

    assert 0 == rises[0] < 30 < rises[1]
    assert rises[2] > 30

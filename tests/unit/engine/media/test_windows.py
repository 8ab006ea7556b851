"""A window in which two pictures differ: what is around it has no say in whether they are one."""

import numpy as np
import pytest

from unit.engine.media.films import Picture, film, scenery, still
from vxpipe.engine.media.comparison import Comparison
from vxpipe.engine.media.cuts import NORMAL_THRESHOLD, cut_scores
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.windows import in_window

ONE, OTHER = scenery(1, level=90), scenery(2, level=110)
"""Pictures of two places."""


def _set_in(inner: Picture, left: int, top: int, width: int, height: int, ground: float = 225) -> Picture:
    """The upper left of a picture in a window in an even ground with a dark stripe."""
    picture = np.full((64, 64), ground)
    picture[56:60] = 40
    picture[top : top + height, left : left + width] = inner[:height, :width].clip(0, 190)
    return picture


def _cells_in_window(one: Picture, other: Picture) -> int:
    signatures = film([one, other]).features.signature
    return int(in_window(signatures[:1], signatures[1:]).sum())


@pytest.mark.parametrize("box", [(16, 12, 24, 28), (0, 0, 32, 24), (20, 8, 44, 36)], ids=["inside", "corner", "side"])
def test_a_window_is_told_by_what_differs_in_it_and_by_its_rim(box: tuple[int, int, int, int]) -> None:
    width, height = box[2:]

    assert _cells_in_window(_set_in(ONE, *box), _set_in(OTHER, *box)) == (width // 4) * (height // 4)


def _with_person(left: int) -> Picture:
    """An oval that stands before a place."""
    down, across = np.mgrid[:64, :64]
    apart = ((down - 36) / 24) ** 2 + ((across - left) / 12) ** 2
    return np.where(apart < 1, 190, scenery(1, contrast=15))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(ONE, OTHER, id="whole pictures"),
        pytest.param(_set_in(ONE, 8, 40, 48, 8), _set_in(OTHER, 8, 40, 48, 8), id="as low as a caption"),
        pytest.param(_set_in(ONE, 16, 12, 16, 16), _set_in(OTHER, 16, 12, 16, 16), id="small"),
        pytest.param(_set_in(ONE, 2, 2, 60, 60), _set_in(OTHER, 2, 2, 60, 60), id="all but a rim"),
        pytest.param(_with_person(24), _with_person(34), id="somebody who moves"),
        pytest.param(ONE, ONE, id="one picture"),
    ],
)
def test_where_there_is_no_window_all_counts(one: Picture, other: Picture) -> None:
    assert 256 == _cells_in_window(one, other)


def test_pictures_in_a_window_are_as_unlike_as_they_are_alone() -> None:
    box = (16, 12, 24, 28)
    one, other = (film([_set_in(ONE, *box), _set_in(inner, *box)]).features for inner in (ONE + 3, OTHER))
    frames = np.array([0]), np.array([1])

    assert Comparison(one, 8).are_alike(*frames)
    assert not Comparison(other, 8).are_alike(*frames)
    assert not Comparison(other, 8).are_the_same(*frames)


def _bridged(inner: Picture, box: tuple[int, int, int, int]) -> Samples:
    """Two keyframes of a film and nothing between them, the second with another picture in its window."""
    samples = film(still(_set_in(ONE, *box), 5), still(_set_in(inner, *box), 5))
    some = samples.taken(np.array([0, 5]))
    return Samples(
        pts=some.pts, times=some.times, keys=np.ones(2, np.bool_), features=some.features,
        numbers=np.array([0, 50]), of=100, bridged=np.array([False, True]),
    )  # fmt: skip


def test_a_cut_in_a_window_is_seen_between_keyframes() -> None:
    box = (16, 12, 24, 28)

    other, same = (cut_scores(_bridged(picture, box))[0][1] for picture in (scenery(4, level=105), ONE + 3))

    assert other >= NORMAL_THRESHOLD > same

"""What of a video must be looked into."""

import numpy as np
import pytest

from unit.engine.media.films import Picture, film_of, flat, scenery
from vxpipe.engine.media import changes, miniatures
from vxpipe.engine.media.arrays import Bytes

SMALL = [1000, *[20] * 49]
MOVING = [1000, *[120, 300] * 24, 120]
EVEN = [1000, *[200] * 49]


def _pictures(*seeds: int) -> list[Bytes]:
    return [_seen(scenery(seed, level=60 * seed)) for seed in seeds]


def _seen(picture: Picture) -> Bytes:
    return _small(picture.repeat(4, 0).repeat(4, 1).astype(np.uint8))


def _small(luma: Bytes) -> Bytes:
    """What ffmpeg makes of a picture whose sides are multiples of the small one's, or no larger."""
    width, height = miniatures.small_size((luma.shape[1], luma.shape[0]))
    cells = luma[: luma.shape[0] // height * height].reshape(height, -1, width, luma.shape[1] // width)
    return np.asarray(cells.mean(axis=(1, 3)), np.uint8)


def _decoded(found: changes.Changes) -> list[int]:
    """How many packets of each group of 50 are decoded beside its keyframe."""
    return (found.needed.reshape(-1, 50).sum(axis=1)).tolist()


def test_a_group_between_two_pictures_is_looked_into_and_a_moving_end() -> None:
    found = changes.find_changes(film_of(MOVING, MOVING, MOVING, MOVING), _pictures(1, 1, 2, 2))

    assert [0, 50, 0, 50] == _decoded(found)
    assert [True, False, True, False] == found.entered.tolist()


def test_a_picture_that_has_moved_far_is_looked_for() -> None:
    """By its light alone it could be another: photographs shown for equal times make keyframes look regular."""
    there = scenery(1)

    found = changes.find_changes(film_of(MOVING, SMALL), [_seen(there), _seen(np.roll(there, 20, axis=1))])

    assert [50, 0] == _decoded(found)


def test_a_cut_to_black_needs_no_look() -> None:
    black = [5, *[1] * 49]

    found = changes.find_changes(film_of(EVEN, black, EVEN, SMALL), [*_pictures(1), _seen(flat(16)), *_pictures(2, 2)])

    assert [0, 0, 0, 0] == _decoded(found)


def test_where_too_little_came_for_a_picture_it_came_with_the_keyframe() -> None:
    found = changes.find_changes(film_of(SMALL, SMALL, SMALL), _pictures(1, 2, 2))

    assert [0, 0, 0] == _decoded(found)


@pytest.mark.parametrize("at", [1, 2, 10, 25, 48])
@pytest.mark.parametrize("after", [100, 900], ids=["still insert", "busy insert"])
def test_a_picture_that_comes_and_goes_in_a_group_is_told_by_its_bytes(at: int, after: int) -> None:
    """As measured: an insert takes 10 times the bytes of the frames before it, and so may all of its frames."""
    hiding = [1000, *[100] * (at - 1), 900, *[after] * (50 - at - 1)]

    found = changes.find_changes(film_of(hiding, SMALL), _pictures(1, 1))

    seen_until = min(49, at + 6) if after == 100 else 49  # what still takes much is looked at to its end
    assert [seen_until + 1, 0] == _decoded(found)


def test_a_group_cut_short_is_looked_into_up_to_the_last_arrival() -> None:
    hiding = [1000, *[100] * 9, 900, *[100] * 20]

    found = changes.find_changes(film_of(MOVING, hiding, MOVING, MOVING, SMALL), _pictures(1, 1, 2, 2, 2))

    assert (11 + 6) == found.needed[50:80].sum()


def test_a_regular_group_that_ends_in_calm_is_looked_into_up_to_the_last_arrival() -> None:
    found = changes.find_changes(film_of([1000, *[100] * 9, 900, *[90] * 39], MOVING, SMALL), _pictures(1, 2, 2))

    assert [11 + 6, 0, 0] == _decoded(found)


def test_no_more_packets_are_left_out_in_a_row_than_the_decoder_bears() -> None:
    found = changes.find_changes(film_of(SMALL, SMALL), _pictures(1, 1), changes.Bounds(longest_gap=30))

    assert [20, 20] == _decoded(found)


def test_the_least_that_must_be_looked_into_needs_no_picture() -> None:
    assert 0.5 == changes.least_share(film_of([1000, *[120, 300] * 10, 900, *[120, 300] * 14], SMALL))


def test_borders_have_no_say() -> None:
    luma = np.zeros((512, 640), np.uint8)
    luma[64:448] = 200

    part = miniatures.inside(_small(luma), (640, 512), (0, 64, 640, 384))

    assert {200} == set(part.reshape(-1).tolist())

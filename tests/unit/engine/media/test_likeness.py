"""How alike two pictures are in what they show."""

import tracemalloc

import numpy as np
from tests.unit.engine.media.films import film, panorama, scenery

from vxpipe.engine.media.features import Features
from vxpipe.engine.media.likeness import is_turned

TURNED = film(panorama(3, [0, 8]), [scenery(9)]).features
"""Two pictures of a camera that turns, and one of another place."""


def _peak_bytes(features: Features, pairs: int) -> int:
    """How much is held at once to tell whether a camera turned in so many pairs of frames."""
    first = np.zeros(pairs, np.intp)
    tracemalloc.start()
    try:
        is_turned(features, first, first + 1)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_of_many_pairs_each_is_told_whether_a_camera_turned() -> None:
    others = 1 + np.arange(3000) % 2

    told = is_turned(TURNED, np.zeros(3000, np.intp), others)

    assert (others == 1).tolist() == told.tolist()


def test_nothing_is_told_of_no_pairs() -> None:
    assert [] == is_turned(TURNED, np.array([], np.intp), np.array([], np.intp)).tolist()


def test_many_transitions_take_hardly_more_memory_than_a_thousand() -> None:
    assert _peak_bytes(TURNED, 5000) < 1.5 * _peak_bytes(TURNED, 1000)

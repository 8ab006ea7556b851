"""Where shots begin: what counts where a transition and cuts are told of the same frames."""

from collections.abc import Sequence

import numpy as np
import pytest

from unit.engine.media.films import film, scenery, still
from vxpipe.engine.media.shots import Signs, outdoes_cuts
from vxpipe.engine.media.transitions import Transition

NONE = np.zeros(50, np.bool_)


def _is_a_push(*, frames: int, sure: float = 0.6, by_light: Sequence[int] = ()) -> bool:
    """Whether a transition that is told less surely than the cuts at its two ends, so far apart, counts; each frame
    takes 0.04 s. `by_light`: which of them light and colours alone tell.
    """
    cuts, light = NONE.copy(), NONE.copy()
    ends = np.array([20, 20 + frames])
    cuts[ends], light[ends[[*by_light]]] = True, True
    push = Transition(18, 22 + frames, 1.0)
    signs = Signs(
        samples=film(still(scenery(1), 50)), scores=sure * cuts, by_light=light, blank=NONE, possible=cuts,
        transitions=(push,), turned=(), gusts=(),
    )  # fmt: skip
    return outdoes_cuts(signs, push, cuts, signs.scores)


@pytest.mark.parametrize(("frames", "is_push"), [(9, True), (11, False)])
def test_two_cuts_closer_than_those_of_a_shot_are_the_ends_of_a_push(frames: int, *, is_push: bool) -> None:
    assert is_push == _is_a_push(frames=frames)


@pytest.mark.parametrize(
    ("by_light", "frames", "is_one"), [([0], 11, True), ([0, 1], 11, False), ([0, 1], 10, False), ([0, 1], 8, True)]
)
def test_a_surer_transition_outdoes_no_two_cuts_by_light_alone_if_a_shot_has_room_between(
    by_light: list[int], frames: int, *, is_one: bool
) -> None:
    """Of a shot of 0.4 s 0.36 s may be seen where frames are left out."""
    assert is_one == _is_a_push(frames=frames, sure=0.25, by_light=by_light)


def test_a_cut_beside_a_blank_run_is_no_end_of_a_push() -> None:
    assert not _is_a_push(frames=9, sure=1)

"""Where shots begin: what counts where a transition and cuts are told of the same frames."""

import numpy as np
import pytest

from unit.engine.media.films import film, scenery, still
from vxpipe.engine.media.shots import Signs, outdoes_cuts
from vxpipe.engine.media.transitions import Transition

NONE = np.zeros(50, np.bool_)


def _is_a_push(*, frames: int, sure: float = 0.6) -> bool:
    """Whether a transition that is told less surely than the cuts at its two ends, so far apart, counts; each frame
    takes 0.04 s.
    """
    cuts = NONE.copy()
    cuts[[20, 20 + frames]] = True
    push = Transition(18, 22 + frames, 1.0)
    signs = Signs(
        samples=film(still(scenery(1), 50)), scores=sure * cuts, blank=NONE, possible=cuts, transitions=(push,),
        turned=(),
    )  # fmt: skip
    return outdoes_cuts(signs, push, cuts, signs.scores)


@pytest.mark.parametrize(("frames", "is_push"), [(9, True), (11, False)])
def test_two_cuts_closer_than_those_of_a_shot_are_the_ends_of_a_push(frames: int, *, is_push: bool) -> None:
    assert is_push == _is_a_push(frames=frames)


def test_a_cut_beside_a_blank_run_is_no_end_of_a_push() -> None:
    assert not _is_a_push(frames=9, sure=1)

"""Where shots begin: what counts where a transition and cuts are told of the same frames."""

from dataclasses import replace

import numpy as np
import pytest

from unit.engine.media.films import film, scenery, still
from vxpipe.engine.media.shots import Signs, outdoes_cuts
from vxpipe.engine.media.transitions import Transition

NONE = np.zeros(50, np.bool_)
BEGINS, ENDS = 20, 31
"""The cuts: longer apart than the shortest shot that is promised."""


def _is_a_push(*, rest: float, fps: float = 25, sure: float = 0.6) -> bool:
    """Whether a transition that is told less surely than the cuts at its two ends counts; `rest` is what the calmest
    frame between these changes, as a share of the liveliest.
    """
    still_one, changes = film(still(scenery(1), 50), fps=fps), np.zeros(50, np.float32)
    changes[BEGINS : ENDS + 1] = 40
    changes[(BEGINS + ENDS) // 2] = 40 * rest
    samples = replace(still_one, features=replace(still_one.features, change=changes))
    cuts = NONE.copy()
    cuts[[BEGINS, ENDS]] = True
    push = Transition(BEGINS - 2, ENDS + 2, 1.0)
    signs = Signs(
        samples=samples, scores=sure * cuts, blank=NONE, possible=cuts, transitions=(push,), turned=()
    )  # fmt: skip
    return outdoes_cuts(signs, push, cuts, signs.scores)


@pytest.mark.parametrize(("rest", "is_push"), [(0.55, True), (0.45, False)])
def test_two_cuts_between_which_nothing_rests_are_the_ends_of_a_push(rest: float, is_push: bool) -> None:
    assert is_push == _is_a_push(rest=rest)


@pytest.mark.parametrize(("fps", "is_push"), [(2.6, True), (2.4, False)])
def test_a_frame_that_is_seen_for_as_long_as_a_shot_is_one_whatever_changes(fps: float, is_push: bool) -> None:
    assert is_push == _is_a_push(rest=1, fps=fps)


def test_a_cut_beside_a_blank_run_is_no_end_of_a_push() -> None:
    assert not _is_a_push(rest=1, sure=1)

"""Where a page stands, and what moves between two that stand. Pure numpy."""

import numpy as np

from vxpipe.engine.media.arrays import Flags, Indices, Values
from vxpipe.engine.media.layout import Places
from vxpipe.engine.media.shot import SHORTEST_SHOT
from vxpipe.engine.media.transitions import LEAST_FRAMES

_LEAST_STANDING = 0.2  # seconds in which nothing moves, where there are no more: else as long as the shortest shot
_LONGEST_TURN = 1.9  # seconds: what moves for longer is a film
_OTHERS = 8  # strokes that are gone, and that have come: fewer are less than a dot


def standing_beside(moving: Flags, times: Values, *, stood: bool, stands: bool) -> tuple[Flags, Flags]:
    """Before and behind which pictures nothing moves for a moment, or up to where what was not looked at stands."""
    moves = np.append(0, np.cumsum(moving))
    frames = np.arange(len(times))
    begins = np.searchsorted(times, times - SHORTEST_SHOT)
    ends = np.searchsorted(times, times + SHORTEST_SHOT, side="right") - 1
    before = (moves[frames + 1] == moves[begins + 1]) & (times - times[begins] >= _LEAST_STANDING)
    behind = (moves[ends + 1] == moves[frames + 1]) & (times[ends] - times >= _LEAST_STANDING)
    begins_still, ends_still = moves[1:] == moves[1], moves[1:] == moves[-1]
    return before | (stood & begins_still), behind | (stands & ends_still)


def moving_between(moving: Flags, before: Flags, behind: Flags, times: Values) -> tuple[Indices, Indices]:
    """The last frame of each page that stands and the first of the next, where something moves in all between."""
    edges = np.diff(np.concatenate([[False], moving[1:], [False]]).astype(np.int8))
    firsts, lasts = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    is_brief = (lasts - firsts > LEAST_FRAMES) & (times[lasts] - times[firsts] <= _LONGEST_TURN)
    may = before[firsts] & behind[lasts] & is_brief
    return firsts[may], lasts[may]


def other_strokes(first: Places, last: Places) -> Values:
    """What share of the strokes of each pair is ground on the other page, or a stroke of the other kind; 0 where hardly
    any is gone, or has come.
    """
    gone, come = first.lost_in(last), last.lost_in(first)
    shares = (gone + come) / np.maximum(1, first.strokes + last.strokes)
    return np.asarray(np.where(np.minimum(gone, come) >= _OTHERS, shares, 0.0), np.float64)

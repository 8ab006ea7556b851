"""Gusts: moments in which far more changes, frame after frame, than before or behind. Pure numpy.

So a transition looks in which the picture moves, whatever its kind: zoomed, spun, whipped, shaken. A gust goes from a
calm frame to the next calm one; where a shot is never as calm as that, from the surest cut to the calm frame behind, or
from the one before to that cut.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from vxpipe.engine.media.arrays import Values
from vxpipe.engine.media.cuts import marked
from vxpipe.engine.media.features import Samples, luma_bytes
from vxpipe.engine.media.ordered import median, quantiles_within
from vxpipe.engine.media.transitions import Transition, are_others
from vxpipe.values import frozen

# Of 255, a second: what changes in each frame of a gust. The least at which there is one tells the whole of it.
_PACES = tuple(40 * 1.25**step for step in range(18))
_LIVELIER = 2.5  # times what three of four frames change before and behind: with 2 and 3 as much is found
_CALM, _LEAST_CALM = 0.35, 0.2  # seconds before and behind that are looked at, and that there have to be
_LONGEST, _LONGEST_HALF = 1.3, 0.65  # seconds: what takes longer is a film that moves
_PAUSE = 0.06  # seconds that a frame may stand within: the same picture twice
# Times what changes beside it, and of 255 a second besides: what is livelier still belongs to the gust.
_CALM_AGAIN, _LEAST_CALM_AGAIN = 1.5, 9.0
_LEAST_FRAMES = 3  # that change: a flash comes and goes in two
_LEAST_SHARE = 0.55  # of the picture's cells that change
_MISFIT = 0.9  # a score of 0.32: cuts that are surer count


@frozen(kw_only=False)
class _Run:
    """In all frames behind `first` up to `last` much changes; which of its sides are calm."""

    first: int
    last: int
    is_calm_before: bool
    is_calm_behind: bool


def find_gusts(samples: Samples, sureness: Values) -> list[Transition]:
    """All of them in order; none goes on where frames were not looked at. `sureness`: of the cut before each frame, 0
    where there is none.
    """
    times, broken = samples.times, marked(samples, samples.bridged)
    paces = np.where(broken, 0.0, samples.paces())
    runs = [*chain.from_iterable(_runs(times, paces, pace) for pace in _PACES)]
    whole = [run for run in runs if run.is_calm_before and run.is_calm_behind]
    halves = [_up_to_a_cut(times, sureness, run) for run in runs if not (run.is_calm_before and run.is_calm_behind)]
    taken, found = np.zeros(len(times) + 1, np.bool_), list[Transition]()
    for run in [*whole, *halves]:
        longest = _LONGEST if run.is_calm_before and run.is_calm_behind else _LONGEST_HALF
        is_one = run.last - run.first > 1 and times[run.last] - times[run.first] <= longest
        if is_one and not taken[run.first + 1 : run.last + 1].any():
            taken[run.first + 2 - run.is_calm_before : run.last + run.is_calm_behind] = True  # two share their cut
            found.append(_eased(times, paces, run))
    return sorted(found, key=lambda gust: gust.first)


def into_others(samples: Samples, gusts: Sequence[Transition]) -> Iterator[Transition]:
    """Those of the gusts that lead to another picture."""
    luma = luma_bytes(samples.features.signature)
    firsts, lasts = (np.array(frames, np.intp) for frames in ([g.first for g in gusts], [g.last for g in gusts]))
    new = are_others(luma[firsts], luma[lasts], _LEAST_SHARE)
    return (gust for gust, is_new in zip(gusts, new.tolist(), strict=True) if is_new)


def _runs(times: Values, paces: Values, pace: float) -> Iterator[_Run]:
    """Where frames change as much as that, and on one side at least far less."""
    fast = paces >= pace
    counts, within = np.cumsum(fast), fast.copy()
    within[1:-1] |= fast[:-2] & fast[2:] & (np.diff(times)[:-1] <= _PAUSE)
    edges = np.diff(np.concatenate([[False], within[1:], [False]]).astype(np.int8))
    firsts, lasts = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    go_on = counts[lasts] - counts[firsts] >= _LEAST_FRAMES
    firsts, lasts = firsts[go_on], lasts[go_on]
    begins = np.searchsorted(times, times[firsts] - _CALM)
    ends = np.searchsorted(times, times[lasts] + _CALM, side="right")
    before = _LIVELIER * quantiles_within(paces, begins + 1, firsts + 1, 0.75) <= pace
    behind = _LIVELIER * quantiles_within(paces, lasts + 1, ends, 0.75) <= pace
    before &= times[firsts] - times[begins] >= _LEAST_CALM
    behind &= times[ends - 1] - times[lasts] >= _LEAST_CALM
    some = before | behind
    return map(_Run, *(each[some].tolist() for each in (firsts, lasts, before, behind)))


def _up_to_a_cut(times: Values, sureness: Values, run: _Run) -> _Run:
    """The part of a run between its calm side and the surest cut near that; nothing where there is none."""
    away = np.abs(times[run.first + 1 : run.last + 1] - times[run.first if run.is_calm_before else run.last])
    near = np.where(away <= _LONGEST_HALF, sureness[run.first + 1 : run.last + 1], 0.0)
    if not near.any():
        return replace(run, last=run.first)
    cut = run.first + 1 + int(np.argmax(near))
    return replace(run, last=cut) if run.is_calm_before else replace(run, first=cut - 1)


def _eased(times: Values, paces: Values, run: _Run) -> Transition:
    """The gust with the frames in which it is not yet calm again, and those in which it no longer is."""
    first, last = run.first, run.last
    begin, end = np.searchsorted(times, [times[first] - _CALM, times[last] + _CALM]).tolist()
    before, behind = (
        max(_LEAST_CALM_AGAIN, _CALM_AGAIN * median(paces[part]))
        for part in (slice(begin + 1, first + 1), slice(last + 1, end + 1))
    )
    while run.is_calm_before and first > begin + 1 and paces[first] > before:
        first -= 1
    while run.is_calm_behind and last < end - 1 and paces[last + 1] > behind:
        last += 1
    return Transition(first, last, _MISFIT)

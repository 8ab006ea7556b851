"""Graphics that pass over a cut, as stingers and bumpers do: what a shot shows at its rims only. Pure numpy."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vxpipe.engine.media.arrays import Indices
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.likeness import structural_likeness
from vxpipe.engine.media.ordered import evenly, quantile
from vxpipe.engine.media.shot import SHORTEST_SHOT, Shot

_RIM_PART = 3  # of the shot, at either end, and no longer than the shortest shot
_MOST_COMPARED = 12  # frames of the rest of the shot
# Of 255 a second, and times what nearly all frames of the rest change: what is drawn anew for every second frame, as in
# an animation, changes by nothing in the others.
_LEAST_RUSH, _RUSH, _NEARLY_ALL = 9.0, 2.0, 0.9
# Correlation of details with each of those: of 276 ends with a graphic 245 have a frame below; of 59 with nothing but a
# gust of movement 19, which they lose.
_UNLIKE = 0.35


def without_stingers(samples: Samples, shots: Sequence[Shot]) -> tuple[Shot, ...]:
    """The shots, each as settling or leaving while a graphic passes over the cut at that end.

    It is unlike all that is in the middle of the shot and gives way with a rush.
    """
    return tuple(shot if shot.blank else _without(samples, shot) for shot in shots)


def _without(samples: Samples, shot: Shot) -> Shot:
    core = _core(samples, shot)
    if not len(core):
        return shot
    rushes = _rushes(samples, shot, core)
    before = np.arange(shot.first, rushes[rushes < core[0]].max(initial=0))
    behind = np.arange(rushes[rushes > core[-1] + 1].min(initial=len(samples)), shot.last + 1)
    settling = int(core[0]) - shot.first if _is_unlike(samples, before, core) else 0
    leaving = shot.last - int(core[-1]) if _is_unlike(samples, behind, core) else 0
    return replace(shot, settling=max(shot.settling, settling), leaving=max(shot.leaving, leaving))


def _core(samples: Samples, shot: Shot) -> Indices:
    """The frames of a shot that are farther from both ends than a graphic may reach."""
    times = samples.times[shot.frames]
    reach = min(SHORTEST_SHOT, float(times[-1] - times[0]) / _RIM_PART)
    core: Indices = shot.first + np.flatnonzero((times - times[0] > reach) & (times[-1] - times > reach))
    return core


def _rushes(samples: Samples, shot: Shot, core: Indices) -> Indices:
    """Those of its frames before which more changes than before nearly all in the core; of the first nobody knows."""
    paces = samples.paces(shot.frames)
    usual = quantile(paces[core - shot.first], _NEARLY_ALL)
    rushes: Indices = shot.first + np.flatnonzero(paces > max(_LEAST_RUSH, _RUSH * usual))
    return rushes


def _is_unlike(samples: Samples, rim: Indices, core: Indices) -> bool:
    """Whether one of the frames at a rim is unlike everything in the core."""
    if not len(rim):
        return False
    some = evenly(core, _MOST_COMPARED)
    alike = structural_likeness(samples.features, np.repeat(rim, len(some)), np.tile(some, len(rim)))
    return bool((alike.reshape(len(rim), len(some)).max(axis=1) < _UNLIKE).any())

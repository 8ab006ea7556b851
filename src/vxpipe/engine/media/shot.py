"""What a shot is, and when two runs of frames are one. Pure numpy."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vxpipe.engine.media.arrays import Flags
from vxpipe.engine.media.fades import fade_in, fade_out
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.likeness import likeness
from vxpipe.values import frozen

SHORTEST_SHOT = 0.4
"""Seconds: what lasts as long is promised to be found."""
_ONLY_FADES = 0.8  # of its frames
_STAYS = 0.8  # correlation: halves of planted fades had 0.86 to 1 where they were cut apart, other pictures up to 0.35


@frozen(kw_only=False)
class Shot:
    """A run of frames from `first` to `last` (both belong to it). `score` (0..1) tells how sure the cut before it is.

    `settling` and `leaving` are the frames at its two ends in which it is mixed with its neighbours, or fades.
    """

    first: int
    last: int
    score: float
    blank: bool = False
    settling: int = 0
    leaving: int = 0

    def __len__(self) -> int:
        return self.last - self.first + 1

    @property
    def frames(self) -> slice:
        """All of them."""
        return slice(self.first, self.last + 1)


def whole_fades(samples: Samples, shots: Sequence[Shot], blank: Flags) -> tuple[Shot, ...]:
    """The shots, each part that does nothing but fade joined to the rest of its shot: light that changes fast may look
    like a cut, or like a dissolve.
    """
    whole = list[Shot]()
    for shot in shots:
        if whole and _is_one_fade(samples, whole[-1], shot, blank):
            both = replace(whole[-1], last=shot.last, leaving=shot.leaving)
            whole[-1] = faded(samples, both, blank)
        else:
            whole.append(shot)
    return tuple(whole)


def _is_one_fade(samples: Samples, one: Shot, next_one: Shot, blank: Flags) -> bool:
    """Whether the one comes from a blank run and fades in all along, or the next one fades out to one, and the picture
    stays where they meet.
    """
    if one.blank or next_one.blank:
        return False
    comes = one.first > 0 and blank[one.first - 1] and one.settling >= _ONLY_FADES * len(one)
    goes = next_one.last + 1 < len(blank) and blank[next_one.last + 1]
    if not comes and not (goes and next_one.leaving >= _ONLY_FADES * len(next_one)):
        return False
    return bool(likeness(samples.features, np.array([one.last]), np.array([next_one.first]))[0] >= _STAYS)


def faded(samples: Samples, shot: Shot, blank: Flags) -> Shot:
    """The shot, told how long it fades in from a blank run before it, and out to one behind it."""
    from_blank = not shot.blank and shot.first > 0 and bool(blank[shot.first - 1])
    to_blank = not shot.blank and shot.last + 1 < len(blank) and bool(blank[shot.last + 1])
    if not from_blank and not to_blank:
        return shot
    spread, times = samples.features.spread[shot.frames], samples.times[shot.frames]
    return replace(
        shot,
        settling=max(shot.settling, fade_in(spread, times) if from_blank else 0),
        leaving=max(shot.leaving, fade_out(spread, times) if to_blank else 0),
    )

"""Shots that go on after an insert or a flash: where they ended, and whether another one takes up there. Pure numpy."""

from collections import deque

import numpy as np

from vxpipe.engine.media.arrays import Indices
from vxpipe.engine.media.comparison import Comparison
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.likeness import likeness, signature_distance
from vxpipe.engine.media.portrait import Portrait

_MOST_BACK = 3  # shots back that may be resumed after an insert
_LONGEST_INSERT = 5.0  # seconds
_LONGEST_FLASH = 0.5  # seconds from the last clean frame before a flash to the first one behind it
_MOVED_ON = 2  # times the bits by which repeats may differ: what a shot moves on while an insert is shown
_STEADY, _HURRIED = 4.0, 1.0  # of 255: change across a flash that says nothing, and times the usual change a frame
_FRAMES_BETWEEN_RIMS = 3  # at most, where one shot meets the next: what is between them is no flash
_GOING_ON = 0.4  # correlation across a flash


class Interrupted:
    """The shots that were shown last, each by the kept picture that it shows: an insert may have interrupted any."""

    def __init__(self, samples: Samples, comparison: Comparison) -> None:
        self._samples = samples
        self._comparison = comparison
        self._ends = deque[tuple[int, Indices]](maxlen=_MOST_BACK)

    @property
    def owners(self) -> Indices:
        """The kept pictures that they show."""
        return np.array([owner for owner, _ in self._ends], np.intp)

    def note(self, owner: int, tail: Indices) -> None:
        """Note by which frames a shot ended that shows the picture of `owner`."""
        self._ends.append((owner, tail))

    def resumed(self, portrait: Portrait, others: Indices) -> tuple[int, int] | None:
        """The picture of the shot that goes on with this one, and the bits between them; none of the `others`.

        It has moved on meanwhile, so its ends are compared less strictly.
        """
        for owner, tail in reversed(self._ends):
            if owner not in others and (bits := self._bits_between(tail, portrait)) is not None:
                return owner, bits
        return None

    def _bits_between(self, tail: Indices, portrait: Portrait) -> int | None:
        """The bits between the end of a shot and the beginning of the one that resumes it; None where it does not."""
        head, times = portrait.head, self._samples.times
        gap = times[head[0]] - times[tail[-1]] if len(tail) and len(head) else np.inf
        if gap > _LONGEST_INSERT:
            return None
        if gap <= _LONGEST_FLASH and self._goes_on(tail, head):
            return int(self._comparison.bits(tail[-1:], head[:1])[0, 0])
        bits = self._comparison.bits(head, tail)
        rows, columns = np.nonzero(bits <= _MOVED_ON * self._comparison.distance)
        near = bits[rows, columns]
        place = self._comparison.nearest_alike(head[rows], tail[columns], near)
        if place is None or likeness(self._samples.features, head[-1:], tail[-1:])[0] <= 0:
            return None
        return int(near[place])

    def _goes_on(self, tail: Indices, head: Indices) -> bool:
        """Whether from the last frames before a flash to the first ones behind it no more changed than time explains.

        Where one shot meets the next there is no flash.
        """
        seen = self._samples.features
        if head[0] - tail[-1] <= _FRAMES_BETWEEN_RIMS:
            return False
        steps = [signature_distance(seen, ends[:-1], ends[1:]).mean() for ends in (tail, head) if len(ends) > 1]
        most = _STEADY + _HURRIED * float(np.mean(steps or [0.0])) * int(head[0] - tail[-1])
        rims = tail[-1:], head[:1]
        alike = signature_distance(seen, *rims)[0] <= most and likeness(seen, *rims)[0] >= _GOING_ON
        return bool(alike and not self._comparison.are_recoloured(*rims)[0])

"""Where one page is moved away by the next. Pure numpy.

Both stand still, everything moves between them, and on the way either is seen shifted. So are told slides of one
template too, which have most of their strokes in common and are alike in all else, and photographs that stand.
"""

from collections.abc import Iterator

import numpy as np

from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.layout import places
from vxpipe.engine.media.shifts import is_pushed, is_scrolled
from vxpipe.engine.media.standing import moving_between, other_strokes, standing_beside
from vxpipe.engine.media.transitions import Transition, nearest

_STILL = 0.2  # of 255, that a frame changes: what a coder adds to a page that came moving takes up to 0.04
_OTHER_SHARE = 0.05  # of the strokes of both pages: of slides of one template 0.09 to 0.3
_WAY = 0.2  # of the way to where the one page is looked for, and as far before its end the other
_MISFIT = 0.1  # a score of 0.81: cuts that are surer count


def find_pushes(samples: Samples, *, stood: bool = False, stands: bool = False) -> Iterator[Transition]:
    """Where one page is moved away by another. `stood`, `stands`: as of `find_page_turns`."""
    change, layout, times = samples.features.change, samples.features.layout, samples.times
    before, behind = standing_beside(change > _STILL, times, stood=stood, stands=stands)
    firsts, lasts = moving_between(change > _STILL, before, behind, times)
    others = other_strokes(places(layout[firsts]), places(layout[lasts])) >= _OTHER_SHARE
    for first, last in zip(firsts[others].tolist(), lasts[others].tolist(), strict=True):
        ways = np.array([0, _WAY, 1 - _WAY, 1])
        on_the_way = nearest(times, times[first] + (times[last] - times[first]) * ways)
        pages = [places(layout[[frame]]) for frame in on_the_way.tolist()]
        if is_pushed(*pages) and not is_scrolled(pages[0], pages[-1]):
            yield Transition(first, last, _MISFIT, of_pages=True)

"""What stands in a shot throughout, as on a page of text: slides of like light and colour differ in it. Pure numpy."""

import numpy as np

from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.known import Frames
from vxpipe.engine.media.layout import Places, places
from vxpipe.engine.media.ordered import evenly
from vxpipe.engine.media.shot import Shot

_STANDS = 0.4  # of its strokes: a picture of which so much stands throughout is a page
_LEAST_COMPARED, _MOST_COMPARED = 2, 256  # frames of a shot, to see what stands in it
_FULL_PAGE = 0.9  # of its strokes: from there on a page that is written line by line is all there


def page_of(samples: Samples, shot: Shot) -> Places | None:
    """What stands in the shot from where it is all there; None where too little does, or nobody knows."""
    layout = samples.features.layout[evenly(_unmixed(shot), _MOST_COMPARED)]
    if not len(layout):
        return None
    strokes = places(layout).strokes
    full = layout[np.argmax(strokes >= _FULL_PAGE * strokes.max()) :]
    page = places(full).throughout()
    stands = page.strokes[0] >= max(1.0, _STANDS * strokes.max())
    return page if stands and (len(full) >= _LEAST_COMPARED or _is_still(samples, shot)) else None


def _unmixed(shot: Shot) -> Frames:
    """The frames of the shot without those a dissolve, or a coder, has mixed with its neighbours."""
    frames = np.arange(shot.first + shot.settling, shot.last + 1 - shot.leaving)
    return frames[1:-1] if len(frames) > 3 else frames


def _is_still(samples: Samples, shot: Shot) -> bool:
    """Whether hardly anything moves around the shot's last frame, although that was not looked at."""
    return samples.still is not None and bool(samples.still[shot.last])

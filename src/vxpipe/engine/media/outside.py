"""Which frames show more picture than the crop holds, told from the small pictures of all frames. Pure numpy.

Borders are looked for in a few frames; a brief shot with more picture may lie between them.
"""

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.features import Features
from vxpipe.engine.media.shots import blank_frames

_PICTURE = 24.0  # of 255: light in a border varies by this much more than it usually does
_MOST = 12


def wider_frames(features: Features) -> NDArray[np.intp]:
    """A few of the frames in which something is to be seen outside the crop, spread over all of them."""
    usual = float(np.median(features.outside))
    found = np.flatnonzero((features.outside > usual + _PICTURE) & ~blank_frames(features))
    places = np.linspace(0, len(found) - 1, min(_MOST, len(found))).round().astype(np.intp)
    return found[places]

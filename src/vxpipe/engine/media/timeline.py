"""Times that never step back, of frames that come in the order in which they are shown. Pure numpy."""

import numpy as np

from vxpipe.engine.media.arrays import Values
from vxpipe.engine.media.ordered import median


def rising(times: Values) -> Values:
    """The times with every step back undone, each frame as far from its neighbours as it was told to be.

    ffmpeg counts frames without a time from 0; the first that has one may then seem to come before them. Frames are
    shown in the order in which they come, so what follows is moved behind them. A single frame whose time is ahead of
    what follows is placed between its neighbours instead. Frames of one time keep it: a coarse time base has many.
    """
    steps = np.diff(times)
    if (steps >= 0).all():
        return times
    usual = median(steps[steps > 0]) if (steps > 0).any() else 1.0
    ahead = np.flatnonzero((steps[:-1] > 0) & (steps[1:] < 0) & (times[2:] >= times[:-2])) + 1
    times = times.copy()
    times[ahead] = (times[ahead - 1] + times[ahead + 1]) / 2
    steps = np.diff(times)
    steps[steps < 0] = usual
    return np.concatenate([times[:1], times[0] + np.cumsum(steps)])

"""What tells pages of text apart, as slides of one deck are, that are of like light and colour. Pure numpy."""

import numpy as np

from vxpipe.engine.media.arrays import Flags, Indices
from vxpipe.engine.media.cuts import marked
from vxpipe.engine.media.features import LUMA_SIDE, Samples, bytes_apart, upper_luma
from vxpipe.engine.media.layout import Places, places
from vxpipe.engine.media.likeness import likeness
from vxpipe.engine.media.ordered import evenly, median
from vxpipe.engine.media.shot import Shot
from vxpipe.engine.media.surroundings import sums_around
from vxpipe.values import frozen

_STANDS = 0.4  # of its strokes: a picture of which so much stands throughout is a page
_LEAST_COMPARED, _MOST_COMPARED = 2, 256  # frames of a shot, to see what stands in it
_FULL_PAGE = 0.9  # of its strokes: from there on a page that is written line by line is all there
_STANDS_STILL = 0.03  # of 255: what a usual frame of a page changes on which nothing moves;
_STANDS_CELL = 1  # and what is remembered of it: as much as a coder does
_LEAST_WATCHED, _WATCHED_SECONDS = 4, 0.5  # frames that tell whether it does, or how far apart fewer have to lie
_SAME_PAGE = 0.9  # correlation of the last frame before with the first: all but a text stays


@frozen
class Page:
    """A shot in which most strokes stand throughout."""

    strokes: Places
    """Those that do, in one row."""
    unrest: float
    """What a usual frame changes, of 255."""
    rewritten: bool
    """It began as another text than that of the page before."""
    standing: Flags
    """Which cells of its `upper_luma` stand still, with all around them, as far as was seen."""
    watched: bool
    """Enough of it was seen to tell which cells do."""


def standing_strokes(samples: Samples, shot: Shot) -> Places | None:
    """What stands in the shot from where it is all there; None where too little does, or nobody knows."""
    frames = _unmixed(shot)
    stands = _is_still(samples, frames[-1] if len(frames) else shot.last)
    if not len(frames) and stands:
        frames = np.array([shot.last])  # it faded in, and what followed was not looked at
    layout = samples.features.layout[evenly(frames, _MOST_COMPARED)]
    if not len(layout):
        return None
    strokes = places(layout).strokes
    full = layout[np.argmax(strokes >= _FULL_PAGE * strokes.max()) :]
    page = places(full).throughout()
    is_page = page.strokes[0] >= max(1.0, _STANDS * strokes.max())
    return page if is_page and (len(full) >= _LEAST_COMPARED or stands) else None


def page_of(samples: Samples, shot: Shot, strokes: Places, frames: Indices) -> Page:
    """The page that the shot is, of its strokes and those of its `frames` that show it well."""
    changes = samples.features.change[_after_the_first(shot)]
    moves = len(changes) > 0 and median(changes) > _STANDS_STILL
    return Page(
        strokes=strokes,
        unrest=_unrest(samples, shot),
        rewritten=_is_rewritten(samples, shot, moves=moves),
        standing=_standing(samples, frames, moves=moves),
        watched=len(frames) >= _LEAST_WATCHED or bool(np.ptp(samples.times[frames]) >= _WATCHED_SECONDS),
    )


def _unmixed(shot: Shot) -> Indices:
    """The frames of the shot without those a dissolve, or a coder, has mixed with its neighbours."""
    frames = np.arange(shot.first + shot.settling, shot.last + 1 - shot.leaving)
    return frames[1:-1] if len(frames) > 3 else frames


def _is_still(samples: Samples, frame: int) -> bool:
    """Whether hardly anything moves around the frame, although that was not looked at."""
    return samples.still is not None and bool(samples.still[frame])


def _after_the_first(shot: Shot) -> slice:
    """The frames that follow one of the shot that is not mixed with its neighbours either."""
    return slice(shot.first + shot.settling + 1, max(shot.first + shot.settling, shot.last - shot.leaving) + 1)


def _unrest(samples: Samples, shot: Shot) -> float:
    """What a usual frame of the shot changes; where others lie before it that were not seen, as much as each of them
    on average.
    """
    after = _after_the_first(shot)
    changes = samples.features.change[after].astype(np.float64)
    if not len(changes):
        return 0.0
    between = np.diff(samples.places[after.start - 1 : after.stop])
    return median(np.where(marked(samples, samples.bridged)[after], changes / between, changes))


def _is_rewritten(samples: Samples, shot: Shot, *, moves: bool) -> bool:
    """Whether it begins with another text, and nothing else: what stands still, or what the picture before was like."""
    seen, first = samples.features, shot.first
    is_anew = bool(seen.rewritten[first] >= 1)
    if not moves:
        return is_anew or shot.settling > 0
    return is_anew and bool(likeness(seen, np.array([max(0, first - 1)]), np.array([first]))[0] >= _SAME_PAGE)


def _standing(samples: Samples, frames: Indices, *, moves: bool) -> Flags:
    """Which cells stand still in these frames, with all around them; the largest step apart, as of a page not told."""
    cells = upper_luma(samples.features.signature[frames])
    steps = bytes_apart(cells[1:], cells[:-1]).sum(axis=1)
    parts = np.split(cells, [int(np.argmax(steps)) + 1]) if len(frames) >= _LEAST_WATCHED else [cells]
    moving = (np.max([np.ptp(part, axis=0) for part in parts], axis=0) > _STANDS_CELL) & moves
    return np.asarray(sums_around(moving.astype(np.int16).reshape(1, -1, LUMA_SIDE)).reshape(-1) == 0, np.bool_)

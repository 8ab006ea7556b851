"""Where the picture begins, from a map of how far every pixel strays from the border's colour. Pure numpy.

The maps are upright: their first line lies at the outer side of the frame.
"""

import numpy as np

from vxpipe.engine.media.arrays import Bytes, Shorts
from vxpipe.engine.media.ordered import quantile
from vxpipe.values import frozen

RINGING = 10
"""Lines next to an edge in which the coder may leave traces of it."""
_STRONG = 0.3  # of the film's strongest straying: counts as picture for certain
_NOISE = 1.4  # times what the outermost line strays, which is known to be border
_NEXT_LINES = 4
_BLENDED = 0.5  # a line that strays less than this share of the next ones is ringing, or the border mixed with them
_STEP = 0.5  # the lines before an edge stray at most this share of its own straying
_TRACE = 24  # straying further out that a coder does not cause
_TRACE_SHARE = 0.25  # of the picture's own straying at its edge
_SMEARED = 0.22  # of an edge's straying: what its traces in the lines before reach at most
_MOST_SMEARED = 40
_FAINT, _MOST_FAINT = 0.06, 12  # the same beyond RINGING, up to twice as far: x265 in long groups left 9 of 206
_LEAST_SEEN = 2  # pixels of a line
_FEW = 0.02  # share of the picture's width that is enough to be seen further out: a logo, a round edge


@frozen(kw_only=False)
class Edge:
    """So many lines lie before the picture; how clear the step is (0..1); whether something shows outside of it."""

    lines: int
    clarity: float
    overrun: bool = False


def edge(stray: Bytes, least: int) -> Edge | None:
    """Where the picture begins, `least` being the straying that counts; None where it begins at once or gradually.

    A map in which nothing strays says nothing: its edge lies at the far end.
    """
    strong = max(least, _STRONG * quantile(stray[::2, ::2], 0.99))
    across = int((stray > strong).sum(axis=1, dtype=np.uint32).max())  # the picture's width; the rest: other borders
    if across < _FEW * stray.shape[1]:
        return Edge(len(stray), 0.0)
    level = _exceeded_by(stray, across // 2)
    least = max(least, int(_NOISE * level[0]))
    begin = _first_picture_line(level, least)
    here, before = float(level[begin]), float(_largest_before(level)[begin])
    if begin == 0 or before > _STEP * here:
        return None
    overrun = _is_seen_outside(stray[:begin], across, here, least)
    return Edge(begin if overrun else _widened(stray, begin, across, here), 1 - before / here, overrun)


def first_trace(stray: Bytes) -> int:
    """The outermost line in which more than the coder's traces are to be seen; the number of lines where none is."""
    seen = _exceeded_by(stray, int(_FEW * stray.shape[1])) > _TRACE
    return int(np.argmax(seen)) if seen.any() else len(seen)


def _first_picture_line(level: Shorts, least: int) -> int:
    """The first line that strays like picture; next to a far clearer edge such lines are the coder's traces of it."""
    padded = np.concatenate([level, np.repeat(level[-1:], _NEXT_LINES)]).astype(np.float32)
    ahead = np.lib.stride_tricks.sliding_window_view(padded[1:], _NEXT_LINES).mean(axis=1)
    picture = (level >= least) & (level >= _BLENDED * ahead)
    first = int(np.argmax(picture))
    steps = np.flatnonzero(picture & (_largest_before(level) <= _STEP * level))
    near = [int(step) for step in steps[(steps >= first) & (steps <= first + 2 * RINGING)]]
    inner = [step for step in near if _are_traces(level[first:step], float(level[step]))]
    return max(inner, default=first)


def _are_traces(level: Shorts, here: float) -> bool:
    """Whether the lines before an edge at `here` hold nothing but what the coder smeared over it."""
    close, further = level[-RINGING:].max(initial=0), level[:-RINGING].max(initial=0)
    return bool(close <= min(_MOST_SMEARED, _SMEARED * here) and further <= min(_MOST_FAINT, _FAINT * here))


def _largest_before(level: Shorts) -> Shorts:
    padded = np.concatenate([np.zeros(_NEXT_LINES, level.dtype), level[:-1]])
    largest: Shorts = np.lib.stride_tricks.sliding_window_view(padded, _NEXT_LINES).max(axis=1)
    return largest


def _is_seen_outside(outside: Bytes, across: int, here: float, least: int) -> bool:
    """Whether some picture lies outside the edge: in a few columns far out, or in many close by (a round edge)."""
    far = outside[:-RINGING]
    few, many = max(1, int(_FEW * across)), max(1, across // 4)
    seen_far = far.size > 0 and _exceeded_by(far, few).max() > max(_TRACE, least, _TRACE_SHARE * here)
    return bool(seen_far or _exceeded_by(outside, many).max() > _STEP * here)


def _widened(stray: Bytes, begin: int, across: int, here: float) -> int:
    """The edge, moved outwards over the lines next to it in which a part of its width strays as picture does.

    Some frame shows more there than others. What a coder smears over an edge, or a scaler blends, is less than half of
    what lies behind it in the same column; behind a mark that is no part of the picture there lies nothing.
    """
    few = max(_LEAST_SEEN, int(_FEW * across))
    while begin > 0:
        behind = stray[begin : begin + _NEXT_LINES].max(axis=0)
        seen = (stray[begin - 1] > _STEP * np.maximum(behind, here)) & (behind >= _TRACE)
        if seen.sum() < few:
            break
        begin -= 1
    return begin


def _exceeded_by(stray: Bytes, columns: int) -> Shorts:
    """For every line the value that `columns` of its pixels reach."""
    place = stray.shape[1] - max(1, columns)
    reached: Shorts = np.partition(stray, place, axis=1)[:, place].astype(np.int16)
    return reached

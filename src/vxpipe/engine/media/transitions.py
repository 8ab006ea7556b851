"""What dissolves, passages and gusts share: from one picture to another by way of others. Pure numpy."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from vxpipe.engine.media.arrays import Bytes, Flags, Indices, Values
from vxpipe.engine.media.bars import between_bars, without_bars
from vxpipe.engine.media.cuts import squashed
from vxpipe.engine.media.features import bytes_apart, mean_of
from vxpipe.engine.media.likeness import correlation, details_alike
from vxpipe.values import frozen

STEPS = 8
"""In which the way from one picture to the other is looked at."""
LEAST_FRAMES = 3
"""Between the two."""
_LEAST_CHANGE = 8.0  # of 255, between the two
_MOST_LIKE = 0.7  # correlation of the two: above, the light changes but not the picture,
_OTHER_DETAILS = 0.3  # or of their details: below, they are two photographs of about the same light
_FLAT = 4.0  # of 255: the standard deviation of a picture that shows nothing,
_PALE = 0.2  # or, as a share of that of the other, of the beginning of a fade
_AS_SURE = 0.1
_CHUNK = 4096  # stretches of a film looked at together


@frozen(kw_only=False)
class Transition:
    """One shot turns into another behind frame `first` and before frame `last`; `misfit` (1: just on the limit) tells
    how far it is from a perfect transition.
    """

    first: int
    last: int
    misfit: float
    of_pages: bool = False
    """Both are pages that stand: it is no camera that turns."""

    def __len__(self) -> int:
        return self.last - self.first

    @property
    def centre(self) -> int:
        """The first frame that belongs to the later shot rather than to the earlier one."""
        return (self.first + self.last + 1) // 2

    @property
    def score(self) -> float:
        """How sure it is that a shot begins here, on the scale of cuts."""
        return float(squashed(np.array(1 / max(self.misfit, 1e-3))))


def stretches(times: Values, lengths: Iterable[float]) -> Iterator[tuple[Indices, Indices]]:
    """The first and the last frame of all that take about so many seconds and have a few frames in between.

    For each of the lengths in turn, a few thousand at once.
    """
    if len(times) < LEAST_FRAMES + 2:
        return
    found = list[tuple[Indices, Indices]]()
    for seconds in lengths:
        lasts = nearest(times, times + seconds)
        firsts = np.flatnonzero(lasts - np.arange(len(times)) > LEAST_FRAMES)
        firsts = firsts[np.abs(times[lasts[firsts]] - times[firsts] - seconds) < seconds / STEPS]
        found.append((firsts, lasts[firsts]))
    firsts, lasts = (np.concatenate(part) for part in zip(*found, strict=True))
    for begin in range(0, len(firsts), _CHUNK):
        yield firsts[begin : begin + _CHUNK], lasts[begin : begin + _CHUNK]


def surest(*kinds: Sequence[Transition]) -> list[Transition]:
    """Of those that overlap one of the earliest kind, the surest, or rather the longest that is about as sure and has
    about the same middle.
    """
    taken = list[Transition]()
    mixed = np.zeros(max((t.last + 1 for found in kinds for t in found), default=0), np.bool_)

    def is_free(transition: Transition) -> bool:
        return not mixed[transition.first + 1 : transition.last + 1].any()

    for found in kinds:
        ordered = sorted(found, key=lambda t: t.centre)
        centres = np.array([t.centre for t in ordered])
        for best in sorted(found, key=lambda t: t.misfit):
            if is_free(best):
                reach = len(best) // 4
                begin, end = np.searchsorted(centres, [best.centre - reach, best.centre + reach + 1])
                near = (t for t in ordered[begin:end] if t.misfit <= best.misfit + _AS_SURE)
                taken.append(max(filter(is_free, near), key=len))
                mixed[taken[-1].first + 1 : taken[-1].last + 1] = True
    return sorted(taken, key=lambda t: t.first)


def are_new(first: Bytes, last: Bytes, least_share: float) -> Flags:
    """Whether the pictures `first[i]` and `last[i]` are others, and neither shows so little that one may have faded."""
    new = are_others(first, last, least_share)
    spreads = [picture[new].astype(np.float32).std(axis=1) for picture in (first, last)]
    flatter, other = np.sort(spreads, axis=0)
    new[new] = flatter >= np.maximum(_FLAT, _PALE * other)
    return new


def are_others(first: Bytes, last: Bytes, least_share: float) -> Flags:
    """Whether the pictures `first[i]` and `last[i]` differ in so large a share of the cells between bars of both, and
    not in light only: of two that are light above and dark below, what stands out from its surroundings tells.
    """
    apart, within = bytes_apart(first, last), between_bars(first, last)
    share = within.mean(axis=1)
    mean = mean_of(apart) / share
    changed = apart > np.maximum(4.0, 0.25 * mean).astype(np.uint8)[:, None]
    others = (mean >= _LEAST_CHANGE) & (mean_of(changed.view(np.uint8)) >= least_share * share)
    one, other = (without_bars(picture[others], within[others]) for picture in (first, last))
    alike = correlation(one, other) > _MOST_LIKE
    others[np.flatnonzero(others)[alike]] = details_alike(one[alike], other[alike]) <= _OTHER_DETAILS
    return np.asarray(others, np.bool_)


def on_the_way(times: Values, first: Indices, last: Indices) -> tuple[Indices, Values]:
    """The frames at the steps between each pair, one row per pair, and how much of its time is gone at each."""
    begin, length = times[first, None], (times[last] - times[first])[:, None]
    between = nearest(times, begin + length * np.arange(1, STEPS) / STEPS)
    return between, (times[between] - begin) / length


def nearest(times: Values, asked: Values) -> Indices:
    """The frames whose times are nearest to those asked for."""
    after = np.clip(np.searchsorted(times, asked), 1, max(1, len(times) - 1))
    return np.asarray(after - (asked - times[after - 1] < times[np.minimum(after, len(times) - 1)] - asked), np.intp)

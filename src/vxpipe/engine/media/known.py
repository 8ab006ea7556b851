"""The pictures already kept, and whether another one shows the same. Pure numpy.

Two pictures are one when their hashes are alike *and* their light, colour and structure are: a hash only tells where a
picture rises, and under a strong vignette, or in a picture of few shapes, unlike pictures rise alike. Pages of text on
the same ground are alike in all of that: they are told apart by what stands on them.
"""

from array import array
from collections import deque

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.features import LUMA_SIDE, Samples, bits_apart, upper_luma
from vxpipe.engine.media.layout import Places
from vxpipe.engine.media.likeness import common_picture, is_recoloured, likeness, standing_out, structural_likeness
from vxpipe.engine.media.nearby import Nearby
from vxpipe.engine.media.ordered import among
from vxpipe.values import frozen

Frames = NDArray[np.intp]
Flags = NDArray[np.bool_]

_INTERRUPTIONS = 3  # shots back that may be resumed after an insert
_LONGEST_INSERT = 5.0  # seconds
_LONGEST_FLASH = 0.5  # seconds from the last clean frame before a flash to the first one behind it
_STEADY, _HURRIED = 4.0, 1.0  # of 255: change across a flash that says nothing, and times the usual change a frame
_UNFADED = 0.7  # share of a shot's contrast
_FRAMES_BETWEEN_RIMS = 3
_GOING_ON = 0.4  # correlation across a flash
_MOST_LOOKS = 64
_GREY_A_BIT = 1.5  # how far two pictures with like hashes may be apart, per bit of the allowed distance, of 255
_GREY_LEAST = 4.0
# How far their colours may be, beyond another white balance: pictures of one shot that differ by 0.4 of their colour or
# more are 1.5 apart at most, 2.6 where coarsely coded; in another hue or in black and white 8.5 at least.
_COLOUR_A_BIT, _COLOUR_LEAST = 0.5, 2.0
# Pairs of frames with like hashes, light and colour, on the planted clips: of one picture 0.66..1 in 19 of 20 (one clip
# 0.41), of two pictures at most 0.42 (0.65 under the heaviest vignette, so what is common is taken off there).
_LEAST_STRUCTURE = 0.5
_TRULY_UNLIKE = 0.35  # below: nobody would call them one picture
_TRULY_UNLIKE_BITS = 2
# Even grounds and noise turn a bit or two of pictures that are one and the same in everything else.
_SPARE_BITS = 2
_SAME_STRUCTURE, _SAME_GREY = 0.95, 3.0
_LOST_A_BIT = 0.5  # strokes of one page that are not on the other, per bit of the allowed distance,
_LEAST_LOST = 0.04  # and what share of its strokes (measured: of other slides 7 and 0.05 at least, of the same none);
_SOME_LOST, _FEWEST_LOST = 0.06, 2  # of the strokes of a card with a line or two, and so many, on both: another line
_ALL_LOST = 0.9  # of the few strokes of a nearly empty page, on both: then nothing of the one stands on the other
_LOST_IN_UNREST = 0.3  # more for each level of change a frame: film shown again has lost up to 0.13 at 0.4 levels
# Of 255, in so many cells of the upper part of a page that stands still, and in one of them: what is that much lighter
# or darker there than around it is another text. Of slides one large figure apart 3 are, and one by 4.9 at least; of a
# page shown again none but where it is coarsely coded, 9 at crf 33 and none by more than 2.1.
_OTHER_TEXT, _LEAST_OTHER, _PLAINLY_OTHER = 1.5, 3, 4.0


@frozen(kw_only=False)
class Looks:
    """The frames that stand for one picture: to ask with, to be remembered by, and those at its beginning and end.

    `page`: what stands in it throughout; None where it moves, or nobody knows. `unrest`: what a usual frame changes.
    `rewritten`: if it is a page, it began as another text than that of the page before. `standing`: which cells of its
    upper part stand still, with all around them, as far as was seen; `watched`: and that is enough to tell.
    """

    index: int
    probes: Frames
    memory: Frames
    head: Frames
    tail: Frames
    page: Places | None = None
    unrest: float = 0.0
    rewritten: bool = False
    standing: Flags | None = None
    watched: bool = False


@frozen(kw_only=False)
class Twin:
    """The kept picture that is shown again, the bits between, and whether its shot `goes_on` and has moved on."""

    index: int
    bits: int
    goes_on: bool = False


def single(index: int) -> Looks:
    """A picture of which only one frame is known."""
    alone = np.array([index])
    return Looks(index, alone, alone, alone[:0], alone[:0])


class Known:
    """The pictures already kept: each by its index and the frames that stand for it."""

    def __init__(self, samples: Samples, distance: int) -> None:
        self._samples = samples
        self._distance = distance
        self._nearby = Nearby(distance + _SPARE_BITS if distance else 0)
        self._most_grey = _GREY_LEAST + _GREY_A_BIT * distance
        self._most_colour = _COLOUR_LEAST + _COLOUR_A_BIT * distance
        self._common = common_picture(samples.features)
        self._frames, self._owners = array("q"), array("q")
        self._pages: Places | None = None
        self._page_owners = np.zeros(0, np.intp)
        self._page_unrest = np.zeros(0)
        self._page_standing = list[Flags]()
        self._page_watched = np.zeros(0, np.bool_)
        self._tails = deque[tuple[int, Frames]](maxlen=_INTERRUPTIONS)

    def learn(self, looks: Looks) -> None:
        """Remember a picture."""
        self._nearby.add(self._samples.features.dhash[looks.memory])
        self._frames.extend(looks.memory.tolist())
        self._owners.extend([looks.index] * len(looks.memory))
        if looks.page is not None and looks.standing is not None:
            self._pages = looks.page if self._pages is None else self._pages.joined(looks.page)
            self._page_owners = np.append(self._page_owners, looks.index)
            self._page_unrest = np.append(self._page_unrest, looks.unrest)
            self._page_standing.append(looks.standing)
            self._page_watched = np.append(self._page_watched, looks.watched)

    def pass_by(self, looks: Looks, owner: int) -> None:
        """Note how a shot ended that shows the picture of `owner`."""
        self._tails.append((owner, looks.tail))

    def twin(self, looks: Looks) -> Twin | None:
        """The kept picture that is shown again; None for a new one."""
        others, same = self._told_by_page(looks)
        rows, columns, bits = self._nearby.near(self._samples.features.dhash[looks.probes])
        owners, known = np.array(self._owners)[columns], np.array(self._frames)  # a view would forbid to learn more
        may = ~among(owners, others)
        may[may] = (bits[may] <= self._distance) | self._are_the_same(looks.probes[rows[may]], known[columns[may]])
        again = self._first_alike(looks.probes, known, rows[may], columns[may], bits[may])
        if again is not None:
            return Twin(int(self._owners[again[0]]), again[1])
        page = same[self._are_the_same(np.full(len(same), looks.index), same)]
        if len(page):
            return Twin(int(page[0]), int(bits_apart(self._hash(looks.index), self._hash(page[0]))[0, 0]))
        return self._resumed(looks, others)

    def is_truly_new(self, index: int) -> bool:
        """Whether a frame is unlike everything that is remembered, beyond what a shot changes while it moves."""
        if not len(self._frames):
            return True
        seen, known = self._samples.features, np.array(self._frames, np.intp)
        bits = bits_apart(seen.dhash[[index]], seen.dhash[known])[0]
        alike = structural_likeness(seen, np.full(len(known), index), known, self._common)
        return bool((bits > _TRULY_UNLIKE_BITS * self._distance).all() and (alike < _TRULY_UNLIKE).all())

    def _told_by_page(self, looks: Looks) -> tuple[Frames, Frames]:
        """The kept pictures on which other strokes stand than on this one: no movement explains that. And those on
        which the very same do, whatever the even ground around them turns in a hash.
        """
        ours, theirs = looks.page, self._pages
        if ours is None or theirs is None:
            return self._page_owners[:0], self._page_owners[:0]
        lost, missing = ours.lost_in(theirs), theirs.lost_in(ours)
        shares = lost / np.maximum(1, ours.strokes), missing / np.maximum(1, theirs.strokes)
        least = _LEAST_LOST + _LOST_IN_UNREST * np.maximum(self._page_unrest, looks.unrest)
        many = np.maximum(lost, missing) > _LOST_A_BIT * self._distance
        on_both = np.minimum(*shares)
        some = (on_both >= _SOME_LOST) & (np.minimum(lost, missing) >= _FEWEST_LOST)
        is_other = (many | some | (on_both >= _ALL_LOST)) & (np.maximum(*shares) >= least)
        is_other |= self._has_other_text(looks) & (self._distance > 0)
        is_same = (np.maximum(lost, missing) == 0) & (self._distance > 0) & ~is_other
        return self._page_owners[is_other], self._page_owners[is_same]

    def _has_other_text(self, looks: Looks) -> Flags:
        """On which of the kept pages another text stands than on this one, where neither moves: what was written anew
        is another page, unless it is one that was there before.
        """
        if not looks.rewritten or looks.standing is None:
            return np.zeros(len(self._page_owners), np.bool_)
        upper = upper_luma(self._samples.features.signature)
        apart = upper[self._page_owners].astype(np.float32) - upper[looks.index]
        cells = np.abs(standing_out(apart.reshape(len(apart), -1, LUMA_SIDE))).reshape(len(apart), -1)
        cells[~self._stand_on_both(looks.standing, watched=looks.watched)] = 0
        other, plainly = (cells >= _OTHER_TEXT).sum(axis=1), cells.max(axis=1, initial=0.0)
        return np.asarray((other >= _LEAST_OTHER) & (plainly >= _PLAINLY_OTHER), np.bool_)

    def _stand_on_both(self, ours: Flags, *, watched: bool) -> Flags:
        """Which cells stand still on each of the kept pages and on ours; of two that were not watched for long, those
        that do on every page that was.
        """
        theirs = np.array(self._page_standing)
        brief = ~(self._page_watched | watched)
        if brief.any():
            long = theirs[self._page_watched]
            theirs[brief] &= long.all(axis=0) & (len(long) > 0)
        return np.asarray(theirs & ours, np.bool_)

    def _resumed(self, looks: Looks, others: Frames) -> Twin | None:
        """The shot that goes on after an insert: it has moved on meanwhile, so its ends are compared less strictly."""
        for owner, tail in reversed(self._tails):
            if not len(tail) or not len(looks.head) or owner in others:
                continue
            gap = self._samples.times[looks.head[0]] - self._samples.times[tail[-1]]
            if gap > _LONGEST_INSERT:
                continue
            if gap <= _LONGEST_FLASH and self._goes_on(tail, looks):
                bits = bits_apart(self._hash(tail[-1]), self._hash(looks.head[0]))
                return Twin(owner, int(bits[0, 0]), goes_on=True)
            found = self._nearest(looks.head, tail)
            if found is not None and likeness(self._samples.features, looks.head[-1:], tail[-1:])[0] > 0:
                return Twin(owner, found[1], goes_on=True)
        return None

    def _goes_on(self, tail: Frames, looks: Looks) -> bool:
        """Whether from the last frames before a flash to the first ones behind it no more changed than time explains.

        Where one shot meets the next there is no flash, and where a fade is under way nothing can be told.
        """
        seen, head = self._samples.features, looks.head
        full = _UNFADED * seen.spread[looks.index]
        if head[0] - tail[-1] <= _FRAMES_BETWEEN_RIMS or min(seen.spread[tail[-1]], seen.spread[head[0]]) < full:
            return False
        steps = [self._apart(ends[:-1], ends[1:]).mean() for ends in (tail, head) if len(ends) > 1]
        most = _STEADY + _HURRIED * float(np.mean(steps or [0.0])) * int(head[0] - tail[-1])
        rims = tail[-1:], head[:1]
        alike = self._apart(*rims)[0] <= most and likeness(seen, *rims)[0] >= _GOING_ON
        return bool(alike and not self._are_recoloured(*rims)[0])

    def _apart(self, one: Frames, other: Frames) -> NDArray[np.float64]:
        signature = self._samples.features.signature
        return np.asarray(np.abs(signature[one].astype(np.int16) - signature[other]).mean(axis=1), np.float64)

    def _hash(self, index: int) -> NDArray[np.uint64]:
        return self._samples.features.dhash[[index]]

    def _nearest(self, head: Frames, tail: Frames) -> tuple[int, int] | None:
        """The place in `tail` of the frame that is like one of `head`, and the bits between."""
        seen = self._samples.features
        bits = bits_apart(seen.dhash[head], seen.dhash[tail])
        rows, columns = np.nonzero(bits <= 2 * self._distance)
        return self._first_alike(head, tail, rows, columns, bits[rows, columns])

    def _first_alike(
        self, ours: Frames, known: Frames, rows: Frames, columns: Frames, bits: NDArray[np.int64]
    ) -> tuple[int, int] | None:
        """Of the pairs `ours[rows[i]]` and `known[columns[i]]` the nearest that are alike: its column and its bits."""
        nearest = np.argsort(bits, kind="stable")[:_MOST_LOOKS]
        same = nearest[self._are_alike(ours[rows[nearest]], known[columns[nearest]])] if len(nearest) else nearest
        return (int(columns[same[0]]), int(bits[same[0]])) if len(same) else None

    def _are_the_same(self, one: Frames, other: Frames) -> NDArray[np.bool_]:
        """Whether nobody could tell frames `one[i]` and `other[i]` apart."""
        same = np.asarray(self._apart(one, other) <= _SAME_GREY, np.bool_)
        if same.any():
            same[same] = structural_likeness(self._samples.features, one[same], other[same]) >= _SAME_STRUCTURE
            same[same] = ~self._are_recoloured(one[same], other[same])
        return same

    def _are_alike(self, one: Frames, other: Frames) -> NDArray[np.bool_]:
        """Whether frames `one[i]` and `other[i]` are alike in light and colour, and in structure."""
        seen = self._samples.features
        alike = structural_likeness(seen, one, other) >= _LEAST_STRUCTURE
        if self._common is not None:
            alike &= structural_likeness(seen, one, other, self._common) >= _LEAST_STRUCTURE
        alike &= ~self._are_recoloured(one, other)
        return np.asarray((self._apart(one, other) <= self._most_grey) & alike, np.bool_)

    def _are_recoloured(self, one: Frames, other: Frames) -> Flags:
        return is_recoloured(self._samples.features, one, other, self._most_colour)

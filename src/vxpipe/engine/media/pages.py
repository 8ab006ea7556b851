"""The pages of text that were kept, and whether another one is one of them. Pure numpy.

Pages on the same ground are alike in hash, light, colour and structure: they are told apart by what stands on them.
"""

from array import array

import numpy as np

from vxpipe.engine.media.arrays import Counts, Flags, Indices
from vxpipe.engine.media.features import LUMA_SIDE, Features, upper_luma
from vxpipe.engine.media.layout import Places
from vxpipe.engine.media.likeness import standing_out
from vxpipe.engine.media.ordered import among
from vxpipe.engine.media.page import Page
from vxpipe.values import frozen

_LOST_A_BIT = 0.5  # strokes of one page that are not on the other, per bit of the allowed distance,
_LEAST_LOST = 0.04  # and what share of its strokes (measured: of other slides 7 and 0.05 at least, of the same none);
_SOME_LOST, _FEWEST_LOST = 0.06, 2  # of the strokes of a card with a line or two, and so many, on both: another line
_ALL_LOST = 0.9  # of the few strokes of a nearly empty page, on both: then nothing of the one stands on the other
_LOST_IN_UNREST = 0.3  # more for each level of change a frame: film shown again has lost up to 0.13 at 0.4 levels
# Of 255, in so many cells of the upper part of a page that stands still, and in one of them: what is that much lighter
# or darker there than around it is another text. Of slides one large figure apart 3 are, and one by 4.9 at least; of a
# page shown again none but where it is coarsely coded, 9 at crf 33 and none by more than 2.1.
_OTHER_TEXT, _LEAST_OTHER, _PLAINLY_OTHER = 1.5, 3, 4.0


@frozen
class Told:
    """What a page tells of kept pictures, named by their indices.

    On `others` other strokes, or another text, stand than on it, which no movement explains. On the `same` the very
    same do, whatever the even ground around them turns in a hash.
    """

    others: Indices
    same: Indices


NOTHING = Told(others=np.zeros(0, np.intp), same=np.zeros(0, np.intp))
"""What is told of a picture that is no page, or where none was kept."""


class Pages:
    """The pages among the kept pictures, each by the index of its picture.

    Another page is compared with every one of them, so that time grows with the square of their number: 1,000 different
    ones take 0.3 s, 4,000 take 6.
    """

    def __init__(self, features: Features, distance: int) -> None:
        self._features = features
        self._distance = distance
        self._owners = array("q")
        self._pages = list[Page]()
        self._strokes: Places | None = None
        self._standing_always: Flags | None = None

    def learn(self, index: int, page: Page) -> None:
        """Remember the page that a picture is."""
        self._owners.append(index)
        self._pages.append(page)
        self._strokes = page.strokes if self._strokes is None else self._strokes.joined(page.strokes)
        if page.watched:
            before = self._standing_always
            self._standing_always = page.standing if before is None else before & page.standing

    def told(self, index: int, page: Page, asked: Indices) -> Told:
        """Of the pages `asked` for those that are others than the one of the picture `index`; of all the same ones."""
        if self._strokes is None:
            return NOTHING
        owners = np.array(self._owners)
        lost, missing = page.strokes.lost_in(self._strokes), self._strokes.lost_in(page.strokes)
        is_same = (np.maximum(lost, missing) == 0) & (self._distance > 0)
        is_other, rows = np.zeros(len(owners), np.bool_), np.flatnonzero(is_same | among(owners, asked))
        is_other[rows] = self._have_other_strokes(page, rows, lost[rows], missing[rows])
        if page.rewritten and self._distance and len(rows):
            is_other[rows] |= self._have_other_text(index, page, rows)
        return Told(others=owners[is_other], same=owners[is_same & ~is_other])

    def _have_other_strokes(self, page: Page, rows: Indices, lost: Counts, missing: Counts) -> Flags:
        """On which of the pages more strokes are others than movement or a coder explains: so many of the page are
        `lost` there, and so many of theirs are `missing` on it.
        """
        pages = [self._pages[row] for row in rows.tolist()]
        strokes = np.array([each.strokes.strokes[0] for each in pages], np.int64)
        unrest = np.array([max(each.unrest, page.unrest) for each in pages], np.float64)
        shares = lost / np.maximum(1, page.strokes.strokes), missing / np.maximum(1, strokes)
        on_both, on_either = np.minimum(*shares), np.maximum(*shares)
        many = np.maximum(lost, missing) > _LOST_A_BIT * self._distance
        some = (on_both >= _SOME_LOST) & (np.minimum(lost, missing) >= _FEWEST_LOST)
        least = _LEAST_LOST + _LOST_IN_UNREST * unrest
        return np.asarray((many | some | (on_both >= _ALL_LOST)) & (on_either >= least), np.bool_)

    def _have_other_text(self, index: int, page: Page, rows: Indices) -> Flags:
        """On which of the pages another text stands, where neither moves: what was written anew is another page, unless
        it is one that was there before.
        """
        upper = upper_luma(self._features.signature)
        apart = upper[np.array(self._owners)[rows]].astype(np.float32) - upper[index]
        cells = np.abs(standing_out(apart.reshape(len(rows), -1, LUMA_SIDE))).reshape(len(rows), -1)
        cells[~self._stand_on_both(page, rows)] = 0
        other, plainly = (cells >= _OTHER_TEXT).sum(axis=1), cells.max(axis=1)
        return np.asarray((other >= _LEAST_OTHER) & (plainly >= _PLAINLY_OTHER), np.bool_)

    def _stand_on_both(self, page: Page, rows: Indices) -> Flags:
        """Which cells stand still on each of the pages and on ours; of two that were not watched for long, those that
        do on every page that was.
        """
        pages = [self._pages[row] for row in rows.tolist()]
        standing = np.array([each.standing for each in pages])
        brief = np.array([not each.watched and not page.watched for each in pages])
        standing[brief] &= False if self._standing_always is None else self._standing_always
        return np.asarray(standing & page.standing, np.bool_)

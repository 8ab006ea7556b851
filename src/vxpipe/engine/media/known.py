"""The pictures already kept, and whether another one shows the same. Pure numpy."""

from array import array

import numpy as np

from vxpipe.engine.media.arrays import Indices
from vxpipe.engine.media.comparison import Comparison
from vxpipe.engine.media.elsewhere import differ_by_place
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.inserts import Interrupted
from vxpipe.engine.media.nearby import Nearby
from vxpipe.engine.media.ordered import among, distinct
from vxpipe.engine.media.pages import NOTHING, Pages, Told
from vxpipe.engine.media.portrait import Portrait
from vxpipe.values import frozen

_SPARE_BITS = 2  # even grounds and noise turn as many bits of pictures that are the same in everything else


@frozen
class Twin:
    """The kept picture that is shown again, the bits between, and whether its shot `goes_on` and has moved on."""

    index: int
    bits: int
    goes_on: bool = False


class Known:
    """The pictures already kept: each by its index and the frames that stand for it."""

    def __init__(self, samples: Samples, distance: int) -> None:
        self._features = samples.features
        self._distance = distance
        self._comparison = Comparison(samples.features, distance)
        self._nearby = Nearby(distance + _SPARE_BITS if distance else 0)
        self._frames, self._owners = array("q"), array("q")
        self._pages = Pages(samples.features, distance)
        self._interrupted = Interrupted(samples, self._comparison)

    def learn(self, portrait: Portrait) -> None:
        """Remember a picture."""
        self._nearby.add(self._features.dhash[portrait.memory])
        self._frames.extend(portrait.memory.tolist())
        self._owners.extend([portrait.index] * len(portrait.memory))
        if portrait.page is not None:
            self._pages.learn(portrait.index, portrait.page)

    def pass_by(self, portrait: Portrait, owner: int) -> None:
        """Note how a shot ended that shows the picture of `owner`."""
        self._interrupted.note(owner, portrait.tail)

    def twin(self, portrait: Portrait) -> Twin | None:
        """The kept picture that is shown again; None for a new one."""
        rows, columns, bits = self._nearby.near(self._features.dhash[portrait.probes])
        ours, frames, owners = portrait.probes[rows], np.array(self._frames)[columns], np.array(self._owners)[columns]
        told = self._told_by_page(portrait, owners)
        may = ~among(owners, told.others)
        may[may] = (bits[may] <= self._distance) | self._comparison.are_the_same(ours[may], frames[may])
        place = self._comparison.nearest_alike(ours[may], frames[may], bits[may])
        if place is not None:
            return Twin(index=int(owners[may][place]), bits=int(bits[may][place]))
        return self._same_page(portrait, told.same) or self._resumed(portrait, told.others) or self._elsewhere(portrait)

    def is_truly_new(self, index: int) -> bool:
        """Whether a frame is unlike everything that is remembered, beyond what a shot changes while it moves."""
        return not self._frames or self._comparison.is_unlike_all(index, np.array(self._frames))

    def _told_by_page(self, portrait: Portrait, near: Indices) -> Told:
        """What its page tells of the pictures `near` it, and of those whose shots it may resume."""
        if portrait.page is None:
            return NOTHING
        return self._pages.told(portrait.index, portrait.page, np.append(near, self._interrupted.owners))

    def _same_page(self, portrait: Portrait, pages: Indices) -> Twin | None:
        same = pages[self._comparison.are_the_same(np.full(len(pages), portrait.index), pages)]
        return self._twin_at(portrait, same)

    def _resumed(self, portrait: Portrait, others: Indices) -> Twin | None:
        found = self._interrupted.resumed(portrait, others)
        return Twin(index=found[0], bits=found[1], goes_on=True) if found else None

    def _elsewhere(self, portrait: Portrait) -> Twin | None:
        """The picture, by page no other, in which one thing is in another place; none for a frame by itself."""
        if not len(portrait.head) or not self._owners or not self._distance:
            return None
        owners = distinct(np.array(self._owners))
        moved = owners[differ_by_place(self._features, portrait.index, owners)]
        return self._twin_at(portrait, moved[~among(moved, self._told_by_page(portrait, moved).others)])

    def _twin_at(self, portrait: Portrait, indices: Indices) -> Twin | None:
        """The first of the pictures, if any."""
        if not len(indices):
            return None
        bits = self._comparison.bits(np.array([portrait.index]), indices[:1])
        return Twin(index=int(indices[0]), bits=int(bits[0, 0]))

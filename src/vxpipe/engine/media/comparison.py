"""Whether frames of a film show the same picture. Pure numpy."""

import numpy as np

from vxpipe.engine.media.arrays import Counts, Flags, Indices, Values
from vxpipe.engine.media.features import Features, bits_apart
from vxpipe.engine.media.likeness import (
    common_picture,
    is_recoloured,
    share_filled,
    share_in_window,
    signature_distance,
    structural_likeness,
)

_MOST_COMPARED = 64  # pairs of the nearest hashes, of those that are near enough
_GREY_A_BIT = 1.5  # how far two pictures with like hashes may be apart, per bit of the allowed distance, of 255
_GREY_LEAST = 4.0
# How far their colours may be, beyond another white balance: pictures of one shot that differ by 0.4 of their colour or
# more are 1.5 apart at most, 2.6 where coarsely coded; in another hue or in black and white 8.5 at least.
_COLOUR_A_BIT, _COLOUR_LEAST = 0.5, 2.0
# Pairs of frames with like hashes, light and colour, on the planted clips: of one picture 0.66..1 in 19 of 20 (one clip
# 0.41), of two pictures at most 0.42 (0.65 under the heaviest vignette, so what is common is taken off there).
_LEAST_STRUCTURE = 0.5
# A thing on an even ground, or between bars, is little of a picture: where not both are empty they may be apart by that
# much times the share of it, or this. Of that, where both are mostly empty: a thing that was moved a little 0.5 to 0.7,
# other things 1.1 and more (one of 20 that were drawn 0.95), other pictures between bars 2.8.
_LEAST_FILLED = 0.6
_TRULY_UNLIKE = 0.35  # below: nobody would call them one picture
_TRULY_UNLIKE_BITS = 2  # times the allowed distance: more has changed than a shot changes while it moves
_SAME_STRUCTURE, _SAME_GREY = 0.95, 3.0  # correlation, and of 255: nobody can tell such pictures apart


class Comparison:
    """Compares frames of one film, named by their indices, where repeats may differ in `distance` bits of 64.

    Two pictures are one when their hashes are alike *and* their light, colour and structure are: a hash only tells
    where a picture rises, and under a strong vignette, or in a picture of few shapes, unlike pictures rise alike.
    """

    def __init__(self, features: Features, distance: int) -> None:
        self.distance = distance
        self._features = features
        self._most_grey = _GREY_LEAST + _GREY_A_BIT * distance
        self._most_colour = _COLOUR_LEAST + _COLOUR_A_BIT * distance
        self._common = common_picture(features)

    def bits(self, one: Indices, other: Indices) -> Counts:
        """How many bits of their hashes differ, for every pair: one row per frame of `one`, a column per `other`."""
        hashes = self._features.dhash
        return bits_apart(hashes[one], hashes[other])

    def nearest_alike(self, one: Indices, other: Indices, bits: Counts) -> int | None:
        """Of the pairs `one[i]` and `other[i]`, so many `bits` apart, the place of the nearest one that is alike."""
        nearest = np.argsort(bits, kind="stable")[:_MOST_COMPARED]
        alike = nearest[self.are_alike(one[nearest], other[nearest])] if len(nearest) else nearest
        return int(alike[0]) if len(alike) else None

    def are_alike(self, one: Indices, other: Indices) -> Flags:
        """Whether frames `one[i]` and `other[i]` are alike in light and colour, and in structure."""
        seen = self._features
        apart = signature_distance(seen, one, other)
        alike = apart <= self._most_grey
        if alike.any():
            alike[alike] = apart[alike] <= self._most_grey * self._part_that_counts(one[alike], other[alike])
            alike[alike] = self._are_built_alike(one[alike], other[alike])
            alike[alike] = ~self.are_recoloured(one[alike], other[alike])
        return np.asarray(alike, np.bool_)

    def are_the_same(self, one: Indices, other: Indices) -> Flags:
        """Whether nobody could tell frames `one[i]` and `other[i]` apart, whatever their hashes."""
        seen = self._features
        share = share_in_window(seen, one, other)
        same = np.asarray(signature_distance(seen, one, other) <= _SAME_GREY * share, np.bool_)
        if same.any():
            same[same] = structural_likeness(seen, one[same], other[same]) >= _SAME_STRUCTURE
            same[same] = ~self.are_recoloured(one[same], other[same])
        return same

    def are_recoloured(self, one: Indices, other: Indices) -> Flags:
        """Whether frames `one[i]` and `other[i]` differ in colour by more than repeats may."""
        return is_recoloured(self._features, one, other, self._most_colour)

    def is_unlike_all(self, frame: int, others: Indices) -> bool:
        """Whether a frame is unlike each of the others, beyond what a shot changes while it moves."""
        bits = self.bits(np.array([frame]), others)[0]
        alike = structural_likeness(self._features, np.full(len(others), frame), others, self._common)
        return bool((bits > _TRULY_UNLIKE_BITS * self.distance).all() and (alike < _TRULY_UNLIKE).all())

    def _part_that_counts(self, one: Indices, other: Indices) -> Values:
        """How much of the most that alike pictures may be apart frames `one[i]` and `other[i]` may, by what of them is
        not empty.
        """
        filled = np.minimum(share_filled(self._features, one, other), share_in_window(self._features, one, other))
        return np.asarray(filled * np.maximum(filled, _LEAST_FILLED), np.float64)

    def _are_built_alike(self, one: Indices, other: Indices) -> Flags:
        """Whether what frames `one[i]` and `other[i]` show has one structure, and so has what is not common to the
        film.
        """
        alike = structural_likeness(self._features, one, other) >= _LEAST_STRUCTURE
        if self._common is not None:
            alike &= structural_likeness(self._features, one, other, self._common) >= _LEAST_STRUCTURE
        return np.asarray(alike, np.bool_)

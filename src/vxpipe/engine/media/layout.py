"""Where a picture has strokes and where its ground is flat: what tells one page of text from another. Pure numpy.

A stroke is darker or lighter than the places around it. The lowest part of the picture is left out: captions come and
go there.
"""

import numpy as np

from vxpipe.engine.media.arrays import Bytes, Counts, Flags, Floats, Shorts
from vxpipe.engine.media.surroundings import sums_around
from vxpipe.values import frozen

UPPER = 0.7
"""Of the picture: lower thirds and subtitles lie below."""
COLUMNS = 64
"""Of places, in each line: small pictures have about as many."""
A_LITTLE = 2.4
"""How sure another text is at most where only a small part of it is another."""
_PAIR = 2  # lines of the small picture that make one line of places: what is remembered is to be small
_STROKE, _GROUND = 10, 4  # of 255: what rises, or falls, that far above the 3x3 places around; what is flat
_REWRITTEN, _REWRITTEN_PART = 8, 2  # of 255, and one such part of itself: by so much a stroke changes to be another,
_LEAST_REWRITTEN = 7  # and so many must: a short word (7..9 of `System` and `Security`); a mouse pointer has 2..6
_LEAST_SHARE = 0.08  # of the strokes (measured: slides 0.08 to 0.9, what a caption covers 0),
# or so many that have changed where others come and go: slides of which a line or the figures differ 16 and more, a
# mouse pointer, or a line that is marked, up to 10.
_LEAST_IN_PLACE = 12
_LETTERS = 3  # columns to either side in which others come and go, and a line above and below
_FLAT_SHARE = 0.8  # of the cells of a page of few words
_AROUND = 9  # cells: one and those around it
_RIM_SHARE = 8  # the rim is one part of so many on each side
# Times the usual rise: of grain the largest of 2304 is 3.3 to 4.2 times that, of a letter 9 and more.
_BEYOND_GRAIN = 6.0


@frozen(kw_only=False)
class Places:
    """Sets of places, packed eight to a byte, one row each: `dark` and `light` strokes, flat `ground`.

    Places that are none of these have no say, so that what a coder does to a picture changes nothing.
    """

    dark: Bytes
    light: Bytes
    ground: Bytes

    @property
    def strokes(self) -> Counts:
        """How many strokes each row has."""
        return _count(np.bitwise_or(self.dark, self.light))

    def lost_in(self, other: "Places") -> Counts:
        """How many strokes of each row are ground, or the other kind of stroke, in that row of `other`."""
        dark, light = self.dark & (other.ground | other.light), self.light & (other.ground | other.dark)
        return _count(np.bitwise_or(dark, light))

    def joined(self, other: "Places") -> "Places":
        """The rows of both."""
        ours, theirs = ((part.dark, part.light, part.ground) for part in (self, other))
        return Places(*(np.concatenate(pair) for pair in zip(ours, theirs, strict=True)))

    def shared(self, other: "Places") -> "Places":
        """The places that are the same in each row of both."""
        return Places(dark=self.dark & other.dark, light=self.light & other.light, ground=self.ground & other.ground)

    def throughout(self) -> "Places":
        """One row: the places that are the same in all rows."""
        parts = (self.dark, self.light, self.ground)
        return Places(*(np.bitwise_and.reduce(part, axis=0, keepdims=True) for part in parts))


def layouts(luma: Bytes) -> Bytes:
    """The layout of each of the small pictures (frames, lines, columns) in one row of bytes, for `places` to read."""
    lines = _upper(luma).shape[1] // _PAIR * _PAIR
    upper = luma[:, :lines].astype(np.int16)
    rises = _rises(upper[:, ::_PAIR] + upper[:, 1::_PAIR])[:, :, :COLUMNS]
    ground, stroke = _PAIR * _AROUND * _GROUND, _PAIR * _AROUND * _STROKE
    may_be_dark = (rises < -ground) | (rises > ground) & (rises < stroke)
    may_be_light = (rises > ground) | (rises < -ground) & (rises > -stroke)
    packed = (np.packbits(part, axis=2).reshape(len(luma), -1) for part in (may_be_dark, may_be_light))
    return np.concatenate([*packed], axis=1)


def places(packed: Bytes) -> Places:
    """What rows of `layouts` tell. What may be dark and may be light is neither for sure."""
    dark, light = np.split(packed, 2, axis=1)
    return Places(dark=dark & ~light, light=light & ~dark, ground=~(dark | light))


def largest_rise(luma: Bytes) -> Floats:
    """How far, of 255, the strongest place of each small picture rises, or falls, above those around it.

    0 where it does not stand out from the grain. The rim is left out: a station's logo stands there on black as well.
    """
    rims = [size // _RIM_SHARE for size in luma.shape[1:]]
    inner = luma[:, rims[0] : luma.shape[1] - rims[0], rims[1] : luma.shape[2] - rims[1]]
    if not inner.size:
        return np.zeros(len(luma), np.float32)
    rises = np.abs(_rises(inner.astype(np.int16))).reshape(len(luma), -1) / np.float32(_AROUND)
    largest, usual = rises.max(axis=1), np.sqrt((rises**2).mean(axis=1))
    return np.where(largest > _BEYOND_GRAIN * usual, largest, 0).astype(np.float32)


def rewritten(luma: Bytes) -> Floats:
    """For each small picture but the first, how surely another text stands on it than on the picture before: 1 where
    just enough is rewritten.

    Told by the share of the strokes that are others, of those before or of those now, whichever is less: where
    something is only added, or only taken away, nothing is rewritten. Or by how many are, in the lines they stood in:
    what moves leaves one place and comes to another. A page with nothing but what stands low on it is looked at as a
    whole: that is no caption of a film.
    """
    sure, strokes = _rewritten(_rises(_upper(luma).astype(np.int16)))
    bare = np.flatnonzero((strokes[:-1] == 0) | (strokes[1:] == 0))
    differs = (strokes[bare] + strokes[bare + 1] > 0) | _differ_low(luma[bare], luma[bare + 1])
    for place in bare[differs].tolist():
        pair = luma[place : place + 2]
        if _is_flat(pair):
            sure[place] = _rewritten(_rises(pair.astype(np.int16)))[0][0]
    return sure


def _rewritten(rises: Shorts) -> tuple[Floats, Counts]:
    """How surely each picture but the first is rewritten, and how many strokes each picture has."""
    sizes = np.abs(rises)
    steps, strokes = np.abs(np.diff(rises, axis=0)), sizes > _AROUND * _STROKE
    much, counts = steps > _AROUND * _REWRITTEN, _sum(strokes)
    least = sizes // _REWRITTEN_PART
    gone = _sum(strokes[:-1] & much & (steps > least[:-1]))
    come = _sum(strokes[1:] & much & (steps > least[1:]))
    shares = np.minimum(gone / np.maximum(1, counts[:-1]), come / np.maximum(1, counts[1:])) / _LEAST_SHARE
    in_place = _in_place(rises, sizes, strokes, much)
    is_word = np.stack([np.minimum(gone, come), in_place]) >= _LEAST_REWRITTEN
    sure = np.where(is_word, np.stack([shares, np.minimum(in_place / _LEAST_IN_PLACE, A_LITTLE)]), 0.0).max(axis=0)
    return sure.astype(np.float32), counts


def _in_place(rises: Shorts, sizes: Shorts, strokes: Flags, much: Flags) -> Counts:
    """How many strokes are weaker, or stronger, in each picture but the first, whichever are fewer: of those beside
    which others have become the opposite.
    """
    turned = (rises[1:] > 0) != (rises[:-1] > 0)
    gone = strokes[:-1] & much & (turned | (sizes[1:] < sizes[:-1]))
    come = strokes[1:] & much & (turned | (sizes[1:] > sizes[:-1]))
    counts = np.zeros(len(gone), np.int64)
    some = np.flatnonzero(np.minimum(_sum(gone), _sum(come)) >= _LEAST_REWRITTEN)
    if len(some):
        gone, come = gone[some], come[some]
        counts[some] = np.minimum(_sum(gone & _spread(come)), _sum(come & _spread(gone)))
    return counts


def _spread(flags: Flags) -> Flags:
    """With what is as near as the next letters."""
    wide = flags.copy()
    for by in range(1, _LETTERS + 1):
        wide[:, :, by:] |= flags[:, :, :-by]
        wide[:, :, :-by] |= flags[:, :, by:]
    high = wide.copy()
    high[:, 1:] |= wide[:, :-1]
    high[:, :-1] |= wide[:, 1:]
    return high


def _differ_low(one: Bytes, other: Bytes) -> Flags:
    """Which pictures are others in the part that `_upper` leaves out."""
    low = int(UPPER * one.shape[1])
    apart = np.maximum(one[:, low:], other[:, low:]) - np.minimum(one[:, low:], other[:, low:])
    return np.asarray(apart.max(axis=(1, 2), initial=0) > _STROKE, np.bool_)


def _is_flat(luma: Bytes) -> bool:
    """Whether all but a few cells of each picture are of one ground."""
    grounds = np.median(luma, axis=(1, 2), keepdims=True)
    return bool(((np.abs(luma - grounds) <= _STROKE).mean(axis=(1, 2)) >= _FLAT_SHARE).all())


def _upper(luma: Bytes) -> Bytes:
    return luma[:, : int(UPPER * luma.shape[1])]


def _rises(cells: Shorts) -> Shorts:
    """How far each cell lies above the mean of it and the eight around it, nine times; the rim is its own neighbour."""
    if not cells.size:
        return cells
    return np.asarray(_AROUND * cells - sums_around(cells), np.int16)


def _sum(flags: Flags) -> Counts:
    """Of pictures of fewer than 256x256 cells."""
    return np.asarray(flags.reshape(len(flags), -1).sum(axis=1, dtype=np.uint16), np.int64)


def _count(packed: Bytes) -> Counts:
    return np.asarray(np.bitwise_count(packed).sum(axis=1, dtype=np.int64), np.int64)

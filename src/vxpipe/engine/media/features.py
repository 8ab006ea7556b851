"""What a small picture of every frame tells: change, light, sharpness, dHash, a signature, a layout. Pure numpy."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.arrays import Bytes, Counts, Flags, Floats, Hashes, Indices, Pts, Values
from vxpipe.engine.media.layout import UPPER
from vxpipe.values import frozen

FLAT_CONTOUR = 8.0
"""A picture whose contour ranges less is one flat colour, but for a mark on it."""
LUMA_SIDE, CHROMA_SIDE = 16, 4
"""Of the light, and of each of the two colours, that a picture is remembered by: in cells."""
AGAINST_THE_LAST = frozenset({"change", "rewritten"})
"""Those of the features that tell a frame from the one looked at before it."""
_LEAST_STEP = 1e-3  # seconds: frames of one time base tick have the same time


@frozen
class Features:
    """What the small pictures of frames tell, one value (or row) per frame; light and colours go from 0 to 255."""

    change: Floats
    """The mean absolute difference to the frame before."""
    rewritten: Floats
    """How surely another text stands on it than on the frame before; 1: just surely enough (`layout.rewritten`)."""
    luma: Floats
    """The mean of its light."""
    spread: Floats
    """The standard deviation of its light."""
    contour: Floats
    """The range of the smoothed picture in its strongest channel; near 0: one flat colour."""
    mark: Floats
    """How far something as small as a letter stands out of a flat picture (`layout.largest_rise`); 0 for any other."""
    outside: Floats
    """The range of light within a strip outside the picture, where its borders are; 0: there is none."""
    sharpness: Floats
    """The variance of the Laplacian."""
    dhash: Hashes
    """A difference hash of 64 bits (`gauge.dhash`)."""
    signature: Bytes
    """The picture to remember: 16x16 cells of luma, then 4x4 of either chroma, row by row."""
    layout: Bytes
    """Its strokes and ground, for `layout.places` to read."""

    def columns(self) -> dict[str, NDArray[Any]]:
        """Each feature, by its name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def taken(self, frames: slice | Indices) -> "Features":
        """The features of these frames."""
        return Features(**{name: values[frames] for name, values in self.columns().items()})


def luma_bytes(signatures: Bytes) -> Bytes:
    """The 16x16 luma part of signatures, one row each."""
    return signatures[:, : LUMA_SIDE**2]


def luma_cells(signatures: Bytes) -> Floats:
    """The same as numbers to reckon with."""
    return luma_bytes(signatures).astype(np.float32)


def upper_luma(signatures: Bytes) -> Bytes:
    """The part of their luma that lies above what captions cover."""
    return signatures[:, : int(UPPER * LUMA_SIDE) * LUMA_SIDE]


def chroma_cells(signatures: Bytes) -> Floats:
    """The chroma part of signatures, one row each."""
    return signatures[:, LUMA_SIDE**2 :].astype(np.float32)


def bytes_apart(one: Bytes, other: Bytes) -> Bytes:
    """How far bytes are apart: no other way is as quick."""
    return np.maximum(one, other) - np.minimum(one, other)


def mean_of(rows: Bytes) -> Floats:
    """The mean of each row, of 257 bytes at most: exact, at a tenth of the price of numpy's own."""
    return np.asarray(rows.sum(axis=1, dtype=np.uint16) / np.float32(rows.shape[1]), np.float32)


def bits_apart(one: Hashes, other: Hashes) -> Counts:
    """How many bits differ, for every pair: one row per hash of `one`, one column per hash of `other`."""
    return np.asarray(np.bitwise_count(one[:, None] ^ other[None, :]), np.int64)


@frozen
class Samples:
    """What a look at a film told, one value (or row) per frame that was looked at, in time order."""

    pts: Pts
    """As the decoder counts."""
    times: Values
    """Seconds from the film's first frame."""
    keys: Flags
    """Whether it is a keyframe."""
    features: Features
    numbers: Indices | None = None
    """Its place in the film; None: every frame was looked at (see `places`)."""
    of: int | None = None
    """How many frames the film has; None: these."""
    bridged: Flags | None = None
    """Whether frames of the film lie right before it that were not looked at; None: nowhere."""
    still: Flags | None = None
    """Whether hardly anything moves in the frames around it that were not looked at; None: nobody knows."""
    seconds: float | None = None
    """How long the film lasts."""
    reach: Indices | None = None
    """How many packets must be decoded before it, where that is known; -1: it is held already."""
    spoilt: Flags | None = None
    """Whether a damaged source may have left it incomplete; None: nothing was noticed."""
    sizes: NDArray[np.int32] | None = None
    """Its upright width and height, where that is known."""

    def __len__(self) -> int:
        return len(self.times)

    def taken(self, frames: slice | Indices) -> "Samples":
        """These frames in this order, by themselves: without their places in the film, gaps and damage."""
        return Samples(
            pts=self.pts[frames], times=self.times[frames], keys=self.keys[frames],
            features=self.features.taken(frames), sizes=None if self.sizes is None else self.sizes[frames],
        )  # fmt: skip

    def paces(self, frames: slice = slice(None)) -> Values:
        """What changes a second up to each of these frames; up to the first nothing, for nobody knows."""
        steps = np.maximum(np.diff(self.times[frames]), _LEAST_STEP)
        return np.append(0.0, self.features.change[frames][1:] / steps)

    def without_features(self) -> "Samples":
        """The frames, once it is decided about them: nothing else takes as much memory."""
        nothing = {name: values[:0].copy() for name, values in self.features.columns().items()}
        return replace(self, features=Features(**nothing))

    def unspoilt(self, frames: Indices) -> Indices:
        """Those of the frames that are not spoilt, if any."""
        return frames if self.spoilt is None else frames[~self.spoilt[frames]]

    def unspoilt_or_all(self, frames: Indices) -> Indices:
        """Those of the frames that are not spoilt; all of them where every one is."""
        whole = self.unspoilt(frames)
        return whole if len(whole) else frames

    @property
    def unspoilt_count(self) -> int:
        """How many frames are not spoilt."""
        return len(self) if self.spoilt is None else int((~self.spoilt).sum())

    @property
    def places(self) -> Indices:
        """The frames' places in the film."""
        return np.arange(len(self)) if self.numbers is None else self.numbers

    @property
    def film_frames(self) -> int:
        """How many frames the film has."""
        return len(self) if self.of is None else self.of

    @property
    def end(self) -> float:
        """When the film ends; where nobody told, its last frame lasts as long as the one before."""
        if self.seconds is not None:
            return self.seconds
        return float(2 * self.times[-1] - self.times[-2]) if len(self) > 1 else float(self.times[-1])

"""How true kept frames are to what a clip shows. Pure: arrays and plain values in, a Score out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

THUMB = (64, 48)  # width, height
MOST_DISTANCE = 6.0  # mean gray levels; beyond it a picture is not of this clip
TIE = 0.4  # gray levels: frames of a still shot that no one can tell apart
LEAST_SPREAD = 4.0  # standard deviation of gray below which a picture is blank


@dataclass(frozen=True, slots=True)
class Reference:
    """Every frame of a clip inside the planted rectangle: uint8 pictures (n, height, width), seconds from the first.

    A frame may be there more than once, with the same time: as each way of reading its colours shows it.
    """

    thumbs: NDArray[np.uint8]
    times: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Frame:
    """A kept frame: the second it claims, its size in pixels, and its small picture inside the planted rectangle."""

    said: float
    size: tuple[int, int]
    thumb: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`worst_seconds`: the largest distance between the time a frame claims and that of the picture it shows."""

    frames: int
    shots: int
    planted: int
    missed: tuple[str, ...]
    repeats: int
    blanks: int
    unmatched: int
    worst_seconds: float
    exact_crops: int


def score(frames: Sequence[Frame], reference: Reference, truth: dict[str, Any]) -> Score:
    """Each frame is looked up among all frames of the clip; a group is found once, every further frame is a repeat."""
    shown = [(frame, shown_at(frame, reference)) for frame in frames]
    matched = [(frame, second) for frame, second in shown if second is not None]
    groups = [
        None if frame.thumb.std() < LEAST_SPREAD else group_at(second, truth["shots"]) for frame, second in matched
    ]
    pictures = [(frame, second) for (frame, second), group in zip(matched, groups, strict=True) if group]
    found = Counter(group for group in groups if group)
    planted = {shot["group"] for shot in truth["shots"] if shot["group"]}
    return Score(
        frames=len(frames),
        shots=len(found),
        planted=len(planted),
        missed=tuple(sorted(planted - found.keys())),
        repeats=found.total() - len(found),
        blanks=groups.count(None),
        unmatched=len(frames) - len(matched),
        worst_seconds=max((abs(second - frame.said) for frame, second in pictures), default=0.0),
        exact_crops=sum(frame.size == tuple(truth["rect"][2:]) for frame in frames),
    )


def shown_at(frame: Frame, reference: Reference) -> float | None:
    """The second whose picture the frame shows, the nearest to what it claims among equals; None: no such one."""
    distance = _distances(frame.thumb, reference.thumbs)
    if distance.min() > MOST_DISTANCE:
        return None
    same = reference.times[distance <= distance.min() + TIE]
    return float(same[np.abs(same - frame.said).argmin()])


def group_at(second: float, shots: Sequence[dict[str, Any]]) -> str | None:
    """The group of the shot on show at a second; None: a blank one."""
    running = [shot for shot in shots if shot["start"] <= second + 1e-3]
    group: str | None = running[-1]["group"]
    return group


def _distances(thumb: NDArray[np.uint8], thumbs: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean absolute difference to every frame; in 8 bits, for ten minutes hold 18,000 of them."""
    difference = np.maximum(thumbs, thumb) - np.minimum(thumbs, thumb)
    means: NDArray[np.float64] = difference.mean(axis=(1, 2))
    return means

"""What is wrong with the frames kept of a planted clip. Pure: arrays and plain values in, a Verdict out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plots import Asked
from reels import Rect
from score import LEAST_SPREAD, Frame, Reference

CELL = 20  # pixels: pictures are compared cell by cell, for slides may differ in a figure alone
MOST_DISTANCE = 24.0  # gray levels in the cell that differs most; beyond it a picture is not of this clip
TIE = 2.5  # gray levels: how far two codings of one picture may be apart
MOST_SECONDS = 0.001  # times in lists are rounded
KINDS = ("missed", "repeat", "blank", "mid", "unmatched", "time", "crop", "number", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`faults`: a kind and what it is about, as in `missed page-2` or `repeat bird at 3.200`."""

    frames: int
    planted: int
    faults: tuple[str, ...]
    worst_seconds: float

    def count(self, kind: str) -> int:
        return sum(fault.partition(" ")[0] == kind for fault in self.faults)


def judged(frames: Sequence[Frame], reference: Reference, truth: dict[str, Any], box: Rect) -> Verdict:
    """One frame of each group is wanted; it is of the shot that its picture shows, not of the one that its time claims.

    `box` is what was kept of the clip's picture, and what the reference shows.
    """
    found: Counter[str] = Counter()
    shown = [shown_at(frame, reference) for frame in frames]
    faults = [
        fault for frame, second in zip(frames, shown, strict=True) for fault in _shot(frame, second, truth, found)
    ]
    groups = {shot["group"] for shot in truth["shots"] if shot["group"] and not shot.get("either")}
    missed = [f"missed {group}" for group in sorted(groups - found.keys())]
    return _verdict(frames, shown, [*faults, *missed, *_crop(truth, box)], planted=len(groups))


def _shot(frame: Frame, second: float | None, truth: dict[str, Any], found: Counter[str]) -> list[str]:
    """What is wrong with what a frame shows; `found` counts the frames of each group."""
    if second is None:
        return []
    shot = shot_at(second, truth["shots"])
    group, said = shot["group"], f"at {frame.said:.3f}"
    if group is None:
        if "between" not in shot or frame.thumb.std() < LEAST_SPREAD:
            return [f"blank {said}"]
        found[shot["between"][second > (shot["start"] + shot["end"]) / 2]] += 0  # not the best of frames, but one
        return [f"mid {said}"]
    found[group] += 1
    return [f"repeat {group} {said}"] if found[group] > 1 and not shot.get("either") else []


def shot_at(second: float, shots: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The row on show at a second."""
    return [shot for shot in shots if shot["start"] <= second + MOST_SECONDS][-1]


def shown_at(frame: Frame, reference: Reference) -> float | None:
    """The second whose picture the frame shows, the nearest to what it claims among equals; None: no such one."""
    distances = np.array([_distance(frame.thumb, thumb) for thumb in reference.thumbs])
    if distances.min() > MOST_DISTANCE:
        return None
    same = reference.times[distances <= distances.min() + TIE]
    return float(same[np.abs(same - frame.said).argmin()])


def _distance(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Mean absolute difference in the cell that differs most."""
    difference = np.maximum(one, other) - np.minimum(one, other)
    height, width = (side // CELL * CELL for side in difference.shape)
    cells = difference[:height, :width].reshape(height // CELL, CELL, width // CELL, CELL)
    return float(cells.mean(axis=(1, 3)).max())


def sampled(frames: Sequence[Frame], reference: Reference, truth: dict[str, Any], box: Rect, asked: Asked) -> Verdict:
    """As many frames as were asked for are wanted, each the one that is on show at its second or that comes next."""
    shown = [shown_at(frame, reference) for frame in frames]
    number = [] if len(frames) == asked.frames else [f"number {len(frames)} of {asked.frames}"]
    pairs = zip(frames, asked.seconds, strict=False)
    off = [f"time at {frame.said:.3f} asked {second}" for frame, second in pairs if not _near(frame, second, reference)]
    return _verdict(frames, shown, [*number, *off, *_crop(truth, box)], planted=0)


def _near(frame: Frame, second: float, reference: Reference) -> bool:
    place = int(np.searchsorted(reference.times, second + MOST_SECONDS))
    return bool(np.abs(reference.times[max(0, place - 1) : place + 1] - frame.said).min() <= MOST_SECONDS)


def _crop(truth: dict[str, Any], box: Rect) -> list[str]:
    """A box that is not the planted one; nothing cut off may be right as well."""
    right = [truth["rect"]] + [[0, 0, *truth["size"]]] * ("whole" in truth)
    kept = [box.x, box.y, box.width, box.height]
    return [] if kept in right else [f"crop {kept} not {truth['rect']}"]


def _verdict(frames: Sequence[Frame], shown: Sequence[float | None], faults: Sequence[str], *, planted: int) -> Verdict:
    """With what is wrong whatever was asked for: foreign pictures and wrong times."""
    off = [(frame.said, second) for frame, second in zip(frames, shown, strict=True) if second is not None]
    times = [f"time at {said:.3f} shows {second:.3f}" for said, second in off if abs(second - said) > MOST_SECONDS]
    foreign = [f"unmatched at {frame.said:.3f}" for frame, second in zip(frames, shown, strict=True) if second is None]
    return Verdict(
        frames=len(frames),
        planted=planted,
        faults=(*faults, *times, *foreign),
        worst_seconds=max((abs(second - said) for said, second in off), default=0.0),
    )


def failed(why: str) -> Verdict:
    return Verdict(frames=0, planted=0, faults=(f"failed {why}",), worst_seconds=0.0)

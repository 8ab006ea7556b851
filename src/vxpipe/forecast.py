"""What another threshold or distance would change of an item, from what its run has stored. Pure.

docs/again.md says how exact each figure is.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from math import ceil
from sys import maxsize
from typing import Any

from vxpipe.reasons import Reason
from vxpipe.values import frozen

# A shot that goes on may differ by twice as much as a repeat.
_TIMES: dict[str, int] = {Reason.DUPLICATE: 1, Reason.RESUMED: 2}
# Who names a number or times gets them all, repeats too and beyond any bound that was not named.
_NAMED = ("count", "timestamps")
# Beyond a weaker cut than that mostly the same picture goes on: at most every so manieth brings a frame.
_STRONG, _ONE_OF = 0.2, 5


@frozen
class Considered:
    """A frame that the run looked at; `distance` is the bits to the picture that it repeats."""

    t: float
    is_kept: bool
    reason: str
    dhash: int
    distance: int | None


@frozen
class Cut:
    """Where a shot may begin, and at which thresholds one does: each from the first figure to the second."""

    t: float
    score: float
    thresholds: tuple[tuple[float, float], ...]


@frozen
class Run:
    """What is known of a run; its `threshold` and `distance` are None where they meant nothing to it."""

    considered: tuple[Considered, ...]
    cuts: tuple[Cut, ...]
    threshold: float | None
    distance: int | None
    least: int
    most: int


@frozen
class Forecast:
    """Shots and frames of the run, and what another one would have: frames from `least` to `most`."""

    shots: int
    shots_then: int
    frames: int
    least: int
    most: int


def run_of(rows: Iterable[Mapping[str, Any]], facts: Mapping[str, Any]) -> Run:
    """A run as the rows of its `manifest.jsonl` and its `item.json` tell of it."""
    options = facts.get("options", {})
    frames, dedupe = options.get("frames", {}), options.get("dedupe", {})
    is_named = frames.get("mode") in _NAMED
    return Run(
        considered=tuple(map(_considered, rows)),
        cuts=tuple(_cut(cut) for cut in facts.get("cuts", ())),
        threshold=frames.get("threshold") if frames.get("mode") == "scenes" else None,
        distance=dedupe.get("distance") if dedupe.get("enabled") and not is_named else None,
        least=frames.get("min", 0),
        most=maxsize if is_named else frames.get("max", maxsize),
    )


def foresee(run: Run, *, threshold: float | None = None, distance: int | None = None) -> Forecast:
    """What the run would bring with these figures; None, and what meant nothing to it, stays as it was."""
    kept = [row for row in run.considered if row.is_kept]
    now = _begins(run, run.threshold)
    then = now if threshold is None else _begins(run, threshold)
    stay = _apart_still(kept, now, then) if len(then) < len(now) else kept
    few, many = _added(run, set(then) - set(now), len(then) - len(now))
    return Forecast(
        shots=len(now) + 1,
        shots_then=len(then) + 1,
        frames=len(kept),
        least=min(run.most, max(1, len(stay) + few - _alike(stay, run, distance))),
        most=min(run.most, max(len(stay) + many + _apart(run, distance), min(len(kept), run.least))),
    )


def _considered(row: Mapping[str, Any]) -> Considered:
    return Considered(
        t=row["t"],
        is_kept=row["kept"],
        reason=row["reason"],
        dhash=int(row["dhash"], 16),
        distance=row["distance"],
    )


def _cut(cut: Mapping[str, Any]) -> Cut:
    # Runs of earlier versions tell of a score only.
    spans = cut.get("thresholds", ((0, cut["score"]),))
    return Cut(t=cut["t"], score=cut["score"], thresholds=tuple((low, high) for low, high in spans))


def _begins(run: Run, threshold: float | None) -> list[Cut]:
    """The cuts at which shots begin at this threshold, after the first."""
    if threshold is None or run.threshold is None:
        return []
    return [cut for cut in run.cuts if any(low <= threshold <= high for low, high in cut.thresholds)]


def _apart_still(kept: Iterable[Considered], now: Sequence[Cut], then: Sequence[Cut]) -> list[Considered]:
    """Where several shots of the run become one, the frames of one of them."""
    stay = list[Considered]()
    for _, joined in groupby(kept, lambda row: _shot(row, then)):
        rows = list(joined)
        stay += [row for row in rows if _shot(row, now) == _shot(rows[0], now)]
    return stay


def _shot(row: Considered, begins: Sequence[Cut]) -> int:
    return bisect_right(begins, row.t + 1e-6, key=lambda cut: cut.t)


def _added(run: Run, cuts: Collection[Cut], shots: int) -> tuple[int, int]:
    """How many frames so many more shots bring; without a look for repeats each brings one."""
    if shots <= 0 or run.distance is None:
        return max(0, shots), max(0, shots)
    strong = min(shots, sum(cut.score >= _STRONG for cut in cuts))
    return 0, strong + ceil((shots - strong) / _ONE_OF)


def _alike(stay: Iterable[Considered], run: Run, distance: int | None) -> int:
    """How many that are kept would pass for repeats of others."""
    if distance is None or run.distance is None or distance <= run.distance:
        return 0
    shown, repeats = list[int](), 0
    for row in stay:
        if any((row.dhash ^ other).bit_count() <= distance for other in shown):
            repeats += 1
        else:
            shown.append(row.dhash)
    return repeats


def _apart(run: Run, distance: int | None) -> int:
    """How many repeats would be pictures of their own."""
    if distance is None or run.distance is None or distance >= run.distance:
        return 0
    repeats = (row for row in run.considered if row.reason in _TIMES and row.distance is not None)
    return sum((row.distance or 0) > distance * _TIMES[row.reason] for row in repeats)

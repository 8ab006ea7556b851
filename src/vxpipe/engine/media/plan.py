"""What is to be done for a video and a recipe, decided from facts alone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.changes import Bounds, Changes, least_share
from vxpipe.engine.media.framing import check_inside
from vxpipe.engine.media.named import named_frames
from vxpipe.engine.media.packets import WHOLE, Flags, PacketMap, Reading, evenly, spans
from vxpipe.model import MediaInfo
from vxpipe.recipe import Mode, Recipe, Rectangle

_BORDER_PICTURES = 48
_FEW_BORDER_PICTURES = 16  # for frames that are all looked at before they are saved, should one show more
_SEEK_FROM_SECONDS = 120.0
_LEAST_STEP_SECONDS = 0.05
_LEAST_WALL_SECONDS = 60.0
_WALL_FACTOR = 20.0
_LEAST_BORDER_KEYS = 4
_MOST_NAMED = 10_000  # to find a frame among so many costs little yet
_MOST_KEYS = 50_000  # 16 KB of disk each while they are compared
_LEAN_FROM = 0.1  # of the packets: for fewer it is not worth another look at the headers of all
_MOST_AT_ONCE = 300  # images written before it is known which are kept: more would fill the disk
_MOST_CHANGED = 0.85  # of the packets: with more to decode, leaving the rest out gains nothing
_BRIEF_PACKETS = 2000  # decoded by one thread: some 10 seconds of 1080p at most
_LAYERED = frozenset({"h264", "hevc"})  # frames shown later than all before them are needed by others
_SKIPPING = _LAYERED | {"av1"}  # decoders that can leave out the frames that no other frame needs
LONGEST_UNSEEN = 0.2
"""Seconds between frames that others refer to; what is shorter than a shot hides none."""
BOUNDS = {
    "hevc": Bounds(longest_gap=120),  # it counts frames modulo 256: beyond half of that they come out of order
    "vp8": Bounds(sent_ahead=64),
    "vp9": Bounds(sent_ahead=64),
    "av1": Bounds(sent_ahead=64),
}
"""What must be looked into beside what seems needed, by codec."""
_UNKNOWN_DURATION_WALL_SECONDS = 3600.0


class Look(StrEnum):
    """Which frames a plan has decoded and measured."""

    EVERYTHING = "everything"
    REFERENCES = "references"
    CHANGES = "changes"
    NAMED = "named"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a video is worked on.

    Borders come from the keyframes `border_keys` (pts), else from pictures fetched at `border_times` (seconds into the
    file), else from one every `border_step` seconds in one pass, `border_pictures` at most. `exact`: frames are told by
    the pts of their packets, so that a decode may be given only those it needs. `named` (pts) are the frames of
    Look.NAMED; `save_at_once`: they are saved by the decode that measures them. A shot may be missed only if it
    is shorter than `unseen_seconds`. `lean`: it pays to find out first which frames no other
    needs. Long decodes take `threads`. `reason` is for people.
    """

    detect_borders: bool
    border_pictures: int
    border_step: float
    border_times: tuple[float, ...]
    border_keys: tuple[int, ...] = ()
    exact: bool = False
    look: Look = Look.EVERYTHING
    named: tuple[int, ...] = ()
    references_only: bool = False
    lean: bool = False
    save_at_once: bool = False
    unseen_seconds: float = 0.0
    threads: int = 1
    wall_seconds: float
    reason: str


def plan_extraction(info: MediaInfo, recipe: Recipe, packets: PacketMap | None = None, *, threads: int = 1) -> Plan:
    """The cheapest plan that keeps every promise. Raises VxError `bad_crop` when a fixed crop leaves the picture."""
    if isinstance(recipe.crop, Rectangle):
        check_inside(recipe.crop, info)
    return replace(_chosen(info, recipe, packets), threads=threads)


def _chosen(info: MediaInfo, recipe: Recipe, packets: PacketMap | None) -> Plan:
    flaw = _flaw(info, packets)
    if packets is None or flaw:
        return _thorough_plan(info, recipe, reason=f"every frame is decoded and measured: {flaw}")
    layered = info.codec in _LAYERED
    basis = replace(_thorough_plan(info, recipe, reason=""), exact=True, border_keys=_border_keys(packets))
    if recipe.frames.mode is Mode.SCENES or recipe.frames.pick == "diverse":
        return _scenes_plan(basis, packets, skipping=info.codec in _SKIPPING)
    return _named_plan(basis, packets, recipe, layered=layered)


def thorough(plan: Plan, *, because: str) -> Plan:
    """The plan that trusts nothing but a decode of every frame, after a cheaper one met something unforeseen."""
    return replace(
        plan,
        exact=False, border_keys=(), look=Look.EVERYTHING, named=(), references_only=False, save_at_once=False,
        reason=f"every frame is decoded and measured: {because}",
    )  # fmt: skip


def _flaw(info: MediaInfo, packets: PacketMap | None) -> str | None:
    """What stands against every plan but the thorough one."""
    if packets is None:
        return "its packets tell no times"
    if info.interlaced:
        return "interlaced frames need their neighbours"
    return packets.flaw()


def _thorough_plan(info: MediaInfo, recipe: Recipe, *, reason: str) -> Plan:
    duration = info.duration or 0.0
    by_seeks = duration >= _SEEK_FROM_SECONDS
    times = tuple((k + 0.5) * duration / _BORDER_PICTURES for k in range(_BORDER_PICTURES)) if by_seeks else ()
    return Plan(
        detect_borders=not isinstance(recipe.crop, Rectangle) and recipe.crop != "none",
        border_pictures=_BORDER_PICTURES,
        border_step=max(_LEAST_STEP_SECONDS, duration / _BORDER_PICTURES) if duration else 0.5,
        border_times=times,
        wall_seconds=max(_LEAST_WALL_SECONDS, _WALL_FACTOR * duration) if duration else _UNKNOWN_DURATION_WALL_SECONDS,
        reason=reason,
    )


def _scenes_plan(basis: Plan, packets: PacketMap, *, skipping: bool) -> Plan:
    basis = replace(basis, references_only=skipping and packets.longest_anchor_gap() <= LONGEST_UNSEEN)
    if not basis.border_keys or not _has_few_keys(packets):
        return _without_skipping(basis, packets, "it has too few keyframes, or nothing else")
    share = least_share(packets)
    if share > _MOST_CHANGED:
        return _without_skipping(basis, packets, f"something may arrive in {share:.0%} of the film")
    return replace(basis, look=Look.CHANGES, reason="scenes: keyframes first, then what may have changed")


def narrowed(plan: Plan, packets: PacketMap, changed: Changes) -> Plan:
    """The plan for Look.CHANGES, once it is known what must be looked into."""
    share = float(changed.needed.mean())
    if share > _MOST_CHANGED:
        return _without_skipping(plan, packets, f"something changes in {share:.0%} of the film")
    looked_at = changed.needed & packets.anchors if plan.references_only else changed.needed
    seen = np.sort(packets.pts[looked_at | packets.keys])
    bound = float(np.diff(packets.times(np.append(seen, packets.pts.max()))).max())
    return replace(
        plan,
        reason=f"scenes: keyframes first, then the {share:.0%} of the packets in which something may have arrived; a "
        f"shot is sure to be found if it lasts longer than {bound:.2f} s, shows at a keyframe or takes its bytes",
        unseen_seconds=round(bound, 3),
    )


def _without_skipping(plan: Plan, packets: PacketMap, because: str) -> Plan:
    what = "all frames that others refer to (0.6 of a decode)" if plan.references_only else "every frame"
    look = Look.REFERENCES if plan.references_only else Look.EVERYTHING
    unseen = round(packets.longest_anchor_gap(), 3) if plan.references_only else 0.0
    reason = f"scenes: {what} decoded and measured: {because}"
    return replace(plan, look=look, unseen_seconds=unseen, reason=reason)


def _has_few_keys(packets: PacketMap) -> bool:
    """Whether looking at the keyframes first can pay and their pictures can be kept: not where all are keyframes."""
    keys = len(packets.key_pts)
    return keys <= min(_MOST_KEYS, len(packets.shown) // 4)


def _named_plan(basis: Plan, packets: PacketMap, recipe: Recipe, *, layered: bool) -> Plan:
    named = named_frames(packets, recipe.frames)
    if len(named) > _MOST_NAMED:
        return replace(
            basis, reason=f"{recipe.frames.mode.value}: {len(named)} frames are asked for: every frame decoded"
        )
    references_only = layered and bool(np.isin(named, packets.anchor_pts).all())
    at_once = len(named) <= _MOST_AT_ONCE
    saved = "saved from the same decode" if at_once else "the chosen ones decoded again"
    needed = float(packets.needed_for(named).mean())
    return replace(
        basis,
        border_pictures=_FEW_BORDER_PICTURES,
        border_keys=basis.border_keys and _border_keys(packets, _FEW_BORDER_PICTURES),
        lean=layered and not references_only and needed > _LEAN_FROM,
        look=Look.NAMED,
        named=tuple(named.tolist()),
        references_only=references_only,
        save_at_once=at_once,
        reason=f"{recipe.frames.mode.value}: {len(named)} frames are looked at, for which {needed:.0%} of the packets "
        f"are decoded; {saved}",
    )


def _border_keys(packets: PacketMap, most: int = _BORDER_PICTURES) -> tuple[int, ...]:
    """Keyframes cost one decode each; too few of them are too little evidence."""
    keys = packets.key_pts
    return tuple(evenly(keys, most).tolist()) if len(keys) >= _LEAST_BORDER_KEYS else ()


@dataclass(frozen=True, slots=True)
class Picks:
    """How a decode tells the chosen frames: by their `pts`, or by their number `n` where pts do not tell them apart."""

    counter: Literal["pts", "n"]
    values: tuple[int, ...]


def picks(pts: NDArray[np.int64], numbers: Sequence[int]) -> Picks:
    """How to find the frames of the ascending `numbers` again, given the pts of every frame.

    By pts a frame is found even where a damaged source decodes to another number of frames the second time.
    """
    if bool((np.diff(pts) > 0).all()):
        return Picks("pts", tuple(int(pts[number]) for number in numbers))
    return Picks("n", tuple(numbers))


def reading(plan: Plan, needed: Flags | None = None) -> Reading:
    """How the frames to be measured are decoded; `needed` marks the packets it takes, None: all."""
    if not plan.exact:
        return replace(WHOLE, threads=plan.threads)
    keep = None if needed is None else spans(needed)
    rough = plan.references_only and not plan.save_at_once
    keys = plan.look is Look.CHANGES
    return Reading(
        keep=keep, keys=keys, references_only=plan.references_only, rough=rough, threads=_threads(plan, needed)
    )


def _threads(plan: Plan, needed: Flags | None) -> int:
    return 1 if needed is not None and int(needed.sum()) < _BRIEF_PACKETS else plan.threads


def readings_for(plan: Plan, packets: PacketMap | None, chosen: Picks) -> tuple[Reading, ...]:
    """How to decode the chosen frames: from the packets they need, and should one not come, from all."""
    if packets is None or not plan.exact:
        return (replace(WHOLE, threads=plan.threads),)
    needed = packets.fewest_for(np.array(chosen.values, np.int64))
    narrow = Reading(keep=spans(needed), references_only=plan.references_only, threads=_threads(plan, needed))
    return narrow, Reading(threads=plan.threads)

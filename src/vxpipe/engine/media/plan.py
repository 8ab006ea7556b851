"""What is to be done for a video and a recipe, decided from facts alone. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction

import numpy as np

from vxpipe.engine.media.ahead import frames_ahead
from vxpipe.engine.media.changes import Bounds, Changes, least_share
from vxpipe.engine.media.correction import Correction, correction_for
from vxpipe.engine.media.framing import check_inside
from vxpipe.engine.media.named import named_frames
from vxpipe.engine.media.ordered import among, distinct, evenly
from vxpipe.engine.media.pace import Pace, longest_between, pace_of
from vxpipe.engine.media.packets import Flags, PacketMap, Times
from vxpipe.engine.media.reading import WHOLE, Ahead, Reading
from vxpipe.model import MediaInfo
from vxpipe.recipe import Frames, Mode, Recipe, Rectangle
from vxpipe.values import frozen
from vxpipe.words import counted

_BORDER_PICTURES = 48
_MOST_STILLS_BYTES = 1 << 30  # of the disk for keyframes, and as much for held frames: of 8K those are 21 pictures
_FEW_BORDER_PICTURES = 16  # for frames that are all looked at, should one show more; half of it beside as many of them
_SEEK_FROM_SECONDS = 120.0
_LEAST_STEP_SECONDS = 0.05
_UNKNOWN_DURATION_STEP_SECONDS = 0.5
_LEAST_WALL_SECONDS = 60.0
_WALL_FACTOR = 20.0
_UNKNOWN_DURATION_WALL_SECONDS = 3600.0
_LEAST_KEYS = 4  # for borders to be told from them: of fewer too many may be blank, or show one shot
_MOST_KEYS = 50_000  # 16 KB of disk each while they are compared
_MOST_NAMED = 10_000  # to find a frame among so many costs little yet
_MOST_AT_ONCE = 300  # images written before it is known which are kept: more would fill the disk
_LONG_GROUP = 48  # packets on average: to decode as far as to a frame in such groups costs more than to hold a few
_DISPOSABLE_FROM = 0.1  # of the packets: for fewer it is not worth another look at the headers of all
_FINEST_UNIT = Fraction(1, 1_000_000)  # seconds
_MOST_CHANGED = 0.85  # of the packets: with more to decode, leaving the rest out gains nothing
_LAYERED = frozenset({"h264", "hevc"})  # frames shown later than all before them are needed by others
_SKIPPING = _LAYERED | {"av1"}  # decoders that can leave out the frames that no other frame needs
# Decoders that put another picture in the place of one that lacks, rather than grey.
_LIKE_THEIR_NEIGHBOURS = frozenset({"h264"})
_LEAST_SPARED_PIXELS = 100_000_000  # 0.13 s of processor time: a second look costs a process of its own
_NEAR = 0.5  # of what it takes to decode a frame: the rest is measured for nothing
_LATER_SECONDS = (0.2, 0.4)  # by which a transition may end after all
_LEAST_SPARED = 0.15  # of the frames that others may refer to
_LEAST_SPARSE_THRESHOLD = 0.2  # below it, cuts are told otherwise from frames that are only near to what they should be
# Between keyframes of open groups it counts its frames on, modulo as few as 32 (x264): given the keyframes alone, a
# decoder takes most of them for late ones and drops them.
_COUNTING_ON = frozenset({"h264"})
LONGEST_UNSEEN = 0.2
"""Seconds between frames that others refer to; what is shorter than a shot hides none."""
BOUNDS = {
    "hevc": Bounds(longest_gap=120),  # it counts frames modulo 256: beyond half of that they come out of order
    "vp8": Bounds(sent_ahead=64),
    "vp9": Bounds(sent_ahead=64),
    "av1": Bounds(sent_ahead=64),
}
"""What must be looked into beside what seems needed, by codec."""


class Look(StrEnum):
    """Which frames a plan has decoded and measured."""

    EVERYTHING = "everything"
    REFERENCES = "references"
    CHANGES = "changes"
    NAMED = "named"


@frozen
class BorderSource:
    """The pictures that borders are told from, where they are `wanted`.

    The keyframes `keys` (pts), else pictures fetched at `times` (seconds into the file), else one every `step_seconds`
    in one pass; `most` of them at most.
    """

    wanted: bool
    most: int
    step_seconds: float
    times: tuple[float, ...]
    keys: tuple[int, ...] = ()


@frozen
class Plan:
    """How a video is worked on.

    `reading` is how its decodes read the file before packets are left out. `sparse`: the look does without any B-frame,
    and where that leaves a doubt it looks again. `named` (pts) are the frames of Look.NAMED; `save_at_once`: they are
    saved by the decode that measures them. `pace`: which of the frames that are decoded are measured; None: all.
    `ahead`: where all are decoded, some are held meanwhile, whether they will be kept or not. `from_stills`: keyframes
    that were decoded for the borders, and frames that were held, are good enough to be saved; `spare_stills`: and to be
    looked at. `find_disposable`: it pays to find out first which frames no other needs. At most `unseen_seconds` go by
    without a frame that is looked at; None: shots were not looked for. `reason` is for people.
    """

    borders: BorderSource
    reading: Reading
    look: Look = Look.EVERYTHING
    sparse: bool = False
    named: tuple[int, ...] = ()
    save_at_once: bool = False
    pace: Pace | None = None
    ahead: Ahead | None = None
    from_stills: bool = False
    spare_stills: bool = False
    find_disposable: bool = False
    unseen_seconds: float | None = 0.0
    wall_seconds: float
    reason: str


def plan_extraction(info: MediaInfo, recipe: Recipe, packets: PacketMap | None = None, *, threads: int = 1) -> Plan:
    """The cheapest plan that keeps every promise. Raises VxError `bad_crop` when a fixed crop leaves the picture."""
    if isinstance(recipe.crop, Rectangle):
        check_inside(recipe.crop, info)
    basis = _basis(info, recipe, threads)
    if packets is None:
        return thorough(basis, because="its packets tell no times")
    if flaw := _flaw(info, packets):
        return thorough(basis, because=flaw)
    exact = replace(
        _with_packets(basis, packets, info),
        from_stills=_shows_frames(info, recipe, packets),
        spare_stills=_stand_alone(info, packets) and _shows_frames(info, recipe, packets),
    )
    if recipe.frames.mode is Mode.SCENES or recipe.frames.pick == "diverse":
        ahead, sparse = _ahead(info, recipe, packets), _is_sparse(info, recipe, packets)
        return _scenes_plan(replace(exact, ahead=ahead, sparse=sparse), packets, info.codec)
    if recipe.clip and exact.borders.wanted:
        because = "a clip shows them all, and its crop must not cut into one"
        told = f"{recipe.frames.mode.value}: every frame decoded and measured: {because}"
        return replace(exact, unseen_seconds=None, reason=told)
    return _named_plan(exact, packets, recipe.frames, layered=info.codec in _LAYERED)


def thorough(plan: Plan, *, because: str) -> Plan:
    """The plan that trusts nothing but a decode of every frame, after a cheaper one met something unforeseen."""
    return replace(
        plan,
        borders=replace(plan.borders, keys=()),
        reading=replace(WHOLE, threads=plan.reading.threads),
        look=Look.EVERYTHING, sparse=False, named=(), save_at_once=False, pace=None, ahead=None,
        unseen_seconds=0.0,
        reason=f"every frame is decoded and measured: {because}",
    )  # fmt: skip


def narrowed(plan: Plan, packets: PacketMap, changed: Changes) -> Plan:
    """The plan for Look.CHANGES, once it is known what must be looked into."""
    share = float(changed.needed.mean())
    if share > _MOST_CHANGED:
        return _all_through(plan, packets, because=f"something changes in {share:.0%} of the film")
    bound = _longest_unseen(plan, packets, changed)
    return replace(
        plan,
        ahead=None,
        reason=f"scenes: keyframes first, then the {share:.0%} of the packets in which something may have arrived; at "
        f"most {bound:.2f} s go by without a look, where neither the bytes nor the keyframes tell of another shot",
        unseen_seconds=round(bound, 3),
    )


def closer(plan: Plan) -> Plan:
    """The plan that decodes every frame that others refer to."""
    return replace(plan, sparse=False)


def closer_look(plan: Plan, info: MediaInfo, packets: PacketMap, doubtful: Flags, likely: Times) -> tuple[Plan, Flags]:
    """How to look again at the `doubtful` packets, and which packets that takes.

    Those of the frames `likely` to be kept (pts) that it comes near to are held meanwhile, so that what leads to them
    is not decoded a third time. Others a little later are as well, for that may end later than it seemed.
    """
    likely = likely[packets.share(doubtful, likely) >= _NEAR]
    if not len(likely):
        return closer(plan), doubtful
    most = min(_MOST_AT_ONCE, _room_for_stills(info)) - 1  # the first frame is held whatever it is
    likely = evenly(likely, most)
    later = _anchors_after(packets, likely, _LATER_SECONDS)
    held = distinct(np.append(likely, evenly(later, most - len(likely))))
    needed = doubtful | packets.fewest_for(held)
    times = distinct(np.append(packets.pts[needed].min(), held))
    return replace(closer(plan), ahead=Ahead(times=tuple(times.tolist()))), needed


def _anchors_after(packets: PacketMap, pts: Times, seconds: Sequence[float]) -> Times:
    """The pts of the anchors that are shown so many seconds after each of the frames, or the next ones."""
    anchors = np.sort(packets.anchor_pts)
    after = np.concatenate([pts + round(each / packets.unit) for each in seconds])
    places = np.searchsorted(anchors, after)
    return np.asarray(anchors[places[places < len(anchors)]], np.int64)


def looked_at_twice(plan: Plan, share: float) -> Plan:
    """The plan, told that it did without B-frames, and in what share of the packets they were decoded after all."""
    but = f", but for the {share:.0%} of the packets in which that left a doubt" if share else ""
    return replace(plan, reason=f"{plan.reason}; B-frames are left out though others refer to them{but}")


def reading_to_measure(plan: Plan, needed: Flags | None = None) -> Reading:
    """How the frames to be measured are decoded; `needed` marks the packets it takes, None: all."""
    rough = plan.reading.references_only and not plan.save_at_once and plan.ahead is None
    reading = replace(plan.reading, keys=plan.look is Look.CHANGES, rough=rough, anchors_only=rough and plan.sparse)
    return reading if needed is None else reading.of(needed)


def _basis(info: MediaInfo, recipe: Recipe, threads: int) -> Plan:
    """What holds for every plan; everything is decoded."""
    duration = info.duration or 0.0
    by_seeks = duration >= _SEEK_FROM_SECONDS
    times = tuple((k + 0.5) * duration / _BORDER_PICTURES for k in range(_BORDER_PICTURES)) if by_seeks else ()
    step = _step(duration, _BORDER_PICTURES) if duration else _UNKNOWN_DURATION_STEP_SECONDS
    wall = max(_LEAST_WALL_SECONDS, _WALL_FACTOR * duration) if duration else _UNKNOWN_DURATION_WALL_SECONDS
    wanted = not isinstance(recipe.crop, Rectangle) and recipe.crop != "none"
    return Plan(
        borders=BorderSource(wanted=wanted, most=_BORDER_PICTURES, step_seconds=step, times=times),
        reading=replace(WHOLE, threads=threads),
        wall_seconds=wall,
        reason="",
    )


def _step(seconds: float, pictures: int) -> float:
    """The time from one picture to the next of so many that are spread over the film."""
    return max(_LEAST_STEP_SECONDS, seconds / pictures)


def _flaw(info: MediaInfo, packets: PacketMap) -> str | None:
    """What stands against every plan but the thorough one."""
    return "interlaced frames need their neighbours" if info.interlaced else packets.flaw()


def _with_packets(basis: Plan, packets: PacketMap, info: MediaInfo) -> Plan:
    """Frames are told by the pts of their packets, and borders from keyframes, which cost one decode each."""
    borders = replace(basis.borders, keys=_some_keys(packets, min(basis.borders.most, _room_for_stills(info))))
    return replace(basis, borders=borders, reading=replace(basis.reading, exact=True))


def _room_for_stills(info: MediaInfo) -> int:
    return _MOST_STILLS_BYTES // (info.width * info.height * 3 // 2)


def _some_keys(packets: PacketMap, most: int) -> tuple[int, ...]:
    keys = packets.key_pts
    return tuple(evenly(keys, most).tolist()) if len(keys) >= _LEAST_KEYS else ()


def _scenes_plan(basis: Plan, packets: PacketMap, codec: str) -> Plan:
    """Frames that no other needs are left out where none of the others lies far from the next; then all that cannot
    hold a new shot, where that gains anything.
    """
    references_only = codec in _SKIPPING and packets.longest_anchor_gap() <= LONGEST_UNSEEN
    reading = replace(basis.reading, references_only=references_only)
    plan = replace(basis, reading=reading, sparse=references_only and basis.sparse)
    if hindrance := _hindrance(packets, codec):
        return _all_through(plan, packets, because=hindrance)
    return replace(plan, look=Look.CHANGES, reason="scenes: keyframes first, then what may have changed")


def _is_sparse(info: MediaInfo, recipe: Recipe, packets: PacketMap) -> bool:
    """Whether a look without any B-frame spares enough to pay for a second one where it leaves a doubt."""
    spared = packets.inner_references()
    return (
        info.codec in _LIKE_THEIR_NEIGHBOURS
        and not packets.has_open_groups
        and spared * info.width * info.height >= _LEAST_SPARED_PIXELS
        and spared >= _LEAST_SPARED * (spared + len(packets.anchor_pts))
        and recipe.frames.threshold >= _LEAST_SPARSE_THRESHOLD
    )


def _ahead(info: MediaInfo, recipe: Recipe, packets: PacketMap) -> Ahead | None:
    """Which frames to hold while all are measured: without that, each frame kept has all of its group before it decoded
    again. None where that is cheap, or where looking at frames spares what saving them needs.
    """
    spared = info.codec in _LAYERED or len(packets) < _LONG_GROUP * len(packets.starts)
    if spared or not _shows_frames(info, recipe, packets):
        return None
    return frames_ahead(packets, min(_MOST_AT_ONCE, _room_for_stills(info)))


def _shows_frames(info: MediaInfo, recipe: Recipe, packets: PacketMap) -> bool:
    """Whether a still is the frame as it was coded, so that an image of it is the same as one of the film.

    Frames of both are merged by whole microseconds.
    """
    return info.pixel_format == "yuv420p" and packets.unit >= _FINEST_UNIT and _is_cheap(info, recipe)


def _stand_alone(info: MediaInfo, packets: PacketMap) -> bool:
    """Whether keyframes may be left out of a decode that goes on behind them, and merged again by their times.

    HEVC counts its frames modulo 256 over long gaps, H.264 over open groups.
    """
    return info.codec != "hevc" and not packets.has_open_groups


def _is_cheap(info: MediaInfo, recipe: Recipe) -> bool:
    """Whether decoding costs more than the images, and what puts their colours right."""
    return recipe.image.format == "jpg" and replace(correction_for(info), matrix=None) == Correction()


def _hindrance(packets: PacketMap, codec: str) -> str | None:
    """Why it gains nothing, or cannot be done, to look at the keyframes first; None where it may gain something."""
    if not _LEAST_KEYS <= len(packets.key_pts) <= min(_MOST_KEYS, len(packets.shown) // 4):
        return "it has too few keyframes, or nothing else"
    if codec in _COUNTING_ON and packets.has_open_groups:
        return "its groups are open: keyframes alone come in disorder"
    share = least_share(packets)
    return f"something may arrive in {share:.0%} of the film" if share > _MOST_CHANGED else None


def _all_through(plan: Plan, packets: PacketMap, *, because: str) -> Plan:
    """Every frame of the film, or every one that others refer to where the rest may be left out."""
    if plan.reading.references_only:
        look, pace, unseen = Look.REFERENCES, None, packets.longest_anchor_gap()
        what = "all frames that others refer to (0.6 of a decode) decoded and measured"
    else:
        look, pace = Look.EVERYTHING, pace_of(packets)
        unseen = longest_between(packets, pace) if pace else 0.0
        what = f"every frame decoded, and {f'one in {unseen:.2f} s' if pace else 'all'} measured"
    reason = f"scenes: {what}: {because}"
    return replace(plan, look=look, pace=pace, unseen_seconds=round(unseen, 3), reason=reason)


def _longest_unseen(plan: Plan, packets: PacketMap, changed: Changes) -> float:
    """The longest time in seconds of which nothing is decoded."""
    looked_into = changed.needed & packets.anchors if plan.reading.references_only else changed.needed
    seen = np.sort(packets.pts[looked_into | packets.keys])
    return float(np.diff(packets.times(np.append(seen, packets.pts.max()))).max())


def _named_plan(basis: Plan, packets: PacketMap, frames: Frames, *, layered: bool) -> Plan:
    """The named frames from the packets they need; a few are saved at once."""
    named, mode = named_frames(packets, frames), frames.mode.value
    if len(named) > _MOST_NAMED:
        return replace(basis, reason=f"{mode}: {counted(len(named), 'frame')} asked for: every frame decoded")
    needed = float(packets.needed_for(named).mean())
    references_only = layered and bool(among(named, packets.anchor_pts).all())
    at_once = len(named) <= _MOST_AT_ONCE
    saved = "saved from the same decode" if at_once else "the chosen ones decoded again"
    seen_anyway = len(named) >= min(_FEW_BORDER_PICTURES, len(packets.key_pts))
    few = _FEW_BORDER_PICTURES // 2 if seen_anyway else _FEW_BORDER_PICTURES
    return replace(
        basis,
        borders=replace(
            basis.borders, most=few, step_seconds=_step(packets.seconds, few), keys=_some_keys(packets, few)
        ),
        reading=replace(basis.reading, references_only=references_only),
        look=Look.NAMED,
        named=tuple(named.tolist()),
        save_at_once=at_once,
        unseen_seconds=None,
        find_disposable=layered and not references_only and needed > _DISPOSABLE_FROM,
        reason=f"{mode}: {counted(len(named), 'frame')} looked at, {needed:.0%} of the packets decoded for it; {saved}",
    )

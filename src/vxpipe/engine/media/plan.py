"""What is to be done for a video and a recipe, decided from facts alone. Pure."""

from dataclasses import replace
from enum import StrEnum

import numpy as np

from vxpipe.engine.media.ahead import frames_ahead
from vxpipe.engine.media.arrays import Flags
from vxpipe.engine.media.changes import Changes, least_share
from vxpipe.engine.media.decoders import Decoder, decoder_of
from vxpipe.engine.media.evidence import FEWEST_KEYS, BorderSource, border_source, fewer, in_one_pass, with_keys
from vxpipe.engine.media.framing import check_inside
from vxpipe.engine.media.named import named_frames
from vxpipe.engine.media.ordered import among
from vxpipe.engine.media.pace import Pace, longest_between, pace_of
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.reading import WHOLE, Ahead, Reading, is_headed
from vxpipe.engine.media.reuse import may_be_measured, may_be_saved, room_for_stills
from vxpipe.model import MediaInfo
from vxpipe.recipe import Frames, Mode, Recipe, Rectangle
from vxpipe.values import frozen
from vxpipe.words import counted

LONGEST_UNSEEN = 0.2
"""Seconds between frames that others refer to; what is shorter than a shot hides none."""
MOST_HELD = 300
"""Frames that are saved or held before it is known which are kept: more would fill the disk."""

# Keyframes first, then what may have changed:
_MOST_KEYS = 50_000  # 16 KB of disk each while they are compared
_LEAST_GROUP = 4  # packets on average: with fewer, keyframes are most of what there is to decode
_MOST_CHANGED = 0.85  # of the packets: with more to decode, leaving the rest out gains nothing
# Named frames:
_MOST_NAMED = 10_000  # to find a frame among so many costs little yet
_DISPOSABLE_FROM = 0.1  # of the packets: for fewer it is not worth another look at the headers of all
_SHOWN_BY_CLIP = "a clip shows them all, and its crop must not cut into one"
# Frames held while all are measured:
_LONG_GROUP = 48  # packets on average: to decode as far as to a frame in such groups costs more than to hold a few
# A look without B-frames:
_LEAST_SPARED_PIXELS = 100_000_000  # 0.13 s of processor time: a second look costs a process of its own
_LEAST_SPARED = 0.15  # of the frames that others may refer to
_LEAST_THRESHOLD_FOR_IT = 0.2  # below, cuts are told otherwise from frames that are only near to what they should be


class Look(StrEnum):
    """Which frames a plan has decoded and measured: all, those that others refer to, the keyframes and what may have
    changed between them, or those that somebody named.
    """

    EVERYTHING = "everything"
    REFERENCES = "references"
    CHANGES = "changes"
    NAMED = "named"


@frozen
class Plan:
    """How a video is worked on."""

    borders: BorderSource
    reading: Reading
    """How its decodes read the file, before packets are left out."""
    look: Look = Look.EVERYTHING
    no_b_frames: bool = False
    """The look does without any B-frame; where that leaves a doubt it looks again."""
    named: tuple[int, ...] = ()
    """The frames of Look.NAMED, as pts."""
    save_at_once: bool = False
    """The named frames are saved by the decode that measures them."""
    find_disposable: bool = False
    """It pays to find out first which frames no other needs."""
    pace: Pace | None = None
    """Which of the frames that are decoded are measured; None: all."""
    ahead: Ahead | None = None
    """Frames that are held meanwhile, whether they will be kept or not."""
    saves_stills: bool = False
    """Keyframes that were decoded for the borders, and frames that were held, are good enough to be saved."""
    measures_stills: bool = False
    """Those keyframes are good enough to be measured as well."""
    unseen_seconds: float | None = 0.0
    """So much at most goes by without a frame that is measured; None: shots are not looked for."""
    reason: str
    """For people."""


def plan_extraction(info: MediaInfo, recipe: Recipe, packets: PacketMap | None = None, *, threads: int = 1) -> Plan:
    """The cheapest plan that keeps every promise, where a decode takes so many `threads`; `packets` None: they tell no
    times.

    Raises VxError `bad_crop` when a fixed crop leaves the picture.
    """
    if isinstance(recipe.crop, Rectangle):
        check_inside(recipe.crop, info)
    if packets is None:
        return thorough(info, recipe, threads=threads, because="its packets tell no times")
    if flaw := _flaw(info, packets):
        return thorough(info, recipe, threads=threads, because=flaw)
    exact = _exact(info, recipe, packets, threads)
    if recipe.frames.mode is Mode.SCENES or recipe.frames.pick == "diverse":
        return _shots_plan(exact, info, recipe, packets)
    if recipe.clip and exact.borders.wanted:
        return replace(exact, unseen_seconds=None, reason=f"every frame decoded and measured: {_SHOWN_BY_CLIP}")
    return _named_plan(exact, packets, recipe.frames, decoder_of(info.codec))


def thorough(info: MediaInfo, recipe: Recipe, *, threads: int = 1, because: str) -> Plan:
    """The plan that trusts nothing but a decode of every frame."""
    return Plan(
        borders=border_source(info, recipe),
        reading=replace(WHOLE, threads=threads),
        reason=f"every frame is decoded and measured: {because}",
    )


def narrowed(plan: Plan, packets: PacketMap, changed: Changes) -> Plan:
    """The plan for Look.CHANGES, once it is known what must be looked into."""
    share = float(changed.needed.mean())
    if share > _MOST_CHANGED:
        return _all_through(plan, packets, because=f"something changes in {share:.0%} of the film")
    bound = _longest_unseen(plan, packets, changed)
    return replace(
        plan,
        ahead=None,
        reason=f"keyframes first, then the {share:.0%} of the packets in which something may have arrived; at most "
        f"{bound:.2f} s go by without a look, where neither the bytes nor the keyframes tell of another shot",
        unseen_seconds=round(bound, 3),
    )


def reading_to_measure(plan: Plan, needed: Flags | None = None) -> Reading:
    """How the frames to be measured are decoded; `needed` marks the packets it takes, None: all."""
    rough = plan.reading.references_only and not plan.save_at_once and plan.ahead is None
    anchors_only = rough and plan.no_b_frames
    reading = replace(plan.reading, keys=plan.look is Look.CHANGES, rough=rough, anchors_only=anchors_only)
    return reading if needed is None else reading.of(needed)


def reading_of_named(plan: Plan, info: MediaInfo, packets: PacketMap) -> Reading:
    """How the frames of Look.NAMED are decoded."""
    named = np.array(plan.named, np.int64)
    by_header = is_headed(info.container) and bool(among(named, packets.key_pts).all())
    return replace(reading_to_measure(plan, packets.fewest_for(named)), by_header=by_header)


def _flaw(info: MediaInfo, packets: PacketMap) -> str | None:
    """What stands against every plan but the thorough one."""
    return "interlaced frames need their neighbours" if info.interlaced else packets.flaw()


def _exact(info: MediaInfo, recipe: Recipe, packets: PacketMap, threads: int) -> Plan:
    """What all plans share that trust the packets: frames are told by their pts, and what lies decoded is used again
    where it is the same.
    """
    saves_stills = may_be_saved(info, recipe, packets)
    return Plan(
        borders=with_keys(border_source(info, recipe), packets, room_for_stills(info)),
        reading=replace(WHOLE, threads=threads, exact=True),
        saves_stills=saves_stills,
        measures_stills=saves_stills and may_be_measured(info, packets),
        reason="",
    )


def _shots_plan(exact: Plan, info: MediaInfo, recipe: Recipe, packets: PacketMap) -> Plan:
    """Frames that no other needs are left out where none of the others lies far from the next; then all that cannot
    hold a new shot, where that gains anything.
    """
    decoder = decoder_of(info.codec)
    references_only = decoder.skips and packets.longest_anchor_gap() <= LONGEST_UNSEEN
    plan = replace(
        exact,
        borders=in_one_pass(exact.borders, packets, room_for_stills(info), anchored=decoder.reorders),
        reading=replace(exact.reading, references_only=references_only),
        no_b_frames=references_only and _may_lack_b_frames(info, recipe, packets),
        ahead=_ahead(exact, info, packets),
    )
    shown = _SHOWN_BY_CLIP if recipe.clip and exact.borders.wanted else None
    if hindrance := shown or _hindrance(packets, decoder):
        return _all_through(plan, packets, because=hindrance)
    return replace(plan, look=Look.CHANGES, reason="keyframes first, then what may have changed")


def _may_lack_b_frames(info: MediaInfo, recipe: Recipe, packets: PacketMap) -> bool:
    """Whether a look without any B-frame spares enough to pay for a second one where it leaves a doubt."""
    spared = packets.inner_references()
    return (
        decoder_of(info.codec).replaces
        and len(packets.key_pts) >= FEWEST_KEYS  # a doubt takes all that is before it in its group
        and not packets.has_open_groups
        and spared * info.width * info.height >= _LEAST_SPARED_PIXELS
        and spared >= _LEAST_SPARED * (spared + len(packets.anchor_pts))
        and recipe.frames.threshold >= _LEAST_THRESHOLD_FOR_IT
    )


def _ahead(exact: Plan, info: MediaInfo, packets: PacketMap) -> Ahead | None:
    """Which frames to hold while all are measured: without that, each frame kept has all of its group before it decoded
    again. None where that is cheap, or where the look leaves out what saving them needs.
    """
    has_long_groups = len(packets) >= _LONG_GROUP * len(packets.starts)
    if decoder_of(info.codec).reorders or not has_long_groups or not exact.saves_stills:
        return None
    return frames_ahead(packets, min(MOST_HELD, room_for_stills(info)))


def _hindrance(packets: PacketMap, decoder: Decoder) -> str | None:
    """Why it gains nothing, or cannot be done, to look at the keyframes first; None where it may gain something."""
    keys = len(packets.key_pts)
    if keys < FEWEST_KEYS:
        return "it has too few keyframes"
    if keys > _MOST_KEYS or _LEAST_GROUP * keys > len(packets.shown):
        return "it has too many keyframes to look at them first"
    if packets.has_open_groups and not decoder.keys_alone:
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
    return replace(plan, look=look, pace=pace, unseen_seconds=round(unseen, 3), reason=f"{what}: {because}")


def _longest_unseen(plan: Plan, packets: PacketMap, changed: Changes) -> float:
    """The longest time in seconds of which nothing is decoded."""
    looked_into = changed.needed & packets.anchors if plan.reading.references_only else changed.needed
    seen = np.sort(packets.pts[looked_into | packets.keys])
    return float(np.diff(packets.times(np.append(seen, packets.pts.max()))).max())


def _named_plan(exact: Plan, packets: PacketMap, frames: Frames, decoder: Decoder) -> Plan:
    """The named frames from the packets they need; a few are saved at once."""
    named = named_frames(packets, frames)
    if len(named) > _MOST_NAMED:
        return replace(exact, reason=f"{counted(len(named), 'frame')} asked for: every frame decoded")
    needed = float(packets.needed_for(named).mean())
    references_only = decoder.reorders and bool(among(named, packets.anchor_pts).all())
    at_once = len(named) <= MOST_HELD
    saved = "saved from the same decode" if at_once else "the chosen ones decoded again"
    return replace(
        exact,
        borders=fewer(exact.borders, packets, len(named)),
        reading=replace(exact.reading, references_only=references_only),
        look=Look.NAMED,
        named=tuple(named.tolist()),
        save_at_once=at_once,
        find_disposable=decoder.reorders and not references_only and needed > _DISPOSABLE_FROM,
        unseen_seconds=None,
        reason=f"{counted(len(named), 'frame')} looked at, {needed:.0%} of the packets decoded for it; {saved}",
    )

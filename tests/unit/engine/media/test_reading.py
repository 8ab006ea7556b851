"""What a decode is told: packets as spans, frames by pts or number."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.reading import Ahead, AtHand, Picks, Reading, picks, pts_of, spans, taking


def test_frames_are_found_again_by_their_pts() -> None:
    assert Picks("pts", (-512, 700)) == picks(np.array([-512, 0, 700]), [0, 2])


@pytest.mark.parametrize("pts", [[0, 1, 1], [0, 5, 3]])
def test_frames_are_counted_where_pts_do_not_tell_them_apart(pts: list[int]) -> None:
    assert Picks("n", (0, 2)) == picks(np.array(pts), [0, 2])


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(1, 10))
def test_spans_hold_every_needed_packet_and_stay_few(needed: list[bool], most: int) -> None:
    flags = np.array(needed)

    found = spans(flags, most)

    held = {n for begin, end in found for n in range(begin, end + 1)}
    assert set(np.flatnonzero(flags)) <= held
    assert len(found) <= most
    if most >= len(needed):
        assert held == set(np.flatnonzero(flags))


@pytest.mark.parametrize(
    ("pts", "places"),
    [
        ([0, 4, 9, 10, 19, 21], (0, 3, 5)),
        ([-7, 3, 40], (1, 2)),  # nothing is shown from 10 to 20: the frame at 40 stands for both
        ([0, 10, 15], (0, 1)),
        ([], ()),
    ],
)
def test_the_first_frame_then_or_later_is_held(pts: list[int], places: tuple[int, ...]) -> None:
    assert places == Ahead(from_pts=(0, 10, 20)).places(np.array(pts, np.int64))


def _film(frames: int) -> PacketMap:
    """Groups of four frames."""
    pts = np.arange(frames)
    return PacketMap(
        pts=pts, sizes=pts + 1, keys=pts % 4 == 0, hidden=np.zeros(frames, np.bool_), unit=Fraction(1, 25)
    )  # fmt: skip


def _there(pts: list[int]) -> AtHand:
    numbers = tuple(range(len(pts)))
    return AtHand(
        path=Path("stills"), size=(8, 8), numbers=numbers, pts=tuple(pts), unit=Fraction(1, 25), colour_range=None
    )  # fmt: skip


@given(st.data())
def test_each_wanted_frame_comes_from_one_place_alone(data: st.DataObject) -> None:
    packets = _film(data.draw(st.integers(1, 40)))
    keys = packets.key_pts.tolist()
    lying = data.draw(st.dictionaries(st.sampled_from(keys), st.booleans()))
    there = [_there(sorted(pts for pts in lying if lying[pts] is first)) for first in (True, False)]
    wanted = np.array(sorted(data.draw(st.sets(st.integers(0, len(packets) - 1), min_size=1))), np.int64)
    needed = packets.needed_for(np.array([pts for pts in wanted.tolist() if pts not in lying], np.int64))

    found = taking(Reading(), packets, there, wanted=wanted, needed=needed)

    if not found.at_hand:
        assert Reading() == found
        return
    decoded = {n for begin, end in found.keep or () for n in range(begin, end + 1)}
    taken = pts_of(found.at_hand).tolist()
    assert found.decodes == bool(decoded)
    assert decoded.isdisjoint(taken)
    assert set(wanted.tolist()) <= decoded | set(taken)
    assert len(taken) == len(set(taken))
    files = [each for each in there if set(each.pts) & set(taken)]
    for each, file in zip(found.at_hand, files, strict=True):
        assert [file.pts[number] for number in each.numbers] == list(each.pts)


def test_nothing_is_decoded_but_what_is_not_there() -> None:
    packets, keys = _film(12), np.array([0, 4, 8], np.int64)
    nothing = np.zeros(12, np.bool_)

    all_there = taking(Reading(), packets, [_there([0, 8]), _there([4])], wanted=keys, needed=nothing)
    some_there = taking(Reading(), packets, [_there([0, 8])], wanted=keys, needed=packets.needed_for(np.array([4])))

    assert ((), [0, 8, 4]) == (all_there.keep, pts_of(all_there.at_hand).tolist())
    assert (((4, 4),), [0, 8]) == (some_there.keep, pts_of(some_there.at_hand).tolist())

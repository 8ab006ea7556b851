"""What packets tell: which frames there are, and which packets it takes to see them."""

import time
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media.packets import PacketMap

UNIT = Fraction(1, 100)


def packets(*pts: int, keys: tuple[int, ...] = (0,), hidden: tuple[int, ...] = ()) -> PacketMap:
    """Packets in file order; `keys` and `hidden` are places."""
    places = np.arange(len(pts))
    return PacketMap(
        pts=np.array(pts, np.int64),
        sizes=np.full(len(pts), 100),
        keys=np.isin(places, keys),
        hidden=np.isin(places, hidden),
        unit=UNIT,
    )


# Two groups; in each the frame in the middle is shown before the one it needs.
LAYERED = packets(10, 30, 20, 40, 60, 50, keys=(0, 3))
# As HEVC's open groups: the frame after the second keyframe is shown before it.
OPEN = packets(10, 20, 30, 50, 40, 60, keys=(0, 3))


def test_times_count_from_the_first_frame_shown() -> None:
    assert [0.0, 0.1, 0.2, 0.3, 0.4, 0.5] == LAYERED.times(LAYERED.shown).round(9).tolist()
    assert 0.6 == pytest.approx(LAYERED.seconds)


@pytest.mark.parametrize(
    ("pts", "is_even"),
    [
        ((0, 40, 80, 120, 160), True),
        ((0, 33, 67, 100, 133, 167), True),  # 30 a second in milliseconds
        ((0, 120, 40, 80, 160), True),  # in the order of decoding
        ((0, 40, 80, 160, 200), False),
        ((0, 10, 20, 500, 510, 520), False),
        ((0,), True),
    ],
)
def test_frames_are_even_that_come_at_one_pace(pts: tuple[int, ...], is_even: bool) -> None:
    assert is_even == replace(packets(*pts), unit=Fraction(1, 1000)).even


@pytest.mark.parametrize(("film", "has_some"), [(LAYERED, False), (OPEN, True)])
def test_groups_are_open_where_a_frame_is_shown_before_its_keyframe(film: PacketMap, has_some: bool) -> None:
    assert has_some == film.has_open_groups


@pytest.mark.parametrize(
    ("film", "wanted", "needed"),
    [
        (LAYERED, (10,), [0]),
        (LAYERED, (20,), [0, 1, 2]),
        (LAYERED, (60,), [3, 4]),
        (LAYERED, (10, 40), [0, 3]),
        (OPEN, (60,), [3, 5]),
        (OPEN, (40,), [0, 1, 2, 3, 4]),
    ],
)
def test_a_frame_needs_all_from_its_keyframe_on_but_no_orphans(
    film: PacketMap, wanted: tuple[int, ...], needed: list[int]
) -> None:
    assert needed == np.flatnonzero(film.needed_for(np.array(wanted))).tolist()


@st.composite
def _films(draw: st.DrawFn) -> PacketMap:
    """Groups of any length in any order of display, the first frame first."""
    count = draw(st.integers(1, 40))
    order = draw(st.permutations(range(1, count)))
    keys = draw(st.sets(st.integers(0, count - 1)))
    return packets(0, *(10 * n for n in order), keys=(0, *keys))


def _needed_one_by_one(film: PacketMap, wanted: list[int]) -> list[int]:
    """What `needed_for` promises, said at length."""

    def start(place: int) -> int:
        return max(key for key in film.starts.tolist() if key <= place)

    needed = set[int]()
    for pts in wanted:
        place = film.pts.tolist().index(pts)
        begin = start(place)
        needed |= set(range(start(begin - 1) if film.pts[place] < film.pts[begin] else begin, place + 1))
    orphans = {
        n
        for n in needed
        if start(n) in needed and start(n) and start(n) - 1 not in needed and film.pts[n] < film.pts[start(n)]
    }
    return sorted(needed - orphans)


@given(_films(), st.data())
def test_frames_named_together_need_what_each_of_them_needs(film: PacketMap, data: st.DataObject) -> None:
    wanted = sorted(data.draw(st.sets(st.sampled_from(film.pts.tolist()))))

    assert _needed_one_by_one(film, wanted) == np.flatnonzero(film.needed_for(np.array(wanted, np.int64))).tolist()


def test_fifty_thousand_names_in_one_group_are_no_work() -> None:
    film = packets(*range(100_000))
    begun = time.process_time()

    needed = film.needed_for(film.pts[::2])

    assert 99_999 == needed.sum()
    assert time.process_time() - begun < 0.5


def test_a_group_read_alone_leaves_out_what_is_shown_before_its_keyframe() -> None:
    assert [3, 5] == np.flatnonzero(OPEN.up_to(np.array([0, 5]))).tolist()
    assert 6 == OPEN.up_to(np.array([2, 5])).sum()


def test_groups_are_read_up_to_a_packet_or_not_at_all() -> None:
    assert [0, 1] == np.flatnonzero(LAYERED.up_to(np.array([1, 3]))).tolist()


def test_frames_that_no_other_needs_are_left_out_unless_asked_for() -> None:
    known = replace(LAYERED, disposable=np.isin(LAYERED.pts, [20, 50]))

    assert [30, 10] == known.pts[known.fewest_for(np.array([30]))].tolist()[::-1]
    assert {10, 30, 20} == set(known.pts[known.fewest_for(np.array([20]))].tolist())
    assert {40, 60} == set(known.pts[known.fewest_for(np.array([60]))].tolist())
    assert (LAYERED.needed_for(np.array([50])) == LAYERED.fewest_for(np.array([50]))).all()


@pytest.mark.parametrize(
    ("some", "shown"),
    [([1], [10, 20, 30]), ([0, 5], [10, 40, 50]), ([4], [40, 50, 60]), ([], [])],
    ids=["with what comes later in the file", "each group by itself", "from its begin", "none"],
)
def test_frames_between_others_are_shown_before_the_last_of_them(some: list[int], shown: list[int]) -> None:
    found = LAYERED.shown_up_to(np.isin(np.arange(6), some))

    assert shown == sorted(LAYERED.pts[found].tolist())


def test_the_share_of_some_packets_is_told_of_what_a_frame_takes() -> None:
    some = np.array([True, False, True, False, True, True])

    assert [1, 1 / 2, 2 / 3, 0, 2 / 3] == LAYERED.share(some, np.array([10, 30, 20, 40, 50])).tolist()


def test_anchors_are_the_frames_that_are_surely_referred_to() -> None:
    assert [10, 30, 40, 60] == LAYERED.anchor_pts.tolist()


@pytest.mark.parametrize(
    "film",
    [packets(10, 20, keys=(1,)), packets(10, 20, hidden=(0,)), packets(10, 10), packets(20, 10)],
    ids=["no keyframe first", "edit list", "same time twice", "first frame is not shown first"],
)
def test_a_map_that_does_not_name_every_frame_says_so(film: PacketMap) -> None:
    assert film.flaw() is not None
    assert LAYERED.flaw() is None

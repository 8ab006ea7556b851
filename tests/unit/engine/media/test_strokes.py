"""Which strokes have to go and to come for another page to begin: the limits of `new_pages`, one by one."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from unit.engine.media.films import film, flat
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.new_pages import new_pages

FRAMES, CUT, SECOND = 60, 20, 25
PLACES = 176
BEFORE = frozenset(range(40))


def strokes_of(gone: int, come: int) -> frozenset[int]:
    """The strokes behind the cut."""
    return frozenset([*range(gone, 40), *range(100, 100 + come)])


def shown(behind: frozenset[int], **others: Iterable[int]) -> list[frozenset[int]]:
    """The strokes of each frame; `others` names frames that have other ones, as `f18=...`."""
    rows = [BEFORE] * CUT + [behind] * (FRAMES - CUT)
    for name, strokes in others.items():
        rows[int(name[1:])] = frozenset(strokes)
    return rows


def samples_of(
    rows: list[frozenset[int]], *, rewritten: float = 1.0, just_before: float | None = None, step: float = 1 / SECOND
) -> Samples:
    """Frames with these strokes; about as much is rewritten just before the cut, so that it alone makes no page."""
    dark = np.packbits([[place in strokes for place in range(PLACES)] for strokes in rows], axis=1)
    samples = film([flat(128)] * len(rows))
    anew, change = np.zeros((2, len(rows)), np.float32)
    anew[[CUT - 3, CUT]], change[CUT] = (0.9 * rewritten if just_before is None else just_before, rewritten), 5
    features = replace(
        samples.features, layout=np.concatenate([dark, np.zeros_like(dark)], axis=1), rewritten=anew, change=change
    )
    return replace(samples, features=features, times=np.arange(len(rows)) * step)


def with_change(samples: Samples, frame: int, change: float) -> Samples:
    changes = samples.features.change.copy()
    changes[frame] = change
    return replace(samples, features=replace(samples.features, change=changes))


def behind_a_gap(samples: Samples, frame: int = CUT) -> Samples:
    bridged = np.arange(len(samples)) == frame
    return replace(samples, bridged=bridged, still=np.ones(len(samples), np.bool_))


def score(samples: Samples, *, turned: bool = False) -> float:
    nowhere = np.zeros(len(samples), np.bool_)
    bridged = nowhere if samples.bridged is None else samples.bridged
    return float(new_pages(samples, bridged, np.full(len(samples), turned))[CUT])


@pytest.mark.parametrize(
    ("gone", "come", "is_page"),
    [
        (4, 4, True), (4, 3, False), (0, 20, False), (20, 0, False), (1, 7, False), (2, 6, True), (2, 20, False),
        (3, 20, True),
    ],
)  # fmt: skip
def test_another_page_has_enough_strokes_gone_and_come(gone: int, come: int, is_page: bool) -> None:
    assert is_page == (score(samples_of(shown(strokes_of(gone, come)))) >= 1)


@pytest.mark.parametrize(("gone", "come", "is_page"), [(7, 6, False), (7, 7, True)])
def test_behind_a_gap_it_takes_more(gone: int, come: int, is_page: bool) -> None:
    rows = shown(strokes_of(gone, come))

    assert is_page == (score(behind_a_gap(samples_of(rows, rewritten=2.0))) >= 1)
    assert score(samples_of(rows, rewritten=2.0)) >= 1


def test_nothing_is_told_where_the_camera_turned() -> None:
    assert 0 == score(samples_of(shown(strokes_of(20, 20))), turned=True)


def test_a_page_is_as_sure_as_it_is_rewritten_at_most() -> None:
    assert [1.0, 2.0] == [score(samples_of(shown(strokes_of(20, 20)), rewritten=rewritten)) for rewritten in (1, 2)]


def test_strokes_that_stood_for_a_moment_only_do_not_count() -> None:
    """What came two frames before the cut moves."""
    passing = [*range(8, 40)]

    assert 1 <= score(samples_of(shown(strokes_of(8, 8))))
    assert 0 == score(samples_of(shown(strokes_of(8, 8), f17=passing)))


def test_of_frames_far_apart_two_tell_what_stood() -> None:
    assert 1 <= score(samples_of(shown(strokes_of(8, 8), f17=range(8, 40)), step=0.3))


def test_where_less_than_most_strokes_stand_there_is_no_page() -> None:
    """A quarter of them flicker, or a half."""
    quarter, half = ({f"f{frame}": range(count) for frame in (17, 18)} for count in (30, 20))
    behind = frozenset([*range(4, 40), *range(100, 104)])

    assert [True, False] == [score(samples_of(shown(behind, **others))) >= 1 for others in (quarter, half)]


@pytest.mark.parametrize(("change", "is_page"), [(3.9, True), (4.1, False)])
@pytest.mark.parametrize("frame", [CUT + 2, CUT + SECOND])
def test_more_changes_than_around(change: float, is_page: bool, frame: int) -> None:
    assert is_page == (score(with_change(samples_of(shown(strokes_of(8, 8))), frame, change)) >= 1)


@pytest.mark.parametrize(("come", "is_page"), [(10, False), (3, True)])
def test_where_as_many_strokes_are_others_a_second_later_something_is_counted(come: int, is_page: bool) -> None:
    later = CUT + SECOND
    rows = shown(strokes_of(8, 8))
    rows[later:] = [frozenset([*range(8 + come, 40), *range(100, 108), *range(120, 120 + come)])] * (FRAMES - later)
    samples = with_change(samples_of(rows), later, 3.9)
    anew = samples.features.rewritten.copy()
    anew[later] = 1
    samples = replace(samples, features=replace(samples.features, rewritten=anew))

    assert is_page == (score(samples) >= 1)


def test_what_changed_while_nobody_looked_is_no_measure_of_what_moves() -> None:
    samples = with_change(samples_of(shown(strokes_of(8, 8))), CUT - 5, 9)

    assert [False, True] == [score(each) >= 1 for each in (samples, behind_a_gap(samples, CUT - 5))]


def test_of_frames_far_apart_the_second_tells_what_moves() -> None:
    """What is rewritten counts besides: alone, for no other frame is near."""
    found = [score(samples_of(shown(strokes_of(8, 8), **{each: range(8, 40)}), step=0.5)) for each in ("f17", "f18")]

    assert [1.0 + 1.0, 1.0] == found


@pytest.mark.parametrize(("seconds", "is_page"), [(0.5, False), (1.2, False), (1.3, True)])
def test_what_is_rewritten_from_keyframe_to_keyframe_is_what_moves_slowly(seconds: float, is_page: bool) -> None:
    rows = shown(BEFORE)
    seen = samples_of(rows, step=seconds)
    features = replace(
        seen.features, rewritten=np.full(len(rows), 3, np.float32), change=np.full(len(rows), 8, np.float32)
    )
    everywhere = np.ones(len(rows), np.bool_)

    assert is_page == (score(replace(seen, features=features, bridged=everywhere, still=everywhere)) >= 1)


@pytest.mark.parametrize(
    ("rewritten", "just_before", "found"),
    [(1.2, 0.0, 1.2), (3.0, 1.45, 0.952), (3.0, 1.6, 0.87), (2.0, 1.1, 0.0)],
    ids=["alone", "about as much before", "much all the same", "as where one counts"],
)
def test_what_is_rewritten_counts_where_less_is_before(rewritten: float, just_before: float, found: float) -> None:
    samples = samples_of(shown(BEFORE), rewritten=rewritten, just_before=just_before)

    assert found == pytest.approx(score(samples), abs=0.001)
    assert found / 1.25 == pytest.approx(score(behind_a_gap(samples)), abs=0.001)

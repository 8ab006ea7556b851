"""Shots of films of which not every frame was looked at."""

from dataclasses import replace

import numpy as np
import pytest

from unit.engine.media.films import Picture, film, flat, mixed, moving, page, panorama, scenery, still
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.page import standing_strokes
from vxpipe.engine.media.select import select_frames
from vxpipe.engine.media.shots import find_shots
from vxpipe.recipe import Recipe

ONE, OTHER = scenery(1, level=90), scenery(2, level=160)


def _with_gap(before: list[Picture], after: list[Picture], *, gap_frames: int = 60, grain: int = 1) -> Samples:
    """A film of which the frames between the two parts were not looked at; the second part begins with a keyframe."""
    samples = film([*before, *after], grain=grain)
    bridged = np.arange(len(samples)) == len(before)
    places = np.arange(len(samples)) + gap_frames * (np.arange(len(samples)) >= len(before))
    return replace(
        samples, times=places / 25, numbers=places, of=int(places[-1]) + 1, bridged=bridged,
        keys=bridged | (np.arange(len(samples)) == 0),
    )  # fmt: skip


def _firsts(samples: Samples) -> list[int]:
    return [shot.first for shot in find_shots(samples, 0.3)]


@pytest.mark.parametrize("after", [1, 20])
def test_a_shot_may_begin_with_a_keyframe_behind_a_gap(after: int) -> None:
    assert [0, 20] == _firsts(_with_gap(still(ONE, 20), still(OTHER, after)))


def test_a_cut_must_be_surer_where_frames_before_it_were_not_looked_at() -> None:
    """From one frame to the next less moves."""
    every = film(still(ONE, 20), still(OTHER, 20))
    third = replace(every, times=every.times * 3, numbers=3 * np.arange(40), of=120)
    surest = find_shots(every, 0.3)[1].score

    assert [0, 20] == _firsts(third)
    assert find_shots(third, 0.3)[1].score < surest


def test_a_picture_that_moved_on_unseen_is_the_same_shot() -> None:
    drift = moving(ONE, 40, cells=0.8)

    assert [0] == _firsts(_with_gap(drift[:20], drift[20:]))


@pytest.mark.parametrize("seed", range(1, 6))
def test_what_a_camera_shows_that_turned_unseen_is_the_same_shot(seed: int) -> None:
    before, after = panorama(seed, [0] * 20), panorama(seed, [14] * 20)

    assert [0] == _firsts(_with_gap(before, after))


def test_a_shot_shown_again_is_known_by_its_beginning_where_hardly_more_of_it_was_seen() -> None:
    """A tenth of a shot at either end counts as its rim: all that is seen of its beginning may lie there."""
    begin, right, left = (panorama(3, turns) for turns in (range(20, 26), range(34, 44), range(6, -1, -1)))
    samples = film(begin, right, still(scenery(30), 150), begin, left)
    bridged = np.isin(np.arange(len(samples)), [6, 172])
    places = np.arange(len(samples)) + 60 * np.cumsum(bridged)
    shown = replace(
        samples, times=places / 25, numbers=places, of=int(places[-1]) + 1, bridged=bridged,
        keys=bridged | np.isin(np.arange(len(samples)), [0, 16, 166]),
    )  # fmt: skip

    assert [True, True, False] == [c.kept for c in select_frames(shown, Recipe()).candidates if c.reason != "fill"]


@pytest.mark.parametrize(("moves", "firsts"), [(0.0, [0, 20]), (0.8, [0])], ids=["stands", "moves"])
def test_another_page_behind_a_gap_is_told_where_what_was_seen_stands(moves: float, firsts: list[int]) -> None:
    """The bytes of the gap may tell of movement: of someone who speaks beside the page."""
    before, after = (moving(page(text), 20, cells=moves) for text in ("one", "two"))

    assert firsts == _firsts(_with_gap(before, after, grain=0))


def test_keyframes_alone_show_shots_that_follow_one_another() -> None:
    pictures = [scenery(seed, level=60 + 40 * seed) for seed in range(4)]
    samples = film(pictures)
    later = np.arange(4) > 0
    alone = replace(
        samples, times=np.arange(4) * 5.0, numbers=np.arange(4) * 125, of=500, seconds=20.0,
        bridged=later, keys=np.ones(4, np.bool_),
    )  # fmt: skip

    assert [0, 1, 2, 3] == _firsts(alone)
    assert [0, 1, 2, 3] == [c.index for c in select_frames(alone, Recipe()).candidates if c.kept]


def test_a_cut_that_was_seen_is_not_drowned_by_a_gap_beside_it() -> None:
    samples = _with_gap([*still(ONE, 20), OTHER], still(flat(20) + scenery(5) / 8, 5))

    assert [0, 20, 21] == _firsts(samples)


@pytest.mark.parametrize("seen", [1, 2, 3])
def test_a_passage_is_found_though_few_frames_behind_it_were_seen_before_the_next_cut(seen: int) -> None:
    """A passage may last longer than was measured, but not from before a gap to behind it."""
    wiping = [np.where(np.arange(64) < 64 * (k + 1) / 19, OTHER, ONE) for k in range(18)]
    dissolving = mixed(ONE, OTHER, 14)

    for passage in (wiping, dissolving):
        samples = _with_gap([*still(ONE, 30), *passage, *still(OTHER, seen)], still(scenery(5, level=60), 20))
        parts = np.cumsum([30, len(passage), seen])
        kept = [c.index for c in select_frames(samples, Recipe()).candidates if c.kept]

        assert [0, 2, 3] == np.searchsorted(parts, kept, side="right").tolist()


def _flickering(picture: Picture, frames: int) -> list[Picture]:
    return [picture + 4 * (-1) ** k for k in range(frames)]


@pytest.mark.parametrize(("left_out", "settled"), [(0, 10), (1, 10), (2, 8), (60, 8)])
def test_a_passage_may_last_longer_than_was_measured_though_a_frame_was_left_out(left_out: int, settled: int) -> None:
    """Two of its steps are no gap; behind a gap as many frames on are far off. Both pictures are never calm: else what
    changes tells where it ends.
    """
    one, other = (_flickering(picture, 30) for picture in (ONE, OTHER))
    samples = _with_gap([*one, *mixed(ONE, OTHER, 14)], other, gap_frames=left_out)

    assert settled == find_shots(samples, 0.3)[1].settling


def _leaving(ground: Picture, waits: int) -> list[Picture]:
    """Somebody stands close by the camera for so many frames, and is gone after ten more."""
    close, shot = scenery(40, level=40, contrast=15), list[Picture]()
    for left in [*[64] * waits, *(64 - np.rint(np.arange(10) * 5.8).astype(int)).tolist()]:
        shot.append(np.concatenate([ground[:, : 64 - left], close[:, :left]], axis=1))
    return shot


@pytest.mark.parametrize(
    ("before", "waits", "firsts"),
    [(scenery(9), 0, [0, 20]), (scenery(9), 2, [0, 20, 28]), (20 + scenery(9) / 3, 0, [0, 20, 29])],
    ids=["a sure cut", "a moment before", "a cut less sure than it"],
)
def test_what_passes_where_a_cut_behind_a_gap_is_surer_is_no_passage(
    before: Picture, waits: int, firsts: list[int]
) -> None:
    """There is no picture before it to pass from."""
    ground = scenery(3, level=160)
    samples = _with_gap(still(before, 20), [*_leaving(ground, waits), *still(ground, 30)])

    assert firsts == [shot.first for shot in find_shots(samples, 0.5)]


def test_a_keyframe_at_the_cut_stands_for_its_shot_unless_it_is_a_blend() -> None:
    clean = film([*still(ONE, 20), *still(OTHER, 20)])
    cut = replace(clean, keys=np.arange(40) == 20, reach=np.where(np.arange(40) < 20, 9, np.arange(40) - 20))
    blend = replace(film([*still(ONE, 20), (ONE + 2 * OTHER) / 3, *still(OTHER, 19)]), keys=cut.keys, reach=cut.reach)

    assert 20 in [c.index for c in select_frames(cut, Recipe()).candidates if c.kept]
    assert 20 not in [c.index for c in select_frames(blend, Recipe()).candidates if c.kept]


def test_a_title_that_goes_and_another_that_comes_in_what_was_not_looked_at_are_two() -> None:
    """The first frame behind the gap is nearly black: there one fade has ended and another begins."""
    one, other = (255 - page(text, lines=2) for text in ("one", "other"))
    black = flat(25)
    comes = [black + (other - black) * share / 10 for share in range(1, 11)]

    assert [0, 20, 21] == _firsts(_with_gap(still(one, 20), [*comes, *still(other, 20)], grain=0))


@pytest.mark.parametrize("stands", [True, False])
def test_a_title_that_faded_in_and_stands_unseen_is_a_page(*, stands: bool) -> None:
    """Nothing moves behind its last frame, so the packets say: what is written there is told from other titles."""
    title, black = 255 - page("title"), flat(25)
    fading = [black + (title - black) * share / 10 for share in range(1, 11)]
    samples = replace(film([black] * 6, fading, grain=0), of=100, seconds=4.0, still=np.full(16, stands))
    shot = find_shots(samples, 0.3)[1]

    assert (10, stands) == (shot.settling, standing_strokes(samples, shot) is not None)

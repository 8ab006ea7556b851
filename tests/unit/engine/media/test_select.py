"""Which frames of made-up films are kept."""

from collections.abc import Sequence
from dataclasses import replace
from json import dumps

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.engine.media.films import Picture, film, flat, marked, mixed, moving, page, panorama, retyped, scenery, still
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.select import select_frames
from vxpipe.engine.media.shots import find_shots
from vxpipe.model import Candidate
from vxpipe.recipe import Dedupe, Frames, Mode, Recipe, whole

A, B, C, D = (scenery(seed) for seed in (11, 12, 13, 14))


def _chosen(samples: Samples, **frames: object) -> tuple[Candidate, ...]:
    recipe = Recipe.model_validate_json(dumps({"frames": {"min": 0, **frames}}))
    return select_frames(samples, recipe).candidates


def _kept(candidates: Sequence[Candidate]) -> list[int]:
    return [candidate.index for candidate in candidates if candidate.kept]


def _shots_of(indices: list[int], *lengths: int) -> list[int]:
    ends = np.cumsum(lengths)
    return [int(np.searchsorted(ends, index, side="right")) for index in indices]


def test_every_shot_is_shown_once() -> None:
    samples = film(still(A, 20), moving(B, 30), still(C, 10), moving(D, 25))

    assert [0, 1, 2, 3] == _shots_of(_kept(_chosen(samples)), 20, 30, 10, 25)


@pytest.mark.parametrize("fps", [10, 24, 30, 60])
def test_a_shot_of_four_tenths_of_a_second_is_found(fps: int) -> None:
    long, short = 2 * fps, round(0.4 * fps)
    samples = film(moving(A, long), moving(B, short), moving(C, long), fps=fps)

    assert [0, 1, 2] == _shots_of(_kept(_chosen(samples)), long, short, long)


def test_the_opening_shot_is_represented_even_when_it_is_one_frame() -> None:
    chosen = _chosen(film(still(A, 1), still(B, 30)))

    assert 0 == _kept(chosen)[0]
    assert "opening_shot" == chosen[0].reason


def test_frames_of_one_time_are_judged_without_a_warning() -> None:
    times = [*np.arange(12) / 25, 0.5, 0.5, 0.5, *(0.5 + np.arange(1, 20) / 25)]
    samples = film(still(A, 12), moving(B, 22), times=times)
    samples = replace(samples, keys=np.isin(np.arange(len(samples)), [0, 12]), reach=np.arange(len(samples)))

    assert [0, 1] == _shots_of(_kept(_chosen(samples)), 12, 22)


def _sitter(across: float) -> Picture:
    """Head and shoulders before a plain wall, their middle so many columns from the left."""
    y, x = np.mgrid[:64, :64]
    picture = 105.0 + 0.3 * y
    for height, wide, high, light in ((66, 19, 21, 65), (34, 10, 14, 175), (25, 9, 7, 55)):
        picture[((x - across) / wide) ** 2 + ((y - height) / high) ** 2 < 1] = light
    return picture


def test_somebody_framed_elsewhere_before_the_same_wall_is_another_picture() -> None:
    left, right = ([_sitter(middle + np.sin(k / 5)) for k in range(50)] for middle in (24, 40))

    assert [0, 1] == _shots_of(_kept(_chosen(film(left, right))), 50, 50)


@pytest.mark.parametrize("level", [16, 235, 120])
def test_blank_shots_are_dropped_and_told(level: int) -> None:
    chosen = _chosen(film(still(A, 20), still(flat(level), 15), still(B, 20)))

    assert [0, 2] == _shots_of(_kept(chosen), 20, 15, 20)
    assert ["blank"] == [candidate.reason for candidate in chosen if not candidate.kept]


@pytest.mark.parametrize(("ground", "ink"), [(235, 190), (16, 60), (120, 80)])
def test_a_page_with_a_single_letter_is_not_blank(ground: int, ink: int) -> None:
    samples = film(
        still(A, 20), still(flat(ground), 15), still(marked(ground, ink, 20, 16), 20),
        still(flat(ground), 15), still(marked(ground, ink, 40, 30), 20),
        still(flat(ground), 15), still(marked(ground, ink, 20, 16), 20), grain=0,
    )  # fmt: skip

    assert [0, 2, 4] == _shots_of(_kept(_chosen(samples)), 20, 15, 20, 15, 20, 15, 20)


@pytest.mark.parametrize("grain", [2, 5])
@pytest.mark.parametrize("level", [40, 215])
def test_a_blank_shot_is_dropped_however_it_is_grained(level: int, grain: int) -> None:
    chosen = _chosen(film(still(A, 20), still(flat(level), 30), still(B, 20), grain=grain))

    assert [0, 2] == _shots_of(_kept(chosen), 20, 30, 20)


def test_a_logo_in_the_corner_makes_no_picture_of_black() -> None:
    chosen = _chosen(film(still(A, 20), still(marked(16, 60, 4, 58), 15), still(B, 20)))

    assert [0, 2] == _shots_of(_kept(chosen), 20, 15, 20)


def test_blank_shots_can_be_kept() -> None:
    recipe = Recipe.model_validate_json(dumps({"drop": {"blank": False}}))

    chosen = select_frames(film(still(A, 20), still(flat(16), 15), still(B, 20)), recipe).candidates

    assert [0, 1, 2] == _shots_of(_kept(chosen), 20, 15, 20)


def test_a_film_of_nothing_but_blank_frames_yields_one() -> None:
    assert 1 == len(_kept(_chosen(film(still(flat(16), 20), still(flat(235), 20)))))


@pytest.mark.parametrize(
    ("options", "shown", "is_blank"),
    [
        ({}, (flat(16), flat(235)), True),
        ({}, (flat(16), A), False),
        ({"frames": {"mode": "timestamps", "at": [0, 0.2]}}, (flat(16), A), True),
        ({"frames": {"mode": "timestamps", "at": [0, 1.2]}}, (flat(16), A), False),
        ({"frames": {"mode": "count", "count": 3}}, (flat(16), flat(16)), True),
        ({"drop": {"blank": False}}, (flat(16), A), False),
    ],
)
def test_that_all_that_is_kept_is_blank_is_told(
    options: dict[str, object], shown: tuple[Picture, Picture], is_blank: bool
) -> None:
    selection = select_frames(film(*(still(each, 25) for each in shown)), Recipe.model_validate_json(dumps(options)))

    assert is_blank == selection.blank.issuperset(c.index for c in selection.candidates if c.kept)


def test_one_single_frame_is_a_film() -> None:
    assert [0] == _kept(_chosen(film([A])))


def test_a_shot_shown_again_gives_no_second_frame() -> None:
    again = moving(A, 60)
    chosen = _chosen(film(again[:30], still(B, 20), again[30:]))

    assert [0, 1] == _shots_of(_kept(chosen), 30, 20, 30)
    assert ("resumed", chosen[0].index) == (chosen[-1].reason, chosen[-1].duplicate_of)
    assert chosen[-1].distance is not None


def test_a_repeat_long_after_is_one_by_its_hash_and_what_goes_on_after_an_insert_by_its_ends() -> None:
    beside = moving(A, 60)
    chosen = _chosen(film(beside[:30], still(B, 20), beside[30:], still(C, 200), beside[:30]))

    assert ["resumed", "duplicate"] == [c.reason for c in chosen if not c.kept]


@pytest.mark.parametrize("joined", [(A, C), (C, A)], ids=["seen, new", "new, seen"])
def test_a_shot_of_several_pictures_is_not_lost_because_one_of_them_was_shown(joined: tuple[Picture, Picture]) -> None:
    parts = [still(picture, 40 if picture is C else 30) for picture in joined]

    chosen = _chosen(film(still(A, 30), still(flat(16), 200), *parts), threshold=0.99)

    assert [0, 2 + [picture is C for picture in joined].index(True)] == _shots_of(
        _kept(chosen), 30, 200, *map(len, parts)
    )


def test_a_picture_is_new_though_it_was_in_a_shot_that_was_shown_by_another_one() -> None:
    black = still(flat(16), 200)
    chosen = _chosen(film(still(B, 30), black, still(A, 30), still(C, 30), black, still(A, 30)), threshold=0.99)

    assert [0, 3, 5] == _shots_of(_kept(chosen), 30, 200, 30, 30, 200, 30)


def test_a_shot_of_several_pictures_is_a_repeat_when_all_of_them_were_shown() -> None:
    shown = [still(A, 30), still(flat(16), 20), still(C, 40), still(flat(16), 200)]
    chosen = _chosen(film(*shown, still(A, 30), still(C, 40)), threshold=0.99)

    repeat, hashes = chosen[-1], {c.index: c.dhash for c in chosen if c.kept}

    assert [0, 2] == _shots_of(_kept(chosen), *map(len, shown), 70)
    assert ("duplicate", True) == (repeat.reason, repeat.duplicate_of in hashes)
    assert (repeat.dhash ^ hashes[repeat.duplicate_of or 0]).bit_count() <= 6


@pytest.mark.parametrize("threshold", [0.3, 0.99])
def test_one_moving_picture_shown_again_from_another_moment_gives_no_second_frame(threshold: float) -> None:
    pan = moving(A, 120)
    chosen = _chosen(film(pan[:80], still(flat(16), 200), pan[60:]), threshold=threshold)

    assert [0] == _shots_of(_kept(chosen), 80, 200, 60)


def test_a_shot_shown_again_is_known_though_faint_grain_turns_more_bits_of_its_hash_than_are_allowed() -> None:
    picture = np.maximum(scenery(5, contrast=50), 100)
    grain = np.kron(np.random.default_rng(5).choice([-2.5, 2.5], (8, 8)), np.ones((8, 8)))
    samples = film(still(picture, 20), still(B, 150), still(picture + grain, 20), grain=0)
    bits = int(samples.features.dhash[5] ^ samples.features.dhash[180]).bit_count()

    assert (7, [0, 1]) == (bits, _shots_of(_kept(_chosen(samples)), 20, 150, 20))


@pytest.mark.parametrize(("distance", "shown"), [(6, [0, 1]), (0, [0, 1, 2])])
def test_a_page_shown_again_is_known_by_its_strokes_whatever_its_even_ground_turns_in_a_hash(
    distance: int, shown: list[int]
) -> None:
    written = page("one", lines=2)
    grain = np.kron(np.random.default_rng(2).choice([-1.0, 1.0], (8, 8)), np.ones((8, 8)))
    again = np.where(written == 230, written + grain, written)
    samples = film(still(written, 20), still(B, 150), still(again, 20), grain=0)
    bits = int(samples.features.dhash[5] ^ samples.features.dhash[180]).bit_count()

    chosen = select_frames(samples, Recipe(dedupe=Dedupe(distance=distance)))

    assert (17, shown) == (bits, _shots_of(_kept(chosen.candidates), 20, 150, 20))


def _figures(*texts: str) -> list[Picture]:
    """A page for each text, all alike but for a figure in two of their lines."""
    template, figures = page("one", lines=5), slice(24, 34)
    return [retyped(retyped(template, text, line=1, columns=figures), text, line=3, columns=figures) for text in texts]


def test_slides_that_differ_in_a_figure_or_two_are_each_shown_once() -> None:
    pages = _figures("a", "b", "c")
    shots = [still(pages[k], 40) for k in (0, 1, 0, 2, 1)]

    assert [0, 1, 3] == _shots_of(_kept(_chosen(film(*shots, grain=0))), *(40 for _ in shots))


def test_a_page_on_which_something_is_counted_is_one() -> None:
    assert 1 == len(_kept(_chosen(film(*(still(each, 25) for each in _figures(*"abcdefgh")), grain=0))))


def test_slides_beside_a_speaker_are_each_shown_once() -> None:
    talk = scenery(21, contrast=25)

    def beside(written: Picture, frames: int) -> list[Picture]:
        shown = [written.copy() for _ in range(frames)]
        for k, picture in enumerate(shown):
            picture[46:, 46:] = talk[:18, k // 4 % 6 : k // 4 % 6 + 18] + k % 2 * 4
        return shown

    pages = _figures("a", "b", "c")
    shots = [beside(pages[k], 40) for k in (0, 1, 0, 2, 1)]

    assert [0, 1, 3] == _shots_of(_kept(_chosen(film(*shots, grain=0))), *(40 for _ in shots))


def test_a_line_that_lights_up_while_another_dims_makes_no_other_page() -> None:
    lit = [page("one", lines=5) for _ in range(2)]
    lit[0][10:18, 4:60] -= 40
    lit[1][26:34, 4:60] -= 40
    shots = still(lit[0], 40), mixed(lit[0], lit[1], 8), still(lit[1], 40), mixed(lit[1], lit[0], 8), still(lit[0], 40)

    assert 1 == len(_kept(_chosen(film(*shots, grain=0))))


@pytest.mark.parametrize("frames", [8, 12, 20])
def test_pages_that_fade_into_one_another_are_each_shown_unmixed(frames: int) -> None:
    one, two = (retyped(page("one", lines=5), text, line=2) for text in ("a", "b"))
    shots = still(one, 30), mixed(one, two, frames), still(two, 30), mixed(two, one, frames), still(one, 30)

    kept = _kept(_chosen(film(*shots, grain=0)))

    assert [0, 2] == _shots_of(kept, 30, frames, 30, frames, 30)


@pytest.mark.parametrize(
    "after",
    [page("one", lines=4), page("one", lines=2) - 25, np.where(np.arange(64) < 40, 1, 0.8) * page("one", lines=2)],
    ids=["lines that are added", "less light", "a shadow"],
)
def test_a_page_to_which_something_fades_in_is_one(after: np.ndarray) -> None:
    before = page("one", lines=2)

    assert 1 == len(_kept(_chosen(film(still(before, 30), mixed(before, after, 12), still(after, 30), grain=0))))


def test_a_page_beside_which_something_moves_and_rests_is_one() -> None:
    before, after = (page("one", lines=2) for _ in range(2))
    before[40:60, 10:20], after[40:60, 12:22] = 60, 60
    on_the_way = [page("one", lines=2) for _ in range(8)]
    for k, picture in enumerate(on_the_way):
        picture[40:60, 10 + k // 4 : 20 + k // 4] = 60

    assert 1 == len(_kept(_chosen(film(still(before, 30), on_the_way, still(after, 30), grain=0))))


def test_repeats_stay_without_dedupe() -> None:
    recipe = Recipe.model_validate_json(dumps({"dedupe": {"enabled": False}}))

    assert 3 == len(_kept(select_frames(film(still(A, 20), still(B, 20), still(A, 20)), recipe).candidates))


def test_pictures_of_like_hash_but_other_light_are_two() -> None:
    """Two gradients that rise the same way have the same dHash."""
    dark = np.tile(np.linspace(30, 80, 64), (64, 1))
    light = np.tile(np.linspace(150, 230, 64), (64, 1))
    chosen = _chosen(film(still(dark, 25), still(light, 25)))

    assert 2 == len(_kept(chosen))


@pytest.mark.parametrize("picture", [A, page("Sale")])
@pytest.mark.parametrize("other", [(-40, 60), (0, 0)])
def test_a_picture_in_other_colours_or_in_none_is_another(picture: Picture, other: tuple[float, float]) -> None:
    samples = film(still(picture, 30), still(B, 30), still(picture, 30), colours=[(90, -60), (0, 0), other])

    assert [0, 1, 2] == _shots_of(_kept(_chosen(samples)), 30, 30, 30)


def test_a_page_in_another_pale_colour_is_another_though_the_very_same_strokes_stand_on_it() -> None:
    pale = page("Sale")
    samples = film(still(pale, 30), still(B, 30), still(pale, 30), colours=[(12, -12), (0, 0), (-12, 12)])

    assert [0, 1, 2] == _shots_of(_kept(_chosen(samples)), 30, 30, 30)


def test_a_picture_that_is_gray_after_a_flash_is_another() -> None:
    shots = still(A, 30), still(flat(255), 4), moving(A, 30, cells=0.1)

    assert [0, 2] == _shots_of(_kept(_chosen(film(*shots, colours=[(90, -60), (0, 0), (0, 0)]))), 30, 4, 30)
    assert [0] == _shots_of(_kept(_chosen(film(*shots, colours=[(90, -60), (0, 0), (90, -60)]))), 30, 4, 30)


@pytest.mark.parametrize("other", [(72, -48), (136, -90), (132, -98), (108, -62)])
def test_a_picture_shown_again_in_another_white_balance_or_paler_is_one(other: tuple[float, float]) -> None:
    samples = film(still(A, 30), still(B, 30), still(A, 30), colours=[(120, -80), (0, 0), other])

    assert [0, 1] == _shots_of(_kept(_chosen(samples)), 30, 30, 30)


def test_a_picture_of_hardly_any_colour_is_one_in_another_white_balance() -> None:
    samples = film(still(A, 30), still(B, 30), still(A, 30), colours=[(-12, 14), (0, 0), (12, -14)])

    assert [0, 1] == _shots_of(_kept(_chosen(samples)), 30, 30, 30)


@pytest.mark.parametrize(("distance", "kept"), [(6, [0, 1, 2]), (48, [0, 1])])
def test_how_much_repeats_may_differ_holds_for_colours_too(distance: int, kept: list[int]) -> None:
    samples = film(still(A, 30), still(B, 30), still(A, 30), colours=[(30, -20), (0, 0), (-30, 20)])
    recipe = Recipe(frames=Frames(min=0), dedupe=Dedupe(distance=distance))

    assert kept == _shots_of(_kept(select_frames(samples, recipe).candidates), 30, 30, 30)


def test_dissolved_shots_are_told_apart_and_shown_unmixed() -> None:
    samples = film(moving(A, 40, cells=0.2), mixed(np.roll(A, 8, axis=1), B, 14), still(B, 40), grain=0)

    kept = _kept(_chosen(samples))

    assert [0, 2] == _shots_of(kept, 40, 14, 40)


@pytest.mark.parametrize(("frames", "cells"), [(12, 0.2), (25, 0.2), (75, 0.2), (12, 2), (20, 1), (25, 2), (40, 3)])
def test_shots_that_move_while_they_dissolve_are_told_apart_and_shown_unmixed(frames: int, cells: float) -> None:
    going, coming = moving(_busy(31), 50 + frames, cells=cells), moving(_busy(32), 50 + frames, cells=-0.1)
    shares = np.linspace(0, 1, frames + 2)[1:-1]
    mixing = [a + (b - a) * share for a, b, share in zip(going[-frames:], coming, shares, strict=False)]

    kept = _kept(_chosen(film(going[:50], mixing, coming[frames:])))

    assert [0, 2] == _shots_of(kept, 50, frames, 50)


def test_a_shot_that_is_pushed_away_by_the_next_is_found_and_both_are_shown_whole() -> None:
    both = np.concatenate([_busy(33), _busy(34)], axis=1)
    pushing = [both[:, 4 * k : 4 * k + 64] for k in range(1, 16)]

    kept = _kept(_chosen(film(still(both[:, :64], 40), pushing, still(both[:, 64:], 40))))

    assert [0, 2] == _shots_of(kept, 40, 15, 40)


def test_a_shot_of_little_contrast_between_two_pushes_is_found() -> None:
    first, second, last = _busy(30), 128 + 0.75 * (_busy(31) - 128), _busy(32)
    pushes = [
        [np.concatenate(pair, axis=1)[:, 5 * k : 5 * k + 64] for k in range(1, 13)]
        for pair in ((first, second), (second, last))
    ]

    kept = _kept(_chosen(film(still(first, 40), pushes[0], still(second, 30), pushes[1], still(last, 40))))

    assert [0, 2, 4] == _shots_of(kept, 40, 12, 30, 12, 40)


@pytest.mark.parametrize("frames", [8, 16])
def test_a_page_of_few_words_that_dissolves_into_film_and_back_is_found(frames: int) -> None:
    page = flat(128)
    page[20:22, 10:22] -= 60
    shots = (moving(A, 40, cells=1), still(page, 40), moving(B, 40, cells=1))
    into, back = mixed(shots[0][-1], page, frames), mixed(page, shots[2][0], frames)

    kept = _kept(_chosen(film(shots[0], into, shots[1], back, shots[2])))

    assert [0, 2, 4] == _shots_of(kept, 40, frames, 40, frames, 40)


def test_what_moves_fast_through_one_shot_is_no_transition() -> None:
    wide = np.concatenate([_busy(seed) for seed in (35, 36, 37)], axis=1)
    panned = [wide[:, k // 2 : k // 2 + 64] for k in range(240)]

    assert 1 == len(find_shots(film(panned), 0.3))


@pytest.mark.parametrize("frames", [12, 16, 20])
@pytest.mark.parametrize("seed", range(1, 6))
def test_a_camera_that_turns_away_and_rests_is_no_transition(seed: int, frames: int) -> None:
    way = np.linspace(0, 1, frames)
    turns = [*np.zeros(25), *(16 * way**2 * (3 - 2 * way)), *np.full(25, 16)]

    assert [0] == [shot.first for shot in find_shots(film(panorama(seed, turns)), 0.3)]


def test_shots_in_which_everything_rushes_by_are_told_apart_by_their_light() -> None:
    rushing = [moving(np.clip(0.6 * _busy(seed) + 20 * seed, 0, 255), 24, cells=13) for seed in (1, 3, 2)]

    assert [0, 1, 2] == _shots_of(_kept(_chosen(film(*rushing))), 24, 24, 24)


def test_a_rush_whose_contrast_sags_is_no_dissolve_that_hides_the_cuts_around_it() -> None:
    contrast = 1 - 0.55 * np.sin(np.linspace(0, np.pi, 34))
    rushing = [128 + (p - 128) * share for p, share in zip(moving(_busy(41), 34, cells=3), contrast, strict=True)]

    kept = _kept(_chosen(film(still(scenery(91, level=70), 40), rushing, still(scenery(90, level=190), 30))))

    assert [0, 1, 2] == _shots_of(kept, 40, 34, 30)


def test_a_fade_of_light_is_no_new_shot() -> None:
    fading = [16 + (A - 16) * share for share in np.linspace(1, 0.3, 20)]

    assert 1 == len(_kept(_chosen(film(still(A, 30), fading))))


def test_a_flash_does_not_split_a_shot() -> None:
    again = moving(A, 50)

    assert [0] == _shots_of(_kept(_chosen(film(again[:25], still(flat(235), 2), again[25:]))), 25, 2, 25)


def test_a_still_film_yields_one_frame_whatever_min_says() -> None:
    assert 1 == len(_kept(_chosen(film(still(A, 100)), min=3)))


def test_min_is_filled_with_frames_that_differ() -> None:
    chosen = _chosen(film(moving(A, 100)), min=3)

    assert 3 == len(_kept(chosen))
    assert {"opening_shot", "fill"} == {candidate.reason for candidate in chosen if candidate.kept}


def test_max_thins_evenly_and_keeps_the_opening() -> None:
    samples = film(*(still(scenery(seed), 12) for seed in range(30, 42)))
    chosen = _chosen(samples, max=4)

    assert 4 == len(_kept(chosen))
    assert chosen[0].kept
    assert 8 == sum(candidate.reason == "over_max" for candidate in chosen)


def test_a_lower_threshold_finds_fainter_cuts() -> None:
    faint = film(still(A, 25), still(A + 8 * (B - 128) / 45, 25))

    assert 1 == len(_kept(_chosen(faint, threshold=0.9)))
    assert len({c.scene for c in _chosen(faint, threshold=0.02)}) > 1


@pytest.mark.parametrize("threshold", [0.3, 0.9, 1.0])
@pytest.mark.parametrize("before", [[], still(flat(16), 10)], ids=["at once", "after black"])
def test_the_opening_shot_is_shown_however_few_cuts_count(before: list[Picture], threshold: float) -> None:
    sharper = np.clip(B + 40 * (np.indices((64, 64)).sum(axis=0) % 2), 0, 255)

    kept = _kept(_chosen(film(before, moving(A, 25), moving(sharper, 40), still(C, 20)), threshold=threshold))

    assert 0 <= kept[0] - len(before) < 25


def test_times_are_those_on_screen_with_variable_frame_rate() -> None:
    times = [0, 0.1, 0.15, 0.9, 1.0, 1.3]
    samples = film([scenery(seed) for seed in range(50, 56)], times=times)

    chosen = _chosen(samples, mode="timestamps", at=[0.0, 0.14, 0.89, 1.2999, 99])

    assert [0, 0.1, 0.15, 1.3] == [candidate.t for candidate in chosen]


def test_asked_times_are_kept_even_when_blank_or_alike() -> None:
    samples = film(still(A, 25), still(flat(16), 25))

    assert [0, 10, 30] == _kept(_chosen(samples, mode="timestamps", at=[1.2, 0, 0.4]))


def test_interval_steps_through_the_film_without_repeats() -> None:
    samples = film(still(A, 50), still(B, 50), still(C, 25))
    chosen = _chosen(samples, mode="interval", every=1.0)

    assert [0, 25, 50, 75, 100] == [candidate.index for candidate in chosen]
    assert [0, 50, 100] == _kept(chosen)


@pytest.mark.parametrize("count", [1, 2, 5, 16])
def test_count_is_exact_where_the_film_has_that_many_frames(count: int) -> None:
    assert count == len(_kept(_chosen(film(still(A, 30), still(B, 10)), mode="count", count=count)))


def test_keyframes_are_the_candidates_of_their_mode() -> None:
    samples = film(still(A, 24), still(B, 24))

    assert [0, 12, 24, 36] == [candidate.index for candidate in _chosen(samples, mode="keyframes")]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 20), st.booleans()), min_size=1, max_size=8),
    st.sampled_from(["scenes", "keyframes", "interval", "count"]),
    st.integers(1, 6),
)
def test_something_is_always_kept_in_order_and_never_more_than_max(
    shots: list[tuple[int, int, bool]], mode: str, most: int
) -> None:
    pictures: list[Picture] = [flat(20), A, B, C, D]
    samples = film(*(moving(pictures[n], k) if moves else still(pictures[n], k) for n, k, moves in shots))

    figures = {"interval": {"every": 0.2}, "count": {"count": 4}}.get(mode, {})
    chosen = _chosen(samples, mode=mode, min=1, max=most, **figures)

    indices = [candidate.index for candidate in chosen]
    assert sorted(indices) == indices
    assert 1 <= len(_kept(chosen)) <= most
    kept = set(_kept(chosen))
    assert all(c.duplicate_of is None or c.duplicate_of in set(indices) for c in chosen)
    assert kept <= set(range(len(samples)))


@pytest.mark.parametrize(("more", "kept"), [({}, 502), ({"max": 500}, 500)])
def test_who_names_a_number_gets_it_unless_a_bound_was_named_too(more: dict[str, int], kept: int) -> None:
    samples = film(*(still(picture, 1) for _ in range(260) for picture in (A, B)))
    recipe = Recipe(frames=Frames(mode=Mode.COUNT, count=502, **more), dedupe=Dedupe(enabled=False))

    assert kept == len(_kept(select_frames(samples, recipe).candidates))
    assert whole(recipe)["frames"]["max"] == more.get("max", 2000)


def test_diverse_picks_one_frame_of_every_picture_where_even_would_not() -> None:
    samples = film(still(A, 60), still(B, 6), moving(A, 60, cells=0.1), still(C, 6), still(D, 8))

    even = _kept(_chosen(samples, mode="count", count=4))
    diverse = _kept(_chosen(samples, mode="count", count=4, pick="diverse"))

    assert {1, 3, 4} > set(_shots_of(even, 60, 6, 60, 6, 8)) - {0, 2}
    assert {1, 3, 4} <= set(_shots_of(diverse, 60, 6, 60, 6, 8))
    assert 0 == _shots_of(diverse, 60, 6, 60, 6, 8)[0]


def test_diverse_takes_no_shot_twice_before_all_others_were_taken_once() -> None:
    near = (A, 0.62 * A + 0.38 * B, 0.62 * A + 0.38 * C)  # unlike, and yet less so than the ends of a long pan
    shots = (still(near[0], 20), still(D, 3), moving(D, 80, cells=1), still(near[1], 20), still(near[2], 20))
    again = still(near[0], 20)

    kept = _kept(_chosen(film(*shots, again), mode="count", count=4, pick="diverse"))

    assert [0, 1, 2, 3] == sorted(
        {0: 0, 1: 1, 2: 1, 3: 2, 4: 3, 5: 0}[n] for n in _shots_of(kept, 20, 3, 80, 20, 20, 20)
    )


@pytest.mark.parametrize("count", [1, 3, 7, 200])
def test_diverse_gives_exactly_so_many_frames_and_explains_the_others(count: int) -> None:
    samples = film(still(A, 30), still(flat(16), 5), moving(B, 30), still(C, 30))

    chosen = _chosen(samples, mode="count", count=count, pick="diverse")

    assert min(count, len(samples)) == len(_kept(chosen))
    indices = [candidate.index for candidate in chosen]
    assert sorted(set(indices)) == indices
    assert all(
        c.duplicate_of in _kept(chosen) and c.distance is not None for c in chosen if c.reason == "less_different"
    )
    assert chosen == _chosen(samples, mode="count", count=count, pick="diverse")


def test_diverse_takes_blank_frames_only_when_there_is_nothing_else() -> None:
    samples = film(still(A, 30), still(flat(235), 30), still(B, 30))

    chosen = _chosen(samples, mode="count", count=3, pick="diverse")

    assert {0, 2} == set(_shots_of(_kept(chosen), 30, 30, 30))
    assert ["blank"] == [c.reason for c in chosen if c.index == 30]


def _vignetted(picture: Picture) -> Picture:
    across = np.linspace(-1, 1, 64)
    light = np.clip(1.15 - (across[:, None] ** 2 + across**2), 0.02, 1) ** 2
    return 16 + (picture - 16) * light


def test_shots_under_a_heavy_vignette_are_told_apart() -> None:
    """All of their pictures rise towards the middle: the hashes are alike."""
    samples = film(*(still(_vignetted(scenery(seed, contrast=30)), 15) for seed in range(70, 76)))

    assert [0, 1, 2, 3, 4, 5] == _shots_of(_kept(_chosen(samples)), *[15] * 6)


@pytest.mark.parametrize("flash", [flat(255), flat(16), np.clip(A + 90, 0, 255)], ids=["white", "black", "bright"])
@pytest.mark.parametrize("cells", [0.5, 4.0])
def test_a_flash_of_one_frame_in_a_moving_shot_adds_no_frame(flash: Picture, cells: float) -> None:
    shot = moving(A, 50, cells=cells)

    kept = _kept(_chosen(film(shot[:24], [flash], shot[25:], still(B, 25)), min=0))

    assert [0, 1] == _shots_of(kept, 50, 25)


@pytest.mark.parametrize("cells", [0.5, 1.5])
@pytest.mark.parametrize("seed", [21, 23, 25])
def test_a_shot_whose_contrast_wanes_goes_on_behind_a_flash(seed: int, cells: float) -> None:
    """So it does where a camera pans over clouds; a fade leaves hardly any."""
    shares = np.append(np.linspace(1, 0.65, 50), np.full(30, 0.65))
    drift = moving(scenery(seed), 80, cells=cells)
    pan = [128 + (picture - 128) * share for picture, share in zip(drift, shares, strict=True)]

    kept = _kept(_chosen(film(still(B, 20), pan[:50], [flat(250)], pan[50:], still(C, 20))))

    assert [0, 1, 4] == _shots_of(kept, 20, 50, 1, 30, 20)


def test_a_shot_that_is_wiped_away_is_found_and_shown_whole() -> None:
    wiping = [np.where(np.arange(64) < 64 * (k + 1) / 15, B, A) for k in range(14)]

    assert [0, 2] == _shots_of(_kept(_chosen(film(still(A, 40), wiping, still(B, 40), grain=0))), 40, 14, 40)


@pytest.mark.parametrize("frames", [12, 18])
@pytest.mark.parametrize("seed", [3, 7])
def test_a_shot_that_is_wiped_away_is_found_though_much_moves_all_along(seed: int, frames: int) -> None:
    going, coming, rng = scenery(2 * seed), scenery(2 * seed + 1, level=140), np.random.default_rng(seed)
    wiping = [np.where(np.arange(64) < 64 * (k + 1) / (frames + 1), coming, going) for k in range(frames)]
    restless = [picture.copy() for picture in (*still(going, 50), *wiping, *still(coming, 50))]
    for picture in restless:
        picture[40:] += rng.normal(0, 50, picture[40:].shape)

    assert [0, 2] == _shots_of(_kept(_chosen(film(restless))), 50, frames, 50)


@pytest.mark.parametrize("frames", [14, 18])
@pytest.mark.parametrize("seed", [8, 11])
def test_a_shot_that_opens_from_the_middle_in_other_colours_is_found_though_both_cameras_pan(
    seed: int, frames: int
) -> None:
    going = moving(scenery(2 * seed, level=120), 50 + frames, cells=2)
    coming = moving(scenery(2 * seed + 1, level=140), 50 + frames, cells=2)
    open_to = 32 * np.arange(1, frames + 1) / (frames + 1)
    from_middle = np.abs(np.arange(64) - 31.5)
    opening = [np.where(from_middle < open_to[k], coming[k], going[50 + k]) for k in range(frames)]

    kept = _kept(_chosen(film(going[:50], opening, coming[frames:], tint=60)))

    assert [0, 2] == _shots_of(kept, 50, frames, 50)


def test_a_flash_between_two_shots_hides_neither() -> None:
    kept = _kept(_chosen(film(moving(A, 25), [flat(255)], moving(B, 25))))

    assert [0, 2] == _shots_of(kept, 25, 1, 25)


def _busy(seed: int) -> Picture:
    """A picture with details, as film has them."""
    return np.clip(scenery(seed) + np.random.default_rng(seed).normal(0, 25, (64, 64)), 0, 255)


def test_a_picture_that_fades_in_from_black_is_shown_once_and_in_full_light() -> None:
    rng = np.random.default_rng(5)
    busy = np.clip(scenery(81) + rng.normal(0, 30, (64, 64)), 0, 255)
    fading = [16 + (busy - 16) * share for share in np.linspace(0, 1, 6)]
    samples = film(
        still(B, 20), still(flat(16), 3), fading, still(busy, 25), fading[::-1], still(flat(16), 3), tint=120
    )

    assert [0, 3] == _shots_of(_kept(_chosen(samples)), 20, 3, 6, 25, 6, 3)


def test_a_shot_that_fades_slowly_from_and_to_black_is_shown_in_full_light() -> None:
    shares = [*np.linspace(0, 1, 50), *np.ones(10), *np.linspace(1, 0, 50)]
    fading = [16 + (_busy(82) - 16) * share for share in shares]

    kept = _kept(_chosen(film(still(B, 20), still(flat(16), 5), fading, still(flat(16), 5)), min=0))

    assert [0, 3] == _shots_of(kept, 20, 5, 45, 20, 50)


def test_a_shot_that_does_nothing_but_fade_in_is_shown() -> None:
    fading = [235 + (_busy(86) - 235) * share for share in np.linspace(0.05, 1, 60)]

    kept = _kept(_chosen(film(still(B, 20), still(flat(235), 10), fading, still(C, 20)), min=0))

    assert [0, 2, 3] == _shots_of(kept, 20, 10, 60, 20)


def test_a_keyframe_shows_its_shot_though_frames_behind_it_were_left_out() -> None:
    """What moves is further on after three frames than after one; that makes it no blend."""
    pictures = [*still(A, 12), *moving(B, 27, cells=1)[3:]]
    taken = [*range(12), 12, 15, *range(16, 36)]
    samples = film([pictures[k] for k in taken], times=[k / 25 for k in taken])
    samples.keys[:] = np.isin(taken, [0, 12])

    kept = _kept(_chosen(replace(samples, reach=np.arange(len(taken)) - 12 * (np.array(taken) >= 12)), min=0))

    assert [0, 12] == kept


@pytest.mark.parametrize("end", [16, 235], ids=["black", "white"])
def test_shots_between_short_fades_are_told_apart_although_no_frame_is_quite_blank(end: int) -> None:
    shares = [*np.ones(30), 0.8, 0.6, 0.4, 0.2, 0.1, 0.3, 0.5, 0.7, 0.9, *np.ones(30)]
    pictures = [_busy(84)] * 35 + [_busy(85)] * 34

    kept = _kept(_chosen(film([end + (each - end) * share for each, share in zip(pictures, shares, strict=True)])))

    assert [0, 1] == [int(index >= 35) for index in kept]
    assert all(1.0 == shares[index] for index in kept)


@pytest.mark.parametrize("level", [16, 235])
def test_a_subtitle_that_stands_through_a_short_fade_makes_no_picture_of_its_bottom(level: int) -> None:
    out, into = (np.linspace(*ends, 9) for ends in ((1, 0), (0, 1)))
    fading = [level + (p - level) * share for p, shares in ((A, out), (B, into[1:])) for share in shares]
    subtitled = [picture.copy() for picture in (*still(A, 40), *fading, *still(B, 40))]
    for picture in subtitled:
        picture[54:58, 20:44] = 60
        picture[55:57, 22:42:2] = 230

    kept = _kept(_chosen(film(subtitled)))

    assert [0, 2] == _shots_of(kept, 40, len(fading), 40)


@pytest.mark.parametrize("level", [16, 235])
def test_a_page_of_few_words_between_two_fades_is_a_picture(level: int) -> None:
    page = flat(level)
    page[28:32, 20:44:2] = 251 - level
    into, back = mixed(A, page, 8), mixed(page, B, 8)

    kept = _kept(_chosen(film(still(A, 40), into, still(page, 10), back, still(B, 40))))

    assert [0, 2, 4] == _shots_of(kept, 40, 8, 10, 8, 40)


def test_a_brief_dark_shot_that_darkens_before_it_lights_up_is_no_fade() -> None:
    dark = [np.clip(35 + share * (C - 128), 0, 255) for share in (0.3, 0.2, *np.linspace(0.1, 0.6, 9))]
    for picture in dark:
        picture[8:12, 40:44] = 90

    kept = _kept(_chosen(film(still(A, 40), dark, still(B, 40))))

    assert [0, 1, 2] == _shots_of(kept, 40, len(dark), 40)


def test_a_shot_that_fades_to_black_and_comes_up_again_is_shown_once() -> None:
    shot = moving(_busy(83), 90, cells=1)
    shares = [*np.ones(30), *np.linspace(1, 0, 15), *np.linspace(0, 1, 15), *np.ones(30)]

    kept = _kept(_chosen(film([16 + (picture - 16) * share for picture, share in zip(shot, shares, strict=True)])))

    assert 1 == len(kept)


def test_a_faint_gradient_that_fades_in_is_shown_once() -> None:
    faint = np.tile(np.linspace(112, 140, 64), (64, 1))
    fading = [16 + (faint - 16) * share for share in np.linspace(0, 1, 15)]

    assert [0, 3] == _shots_of(
        _kept(_chosen(film(still(A, 20), still(flat(16), 4), fading, still(faint, 25)))), 20, 4, 15, 25
    )


def test_min_does_not_show_a_shot_again_only_because_it_moved_a_little() -> None:
    samples = film(moving(A, 24, cells=0.2), [flat(255)], moving(A, 25, cells=0.2), moving(B, 40, cells=0.1))

    assert [0, 3] == _shots_of(_kept(_chosen(samples, min=3)), 24, 1, 25, 40)


@pytest.mark.parametrize(
    "opening",
    [
        np.tile(np.linspace(112, 140, 64), (64, 1)),
        scenery(90, level=24, contrast=4),
        scenery(91, level=200, contrast=5),
    ],
    ids=["faint gradient", "night", "fog"],
)
def test_an_opening_shot_of_little_contrast_is_represented(opening: Picture) -> None:
    assert [0, 1] == _shots_of(_kept(_chosen(film(still(opening, 15), still(B, 30)))), 15, 30)


@pytest.mark.parametrize(("frames", "cells"), [(25, 1), (40, 0.3)])
@pytest.mark.parametrize("ground", [16, 235])
@pytest.mark.parametrize("backwards", [False, True], ids=["in", "out"])
def test_no_half_of_a_fade_is_shown_beside_the_shot(ground: int, frames: int, cells: float, backwards: bool) -> None:
    pan = moving(A, frames + 40, cells=cells)
    shot = [ground + (picture - ground) * min(1.0, (k + 1) / frames) for k, picture in enumerate(pan)]
    blank = still(flat(ground), 5)

    kept = _kept(_chosen(film(still(B, 20), blank, shot[::-1] if backwards else shot, blank)))

    assert [0, 2] == _shots_of(kept, 20, 5, len(shot), 5)
    clear = kept[1] - 25 if not backwards else len(shot) - 1 - (kept[1] - 25)
    assert clear >= 0.8 * frames


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_shot_that_dissolves_away_as_soon_as_it_has_come_is_shown(seed: int) -> None:
    one, brief, last = (_busy(seed + more) for more in (0, 100, 200))

    kept = _kept(
        _chosen(film(still(one, 30), mixed(one, brief, 15), still(brief, 3), mixed(brief, last, 15), still(last, 30)))
    )

    assert [0, 1, 2] == [int(np.searchsorted([40, 56], index, side="right")) for index in kept]


def test_another_picture_in_the_middle_of_a_fade_is_a_shot() -> None:
    fading = [16 + (picture - 16) * (k + 1) / 30 for k, picture in enumerate([*still(A, 24), *still(C, 6)])]

    shots = find_shots(film(still(B, 20), still(flat(16), 5), fading, still(C, 20)), 0.3)

    assert [20, 6, 23, 26] == [len(shot) for shot in shots]


def test_cuts_that_are_not_sure_enough_are_told_with_those_that_are() -> None:
    samples = film(still(A, 20), still(B, 20), still(A, 20))
    usual, strict = (
        select_frames(samples, Recipe.model_validate({"frames": {"threshold": threshold}})) for threshold in (0.3, 1.0)
    )

    assert [cut.index for cut in usual.cuts] == [20, 40]
    assert usual.cuts == strict.cuts
    assert all(0.3 <= cut.score < 1 for cut in usual.cuts)
    assert {c.scene for c in strict.candidates} == {0}


@pytest.mark.parametrize("used", [0.3, 0.85])
def test_the_cuts_of_a_run_tell_exactly_the_shots_of_any_other_threshold(used: float) -> None:
    fainter = [A + share * (B - A) for share in (0.1, 0.2, 0.4)]
    faint = [frame for picture in fainter for frame in moving(picture, 10)]
    flashes = [*still(C, 9), *still(C + 30, 1), *mixed(C, D, 12), *still(D, 9), *still(flat(16), 6)]
    samples = film(moving(A, 20), faint, mixed(B, C, 10), flashes, moving(B, 20), mixed(B, A, 25), still(A, 12))

    cuts = select_frames(samples, Recipe.model_validate({"frames": {"threshold": used}})).cuts

    told, found = dict[float, list[int]](), dict[float, list[int]]()
    for threshold in (k / 100 for k in range(5, 101)):
        told[threshold] = [cut.index for cut in cuts if any(a <= threshold <= b for a, b in cut.thresholds)]
        found[threshold] = [shot.first for shot in find_shots(samples, threshold)][1:]
    assert found == told
    assert len({len(firsts) for firsts in found.values()}) > 4


def test_only_a_film_that_is_divided_into_shots_has_cuts() -> None:
    samples = film(still(A, 20), still(B, 20))

    assert () == select_frames(samples, Recipe.model_validate_json('{"frames": {"mode": "count", "count": 2}}')).cuts

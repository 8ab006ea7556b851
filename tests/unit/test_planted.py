"""The planted clips: what they hold, and that a verdict names every fault."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import decks
import families
import known
import looks
import plots
import verdict
from plots import Page, Plain, Plot, Shot
from reels import Rect
from score import Frame, Reference
from verdict import Verdict

SHOTS = [
    {"start": 0.0, "end": 2.0, "group": "a"},
    {"start": 2.0, "end": 3.0, "group": None},
    {"start": 3.0, "end": 5.0, "group": "b"},
    {"start": 5.0, "end": 6.0, "group": None, "between": ["b", "c"]},
    {"start": 6.0, "end": 7.0, "group": "c", "either": True},
    {"start": 7.0, "end": 8.0, "group": "a"},
]
TRUTH = {"size": [160, 120], "rect": [0, 0, 160, 120], "shots": SHOTS}


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (60, 80), np.uint8)


PICTURES = [picture(1), picture(1), np.full((60, 80), 16, np.uint8), *map(picture, (2, 2, 3, 4, 1))]
REFERENCE = Reference(thumbs=np.stack(PICTURES), times=np.arange(8.0))


WHOLE = Rect(x=0, y=0, width=160, height=120)


def frame(said: float, shows: int | None = None) -> Frame:
    return Frame(said=said, size=(160, 120), thumb=PICTURES[int(said) if shows is None else shows])


def faults(*frames: Frame, box: Rect = WHOLE) -> set[str]:
    return set(verdict.judged(frames, REFERENCE, TRUTH, box).faults)


def test_a_frame_of_each_shot_is_no_fault_with_and_without_what_is_either() -> None:
    assert set() == faults(frame(0.0), frame(3.0)) == faults(frame(0.0), frame(3.0), frame(6.0))


@pytest.mark.parametrize(
    ("frames", "fault"),
    [
        ([frame(0.0)], "missed b"),
        ([frame(0.0), frame(3.0), frame(7.0)], "repeat a at 7.000"),
        ([frame(0.0), frame(3.0), frame(2.0)], "blank at 2.000"),
        ([frame(0.0), frame(3.0), frame(5.0)], "mid at 5.000"),
        ([frame(0.0), frame(2.0, shows=3)], "time at 2.000 shows 3.000"),
        ([frame(0.0), frame(3.0), Frame(said=4.0, size=(160, 120), thumb=picture(9))], "unmatched at 4.000"),
    ],
)
def test_a_verdict_names_each_fault(frames: list[Frame], fault: str) -> None:
    assert {fault} == faults(*frames)
    assert fault.split()[0] in verdict.KINDS


def test_a_shot_that_is_shown_in_a_turn_alone_is_not_missed_as_well() -> None:
    assert {"mid at 5.000"} == faults(frame(0.0), frame(5.0))


@pytest.mark.parametrize(
    ("kept", "faults"),
    [
        ([0.5, 3.5, 6.0], {}),
        ([0.5, 3.5, 6.0, 7.5], {"repeat": ["a at 7.500"]}),
        ([0.5, 3.5, 6.0, 6.5], {}),
        ([0.5, 2.5], {"blank": ["2.500"], "missed": ["b"]}),
        ([0.5, 3.5, 5.5], {"mid": ["5.500"]}),
    ],
)
def test_of_a_record_each_fault_is_told_by_the_seconds_kept(kept: list[float], faults: dict[str, list[str]]) -> None:
    told = looks.wrong(kept, SHOTS)

    assert faults == {kind: found for kind, found in told.items() if found}


def test_a_crop_that_is_a_pixel_off_is_a_fault() -> None:
    (fault,) = faults(frame(0.0), frame(3.0), box=replace(WHOLE, y=1, height=119))

    assert "crop" == fault.partition(" ")[0]


def test_what_differs_in_one_cell_alone_is_not_the_same_picture() -> None:
    changed = PICTURES[0].copy()
    changed[:10, :10] ^= 128
    reference = Reference(thumbs=np.stack([PICTURES[0], changed]), times=np.arange(2.0))

    assert 1.0 == verdict.shown_at(Frame(said=0.0, size=(160, 120), thumb=changed), reference)


def test_what_is_known_is_of_kinds_and_clips_that_there_are() -> None:
    clips = {plot.name for plot in families.every()}

    assert known.KNOWN.keys() <= set(verdict.KINDS)
    assert all(of_kind.keys() <= clips for of_kind in known.KNOWN.values())


def test_one_fault_more_than_is_known_is_told_and_one_less_as_well() -> None:
    (kind, of_kind) = next(iter(known.KNOWN.items()))
    (clip, count) = next(iter(of_kind.items()))

    def verdicts(number: int) -> dict[str, Verdict]:
        return {clip: Verdict(frames=0, planted=0, faults=(f"{kind} x",) * number, worst_seconds=0.0)}

    assert [] == list(known.beside(verdicts(count), 1)) == list(known.beside(verdicts(count), -1))
    assert [f"{clip} {kind}"] == list(known.beside(verdicts(count + 1), 1))
    assert [f"{clip} {kind}"] == list(known.beside(verdicts(count - 1), -1))


def turned(turn_frames: int) -> list[dict[str, object]]:
    one, two = (Shot(group=name, scene=Plain(colour=name), frames=20) for name in ("red", "blue"))
    plot = Plot(name="a-b", shots=(one, replace(two, turn="fade", turn_frames=turn_frames)), fps=10, coder=())
    rows: list[dict[str, object]] = plots.truth(plot)["shots"]
    return rows


def test_a_cut_has_no_middle() -> None:
    assert [
        {"start": 0.0, "end": 2.0, "group": "red"},
        {"start": 2.0, "end": 4.0, "group": "blue"},
    ] == turned(0)


def test_the_rims_of_a_turn_belong_to_the_shots_that_they_still_show() -> None:
    assert [
        {"start": 0.0, "end": 2.1, "group": "red"},
        {"start": 2.1, "end": 3.1, "group": None, "between": ["red", "blue"]},
        {"start": 3.1, "end": 5.2, "group": "blue"},
    ] == turned(12)


def test_plots_are_always_the_same_ones() -> None:
    assert families.every() == families.every()
    assert len({plot.name for plot in families.every()}) == len(families.every())


@pytest.mark.parametrize("plot", families.every(), ids=lambda plot: plot.name)
def test_a_plot_lasts_6_to_30_seconds_and_no_shot_in_it_less_than_is_promised(plot: Plot) -> None:
    rows = plots.truth(plot)["shots"]

    assert 6 <= rows[-1]["end"] <= 30
    assert all(row["end"] - row["start"] >= 0.4 for row in rows if row["group"])
    assert all(row["end"] == later["start"] for row, later in pairwise(rows))


def test_films_of_cuts_hold_every_codec_container_and_kind_of_cut() -> None:
    cuts = list(families.cuts())
    shots = [shot for plot in cuts for shot in plot.shots]

    assert {"libx264", "libx265", "libvpx-vp9", "libsvtav1", "mpeg2video", "mpeg4"} == {plot.coder[1] for plot in cuts}
    assert {"mp4", "mkv", "webm", "ts", "mov", "avi"} == {plot.suffix for plot in cuts}
    assert any(shot.turn == "flash" and shot.turn_frames == 1 for shot in shots)
    assert any(shot.group is None for shot in shots)
    assert any(len({shot.group for shot in plot.shots}) < len(plot.shots) for plot in cuts)


def test_a_middle_of_a_turn_is_in_every_film_of_transitions_and_no_blank_shot() -> None:
    for plot in families.transitions():
        rows = plots.truth(plot)["shots"]
        assert families.TURN_SHOTS - 1 == sum("between" in row for row in rows)
        assert all(row["group"] or "between" in row for row in rows)


@pytest.mark.parametrize("border", families.BORDERS.values(), ids=families.BORDERS)
def test_a_border_lies_on_even_pixels_and_what_is_seen_later_within_what_was_seen(border: plots.Border) -> None:
    (width, height), rect, later = border.size, border.rect, border.later or border.rect

    assert not any(side % 2 for side in (rect.x, rect.y, rect.width, rect.height))
    assert rect.x + rect.width <= width
    assert rect.y + rect.height <= height
    assert (rect.x, rect.y) <= (later.x, later.y)
    assert later.width <= rect.width
    assert later.height <= rect.height


def test_a_film_of_one_shot_wants_one_frame() -> None:
    assert {1} == {len(plots.truth(plot)["shots"]) for plot in families.stills()}


def asked(*said: float) -> set[str]:
    wanted = plots.Asked(flags=(), seconds=(0.0, 3.4), frames=2)
    return set(verdict.sampled([frame(second) for second in said], REFERENCE, TRUTH, WHOLE, wanted).faults)


def test_of_frames_that_are_asked_for_the_one_on_show_or_the_next_one_is_right() -> None:
    assert set() == asked(0.0, 3.0)
    assert {"time at 5.000 asked 3.4"} == asked(0.0, 5.0)


def test_fewer_frames_than_were_asked_for_are_a_fault() -> None:
    assert {"number 1 of 2"} == asked(0.0)


def test_blurred_fill_may_stay() -> None:
    truth = {**TRUTH, "rect": [40, 0, 80, 120]}
    judged = verdict.judged([frame(0.0), frame(3.0)], REFERENCE, {**truth, "whole": "either"}, WHOLE)

    assert () == judged.faults
    assert 1 == verdict.judged([frame(0.0), frame(3.0)], REFERENCE, truth, WHOLE).count("crop")


def test_of_slides_to_which_lines_are_added_only_the_finished_ones_are_wanted() -> None:
    (builds,) = [plot for plot in decks.decks() if plot.name.startswith("decks-builds-cut")]
    wanted = [shot.scene for shot in builds.shots if not shot.either]
    headings = list(dict.fromkeys(shot.scene.heading for shot in builds.shots if isinstance(shot.scene, Page)))

    assert headings == [page.heading for page in wanted if isinstance(page, Page)]

"""The benchmark's own judgement: ratios, when it refuses them, and the truth score."""

from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

import clips
import contestants
import least
import ratios
import reels
import report
from measure import Usage
from report import Result
from score import Frame, Reference, Score, score

SHOTS = [
    {"start": 0.0, "end": 2.0, "group": "a"},
    {"start": 2.0, "end": 3.0, "group": None},
    {"start": 3.0, "end": 5.0, "group": "b"},
    {"start": 5.0, "end": 6.0, "group": "a"},
]
TRUTH = {"size": [96, 64], "rect": [8, 8, 80, 48], "shots": SHOTS}


def scene(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (48, 64), np.uint8)


PICTURES = {"a": scene(1), "b": scene(2), None: np.full((48, 64), 16, np.uint8)}
REFERENCE = Reference(
    thumbs=np.stack([PICTURES[shot["group"]] for shot in SHOTS for _ in range(int(shot["end"] - shot["start"]))]),
    times=np.arange(6.0),
)


def frame(said: float, picture: np.ndarray, size: tuple[int, int] = (80, 48)) -> Frame:
    return Frame(said=said, size=size, thumb=picture)


def scored(*frames: Frame) -> Score:
    return score(frames, REFERENCE, TRUTH)


def test_one_frame_per_shot_is_a_full_score() -> None:
    found = scored(frame(0.0, PICTURES["a"]), frame(3.0, PICTURES["b"]))

    assert (2, 2, (), 0, 0, 0, 0.0, 2) == (
        *(found.shots, found.planted, found.missed, found.repeats, found.blanks),
        *(found.unmatched, found.worst_seconds, found.exact_crops),
    )


def test_a_shot_shown_again_is_a_repeat_and_the_missing_one_is_named() -> None:
    found = scored(frame(0.0, PICTURES["a"]), frame(5.0, PICTURES["a"]))

    assert (1, 1, ("b",)) == (found.shots, found.repeats, found.missed)


def test_a_wrong_time_is_told_from_the_picture_that_was_saved() -> None:
    assert 0.75 == scored(frame(2.25, PICTURES["b"])).worst_seconds


def test_a_blank_frame_and_a_foreign_one_find_nothing() -> None:
    found = scored(frame(2.0, PICTURES[None]), frame(4.0, scene(3)))

    assert (0, 1, 1) == (found.shots, found.blanks, found.unmatched)


def test_a_crop_one_pixel_off_is_not_exact() -> None:
    assert 1 == scored(frame(0.0, PICTURES["a"]), frame(3.0, PICTURES["b"], (80, 47))).exact_crops


def test_ratios_are_taken_within_a_round_before_the_median() -> None:
    assert 0.5 == ratios.median_ratio([1.0, 4.0, 9.0], [2.0, 8.0, 10.0])


@pytest.mark.parametrize(("fulls", "refused"), [((2.0, 3.0), False), ((2.0, 2.5, 3.01), True)])
def test_ratios_are_refused_beyond_the_limit_of_noise(fulls: tuple[float, ...], refused: bool) -> None:
    assert refused == bool(ratios.refusal(fulls, 1.5))


def usage(cpu: float, error: str = "") -> Usage:
    return Usage(cpu_seconds=cpu, wall_seconds=cpu, peak_bytes=10**6, error=error)


def result(*usages: Usage) -> Result:
    kept = scored(frame(0.0, PICTURES["a"]))
    return Result(clip="dense", work="scenes", tool="vxpipe", usages=usages, score=kept, due=None)


def test_a_row_holds_costs_and_truth_side_by_side() -> None:
    row = dict(zip(report.HEADS, report.row(result(usage(1.0)), [usage(2.0)], refused=False), strict=True))

    assert ("0.500", "1/2") == (row["CPU"], row["shots"])


def test_a_refused_row_keeps_its_truth_and_shows_no_ratio() -> None:
    row = dict(zip(report.HEADS, report.row(result(usage(1.0)), [usage(2.0)], refused=True), strict=True))

    assert ("refused", "refused", "1/2") == (row["CPU"], row["wall"], row["shots"])


def test_a_tool_that_failed_once_gets_no_figures() -> None:
    row = report.row(result(usage(1.0), usage(0.1, "exit 1")), [usage(2.0), usage(2.0)], refused=False)

    assert ["failed", *["-"] * 10] == list(row[3:])


@pytest.mark.parametrize("kind", clips.KINDS, ids=lambda kind: kind.name)
def test_a_reel_lasts_to_the_frame(kind: clips.Kind) -> None:
    shots = kind.reel(kind.seconds * reels.FPS)

    assert kind.seconds == reels.starts(shots)[-1]
    assert min(shot.frames for shot in shots) >= 0.4 * reels.FPS


def test_the_quick_reel_holds_every_difficulty() -> None:
    shots = reels.dense(12 * reels.FPS)
    groups = [shot.group for shot in shots]

    assert None in groups
    assert set(groups) & reels.INSERTS.keys()
    assert len(set(groups)) < len(groups)


def test_a_film_is_footage_in_which_shots_come_back_beside_blanks_and_fades() -> None:
    shots = reels.film(60 * reels.FPS)
    groups = [shot.group for shot in shots if shot.group]

    assert set(reels.FOOTAGE) == {group.partition("-")[0] for group in groups}
    assert len(set(groups)) < len(groups) < len(shots)
    assert any(shot.fades for shot in shots)


def test_a_film_dissolves_from_the_shot_before_to_its_end_in_one_that_goes_on_behind() -> None:
    dissolved = [(before, shot) for before, shot in pairwise(reels.film(60 * reels.FPS)) if shot.behind]

    assert dissolved
    assert all((before.group, before.frames) == (shot.behind.group, shot.behind.frames) for before, shot in dissolved)
    assert min(shot.frames for _, shot in dissolved) > reels.DISSOLVE_FRAMES


def test_a_talk_comes_back_to_its_speaker_and_to_no_slide() -> None:
    shots = reels.talk(60 * reels.FPS)
    speaker, slides = [shot.group for shot in shots[::2]], [shot.group for shot in shots[1::2]]

    assert {reels.TALK_ROOM} == set(speaker)
    assert len({reels.TALK_ROOM, *slides}) == len(slides) + 1


def test_pages_differ_in_their_words_and_some_come_back() -> None:
    shots = reels.pages(60 * reels.FPS)
    drawn = {shot.group: reels.source(shot, Path()) for shot in shots}

    assert len(drawn) < len(shots)
    assert len({str(drawing) for drawing in drawn.values()}) == len(drawn)


def test_the_clips_hold_every_border_codec_and_container() -> None:
    sides = {
        tuple(bool(side) for side in (rect.x, rect.y, 1920 - rect.x - rect.width, 1080 - rect.y - rect.height))
        for rect in (kind.rect for kind in clips.KINDS)
    }
    none, letterbox, pillarbox = (False,) * 4, (False, True) * 2, (True, False) * 2
    one_sided, all_round = (False, False, False, True), (True,) * 4

    assert {none, letterbox, pillarbox, one_sided, all_round} == sides
    assert {"mp4", "webm", "ts"} == {kind.suffix for kind in clips.KINDS}
    assert {"libx264", "libx265", "libvpx-vp9", "libsvtav1"} == {kind.coder[1] for kind in clips.KINDS}


def test_no_look_is_made_twice() -> None:
    looks = list(islice(reels.looks(), 1000))

    assert len(set(looks)) == len(looks)


CLIP = clips.Clip(
    kind=clips.KINDS[0], path=Path("dense.mp4"), seconds=60.0, truth=TRUTH, reference=REFERENCE, keyframes=30
)


def jobs(*works: str) -> list[contestants.Job]:
    return contestants.jobs(CLIP, Path("ffmpeg"), Path("scratch"), works=works, tools=tuple(contestants.TOOLS))


def test_a_round_begins_with_the_full_decode() -> None:
    assert contestants.FULL_DECODE == jobs("scenes")[0].tool


@pytest.mark.parametrize(
    ("work", "tools"),
    [
        ("scenes", {"vxpipe", "pyscenedetect", "ffmpeg", "earlier", "earlier_repaired"}),
        ("count", {"vxpipe", "ffmpeg_seeks", "pyav", "opencv"}),
        ("interval", {"vxpipe", "ffmpeg", "pyav", "opencv"}),
        ("keyframes", {"vxpipe", "ffmpeg", "pyav"}),
    ],
)
def test_a_work_is_done_by_every_tool_that_knows_it(work: str, tools: set[str]) -> None:
    assert tools == {job.tool for job in jobs(work) if job.work == work}


def test_every_job_has_a_folder_of_its_own() -> None:
    asked = jobs(*contestants.WORKS)

    assert len(asked) == len({job.folder for job in asked})


def test_seeks_go_to_the_middle_of_equal_parts() -> None:
    (command,) = [job.command for job in jobs("count") if job.tool == "ffmpeg_seeks"]
    seconds = [float(str(value)) for flag, value in pairwise(command) if flag == "-ss"]

    assert [1.875, 5.625, 58.125] == [*seconds[:2], seconds[-1]]
    assert contestants.COUNT == len(seconds)


@pytest.mark.parametrize("stem", ["ms-1500", "003-1500", "00003_00001.500", "3_1.50", "1.5"])
def test_every_way_to_name_a_frame_gives_its_second(stem: str) -> None:
    assert 1.5 == contestants.second(stem)


@pytest.mark.parametrize(
    ("cuts", "share"),
    [
        ([], 0.0),
        ([0.0, 2.0], 0.0),  # keyframes are there anyway
        ([0.5], 0.2),  # up to 0.75 s: eight frames of forty
        ([0.5, 1.0], 0.325),
        ([0.5, 3.0], 0.2 + 0.325),
        ([1.9], 0.5),  # no further than to the end of the group
    ],
)
def test_what_goes_up_to_the_last_cut_of_each_group_has_to_be_decoded(cuts: list[float], share: float) -> None:
    times = np.arange(40) / 10

    assert share == pytest.approx(least.needed_share(times, np.arange(40) % 20 == 0, cuts))

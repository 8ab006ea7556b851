"""Whether a source was damaged."""

from dataclasses import replace

import numpy as np
import pytest

from vxpipe.engine.media.damage import (
    beyond_end_warning,
    blank_warning,
    damage_warning,
    shortfall_warning,
    spoilt_frames,
    suspected_frames,
    too_few_warning,
)
from vxpipe.model import MediaInfo
from vxpipe.recipe import Frames, Mode

INFO = MediaInfo(container="mp4", codec="h264", width=1280, height=720, fps=25, duration=10.0, frames=250)


@pytest.mark.parametrize(
    ("frames", "seconds", "errors", "damaged"),
    [
        (250, 10.0, 0, False),
        (250, 10.0, 7, False),
        (240, 9.6, 0, False),  # short by less than half a second
        (200, 8.0, 0, True),
        (200, 10.0, 0, False),  # fewer frames without a complaint: an edit list
        (200, 10.0, 3, True),
    ],
)
def test_noticeable_loss_is_told(frames: int, seconds: float, errors: int, damaged: bool) -> None:
    warning = damage_warning(INFO, frames=frames, seconds=seconds, errors=errors)

    assert damaged == (warning is not None)
    if warning:
        assert ("damaged_source", frames, 250) == (
            warning["code"], warning["decodedFrames"], warning["promisedFrames"],
        )  # fmt: skip


def test_a_film_of_one_frame_that_is_there_is_whole() -> None:
    one = replace(INFO, fps=1, duration=1.0, frames=1)

    assert damage_warning(one, frames=1, seconds=0.0, errors=0) is None
    assert damage_warning(one, frames=1, seconds=0.0, errors=1) is not None


@pytest.mark.parametrize(
    ("told", "is_short"), [(None, False), (3.0, False), (12.0, False), (12.1, True), (600.0, True)]
)
def test_a_film_that_is_much_shorter_than_the_platform_says_is_told(told: float | None, is_short: bool) -> None:
    assert is_short == (shortfall_warning(INFO, told) is not None)
    assert shortfall_warning(replace(INFO, duration=None), told) is None


def test_a_long_film_may_lack_more_before_it_is_told() -> None:
    film = replace(INFO, duration=3600.0)

    assert shortfall_warning(film, 3660.0) is None
    assert shortfall_warning(film, 3700.0) is not None


def test_a_film_of_unknown_length_is_not_called_damaged() -> None:
    info = replace(INFO, duration=None, frames=None)

    assert damage_warning(info, frames=3, seconds=0.1, errors=0) is None


def test_frames_that_the_decoder_patched_are_told_although_none_is_missing() -> None:
    warning = damage_warning(INFO, frames=250, seconds=10.0, errors=1, patched=2)

    assert warning is not None
    assert ("damaged_source", 2) == (warning["code"], warning["patchedFrames"])
    assert "2 of 250 frames are damaged" in warning["message"]
    assert warning["message"].endswith("; saved ones may look spoilt")


def test_damage_that_may_hide_borders_is_told_to_mean_the_crop() -> None:
    told = [
        damage_warning(INFO, frames=frames, seconds=10.0, errors=1, patched=patched, cropped=True)
        for frames, patched in ((250, 2), (200, 2), (200, 0))
    ]

    messages = [warning["message"] for warning in told if warning]
    assert [True, True, False] == [each.endswith(", and the crop may be wrong") for each in messages]
    assert "only 200 frames of the promised 250 could be decoded" == messages[2]


def test_one_damaged_frame_is_told_in_the_singular() -> None:
    warning = damage_warning(INFO, frames=250, seconds=10.0, errors=1, patched=1)

    assert warning is not None
    assert "1 of 250 frames is damaged" in warning["message"]


@pytest.mark.parametrize(
    ("complaints", "spoilt"),
    [
        ([12], range(9, 20)),
        ([25, 26], range(22, 30)),
        ([18], range(15, 30)),  # too near to the keyframe to tell which side it is on
        ([0], range(10)),
        ([31, 40], range(28, 40)),
    ],
    ids=["in a group", "twice in one", "at its end", "at the beginning", "to the end"],
)
def test_what_follows_a_complaint_is_spoilt_up_to_the_next_keyframe(complaints: list[int], spoilt: range) -> None:
    keys = np.arange(40) % 10 == 0

    found = spoilt_frames(complaints, keys)

    assert found is not None
    assert list(spoilt) == np.flatnonzero(found).tolist()


def test_without_a_complaint_nothing_is_spoilt() -> None:
    assert spoilt_frames([], np.array([True, False])) is None


@pytest.mark.parametrize(
    ("codec", "complaints", "lacking", "frames"),
    [
        ("hevc", [12], [], 11),
        ("av1", [12], [], 11),
        ("hevc", [0, 12], [], 11),
        ("hevc", [0, 0], [], 0),  # before the first frame: a stream that begins between two keyframes
        ("hevc", [], [], 0),
        ("h264", [12], [], 0),  # which tells of each frame that it patched
        ("h264", [12, 32], [12], 11),  # but not of one that it shows without what that refers to
        ("h264", [0], [0], 0),
    ],
)
def test_frames_are_suspected_where_a_decoder_complains_and_tells_of_none(
    codec: str, complaints: list[int], lacking: list[int], frames: int
) -> None:
    assert frames == suspected_frames(codec, np.arange(40) % 10 == 0, complaints, lacking=lacking)


def test_suspected_frames_are_told_although_none_is_missing() -> None:
    warning = damage_warning(INFO, frames=250, seconds=10.0, errors=1, suspected=11)

    assert warning is not None
    assert ("damaged_source", 11) == (warning["code"], warning["suspectedFrames"])
    assert "up to 11 of 250 frames may look damaged" in warning["message"]


@pytest.mark.parametrize(
    ("at", "beyond"),
    [((), None), ((0.0, 3.0), None), ((1.0, 3.1, 99.0), [3.1, 99.0])],
    ids=["none", "at its end", "after"],
)
def test_times_beyond_the_end_are_told(at: tuple[float, ...], beyond: list[float] | None) -> None:
    warning = beyond_end_warning(at, 3.0, last=2.96)

    assert beyond == (warning and warning["times"])


def test_where_a_film_ends_is_told_by_its_last_frame() -> None:
    warning = beyond_end_warning((1.0, 99.0), 3.0, last=2.96)

    assert warning is not None
    assert 2.96 == warning["seconds"]
    assert warning["message"].startswith("the last frame, at 2.960 s, stands for 1 of 2 times asked for")


@pytest.mark.parametrize(
    ("kept", "said"), [(1, "the only frame that was kept shows"), (3, "all 3 frames that were kept")]
)
def test_frames_that_show_nothing_are_told(kept: int, said: str) -> None:
    warning = blank_warning(kept)

    assert ("only_blank", kept) == (warning["code"], warning["kept"])
    assert warning["message"].startswith(said)


@pytest.mark.parametrize(
    ("frames", "asked"), [(Frames(min=5), {"min": 5}), (Frames(mode=Mode.COUNT, count=5), {"count": 5})]
)
def test_who_asks_for_more_frames_than_there_are_is_told_how_many_there_are(
    frames: Frames, asked: dict[str, int]
) -> None:
    warning = too_few_warning(frames, 3) or {}

    assert f"5 frames{' at least' * ('min' in asked)} were asked for, and there are 3" in warning.pop("message")
    assert {"code": "too_few_frames", "kept": 3, **asked} == warning


@pytest.mark.parametrize(("frames", "least"), [(Frames(), 3), (Frames(max=2), 2)])
def test_fewer_shots_than_are_wanted_of_any_film_are_told_with_what_to_do(frames: Frames, least: int) -> None:
    warning = too_few_warning(frames, 1) or {}

    assert ("too_few_frames", least, 1) == (warning["code"], warning["min"], warning["kept"])
    assert f"{least} frames at least are wanted, and there is 1" in warning["message"]
    assert "mode interval without dedupe" in warning["message"]


def test_only_who_asked_for_so_many_frames_is_told_of_too_few_where_something_else_explains_it() -> None:
    assert too_few_warning(Frames(), 1, explained=True) is None
    assert too_few_warning(Frames(min=3), 1, explained=True) is not None


@pytest.mark.parametrize(
    ("frames", "kept"),
    [
        (Frames(min=5), 5),
        (Frames(), 3),
        (Frames(max=2), 2),
        (Frames(min=1), 1),
        (Frames(mode=Mode.TIMESTAMPS, at=(1.0,)), 1),
        (Frames(mode=Mode.COUNT, count=5), 5),
        (Frames(mode=Mode.COUNT, count=5, max=3), 3),
    ],
)
def test_who_gets_as_many_frames_as_were_asked_for_is_told_nothing(frames: Frames, kept: int) -> None:
    assert too_few_warning(frames, kept) is None

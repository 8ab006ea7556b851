"""Which picture of a file is taken, and which sound with it."""

from typing import Any

import pytest

from vxpipe.engine.media.streams import taken

COVER = {"codec_type": "video", "width": 4000, "height": 4000, "disposition": {"attached_pic": 1, "default": 1}}
LOST = {"codec_type": "video", "width": 0, "height": 0, "disposition": {"default": 1}}
STILL = {"codec_type": "video", "width": 50, "height": 50, "nb_frames": "1", "disposition": {"default": 1}}
SOUND = {"codec_type": "audio"}


def _video(width: int, height: int = 100, *, default: bool = False) -> dict[str, Any]:
    return {"codec_type": "video", "width": width, "height": height, "disposition": {"default": int(default)}}


def _numbered(*streams: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"index": index, **stream} for index, stream in enumerate(streams)]


@pytest.mark.parametrize(
    ("streams", "number", "of", "because"),
    [
        ([_video(10)], 0, 1, "there is no other"),
        ([_video(10), _video(30), _video(20)], 1, 3, "it is the largest"),
        ([_video(30), _video(10, default=True)], 1, 2, "the file marks it as the default"),
        ([_video(30, default=True), _video(40, default=True)], 1, 2, "it is the largest"),
        (
            [_video(30, default=True), _video(40, default=True), _video(50)],
            1,
            3,
            "it is the largest that the file marks",
        ),
        ([_video(30), _video(20), _video(20, 150)], 0, 3, "it comes first of the largest"),
        ([COVER, _video(10)], 0, 1, "there is no other"),
        ([COVER, _video(10), SOUND, COVER, _video(20)], 1, 2, "it is the largest"),
        ([LOST, _video(10), _video(20)], 2, 2, "it is the largest"),
        ([STILL, _video(10)], 1, 1, "there is no other"),
        ([STILL], 0, 1, "there is no other"),
    ],
)
def test_the_marked_picture_is_taken_else_the_largest_and_never_a_cover(
    streams: list[dict[str, Any]], number: int, of: int, because: str
) -> None:
    found = taken(_numbered(*streams))

    assert found is not None
    assert (number, of, because) == (found.number, found.of, found.because)


def test_nothing_is_taken_where_nothing_moves() -> None:
    assert taken(_numbered(COVER, SOUND, LOST)) is None


def test_the_sound_is_the_first_one_where_the_file_has_no_programs() -> None:
    found = taken(_numbered(SOUND, _video(10), SOUND, _video(20)))

    assert found is not None
    assert 0 == found.sound


@pytest.mark.parametrize(("program", "sound"), [({2, 3}, 1), ({1, 2}, 0)])
def test_the_sound_belongs_to_the_program_of_the_picture(program: set[int], sound: int | None) -> None:
    streams = _numbered(_video(10), SOUND, _video(20), SOUND)
    programs = [{"streams": [each for each in streams if each["index"] in which]} for which in ({0, 1}, program)]

    found = taken(streams, programs)

    assert found is not None
    assert (1, sound) == (found.number, found.sound)


@pytest.mark.parametrize(
    ("programs", "sound"), [(({1, 2}, {0}), 1), (({0, 1, 2}, {3}), 0), (({1, 2}, {0, 3}), None), (({2}, {2, 3}), 1)]
)
def test_a_sound_of_no_program_goes_with_a_picture_whose_programs_list_none(
    programs: tuple[set[int], ...], sound: int | None
) -> None:
    streams = _numbered(SOUND, _video(10), _video(20), SOUND)
    listed = [{"streams": [each for each in streams if each["index"] in which]} for which in programs]

    found = taken(streams, listed)

    assert found is not None
    assert (1, sound) == (found.number, found.sound)

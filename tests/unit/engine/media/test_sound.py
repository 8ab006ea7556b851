"""Picture and sound in two files, on one clock."""

from pathlib import Path

import pytest

from vxpipe.engine.media.sound import Sound, unreadable_warning


def beginning(at: float | None) -> Sound:
    return Sound(path=Path("sound"), codec="aac", begins=at)


@pytest.mark.parametrize(
    ("picture", "sound", "expected"),
    [
        (10.0, 10.5, (0.0, 0.5)),
        (0.25, 0.0, (0.25, 0.0)),
        (0.0, -0.5, (0.5, 0.0)),
        (3.0, 3.0, (0.0, 0.0)),
        (None, 10.5, (0.0, 0.0)),
        (10.0, None, (0.0, 0.0)),
    ],
)
def test_what_begins_later_is_delayed_by_the_difference(
    picture: float | None, sound: float | None, expected: tuple[float, float]
) -> None:
    assert expected == beginning(sound).delays(picture)


@pytest.mark.parametrize(("picture", "sound"), [(0.0, 3600.0), (3600.0, 0.0)])
def test_files_that_cannot_share_a_clock_begin_together(picture: float, sound: float) -> None:
    assert beginning(sound).delays(picture) == (0.0, 0.0)


def test_only_sound_that_was_given_and_cannot_be_read_is_warned_of() -> None:
    warning = unreadable_warning(Path("sound"), None)

    assert warning is not None
    assert warning["code"] == "sound_unreadable"
    assert unreadable_warning(None, None) is None
    assert unreadable_warning(Path("sound"), beginning(None)) is None

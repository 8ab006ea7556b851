"""Picture and sound in two files, on one clock."""

from pathlib import Path

import pytest

from vxpipe.engine.media.sound import Sound, short_warning, unreadable_warning


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


@pytest.mark.parametrize(
    ("picture", "sound", "short"),
    [(6.0, 2.9, True), (6.0, 5.1, False), (6.0, 9.0, False), (600.0, 580.0, False), (600.0, 560.0, True)],
)
def test_sound_that_lacks_more_than_coders_and_silent_ends_do_is_warned_of(
    picture: float, sound: float, short: bool
) -> None:
    warning = short_warning(picture, sound)

    assert short == (warning is not None)
    assert warning is None or warning["code"] == "sound_short"

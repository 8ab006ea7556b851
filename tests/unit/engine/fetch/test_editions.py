"""The folder of yt-dlp versions and the link to the one in use."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from vxpipe.engine.fetch.editions import Busy, Choice, Editions

BUNDLED = Choice(version="2026.10.26")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "ytdlp"


@pytest.fixture
def editions(place: Path) -> Editions:
    return Editions(place, bundled="2026.10.26")


def add(editions: Editions, version: str) -> Path:
    """Put an empty yt-dlp there."""
    with editions.changing(), editions.unfinished() as unfinished:
        made = unfinished / "made"
        (made / "yt_dlp").mkdir(parents=True)
        (made / "yt_dlp" / "__init__.py").touch()
        return editions.add(made, version)


@contextmanager
def imported_from(folder: Path) -> Iterator[None]:
    place = os.open(folder, os.O_RDONLY)
    fcntl.flock(place, fcntl.LOCK_SH)
    try:
        yield
    finally:
        os.close(place)


def test_without_an_update_the_one_that_vxpipe_came_with_is_used_and_nothing_is_written(
    editions: Editions, place: Path
) -> None:
    assert (editions.choice(), editions.versions()) == (BUNDLED, ())
    assert not place.exists()


def test_a_choice_is_seen_at_once_by_everybody_and_can_be_taken_back(editions: Editions, place: Path) -> None:
    older, newer = add(editions, "2026.11.1"), add(editions, "2026.11.2")
    elsewhere = Editions(place, bundled="2026.10.26")

    seen = []
    for folder in (newer, older, None):
        editions.choose(folder)
        seen.append(elsewhere.choice())

    assert seen == [
        Choice(version="2026.11.2", folder=newer),
        Choice(version="2026.11.1", folder=older),
        BUNDLED,
    ]
    assert editions.find("2026.11.01") == older
    assert sorted(path.name for path in place.iterdir()) == [".lock", "2026.11.1", "2026.11.2"]


@pytest.mark.parametrize("target", ["2026.11.9", "..", "../ytdlp/2026.11.1", "/tmp", "made"])
def test_a_link_that_leads_to_no_version_is_not_followed_and_told(editions: Editions, place: Path, target: str) -> None:
    add(editions, "2026.11.1").with_name("made").symlink_to("2026.11.1")
    (place / "current").symlink_to(target)

    facts = editions.facts(date(2026, 11, 22))

    assert editions.choice().folder is None
    assert (facts.version, facts.source) == ("2026.10.26", "vxpipe")
    assert "leads to no version" in facts.warnings[0]


def test_a_link_that_is_none_is_told_and_replaced(editions: Editions, place: Path) -> None:
    folder = add(editions, "2026.11.1")
    (place / "current").write_text("2026.11.1")

    told = editions.choice().fault
    editions.choose(folder)

    assert "cannot be followed" in str(told)
    assert editions.choice().folder == folder


@pytest.mark.parametrize("name", [".", "2026.11.1"])
def test_what_everybody_can_write_is_not_used(editions: Editions, place: Path, name: str) -> None:
    editions.choose(add(editions, "2026.11.1"))
    (place / name).chmod(0o777)

    choice = editions.choice()

    assert (choice.version, choice.folder) == ("2026.10.26", None)
    assert "by everybody" in str(choice.fault)


def test_the_last_used_are_kept_and_what_somebody_imports_from(editions: Editions) -> None:
    folders = [add(editions, f"2026.11.{day}") for day in range(1, 7)]
    for number, folder in enumerate(folders):
        os.utime(folder, ns=(number, number))
    editions.choose(folders[2])

    with imported_from(folders[0]):
        editions.tidy()

    assert {"2026.11.1", "2026.11.3", "2026.11.5", "2026.11.6"} == set(editions.versions())
    editions.tidy()
    assert {"2026.11.3", "2026.11.5", "2026.11.6"} == set(editions.versions())


def test_only_one_changes_it_at_a_time_and_what_a_killed_one_left_goes(editions: Editions, place: Path) -> None:
    with editions.changing():
        (place / ".new-killed" / "made").mkdir(parents=True)
        with pytest.raises(Busy), editions.changing():
            pass

    with editions.changing():
        assert [path.name for path in place.iterdir()] == [".lock"]


def test_its_folder_is_nobody_elses(editions: Editions, place: Path) -> None:
    add(editions, "2026.11.1")

    assert place.stat().st_mode & 0o777 == 0o700

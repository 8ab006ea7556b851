"""What versions of yt-dlp tell."""

from datetime import date

import pytest

from vxpipe.engine.fetch import releases


@pytest.mark.parametrize(
    "text",
    ["2026.10.26", "2026.7.4", "2026.07.04", "2026.10.26.232857", "2026.10.26.232857.dev0", "2026.10.26.220202dev"],
)
def test_versions_of_releases_and_nightly_builds_are_known(text: str) -> None:
    assert releases.is_version(text)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026.10", "..", "2026.10.26/..", "2026.10.26\n", "-r x", "2026.10.26 --pre", "٢٠٢٦.10.26"]
)
def test_nothing_else_is(text: str) -> None:
    assert not releases.is_version(text)


def test_the_spelling_does_not_matter_and_the_order_is_that_of_the_days() -> None:
    ordered = ["2026.9.30", "2026.10.01", "2026.10.1.1.dev0", "2026.10.1.2dev", "2026.10.2"]

    assert releases.numbers("2026.07.04") == releases.numbers("2026.7.4")
    assert ordered == sorted(set(ordered), key=releases.numbers)


@pytest.mark.parametrize(("version", "days"), [("2026.10.26", 27), ("2026.11.22.1.dev0", 0), ("2026.13.1", None)])
def test_the_age_is_counted_from_the_day_in_the_version(version: str, days: int | None) -> None:
    assert days == releases.age_days(version, date(2026, 11, 22))


def test_the_companion_is_the_one_that_the_default_extra_pins() -> None:
    asked = ["certifi>=2026.10.19; extra == 'default'", "yt-dlp-ejs==0.9.1; extra == 'default'", "deno; extra == 'x'"]

    assert releases.companion(asked) == "0.9.1"
    assert releases.companion(["yt-dlp-ejs>=0.8; extra == 'default'"]) is None


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("2026.10.26", []),
        ("2026.09.23", []),
        ("2026.09.22", ["61 days old"]),
        ("2026.07.03", ["known holes", "days old", "comes with vxpipe"]),
    ],
)
def test_age_holes_and_falling_behind_are_warned_of(version: str, words: list[str]) -> None:
    told = releases.warnings(version, bundled="2026.09.01", today=date(2026, 11, 22))

    assert [word in text for word, text in zip(words, told, strict=True)] == [True] * len(words)


def test_what_platforms_answered_is_told_in_words() -> None:
    assert releases.suspicions({"x": (5, 9)}) == (
        "5 of the last 9 downloads from x failed as those of an old yt-dlp do",
    )

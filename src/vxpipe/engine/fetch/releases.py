"""What the version of a yt-dlp release tells: it is the day it was made. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

# Older ones hand cookies to the wrong site or write files they should not, CVE-2026-55404 is the last of these.
FLOOR = "2026.07.04"
OLD_DAYS = 60

_VERSION = re.compile(
    r"[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2}(?:\.[0-9]{1,6})?(?:\.?dev[0-9]{0,3})?"
)  # a nightly one ends in dev
_EJS_PIN = re.compile(r"yt[-_]dlp[-_]ejs\s*==\s*([0-9]+(?:\.[0-9]+){1,3})", re.IGNORECASE)


def is_version(text: str) -> bool:
    """Whether this is written like a version of yt-dlp, a nightly one included; it is safe in a path then."""
    return _VERSION.fullmatch(text) is not None


def numbers(version: str) -> tuple[int, ...]:
    """What orders versions, and two spellings of one share: 2026.07.04 and 2026.7.4 are (2026, 7, 4)."""
    return tuple(int(part) for part in version.partition("dev")[0].rstrip(".").split("."))


def is_sound(version: str) -> bool:
    """Whether it is none of those with known holes."""
    return numbers(version) >= numbers(FLOOR)


def age_days(version: str, today: date) -> int | None:
    """How old it is; None where the version names no day."""
    try:
        year, month, day = numbers(version)[:3]
        return max(0, (today - date(year, month, day)).days)
    except ValueError:
        return None


def companion(requirements: Sequence[str]) -> str | None:
    """The version of yt-dlp-ejs that goes with a yt-dlp, whose metadata asks for `requirements`."""
    found = (_EJS_PIN.match(requirement) for requirement in requirements)
    return next((pin[1] for pin in found if pin), None)


def warnings(version: str, *, bundled: str, today: date) -> tuple[str, ...]:
    """Why this version should be replaced, in words for the operator."""
    age = age_days(version, today)
    found = []
    if not is_version(version) or not is_sound(version):
        found.append(f"yt-dlp {version} has known holes, those from {FLOOR} on have not")
    if age is not None and age > OLD_DAYS:
        found.append(f"yt-dlp {version} is {age} days old and platforms change often")
    if is_version(version) and numbers(version) < numbers(bundled):
        found.append(f"yt-dlp {version} is older than {bundled}, which comes with vxpipe")
    return tuple(found)


def suspicions(answers: Mapping[str, tuple[int, int]]) -> tuple[str, ...]:
    """The same from what platforms answered of late: how many downloads failed as an old yt-dlp does, of how many."""
    return tuple(
        f"{broken} of the last {count} downloads from {site} failed as those of an old yt-dlp do"
        for site, (broken, count) in sorted(answers.items())
    )

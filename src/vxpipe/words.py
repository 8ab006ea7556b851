"""Numbers and lists in words. Pure."""

from collections.abc import Sequence

_MOST_TOLD = 20


def counted(count: int, thing: str) -> str:
    """So many of a thing: `1 frame`, `2 frames`."""
    return f"{count} {thing}{'s' * (count != 1)}"


def first(lines: Sequence[str]) -> list[str]:
    """The lines; of many the first ones and how many more."""
    more = len(lines) - _MOST_TOLD
    return [*lines[:_MOST_TOLD], f"and {more} more"] if more > 0 else list(lines)

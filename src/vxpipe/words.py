"""Numbers in words. Pure."""


def counted(count: int, thing: str) -> str:
    """So many of a thing: `1 frame`, `2 frames`."""
    return f"{count} {thing}{'s' * (count != 1)}"

"""How many processes live below this one."""

from pathlib import Path

_PROC = Path("/proc")


def processes_below() -> int | None:
    """Children, their children, and so on; None where the system has no list of them (Linux has). Blocks."""
    found = [_PROC / "self"]
    if not found[0].exists():
        return None
    for folder in found:  # grows as it goes
        found += [_PROC / pid for listing in folder.glob("task/*/children") for pid in _read(listing).split()]
    return len(found) - 1


def _read(listing: Path) -> str:
    """What a list holds; nothing where its process has ended meanwhile."""
    try:
        return listing.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""

"""Where the download child imports yt-dlp from: an update's folder in front of what comes with vxpipe."""

import fcntl
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

PACKAGES = ("yt_dlp", "yt_dlp_ejs")


# What yt-dlp would use where it finds it.
_OTHER_CLIENTS = ("requests", "websockets")


class _Overlay(MetaPathFinder):
    """Finds these packages in the folder, and nothing else there: on sys.path any file of it could be any module."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """See MetaPathFinder."""
        return PathFinder.find_spec(fullname, [str(self.folder)]) if fullname in PACKAGES else None


def use(folder: Path) -> None:
    """Import yt-dlp from this folder from now on, for the life of this process; raises OSError without one there.

    While it lives the folder is locked, shared: what comes later is imported from it when a platform first needs it.
    """
    (folder / PACKAGES[0] / "__init__.py").stat()
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    with suppress(OSError):  # not every file system has locks
        fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    sys.meta_path.insert(0, _Overlay(folder))


def use_own_client() -> None:
    """Let yt-dlp find no HTTP client but its own and curl_cffi, whatever else is installed: they differ in detail."""
    sys.modules.update(dict.fromkeys(_OTHER_CLIENTS))  # type: ignore[arg-type] # None there: no such module


def folders() -> tuple[Path, ...]:
    """The folders that `use` named."""
    return tuple(finder.folder for finder in sys.meta_path if isinstance(finder, _Overlay))

"""The versions of yt-dlp that updates have put into the data folder, and which of them is in use."""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

from vxpipe.engine.fetch import releases
from vxpipe.engine.fetch.overlay import PACKAGES
from vxpipe.facts import YtdlpFacts
from vxpipe.values import frozen

_POINTER, _LOCK, _UNFINISHED = "current", ".lock", ".new-"
_KEPT = 3  # with the one in use


class Busy(Exception):
    """Another update is at work."""


@frozen
class Choice:
    """What downloads use: a version and its folder; None: the one that comes with vxpipe.

    `fault` says why what was chosen is not used.
    """

    version: str
    folder: Path | None = None
    fault: str | None = None


class Editions:
    """A folder with a folder for each version and a link, `current`, to the one in use.

    A version's folder never changes once it has its name. `bundled` is the version that comes with vxpipe.
    """

    def __init__(self, place: Path, *, bundled: str) -> None:
        self._place = place
        self.bundled = bundled

    @property
    def place(self) -> Path:
        """The folder."""
        return self._place

    def choice(self) -> Choice:
        """What a download that begins now uses."""
        try:
            return self._chosen()
        except FileNotFoundError:
            return Choice(version=self.bundled)
        except OSError as exc:
            return Choice(version=self.bundled, fault=f"{self._place / _POINTER} cannot be followed: {exc.strerror}")

    def _chosen(self) -> Choice:
        version = str((self._place / _POINTER).readlink())
        folder = self._place / version
        if not releases.is_version(version) or not (folder / PACKAGES[0] / "__init__.py").is_file():
            return Choice(version=self.bundled, fault=f"{self._place / _POINTER} leads to no version of yt-dlp")
        if not _is_ours(self._place) or not _is_ours(folder):
            fault = f"{self._place} belongs to another user or can be written by everybody"
            return Choice(version=self.bundled, fault=fault)
        return Choice(version=version, folder=folder)

    def facts(self, today: date) -> YtdlpFacts:
        """What a download that begins now uses, and why it should be replaced."""
        choice = self.choice()
        faults = (f"{choice.fault}: the one that comes with vxpipe is used",) if choice.fault else ()
        return YtdlpFacts(
            version=choice.version,
            age_days=releases.age_days(choice.version, today),
            source="update" if choice.folder else "vxpipe",
            warnings=(*faults, *releases.warnings(choice.version, bundled=self.bundled, today=today)),
        )

    def versions(self) -> tuple[str, ...]:
        """What is there, the last used first."""
        try:
            found = [path for path in self._place.iterdir() if releases.is_version(path.name) and path.is_dir()]
            used = sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)
        except OSError:
            return ()
        return tuple(path.name for path in used)

    def find(self, version: str) -> Path | None:
        """The folder of a version, however it is spelt."""
        same = (name for name in self.versions() if releases.numbers(name) == releases.numbers(version))
        return next((self._place / name for name in same), None)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Change it, alone; raises Busy where somebody else does, OSError where it cannot be written."""
        self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._place / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                raise Busy from exc
            for left in self._place.glob(f"{_UNFINISHED}*"):  # by one that was killed
                shutil.rmtree(left, ignore_errors=True)
            yield

    @contextmanager
    def unfinished(self) -> Iterator[Path]:
        """An empty folder beside the versions; gone afterwards, unless `add` has taken it."""
        with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=self._place, ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    def add(self, made: Path, version: str) -> Path:
        """Give a finished folder its name; what is in it is on disk then."""
        os.sync()
        return made.rename(self._place / version)

    def choose(self, folder: Path | None) -> None:
        """Use this version for every download that begins from now on; None: the one that comes with vxpipe."""
        pointer = self._place / _POINTER
        if folder is None:
            pointer.unlink(missing_ok=True)
            return
        os.utime(folder)
        new = self._place / f"{_UNFINISHED}{_POINTER}"
        new.unlink(missing_ok=True)
        new.symlink_to(folder.name)
        new.replace(pointer)

    def tidy(self) -> None:
        """Remove what was used longest ago, unless somebody still imports from it."""
        chosen = self.choice()
        others = [name for name in self.versions() if not chosen.folder or name != chosen.version]
        for name in others[_KEPT - 1 :]:
            with suppress(OSError):  # somebody imports from it; or it cannot be said, or not be removed
                _check_idle(self._place / name)
                doomed = (self._place / name).rename(self._place / f"{_UNFINISHED}{name}")
                shutil.rmtree(doomed, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    """Whether nobody but us and the system's owner decides what is in it."""
    facts = folder.stat()
    return facts.st_uid in (os.geteuid(), 0) and not facts.st_mode & stat.S_IWOTH


def _check_idle(folder: Path) -> None:
    """Raise BlockingIOError while somebody imports from it; see overlay."""
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(place)

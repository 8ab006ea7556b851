"""The operator's folder of cookies and keys: `SITE.cookies.txt` and `SITE.keys.json`. It is only ever read.

At the start everything in it has to be right. Later a file is read again when it has changed: one that has become
wrong, as while it is being written, leaves what was read before in force; one that is gone takes that away.
"""

import asyncio
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from vxpipe.engine.fetch.cookies import Malformed, parse
from vxpipe.engine.fetch.credentials import NO_CREDENTIALS, Credentials, parse_keys
from vxpipe.engine.fetch.platforms import Platform
from vxpipe.engine.fetch.registry import Registry
from vxpipe.errors import ConfigError
from vxpipe.facts import CredentialFacts
from vxpipe.ports import Clock
from vxpipe.values import frozen

log = structlog.get_logger(__name__)

_MOST_BYTES = 1 << 20
_NAME = re.compile(r"(.+)\.(?:cookies\.txt|keys\.json)")

_Stamp = tuple[int, ...]


@frozen(kw_only=False)
class _Read:
    """What was last read of a file: its stamp (None: it is not there), what it held, what is wrong with it now."""

    stamp: _Stamp | None = None
    content: Any = None
    complaint: str = ""


class Vault:
    """What each platform is signed in to with. None as `folder`: nothing for anyone. Rows of one site share."""

    def __init__(self, folder: Path | None, registry: Registry, *, now: Clock) -> None:
        self._folder = folder
        self._registry = registry
        self._now = now
        self._reads: dict[Path, _Read] = {}

    def check(self) -> None:
        """Read the whole folder; raises ConfigError for the first thing that is wrong, by file and line."""
        for path, site in self._files():
            self._credentials(site)
            if complaint := self._reads[path].complaint:
                raise ConfigError(f"VXPIPE_CREDENTIALS_DIR: {self._folder}/{complaint}")

    def doubts(self) -> list[str]:
        """What is not wrong but worth a look, a sentence each."""
        return [doubt for path, site in self._files() for doubt in self._doubts(path, site)]

    async def open(self, row: Platform) -> Credentials:
        """What a download from the platform gets, as the folder is now; cookies whose time has come are left out."""
        credentials, complaints = await asyncio.to_thread(self._credentials, self._registry.site(row))
        for complaint in complaints:
            log.warning("credentials.refused", text=complaint)
        alive = credentials.at(self._now())
        if alive.cookies == ():
            log.warning("cookies.expired", platform=row.name)
        return alive

    async def facts(self) -> Mapping[str, CredentialFacts]:
        """What may be told of each platform's, by its name."""
        return await asyncio.to_thread(self._facts)

    def _facts(self) -> dict[str, CredentialFacts]:
        rows, now = self._registry.platforms, self._now()
        return {row.name: self._credentials(self._registry.site(row))[0].facts(now) for row in rows}

    def _files(self) -> Iterator[tuple[Path, Platform]]:
        """Every file with the row of its site; raises ConfigError for one that would never be looked at."""
        if self._folder is None:
            return
        try:
            paths = sorted(path for path in self._folder.iterdir() if path.name[0] != "." and not path.is_dir())
        except OSError as exc:
            raise ConfigError(f"VXPIPE_CREDENTIALS_DIR: {self._folder} cannot be read: {exc.strerror}") from exc
        for path in paths:
            yield path, self._site_of(path)

    def _site_of(self, path: Path) -> Platform:
        found = _NAME.fullmatch(path.name)
        if found is None:
            raise ConfigError(
                f"VXPIPE_CREDENTIALS_DIR: {path} is neither PLATFORM.cookies.txt nor PLATFORM.keys.json, "
                "and nothing else is looked for"
            )
        row = self._registry.platform(found[1])
        if row is None:
            raise ConfigError(f"VXPIPE_CREDENTIALS_DIR: {path}: no platform has this name; GET /platforms lists them")
        site = self._registry.site(row)
        if site.name != found[1]:
            name = site.name + path.name.removeprefix(found[1])
            raise ConfigError(f"VXPIPE_CREDENTIALS_DIR: {path}: what is for {row.label} is looked for in {name}")
        return site

    def _credentials(self, site: Platform) -> tuple[Credentials, list[str]]:
        """What there is for a site now, and what is wrong with its files."""
        if self._folder is None:
            return NO_CREDENTIALS, []
        cookies = self._read(self._folder / f"{site.name}.cookies.txt", lambda text: _cookies(text, site))
        keys = self._read(self._folder / f"{site.name}.keys.json", parse_keys)
        complaints = [read.complaint for read in (cookies, keys) if read.complaint]
        return Credentials(cookies=cookies.content, keys=keys.content or {}), complaints

    def _read(self, path: Path, parsed: Callable[[str], Any]) -> _Read:
        """What the file holds; it is only opened when it has changed."""
        before = self._reads.get(path, _Read())
        try:
            self._reads[path] = _fresh(path, before, parsed)
        except Malformed as exc:
            self._reads[path] = replace(before, stamp=None, complaint=f"{path.name}: {exc}")
        except OSError as exc:
            self._reads[path] = replace(before, stamp=None, complaint=f"{path.name}: cannot be read: {exc.strerror}")
        return self._reads[path]

    def _doubts(self, path: Path, site: Platform) -> Iterator[str]:
        if path.stat().st_mode & stat.S_IROTH:
            yield f"{path} can be read by every user of this machine"
        if ".cookies." in path.name and self._credentials(site)[0].facts(self._now()).expired:
            yield f"every cookie in {path} has expired"


def _fresh(path: Path, before: _Read, parsed: Callable[[str], Any]) -> _Read:
    """The file as it is now; raises OSError and Malformed."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return _Read()
    stamp = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev)
    if stamp == before.stamp:
        return before
    if not stat.S_ISREG(status.st_mode):
        raise Malformed("this is not a file")
    return _Read(stamp, parsed(_text(path)))


def _text(path: Path) -> str:
    """What a text file holds; a byte order mark of some editors is no part of that."""
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise Malformed(f"larger than {_MOST_BYTES >> 20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise Malformed(f"line {line}: this is not UTF-8") from None


def _cookies(text: str, site: Platform) -> Any:
    found = parse(text, site.own_domains)
    if not found:
        raise Malformed(f"it holds no cookie of {' or '.join(site.own_domains)}")
    return found

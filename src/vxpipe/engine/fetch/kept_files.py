"""The folder of kept downloads: each in a folder of its own that appears and is replaced at one stroke.

A reader gets a hard link: what is removed here is not taken from under anybody.
"""

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import get_args

from pydantic import TypeAdapter

from vxpipe.engine.fetch.shelf import FACTS_BYTES, Kept, KeptFile
from vxpipe.ports import Fetched

_FACTS = "facts.json"
_UNFINISHED = "unfinished-"
_OURS = re.compile(rf"[0-9a-f]{{64}}|{_UNFINISHED}.*")
_FILE = re.compile(r"[A-Za-z0-9_-]{1,40}(?:\.[A-Za-z0-9_-]{1,40})?")
_KEPT = TypeAdapter(Kept)
# The fields of Fetched that are files.
_FIELDS = {field.name for field in fields(Fetched) if Path in (field.type, *get_args(field.type))}


def name_of(content: str) -> str:
    """Where a content is kept, whatever it is called."""
    return hashlib.sha256(content.encode()).hexdigest()


def load(root: Path) -> list[tuple[str, Kept]]:
    """What is kept, the least recently used first. What is unfinished, damaged or replaced is removed."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = []
    for folder in root.iterdir():
        if not _OURS.fullmatch(folder.name):
            continue
        kept = _read(folder)
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            found.append(((folder / _FACTS).stat().st_mtime_ns, folder.name, kept))
    return [(name, kept) for _, name, kept in sorted(found, key=lambda entry: entry[:2])]


def store(root: Path, kept: Kept, source: Path) -> None:
    """Keep the files, which lie in the folder `source`, on the disk (fsync) before they appear.

    Raises OSError, and nothing is kept then.
    """
    place = root / name_of(kept.content)
    new = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=root))
    try:
        names = [file.name for file in kept.files.values()]
        for name in names:
            os.link(source / name, new / name, follow_symlinks=False)
        (new / _FACTS).write_bytes(_facts(kept))
        for path in (*(new / name for name in names), new / _FACTS, new):
            _sync(path)
        shutil.rmtree(place, ignore_errors=True)
        new.rename(place)
        _sync(root)
    except OSError:
        remove(root, [new.name, place.name])
        raise


def lend(root: Path, kept: Kept, folder: Path) -> bool:
    """Link the kept files into `folder`; False, and none of them is there, when they cannot be had."""
    place, lent = root / name_of(kept.content), list[Path]()
    try:
        for file in kept.files.values():
            os.link(place / file.name, folder / file.name, follow_symlinks=False)
            lent.append(folder / file.name)
        is_whole = all(_is_same(folder / file.name, file) for file in kept.files.values())
    except OSError:
        is_whole = False
    if not is_whole:
        for path in lent:
            path.unlink(missing_ok=True)
        return False
    with suppress(OSError):
        os.utime(place / _FACTS)  # the order of use outlives a restart
    return True


def is_there(root: Path, kept: Kept) -> bool:
    """Whether the files of a kept download are what they were."""
    place = root / name_of(kept.content)
    return all(_is_same(place / file.name, file) for file in kept.files.values())


def described(path: Path) -> KeptFile:
    """A file as it is now."""
    facts = path.stat()
    return KeptFile(name=path.name, bytes=facts.st_size, inode=facts.st_ino, mtime_ns=facts.st_mtime_ns)


def can_keep(kept: Kept) -> bool:
    """Whether the names of its files and the size of its facts are what we write."""
    names = [file.name for file in kept.files.values()]
    are_ours = all(_FILE.fullmatch(name) and name != _FACTS for name in names) and len(set(names)) == len(names) > 0
    return are_ours and {"path"} <= kept.files.keys() <= _FIELDS and len(_facts(kept)) <= FACTS_BYTES


def remove(root: Path, names: Iterable[str]) -> None:
    """Remove what is kept under these names."""
    for name in names:
        shutil.rmtree(root / name, ignore_errors=True)


def _facts(kept: Kept) -> bytes:
    return _KEPT.dump_json(kept)


def _read(folder: Path) -> Kept | None:
    try:
        kept = _KEPT.validate_json((folder / _FACTS).read_bytes())
    except (OSError, ValueError):
        return None
    is_ours = can_keep(kept) and name_of(kept.content) == folder.name
    return kept if is_ours and is_there(folder.parent, kept) else None


def _is_same(path: Path, file: KeptFile) -> bool:
    """Whether a file is the kept one, neither replaced nor written to."""
    try:
        now = path.lstat()
    except OSError:
        return False
    known = (file.bytes, file.inode, file.mtime_ns)
    return stat.S_ISREG(now.st_mode) and (now.st_size, now.st_ino, now.st_mtime_ns) == known


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""`vxpipe migrate-logs`: old job records get their `logs`, in a file that is replaced at one stroke."""

import codecs
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import IO

from vxpipe import old_logs
from vxpipe.errors import ConfigError
from vxpipe.old_logs import Converted, Unreadable
from vxpipe.store.artifacts import sync
from vxpipe.values import frozen


@frozen
class Report:
    """How many records a file holds, how many were changed, how many log lines those have, where the old file is."""

    records: int
    changed: int
    lines: int
    backup: Path | None

    def told(self, path: Path, *, dry_run: bool) -> str:
        """The report for people."""
        if not self.changed:
            return f"{path}: {self.records} records, none with an old log: nothing to do"
        done = "would be converted" if dry_run else "converted"
        kept = f"; the file as it was: {self.backup}" if self.backup else ""
        return f"{path}: {self.changed} of {self.records} records {done}, {self.lines} log lines{kept}"


def migrate(path: Path, *, dry_run: bool = False) -> Report:
    """Convert the records of a file: a JSON document, or NDJSON, of which a line at a time is held in memory.

    The file is replaced at one stroke and kept under its name with `.bak`; where nothing is to be done, or anything is
    wrong (ConfigError), it is not touched.
    """
    path = path.resolve()
    try:
        return _migrated(path, dry_run=dry_run)
    except Unreadable as exc:
        raise ConfigError(f"{path}: {exc}; nothing was changed") from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path}: it is not UTF-8 (byte {exc.start}); nothing was changed") from exc
    except OSError as exc:
        raise ConfigError(f"{path}: {exc.strerror}; nothing was changed") from exc


def _migrated(path: Path, *, dry_run: bool) -> Report:
    with path.open("rb") as source, Path(os.devnull).open("wb") if dry_run else _beside(path) as target:
        before = os.fstat(source.fileno())
        total = Converted("")
        for part in _parts(source):
            target.write(part.text.encode())
            total = Converted("", *(a + b for a, b in zip(_figures(total), _figures(part), strict=True)))
        report = Report(records=total.records, changed=total.changed, lines=total.lines, backup=None)
        if dry_run or not report.changed:
            return report
        target.flush()
        os.fchown(target.fileno(), before.st_uid, before.st_gid)
        shutil.copystat(path, target.name)
        os.fsync(target.fileno())
        after = path.stat()
        if (after.st_ino, after.st_size, after.st_mtime_ns) != (before.st_ino, before.st_size, before.st_mtime_ns):
            raise Unreadable("it was changed while it was read: stop what writes it, and try again")
        backup = _kept(path)
        Path(target.name).replace(path)
        sync(path.parent)
    return Report(records=total.records, changed=total.changed, lines=total.lines, backup=backup)


def _figures(part: Converted) -> tuple[int, int, int]:
    return part.records, part.changed, part.lines


def _parts(source: IO[bytes]) -> Iterator[Converted]:
    """The file, converted: all of it at once, or for NDJSON line by line."""
    mark = codecs.BOM_UTF8 if source.read(3) == codecs.BOM_UTF8 else b""
    source.seek(len(mark))
    yield Converted(mark.decode())
    if not _is_ndjson(source):
        source.seek(len(mark))
        yield old_logs.document(source.read().decode())
        return
    source.seek(len(mark))
    for number, line in enumerate(source, 1):
        try:
            yield old_logs.record(line.decode()) if line.strip() else Converted(line.decode())
        except Unreadable as exc:
            raise Unreadable(f"line {number}: {exc}") from exc


def _is_ndjson(source: IO[bytes]) -> bool:
    """Whether the first line that says something is a whole record, and not the last one."""
    lines = (line for line in source if line.strip())
    first = next(lines, b"")
    if not first.lstrip().startswith(b"{") or next(lines, None) is None:
        return False
    try:
        old_logs.record(first.decode())
    except Unreadable as exc:
        return "more than one" in str(exc)
    return True


@contextmanager
def _beside(path: Path) -> Iterator[IO[bytes]]:
    """A file in the same folder, gone afterwards unless it was renamed."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as target:
        try:
            yield target
        finally:
            Path(target.name).unlink(missing_ok=True)


def _kept(path: Path) -> Path:
    """The file under a second name that nobody has yet: an earlier `.bak` is not replaced."""
    for number in count(1):
        backup = path.with_name(f"{path.name}.bak" + (f".{number}" if number > 1 else ""))
        try:
            backup.hardlink_to(path)
        except FileExistsError:
            continue
        except OSError:  # a file system without hard links
            shutil.copy2(path, backup)
        return backup
    raise AssertionError("count ends nowhere")

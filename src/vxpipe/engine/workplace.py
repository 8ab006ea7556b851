"""Where an attempt works and where its results go, by name; a private folder that is gone afterwards."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from vxpipe.errors import VxError
from vxpipe.model import Item
from vxpipe.unbroken import unbroken


def place_in_job(item: Item) -> str:
    """Where the results of a job's item lie."""
    return f"{item.key.job_id}/{item.key.index}-{place_of_target(item)}"


def place_of_target(item: Item) -> str:
    """Where the results of a single target lie: its platform and code, in letters that are safe in a path."""
    return f"{item.target.platform}-{re.sub('[^A-Za-z0-9._-]', '_', item.target.code)}"


@asynccontextmanager
async def workplace(root: Path, item: Item) -> AsyncIterator[Path]:
    """A private folder of this attempt under `root`, with `out` in it; gone afterwards, however the work ended.

    Raises VxError `storage`.
    """
    folder = root / item.key.job_id / str(item.key.index) / str(item.attempt)
    try:
        await asyncio.to_thread((folder / "out").mkdir, parents=True, mode=0o700)
    except OSError as exc:
        raise VxError("storage", f"the work folder cannot be made: {exc.strerror}") from exc
    try:
        yield folder
    finally:
        await unbroken(asyncio.to_thread(_remove, folder, root))


def _remove(folder: Path, root: Path) -> None:
    """Remove a folder, and those above it that are empty then."""
    shutil.rmtree(folder, ignore_errors=True)
    for parent in folder.parents:
        if parent == root:
            return
        try:
            parent.rmdir()
        except OSError:
            return

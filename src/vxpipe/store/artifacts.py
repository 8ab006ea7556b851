"""Published files in a folder of this machine."""

import asyncio
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from vxpipe.errors import VxError
from vxpipe.model import Artifact
from vxpipe.ports import ArtifactStore, OutputFile
from vxpipe.unbroken import unbroken

JOB_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OWNER = ".database"


class FolderArtifacts(ArtifactStore):
    """Files under `root`; a place is replaced whole or not at all."""

    def __init__(self, root: Path, *, new_id: Callable[[], str]) -> None:
        self._root = root
        self._new_id = new_id

    async def publish(self, folder: Path, place: str, files: Sequence[OutputFile]) -> tuple[Artifact, ...]:
        """See ArtifactStore."""
        try:
            return await unbroken(asyncio.to_thread(self._put, folder, place, files))
        except asyncio.CancelledError:  # whoever cancelled will not list these files
            await unbroken(self.discard([place]))
            raise
        except OSError as exc:
            raise VxError("storage", f"the results could not be stored: {exc.strerror}") from exc

    async def discard(self, places: Collection[str]) -> None:
        """See ArtifactStore."""
        await asyncio.to_thread(self._drop, places)

    async def jobs(self) -> frozenset[str]:
        """See ArtifactStore."""
        return await asyncio.to_thread(self._jobs)

    async def claim(self, identity: str) -> bool:
        """See ArtifactStore."""
        return await asyncio.to_thread(self._claim, identity)

    def path(self, artifact: Artifact) -> Path:
        """See ArtifactStore."""
        return self._root / artifact.path

    def _jobs(self) -> frozenset[str]:
        names = [place.name for place in self._root.iterdir()] if self._root.exists() else []
        return frozenset(name for name in names if JOB_ID.fullmatch(name))

    def _claim(self, identity: str) -> bool:
        mark = self._root / _OWNER
        self._root.mkdir(parents=True, exist_ok=True)
        if not mark.exists():
            new = mark.with_name(f"{_OWNER}.new")
            new.write_text(identity)
            new.replace(mark)  # whole or not at all
        return mark.read_text() == identity

    def _drop(self, places: Collection[str]) -> None:
        for place in places:
            folder = self._root / place
            for left in (folder, _stale(folder)):
                if left.exists():
                    shutil.rmtree(left, ignore_errors=True)

    def _put(self, folder: Path, place: str, files: Sequence[OutputFile]) -> tuple[Artifact, ...]:
        sealed = self._seal(folder, place, files)
        _swap(folder, self._root / place)
        return sealed

    def _seal(self, folder: Path, place: str, files: Sequence[OutputFile]) -> tuple[Artifact, ...]:
        sealed = tuple(self._describe(folder, place, file) for file in files)
        for inner in {(folder / file.name).parent for file in files}:
            sync(inner)
        return sealed

    def _describe(self, folder: Path, place: str, file: OutputFile) -> Artifact:
        path = folder / file.name
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            os.fsync(stream.fileno())
            size = os.fstat(stream.fileno()).st_size
        return Artifact(
            id=self._new_id(),
            kind=file.kind,
            name=path.name,
            path=f"{place}/{file.name}",
            bytes=size,
            sha256=digest,
            width=file.width,
            height=file.height,
            t=file.t,
        )


def _swap(folder: Path, target: Path) -> None:
    """Rename `folder` to `target`; what lay there, left by an attempt that never concluded, goes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    stale = _stale(target)
    shutil.rmtree(stale, ignore_errors=True)
    if target.exists():
        target.rename(stale)
    folder.rename(target)
    sync(target.parent)
    shutil.rmtree(stale, ignore_errors=True)


def _stale(target: Path) -> Path:
    """Where what lay at `target` is moved while it is replaced."""
    return target.with_name(f".{target.name}.stale")


def sync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

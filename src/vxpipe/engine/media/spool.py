"""What is kept of many pictures: in memory as long as it is little, beyond that in a file that has no name."""

import asyncio
import mmap
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[Any]

_T = TypeVar("_T")

_MOST_HELD = 1 << 23  # 20 minutes of a film; six hours of keyframes and of frames would take half a gigabyte


_LET_GO_SECONDS = 0.5


class Spool:
    """Arrays of one shape and type, one after the other; the file lies in `folder`, None: where the system has its own.

    It is gone with the spool.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = SpooledTemporaryFile(max_size=_MOST_HELD, dir=str(folder) if folder else None)  # noqa: SIM115 - goes with us
        self._shape: tuple[int, ...] = (0,)
        self._type: np.dtype[Any] = np.dtype(np.uint8)
        self._order: Sequence[int] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[Rows]:
        """Read back one by one: what was mapped would count as memory."""
        size = int(np.prod(self._shape)) * self._type.itemsize
        for place in self._order:
            self._file.seek(place * size)
            yield np.frombuffer(self._file.read(size), self._type).reshape(self._shape)

    def add(self, rows: Rows) -> None:
        """Append `rows`, an array whose first axis counts them."""
        self._shape, self._type = rows.shape[1:], rows.dtype
        self._file.write(rows.tobytes())
        self._count += len(rows)
        self._order = range(self._count)

    def reorder(self, order: Sequence[int]) -> None:
        """From now on give those at these places, in this order."""
        self._order = order

    def all(self) -> Rows:
        """Everything in the order it came in, as one array; what lies in the file is mapped."""
        self._file.seek(0)
        shape = (self._count, *self._shape)
        if int(np.prod(shape)) * self._type.itemsize <= _MOST_HELD:
            return np.frombuffer(self._file.read(), self._type).reshape(shape)
        self._file.flush()
        return np.memmap(self._file, self._type, "r", shape=shape)


async def lightly(work: Awaitable[_T], arrays: Iterable[Rows]) -> _T:
    """Await `work`; meanwhile, what it reads of those arrays that are mapped is let go twice a second.

    It would count as memory; it stays in the system's cache, from which it comes back at once.
    """
    maps = [found for array in arrays if (found := _mapping(array))]
    try:
        async with asyncio.TaskGroup() as group:
            letting_go = group.create_task(_let_go(maps))
            result = await work
            letting_go.cancel()
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return result


def _mapping(array: Rows) -> mmap.mmap | None:
    """The file's mapping that the array, or what it is a part of, lies in."""
    owner: object = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    return owner if isinstance(owner, mmap.mmap) else None


async def _let_go(maps: Sequence[mmap.mmap]) -> None:
    while maps and hasattr(mmap, "MADV_DONTNEED"):
        await asyncio.sleep(_LET_GO_SECONDS)
        for each in maps:
            each.madvise(mmap.MADV_DONTNEED)

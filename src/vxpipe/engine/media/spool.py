"""What is kept of many pictures: in memory as long as it is little, beyond that in a file that has no name."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[Any]

_MOST_HELD = 1 << 23  # 20 minutes of a film; six hours of keyframes and of frames would take half a gigabyte


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

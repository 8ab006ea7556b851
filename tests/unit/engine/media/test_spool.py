"""What is spooled comes back as it was, whether it fits into memory or not."""

import asyncio
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from vxpipe.engine.media.spool import Spool, lightly


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
@pytest.mark.parametrize("side", [10, 3000], ids=["in memory", "in a file"])
def test_rows_come_back_in_the_order_asked_for(tmp_path: Path, side: int, kind: type[np.generic]) -> None:
    rows = np.random.default_rng(1).integers(0, 256, (6, side, side), np.uint8).astype(kind)
    spool = Spool(tmp_path)
    for row in rows:
        spool.add(row[None])

    as_they_came, everything = list(spool), spool.all()
    spool.reorder([2, 0])

    assert [row.tobytes() for row in rows] == [row.tobytes() for row in as_they_came]
    assert np.array_equal(rows, everything)
    assert [rows[2].tobytes(), rows[0].tobytes()] == [row.tobytes() for row in spool]
    assert 2 == len(spool)
    assert [] == list(tmp_path.iterdir())


def test_an_empty_one_gives_nothing(tmp_path: Path) -> None:
    assert [] == list(Spool(tmp_path))
    assert 0 == len(Spool(tmp_path).all())


def _mapped_kib(path: Path) -> int:
    """How much of the files in a folder, deleted ones too, this process has mapped and in memory."""
    kib, is_ours = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if not re.match(r"\w+:", line):
            is_ours = str(path) in line
        elif is_ours and line.startswith("Rss:"):
            kib += int(line.split()[1])
    return kib


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
async def test_what_is_read_of_a_mapped_array_does_not_stay_in_memory(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for _ in range(4):
        spool.add(np.ones((1, 3000, 3000), np.uint8))
    rows = spool.all()

    async def read_and_wait() -> int:
        total = int(rows[1:].sum())
        await asyncio.sleep(0.8)
        return total

    assert 27_000_000 == await lightly(read_and_wait(), [rows[1:], np.zeros(3)])
    assert _mapped_kib(tmp_path) < 1000
    assert 36_000_000 == int(rows.sum())
    assert _mapped_kib(tmp_path) > 20_000


async def test_what_fails_lightly_fails_as_it_is() -> None:
    async def fails() -> None:
        raise KeyError("as it is")

    with pytest.raises(KeyError, match="as it is"):
        await lightly(fails(), [])

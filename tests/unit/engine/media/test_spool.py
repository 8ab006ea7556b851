"""What is spooled comes back as it was, whether it fits into memory or not."""

from pathlib import Path

import numpy as np
import pytest

from vxpipe.engine.media.spool import Spool


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

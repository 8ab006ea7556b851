"""What lies around each cell, as told cell by cell."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media.surroundings import laplacians, sums_around

_SHAPES = st.tuples(st.integers(1, 3), st.integers(3, 9), st.integers(3, 9))


@given(_SHAPES, st.integers(0, 1000))
def test_the_sum_around_a_cell_counts_the_rim_once_more(shape: tuple[int, int, int], seed: int) -> None:
    cells = np.random.default_rng(seed).integers(0, 256, shape).astype(np.int16)

    found = sums_around(cells)

    padded = np.pad(cells, ((0, 0), (1, 1), (1, 1)), mode="edge")
    told = [
        [[padded[k, y : y + 3, x : x + 3].sum() for x in range(shape[2])] for y in range(shape[1])]
        for k in range(shape[0])
    ]
    assert told == found.tolist()


@given(_SHAPES, st.integers(0, 1000))
def test_the_laplacian_of_a_cell_is_of_its_own_picture(shape: tuple[int, int, int], seed: int) -> None:
    cells = np.random.default_rng(seed).integers(0, 256, shape).astype(np.int16)

    found = laplacians(cells)

    around = cells[:, :-2, 1:-1] + cells[:, 2:, 1:-1] + cells[:, 1:-1, :-2] + cells[:, 1:-1, 2:]
    assert (around - 4 * cells[:, 1:-1, 1:-1]).tolist() == found.tolist()

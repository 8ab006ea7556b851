"""The search among very many hashes finds what comparing with each of them finds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media.features import bits_apart
from vxpipe.engine.media.nearby import Nearby

HASHES = st.integers(0, 2**64 - 1)


@st.composite
def _families(draw: st.DrawFn) -> list[int]:
    """Hashes of which many differ in a few bits only."""
    seeds = draw(st.lists(HASHES, min_size=1, max_size=4))
    flips = st.lists(st.integers(0, 63), max_size=9).map(lambda bits: sum(1 << bit for bit in set(bits)))
    return [seed ^ draw(flips) for seed in seeds for _ in range(draw(st.integers(1, 6)))]


@given(known=_families(), asked=_families(), shared=st.booleans(), most_bits=st.integers(0, 64))
def test_near_ones_are_those_that_a_comparison_with_all_finds(
    known: list[int], asked: list[int], shared: bool, most_bits: int
) -> None:
    ours, theirs = np.array([*asked, *(known if shared else [])], np.uint64), np.array(known, np.uint64)
    nearby = Nearby(most_bits)
    nearby.add(theirs[: len(theirs) // 2])
    nearby.add(theirs[len(theirs) // 2 :])

    rows, places, bits = nearby.near(ours)

    apart = bits_apart(ours, theirs)
    expected = np.nonzero(apart <= most_bits)
    assert list(zip(*(part.tolist() for part in expected), strict=True)) == list(
        zip(rows.tolist(), places.tolist(), strict=True)
    )
    assert apart[expected].tolist() == bits.tolist()


def test_nothing_is_near_where_nothing_is_known() -> None:
    assert [[], [], []] == [part.tolist() for part in Nearby(6).near(np.array([1, 2], np.uint64))]

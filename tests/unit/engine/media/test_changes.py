"""In which groups of pictures something may have happened."""

from fractions import Fraction

import numpy as np
import pytest

from unit.engine.media.films import scenery
from vxpipe.engine.media import changes
from vxpipe.engine.media.packets import PacketMap

SMALL = [1000, *[100] * 49]


def _film(*groups: list[int], fps: int = 25) -> PacketMap:
    """Groups of packets of these sizes, without B-frames."""
    sizes = np.concatenate(groups)
    begins = np.cumsum([0, *(len(group) for group in groups[:-1])])
    return PacketMap(
        pts=np.arange(len(sizes)), sizes=sizes, keys=np.isin(np.arange(len(sizes)), begins),
        hidden=np.zeros(len(sizes), np.bool_), unit=Fraction(1, fps),
    )  # fmt: skip


def _pictures(*seeds: int) -> list[changes.Picture]:
    return [changes.small(scenery(seed).repeat(4, 0).repeat(4, 1).astype(np.uint8)) for seed in seeds]


def test_a_group_between_two_pictures_is_looked_into_and_the_last_one_always() -> None:
    flagged = changes.changed_groups(_film(SMALL, SMALL, SMALL, SMALL), _pictures(1, 1, 2, 2))

    assert [False, True, False, True] == flagged.tolist()


@pytest.mark.parametrize("at", [1, 2, 10, 25, 48])
@pytest.mark.parametrize("after", [100, 900], ids=["still insert", "busy insert"])
def test_a_picture_that_comes_and_goes_in_a_group_is_told_by_its_bytes(at: int, after: int) -> None:
    """As measured: an insert takes 10 times the bytes of the frames before it, and so may all of its frames."""
    hiding = [1000, *[100] * (at - 1), 900, *[after] * (49 - at)]

    assert changes.changed_groups(_film(hiding, SMALL), _pictures(1, 1))[0]
    assert not changes.changed_groups(_film(SMALL, SMALL), _pictures(1, 1))[0]


def test_a_long_group_is_always_looked_into() -> None:
    long = [1000, *[100] * 150]

    assert changes.changed_groups(_film(long, SMALL), _pictures(1, 1))[0]


def test_borders_have_no_say() -> None:
    luma = np.zeros((480, 640), np.uint8)
    luma[60:420] = 200

    part = changes.inside(changes.small(luma), (640, 480), (0, 60, 640, 360))

    assert {200} == set(part.reshape(-1).tolist())

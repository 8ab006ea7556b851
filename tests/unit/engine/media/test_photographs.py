"""Photographs that are alike in their large shapes, as a light sky above a dark land."""

import numpy as np
import pytest

from unit.engine.media.films import Picture, film, scenery, still
from vxpipe.engine.media.cuts import NORMAL_THRESHOLD, cut_scores
from vxpipe.engine.media.features import Samples, luma_bytes
from vxpipe.engine.media.transitions import are_others


def _landscape(seed: int, light: float = 1.0) -> Picture:
    """Light above and dark below, with details of its own for every seed."""
    sky = np.linspace(210, 50, 64)[:, None] * np.ones(64)
    blocks = np.random.default_rng(seed).normal(0, 22, (16, 16))
    return np.clip(light * (sky + np.kron(blocks, np.ones((4, 4)))), 0, 255)


def _are_others(one: Picture, other: Picture) -> bool:
    luma = luma_bytes(film([one, other]).features.signature)
    return bool(are_others(luma[:1], luma[1:], 0.5)[0])


@pytest.mark.parametrize("seed", range(1, 6))
def test_two_landscapes_are_others_and_one_in_another_light_is_not(seed: int) -> None:
    assert _are_others(_landscape(0), _landscape(seed))
    assert not _are_others(_landscape(seed), _landscape(seed, light=0.7))


def test_where_hardly_anything_stands_out_light_tells() -> None:
    soft = np.linspace(210, 50, 64)[:, None] * np.ones(64)

    assert not _are_others(soft, 0.8 * soft)


def _bridged(one: Picture, other: Picture) -> Samples:
    """Two keyframes of a film, and nothing seen between them."""
    some = film(still(one, 5), still(other, 5)).taken(np.array([0, 5]))
    return Samples(
        pts=some.pts, times=some.times, keys=np.ones(2, np.bool_), features=some.features,
        numbers=np.array([0, 50]), of=100, bridged=np.array([False, True]),
    )  # fmt: skip


def test_a_picture_that_is_another_one_shifted_is_that_one_unless_its_light_is_another() -> None:
    wide = np.concatenate([scenery(3, contrast=60), scenery(53, contrast=60)], axis=1)
    one, turned = wide[:, :64], wide[:, 16:80]

    assert cut_scores(_bridged(one, turned))[0][1] < NORMAL_THRESHOLD
    assert cut_scores(_bridged(one, 0.7 * turned))[0][1] >= NORMAL_THRESHOLD

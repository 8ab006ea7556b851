"""Which pictures count as blurred."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from vxpipe.engine.media.blur import blur, blurry, without_blurry
from vxpipe.model import Candidate
from vxpipe.reasons import Reason

Luma = NDArray[np.uint8]


def _shapes(seed: int) -> Luma:
    """Blocks of many sizes with sharp edges."""
    rng = np.random.default_rng(seed)
    picture = np.full((180, 320), 90, np.uint8)
    for _ in range(60):
        y, x, h, w = rng.integers((0, 0, 8, 8), (170, 300, 60, 90))
        picture[y : y + h, x : x + w] = rng.integers(20, 235)
    return picture


def _softened(picture: Luma, pixels: int) -> Luma:
    """Averaged over `pixels` in both directions, twice: about what a lens out of focus does."""
    soft = picture.astype(np.float64)
    for axis in (0, 1, 0, 1):
        soft = np.apply_along_axis(np.convolve, axis, soft, np.ones(pixels) / pixels, "same")
    return soft.astype(np.uint8)


def _candidate(index: int, *, kept: bool = True) -> Candidate:
    return Candidate(
        index=index,
        t=index / 25,
        kept=kept,
        reason=Reason.SHOT,
        scene=index,
        score=1.0,
        dhash=0,
        sharpness=1.0,
        luma=100.0,
    )


@pytest.mark.parametrize("seed", range(4))
def test_blur_grows_with_softness(seed: int) -> None:
    picture = _shapes(seed)

    blurs = [blur(picture), *(blur(_softened(picture, pixels)) for pixels in (3, 6, 12))]

    assert sorted(blurs) == blurs
    assert blurs[0] < 0.3
    assert blurs[-1] > 0.6


@pytest.mark.parametrize("level", [16, 128, 235])
def test_a_flat_picture_is_not_blurred(level: int) -> None:
    assert 0 == blur(np.full((90, 160), level, np.uint8))


def test_only_kept_frames_far_beyond_the_usual_are_dropped() -> None:
    candidates = [_candidate(n, kept=n != 1) for n in range(5)]

    told = without_blurry(candidates, {0: 0.2, 2: 0.25, 3: 0.7, 4: 0.45}, {})

    assert [True, False, True, False, True] == [c.kept for c in told]
    assert "blurry" == told[3].reason
    assert candidates[1] == told[1]


BLURS = {0: 0.2, 10: 0.25, 20: 0.8}
OTHERS = {20: tuple(_candidate(n, kept=False) for n in (17, 22, 24))}


def test_a_blurred_frame_is_replaced_by_the_sharpest_of_the_others() -> None:
    twin = replace(_candidate(30, kept=False), reason=Reason.DUPLICATE, duplicate_of=20, distance=3)

    told = without_blurry(
        [*(_candidate(n) for n in BLURS), twin], {**BLURS, 17: 0.7, 22: 0.3, 24: 0.4}, OTHERS
    )  # fmt: skip

    assert [0, 10, 22] == [c.index for c in told if c.kept]
    assert [(17, "blurry"), (20, "blurry"), (22, "shot"), (24, "less_sharp")] == [
        (c.index, c.reason) for c in told if 10 < c.index < 30
    ]
    assert (30, 22) == (told[-1].index, told[-1].duplicate_of)


def test_a_blurred_frame_is_dropped_where_the_others_are_blurred_too_or_did_not_come() -> None:
    told = without_blurry([_candidate(n) for n in BLURS], {**BLURS, 17: 0.7, 22: 0.75}, OTHERS)

    assert [0, 10] == [c.index for c in told if c.kept]
    assert [(17, "blurry"), (20, "blurry"), (22, "blurry")] == [(c.index, c.reason) for c in told if c.index > 10]


def test_the_opening_shot_stays_as_sharp_as_it_comes() -> None:
    candidates = [_candidate(0), _candidate(10), replace(_candidate(20), reason=Reason.OPENING_SHOT)]

    told = without_blurry(candidates, {**BLURS, 17: 0.7}, OTHERS)

    assert (17, "opening_shot") == next((c.index, c.reason) for c in told if c.kept and c.index > 10)


def test_a_frame_that_somebody_named_is_never_blurry() -> None:
    assert [20] == [c.index for c in blurry([_candidate(n) for n in BLURS], BLURS)]
    assert () == blurry([replace(_candidate(n), reason=Reason.TIMESTAMP) for n in BLURS], BLURS)


def test_a_film_that_is_soft_all_over_is_kept() -> None:
    candidates = [_candidate(n) for n in range(3)]

    assert () == blurry(candidates, {0: 0.66, 1: 0.7, 2: 0.68})


def test_one_frame_at_least_stays() -> None:
    assert () == blurry([_candidate(0)], {0: 0.9})
    assert () == blurry([_candidate(0)], {})

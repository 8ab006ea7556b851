"""What other figures would change of a run, foreseen from what it has stored."""

from typing import Any

import pytest

from vxpipe.forecast import Forecast, Run, foresee, run_of


def row(t: float, dhash: str, **more: Any) -> dict[str, Any]:
    return {"t": t, "kept": True, "reason": "shot", "dhash": dhash, "distance": None} | more


ROWS = (
    row(0.5, "0000000000000000", reason="opening_shot"),
    row(2.5, "00000000000000ff"),
    row(4.5, "0000000000000007", kept=False, reason="duplicate", distance=3),
    row(5.5, "0000000000ffffff", kept=False, reason="resumed", distance=9),
    row(6.5, "ffffffff00000000"),
)
CUTS = [
    {"t": t, "score": score, "thresholds": [[low, score]]}
    for t, score, low in ((1.0, 0.1, 0.05), (2.0, 0.4, 0.05), (4.0, 0.9, 0.05), (6.0, 0.8, 0.2), (7.0, 0.08, 0.05))
]
FRAMES = {"mode": "scenes", "threshold": 0.3, "min": 0, "max": 500}
DEDUPE = {"enabled": True, "distance": 6}


def run(*, frames: dict[str, Any] = FRAMES, dedupe: dict[str, Any] = DEDUPE, cuts: Any = CUTS) -> Run:
    return run_of(ROWS, {"options": {"frames": frames, "dedupe": dedupe}, "cuts": cuts})


def frames(forecast: Forecast) -> tuple[int, int, int]:
    return forecast.frames, forecast.least, forecast.most


def test_nothing_else_changes_nothing() -> None:
    expected = Forecast(shots=4, shots_then=4, frames=3, least=3, most=3)

    assert foresee(run()) == expected
    assert foresee(run(), threshold=0.3, distance=6) == expected


def test_shots_that_become_one_leave_the_frames_of_one() -> None:
    strict = foresee(run(), threshold=0.5)

    assert (strict.shots_then, frames(strict)) == (3, (3, 2, 2))


def test_a_shot_without_a_frame_of_its_own_takes_none_from_the_one_it_joins() -> None:
    # The third shot shows what the first does: what it becomes a part of keeps its frame.
    joined = foresee(run(cuts=[*CUTS[:2], CUTS[2] | {"thresholds": [[0.05, 0.4]]}, *CUTS[3:]]), threshold=0.5)

    assert (joined.shots_then, frames(joined)) == (2, (3, 2, 2))


def test_a_weak_cut_seldom_brings_a_frame_and_a_strong_one_may() -> None:
    weak = [{"t": 8 + n, "score": 0.1, "thresholds": [[0.05, 0.1]]} for n in range(10)]
    strong = [{"t": 8.5, "score": 0.25, "thresholds": [[0.05, 0.25]]}]

    assert frames(foresee(run(cuts=CUTS[1:4] + weak), threshold=0.1)) == (3, 3, 5)
    assert frames(foresee(run(cuts=CUTS[1:4] + strong), threshold=0.25)) == (3, 3, 4)


def test_a_cut_that_gives_way_to_another_brings_no_frame() -> None:
    # At 0.05 the fourth cut gives way to the dissolve that it lies in, and two weak ones count.
    lax = foresee(run(cuts=CUTS[:4]), threshold=0.05)

    assert (lax.shots_then, frames(lax)) == (4, (3, 3, 3))


def test_where_nobody_looks_for_repeats_each_shot_brings_a_frame() -> None:
    forecast = foresee(run(dedupe={"enabled": False, "distance": 6}), threshold=0.05, distance=60)

    assert (forecast.shots_then, frames(forecast)) == (5, (3, 4, 4))


@pytest.mark.parametrize(
    ("distance", "least", "most"),
    [(8, 2, 3), (7, 3, 3), (5, 3, 3), (4, 3, 4), (2, 3, 5), (64, 1, 3)],
)
def test_a_distance_takes_frames_for_repeats_and_gives_repeats_back(distance: int, least: int, most: int) -> None:
    assert frames(foresee(run(), distance=distance)) == (3, least, most)


def test_the_bounds_of_the_run_are_kept() -> None:
    assert frames(foresee(run(frames=FRAMES | {"max": 3}), distance=0)) == (3, 3, 3)
    assert frames(foresee(run(frames=FRAMES | {"min": 3}), threshold=0.5)) == (3, 2, 3)


def test_what_meant_nothing_to_a_run_changes_nothing() -> None:
    interval = run(frames={"mode": "interval", "threshold": 0.3, "min": 0, "max": 500})

    assert foresee(interval, threshold=0.05) == Forecast(shots=1, shots_then=1, frames=3, least=3, most=3)


@pytest.mark.parametrize("mode", ["count", "timestamps"])
def test_what_was_named_comes_again_though_it_is_a_repeat_and_beyond_the_bound(mode: str) -> None:
    named = run(frames={"mode": mode, "threshold": 0.3, "min": 0, "max": 2})

    assert frames(foresee(named, distance=64)) == frames(foresee(named, distance=0)) == (3, 3, 3)


def test_a_run_of_before_knows_its_cuts_by_their_score() -> None:
    early = run(cuts=[{"t": cut["t"], "score": cut["score"]} for cut in CUTS])

    assert (foresee(early, threshold=0.85).shots_then, foresee(early, threshold=0.05).shots_then) == (2, 6)
    assert foresee(run_of((), {})).frames == 0

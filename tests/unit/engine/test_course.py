"""How far an item is, and how long it still takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.costs import Costs
from vxpipe.engine.course import MEASURED, MEASURED_BYTES, STAGES, Course
from vxpipe.model import Target

COSTS = {"fetch": 50.0, "probe": 1.0, "analyse": 30.0, "render": 18.0, "publish": 1.0}
REMOTE = Target(platform="fake", code="abc", url="https://fake.example/abc")
LOCAL = Target(platform="file", code="clip", url="/clip.mp4")

stages = st.sampled_from([*STAGES, "downloaded", "anything"])
figures = st.none() | st.floats(0, 1e6)
steps = st.lists(st.tuples(stages, st.floats(-1, 2), st.floats(0, 600), figures, figures))


@given(steps, st.dictionaries(st.sampled_from(STAGES), st.floats(0, 1e6)))
def test_progress_never_falls_and_leaves_the_last_percent(
    reports: list[tuple[str, float, float, float | None, float | None]], costs: dict[str, float]
) -> None:
    course, now, figures = Course(costs, begun=0.0), 0.0, [0]

    for stage, fraction, seconds, left, total in reports:
        now += seconds
        course.at(stage, fraction, now, seconds_left=left, total_bytes=total)
        figures.append(course.progress)
        course.pass_time(now + 0.5)
        figures.append(course.progress)
        eta = course.eta(now)
        assert eta is None or eta >= 0

    assert figures == sorted(figures)
    assert figures[-1] <= 99


def test_stages_have_the_share_that_they_cost() -> None:
    course, seen = Course(COSTS, begun=0.0), list[int]()

    for stage in ("fetch", "downloaded", "probe", "analyse", "render", "publish"):
        course.at(stage, 0.0, 0.0)
        seen.append(course.progress)

        course.at(stage, 1.0, 0.0)

    assert seen == [0, 49, 49, 50, 80, 98]
    assert course.progress == 99


def test_a_download_that_is_spared_leaves_its_share_to_the_work() -> None:
    course = Course(COSTS, begun=0.0)
    for stage in ("fetch", "downloaded", "probe"):
        course.at(stage, 0.0, 0.0)
    course.at("probe", 1.0, 0.0)

    course.at("analyse", 0.5, 0.0)

    assert course.progress == int(99 * (1 + 15) / 50)


def test_a_silent_stage_moves_on_but_not_to_its_end() -> None:
    course = Course(COSTS, begun=0.0)
    course.at("analyse", 0.2, 0.0)
    before = course.progress

    figures = list[int]()
    for now in range(0, 200, 20):
        course.pass_time(float(now))
        figures.append(course.progress)
    course.pass_time(1e6)

    assert before < figures[3] < figures[-1]
    assert course.progress <= 60 * (0.2 + 0.8 * 0.3) + 1


def test_the_time_left_is_foreseen_once_a_stage_tells_how_fast_it_is() -> None:
    course = Course({"analyse": 30.0, "render": 10.0}, begun=0.0)
    course.at("analyse", 0.0, 0.0)
    early = course.eta(0.0)

    for second in range(1, 31):
        course.at("analyse", second / 60, float(second))

    assert early is None
    assert course.eta(30.0) == pytest.approx(30 + 20, abs=1)
    assert course.eta(35.0) == pytest.approx(30 + 20 - 5, abs=1)


def test_a_download_that_knows_its_end_is_believed_and_waiting_is_not_foreseen() -> None:
    course = Course({"fetch": 10.0, "analyse": 10.0}, begun=0.0)
    course.at("fetch", 0.0, 0.0)
    course.at("fetch", 0.5, 10.0, seconds_left=30.0)
    foreseen = course.eta(10.0)

    course.at("downloaded", 0.0, 40.0)

    assert foreseen == 30 + 40
    assert course.eta(40.0) is None


def test_a_slow_line_makes_a_download_long_but_not_the_work_on_it() -> None:
    course = Course({"fetch": 3.0, "analyse": 2.0, "render": 1.0}, begun=0.0, usual_bytes=4e6)
    course.at("fetch", 0.0, 0.0)

    etas, percents = list[int | None](), list[int]()
    for second in range(1, 91):
        course.at("fetch", second / 90, float(second), seconds_left=90.0 - second, total_bytes=8e6)
        etas.append(course.eta(float(second)))
        percents.append(course.progress)

    assert [86 + 6, 45 + 6, 6] == [etas[3], etas[44], etas[89]]
    assert percents[44] == pytest.approx(99 * 45 / 96, abs=1)
    assert percents[89] == pytest.approx(99 * 90 / 96, abs=1)


def test_a_large_download_leaves_more_work_than_a_small_one() -> None:
    etas = list[int | None]()
    for total in (4e6, 4e8):
        course = Course({"fetch": 3.0, "analyse": 3.0}, begun=0.0, usual_bytes=4e6)
        course.at("fetch", 0.0, 0.0)
        course.at("fetch", 0.5, 10.0, seconds_left=10.0, total_bytes=total)
        etas.append(course.eta(10.0))

    assert [10 + 3, 10 + 300] == etas


def test_an_end_that_never_comes_is_no_forecast() -> None:
    course = Course({"fetch": 10.0}, begun=0.0)
    course.at("fetch", 0.0, 0.0)
    course.at("fetch", 0.5, 10.0, seconds_left=float("inf"))

    assert course.eta(10.0) == 30 * 86_400


def test_costs_are_learnt_from_what_items_took_but_not_from_a_download_that_was_spared() -> None:
    costs = Costs()
    for _ in range(50):
        costs.learn(REMOTE, {"fetch": 40.0, "downloaded": 9.0, "analyse": 5.0}, clip=False, downloaded=9_000_000)
        costs.learn(REMOTE, {"fetch": 0.0}, clip=False, downloaded=0)

    learnt = costs.of(REMOTE, clip=False)

    assert learnt["fetch"] == pytest.approx(40)
    assert learnt["analyse"] == pytest.approx(5)
    assert set(learnt) == set(MEASURED[False])
    assert costs.of(REMOTE, clip=True) == MEASURED[True]
    assert costs.usual_bytes(clip=False) == pytest.approx(9_000_000)
    assert costs.usual_bytes(clip=True) == MEASURED_BYTES


def test_a_local_file_and_a_program_have_no_download() -> None:
    assert "fetch" not in Costs().of(LOCAL, clip=False)
    assert set(Costs(program=True).of(REMOTE, clip=True)) == {"program", "publish"}

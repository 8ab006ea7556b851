"""States and figures that follow from others."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import START, job
from vxpipe.model import Item, ItemStatus, JobStatus, job_eta, job_progress, job_status

W, P, S, F, C = ItemStatus


@pytest.mark.parametrize(
    ("items", "cancelled", "expected"),
    [
        ([W, W], False, JobStatus.PENDING),
        ([W, P], False, JobStatus.RUNNING),
        ([W, S], False, JobStatus.RUNNING),
        ([S, S], False, JobStatus.COMPLETED),
        ([S, F], False, JobStatus.FAILED),
        ([F, F], False, JobStatus.FAILED),
        ([C, C], True, JobStatus.CANCELLED),
        ([S, C], True, JobStatus.CANCELLED),
        ([C, P], True, JobStatus.RUNNING),
        ([S, S], True, JobStatus.COMPLETED),
    ],
)
def test_a_job_stands_where_its_items_stand(items: list[ItemStatus], cancelled: bool, expected: JobStatus) -> None:
    assert expected == job_status(items, cancelled=cancelled)


@given(st.lists(st.tuples(st.sampled_from(ItemStatus), st.integers(0, 100)), min_size=1), st.sampled_from(JobStatus))
def test_only_a_completed_job_is_at_100(items: list[tuple[ItemStatus, int]], status: JobStatus) -> None:
    progress = job_progress(status, items)

    assert 0 <= progress <= 100
    assert (progress == 100) == (status is JobStatus.COMPLETED)


def test_a_cancelled_item_counts_only_what_was_done_of_it() -> None:
    assert job_progress(JobStatus.CANCELLED, [(C, 0), (C, 30), (F, 0)]) == 43


def test_progress_of_many_items_does_not_stay_at_zero() -> None:
    items = [(S, 100)] * 150 + [(W, 0)] * 150

    assert job_progress(JobStatus.RUNNING, items) == 50


def timed(status: ItemStatus, *, eta: int | None = None, seconds: float | None = None) -> Item:
    (item,) = job("j", "abc").items
    ended = START + timedelta(seconds=seconds) if seconds is not None else None
    return replace(item, status=status, eta=eta, started_at=START if seconds is not None else None, finished_at=ended)


@pytest.mark.parametrize(
    ("items", "eta"),
    [
        ([timed(P, eta=9)], 9),
        ([timed(P, eta=9), timed(P, eta=None)], None),
        ([timed(W)], None),
        ([timed(P, eta=9), timed(W)], None),
        ([timed(P, eta=9), timed(W), timed(S, seconds=20)], 29),
        ([timed(P, eta=9), timed(P, eta=40), timed(W), timed(S, seconds=11)], 40),
        ([timed(P, eta=0), timed(F, seconds=3)], 0),
        ([timed(S, seconds=20), timed(F, seconds=3)], None),
        ([replace(timed(W), retry_at=START), timed(P, eta=9), timed(S, seconds=20)], None),
    ],
)
def test_the_time_a_job_still_takes_is_told_where_every_item_gives_ground(items: list[Item], eta: int | None) -> None:
    assert job_eta(items) == eta

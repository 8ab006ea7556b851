"""The jobs of a list as a query that reads one index in the order of the list, however many jobs there are. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from vxpipe.model import Wanted
from vxpipe.store.queries import THERE
from vxpipe.store.schema import PLATFORM, jobs, marks


def jobs_wanted(wanted: Wanted, *, before: Any = None) -> sa.Select[Any]:
    """The jobs that are wanted, newest first; `before` is where the page before ended."""
    found = list(wanted.labels) + ([(PLATFORM, wanted.platform)] if wanted.platform is not None else [])
    # A label's list is shorter than that of all jobs: it is the one to be read, and the other marks are looked up.
    at, job_id = (marks.c.created_at, marks.c.job_id) if found else (jobs.c.created_at, jobs.c.id)
    query = sa.select(jobs).select_from(marks.join(jobs, marks.c.job_id == jobs.c.id) if found else jobs)
    query = query.where(THERE, *_is_marked(found), *_in_span(wanted, at))
    if wanted.status is not None:
        query = query.where(jobs.c.status == wanted.status.value)
    if wanted.owner is not None:
        query = query.where(jobs.c.owner == wanted.owner)
    if before is not None:
        query = query.where(sa.tuple_(at, job_id) < before)
    return query.order_by(at.desc(), job_id.desc())


def count_by_status(wanted: Wanted) -> sa.Select[Any]:
    """How many of the jobs that are wanted are in each state; without labels and owner it reads one index only."""
    found = jobs_wanted(replace(wanted, status=None)).order_by(None)
    return found.with_only_columns(jobs.c.status, sa.func.count()).group_by(jobs.c.status)


def _is_marked(found: Sequence[tuple[str, str]]) -> list[sa.ColumnElement[bool]]:
    if not found:
        return []
    (name, value), *others = found
    return [marks.c.name == name, marks.c.value == value, *(_has_mark(*other) for other in others)]


def _has_mark(name: str, value: str) -> sa.ColumnElement[bool]:
    other = marks.alias()
    key = (other.c.created_at == jobs.c.created_at, other.c.job_id == jobs.c.id)
    return sa.exists().where(other.c.name == name, other.c.value == value, *key)


def _in_span(wanted: Wanted, at: sa.Column[Any]) -> list[sa.ColumnElement[bool]]:
    since = [at >= wanted.since] if wanted.since is not None else []
    return since + ([at < wanted.until] if wanted.until is not None else [])

"""The tables, as SQLAlchemy Core sees them. What creates and changes them are the migrations beside this file."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware UTC time, stored as whole milliseconds since 1970."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:  # noqa: ARG002
        """To milliseconds."""
        return None if value is None else (value - _EPOCH) // _MILLISECOND

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """To an aware time."""
        return None if value is None else _EPOCH + value * _MILLISECOND


class Json(sa.types.TypeDecorator[Any]):
    """A JSON document, stored as text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        """To compact JSON text."""
        return None if value is None else as_text(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        """To plain lists, dicts, strings and numbers."""
        return None if value is None else orjson.loads(value)


def as_stored(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """The column's value as the database holds it: milliseconds, JSON text."""
    return sa.type_coerce(column, column.type.impl)  # type: ignore[attr-defined]


def as_text(value: Any) -> str:
    """JSON; what cannot be written (half of a surrogate pair from some site's title) is replaced, not refused."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()


metadata = sa.MetaData()

# The status of a job that is there for nobody any more, while its rows are removed.
DELETED = "deleted"

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("recipe", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
    sa.Column("last_seq", sa.BigInteger, nullable=False, default=0),
    sa.Column("cancel_requested", sa.Boolean, nullable=False, default=False),
    sa.Column("idempotency_key", sa.String(255), unique=True),
    sa.Column("body_digest", sa.String(64)),
    sa.Column("owner", sa.String(16)),
    sa.Column("labels", Json, nullable=False, default={}),
    sa.Column("priority", sa.Integer, nullable=False, default=0),
    sa.Column("hooks", Json),
    sa.Index("jobs_newest_first", "created_at", "id"),
    sa.Index("jobs_by_status", "status", "created_at", "id"),
    sa.Index("jobs_of_owner", "owner", "created_at", "id"),
    sa.Index("jobs_by_end", "finished_at"),
)

# By what jobs are found, each list in the order in which it is read: labels, and their platforms under no label's name.
marks = sa.Table(
    "marks",
    metadata,
    sa.Column("name", sa.String(63), primary_key=True),
    sa.Column("value", sa.String(200), primary_key=True),
    sa.Column("created_at", Instant, primary_key=True),
    sa.Column("job_id", sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Index("marks_of_job", "job_id"),
    sqlite_with_rowid=False,
)
PLATFORM = ""

# One row: the name of this very database, by which files can tell whether they are of it.
identity = sa.Table("identity", metadata, sa.Column("id", sa.String(36), primary_key=True))

items = sa.Table(
    "items",
    metadata,
    sa.Column("job_id", sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("index", sa.Integer, primary_key=True),
    sa.Column("platform", sa.String(64), nullable=False),
    sa.Column("code", sa.String(255), nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("progress", sa.Integer, nullable=False, default=0),
    sa.Column("stage", sa.String(32)),
    sa.Column("eta", sa.Integer),
    sa.Column("frames", sa.Integer),
    sa.Column("warnings", Json, nullable=False),
    sa.Column("error", Json),
    sa.Column("source", Json),
    sa.Column("crop", Json),
    sa.Column("started_at", Instant),
    sa.Column("finished_at", Instant),
    sa.Column("tries", sa.Integer, nullable=False, default=0),
    sa.Column("retry_at", Instant),
    sa.Column("last_failure", Json),
    sa.Column("attempts_before", sa.Integer, nullable=False, default=0),
    sa.Column("options", sa.Text),
    # All that a job's status and progress follow from.
    sa.Index("items_by_state", "job_id", "status", "progress"),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("job_id", sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("ts", Instant, nullable=False),
    sa.Column("data", Json, nullable=False),
    sqlite_with_rowid=False,
)

artifacts = sa.Table(
    "artifacts",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("job_id", sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("item", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("t", sa.Float),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Index("artifacts_of_item", "job_id", "item", "place"),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("revoked_at", Instant),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("key_id", sa.String(16), nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.String(80), primary_key=True),
    sa.Column("job_id", sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("event", sa.String(16), nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("last_error", sa.Text),
    sa.Index("deliveries_due", "due_at"),
    sa.Index("deliveries_of_job", "job_id", "created_at"),
)

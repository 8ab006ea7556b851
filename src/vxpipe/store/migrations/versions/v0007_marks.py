"""Labels, priority and options per item; by what jobs are found."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns and the table; jobs that are there can be found by platform from now on."""
    op.add_column("jobs", sa.Column("labels", sa.Text, nullable=False, server_default="{}"))
    op.add_column("jobs", sa.Column("priority", sa.Integer, nullable=False, server_default="0"))
    op.add_column("items", sa.Column("options", sa.Text))
    op.drop_index("jobs_by_status", "jobs")
    op.create_index("jobs_by_status", "jobs", ["status", "created_at", "id"])
    op.create_table(
        "marks",
        sa.Column("name", sa.String(63), primary_key=True),
        sa.Column("value", sa.String(200), primary_key=True),
        sa.Column("created_at", sa.BigInteger, primary_key=True),
        sa.Column("job_id", sa.String(36), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("marks_of_job", "marks", ["job_id"])
    op.execute(
        "INSERT INTO marks (name, value, created_at, job_id)"
        " SELECT DISTINCT '', items.platform, jobs.created_at, jobs.id FROM items JOIN jobs ON jobs.id = items.job_id"
    )

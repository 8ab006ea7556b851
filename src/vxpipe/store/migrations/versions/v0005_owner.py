"""Whose key a job was sent with."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column and the index for the list of one key."""
    op.add_column("jobs", sa.Column("owner", sa.String(16)))
    op.create_index("jobs_of_owner", "jobs", ["owner", "created_at", "id"])

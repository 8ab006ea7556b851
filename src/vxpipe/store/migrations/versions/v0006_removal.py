"""What removing jobs needs: an index of their ends, and a name of the database, so that no files of another go."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add both."""
    op.create_index("jobs_by_end", "jobs", ["finished_at"])
    identity = op.create_table("identity", sa.Column("id", sa.String(36), primary_key=True))
    op.bulk_insert(identity, [{"id": secrets.token_hex(16)}])

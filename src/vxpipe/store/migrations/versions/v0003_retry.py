"""What an item that is run again has behind it; an index for what a job's status follows from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column and the index."""
    op.add_column("items", sa.Column("attempts_before", sa.Integer, nullable=False, server_default="0"))
    op.create_index("items_by_state", "items", ["job_id", "status", "progress"])

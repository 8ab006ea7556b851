"""When and why an item is tried again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the three columns."""
    op.add_column("items", sa.Column("tries", sa.Integer, nullable=False, server_default="0"))
    op.add_column("items", sa.Column("retry_at", sa.BigInteger))
    op.add_column("items", sa.Column("last_failure", sa.Text))

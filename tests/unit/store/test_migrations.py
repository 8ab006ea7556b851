"""The migrations make the tables that the code expects."""

from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from vxpipe.store.migrations import upgrade
from vxpipe.store.schema import metadata


def test_a_migrated_database_is_the_one_the_code_expects(tmp_path: Path) -> None:
    upgrade(tmp_path / "x.db")
    upgrade(tmp_path / "x.db")

    engine = sa.create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()

    assert differences == []

"""Brings a database to the newest schema. The steps are in `versions/`, run in order by alembic."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config


def upgrade(path: Path, *, to: str = "head") -> None:
    """Create or upgrade the SQLite file at `path`, to the newest revision or another. Blocks: call it from a thread.

    A file of a newer vxpipe is refused by alembic ("Can't locate revision"); nothing is changed then.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    finally:
        engine.dispose()

"""Brings a database to the newest schema. The steps are in `versions/`, run in order by alembic."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory


def upgrade(path: Path, *, to: str = "head") -> None:
    """Create or upgrade the SQLite file at `path`, to the newest revision or another. Blocks: call it from a thread.

    A file of a newer vxpipe is refused by alembic ("Can't locate revision"); nothing is changed then.
    """
    config = _config()
    engine = _engine(path)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    finally:
        engine.dispose()


def is_current(path: Path) -> bool:
    """Whether the SQLite file at `path` is there and has the newest schema. Blocks, and changes nothing."""
    if not path.exists():
        return False
    engine = _engine(path)
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    return found == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _engine(path: Path) -> sa.Engine:
    return sa.create_engine(sa.URL.create("sqlite", database=str(path)))

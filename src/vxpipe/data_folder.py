"""The data folder and its database: whose they are, and what is done beside a service that has them."""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from vxpipe import config
from vxpipe.access import ApiKey
from vxpipe.errors import ConfigError
from vxpipe.store.database import Database, Told
from vxpipe.store.keys import SqlKeys
from vxpipe.store.migrations import is_current, upgrade


class InUse(ConfigError):
    """A service runs there."""


@contextmanager
def owned(settings: config.Settings) -> Iterator[Path]:
    """The data folder, it and the database ours alone: two services on one would each run the other's items."""
    data, database = settings.data_dir.absolute(), settings.database_path
    with (
        _locked(data / ".lock", "VXPIPE_DATA_DIR"),
        _locked(database.with_name(f".{database.name}.lock"), "DATABASE_URL"),
    ):
        yield data


@asynccontextmanager
async def opened(path: Path, *, told: Told) -> AsyncIterator[Database]:
    """An upgraded database; what it commits is `told`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    await asyncio.to_thread(upgrade, path)
    database = Database(path, told=told)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def key_store(settings: config.Settings) -> AsyncIterator[SqlKeys]:
    """The keys of a data folder, whether or not a service runs on it.

    Nothing is taken from a service: SQLite lets one writer in after the other, and each writes for milliseconds. What
    only one may do, changing the schema, is done under the service's lock. Raises ConfigError.
    """
    await asyncio.to_thread(_brought_up_to_date, settings)
    database = Database(settings.database_path, told=lambda _: None)
    try:
        yield SqlKeys(database)
    finally:
        await database.close()


async def stored_keys(settings: config.Settings) -> tuple[ApiKey, ...]:
    """The keys that are stored, none where nothing is; changes nothing."""
    if not await asyncio.to_thread(is_current, settings.database_path):
        return ()
    async with key_store(settings) as store:
        return await store.keys()


def _brought_up_to_date(settings: config.Settings) -> None:
    if is_current(settings.database_path):
        return
    try:
        with owned(settings):
            upgrade(settings.database_path)
    except InUse as exc:
        raise ConfigError(f"{exc} and is of another version than this one: stop it first") from exc


@contextmanager
def _locked(path: Path, variable: str) -> Iterator[None]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("w")
    except OSError as exc:
        raise ConfigError(f"{variable}: {path.parent} cannot be written: {exc.strerror}") from exc
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            raise InUse(f"{variable}: another vxpipe service uses {path.parent}") from exc
        yield

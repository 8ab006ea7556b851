"""`vxpipe keys`: make, list and revoke keys, while the service runs or without it."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated

import typer

from vxpipe.access import ApiKey, Scope
from vxpipe.errors import Refused

_MOST_DAYS = 3650
_LONGEST_NAME = 100

commands = typer.Typer(help="The keys that callers of the service need.", no_args_is_help=True)


@commands.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is, for the list.")],
    scope: Annotated[list[Scope], typer.Option(help="What it is good for; give it several times for several.")],
    expires: Annotated[int | None, typer.Option(help="Days until it ends by itself.", min=1, max=_MOST_DAYS)] = None,
) -> None:
    """Make a key. It is printed this once and cannot be shown again."""
    from vxpipe import access, clock, config, data_folder

    settings = config.read()
    now, key_id, secret = clock.now(), clock.new_key_id(), clock.new_secret()
    key = ApiKey(
        id=key_id,
        name=_checked(name),
        scopes=frozenset(scope),
        digest=access.digest(secret),
        created_at=now,
        expires_at=now + timedelta(days=expires) if expires else None,
    )

    async def add() -> bool:
        async with data_folder.key_store(settings) as store:
            before = await store.keys()
            await store.add(key)
        return not settings.api_key and not any(other.opens(now) for other in before)

    is_first = asyncio.run(add())
    typer.echo(f"key {key.id} ({key.name}) is good for: {_scopes(key)}; it ends: {_day(key)}", err=True)
    if is_first:
        typer.echo("A running service asks everybody for a key from now on, open pages too.", err=True)
    typer.echo("Keep it now, it is not shown again:", err=True)
    typer.echo(access.spelled(key_id, secret))


@commands.command("list")
def list_keys() -> None:
    """Show every key: its id, name and scopes, never its secret."""
    from vxpipe import clock, config, data_folder

    async def read() -> tuple[ApiKey, ...]:
        async with data_folder.key_store(config.read()) as store:
            return await store.keys()

    now = clock.now()
    rows = [
        (key.id, _state(key, is_live=key.opens(now)), f"{key.created_at:%Y-%m-%d}", _day(key), _scopes(key), key.name)
        for key in asyncio.run(read())
    ]
    for line in _table([("ID", "STATE", "MADE", "ENDS", "SCOPES", "NAME"), *rows]):
        typer.echo(line)


@commands.command()
def revoke(key_id: Annotated[str, typer.Argument(metavar="ID", help="The id that `vxpipe keys list` shows.")]) -> None:
    """End a key and the browsers that signed in with it; a running service notices within seconds."""
    from vxpipe import clock, config, data_folder

    settings = config.read()

    async def end() -> tuple[bool, bool]:
        async with data_folder.key_store(settings) as store:
            was_live = await store.revoke(key_id, at=clock.now())
            left = any(key.opens(clock.now()) for key in await store.keys())
        return was_live, left or bool(settings.api_key)

    was_live, is_left = asyncio.run(end())
    if not was_live:
        raise Refused("id", f"there is no key {key_id!r} that could be revoked; `vxpipe keys list` shows all")
    typer.echo(f"key {key_id} is revoked", err=True)
    if not is_left:
        typer.echo("No key is left: a running service lets nobody in, until it is started again.", err=True)


def _checked(name: str) -> str:
    if not (name.strip() and name.isprintable() and len(name) <= _LONGEST_NAME):
        raise Refused("name", f"a name has 1 to {_LONGEST_NAME} printable characters, not {name!r}")
    return name.strip()


def _state(key: ApiKey, *, is_live: bool) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "live" if is_live else "expired"


def _day(key: ApiKey) -> str:
    return f"{key.expires_at:%Y-%m-%d}" if key.expires_at else "never"


def _scopes(key: ApiKey) -> str:
    return ",".join(sorted(key.scopes))


def _table(rows: list[tuple[str, ...]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()

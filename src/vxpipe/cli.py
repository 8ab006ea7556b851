"""The command line: parses, calls, prints. The only reader of argv."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from vxpipe.errors import ConfigError, Refused

OK, SOME_FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

cli = typer.Typer(
    name="vxpipe",
    help="From a list of videos to clean, cropped, de-duplicated, time-stamped frames.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run a command; a wrong setting or target is one line and exit status 2."""
    try:
        cli()
    except (ConfigError, Refused) as exc:
        print(f"vxpipe: {exc}", file=sys.stderr)  # noqa: T201 - the command line prints
        sys.exit(WRONG_USAGE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


@cli.command()
def serve() -> None:
    """Run the service; settings come from the environment and .env (see .env.sample)."""
    from vxpipe import app, config

    settings = config.read()
    asyncio.run(app.serve(settings, ready=lambda url: typer.echo(f"vxpipe is ready: {url}", err=True)))


@cli.command()
def demo(
    data_dir: Annotated[
        Path | None, typer.Option(help="Where the results go. Default: demo in the data folder.")
    ] = None,
) -> None:
    """Process the bundled samples through the real service and show where the frames are."""
    from vxpipe import config
    from vxpipe import demo as demonstration

    folder = data_dir or config.read().data_dir / "demo"
    completed = asyncio.run(demonstration.run(typer.echo, data_dir=folder.absolute()))
    raise typer.Exit(OK if completed else SOME_FAILED)


@cli.command()
def doctor() -> None:
    """Check that everything needed is there; says what to do where it is not."""
    from vxpipe import app, clock, config
    from vxpipe.doctor import examine

    settings = config.read()

    async def check() -> bool:
        fine = True
        async for finding in examine(settings, lambda: app.build_tools(settings), today=clock.now()):
            typer.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.name:<12} {finding.text}")
            if not finding.ok:
                typer.echo(f"      {'':<12} -> {finding.cure}")
            fine = fine and finding.ok
        return fine

    raise typer.Exit(OK if asyncio.run(check()) else SOME_FAILED)


@cli.command()
def healthcheck() -> None:
    """Ask the running service whether it lives (for a container's HEALTHCHECK)."""
    from aiohttp import ClientError

    from vxpipe import config
    from vxpipe.client import ApiError, Client

    settings = config.read()
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - only compared

    async def ask() -> None:
        async with Client(f"http://{host}:{settings.port}") as client:
            typer.echo((await client.health())["status"])

    try:
        asyncio.run(ask())
    except (ApiError, ClientError, TimeoutError) as exc:
        typer.echo(f"no healthy service on {host}:{settings.port}: {exc}", err=True)
        raise typer.Exit(SOME_FAILED) from exc

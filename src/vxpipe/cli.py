"""The command line: parses, calls, prints. The only reader of argv.

What a command needs is imported inside it: a run of a local file loads no HTTP, no database and no downloader.
"""

import asyncio
import gc
import os
import sys
from collections.abc import Callable
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from vxpipe.errors import ConfigError, Conflict, Refused
from vxpipe.options import takes_recipe

if TYPE_CHECKING:
    from vxpipe.recipe import Recipe

OK, SOME_FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

# Libraries look at these while they are imported; a value that is already set stands.
_LIBRARY_VARIABLES = {
    "OPENBLAS_NUM_THREADS": "1",  # our matrices are small: starting numpy's threads took 50 ms of processor time
    "PYDANTIC_DISABLE_PLUGINS": "__all__",  # none is used; the search reads what every installed package says of itself
}
# How many new objects make Python look for garbage. The imports make 70,000 and hardly any garbage: at its own 700 they
# took 40 ms longer, at 50,000 still 10.
_NEW_OBJECTS = 100_000


class _Commands(TyperGroup):
    """The commands below, and those of other modules as soon as one that is not below, or a list of all, is wanted."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """See TyperGroup."""
        return super().get_command(ctx, cmd_name) or self._all().get(cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """See TyperGroup."""
        return list(self._all())

    def _all(self) -> Any:
        if "keys" not in self.commands:
            from vxpipe import keys, service_cli

            others = typer.Typer()
            others.command()(service_cli.submit)
            others.command()(service_cli.watch)
            others.add_typer(keys.commands, name="keys")
            self.commands.update(get_group(others).commands)
        return self.commands


cli = typer.Typer(
    cls=_Commands,
    name="vxpipe",
    help="From a list of videos to clean, cropped, de-duplicated, time-stamped frames.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


ytdlp = typer.Typer(help="The yt-dlp that downloads use.", no_args_is_help=True)
cli.add_typer(ytdlp, name="ytdlp")


def _show_version(wanted: bool) -> None:
    if wanted:
        from vxpipe import __version__

        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run a command; a wrong setting or target is a line, and the exit status 2."""
    _start_lightly()
    try:
        cli()
    except (ConfigError, Conflict, Refused) as exc:
        for line in str(exc).split("\n"):
            print(f"vxpipe: {line}", file=sys.stderr)  # noqa: T201 - the command line prints
        sys.exit(WRONG_USAGE)
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("vxpipe: interrupted", file=sys.stderr)  # noqa: T201 - the command line prints
        sys.exit(INTERRUPTED)


def _start_lightly() -> None:
    gc.set_threshold(_NEW_OBJECTS)
    for name, value in _LIBRARY_VARIABLES.items():
        os.environ.setdefault(name, value)  # noqa: TID251 - written for others, not read


def _import_structlog_alone() -> None:
    """structlog takes these where it finds them, for what nobody here asks for: 40 ms of processor time."""
    unasked = dict.fromkeys(("rich", "greenlet"))
    sys.modules.update(unasked)  # type: ignore[arg-type]
    import structlog  # noqa: F401

    for name in unasked:
        del sys.modules[name]


@cli.callback()
def options(
    version: Annotated[bool, typer.Option("--version", help="Show the version.", callback=_show_version)] = False,
) -> None:
    """From a list of videos to clean, cropped, de-duplicated, time-stamped frames."""


@cli.command()
def serve() -> None:
    """Run the service; settings come from the environment and .env (see .env.sample)."""
    from vxpipe import app, config

    def ready(url: str) -> None:
        gc.freeze()  # what waits in the queue is not looked through for garbage either
        typer.echo(f"vxpipe is ready: {url}", err=True)

    gc.freeze()
    asyncio.run(app.serve(config.read(), ready=ready))


@cli.command()
@takes_recipe
def run(
    targets: Annotated[list[str] | None, typer.Argument(help="platform:code, a link or a local file.")] = None,
    out: Annotated[Path, typer.Option(help="The folder that gets a folder per target.")] = Path("vxpipe-out"),
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON line per video, however often it is named.")
    ] = False,
    *,
    recipe: Callable[[], "Recipe"],
) -> None:
    """Process videos here and now, without a service. Without a target, JOB_INPUT says which."""
    _import_structlog_alone()
    from vxpipe import boards, config, flags, log, names, parts, view
    from vxpipe import run as work
    from vxpipe.model import ItemStatus

    gc.freeze()  # what is loaded stays, and is not looked through for garbage with what the work makes
    settings = config.read()
    registry = parts.build_registry(settings)
    if targets:
        named = work.parse_targets(targets, registry)
    else:
        named = work.input_targets(flags.job_input(settings.job_input), registry)
    wanted = recipe()
    each, again = work.once(named)
    for target, name in zip(each, names.shown(each), strict=True):
        if target in again:
            typer.echo(f"vxpipe: {log.clean(name)} is named more than once and done once", err=True)
    with boards.make_board() as board:
        done = asyncio.run(work.run(settings, each, wanted, out=out.absolute(), board=board))
    if json:
        for one in done:
            typer.echo(dumps(one.to_json()))
    for line in work.earlier_results(done):
        typer.echo(f"vxpipe: {log.clean(line)}", err=True)
    if len(done) > 1:
        lanes = [one.lane for one in done]
        for line in (*view.failures(lanes), view.tally(lanes)):
            typer.echo(log.clean(line), err=True)
    succeeded = all(one.outcome.status is ItemStatus.SUCCESS for one in done)
    raise typer.Exit(OK if succeeded else SOME_FAILED)


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
    from vxpipe import clock, config, data_folder, downloads, log, parts
    from vxpipe.doctor import Needed, examine

    settings = config.read()
    log.set_up(now=clock.now, debug=False, to=None)
    registry = parts.build_registry(settings)
    needed = Needed(
        tools=lambda: parts.build_tools(settings),
        cards=lambda: parts.build_cards(settings, parts.build_tools(settings)),
        vault=lambda: downloads.build_vault(settings, registry),
        keys=lambda: data_folder.stored_keys(settings),
    )
    ytdlp = downloads.build_editions(settings).facts(clock.now().date())

    async def check() -> bool:
        fine = True
        async for finding in examine(settings, needed, ytdlp=ytdlp):
            typer.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.name:<12} {finding.text}")
            if not finding.ok:
                typer.echo(f"      {'':<12} -> {finding.cure}")
            fine = fine and finding.ok
        return fine

    raise typer.Exit(OK if asyncio.run(check()) else SOME_FAILED)


@cli.command()
def openapi() -> None:
    """Print the description of the HTTP API (OpenAPI 3.1); a service gives the same as GET /openapi.json."""
    from vxpipe import __version__
    from vxpipe.handlers import routes

    typer.echo(routes.document(__version__), nl=False)


@ytdlp.command()
def status() -> None:
    """Which yt-dlp downloads use, which others are there, and whether it is time for another."""
    from vxpipe import clock, config, downloads
    from vxpipe.doctor import told

    editions = downloads.build_editions(config.read())
    facts = editions.facts(clock.now().date())
    typer.echo(f"in use            {told(facts)}")
    typer.echo(f"vxpipe came with  {editions.bundled}")
    typer.echo(f"updates kept      {', '.join(editions.versions()) or 'none'}, in {editions.place.absolute()}")
    for warning in facts.warnings:
        typer.echo(f"warning: {warning}")


@ytdlp.command()
def update(
    version: Annotated[
        str | None, typer.Option(help="This one; an update that is still there, or what vxpipe came with, at once.")
    ] = None,
    pre: Annotated[bool, typer.Option("--pre", help="The newest, nightly ones too.")] = False,
) -> None:
    """Have downloads use the newest yt-dlp, once it has been tried; those that run keep theirs."""
    from vxpipe import clock, config, downloads, log, parts
    from vxpipe.engine.fetch.releases import is_version
    from vxpipe.engine.fetch.update import UpdateFailed

    if version is not None and (pre or not is_version(version)):
        raise typer.BadParameter("--version takes one like 2026.10.26, and then no --pre")
    settings = config.read()
    updater = downloads.build_updater(settings, parts.build_registry(settings))
    log.set_up(now=clock.now, debug=False, to=None)
    typer.echo(f"for the service with the data folder {settings.data_dir.absolute()} (VXPIPE_DATA_DIR)", err=True)
    try:
        done = asyncio.run(updater.update(version, pre=pre))
    except UpdateFailed as exc:
        typer.echo(f"vxpipe: {exc}", err=True)
        typer.echo(f"vxpipe: yt-dlp stays {downloads.build_editions(settings).choice().version}", err=True)
        raise typer.Exit(SOME_FAILED) from exc
    unchanged = done.before == done.now
    typer.echo(f"yt-dlp {done.now} is in use already" if unchanged else f"yt-dlp {done.before} -> {done.now}")


@cli.command("migrate-logs")
def migrate_logs(
    path: Annotated[Path, typer.Argument(help="A JSON file of records by their ids, a JSON list, or NDJSON.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done and change nothing.")] = False,
) -> None:
    """Convert job records with an old `log` text to `logs`; the file as it was is kept as .bak."""
    from vxpipe.migrate_logs import migrate

    typer.echo(migrate(path, dry_run=dry_run).told(path, dry_run=dry_run))


@cli.command()
def healthcheck() -> None:
    """Ask the running service whether it lives (for a container's HEALTHCHECK)."""
    from aiohttp import ClientError

    from vxpipe import config
    from vxpipe.client import ApiError, Client

    settings = config.read()
    url = config.own_url(settings)

    async def ask() -> None:
        async with Client(url) as client:
            typer.echo((await client.health())["status"])

    try:
        asyncio.run(ask())
    except (ApiError, ClientError, TimeoutError) as exc:
        typer.echo(f"no healthy service on {url}: {exc}", err=True)
        raise typer.Exit(SOME_FAILED) from exc

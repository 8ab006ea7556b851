"""The commands that talk to a running service: hand videos over, follow a job."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from json import dumps
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from vxpipe.errors import ConfigError
from vxpipe.interrupts import cancel_on_signals
from vxpipe.options import takes_recipe

if TYPE_CHECKING:
    from vxpipe.client import Client
    from vxpipe.recipe import Recipe
    from vxpipe.remote import Screen
    from vxpipe.view import JobView

_OK, _SOME_FAILED = 0, 1

_Url = Annotated[str | None, typer.Option(help="The service. Default: the one that the settings describe.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON line per video, with its files.")]


@takes_recipe
def submit(
    targets: Annotated[list[str], typer.Argument(help="platform:code or a link.")],
    url: _Url = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the job to its end, as `watch` does.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON: the job's id, with --wait one line per video.")
    ] = False,
    label: Annotated[
        list[str] | None, typer.Option(help="name=value to find the job by; may be given several times.")
    ] = None,
    priority: Annotated[int | None, typer.Option(help="-10..10: of what waits, the higher goes first.")] = None,
    *,
    recipe: Callable[[], "Recipe"],
) -> None:
    """Hand videos to a running service; prints the id of the job. The key is the first one of API_KEY."""
    from vxpipe import clock, remote

    items, wanted = remote.named(targets), recipe()
    more = remote.wishes(label or (), priority)

    async def hand_over(client: "Client") -> None:
        job_id = await remote.submit(client, items, wanted, key=clock.new_id(), **more)
        typer.echo(dumps({"jobId": job_id}) if json and not wait else job_id, err=json and wait)
        if wait:
            await _follow(client, job_id, json=json)

    _ask(url, hand_over)


def watch(job: Annotated[str, typer.Argument(help="The id of a job.")], url: _Url = None, json: _Json = False) -> None:
    """Show a job of a running service live, to its end; Ctrl-C leaves it running."""
    _ask(url, lambda client: _follow(client, job, json=json))


def _ask(url: str | None, ask: "Callable[[Client], Awaitable[None]]") -> None:
    """Ask the service at `url`; raises ConfigError for an address that is none, ends with 1 where nobody is there."""
    from vxpipe import config
    from vxpipe.client import Client
    from vxpipe.remote import Unreachable

    settings = config.read()
    base = url or config.own_url(settings)
    if not base.startswith(("http://", "https://")):
        raise ConfigError(f"--url must be http://HOST:PORT or https://..., not {base!r}")
    key = settings.api_key[0].get_secret_value() if settings.api_key else None

    async def at_it() -> None:
        async with Client(base, api_key=key) as client:
            await ask(client)

    try:
        asyncio.run(at_it())
    except Unreachable as exc:
        typer.echo(f"vxpipe: {base}: {exc}", err=True)
        raise typer.Exit(_SOME_FAILED) from exc


async def _follow(client: "Client", job_id: str, *, json: bool) -> None:
    """Show a job to its end, then say how it ended; ends with 1 unless every item succeeded."""
    from vxpipe import remote

    stream = sys.stderr if json else sys.stdout
    cancel_on_signals()
    try:
        job = await remote.watch(client, job_id, _make_screen(stream))
    except asyncio.CancelledError:
        typer.echo(f"the job goes on without us; to see it again: vxpipe watch {job_id}", err=True)
        raise
    if json:
        for item in await remote.items(client, job):
            typer.echo(dumps(item))
    _say_how_it_ended(job, stream)
    raise typer.Exit(_OK if job.succeeded else _SOME_FAILED)


def _say_how_it_ended(job: "JobView", stream: TextIO) -> None:
    from vxpipe import remote

    for index, lane in sorted(job.lanes.items()):
        typer.echo(remote.lane_line(index, lane), file=stream)
    typer.echo(remote.summary(job), file=stream)


def _make_screen(stream: TextIO) -> "Screen":
    """Lanes on a terminal, plain lines elsewhere."""
    if stream.isatty():
        from vxpipe.live import LiveScreen  # rich is loaded where it draws only

        return LiveScreen(stream)
    from vxpipe.remote import PlainScreen

    return PlainScreen(lambda text: typer.echo(text, file=stream))

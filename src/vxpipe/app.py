"""The composition root: builds every part, hands each what it needs, and undoes it in reverse."""

import asyncio
import os
import resource
import shutil
import signal
import ssl
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import TextIO

import certifi
import structlog
from aiohttp import web

from vxpipe import __version__, clock, config, data_folder, downloads, log, parts, tracing
from vxpipe.capabilities import Inspector
from vxpipe.courier import Courier
from vxpipe.engine.fetch.lanes import PlatformLanes
from vxpipe.engine.fetch.platforms import Platform
from vxpipe.engine.fetch.registry import Registry
from vxpipe.engine.fetch.room import Room
from vxpipe.engine.fetch.vault import Vault
from vxpipe.engine.leftovers import end_leftovers
from vxpipe.engine.media.cards import Cards
from vxpipe.engine.pool import Pool
from vxpipe.engine.workplace import place_in_job
from vxpipe.errors import ConfigError, VxError
from vxpipe.facts import System
from vxpipe.handlers import keys, mount, routes, status
from vxpipe.handlers.limits import Limits
from vxpipe.handlers.readers import Readers
from vxpipe.handlers.requests import Bounds
from vxpipe.hooks import Hook, secret_bytes
from vxpipe.hub import Hub
from vxpipe.journal import Journal
from vxpipe.keyring import KeyRing
from vxpipe.lately import LastHour
from vxpipe.metrics import CONTENT_TYPE, Metrics
from vxpipe.model import Event
from vxpipe.receivers import Receivers
from vxpipe.retention import Retention
from vxpipe.service import Service
from vxpipe.store.artifacts import JOB_ID, FolderArtifacts
from vxpipe.store.database import Database
from vxpipe.store.deliveries import SqlDeliveries
from vxpipe.store.jobs import SqlStore
from vxpipe.store.keys import SqlKeys
from vxpipe.store.local_queue import LocalQueue
from vxpipe.survey import Survey
from vxpipe.values import frozen

say = structlog.get_logger()

_OTHER_FILES = 1000

_IDLE_SECONDS = 75  # longer than proxies keep a connection to us: they have to be the first to close it


@frozen
class Extras:
    """What only the demo and tests change: where log lines go, further platforms and the yt-dlp plug-ins for them."""

    platforms: tuple[Platform, ...] = ()
    plugins: Path | None = None
    log_to: TextIO | None = sys.stderr


_NO_EXTRAS = Extras()


@frozen
class Running:
    """A service at work. `background` ends only when it breaks, or by draining the pool.

    `dismiss` says good-bye to whoever reads a stream; who comes again is let in.
    """

    app: web.Application
    service: Service
    pool: Pool
    background: "asyncio.Task[None]"
    dismiss: Callable[[], None]


@asynccontextmanager
async def running(settings: config.Settings, extras: Extras = _NO_EXTRAS) -> AsyncIterator[Running]:
    """A whole service without its socket: what was left unfinished is queued again, the workers are at work."""
    async with AsyncExitStack() as stack:
        data = stack.enter_context(data_folder.owned(settings))
        work = _emptied(data / "work")
        records = await stack.enter_async_context(_opened(settings))
        door = await _guarded(settings, records.database)
        log.set_up(now=clock.now, debug=settings.debug_pipeline, tap=records.journal.tap, to=extras.log_to)
        engine = await stack.enter_async_context(_ready(settings, extras, records, data=data, work=work))
        artifacts = FolderArtifacts(data / "artifacts", new_id=clock.new_id)
        service = _service(settings, records, engine, artifacts)
        await _go_on(service, artifacts, settings.max_attempts)
        app = _application(settings, records, engine, service, data=data)
        app[keys.ARTIFACTS], app[keys.DOOR] = artifacts, door
        if settings.tracing:
            app.middlewares.insert(0, await stack.enter_async_context(tracing.opened(__version__, mount.pattern)))
        retention = _retention(settings, records.store, artifacts, engine.room)
        app[keys.DELIVERIES] = deliveries = SqlDeliveries(records.database)
        beside = (retention.run, _courier(settings, deliveries).run, engine.cards.keep_looking)
        background = await stack.enter_async_context(_at_work(engine.pool, records.journal, beside))
        yield Running(app=app, service=service, pool=engine.pool, background=background, dismiss=records.hub.dismiss)


async def serve(settings: config.Settings, *, ready: Callable[[str], None] = lambda _: None) -> None:
    """Run the service until SIGTERM or SIGINT; a second signal ends it at once. `ready` hears the address."""
    stop = asyncio.Event()
    _on_signals(stop)
    _allow_files(settings.max_streams + _OTHER_FILES)
    async with running(settings) as at_work, listening(at_work.app, settings.host, settings.port) as url:
        at_work.background.add_done_callback(lambda _: stop.set())
        for name, meant in config.unknown().items():
            say.warning("setting.unknown", name=name, meant=meant or None)
        say.info("service.ready", url=url, workers=settings.workers, version=__version__)
        ready(url)
        await stop.wait()
        at_work.service.draining = True
        at_work.dismiss()  # now, while others may be there to go to; who stays hears how the items end
        say.info("service.draining", running=at_work.pool.busy, seconds=settings.drain_seconds)
        await at_work.pool.drain(settings.drain_seconds)
        await at_work.background  # raises what broke it
    say.info("service.stopped")


@asynccontextmanager
async def listening(
    app: web.Application, host: str, port: int, *, idle_seconds: float = _IDLE_SECONDS
) -> AsyncIterator[str]:
    """The app on a socket; gives its address. Raises ConfigError when the port is taken.

    A connection on which no whole request head comes for `idle_seconds` is closed.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=5,
        handle_signals=False,
        auto_decompress=False,
        keepalive_timeout=idle_seconds,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as exc:
            raise ConfigError(f"VXPIPE_HOST, VXPIPE_PORT: cannot listen on {host}:{port}: {exc.strerror}") from exc
        bound = runner.addresses[0][1]
        yield config.http_url(host, bound)
    finally:
        await runner.cleanup()


@frozen
class _Records:
    """What is remembered, and who is told of it."""

    database: Database
    store: SqlStore
    hub: Hub
    journal: Journal
    figures: Metrics
    lately: LastHour


@asynccontextmanager
async def _opened(settings: config.Settings) -> AsyncIterator[_Records]:
    """The records; the database is open for as long."""
    hub, figures = Hub(), Metrics(version=__version__)
    lately = LastHour(figures, clock=time.monotonic)
    async with data_folder.opened(settings.database_path, told=_each(hub.publish, lately.heard)) as database:
        store = SqlStore(database, now=clock.now)
        yield _Records(
            database=database, store=store, hub=hub, journal=Journal(store, hub), figures=figures, lately=lately
        )


@frozen
class _Engine:
    """What does the work, and what it is done with."""

    registry: Registry
    vault: Vault
    room: Room
    cards: Cards
    pipeline: parts.AnyPipeline
    lanes: PlatformLanes
    queue: LocalQueue
    pool: Pool


@asynccontextmanager
async def _ready(
    settings: config.Settings, extras: Extras, records: _Records, *, data: Path, work: Path
) -> AsyncIterator[_Engine]:
    """The engine, with tools that answer; what it started is gone afterwards."""
    registry = parts.build_registry(settings, extras.platforms)
    vault = downloads.build_vault(settings, registry)
    cache = await downloads.open_cache(settings, data / "cache")
    room = Room(data, floor_bytes=settings.disk_floor_bytes, cache=cache)
    fetching = downloads.opened(settings, registry, vault, room=room, cache=cache, plugins=extras.plugins)
    cards = parts.build_cards(settings, parts.build_tools(settings))
    async with parts.pipeline(settings, fetching, out=data / "artifacts", work=work, cards=cards) as pipeline:
        await _check_tools(pipeline)
        lanes = parts.build_lanes(settings, registry)
        queue = LocalQueue(capacity=settings.queue_size, lanes=lanes, kept=cache.holds if cache else None)
        pool = parts.build_pool(
            settings, queue, records.store, lanes, pipeline, tell=_telling(records.hub), flush=records.journal.flush,
            room=room.found, tally=records.lately,
        )  # fmt: skip
        yield _Engine(
            registry=registry,
            vault=vault,
            room=room,
            cards=cards,
            pipeline=pipeline,
            lanes=lanes,
            queue=queue,
            pool=pool,
        )


def _service(settings: config.Settings, records: _Records, engine: _Engine, artifacts: FolderArtifacts) -> Service:
    return Service(
        records.store,
        engine.queue,
        engine.lanes,
        artifacts,
        interrupt=engine.pool.interrupt,
        now=clock.now,
        new_id=clock.new_id,
        hooks=_hooks(settings),
    )


def _application(
    settings: config.Settings, records: _Records, engine: _Engine, service: Service, *, data: Path
) -> web.Application:
    """The routes, and what they ask."""
    app = routes.application(__version__, root=settings.root_path)
    app[keys.SERVICE], app[keys.FEED] = service, records.journal
    app[keys.TARGETS], app[keys.CREDENTIALS] = engine.registry, engine.vault.facts
    app[keys.REFUSALS] = engine.pipeline.refusals
    app[keys.READINESS] = lambda: _obstacles(engine.room)
    app[keys.CAPABILITIES] = _inspector(settings, engine.cards, engine.lanes, data).inspect
    app[keys.EDGE] = _edge(settings)
    app[status.STATUSES] = status.Statuses(service)
    app[keys.READERS] = readers = Readers(
        most=settings.max_streams, most_of_a_key=settings.max_streams_per_key, root=settings.root_path
    )
    app[keys.LIMITS] = Limits(
        of_key=settings.rate_limit_key, of_address=settings.rate_limit_address, clock=time.monotonic
    )
    app[keys.TALLY] = records.lately
    editions = downloads.build_editions(settings)
    survey = Survey(engine.queue, records.store, engine.lanes, editions, data=data, now=clock.now)
    app[keys.METRICS] = _metrics(records.figures, survey, readers, engine.pool)
    app[keys.SYSTEM] = _system(engine.queue, engine.pool, records.lately, workers=settings.workers)
    app.on_shutdown.append(_closing(records.hub))
    return app


async def _go_on(service: Service, artifacts: FolderArtifacts, max_attempts: int) -> None:
    """Queue again what was left unfinished; the files that an attempt published and nobody could record are removed."""
    left = await service.unfinished()
    begun = [item for job in left for item in job.items if item.was_begun and not item.status.is_final]
    await artifacts.discard([place_in_job(item) for item in begun])
    say.info("service.recovered", items=await service.recover(left, max_attempts=max_attempts))


async def _guarded(settings: config.Settings, database: Database) -> KeyRing:
    """The keys; without any, nobody but this machine may reach us."""
    plain = [key.get_secret_value() for key in settings.api_key]
    ring = KeyRing(SqlKeys(database), plain, now=clock.now, clock=time.monotonic, new_secret=clock.new_secret)
    if not config.is_loopback(settings.host) and await ring.is_open():
        raise ConfigError(
            f"VXPIPE_HOST is {settings.host}, which others can reach, and there is no key: set API_KEY, make one with "
            "`vxpipe keys create`, or use 127.0.0.1"
        )
    return ring


async def _check_tools(pipeline: parts.AnyPipeline) -> None:
    try:
        await pipeline.check()
    except VxError as exc:
        raise ConfigError(f"VXPIPE_FFMPEG, VXPIPE_FFPROBE: {exc}") from exc


def _telling(hub: Hub) -> Callable[[Event], None]:
    return lambda event: hub.publish([event])


@asynccontextmanager
async def _at_work(
    pool: Pool, journal: Journal, beside: Sequence[Callable[[], Coroutine[None, None, None]]]
) -> AsyncIterator["asyncio.Task[None]"]:
    """The workers and the journal as one task, ended in the right order: the journal stores what the workers said."""

    async def engine() -> None:
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(journal.run(), name="journal")
            others = [group.create_task(work(), name=work.__qualname__) for work in beside]
            await pool.run()
            for other in others:
                other.cancel()
            await journal.flush()
            writer.cancel()

    task = asyncio.create_task(engine(), name="engine")  # noqa: TID251 - the root task, ended below
    try:
        yield task
    finally:
        await pool.drain(0)
        await asyncio.gather(task, return_exceptions=True)


def _emptied(folder: Path) -> Path:
    """What a killed service left in its work folder, and at work there, is nobody's; folders that are no job's stay."""
    folder.mkdir(mode=0o700, exist_ok=True)
    end_leftovers(folder)
    for left in folder.iterdir():
        if JOB_ID.fullmatch(left.name):
            shutil.rmtree(left, ignore_errors=True)
    return folder


def _retention(settings: config.Settings, store: SqlStore, artifacts: FolderArtifacts, room: Room) -> Retention:
    return Retention(
        store,
        artifacts,
        days=settings.retention_days,
        is_short=lambda: room.shortage() is not None,
        now=clock.now,
    )


def _inspector(settings: config.Settings, cards: Cards, lanes: PlatformLanes, data: Path) -> Inspector:
    return Inspector(
        parts.build_tools(settings),
        cards,
        downloads.build_editions(settings),
        sandbox_mode=settings.sandbox,
        workers=settings.workers,
        data=data,
        answers=lanes.broken,
        now=clock.now,
    )


def _hooks(settings: config.Settings) -> tuple[Hook, ...]:
    return (Hook(settings.webhook_url),) if settings.webhook_url else ()


def _courier(settings: config.Settings, deliveries: SqlDeliveries) -> Courier:
    return Courier(
        deliveries,
        Receivers(settings.exceptions),
        [secret_bytes(secret.get_secret_value()) for secret in settings.webhook_secrets],
        authorities=ssl.create_default_context(cafile=config.authorities() or certifi.where()),
        agent=f"vxpipe/{__version__}",
        now=clock.now,
        chance=clock.chance,
    )


def _edge(settings: config.Settings) -> keys.Edge:
    return keys.Edge(
        cors_origins=settings.cors_origins,
        bounds=Bounds(
            max_items=settings.max_videos_per_request,
            signs_webhooks=bool(settings.webhook_secrets),
            allow_hosts=settings.exceptions,
        ),
        isolate_keys=settings.isolate_keys,
        trusted_proxies=tuple(ip_network(text, strict=False) for text in settings.trusted_proxies),
        version=__version__,
        now=clock.now,
        access_log=settings.access_log,
    )


def _metrics(
    figures: Metrics, survey: Survey, readers: Readers, pool: Pool
) -> Callable[[], Awaitable[tuple[bytes, str]]]:
    async def text() -> tuple[bytes, str]:
        return figures.text(await survey.standing(running=pool.busy, readers=readers.count)), CONTENT_TYPE

    return text


def _each(*hearers: Callable[[Sequence[Event]], None]) -> Callable[[Sequence[Event]], None]:
    def tell(events: Sequence[Event]) -> None:
        for hear in hearers:
            hear(events)

    return tell


def _system(queue: LocalQueue, pool: Pool, lately: LastHour, *, workers: int) -> Callable[[], System]:
    started_at = clock.now()
    return lambda: System(
        started_at=started_at,
        workers=workers,
        busy=pool.processing,
        fetching=pool.busy - pool.processing,
        queue=queue.waiting(),
        hour=lately.told(),
    )


def _closing(hub: Hub) -> Callable[[web.Application], Awaitable[None]]:
    async def close(_: web.Application) -> None:
        hub.close()

    return close


def _obstacles(room: Room) -> list[str]:
    """Why no new work should come, apart from draining."""
    shortage = room.shortage()
    return [f"disk: {shortage}"] if shortage else []


def _allow_files(count: int) -> None:
    """Every reader is an open file: take as many of those as the system lets us without asking."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if resource.RLIM_INFINITY != soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _on_signals(stop: asyncio.Event) -> None:
    def asked() -> None:
        if stop.is_set():
            os._exit(130)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked)

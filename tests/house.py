"""A whole service in the test's folder: real store, journal, queue, pool and HTTP edge; only the work is scripted."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import conformity
from audit import Scene, audit
from fakes import (
    CAPABILITIES,
    START,
    CountingIds,
    FakeTargets,
    OneStage,
    ScriptedWork,
    SteppingClock,
    lanes,
    no_credentials,
)
from vxpipe.clock import new_secret
from vxpipe.engine.attempt import Attempts
from vxpipe.engine.fetch.lanes import PlatformLanes
from vxpipe.engine.pool import Pool
from vxpipe.engine.retries import Patience
from vxpipe.facts import Capabilities, Disk, Standing, System
from vxpipe.handlers import keys, routes, status
from vxpipe.handlers.limits import Limits
from vxpipe.handlers.readers import Readers
from vxpipe.handlers.requests import Bounds
from vxpipe.hub import Hub
from vxpipe.journal import Journal
from vxpipe.keyring import KeyRing
from vxpipe.lately import LastHour
from vxpipe.metrics import CONTENT_TYPE, Metrics
from vxpipe.ports import Targets
from vxpipe.service import Service
from vxpipe.store.artifacts import FolderArtifacts
from vxpipe.store.database import Database
from vxpipe.store.deliveries import SqlDeliveries
from vxpipe.store.jobs import SqlStore
from vxpipe.store.keys import SqlKeys
from vxpipe.store.local_queue import LocalQueue
from vxpipe.store.migrations import upgrade


async def capabilities() -> Capabilities:
    """What the house can do."""
    return CAPABILITIES


async def refusals(wanted: AbstractSet[str]) -> dict[str, str]:
    """Why encoders cannot be had here: what the house has is one for AV1."""
    return {encoder: f"there is no {encoder} here" for encoder in wanted & {"h264_nvenc", "hevc_nvenc"}}


Client = TestClient[web.Request, web.Application]


@dataclass(kw_only=True)
class House:
    """The parts that tests talk to."""

    client: Client
    service: Service
    store: SqlStore
    journal: Journal
    hub: Hub
    pool: Pool
    work: ScriptedWork
    lanes: PlatformLanes
    queue: LocalQueue
    artifacts: FolderArtifacts
    keys: SqlKeys
    now: SteppingClock
    is_sound: bool = True
    """False where the test itself has taken from it what it should have."""


@asynccontextmanager
async def house(
    folder: Path,
    *,
    api_keys: Sequence[str] = (),
    cors_origins: Sequence[str] = (),
    capacity: int = 50,
    isolate_keys: bool = False,
    signs_webhooks: bool = False,
    behind_proxy: bool = False,
    most_streams_of_a_key: int = 100,
    limits: Limits | None = None,
    work: ScriptedWork | None = None,
    obstacles: Sequence[str] = (),
    targets: Targets | None = None,
    most_streams: int = 50,
    send_seconds: float = 10,
    idle_seconds: float = 75,
    body_seconds: float = 30,
    middlewares: Sequence[Any] = (),
    root: str = "",
) -> AsyncIterator[House]:
    """Open a house; it is torn down as the real service is: readers first, then the pool, the journal, the store.

    Then what it left is audited.
    """
    path = folder / "vxpipe.db"
    await asyncio.to_thread(upgrade, path)
    now, work, hub = SteppingClock(), work or ScriptedWork(), Hub()
    figures = Metrics(version="1.2.3")
    lately = LastHour(figures, clock=time.monotonic)
    database = Database(path, told=lambda events: [hear(events) for hear in (hub.publish, lately.heard)])
    store = SqlStore(database, now=now)
    journal = Journal(store, hub, heartbeat_seconds=0.2)
    pace = lanes()
    queue = LocalQueue(capacity=capacity, lanes=pace)
    attempts = Attempts(
        ledger=store,
        process=work,
        costs=OneStage(),
        tell=lambda event: hub.publish([event]),
        now=now,
        item_seconds=30,
        tick_seconds=0.01,
        tally=lately,
    )
    patience = Patience(tries=3, first_seconds=0.02)
    pool = Pool(
        queue,
        store,
        pace,
        attempts,
        patience=patience,
        flush=journal.flush,
        now=now,
        chance=lambda: 0.5,
        size=2,
    )
    artifacts = FolderArtifacts(folder / "artifacts", new_id=CountingIds())
    service = Service(store, queue, pace, artifacts, interrupt=pool.interrupt, now=now, new_id=CountingIds())
    app = routes.application("1.2.3", root=root)
    app[keys.SERVICE] = service
    app[keys.FEED] = journal
    app[keys.TARGETS] = known = targets or FakeTargets()
    app[keys.ARTIFACTS] = artifacts
    app[keys.CREDENTIALS] = no_credentials(platform.name for platform in known.facts())
    app[keys.READINESS] = lambda: list(obstacles)
    app[keys.CAPABILITIES] = capabilities
    app[keys.REFUSALS] = refusals
    app[keys.EDGE] = keys.Edge(
        cors_origins=tuple(cors_origins),
        bounds=Bounds(max_items=3, signs_webhooks=signs_webhooks),
        isolate_keys=isolate_keys,
        trusted_proxies=(ip_network("127.0.0.1"),) if behind_proxy else (),
        version="1.2.3",
        now=now,
        body_seconds=body_seconds,
    )
    key_store = SqlKeys(database)
    app[keys.DELIVERIES] = SqlDeliveries(database)
    app[keys.DOOR] = KeyRing(key_store, api_keys, now=now, clock=count(step=10).__next__, new_secret=new_secret)
    app[status.STATUSES] = status.Statuses(service)
    app[keys.READERS] = Readers(
        most=most_streams, most_of_a_key=most_streams_of_a_key, send_seconds=send_seconds, root=root
    )
    app[keys.LIMITS] = limits or Limits(of_key=1_000_000, of_address=1_000_000, clock=time.monotonic)

    app[keys.TALLY] = lately
    disk = Disk(free_bytes=1, total_bytes=2)

    async def metrics() -> tuple[bytes, str]:
        standing = Standing(
            queue=queue.waiting(),
            items=await store.item_counts(),
            running=pool.busy,
            readers=app[keys.READERS].count,
            disk=disk,
            failing=pace.failing(),
            children=None,
            ytdlp_age_days=27,
        )
        return figures.text(standing), CONTENT_TYPE

    app[keys.METRICS] = metrics
    app[keys.SYSTEM] = lambda: System(
        started_at=START,
        workers=2,
        busy=pool.processing,
        fetching=pool.busy - pool.processing,
        queue=queue.waiting(),
        hour=lately.told(),
    )

    async def close_feeds(_: web.Application) -> None:
        hub.close()

    app.on_shutdown.append(close_feeds)
    deviations: list[str] = []
    app.on_response_prepare.append(conformity.watcher(deviations))
    app.middlewares[:0] = middlewares
    loop = asyncio.get_running_loop()
    running = [loop.create_task(pool.run()), loop.create_task(journal.run(pause_seconds=0.001))]
    try:
        server = TestServer(app)
        await server.start_server(auto_decompress=False, keepalive_timeout=idle_seconds)  # as app.listening has it
        async with TestClient(server) as client:
            opened = House(
                client=client,
                service=service,
                store=store,
                journal=journal,
                hub=hub,
                pool=pool,
                work=work,
                lanes=pace,
                queue=queue,
                artifacts=artifacts,
                keys=key_store,
                now=now,
            )
            yield opened
        assert deviations == [], "the service does not do what /openapi.json says"
    finally:
        await pool.drain(0)
        running[1].cancel()
        await asyncio.wait(running)
        await database.close()
    faults = await asyncio.to_thread(audit, Scene(data=folder, is_ours=False)) if opened.is_sound else []
    assert faults == [], faults

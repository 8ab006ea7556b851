"""The guard: a proxy on loopback through which everything a downloader sends and receives has to go.

Each download has a permit with credentials of its own. Names are resolved here, once, and what was judged is what is
connected to: a name server that answers differently a moment later changes nothing. Runs in the service's own loop.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

from vxpipe.addresses import host_port
from vxpipe.engine.fetch import egress, heads
from vxpipe.engine.fetch.egress import Denied, Destination, Rules
from vxpipe.engine.fetch.heads import Request, Upstream
from vxpipe.engine.fetch.network import End, Network
from vxpipe.engine.fetch.permit import HOST, Permit
from vxpipe.engine.fetch.relay import Relay
from vxpipe.unbroken import unbroken
from vxpipe.values import frozen

ANY = "*"
_MAX_CONNECTIONS, _MAX_STRANGERS = 512, 256
_LINGER_SECONDS = 1.0


@frozen
class Caps:
    """What one connection may take, and how many of them a permit is good for at a time."""

    head_seconds: float = 15.0
    idle_seconds: float = 60.0
    connections: int = 32


class Guard:
    """The proxy. `listening` runs it, `permit` lets a download use it.

    `allow_hosts` (`host` or `host:port`) may be fetched from although their address is not public. `strict` refuses
    hosts that are not among a platform's. `upstreams` names further proxies by platform, ANY for the rest: they resolve
    names themselves, so that only the name is judged. `host_map` sends a destination to an address instead of
    resolving it, for stand-ins of real sites in tests. Raises ValueError for an allowed host that is none.
    """

    def __init__(
        self,
        *,
        allow_hosts: Sequence[str] = (),
        strict: bool = False,
        upstreams: Mapping[str, Upstream] | None = None,
        host_map: Mapping[tuple[str, int], tuple[str, int]] | None = None,
        network: Network | None = None,
        caps: Caps | None = None,
    ) -> None:
        self._allow = frozenset(host_port(entry) for entry in allow_hosts)
        self._strict = strict
        self._upstreams = dict(upstreams or {})
        self._host_map = dict(host_map or {})
        self._network = network or Network()
        self._caps = caps or Caps()
        self._permits: dict[str, Permit] = {}
        self._at_work = set["asyncio.Task[None]"]()
        self._strangers: dict[asyncio.Task[None], None] = {}  # who has shown no permit yet, in the order they came
        self._port = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Guard"]:
        """The guard on a port of its own choice; afterwards no connection is left."""
        server = await asyncio.start_server(self._accept, HOST, 0, limit=heads.MAX_BYTES)
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await unbroken(_end(self._at_work))
            await server.wait_closed()

    @contextmanager
    def permit(self, platform: str, domains: Sequence[str], *, max_bytes: int, seconds: float) -> Iterator[Permit]:
        """The right to use the guard for one download; on leaving it is over, and so are its connections.

        `domains` are what the platform needs, none for any. `max_bytes` counts both directions and everything.
        """
        permit = Permit(
            port=self._port,
            rules=Rules(allow=self._allow, domains=tuple(domains), strict=self._strict),
            upstream=self._upstreams.get(platform) or self._upstreams.get(ANY),
            max_bytes=max_bytes,
            deadline=asyncio.get_running_loop().time() + seconds,
        )
        self._permits[permit.name] = permit
        try:
            yield permit
        finally:
            del self._permits[permit.name]
            permit.revoked = True
            for task in permit.at_work:
                task.cancel()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection in a task that `listening` ends; known from the start, so that none is forgotten."""
        if len(self._at_work) >= _MAX_CONNECTIONS:
            writer.transport.abort()
            return
        client = End(reader, writer)

        def ended(task: "asyncio.Task[None]") -> None:
            self._at_work.discard(task)
            self._strangers.pop(task, None)
            client.drop()

        task = asyncio.get_running_loop().create_task(self._converse(client), name="guard")
        self._at_work.add(task)
        task.add_done_callback(ended)
        self._welcome(task)

    def _welcome(self, stranger: "asyncio.Task[None]") -> None:
        """Whoever comes and says nothing makes room for the next: else a crowd of them would hold up everybody."""
        if len(self._strangers) >= _MAX_STRANGERS:
            first = next(iter(self._strangers))
            del self._strangers[first]
            first.cancel()
        self._strangers[stranger] = None

    async def _converse(self, client: End) -> None:
        try:
            raw = await self._read_head(client)
            head = heads.parse(raw)
            permit = self._permit_of(head)
        except Denied as denied:
            await _refuse(client, denied)
            return
        self._strangers.pop(_this_task(), None)
        with _working(permit):
            try:
                permit.send(len(raw))
                await self._serve(head, permit, client)
            except Denied as denied:
                permit.note(denied)
                await _refuse(client, denied)

    async def _serve(self, head: heads.Head, permit: Permit, client: End) -> None:
        if len(permit.at_work) > self._caps.connections:
            raise Denied("connections", f"more than {self._caps.connections} connections at once")
        permit.check()
        asked = heads.request(head)
        upstream = None if permit.rules.excepts(*asked.to) else permit.upstream
        egress.check_name(asked.to, permit.rules, resolved_elsewhere=upstream is not None)
        origin = await self._dial(asked.to, permit.rules, upstream)
        try:
            permit.check()
            permit.note_host(asked.to.host)
            await self._introduce(asked, client, origin, upstream)
            ended_by = await self._relay(asked, permit, client, origin)
        finally:
            origin.drop()
        if ended_by:
            permit.note(ended_by)

    async def _dial(self, to: Destination, rules: Rules, upstream: Upstream | None) -> End:
        """A connection on the way to a destination whose name has been judged."""
        if to in self._host_map:
            host, port = self._host_map[to]
            return await self._network.connect(to, [host], port)
        if upstream:
            return await self._dial_upstream(to, upstream)
        addresses = await self._network.addresses(to)
        egress.check_addresses(to, addresses, rules)
        return await self._network.connect(to, addresses, to.port)

    async def _dial_upstream(self, to: Destination, upstream: Upstream) -> End:
        proxy = Destination(upstream.host, upstream.port)
        try:
            return await self._network.connect(proxy, await self._network.addresses(proxy), proxy.port)
        except Denied as exc:
            raise Denied("upstream", f"{to}: the upstream proxy cannot be reached") from exc

    async def _introduce(self, asked: Request, client: End, origin: End, upstream: Upstream | None) -> None:
        """Open the tunnel, or send the head of the request on."""
        if asked.path is not None:
            origin.writer.write(heads.onward(asked, upstream))
            return
        if upstream:
            origin.writer.write(heads.tunnel(asked.to, upstream))
            try:
                status = heads.status(await self._read_head(origin))
            except Denied as exc:
                raise Denied("upstream", f"{asked.to}: the upstream proxy gave no answer") from exc
            if status // 100 != 2:
                raise Denied("upstream", f"{asked.to}: the upstream proxy answered with status {status}")
        client.writer.write(heads.TUNNEL_OPEN)

    async def _relay(self, asked: Request, permit: Permit, client: End, origin: End) -> Denied | None:
        body_bytes = None if asked.path is None else asked.body_bytes
        relay = Relay(client, origin, sent=permit.send, received=permit.receive, body_bytes=body_bytes)
        return await relay.run(deadline=permit.deadline, idle_seconds=self._caps.idle_seconds)

    def _permit_of(self, head: heads.Head) -> Permit:
        name, token = head.credentials or ("", "")
        permit = self._permits.get(name)
        if permit is None or not hmac.compare_digest(permit.token, token):
            raise Denied("credentials", "the proxy wants the credentials of a permit")
        return permit

    async def _read_head(self, end: End) -> bytes:
        try:
            async with asyncio.timeout(self._caps.head_seconds):
                return await end.reader.readuntil(heads.END)
        except TimeoutError as exc:
            raise Denied("slow", f"no whole head came within {self._caps.head_seconds:g} s") from exc
        except (asyncio.LimitOverrunError, asyncio.IncompleteReadError, OSError) as exc:
            raise Denied("head", f"a head ends after at most {heads.MAX_BYTES} bytes") from exc


async def _end(tasks: Iterable["asyncio.Task[None]"]) -> None:
    left = list(tasks)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def _this_task() -> "asyncio.Task[None]":
    task = asyncio.current_task()
    assert task is not None
    return task


@contextmanager
def _working(permit: Permit) -> Iterator[None]:
    """Let the permit's end be the end of this task."""
    task = _this_task()
    permit.at_work.add(task)
    permit.connections += 1
    try:
        yield
    finally:
        permit.at_work.discard(task)


async def _refuse(client: End, denied: Denied) -> None:
    """Say why, then listen for a moment: closing on unread bytes would reset the connection and lose the answer."""
    with suppress(OSError):  # the client may have gone; a TimeoutError is one, too
        client.writer.write(heads.answer(denied))
        client.writer.write_eof()
        async with asyncio.timeout(_LINGER_SECONDS):
            while await client.reader.read(heads.MAX_BYTES):
                pass

"""The guard on real sockets: a client that writes what it likes, origins on loopback, names that resolve as told."""

import asyncio
import base64
import gc
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from vxpipe.engine.fetch.guard import ANY, Caps, Guard
from vxpipe.engine.fetch.heads import upstream
from vxpipe.engine.fetch.network import End, Network

PUBLIC, OTHER_PUBLIC = "93.184.216.34", "2606:4700:4700::1111"
RESET = struct.pack("ii", 1, 0)
QUICK = Caps(idle_seconds=0.5)


class Origin:
    """A server that does with each connection what the test says, and keeps what it was sent."""

    def __init__(self) -> None:
        self.port = 0
        self.heard = bytearray()
        self.connections = 0
        self.ended = asyncio.Event()

    async def keep(self, reader: asyncio.StreamReader) -> None:
        """Keep all that comes until the other side ends."""
        try:
            while chunk := await reader.read(65536):
                self.heard += chunk
        except ConnectionError:
            pass
        self.ended.set()


Doing = Callable[[Origin, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def listen(origin: Origin, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await origin.keep(reader)


async def echo(origin: Origin, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send everything back, and end when the client has ended."""
    await origin.keep(reader)
    writer.write(origin.heard)


def sending(answer: bytes) -> Doing:
    """Answer as soon as a head is there, then end."""

    async def send(origin: Origin, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        origin.heard += await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    return send


@asynccontextmanager
async def serving(do: Doing = listen):
    """An origin on a free port."""
    origin = Origin()
    tasks = []

    async def serve(reader, writer):
        origin.connections += 1
        try:
            await do(origin, reader, writer)
            writer.close()
            await writer.wait_closed()
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()

    def accept(reader, writer):
        tasks.append(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    origin.port = server.sockets[0].getsockname()[1]
    try:
        yield origin
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Told(Network):
    """Resolves as told, each answer once and the last one again and again; every connection goes to `port`."""

    def __init__(self, port: int, **names: list[list[str]]) -> None:
        super().__init__(connect_seconds=5)
        self.port = port
        self.names = names
        self.asked: list[str] = []
        self.dialled: list[list[str]] = []

    async def addresses(self, to):
        answers = self.names[to.host.partition(".")[0]]
        self.asked.append(to.host)
        return tuple(answers[min(self.asked.count(to.host), len(answers)) - 1])

    async def connect(self, to, addresses, port):
        self.dialled.append(list(addresses))
        return await super().connect(to, ["127.0.0.1"], self.port)


@asynccontextmanager
async def permitted(*, platform="direct", domains=(), max_bytes=1 << 30, seconds=60, **guard):
    async with Guard(**guard).listening() as running:
        with running.permit(platform, domains, max_bytes=max_bytes, seconds=seconds) as permit:
            yield permit


class Client:
    """A raw connection to the guard with a permit's credentials."""

    def __init__(self, url: str) -> None:
        self.parts = urlsplit(url)

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.parts.port)
        return self

    async def __aexit__(self, *_):
        self.writer.transport.abort()

    @property
    def credentials(self) -> str:
        account = f"{self.parts.username}:{self.parts.password}".encode()
        return f"Proxy-Authorization: Basic {base64.b64encode(account).decode()}"

    async def say(self, start: str, *fields: str, body: bytes = b"") -> None:
        self.writer.write("\r\n".join((start, self.credentials, *fields, "", "")).encode() + body)
        await self.writer.drain()

    async def open(self, target: str) -> None:
        """Open a tunnel and see that it is there."""
        await self.say(f"CONNECT {target} HTTP/1.1")
        assert (await self.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")

    async def rest(self) -> bytes:
        return await self.reader.read()


async def asking(url: str, start: str, *fields: str) -> str:
    """What the guard answers to one request."""
    async with asyncio.timeout(20), Client(url) as client:
        await client.say(start, *fields)
        return (await client.rest()).decode()


def reasons(permit) -> list[str]:
    return [denied.reason for denied in permit.ledger]


@pytest.fixture(autouse=True)
async def no_socket_left():
    before = sockets()
    yield
    async with asyncio.timeout(5):
        while sockets() - before:
            await asyncio.sleep(0.01)


def sockets() -> set[str]:
    """Our open sockets; elsewhere than on Linux nobody tells."""
    found = set()
    for each in Path("/proc/self/fd").glob("*"):
        try:
            found.add(str(each.readlink()))
        except OSError:
            continue
    return {name for name in found if name.startswith("socket:")}


# What is passed on


async def test_a_tunnel_passes_on_what_comes_and_counts_it():
    async with serving(echo) as origin, permitted(allow_hosts=("127.0.0.1",)) as permit:
        async with Client(permit.url) as client:
            await client.open(f"127.0.0.1:{origin.port}")
            client.writer.write(b"x" * 1_000_000)
            client.writer.write_eof()
            returned = await client.rest()

        assert returned == b"x" * 1_000_000
        assert (permit.received, permit.connections) == (1_000_000, 1)
        assert 0 < permit.sent - 1_000_000 < 500
        assert permit.ledger == []


async def test_a_client_that_has_ended_still_hears_the_answer_and_the_other_way_round():
    async def first_end_then_listen(origin, reader, writer):
        writer.write(b"all I have")
        writer.write_eof()
        await origin.keep(reader)

    async with serving(first_end_then_listen) as origin, permitted(allow_hosts=("127.0.0.1",)) as permit:
        async with Client(permit.url) as client, asyncio.timeout(10):
            await client.open(f"127.0.0.1:{origin.port}")
            assert await client.rest() == b"all I have"
            client.writer.write(b"and this is mine")
            client.writer.write_eof()
            await origin.ended.wait()

        assert origin.heard == b"and this is mine"


async def test_a_request_goes_on_with_its_body_under_its_own_host_name():
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    async def read_ten_more(origin, reader, writer):
        origin.heard += await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(10)
        writer.write(answer)

    async with (
        serving(read_ten_more) as origin,
        permitted(allow_hosts=("127.0.0.1",)) as permit,
        Client(permit.url) as client,
    ):
        link = f"http://127.0.0.1:{origin.port}/a?b"
        await client.say(f"POST {link} HTTP/1.1", "Host: inner", "Content-Length: 10", body=b"0123456789")
        assert await client.rest() == answer

    host = f"Host: 127.0.0.1:{origin.port}".encode()
    expected = b"POST /a?b HTTP/1.1\r\n%b\r\nContent-Length: 10\r\nConnection: close\r\n\r\n0123456789" % host
    assert expected == origin.heard


async def test_a_second_request_behind_the_first_goes_nowhere():
    async with serving(listen) as origin, permitted(allow_hosts=("127.0.0.1",), caps=QUICK) as permit:
        async with Client(permit.url) as client:
            link = f"http://127.0.0.1:{origin.port}/"
            await client.say(f"POST {link} HTTP/1.1", "Content-Length: 2", body=b"okGET /smuggled HTTP/1.1\r\n\r\n")
            with pytest.raises(ConnectionError):
                await client.rest()

        assert origin.heard.endswith(b"\r\n\r\nok")


async def test_an_origin_that_holds_on_to_an_answered_request_is_let_go_with_its_client():
    async def answer_and_stay(origin, reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await origin.keep(reader)

    async with serving(answer_and_stay) as origin, permitted(allow_hosts=("127.0.0.1",)) as permit:
        async with Client(permit.url) as client:
            await client.say(f"GET http://127.0.0.1:{origin.port}/ HTTP/1.1")
            await client.reader.readuntil(b"ok")
        async with asyncio.timeout(10):
            await origin.ended.wait()


async def test_a_client_that_breaks_off_in_its_head_leaves_nothing_behind(caplog):
    async with permitted() as permit:
        async with Client(permit.url) as client:
            client.writer.write(b"GET http://")
            client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        said = await asking(permit.url, "CONNECT localhost:80 HTTP/1.1")

    gc.collect()
    assert said.startswith("HTTP/1.1 403 ")
    assert caplog.records == []


async def test_a_connection_that_breaks_is_not_taken_for_one_that_ends():
    async def break_off(origin, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        await writer.drain()
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.transport.abort()

    async with (
        serving(break_off) as origin,
        permitted(allow_hosts=("127.0.0.1",)) as permit,
        Client(permit.url) as client,
    ):
        await client.say(f"GET http://127.0.0.1:{origin.port}/ HTTP/1.1")
        with pytest.raises(ConnectionError):
            await client.rest()


async def test_much_arrives_whole_however_slowly_it_is_read():
    big = os.urandom(1 << 20) * 32

    async with serving(sending(big)) as origin, permitted(allow_hosts=("127.0.0.1",)) as permit:
        async with Client(permit.url) as client:
            await client.say(f"GET http://127.0.0.1:{origin.port}/ HTTP/1.1")
            returned = bytearray(await client.reader.read(10))
            await asyncio.sleep(0.1)
            returned += await client.rest()

        assert big == returned
        assert permit.received == len(big)


async def test_an_end_that_was_closed_before_it_had_sent_everything_can_be_dropped_afterwards():
    ours, theirs = socket.socketpair()
    end = End(*await asyncio.open_connection(sock=ours))
    reader, writer = await asyncio.open_connection(sock=theirs, limit=1 << 10)
    end.writer.write(bytes(1 << 20))
    end.writer.close()
    returned = await reader.read()
    await end.writer.wait_closed()

    end.drop()

    assert (len(returned), end.is_open) == (1 << 20, False)
    writer.close()
    await writer.wait_closed()


# Where it may lead


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "127.1",
        "0177.0.0.1",
        "0",
        "0.0.0.0",
        "localhost",
        "LOCALHOST.",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:53aa:64c:0:7cff:80ff:fffe]",
        "169.254.169.254",
        "168.63.129.16",
        "192.0.0.192",
        "10.0.0.1",
        "[fd00:ec2::254]",
    ],
)
@pytest.mark.parametrize("start", ["CONNECT {} HTTP/1.1", "GET http://{}/ HTTP/1.1"])
async def test_no_way_of_writing_an_inner_address_leads_there(host, start):
    async with serving() as origin, permitted() as permit:
        said = await asking(permit.url, start.format(f"{host}:{origin.port}"))

        assert said.startswith("HTTP/1.1 403 vx-address\r\n")
        assert reasons(permit) == ["address"]
        assert origin.connections == 0


@pytest.mark.parametrize("addresses", [[PUBLIC, "127.0.0.1"], ["10.0.0.1", PUBLIC], [OTHER_PUBLIC, "::1"], ["::1"]])
async def test_one_inner_address_among_the_answers_refuses_the_name(addresses):
    network = Told(1, mixed=[addresses])

    async with permitted(network=network) as permit:
        said = await asking(permit.url, "CONNECT mixed.example:443 HTTP/1.1")

    assert said.startswith("HTTP/1.1 403 vx-address\r\n")
    assert network.dialled == []


async def test_a_name_is_resolved_once_and_what_was_judged_is_dialled():
    async with serving(echo) as origin:
        network = Told(origin.port, rebinding=[[PUBLIC], ["127.0.0.1"]])
        async with permitted(network=network) as permit:
            async with Client(permit.url) as client:
                await client.open("rebinding.example:443")
            said = await asking(permit.url, "CONNECT rebinding.example:443 HTTP/1.1")

    assert network.dialled == [[PUBLIC]]
    assert network.asked == ["rebinding.example"] * 2
    assert said.startswith("HTTP/1.1 403 vx-address\r\n")


@pytest.mark.parametrize("port", [22, 25, 8080, 6379])
async def test_ports_that_are_not_the_web_s_are_refused(port):
    network = Told(1, site=[[PUBLIC]])

    async with permitted(network=network) as permit:
        said = await asking(permit.url, f"GET http://site.example:{port}/ HTTP/1.1")

    assert said.startswith("HTTP/1.1 403 vx-port\r\n")
    assert network.dialled == []


async def test_an_excepted_name_may_lead_inside_on_its_port_only():
    async with serving(echo) as origin, permitted(allow_hosts=(f"localhost:{origin.port}",)) as permit:
        async with Client(permit.url) as client:
            await client.open(f"localhost:{origin.port}")
        other = await asking(permit.url, "CONNECT localhost:9 HTTP/1.1")

    assert other.startswith("HTTP/1.1 403 ")


async def test_a_host_outside_the_platform_s_list_is_noted():
    async with serving(echo) as origin:
        network = Told(origin.port, www=[[PUBLIC]], cdn=[[PUBLIC]])
        async with permitted(network=network, domains=("site.example",)) as permit:
            for host in ("www.site.example", "cdn.other.example", "cdn.other.example"):
                async with Client(permit.url) as client:
                    await client.open(f"{host}:443")

    assert permit.unlisted == ["cdn.other.example"]
    assert permit.ledger == []


async def test_a_host_outside_the_platform_s_list_is_refused_where_that_is_strict():
    network = Told(1, cdn=[[PUBLIC]])

    async with permitted(network=network, domains=("site.example",), strict=True) as permit:
        said = await asking(permit.url, "CONNECT cdn.other.example:443 HTTP/1.1")

    assert said.startswith("HTTP/1.1 403 vx-host\r\n")
    assert network.asked == []


async def test_a_mapped_host_is_a_stand_in_on_loopback():
    async with serving(echo) as origin:
        host_map = {("www.instagram.com", 443): ("127.0.0.1", origin.port)}
        async with (
            permitted(host_map=host_map, domains=("instagram.com",), strict=True) as permit,
            Client(permit.url) as client,
        ):
            await client.open("WWW.Instagram.com:443")
            client.writer.write(b"hello")
            client.writer.write_eof()
            assert await client.rest() == b"hello"


async def test_a_name_without_an_answer_is_a_network_failure():
    async with permitted() as permit:
        said = await asking(permit.url, "CONNECT no-such-host.invalid:443 HTTP/1.1")

    assert said.startswith("HTTP/1.1 502 vx-dns\r\n")
    assert [denied.code for denied in permit.ledger] == ["network"]


async def test_a_port_where_nobody_listens_is_a_network_failure():
    async with serving() as origin:
        gone = f"127.0.0.1:{origin.port}"

    async with permitted(allow_hosts=(gone,)) as permit:
        said = await asking(permit.url, f"GET http://{gone}/ HTTP/1.1")

    assert said.startswith("HTTP/1.1 502 vx-connect\r\n")


# Who may ask


async def test_without_the_credentials_of_a_permit_nothing_is_done():
    async with serving() as origin, Guard(allow_hosts=("127.0.0.1",)).listening() as guard:
        with guard.permit("direct", (), max_bytes=1, seconds=60) as one:
            with guard.permit("direct", (), max_bytes=1, seconds=60) as other:
                pass
            mixed = one.url.replace(one.token, other.token)
            for url in (mixed, other.url, one.url.replace(one.name, ""), one.url.replace(one.token, "ü")):
                said = await asking(url, f"CONNECT 127.0.0.1:{origin.port} HTTP/1.1")

                assert said.startswith("HTTP/1.1 407 vx-credentials\r\n")
                assert "Proxy-Authenticate: Basic" in said
            assert one.ledger == []
    assert origin.connections == 0


async def test_the_end_of_a_permit_is_the_end_of_its_connections_and_of_no_others():
    async with (
        serving(echo) as origin,
        Guard(allow_hosts=("127.0.0.1",)).listening() as guard,
        AsyncExitStack() as stack,
    ):
        staying = stack.enter_context(guard.permit("direct", (), max_bytes=1 << 20, seconds=60))
        kept = await stack.enter_async_context(Client(staying.url))
        with guard.permit("direct", (), max_bytes=1 << 20, seconds=60) as ending:
            cut = await stack.enter_async_context(Client(ending.url))
            await cut.open(f"127.0.0.1:{origin.port}")
            await kept.open(f"127.0.0.1:{origin.port}")
        async with asyncio.timeout(10):
            assert await ended(cut)
        kept.writer.write(b"still here")
        kept.writer.write_eof()

        assert await kept.rest() == b"still here"


async def test_a_permit_that_ends_while_a_connection_is_made_sends_nothing_on():
    class Slow(Told):
        async def connect(self, to, addresses, port):
            self.dialled.append(list(addresses))
            end = await Network.connect(self, to, ["127.0.0.1"], self.port)
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                end.writer.transport.abort()

    begun = asyncio.Event()
    async with serving() as origin, Guard(network=Slow(origin.port, site=[[PUBLIC]])).listening() as guard:
        with guard.permit("direct", (), max_bytes=1 << 20, seconds=60) as permit:
            client = await Client(permit.url).__aenter__()
            await client.say("GET http://site.example/ HTTP/1.1")
            await begun.wait()
        assert await ended(client)
        client.writer.transport.abort()

    assert origin.heard == b""


async def test_the_end_of_the_guard_is_the_end_of_all_connections():
    async with serving() as origin:
        async with permitted(allow_hosts=("127.0.0.1",)) as permit:
            idle = await Client(permit.url).__aenter__()
            busy = await Client(permit.url).__aenter__()
            await busy.open(f"127.0.0.1:{origin.port}")
        for client in (idle, busy):
            assert await ended(client)
            client.writer.transport.abort()
        with pytest.raises(ConnectionError):
            await Client(permit.url).__aenter__()


# Bounds


@pytest.mark.parametrize("direction", ["up", "down"])
async def test_bytes_both_ways_are_bounded_and_the_cut_is_no_orderly_end(direction):
    do = sending(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3_000_000) if direction == "down" else listen

    async with serving(do) as origin, permitted(allow_hosts=("127.0.0.1",), max_bytes=1_000_000) as permit:
        async with Client(permit.url) as client:
            await client.open(f"127.0.0.1:{origin.port}")
            client.writer.write(b"GET / HTTP/1.1\r\n\r\n" + (b"y" * 3_000_000 if direction == "up" else b""))
            with pytest.raises(ConnectionError):
                await client.rest()
        again = await asking(permit.url, f"CONNECT 127.0.0.1:{origin.port} HTTP/1.1")

    assert again.startswith("HTTP/1.1 403 vx-bytes\r\n")
    assert reasons(permit) == ["bytes", "bytes"]
    assert [denied.code for denied in permit.ledger] == ["too_large"] * 2
    assert permit.sent + permit.received < 2_000_000


async def test_a_download_s_time_is_bounded_also_for_what_has_begun():
    async with serving() as origin, permitted(allow_hosts=("127.0.0.1",), seconds=0.3) as permit:
        async with Client(permit.url) as client:
            await client.open(f"127.0.0.1:{origin.port}")
            assert await ended(client)
        said = await asking(permit.url, f"CONNECT 127.0.0.1:{origin.port} HTTP/1.1")

    assert said.startswith("HTTP/1.1 403 vx-deadline\r\n")
    assert reasons(permit) == ["deadline", "deadline"]


async def test_a_connection_on_which_nothing_moves_is_ended():
    async with serving() as origin, permitted(allow_hosts=("127.0.0.1",), caps=QUICK) as permit:
        async with Client(permit.url) as client:
            await client.open(f"127.0.0.1:{origin.port}")
            assert await ended(client)

        assert reasons(permit) == ["idle"]


async def test_a_trickle_is_not_taken_for_silence():
    async def trickle(origin, reader, writer):
        for _ in range(8):
            writer.write(b".")
            await asyncio.sleep(0.1)

    async with (
        serving(trickle) as origin,
        permitted(allow_hosts=("127.0.0.1",), caps=QUICK) as permit,
        Client(permit.url) as client,
    ):
        await client.open(f"127.0.0.1:{origin.port}")
        client.writer.write_eof()

        assert await client.rest() == b"." * 8


async def test_connections_at_once_are_bounded():
    async with (
        serving() as origin,
        permitted(allow_hosts=("127.0.0.1",), caps=Caps(connections=2)) as permit,
        Client(permit.url) as one,
        Client(permit.url) as two,
    ):
        await one.open(f"127.0.0.1:{origin.port}")
        await two.open(f"127.0.0.1:{origin.port}")
        said = await asking(permit.url, f"CONNECT 127.0.0.1:{origin.port} HTTP/1.1")

    assert said.startswith("HTTP/1.1 429 vx-connections\r\n")


async def test_a_crowd_that_shows_no_permit_holds_up_nobody_who_has_one():
    async with serving(sending(b"HTTP/1.1 200 OK\r\n\r\n")) as origin, permitted(allow_hosts=("127.0.0.1",)) as permit:
        crowd = [await asyncio.open_connection("127.0.0.1", urlsplit(permit.url).port) for _ in range(600)]

        said = await asking(permit.url, f"GET http://127.0.0.1:{origin.port}/ HTTP/1.1")

        for _, writer in crowd:
            writer.transport.abort()
    assert said.startswith("HTTP/1.1 200 OK")


async def test_a_head_that_does_not_come_is_not_waited_for():
    async with permitted(caps=Caps(head_seconds=0.2)) as permit, Client(permit.url) as client:
        client.writer.write(b"GET http://")

        assert (await client.rest()).startswith(b"HTTP/1.1 408 vx-slow\r\n")


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"])
async def test_a_head_that_does_not_end_is_refused(end):
    async with permitted() as permit, Client(permit.url) as client:
        client.writer.write(b"GET http://a.example/ HTTP/1.1\r\nX: " + b"x" * 70_000 + end)

        assert (await client.rest()).startswith(b"HTTP/1.1 400 vx-head\r\n")


@pytest.mark.parametrize(
    "fields",
    [
        ("Content-Length: 1", "Content-Length: 2"),
        ("Content-Length: 4", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked",),
        ("X: a\nTransfer-Encoding: chunked",),
        ("X: a\rContent-Length: 9",),
        ("X: a\x00b",),
        (" Content-Length: 5",),
        ("Content-Length : 5",),
        ("Host: a.example", "Host: b.example"),
    ],
)
async def test_a_head_that_another_server_could_read_in_another_way_is_not_passed_on(fields):
    async with serving() as origin, permitted(allow_hosts=("127.0.0.1",)) as permit:
        said = await asking(permit.url, f"POST http://127.0.0.1:{origin.port}/ HTTP/1.1", *fields)

    assert said.startswith(("HTTP/1.1 400 vx-head\r\n", "HTTP/1.1 411 vx-body\r\n"))
    assert origin.connections == 0


# Another proxy on the way


@asynccontextmanager
async def behind_another(**permit):
    """A permit of a guard whose upstream is another guard, which may reach loopback."""
    async with Guard(allow_hosts=("127.0.0.1",)).listening() as far:
        with far.permit("direct", (), max_bytes=1 << 20, seconds=60) as beyond:
            url = permit.pop("url", beyond.url)
            async with permitted(upstreams={ANY: upstream(url)}, **permit) as here:
                yield here, beyond


async def test_what_an_upstream_proxy_resolves_goes_through_it():
    answer = b"HTTP/1.1 200 OK\r\n\r\nfar"

    async with serving(sending(answer)) as origin:
        network = Told(origin.port, site=[["127.0.0.1"]])
        async with Guard(allow_hosts=("site.example",), network=network).listening() as far:
            with far.permit("direct", (), max_bytes=1 << 20, seconds=60) as beyond:
                async with permitted(platform="x", upstreams={"x": upstream(beyond.url)}) as here:
                    said = await asking(here.url, "GET http://site.example/ HTTP/1.1")
                    async with Client(here.url) as client:
                        await client.open("site.example:443")
                        client.writer.write(b"HELLO\r\n\r\n")
                        tunnelled = await client.rest()

    assert said.encode() == tunnelled == answer
    assert beyond.connections == 2
    assert network.asked == ["site.example"] * 2


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "localhost", "metadata.google.internal"])
async def test_an_upstream_proxy_is_not_asked_for_inner_addresses(host):
    async with behind_another() as (here, beyond):
        said = await asking(here.url, f"CONNECT {host}:443 HTTP/1.1")

    assert said.startswith("HTTP/1.1 403 vx-address\r\n")
    assert beyond.connections == 0


async def test_an_excepted_host_is_reached_without_the_upstream_proxy():
    async with (
        serving(echo) as origin,
        behind_another(allow_hosts=("127.0.0.1",)) as (here, beyond),
        Client(here.url) as client,
    ):
        await client.open(f"127.0.0.1:{origin.port}")

    assert beyond.connections == 0


async def test_an_upstream_proxy_that_refuses_is_a_network_failure():
    async with behind_another() as (_, beyond):
        wrong = beyond.url.replace(beyond.token, "guessed")
        async with permitted(upstreams={ANY: upstream(wrong)}) as here:
            said = await asking(here.url, "CONNECT site.example:443 HTTP/1.1")

    assert said.startswith("HTTP/1.1 502 vx-upstream\r\n")
    assert "status 407" in said
    assert [denied.code for denied in here.ledger] == ["network"]


async def test_an_upstream_proxy_that_is_not_there_is_a_network_failure():
    async with serving() as origin:
        gone = upstream(f"http://127.0.0.1:{origin.port}")

    async with permitted(upstreams={ANY: gone}) as here:
        said = await asking(here.url, "CONNECT site.example:443 HTTP/1.1")

    assert said.startswith("HTTP/1.1 502 vx-upstream\r\n")


async def ended(client: Client) -> bool:
    """Whether the connection ends, in whatever way."""
    try:
        return await client.rest() == b""
    except ConnectionError:
        return True

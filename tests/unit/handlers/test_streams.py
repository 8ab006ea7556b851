"""Live streams with more readers than there may be, with some that stop reading, and when the service stops."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from fakes import START, ScriptedWork
from house import House, house
from vxpipe.handlers import keys, streams
from vxpipe.handlers.frames import Frames
from vxpipe.model import Event, EventKind, Item, LogLine
from vxpipe.ports import Report

BATCH = {"items": [{"platform": "fake", "code": "abc"}]}


async def forever(_item: Item, _report: Report) -> None:
    await asyncio.Event().wait()


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, work=ScriptedWork({"abc": forever}), most_streams=2, send_seconds=0.3) as opened:
        yield opened


async def submit(home: House) -> str:
    return str((await (await home.client.post("/process", json=BATCH)).json())["jobId"])


def say(home: House, job_id: str, lines: int) -> None:
    for number in range(lines):
        home.journal.tap(LogLine(job_id=job_id, ts=START, level="INFO", msg=f"{number:0200}", event="test.said"))


async def test_beyond_the_most_streams_a_reader_is_told_to_come_back_and_the_page_still_works(home: House) -> None:
    job_id = await submit(home)
    async with home.client.get("/events"), home.client.get(f"/jobs/{job_id}/events"):
        refused = await home.client.get(f"/jobs/{job_id}/events")
        status = await home.client.get(f"/status/{job_id}")

        assert (refused.status, (await refused.json())["code"]) == (503, "too_many_streams")
        assert int(refused.headers["Retry-After"]) > 0
        assert status.status == 200

    await until_readers(home, 0)
    async with home.client.get(f"/jobs/{job_id}/events") as answer:
        assert answer.status == 200


async def until_readers(home: House, count: int) -> None:
    """A reader that has gone is noticed at the next write: something is said until then."""
    async with asyncio.timeout(10):
        while home.client.app[keys.READERS].count != count:
            home.hub.publish(
                [progress(job["jobId"]) for job in (await (await home.client.get("/jobs")).json())["jobs"]]
            )
            await asyncio.sleep(0.01)


def progress(job_id: str) -> Event:
    return Event(job_id=job_id, seq=0, kind=EventKind.PROGRESS, ts=START, data={"index": 0, "progress": 1})


async def test_who_is_sent_away_by_a_stopping_service_may_come_again_until_it_closes(home: House) -> None:
    job_id = await submit(home)

    async with asyncio.timeout(10):
        async with home.client.get(f"/jobs/{job_id}/events") as answer:
            await answer.content.readuntil(b"event: snapshot")
            home.hub.dismiss()
            first = await answer.content.read()
        async with home.client.get(f"/jobs/{job_id}/events?lastEventId=1") as answer:
            home.hub.close()
            second = await answer.content.read()

    assert first.endswith(b'event: bye\ndata: {"reason":"shutdown"}\n\n')
    assert second.endswith(b'event: bye\ndata: {"reason":"shutdown"}\n\n')


async def test_a_reader_that_stops_reading_is_cut_resumes_exactly_and_holds_up_nobody(home: House) -> None:
    job_id = await submit(home)
    lines = 5000
    frozen = await stopped_reader(home, f"/jobs/{job_id}/events?lastEventId=0")
    async with asyncio.timeout(30), home.client.get(f"/jobs/{job_id}/events?lastEventId=0") as answer:
        say(home, job_id, lines)
        whole = ids(await read_until(answer, f"{lines - 1:0200}"))
        await until_readers(home, 1)

    seen = ids(await asyncio.to_thread(rest_of, frozen))
    async with asyncio.timeout(10), home.client.get(f"/jobs/{job_id}/events?lastEventId={seen[-1]}") as answer:
        seen += ids(await read_until(answer, f"{lines - 1:0200}"))

    assert whole == list(range(1, len(whole) + 1))
    assert len(whole) > lines
    assert seen == whole


async def read_until(answer: aiohttp.ClientResponse, text: str) -> bytes:
    """What is sent up to the line with `text`."""
    said = bytearray()
    async for line in answer.content:
        said += line
        if text.encode() in line:
            break
    return bytes(said)


async def stopped_reader(home: House, path: str) -> socket.socket:
    """A connection whose stream has begun and of which nothing more is read."""
    loop = asyncio.get_running_loop()
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await loop.sock_connect(sock, (home.client.host, home.client.port))
    await loop.sock_sendall(sock, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    assert (await loop.sock_recv(sock, 12)).endswith(b" 200")
    return sock


def rest_of(sock: socket.socket) -> bytes:
    """What had reached a reader before it was cut."""
    said = bytearray()
    with sock:
        sock.settimeout(2)
        # A kernel that has given up on the connection may not say so before it is asked.
        with suppress(ConnectionResetError, TimeoutError):
            while piece := sock.recv(1 << 16):
                said += piece
    return bytes(said)


def ids(said: bytes) -> list[int]:
    """The numbers of all whole frames."""
    return [int(number) for number in re.findall(rb"id: (\d+)\nevent: \w+\r?\n?.*?data: [^\n]*\n", said, re.DOTALL)]


class Taking(web.StreamResponse):
    """Takes what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[bytes] = []

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        self.taken.append(bytes(data))


async def test_of_much_data_a_slow_reader_has_its_time_for_each_piece() -> None:
    stream, data = Taking(), bytes(range(256)) * 2000

    await streams.send(make_mocked_request("GET", "/"), stream, data)

    assert b"".join(stream.taken) == data
    assert max(map(len, stream.taken)) < 100_000


def test_an_event_is_encoded_once_for_all_readers() -> None:
    frames = Frames(numbered=True)
    event = Event(job_id="j", seq=7, kind=EventKind.STATUS, ts=START, data={"status": "running", "progress": 0})
    again = Event(job_id="j", seq=7, kind=EventKind.STATUS, ts=START, data={"status": "running", "progress": 0})

    one, other = list(frames.joined([event])), list(frames.joined([again]))

    assert one[0].startswith(b"id: 7\nevent: status\n")
    assert one == other


def test_newer_progress_of_an_item_is_not_taken_for_the_older() -> None:
    frames = Frames(numbered=True)
    ticks = [
        Event(job_id="j", seq=0, kind=EventKind.PROGRESS, ts=START, data={"index": 0, "progress": value})
        for value in (1, 2)
    ]

    said = [json.loads(next(frames.joined([tick])).split(b"data: ")[1])["progress"] for tick in ticks]

    assert said == [1, 2]


def test_many_events_leave_in_writes_of_a_bounded_size() -> None:
    frames = Frames(numbered=True)
    events = [
        Event(job_id="j", seq=seq, kind=EventKind.LOG, ts=START, data={"level": "INFO", "msg": "x" * 1000})
        for seq in range(1, 101)
    ]

    writes = list(frames.joined(events))

    assert max(map(len, writes)) < 40_000
    assert b"".join(writes).count(b"event: log") == 100

"""Our own client: what it sends, and how it takes problems and broken streams."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientConnectionError, web
from aiohttp.test_utils import TestServer
from aioresponses import aioresponses

from vxpipe.client import ApiError, Client

URL = "http://vxpipe.example"


@pytest.fixture
def service() -> Any:
    with aioresponses() as mocked:
        yield mocked


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client(URL, api_key="key-one") as made:
        yield made


def stream(*frames: str) -> str:
    return "retry: 2000\n\n" + "".join(f"{frame}\n\n" for frame in frames)


async def test_a_batch_is_sent_with_the_key(service: aioresponses, client: Client) -> None:
    service.post(f"{URL}/process", status=202, payload={"jobId": "j"})

    job_id = await client.submit([{"platform": "x", "code": "1"}], {"sheet": False})

    (calls,) = service.requests.values()
    assert job_id == "j"
    assert calls[0].kwargs["json"] == {"items": [{"platform": "x", "code": "1"}], "options": {"sheet": False}}


async def test_a_problem_becomes_an_error_with_its_detail(service: aioresponses, client: Client) -> None:
    service.post(f"{URL}/process", status=503, payload={"detail": "the queue is full", "code": "queue_full"})

    with pytest.raises(ApiError, match="the queue is full") as caught:
        await client.submit([{"platform": "x", "code": "1"}])

    assert (caught.value.status, caught.value.problem["code"]) == (503, "queue_full")


async def test_an_error_without_a_problem_body_still_says_its_status(service: aioresponses, client: Client) -> None:
    service.get(f"{URL}/health", status=502, body="<html>bad gateway</html>")

    with pytest.raises(ApiError, match="HTTP 502"):
        await client.health()


async def test_events_are_followed_over_a_reconnection_from_where_they_broke(
    service: aioresponses, client: Client
) -> None:
    first = stream('id: 1\nevent: status\ndata: {"status":"pending"}', ": hb", 'event: bye\ndata: {"reason":"rotate"}')
    rest = stream('id: 2\nevent: status\ndata: {"status":"completed"}', 'event: bye\ndata: {"reason":"done"}')
    service.get(f"{URL}/jobs/j/events", body=first)
    service.get(f"{URL}/jobs/j/events", exception=ClientConnectionError("the service restarts"))
    service.get(f"{URL}/jobs/j/events", body=rest)

    heard = [(event.id, event.data["status"]) async for event in client.events("j")]

    (calls,) = service.requests.values()
    assert heard == [("1", "pending"), ("2", "completed")]
    assert [call.kwargs["headers"].get("Last-Event-ID") for call in calls] == [None, "1", "1"]


async def test_a_stream_that_is_refused_for_a_while_is_asked_for_again(service: aioresponses, client: Client) -> None:
    body = stream('id: 1\nevent: status\ndata: {"status":"completed"}', 'event: bye\ndata: {"reason":"done"}')
    service.get(f"{URL}/jobs/j/events", status=429, payload={"detail": "too many"}, headers={"Retry-After": "1"})
    service.get(f"{URL}/jobs/j/events", body=body, content_type="text/event-stream")

    assert ["status"] == [heard.event async for heard in client.events("j")]


async def test_a_snapshot_of_any_size_is_read() -> None:
    text = "ä" * (1 << 20)
    body = stream(f'event: snapshot\ndata: {{"status":"{text}"}}', 'event: bye\ndata: {"reason":"done"}')

    async def events(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type="text/event-stream")

    app = web.Application()
    app.router.add_get("/jobs/j/events", events)
    async with TestServer(app) as server, Client(str(server.make_url("/"))) as client:
        heard = [each.data["status"] async for each in client.events("j")]

    assert heard == [text]


async def test_what_is_typed_for_a_job_leads_nowhere_else(service: aioresponses, client: Client) -> None:
    service.get(f"{URL}/status/..%2Fx%3Fy", status=404, payload={"detail": "there is no such job"})

    with pytest.raises(ApiError, match="no such job"):
        await client.status("../x?y")

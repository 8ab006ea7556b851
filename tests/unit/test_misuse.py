"""Requests that nobody means well: each is refused in a few words, and nothing comes of it."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from house import House, house
from vxpipe import config, parts
from vxpipe.handlers.routes import ROUTES

ITEM = {"platform": "fake", "code": "abc"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as opened:
        yield opened
        assert (await (await opened.client.get("/jobs")).json())["jobs"] == []


async def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = await answer.json(content_type="application/problem+json")
    assert (answer.status, body["code"]) == (status, code)
    return body


# Bodies


async def test_a_name_that_comes_twice_is_refused_with_its_place(home: House) -> None:
    body = b'{"items": [{"platform": "fake", "code": "abc", "code": "def"}]}'

    found = await refused(await home.client.post("/process", data=body, headers=JSON), 422, "validation")

    assert [fault["pointer"] for fault in found["errors"]] == ["#/items/0/code"]


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/jsonp",
        "",
    ],
)
async def test_other_types_and_charsets_are_refused(home: House, kind: str) -> None:
    answer = await home.client.post(
        "/process", data=json.dumps({"items": [ITEM]}).encode(), headers={"Content-Type": kind}
    )

    await refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [
        b'{"items": [{"platform": "fake", "code": "\xff"}]}',
        b'{"items": NaN}',
        b"[" * 1000,
        b'{"items": [{"platform": "fake", "code": "abc"}], "options": {"frames": {"max": ' + b"9" * 5000 + b"}}}",
    ],
)
async def test_what_is_no_sound_json_is_a_bad_request(home: House, body: bytes) -> None:
    await refused(await home.client.post("/process", data=body, headers=JSON), 400, "bad_json")


@pytest.mark.parametrize(
    "options",
    [
        {"frames": {"max": 10**30}},
        {"frames": {"threshold": 1e308}},
        {"frames": {"mode": "interval", "every": 1e-300}},
        {"frames": {"mode": "timestamps", "at": [1e18]}},
        {"frames": {"mode": "timestamps", "at": [0.5] * 3000}},
        {"crop": {"x": -(10**20), "y": 0, "width": 100, "height": 100}},
        {"crop": {"aspect": "9:16\n"}},
        {"clip": {"encoder": "libx264\u0000"}},
    ],
)
async def test_figures_beyond_all_measure_are_named(home: House, options: Any) -> None:
    answer = await home.client.post("/process", json={"items": [ITEM], "options": options})

    found = await refused(answer, 422, "validation")
    assert all(fault["pointer"].startswith("#/options/") for fault in found["errors"])


@pytest.mark.parametrize("code", ["abc\u0000", "abc\n", "../../etc/passwd", "a1" * 50, "--exec", "\u202eabc", ""])
async def test_codes_that_are_none_are_named(home: House, code: str) -> None:
    answer = await home.client.post("/process", json={"items": [{"platform": "fake", "code": code}]})

    found = await refused(answer, 422, "validation")
    assert [fault["pointer"] for fault in found["errors"]] == ["#/items/0/code"]


async def test_a_code_without_end_is_refused_in_few_words(tmp_path: Path) -> None:
    async with house(tmp_path, targets=parts.build_registry(config.read())) as home:
        item = {"platform": "youtube", "code": "a" * 100_000}
        answer = await home.client.post(
            "/process", json={"items": [item, {"url": "https://youtu.be/" + "b" * 100_000}]}
        )

        await refused(answer, 422, "validation")
        assert len(await answer.read()) < 2000


async def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    async with house(tmp_path, body_seconds=0.2) as home:
        reader, writer = await asyncio.open_connection("127.0.0.1", home.client.port)
        writer.write(b"POST /process HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n")
        writer.write(b"Content-Length: 100\r\n\r\n{")
        async with asyncio.timeout(10):
            head = await reader.readuntil(b"\r\n")
        writer.close()

    assert head.startswith(b"HTTP/1.1 408 ")


# Parameters


@pytest.mark.parametrize(
    "path",
    [
        "/jobs?limit=1&limit=2",
        "/jobs?Limit=1",
        "/jobs?state=failed",
        "/jobs?limit=1%00",
        "/jobs?limit=%EF%BC%91",
        "/jobs?limit=999999999999999999999999",
        "/health?x=1",
        "/metrics?name[]=a",
        "/events?jobs=all",
        "/status/x?tail=5&tail=5",
        "/openapi.json?format=yaml",
    ],
)
async def test_parameters_that_are_unknown_twice_or_wrong_are_refused(home: House, path: str) -> None:
    await refused(await home.client.get(path), 400, "bad_query")


async def test_a_parameter_without_a_value_is_as_good_as_absent(home: House) -> None:
    answer = await home.client.get("/jobs?status=&platform=&since=&until=&cursor=")

    assert answer.status == 200


NAMES = ["..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%00", "a%00b", "%ff", "%25", "x" * 2500, "%2fetc%2fpasswd", "..%5c"]
WITH_NAMES = [(method, path) for method, path, _, _ in ROUTES if "{" in path]


@pytest.mark.parametrize(("method", "path"), WITH_NAMES)
async def test_no_path_leads_out_of_the_house(home: House, method: str, path: str) -> None:
    answers = {name: await asked_in_raw(home, method, re.sub(r"{\w+}", name, path)) for name in NAMES}

    assert {} == {name: said for name, said in answers.items() if not re.match(rb"HTTP/1.1 40[45] ", said)}


async def asked_in_raw(home: House, method: str, path: str) -> bytes:
    """What is answered to a path that no client would send as it is."""
    reader, writer = await asyncio.open_connection("127.0.0.1", home.client.port)
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(10):
        said = await reader.read()
    writer.close()
    return said


# Methods


async def test_options_tells_the_methods(home: House) -> None:
    answer = await home.client.options("/process")

    assert answer.status == 204
    assert answer.headers["Allow"] == "OPTIONS, POST"


async def test_an_unknown_address_and_method_are_told_what_there_is(home: House) -> None:
    missing = await refused(await home.client.get("/nowhere/at%20all"), 404, "not_found")
    wrong = await refused(await home.client.delete("/process"), 405, "method_not_allowed")

    assert "'/nowhere/at%20all'" in missing["detail"]
    assert wrong["detail"] == "this address does not know DELETE; it takes POST"


async def test_no_answer_tells_what_it_is_made_with(home: House) -> None:
    answers = [await home.client.get(path) for path in ("/health", "/nowhere", "/docs")]

    assert {answer.headers["Server"] for answer in answers} == {"vxpipe"}


async def test_head_is_get_without_the_body(home: House) -> None:
    for path in [path for method, path, _, _ in ROUTES if method == "GET" and "{" not in path and path != "/events"]:
        get, head = await home.client.get(path), await home.client.head(path)

        assert (path, head.status, head.content_type) == (path, get.status, get.content_type)
        assert await head.read() == b""


async def test_a_client_that_asks_for_json_is_told_who_we_are(home: House) -> None:
    answer = await home.client.get("/", headers={"Accept": "application/json, text/plain, */*"})

    assert await answer.json() == {"name": "vxpipe", "version": "1.2.3"}
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize(("accept", "status"), [("text/html,*/*;q=0.8", 200), ("*/*", 404), ("application/json", 404)])
async def test_the_page_of_a_job_is_for_people(home: House, accept: str, status: int) -> None:
    answer = await home.client.get("/jobs/any", headers={"Accept": accept})

    assert answer.status == status
    assert status == 200 or "/status/" in (await answer.json())["detail"]


@pytest.mark.parametrize("given", ["a b", "x" * 129, "\u00e9", "<script>", "a,b", ""])
async def test_a_request_id_that_is_none_is_replaced(home: House, given: str) -> None:
    answer = await home.client.get("/health", headers={"X-Request-ID": given})

    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-ID"])

"""What pages of other sites may do: what CORS_ORIGINS says, to the letter."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from house import House, house

APP = "https://app.example"
ASKS = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "x-api-key"}
KEY = {"X-API-Key": "key-one"}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, api_keys=["key-one"], cors_origins=[APP]) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/jobs", "/process", "/nowhere", "/jobs/x/cancel", "/artifacts/x/y"])
async def test_a_preflight_is_answered_whatever_the_real_request_would_be(home: House, path: str) -> None:
    answer = await home.client.options(path, headers={"Origin": APP} | ASKS)

    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert "DELETE" in answer.headers["Access-Control-Allow-Methods"]
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "origin",
    [
        *("https://app.example/", "https://APP.example", "http://app.example", "https://app.example:443", "null"),
        *("https://app.example.evil.example", "https://evil-app.example", "https://sub.app.example", "*", ""),
    ],
)
async def test_no_other_origin_is_let_in(home: House, origin: str) -> None:
    preflight = await home.client.options("/jobs", headers={"Origin": origin} | ASKS)
    real = await home.client.get("/jobs", headers={"Origin": origin} | KEY)

    for answer in (preflight, real):
        assert not [name for name in answer.headers if name.startswith("Access-Control-Allow")]
        assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/jobs", {}, 401),
        ("GET", "/nowhere", KEY, 404),
        ("DELETE", "/process", KEY, 405),
        ("POST", "/process", KEY, 415),
        ("GET", "/jobs", KEY, 200),
    ],
)
async def test_a_page_that_is_named_may_read_refusals_too(
    home: House, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = await home.client.request(method, path, headers=headers | {"Origin": APP})

    assert answer.status == status
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert "RateLimit" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("path", ["/", "/health", "/jobs", "/nowhere"])
async def test_an_answer_does_not_say_what_it_was_made_with(home: House, path: str) -> None:
    assert (await home.client.get(path)).headers["Server"] == "vxpipe"


async def test_a_signed_in_browser_of_a_named_origin_changes_nothing_by_its_cookie(home: House) -> None:
    await home.client.post("/login", json={"apiKey": "key-one"})

    by_cookie = await home.client.post("/process", json={}, headers={"Origin": APP})
    by_key = await home.client.post("/process", json={}, headers={"Origin": APP} | KEY)

    assert (by_cookie.status, by_key.status) == (403, 422)

"""Stored keys at the door: what they open, and when they stop to."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fakes import START
from house import House, house
from vxpipe import access
from vxpipe.access import ApiKey, Scope
from vxpipe.handlers.routes import ROUTES

ITEM = {"platform": "fake", "code": "abc"}
BATCH = {"items": [ITEM]}
SAME_PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, api_keys=["plain-key"]) as opened:
        yield opened


async def made(home: House, key_id: str, *scopes: Scope, days: int | None = None) -> dict[str, str]:
    """The header of a new key; its secret is its id, five times and a bit."""
    secret = (key_id * 6)[:64]
    key = ApiKey(
        id=key_id,
        name=f"key {key_id}",
        scopes=frozenset(scopes),
        digest=access.digest(secret),
        created_at=START,
        expires_at=START + timedelta(days=days) if days else None,
    )
    await home.keys.add(key)
    return {"X-API-Key": access.spelled(key_id, secret)}


async def problem(answer: Any, status: int) -> dict[str, Any]:
    assert (answer.status, answer.content_type) == (status, "application/problem+json")
    body: dict[str, Any] = await answer.json()
    return body


@pytest.mark.parametrize("scope", list(Scope))
async def test_a_key_opens_the_routes_of_its_scope_only(home: House, scope: Scope) -> None:
    key = await made(home, "a" * 12, scope)
    for method, path, _, needed in ROUTES:
        plain = path.replace("{", "").replace("}", "")
        async with home.client.request(method, plain, headers=key, json={}) as answer:
            if needed in {None, scope} or scope is Scope.ADMIN:
                assert answer.status not in {401, 403}, path
            else:
                body = await problem(answer, 403)
                assert body["code"] == "scope_missing"
                assert f"'{needed}'" in body["detail"]
                assert scope in body["detail"]


async def test_a_key_may_have_several_scopes(home: House) -> None:
    key = await made(home, "a" * 12, Scope.SUBMIT, Scope.READ)

    accepted = await home.client.post("/process", json=BATCH, headers=key)
    shown = await home.client.get(accepted.headers["Location"], headers=key)

    assert (accepted.status, shown.status) == (202, 200)


@pytest.mark.parametrize("given", ["vxp_{id}_{wrong}", "vxp_{other}_{secret}", "vxp_{id}_", "{secret}", "vxp_{id}"])
async def test_what_is_not_the_whole_key_opens_nothing(home: House, given: str) -> None:
    key = (await made(home, "a" * 12, Scope.READ))["X-API-Key"]
    _, key_id, secret = key.split("_")

    wrong = given.format(id=key_id, secret=secret, wrong="f" * 64, other="b" * 12)

    assert (await home.client.get("/jobs", headers={"X-API-Key": wrong})).status == 401


async def test_a_key_ends_with_its_day(home: House) -> None:
    key = await made(home, "a" * 12, Scope.READ, days=2)
    before = await home.client.get("/jobs", headers=key)

    home.now.advance(timedelta(days=3))

    assert before.status == 200
    assert (await home.client.get("/jobs", headers=key)).status == 401


async def test_a_revoked_key_and_its_browsers_are_out(home: House) -> None:
    key = await made(home, "a" * 12, Scope.READ)
    await home.client.post("/login", json={"apiKey": key["X-API-Key"]})
    before = [await home.client.get("/jobs", headers=key), await home.client.get("/jobs")]

    assert await home.keys.revoke("a" * 12, at=home.now())

    after = [await home.client.get("/jobs", headers=key), await home.client.get("/jobs")]
    assert [answer.status for answer in before] == [200, 200]
    assert [answer.status for answer in after] == [401, 401]


async def test_a_browser_that_signs_out_is_out_and_others_are_not(home: House) -> None:
    key = await made(home, "a" * 12, Scope.READ)
    cookies = []
    for _ in range(2):
        answer = await home.client.post("/login", json={"apiKey": key["X-API-Key"]})
        cookies.append(f"vxpipe_session={answer.cookies['vxpipe_session'].value}")
    one, other = cookies
    home.client.session.cookie_jar.clear()

    foreign = await home.client.post("/logout", headers={"Cookie": one, "Sec-Fetch-Site": "cross-site"})
    left = await home.client.post("/logout", headers={"Cookie": one, "Sec-Fetch-Site": "same-origin"})

    after = [await home.client.get("/jobs", headers={"Cookie": cookie}) for cookie in (one, other)]
    assert (foreign.status, left.status) == (403, 204)
    assert left.cookies["vxpipe_session"].value == ""
    assert [answer.status for answer in after] == [401, 200]


async def test_a_browser_may_do_what_the_key_may_that_it_signed_in_with(home: House) -> None:
    key = await made(home, "a" * 12, Scope.READ)
    signed_in = await home.client.post("/login", json={"apiKey": key["X-API-Key"]})

    shown = await home.client.get("/jobs")
    refused = await home.client.post("/process", json=BATCH, headers=SAME_PAGE)

    assert (signed_in.status, shown.status) == (204, 200)
    assert (await problem(refused, 403))["code"] == "scope_missing"


async def test_a_session_ends_after_a_week(home: House) -> None:
    await home.client.post("/login", json={"apiKey": "plain-key"})
    before = await home.client.get("/jobs")

    home.now.advance(timedelta(days=7, seconds=1))

    assert before.status == 200
    assert (await home.client.get("/jobs")).status == 401


async def test_a_service_that_gets_its_first_key_is_open_no_more(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        before = await home.client.get("/jobs")

        key = await made(home, "a" * 12, Scope.READ)
        without, with_it = await home.client.get("/jobs"), await home.client.get("/jobs", headers=key)
        await home.keys.revoke("a" * 12, at=home.now())
        at_last = await home.client.get("/jobs")

    assert [before.status, without.status, with_it.status, at_last.status] == [200, 401, 200, 401]


async def test_an_idempotency_key_is_the_callers_own(home: House) -> None:
    one = await made(home, "a" * 12, Scope.SUBMIT)
    other = await made(home, "b" * 12, Scope.SUBMIT)
    name = {"Idempotency-Key": "monday"}

    answers = [await home.client.post("/process", json=BATCH, headers=key | name) for key in (one, other, one)]

    first, second, again = [(await answer.json())["jobId"] for answer in answers]
    assert first == again != second


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}])
async def test_no_other_page_can_sign_a_browser_in(home: House, headers: dict[str, str]) -> None:
    answer = await home.client.post("/login", json={"apiKey": "plain-key"}, headers=headers)

    assert answer.status == 403
    assert "Set-Cookie" not in answer.headers


async def test_a_login_is_a_small_request(home: House) -> None:
    assert (await home.client.post("/login", json={"apiKey": "x" * 5000})).status == 413
    assert (await home.client.post("/login", json={"apiKey": "x" * 3000})).status == 401


async def test_a_key_never_shows_in_an_answer(home: House) -> None:
    answer = await home.client.get("/jobs", headers={"X-API-Key": "not-the-key"})

    assert "not-the-key" not in await answer.text()

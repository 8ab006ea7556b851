"""Webhooks as a caller asks for them."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import conformity
from house import House, house
from vxpipe.handlers import keys

BATCH = {"items": [{"platform": "fake", "code": "abc"}]}
URL = "https://hooks.example/in?token=secret"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, signs_webhooks=True) as opened:
        yield opened


async def messages(home: House, job_id: str, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(10):
        while True:
            answer = await home.client.get(f"/jobs/{job_id}/deliveries")
            found: list[dict[str, Any]] = (await answer.json())["deliveries"]
            if len(found) >= count:
                return found


async def test_a_job_may_name_who_is_told(home: House) -> None:
    webhook = {"url": URL, "events": ["item.ended", "job.ended"]}

    answer = await home.client.post("/process", json=BATCH | {"webhook": webhook})

    found = await messages(home, (await answer.json())["jobId"], 2)
    assert [(each["event"], each["host"], each["state"], each["tries"]) for each in found] == [
        ("item.ended", "hooks.example", "waiting", 0),
        ("job.ended", "hooks.example", "waiting", 0),
    ]
    assert "secret" not in str(found)


async def test_messages_are_what_the_description_says(home: House) -> None:
    webhook = {"url": URL, "events": ["item.ended", "job.ended", "job.status"]}
    answer = await home.client.post("/process", json=BATCH | {"webhook": webhook})
    job_id = (await answer.json())["jobId"]
    await messages(home, job_id, 5)

    sent = await home.client.server.app[keys.DELIVERIES].of_job(job_id)  # type: ignore[attr-defined]

    described = conformity.document()["webhooks"]
    assert {message.event.value for message in sent} == set(described)
    for message in sent:
        schema = described[message.event]["post"]["requestBody"]["content"]["application/json"]["schema"]
        model = conformity.component(schema["$ref"].rpartition("/")[2])
        assert conformity.faults(json.loads(message.body), model) == []


async def test_the_end_of_the_job_is_what_is_told_by_default(home: House) -> None:
    answer = await home.client.post("/process", json=BATCH | {"webhook": {"url": URL}})

    (found,) = await messages(home, (await answer.json())["jobId"], 1)

    assert (found["event"], found["lastError"]) == ("job.ended", None)


@pytest.mark.parametrize(
    ("webhook", "pointer"),
    [
        ("https://hooks.example", "#/webhook"),
        ({}, "#/webhook/url"),
        ({"url": "ftp://hooks.example"}, "#/webhook/url"),
        ({"url": "https://user:password@hooks.example"}, "#/webhook/url"),
        ({"url": "https://hooks.example:22"}, "#/webhook/url"),
        ({"url": "http://10.0.0.1/in"}, "#/webhook/url"),
        ({"url": "https://[::1]:8443/in"}, "#/webhook/url"),
        ({"url": "https://hooks.example/" + "x" * 2000}, "#/webhook/url"),
        ({"url": URL, "events": []}, "#/webhook/events"),
        ({"url": URL, "events": ["job.ended", "job.begun"]}, "#/webhook/events/1"),
        ({"url": URL, "secret": "x"}, "#/webhook/secret"),
    ],
)
async def test_a_wrong_webhook_is_named_by_its_place_and_nothing_is_queued(
    home: House, webhook: Any, pointer: str
) -> None:
    answer = await home.client.post("/process", json=BATCH | {"webhook": webhook})

    assert answer.status == 422
    assert [error["pointer"] for error in (await answer.json())["errors"]] == [pointer]
    assert (await (await home.client.get("/jobs")).json())["jobs"] == []


async def test_a_service_that_cannot_sign_takes_no_webhook(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        answer = await home.client.post("/process", json=BATCH | {"webhook": {"url": URL}})

        assert answer.status == 422
        (error,) = (await answer.json())["errors"]
    assert error["pointer"] == "#/webhook"
    assert "VXPIPE_WEBHOOK_SECRETS" in error["detail"]


async def test_messages_go_with_their_job(home: House) -> None:
    answer = await home.client.post("/process", json=BATCH | {"webhook": {"url": URL}})
    job_id = (await answer.json())["jobId"]
    await messages(home, job_id, 1)

    deleted = await home.client.delete(f"/jobs/{job_id}")

    assert deleted.status == 204
    assert (await home.client.get(f"/jobs/{job_id}/deliveries")).status == 404

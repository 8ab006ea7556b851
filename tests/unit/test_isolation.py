"""VXPIPE_ISOLATE_KEYS: to a key, the jobs of others are not there."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fakes import START, ScriptedWork
from house import House, house
from vxpipe import access
from vxpipe.access import ApiKey, Scope
from vxpipe.handlers.routes import ROUTES
from vxpipe.model import Item, ItemStatus, Outcome
from vxpipe.ports import OutputFile, Report

BATCH = {"items": [{"platform": "fake", "code": "abc"}]}
SECRET = "5" * 64
EVERY_SCOPE_BUT_ADMIN = frozenset(Scope) - {Scope.ADMIN}
MINE, OTHERS, BOSS = ({"X-API-Key": access.spelled(letter * 12, SECRET)} for letter in "abc")
# What tells one request from another, whatever it says.
OWN = {"X-Request-ID", "Date"}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, isolate_keys=True, work=ScriptedWork()) as opened:
        opened.work.scripts = {"abc": publishing(opened, tmp_path)}
        for letter, scopes in (("a", EVERY_SCOPE_BUT_ADMIN), ("b", EVERY_SCOPE_BUT_ADMIN), ("c", {Scope.ADMIN})):
            key = ApiKey(
                id=letter * 12,
                name=letter,
                scopes=frozenset(scopes),
                digest=access.digest(SECRET),
                created_at=START,
            )
            await opened.keys.add(key)
        yield opened


def publishing(home: House, tmp_path: Path) -> Any:
    async def publish(item: Item, _report: Report) -> Outcome:
        folder = tmp_path / f"work-{item.key.job_id}"
        folder.mkdir()
        (folder / "sheet.jpg").write_bytes(b"0123456789")
        files = [OutputFile(kind="sheet", name="sheet.jpg", width=4, height=2)]
        artifacts = await home.artifacts.publish(folder, f"{item.key.job_id}/0-fake-abc", files)
        return Outcome(status=ItemStatus.SUCCESS, frames=0, artifacts=artifacts)

    return publish


async def done(home: House, key: dict[str, str]) -> str:
    """A job of this key that has ended."""
    answer = await home.client.post("/process", json=BATCH, headers=key)
    job_id = str((await answer.json())["jobId"])
    async with asyncio.timeout(10):
        while True:
            answer = await home.client.get(f"/status/{job_id}?wait=1", headers=key)
            if (await answer.json())["status"] == "completed":
                return job_id


async def told(home: House, method: str, path: str, key: dict[str, str]) -> tuple[int, dict[str, Any], dict[str, str]]:
    async with home.client.request(method, path, headers=key, json=BATCH) as answer:
        body = json.loads(await answer.text() or "{}")
        headers = {name: value for name, value in answer.headers.items() if name not in OWN}
        return answer.status, {name: value for name, value in body.items() if name != "requestId"}, headers


async def test_every_path_of_anothers_job_is_answered_as_one_of_no_job(home: House) -> None:
    job_id, nobody = await done(home, OTHERS), "00000000-0000-7000-8000-00000000dead"

    for method, path, _, scope in ROUTES:
        if scope and path.startswith(("/status/", "/jobs/")):
            there = path.replace("{id}", job_id).replace("{n}", "0").replace("{place}", "0")

            foreign = await told(home, method, there, MINE)

            assert foreign == await told(home, method, there.replace(job_id, nobody), MINE), path
            assert foreign[0] == 404, path
    assert (await told(home, "GET", f"/status/{job_id}", OTHERS))[1]["status"] == "completed"


async def test_a_file_of_anothers_job_is_answered_as_no_file(home: House) -> None:
    job_id = await done(home, OTHERS)
    item = await (await home.client.get(f"/jobs/{job_id}/items/0", headers=OTHERS)).json()
    url = item["artifacts"][0]["url"]
    artifact_id = url.split("/")[2]

    foreign = await told(home, "GET", url, MINE)
    missing = await told(home, "GET", url.replace(artifact_id, artifact_id[::-1]), MINE)
    own = await home.client.get(url, headers=OTHERS)

    assert foreign == missing
    assert (foreign[0], own.status) == (404, 200)


async def test_the_list_holds_ones_own_jobs_only_and_all_for_an_admin(home: House) -> None:
    mine, others = await done(home, MINE), await done(home, OTHERS)

    lists = [await (await home.client.get("/jobs", headers=key)).json() for key in (MINE, OTHERS, BOSS)]

    assert [[job["jobId"] for job in body["jobs"]] for body in lists] == [[mine], [others], [others, mine]]


async def test_an_admin_sees_every_job_and_file(home: House) -> None:
    job_id = await done(home, OTHERS)

    item = await (await home.client.get(f"/jobs/{job_id}/items/0", headers=BOSS)).json()
    file = await home.client.get(item["artifacts"][0]["url"], headers=BOSS)

    assert (item["status"], file.status) == ("success", 200)


async def test_the_feed_tells_of_ones_own_jobs_only(home: House) -> None:
    go = asyncio.Event()

    async def hold(_item: Item, _report: Report) -> None:
        await go.wait()

    home.work.scripts = {"abc": hold}
    ids = []
    for key in (OTHERS, MINE):
        answer = await home.client.post("/process", json=BATCH, headers=key)
        ids.append((await answer.json())["jobId"])
    heard: list[dict[str, Any]] = []
    async with asyncio.timeout(10), home.client.get("/events", headers=MINE) as answer:
        async for raw in answer.content:
            if raw.startswith(b"data: "):
                heard.append(json.loads(raw[6:]))
                go.set()
            if heard and heard[-1].get("status") == "completed":
                break
            if raw.startswith(b": hb") and go.is_set() and len(heard) > 1:
                break

    assert [job["jobId"] for job in heard[0]["jobs"]] == [ids[1]]
    assert {event["jobId"] for event in heard[1:]} == {ids[1]}


async def test_several_keys_of_the_environment_are_isolated_and_a_single_one_is_not(tmp_path: Path) -> None:
    async with house(tmp_path, isolate_keys=True, api_keys=["one", "two"]) as home:
        job_id = await done(home, {"X-API-Key": "one"})
        foreign = await home.client.get(f"/status/{job_id}", headers={"X-API-Key": "two"})
    async with house(tmp_path, isolate_keys=True, api_keys=["three"]) as home:
        single = await home.client.get(f"/status/{job_id}", headers={"X-API-Key": "three"})

    assert (foreign.status, single.status) == (404, 200)


async def test_without_the_setting_keys_see_each_others_jobs(tmp_path: Path) -> None:
    async with house(tmp_path, api_keys=["one", "two"]) as home:
        job_id = await done(home, {"X-API-Key": "one"})

        assert (await home.client.get(f"/status/{job_id}", headers={"X-API-Key": "two"})).status == 200

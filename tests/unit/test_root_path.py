"""VXPIPE_ROOT_PATH: the service below a path of another site, whether the proxy cuts that path off or not."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from asking import ITEM, ended, publishing, submitted
from fakes import ScriptedWork
from house import House, house
from vxpipe import config
from vxpipe.client import Client
from vxpipe.errors import ConfigError
from vxpipe.handlers import assets, routes

ROOT = "/vx"
BATCH = {"items": [ITEM]}
KEY = {"X-API-Key": "key-one"}
SENT = pytest.mark.parametrize("sent", ["", ROOT], ids=["cut_off", "left_on"])


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, root=ROOT, work=ScriptedWork()) as opened:
        opened.work.scripts = {"abc": publishing(opened, tmp_path, [("frames/1.jpg", b"0123")])}
        yield opened


@pytest.fixture
async def locked(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, root=ROOT, api_keys=["key-one"], isolate_keys=True) as opened:
        yield opened


@SENT
async def test_a_job_is_sent_and_its_location_leads_through_the_proxy(home: House, sent: str) -> None:
    answer = await home.client.post(f"{sent}/process", json=BATCH)

    assert answer.status == 202
    assert answer.headers["Location"] == f"{ROOT}/status/{(await answer.json())['jobId']}"
    assert (await home.client.get(answer.headers["Location"])).status == 200


@SENT
async def test_files_are_named_by_the_address_at_which_a_browser_finds_them(home: House, sent: str) -> None:
    job_id = await submitted(home)
    await ended(home, job_id)

    item = await (await home.client.get(f"{sent}/jobs/{job_id}/items/0")).json()
    story = await (await home.client.get(f"{sent}/jobs/{job_id}/events?follow=0")).text()

    told = [json.loads(line[6:]) for line in story.splitlines() if line.startswith("data: ") and '"sha256"' in line]
    assert {each["url"] for each in (*item["artifacts"], *told)} == {item["artifacts"][0]["url"]}
    assert item["artifacts"][0]["url"].startswith(f"{ROOT}/artifacts/")
    assert await (await home.client.get(item["artifacts"][0]["url"])).read() == b"0123"


@SENT
async def test_what_needs_a_key_needs_it_below_the_root_as_well(locked: House, sent: str) -> None:
    assert (await locked.client.get(f"{sent}/jobs")).status == 401
    assert (await locked.client.get(f"{sent}/jobs", headers=KEY)).status == 200
    assert (await locked.client.get(f"{sent}/artifacts/none/x.jpg", headers=KEY)).status == 404
    assert (await locked.client.get(f"{sent}/health")).status == 200


async def test_the_cookie_of_a_browser_is_sent_below_the_root_only(locked: House) -> None:
    answer = await locked.client.post(f"{ROOT}/login", json={"apiKey": "key-one"})

    assert answer.cookies["vxpipe_session"]["path"] == f"{ROOT}/"
    assert (await locked.client.get(f"{ROOT}/jobs")).status == 200


@SENT
async def test_the_page_names_nothing_beside_the_root(home: House, sent: str) -> None:
    for path in ("/", "/jobs", "/jobs/any", "/system", "/docs"):
        text = await (await home.client.get(sent + path, headers={"Accept": "text/html"})).text()
        assert "<title>vxpipe" in text
        assert 'href="/' not in text
        assert 'src="/' not in text
    assert (await home.client.get(f"{sent}/{assets.load().folder}/main.js")).status == 200


async def test_the_root_without_its_slash_leads_to_the_page(home: House) -> None:
    answer = await home.client.get(ROOT, allow_redirects=False)

    assert (answer.status, answer.headers["Location"]) == (308, f"{ROOT}/")


@SENT
async def test_the_description_names_its_server_relative_to_itself(home: House, sent: str) -> None:
    described = await (await home.client.get(f"{sent}/openapi.json")).json()

    assert [server["url"] for server in described["servers"]] == ["."]
    assert "/process" in described["paths"]


async def test_a_path_counts_as_one_route_wherever_it_is_found(home: House) -> None:
    await home.client.get(f"{ROOT}/jobs")
    await home.client.get("/jobs")

    figures = await (await home.client.get("/metrics")).text()

    assert 'vxpipe_http_requests_total{method="GET",route="/jobs",status="200"} 2.0' in figures


async def test_our_own_client_finds_a_service_below_a_path(home: House) -> None:
    async with Client(str(home.client.make_url(ROOT))) as client:
        job_id = await client.submit([ITEM])
        heard = [each.event async for each in client.events(job_id)]

    assert heard[-1] == "status"


@pytest.mark.parametrize("path", ["vx", "/a b", "/{id}", "/a//b", "/.."])
def test_a_root_that_is_no_plain_path_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match="VXPIPE_ROOT_PATH"):
        config.read(root_path=path)


def test_a_slash_at_the_end_of_the_root_means_nothing() -> None:
    assert config.read(root_path="/vx/").root_path == "/vx"


@pytest.mark.parametrize("root", ["/p", "/lo", "/jobsite", "/vx/jobs"])
@SENT
async def test_a_root_that_looks_like_a_route_opens_and_breaks_none(tmp_path: Path, root: str, sent: str) -> None:
    prefix = root if sent else ""
    async with house(tmp_path, root=root, api_keys=["key-one"]) as home:
        for path in ("/platforms", "/jobs", "/metrics", "/jobs/any/logs"):
            assert (await home.client.get(prefix + path)).status == 401
        assert (await home.client.get(f"{prefix}/platforms", headers=KEY)).status == 200
        assert (await home.client.get(f"{prefix}/jobs/any/logs", headers=KEY)).status == 404
        assert (await home.client.get(f"{prefix}/ready")).status == 200


@pytest.mark.parametrize("root", ["/jobs", "/metrics", "/assets/x", "/docs"])
def test_a_root_that_is_an_address_of_ours_is_refused(root: str) -> None:
    with pytest.raises(ConfigError, match=f"VXPIPE_ROOT_PATH: {root} "):
        routes.application("1.2.3", root=root)

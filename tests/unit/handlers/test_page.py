"""The page as it is served: who gets it, what it may do, how long it is kept."""

import posixpath
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from house import House, house
from vxpipe.handlers import assets

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
async def locked(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, api_keys=["key-one"]) as home:
        yield home


async def test_the_root_is_the_page_or_json(locked: House) -> None:
    page = await locked.client.get("/", headers=BROWSER)
    facts = await locked.client.get("/", headers={"Accept": "application/json"})

    assert page.content_type == "text/html"
    assert await facts.json() == {"name": "vxpipe", "version": "1.2.3"}


@pytest.mark.parametrize("path", ["/", "/jobs", "/jobs?status=failed&anything=goes", "/jobs/a-job?tab=log", "/system"])
async def test_a_browser_gets_the_page_under_the_address_of_each_screen_without_a_key(locked: House, path: str) -> None:
    answer = await locked.client.get(path, headers=BROWSER)

    assert (answer.status, answer.content_type) == (200, "text/html")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize("accept", ["application/json", "*/*", "*/*, text/html;q=0.9", "text/html;q=0, */*"])
async def test_programs_get_the_list_of_jobs_and_need_a_key(locked: House, accept: str) -> None:
    without = await locked.client.get("/jobs", headers={"Accept": accept})
    with_key = await locked.client.get("/jobs", headers={"Accept": accept, "X-API-Key": "key-one"})

    assert without.status == 401
    assert (with_key.status, with_key.content_type) == (200, "application/json")
    assert "Accept" in with_key.headers["Vary"]


async def test_html_opens_no_door_but_that_of_the_page(locked: House) -> None:
    assert (await locked.client.get("/capabilities", headers=BROWSER)).status == 401
    assert (await locked.client.post("/process", headers=BROWSER, json={})).status == 401


@pytest.mark.parametrize(("key", "status"), [({}, 401), ({"X-API-Key": "key-one"}, 404)])
async def test_a_browser_is_led_from_an_address_without_a_page_to_the_first_one(
    locked: House, key: dict[str, str], status: int
) -> None:
    page = await locked.client.get("/nosuchpage", headers=BROWSER | key)
    program = await locked.client.get("/nosuchpage", headers=key)

    assert (page.status, page.content_type) == (status, "text/html")
    assert '<a href="/">' in await page.text()
    assert "script" not in await page.text()
    assert (program.status, program.content_type) == (status, "application/problem+json")


async def test_an_unchanged_page_is_not_sent_again(locked: House) -> None:
    first = await locked.client.get("/jobs", headers=BROWSER)
    again = await locked.client.get("/jobs", headers={**BROWSER, "If-None-Match": first.headers["ETag"]})

    assert (again.status, await again.read()) == (304, b"")


async def test_the_page_may_run_and_ask_nothing_but_its_own(locked: House) -> None:
    policy = (await locked.client.get("/", headers=BROWSER)).headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'; style-src 'self'" in policy
    assert "require-trusted-types-for 'script'; trusted-types lit-html" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(("path", "root"), [("/", ""), ("/jobs", ""), ("/system", ""), ("/jobs/a-job", "../")])
async def test_every_file_is_found_from_wherever_the_page_lies(locked: House, path: str, root: str) -> None:
    text = await (await locked.client.get(path, headers=BROWSER)).text()
    files = re.findall('(?:href|src)="([^"]*assets/[^"]*)"', text)
    answers = [await locked.client.get(f"/{file.removeprefix(root)}") for file in files]

    assert len(files) > 20
    assert all(file.startswith(f"{root}assets/") for file in files)
    assert {answer.status for answer in answers} == {200}
    assert {answer.headers["Cache-Control"] for answer in answers} == {"public, max-age=31536000, immutable"}


async def test_every_module_that_the_page_uses_is_asked_for_at_once(locked: House) -> None:
    text = await (await locked.client.get("/", headers=BROWSER)).text()
    preloaded = set(re.findall(r'modulepreload" href="assets/\w+/([^"]*)"', text))
    imports = re.compile(r'(?:import|export)[^;]*?from ?"(\.[^"]*)"')
    used = {
        posixpath.normpath(f"{posixpath.dirname(name)}/{target}").lstrip("/")
        for name in preloaded
        for target in imports.findall(assets.load().files[name].body.decode())
    }

    assert used | {"main.js"} == preloaded


async def test_a_file_comes_compressed_to_who_takes_that(locked: House) -> None:
    path = f"/{assets.load().folder}/main.js"
    plain = await locked.client.get(path, headers={"Accept-Encoding": "gzip;q=0, br"})
    packed = await locked.client.get(path, headers={"Accept-Encoding": "br, gzip"})

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
    assert await packed.read() == await plain.read()


@pytest.mark.parametrize(
    "name", ["__init__.py", "..%2f__init__.py", "nothing.js", "index.html", "vendor/vendor.lock.json"]
)
async def test_only_the_files_of_the_page_are_served(locked: House, name: str) -> None:
    assert (await locked.client.get(f"/{assets.load().folder}/{name}")).status == 404


async def test_a_file_of_another_version_is_not_there(locked: House) -> None:
    assert (await locked.client.get("/assets/0123456789abcdef/main.js")).status == 404

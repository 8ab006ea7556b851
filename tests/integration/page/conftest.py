"""A service with samples to download, and a browser on its page; one browser serves all tests, a context each."""

import os
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route

from integration.loopback import Source, serve
from integration.page.browsing import CHROMIUM, KEY, Watched, chromium, sign_in
from integration.service import ServiceProcess, service

_HERE = Path(__file__).parent
_MODULES = "http://page.test/assets/0/"
_CALL = """async ([path, name, given]) => {
    const found = (await import(path))[name](...given);
    return JSON.parse(JSON.stringify(found, (_, value) => (value instanceof Set ? [...value] : value)));
}"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser there is nothing to test with; in CI there has to be one. Its loop is that of the session."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            if not (CHROMIUM.exists() or os.environ.get("CI") == "true"):
                item.add_marker(pytest.mark.skip(reason=f"no browser at {CHROMIUM}: apt-get install chromium"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def sample_source(samples: Path) -> AsyncIterator[Source]:
    """A server of the samples, in the loop of the browser."""
    async with serve(samples) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def process(tmp_path: Path, sample_source: Source) -> AsyncIterator[ServiceProcess]:
    async with service(tmp_path, API_KEY=KEY, VXPIPE_ALLOW_HOSTS=sample_source.address) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def watched(process: ServiceProcess) -> AsyncIterator[Watched]:
    """Fails the test for any script error, policy violation or request beyond the service."""
    made = Watched(process.url)
    yield made
    assert made.troubles == []


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, watched: Watched) -> AsyncIterator[Page]:
    """The page for one who has not signed in yet."""
    context = await browser.new_context()
    page = watched.watch(await context.new_page())
    await page.goto(watched.url)
    yield page
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(visitor: Page) -> Page:
    """The page for one who has signed in."""
    await sign_in(visitor)
    return visitor


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def without_service(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Serves the modules of the page, and nothing else."""

    async def module(route: Route) -> None:
        path = route.request.url.removeprefix(_MODULES)
        text = files("vxpipe.web").joinpath(path).read_text() if path.endswith(".js") else ""
        await route.fulfill(body=text, content_type="text/javascript" if text else "text/html")

    async with await browser.new_context() as context:
        await context.route("**/*", module)
        yield context


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def modules(without_service: BrowserContext) -> Page:
    """An empty page beside the modules of ours, for all tests that leave it as it is."""
    page = await without_service.new_page()
    await page.goto(_MODULES)
    return page


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ask(modules: Page) -> Any:
    """Calls a function of a module of the page; its arguments go there as JSON."""

    async def asked(path: str, name: str, *given: Any) -> Any:
        return await modules.evaluate(_CALL, [f"{_MODULES}{path}.js", name, given])

    return asked


@pytest_asyncio.fixture(loop_scope="session")
async def blank(without_service: BrowserContext) -> AsyncIterator[Page]:
    """An empty page of the test's own that may load the modules, with a clock and room for a `fetch`."""
    async with await without_service.new_page() as page:
        page.set_default_timeout(10_000)
        await page.clock.install()
        await page.goto(_MODULES)
        yield page

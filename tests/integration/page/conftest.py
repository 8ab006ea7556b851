"""A service with samples to download, and a browser on its page."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from integration.loopback import Source
from integration.page.browsing import CHROMIUM, KEY, Watched, chromium, sign_in
from integration.service import ServiceProcess, service

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser there is nothing to test with; in CI there has to be one."""
    if CHROMIUM.exists() or os.environ.get("CI") == "true":
        return
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.skip(reason=f"no browser at {CHROMIUM}: apt-get install chromium"))


@pytest.fixture
async def process(tmp_path: Path, sample_source: Source) -> AsyncIterator[ServiceProcess]:
    async with service(tmp_path, API_KEY=KEY, VXPIPE_ALLOW_HOSTS=sample_source.address) as started:
        yield started


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as made:
        yield made


@pytest.fixture
async def watched(process: ServiceProcess) -> AsyncIterator[Watched]:
    """Fails the test for any script error, policy violation or request beyond the service."""
    made = Watched(process.url)
    yield made
    assert made.troubles == []


@pytest.fixture
async def visitor(browser: Browser, watched: Watched) -> Page:
    """The page for one who has not signed in yet."""
    page = watched.watch(await (await browser.new_context()).new_page())
    await page.goto(watched.url)
    return page


@pytest.fixture
async def page(visitor: Page) -> Page:
    """The page for one who has signed in."""
    await sign_in(visitor)
    return visitor

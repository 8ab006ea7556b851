"""The page in a real browser, on the real service."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, async_playwright, expect

from integration.loopback import Source
from integration.service import ServiceProcess, service

CHROMIUM = Path(os.environ.get("VXPIPE_TEST_CHROMIUM", "/usr/bin/chromium"))
QUIET = [
    f"--{flag}"
    for flag in (
        "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
        "disable-background-networking", "disable-component-update", "disable-sync",
    )
]  # fmt: skip
SLOW_MS = 60_000

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists() and os.environ.get("CI") != "true",
    reason=f"no browser at {CHROMIUM}: apt-get install chromium",
)


@pytest.fixture
async def process(tmp_path: Path, sample_source: Source) -> AsyncIterator[ServiceProcess]:
    async with service(tmp_path, API_KEY="key-one", VXPIPE_ALLOW_HOSTS=sample_source.address) as started:
        yield started


@pytest.fixture
async def page(process: ServiceProcess) -> AsyncIterator[Page]:
    """A page that fails the test for any script error, policy violation or request beyond the service."""
    assert CHROMIUM.exists(), f"CI needs a browser at {CHROMIUM}"
    troubles: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        made = await browser.new_page()
        made.on("pageerror", lambda error: troubles.append(str(error)))
        made.on("console", lambda said: troubles.append(said.text) if "Content Security Policy" in said.text else None)
        made.on("request", lambda asked: troubles.append(asked.url) if not asked.url.startswith(process.url) else None)
        await made.goto(process.url)
        yield made
        await browser.close()
    assert troubles == []


async def sign_in(page: Page) -> None:
    await page.locator("#api-key").fill("key-one")
    await page.locator("#api-key").press("Enter")
    await expect(page.locator("#api-key")).to_be_hidden()


async def test_a_visitor_signs_in_submits_and_sees_the_log_and_the_frames(page: Page, sample_source: Source) -> None:
    await sign_in(page)
    await page.locator("#draft").fill(sample_source.url("media/full_frame.mp4"))
    await page.locator("#draft").press("Control+Enter")

    await expect(page.locator(".job-head")).to_contain_text("completed", timeout=SLOW_MS, ignore_case=True)
    await expect(page.locator("[role=log]")).to_contain_text("frames in")
    pictures = page.locator(".grid img")
    await expect(pictures).to_have_count(5)
    await pictures.first.scroll_into_view_if_needed()
    await expect(pictures.first).to_have_js_property("complete", True)
    assert await pictures.first.evaluate("image => image.naturalWidth") == 640


async def test_a_wrong_key_is_told_and_a_right_one_goes_on(page: Page) -> None:
    await page.locator("#api-key").fill("key-two")
    await page.locator("#api-key").press("Enter")

    await expect(page.locator("#login")).to_contain_text("not valid")
    await sign_in(page)
    await page.get_by_role("link", name="Jobs").click()
    await expect(page.locator(".pill.live")).to_be_visible()


async def test_a_line_that_is_no_video_is_named(page: Page) -> None:
    await sign_in(page)
    await page.locator("#draft").fill("youtube:aqz-KE-bpKQ\nyoutube:short")
    await page.locator("#draft").press("Control+Enter")

    await expect(page.locator(".faults li")).to_contain_text(re.compile("is not a code of YouTube"))


async def test_an_open_page_survives_a_restart_of_the_service(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    await sign_in(page)
    await page.locator("#draft").fill("\n".join([sample_source.url("media/letterbox_reel.mp4")] * 3))
    await page.locator("#draft").press("Control+Enter")
    await expect(page.locator("[role=log]")).to_contain_text("downloading", timeout=SLOW_MS)

    await process.restart()

    await expect(page.locator(".job-head")).to_contain_text("completed", timeout=SLOW_MS, ignore_case=True)
    lines = await page.locator("[role=log]").inner_text()
    assert lines.count("frames in") == 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_description_of_the_api_can_be_read_and_tried_without_a_key(
    page: Page, process: ServiceProcess, scheme: Literal["light", "dark"]
) -> None:
    await page.emulate_media(color_scheme=scheme)

    await page.goto(f"{process.url}/docs")
    await page.locator("#operations-service-getHealth").click(timeout=SLOW_MS)
    await page.get_by_role("button", name="Try it out").click()
    await page.get_by_role("button", name="Execute").click()

    await expect(page.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    await expect(page.locator(".request-url")).to_contain_text(f"{process.url}/health")

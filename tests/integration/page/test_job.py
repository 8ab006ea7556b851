"""The screen of a job, and the first things a visitor does."""

from typing import Literal

import pytest
from playwright.async_api import Page, expect

from integration.loopback import Source
from integration.page.browsing import KEY, SLOW_MS
from integration.service import ServiceProcess


async def test_a_visitor_signs_in_submits_and_sees_the_log_and_the_frames(page: Page, sample_source: Source) -> None:
    await page.locator("#draft").fill(sample_source.url("media/full_frame.mp4"))
    await page.locator("#draft").press("Control+Enter")

    await expect(page.locator(".job-head .badge.completed")).to_be_visible()
    await expect(page.locator("[role=log]")).to_contain_text("done in")
    await page.get_by_role("tab", name="Frames").click()
    pictures = page.locator(".grid img")
    await expect(pictures).to_have_count(5)
    await pictures.first.scroll_into_view_if_needed()
    await expect(pictures.first).to_have_js_property("complete", True)
    assert await pictures.first.evaluate("image => image.naturalWidth") == 640


async def test_a_wrong_key_is_told_and_a_right_one_goes_on_with_blanks_around_it_too(visitor: Page) -> None:
    await visitor.locator("#api-key").fill("key-two")
    await visitor.locator("#api-key").press("Enter")

    await expect(visitor.locator("#login")).to_contain_text("not valid")
    await visitor.locator("#api-key").fill(f" {KEY} ")
    await visitor.locator("#api-key").press("Enter")
    await visitor.get_by_role("link", name="Jobs", exact=True).click()
    await expect(visitor.locator(".pill.live")).to_be_visible()


async def test_an_open_page_survives_a_restart_of_the_service(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    link = sample_source.url("media/letterbox_reel.mp4")
    await page.locator("#draft").fill("\n".join(f"{link}?{n}" for n in range(3)))
    await page.locator("#draft").press("Control+Enter")
    await expect(page.locator("[role=log]")).to_contain_text("downloading")

    await process.restart()

    await expect(page.locator(".job-head .badge.completed")).to_be_visible()
    lines = await page.locator("[role=log]").inner_text()
    assert lines.count("done in") == 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_description_of_the_api_can_be_read_and_tried_without_a_key(
    visitor: Page, process: ServiceProcess, scheme: Literal["light", "dark"]
) -> None:
    page = visitor
    await page.emulate_media(color_scheme=scheme)

    await page.goto(f"{process.url}/docs")
    await page.locator("#operations-service-getHealth").click(timeout=SLOW_MS)
    await page.get_by_role("button", name="Try it out").click()
    await page.get_by_role("button", name="Execute").click()

    await expect(page.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    await expect(page.locator(".request-url")).to_contain_text(f"{process.url}/health")

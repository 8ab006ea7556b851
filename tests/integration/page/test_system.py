"""The screen of the service itself."""

from playwright.async_api import Page, expect

from integration.loopback import Source
from integration.page.browsing import SLOW_MS, grave_faults, portraits, submitted
from integration.service import ServiceProcess


async def test_it_tells_what_the_service_does_can_do_and_fails_of(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    await submitted(process.url, sample_source.url("media/full_frame.mp4"), sample_source.url("media/none.mp4"))
    held = await submitted(process.url, sample_source.url("held/letterbox_reel.mp4"))
    await page.get_by_role("link", name="System").click()

    await expect(page.locator(".readiness")).to_contain_text("ready")
    await expect(page.locator(".reasons")).to_contain_text("1", timeout=SLOW_MS)
    await expect(page.get_by_role("region", name="The last hour")).to_contain_text("analyse")
    await expect(page.locator(".abilities .no").first).to_contain_text("nvenc")
    await expect(page.locator("tr", has_text="YouTube").first).to_contain_text("open")
    await expect(page.locator(".pairs", has_text="ffmpeg")).to_contain_text("yt-dlp")
    assert await grave_faults(page) == []
    await portraits(page, "system")
    await page.emulate_media(color_scheme="dark")
    assert await grave_faults(page) == []
    sample_source.released.set()
    await page.goto(f"{process.url}/jobs/{held}")
    await expect(page.locator(".job-head")).to_contain_text("completed", timeout=SLOW_MS)

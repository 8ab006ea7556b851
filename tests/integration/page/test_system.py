"""The screen of the service itself."""

import re

from playwright.async_api import Page, Route, expect

from integration.loopback import Source
from integration.page.browsing import Watched, grave_faults, portraits, submitted
from integration.service import ServiceProcess


async def test_it_tells_what_the_service_does_can_do_and_fails_of(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    await submitted(process.url, sample_source.url("media/full_frame.mp4"), sample_source.url("media/none.mp4"))
    held = await submitted(process.url, sample_source.url("held/letterbox_reel.mp4"))
    await page.get_by_role("link", name="System", exact=True).click()

    await expect(page.locator(".readiness")).to_have_text(re.compile(r"^\s*ready\s+takes work"))
    failed = page.locator(".card", has_text="Attempts that failed: 1 of")
    await expect(failed).to_contain_text("removed")
    await expect(page.get_by_role("region", name="Since the start")).to_contain_text("analyse")
    await expect(page.get_by_role("row").filter(has_text="nvenc").first).not_to_contain_text("works")
    await expect(page.get_by_role("row").filter(has_text="libx264").first).to_contain_text("works")
    await expect(page.get_by_role("region", name="What it can do")).to_contain_text("on the CPU (VXPIPE_ACCEL=auto).")
    await expect(page.get_by_role("listitem").filter(has_text="YouTube").first).to_contain_text("ready")
    await expect(page.locator("table", has_text="ffmpeg")).to_contain_text("yt-dlp")
    assert await grave_faults(page) == []
    await portraits(page, "system")
    await page.emulate_media(color_scheme="dark")
    assert await grave_faults(page) == []
    sample_source.released.set()
    await page.goto(f"{process.url}/jobs/{held}")
    await expect(page.locator(".job-head")).to_contain_text("completed")


async def test_it_tells_what_jobs_do_with_a_gpu_and_that_a_broken_one_rests(page: Page) -> None:
    work = {"told": "3 of 14 decodes now, 12 on cuda since the start; it failed and rests for 41 s"}

    async def with_a_gpu(route: Route) -> None:
        can = await (await route.fetch()).json()
        card = {"name": "NVIDIA H200", "available": True, "reason": None, "code": None, "abilities": [], "work": work}
        await route.fulfill(json={**can, "gpus": [card]})

    await page.route("**/capabilities", with_a_gpu)

    await page.get_by_role("link", name="System", exact=True).click()

    await expect(page.get_by_role("row", name="NVIDIA H200")).to_contain_text(work["told"])
    await expect(page.get_by_role("region", name="What it can do")).not_to_contain_text("on the CPU")


async def test_a_platform_that_is_left_alone_is_told_before_the_others(page: Page) -> None:
    async def with_a_pause(route: Route) -> None:
        told = await (await route.fetch()).json()
        vimeo = next(each for each in told["platforms"] if each["name"] == "vimeo")
        vimeo["breaker"] = {"state": "open", "until": "2026-11-29T09:30:00.000Z", "reason": "rate_limited"}
        await route.fulfill(json=told)

    await page.route("**/platforms", with_a_pause)

    await page.get_by_role("link", name="System", exact=True).click()

    listed = page.get_by_role("region", name="Platforms").get_by_role("listitem")
    await expect(listed).to_have_count(2)
    await expect(listed.first).to_have_text(re.compile(r"^\s*paused\s+Vimeo\s+until \d\d:30, rate limited\s*$"))
    await expect(listed.last).not_to_contain_text("Vimeo")


async def test_who_declines_to_sign_in_is_left_alone_until_they_do(page: Page, watched: Watched) -> None:
    await page.clock.install()
    await page.get_by_role("link", name="System", exact=True).click()
    await expect(page.get_by_role("region", name="What it can do")).to_be_visible()
    await page.context.clear_cookies()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(watched.url)))
    await page.clock.run_for(4000)
    await expect(page.get_by_role("dialog", name="Sign in again")).to_be_visible()
    await page.clock.run_for(20_000)
    assert asked.count("/system") == 1

    await page.get_by_role("button", name="Not now").click()
    await expect(page.locator("#login")).to_have_count(0)  # its end is told a frame after it is hidden
    await page.clock.run_for(20_000)

    assert await page.locator("#login").count() == 0
    assert asked.count("/system") == 1
    async with page.expect_request("**/system"):
        await page.evaluate("window.dispatchEvent(new Event('signed-in'))")


async def test_a_tab_that_was_opened_behind_another_is_read_when_it_comes_to_the_front(
    page: Page, watched: Watched
) -> None:
    behind = watched.watch(await page.context.new_page())
    await behind.add_init_script("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    await behind.goto(f"{watched.url}/system")
    await expect(behind.get_by_role("heading", name="System")).to_be_visible()

    await behind.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", { value: false });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )

    await expect(behind.get_by_role("region", name="What it can do")).to_be_visible()


async def test_who_signs_out_is_asked_for_the_key_again(page: Page) -> None:
    await page.get_by_role("link", name="System", exact=True).click()
    await page.route("**/logout", lambda route: route.abort(), times=1)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("alert")).to_contain_text("still signed in")

    await page.get_by_role("button", name="Sign out").click()

    await expect(page.get_by_role("dialog", name="Sign in")).to_be_visible()
    await expect(page.get_by_role("region", name="What it can do")).to_be_hidden()


async def test_what_is_missing_is_said_beside_what_is_there(page: Page) -> None:
    broken = {"title": "Internal error", "detail": "ffmpeg is gone", "status": 500}
    await page.route("**/capabilities", lambda route: route.fulfill(status=500, json=broken))

    await page.get_by_role("link", name="System", exact=True).click()

    await expect(page.locator(".notice")).to_contain_text("ffmpeg is gone")
    await expect(page.get_by_role("listitem").filter(has_text="YouTube").first).to_contain_text("ready")
    await expect(page.locator(".skeleton")).to_be_hidden()

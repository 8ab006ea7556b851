"""What all screens share: the way in, the connection, the theme, the addresses."""

import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from integration.loopback import Source
from integration.page.browsing import KEY, TURN_AWAY, Watched, sign_in, submitted
from integration.service import ServiceProcess, service

_NOTE_WHAT_IS_TOLD = """() => {
    const announcer = document.getElementById("announcer");
    window.told = [];
    new MutationObserver(() => told.push(announcer.textContent)).observe(announcer, { childList: true });
}"""


async def test_a_session_that_ended_is_begun_again_where_the_reader_was(page: Page, sample_source: Source) -> None:
    await page.locator("#draft").fill(sample_source.url("media/full_frame.mp4"))
    await expect(page.locator(".verdict.ready")).to_be_visible()
    await page.context.clear_cookies()

    await page.get_by_role("button", name="Process 1 video").click()
    await expect(page.get_by_role("dialog", name="Sign in again")).to_be_visible()
    await sign_in(page)

    await expect(page.locator(".job-head")).to_contain_text("1 video")


async def test_a_lost_service_is_told_and_found_again_at_a_word(page: Page, process: ServiceProcess) -> None:
    await page.get_by_role("link", name="Jobs", exact=True).click()
    await expect(page.locator(".pill.live")).to_be_visible()
    await expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    await page.evaluate(_NOTE_WHAT_IS_TOLD)

    await process.end(signal.SIGKILL)
    await expect(page.locator(".pill.stale, .pill.offline")).to_be_visible()
    await expect(page.locator(".banner")).to_contain_text("Next try in")
    await expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    async with page.expect_event("requestfailed"):
        await page.get_by_role("button", name="Retry now").click()
    await expect(page.locator(".banner")).to_contain_text("Next try in")
    await process.restart()
    await page.get_by_role("button", name="Retry now").click()

    await expect(page.locator(".pill.live")).to_be_visible()
    await expect(page.locator(".banner")).to_be_hidden()
    await expect(page.locator("#announcer")).to_have_text("Connected again")
    assert await page.evaluate("told") == ["Connection lost", "Connected again"]


async def test_a_hidden_tab_holds_no_stream(page: Page, process: ServiceProcess) -> None:
    await page.get_by_role("link", name="System", exact=True).click()
    readers = page.locator(".tiles .card", has_text="Live readers").locator(".figure")
    await expect(readers).to_have_text("0")
    other = await page.context.new_page()
    await other.goto(f"{process.url}/jobs")
    await expect(readers).to_have_text("1")

    await other.evaluate(TURN_AWAY, True)

    await expect(readers).to_have_text("0")


async def test_more_tabs_of_a_job_than_there_are_streams_hear_its_progress_and_its_end(
    page: Page, watched: Watched, process: ServiceProcess, sample_source: Source
) -> None:
    async def before_any_progress(route: Route) -> None:
        answer = await route.fetch()
        status = await answer.json()
        status["items"][0]["progress"] = status["progress"] = 0
        await route.fulfill(response=answer, json=status)

    job = await submitted(process.url, sample_source.url("held/full_frame.mp4"))
    tabs = [page, *[watched.watch(await page.context.new_page()) for _ in range(4)]]
    await sample_source.half_sent.wait()
    await tabs[-1].route(f"**/status/{job}*", before_any_progress, times=1)
    for tab in tabs:
        await tab.goto(f"{process.url}/jobs/{job}")
        await expect(tab.locator(".job-head")).to_contain_text("running")

    await expect(tabs[-1].locator(".figures")).to_have_text(re.compile(r"^[1-9]\d* %"))
    sample_source.released.set()

    for tab in tabs:
        await expect(tab.locator(".job-head")).to_contain_text("completed")


async def test_a_job_that_is_tried_again_elsewhere_is_followed_again(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job = await submitted(process.url, sample_source.url("held/full_frame.mp4"))
    await page.goto(f"{process.url}/jobs/{job}")
    await expect(page.locator(".step.now")).to_be_visible()
    await page.locator(".job-head").get_by_role("button", name="Cancel").click()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await expect(page.locator(".job-head")).to_contain_text("cancelled")
    await page.evaluate(TURN_AWAY, True)
    other = await page.context.new_page()
    await other.goto(f"{process.url}/jobs/{job}")
    await other.get_by_role("button", name="Retry").click()
    await expect(other.locator(".job-head")).to_contain_text("running")

    await page.evaluate(TURN_AWAY, False)

    await expect(page.locator(".job-head")).to_contain_text("running")
    await expect(page.locator("[role=log]")).to_contain_text("attempt 2")  # written before it was looked at again
    sample_source.released.set()
    await expect(page.locator(".job-head")).to_contain_text("completed")


async def test_who_declines_to_sign_in_is_asked_once(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job = await submitted(process.url, sample_source.url("held/full_frame.mp4"))
    await page.goto(f"{process.url}/jobs/{job}")
    await expect(page.locator(".job-head")).to_contain_text("running")
    asked: list[str] = []
    await page.evaluate(TURN_AWAY, True)
    page.on("request", lambda request: asked.append(request.url) if job in request.url else None)
    await page.context.clear_cookies()
    await page.evaluate(TURN_AWAY, False)

    await page.get_by_role("button", name="Not now").click()

    await expect(page.get_by_role("heading", name="The job cannot be shown")).to_be_visible()
    await expect(page.locator("#login")).to_be_hidden()
    assert len(asked) == 1


async def test_a_job_opened_while_the_service_is_away_comes_with_it(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job = await submitted(process.url, sample_source.url("media/none.mp4"))
    await page.get_by_role("link", name="Jobs", exact=True).click()
    await expect(page.locator(f"[data-job='{job}']")).to_contain_text("failed")
    await process.end(signal.SIGKILL)
    await page.locator(f"[data-job='{job}'] .name").click()
    await expect(page.get_by_role("heading", name="The job cannot be shown")).to_be_visible()
    await expect(page.locator("h1")).to_be_focused()

    await process.restart()

    await expect(page.locator(".job-head")).to_contain_text("failed")
    await expect(page.locator("h1")).to_be_focused()


async def test_a_job_that_was_seen_to_end_has_ended_in_the_list_of_a_lost_service_too(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job = await submitted(process.url, sample_source.url("held/full_frame.mp4"))
    await page.get_by_role("link", name="Jobs", exact=True).click()
    await expect(page.locator(f"[data-job='{job}']")).to_contain_text("running")
    await page.locator(f"[data-job='{job}'] .name").click()
    sample_source.released.set()
    await expect(page.locator(".job-head")).to_contain_text("completed")

    await process.end(signal.SIGKILL)
    await page.get_by_role("link", name="Jobs", exact=True).click()

    await expect(page.get_by_role("heading", name="The jobs cannot be shown")).to_be_visible()
    await expect(page.locator(f"[data-job='{job}']")).to_contain_text("completed")
    await expect(page.locator(".banner")).to_be_visible()


async def test_a_tab_without_a_stream_reads_the_list_only_where_something_happened(
    page: Page, watched: Watched, process: ServiceProcess, sample_source: Source
) -> None:
    tabs = [page, *[watched.watch(await page.context.new_page()) for _ in range(3)]]
    for tab in tabs:
        await tab.goto(f"{process.url}/jobs")
        await expect(tab.locator(".pill.live")).to_be_visible()
    await expect(tabs[-1].get_by_role("heading", name="No jobs yet")).to_be_visible()
    asked: list[str] = []
    tabs[-1].on("request", lambda request: asked.append(request.url))

    for _ in range(2):
        await tabs[-1].wait_for_event("response", lambda answer: "/events" in answer.url)
    quiet = list(asked)
    job = await submitted(process.url, sample_source.url("media/none.mp4"))

    await expect(tabs[-1].locator(f"[data-job='{job}']")).to_contain_text("failed")
    assert [url for url in quiet if "/events" not in url] == []
    assert any("/jobs?limit=50" in url for url in asked)


async def test_the_theme_is_kept(page: Page) -> None:
    await page.emulate_media(color_scheme="light")
    await page.get_by_role("button", name="Theme: auto").click()
    await page.get_by_role("button", name="Theme: light").click()
    await expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()

    await page.reload()

    await expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert await page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"


async def test_a_job_that_is_not_there_is_said_so(page: Page, process: ServiceProcess) -> None:
    await page.goto(f"{process.url}/jobs/01a20309-32af-7174-9b42-3414ccf23fae")

    await expect(page.get_by_role("main")).to_contain_text("There is no such job")


@pytest.fixture
async def process_below(tmp_path: Path, sample_source: Source) -> AsyncIterator[ServiceProcess]:
    async with service(
        tmp_path, API_KEY=KEY, VXPIPE_ROOT_PATH="/vx", VXPIPE_ALLOW_HOSTS=sample_source.address
    ) as started:
        yield started


async def test_below_a_path_everything_is_found_there(
    browser: Browser, process_below: ServiceProcess, sample_source: Source
) -> None:
    root = f"{process_below.url}/vx/"
    watched = Watched(root)
    job = await submitted(process_below.url, sample_source.url("media/full_frame.mp4"))
    async with await browser.new_page() as page:
        watched.watch(page)
        await page.goto(f"{root}jobs/{job}?tab=frames")
        await sign_in(page)
        await expect(page.locator(".job-head")).to_contain_text("completed")

        await page.get_by_role("link", name="Jobs", exact=True).click()
        await expect(page).to_have_url(f"{root}jobs")
        await expect(page.locator(".strip img").first).to_have_js_property("naturalWidth", 640)
        await page.get_by_role("link", name="System", exact=True).click()
        await expect(page).to_have_url(f"{root}system")
        await page.reload()
        await expect(page.locator(".pill.live")).to_be_visible()
    assert watched.troubles == []

"""The screen of the jobs: live, calm, and the place to cancel, retry and delete."""

import asyncio

import aiohttp
from playwright.async_api import Browser, Page, Route, expect

from integration.loopback import Source
from integration.page.browsing import KEY, TURN_AWAY, Watched, grave_faults, portraits, sign_in, submitted
from integration.service import ServiceProcess


async def test_the_first_visit_teaches_and_leads_to_a_job(page: Page) -> None:
    await page.get_by_role("link", name="Jobs", exact=True).click()
    await expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()

    await page.get_by_role("link", name="Try two samples").click()

    await expect(page.locator("#draft")).to_have_value("youtube:aqz-KE-bpKQ\nhttps://vimeo.com/56015672")


async def test_rows_tell_how_jobs_stand_while_they_do(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    await page.get_by_role("link", name="Jobs", exact=True).click()
    await expect(page.locator(".pill.live")).to_be_visible()
    good = await submitted(process.url, sample_source.url("media/full_frame.mp4"))
    bad = await submitted(process.url, sample_source.url("media/none.mp4"))
    both = await submitted(process.url, sample_source.url("media/pillarbox.mp4"), sample_source.url("media/none.mp4"))
    held = await submitted(process.url, sample_source.url("held/letterbox_reel.mp4"))

    rows = {name: page.locator(f"[data-job='{job}']") for name, job in (("good", good), ("bad", bad), ("both", both))}
    await expect(rows["good"]).to_contain_text("completed")
    await expect(rows["good"]).to_contain_text("5 frames")
    await expect(rows["good"].locator("img")).to_have_count(4)
    await expect(rows["bad"]).to_contain_text("404")
    await expect(rows["both"]).to_contain_text("partly failed")
    await expect(page.locator(f"[data-job='{held}']")).to_contain_text("fetch")
    await expect(page.locator(f"[data-job='{held}'] progress")).to_be_visible()
    assert await grave_faults(page) == []
    await portraits(page, "jobs")
    await page.emulate_media(color_scheme="dark")
    assert await grave_faults(page) == []
    sample_source.released.set()


async def test_older_jobs_stay_when_news_are_read_again(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    jobs = [await submitted(process.url, sample_source.url("media/none.mp4")) for _ in range(4)]
    await page.route(
        "**/jobs?limit=50*", lambda route: route.continue_(url=route.request.url.replace("limit=50", "limit=2"))
    )
    await page.get_by_role("link", name="Jobs", exact=True).click()
    await expect(page.locator(f"[data-job='{jobs[-1]}']")).to_contain_text("failed")
    await page.reload()
    await expect(page.locator(".job")).to_have_count(2)
    await page.get_by_role("button", name="Load more").click()
    await expect(page.locator(".job")).to_have_count(4)

    deleted = page.locator(f"[data-job='{jobs[-1]}']")
    async with aiohttp.ClientSession(headers={"X-API-Key": KEY}) as session:
        await (await session.delete(f"{process.url}/jobs/{jobs[-1]}")).read()
    async with page.expect_response("**/jobs?limit=2&*"):
        for is_hidden in (True, False):
            await page.evaluate(TURN_AWAY, is_hidden)

    await expect(deleted).to_be_hidden()
    await expect(page.locator(".job")).to_have_count(3)


async def test_a_filter_that_shows_none_is_not_taken_for_a_service_without_jobs(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job = await submitted(process.url, sample_source.url("media/none.mp4"))
    await page.goto(f"{process.url}/jobs/{job}")
    await expect(page.locator(".job-head")).to_contain_text("failed")

    await page.goto(f"{process.url}/jobs?status=completed")
    await expect(page.get_by_text("None at the moment.")).to_be_visible()
    await page.get_by_role("button", name="All").click()

    await expect(page.locator(f"[data-job='{job}']")).to_contain_text("failed")


async def test_what_cannot_be_loaded_is_told(page: Page, process: ServiceProcess, sample_source: Source) -> None:
    job = await submitted(process.url, sample_source.url("media/none.mp4"))
    await page.get_by_role("link", name="Jobs", exact=True).click()
    await expect(page.locator(f"[data-job='{job}']")).to_contain_text("failed")
    busy = {"title": "Too many requests", "status": 429}
    await page.route(
        "**/jobs?*status=completed*", lambda route: route.fulfill(status=429, headers={"Retry-After": "7"}, json=busy)
    )

    await page.get_by_role("button", name="Completed").click()
    await expect(page.locator(".notice")).to_contain_text("Try again in 7 s")
    await expect(page.get_by_text("None at the moment.")).to_be_hidden()
    await page.unroute("**/jobs?*status=completed*")
    await page.get_by_role("button", name="Try again").click()

    await expect(page.get_by_text("None at the moment.")).to_be_visible()
    await expect(page.get_by_role("button", name="Try again")).to_be_hidden()


async def test_rows_hold_still_under_the_pointer(page: Page, process: ServiceProcess, sample_source: Source) -> None:
    missing = sample_source.url("media/none.mp4")
    first = await submitted(process.url, missing)
    await page.get_by_role("link", name="Jobs", exact=True).click()
    await page.locator(f"[data-job='{first}']").hover()

    second = await submitted(process.url, missing)

    await expect(page.get_by_role("button", name="1 new job: show")).to_be_visible()
    await expect(page.locator(".job")).to_have_count(1)
    await page.get_by_role("button", name="1 new job: show").click()
    await expect(page.locator(".job").first).to_have_attribute("data-job", second)


async def test_jobs_are_found_and_deleted_together(page: Page, process: ServiceProcess, sample_source: Source) -> None:
    doomed = [await submitted(process.url, sample_source.url(f"media/none{n}.mp4")) for n in range(2)]
    kept = await submitted(process.url, sample_source.url("media/missing.mp4"))
    await page.goto(f"{process.url}/jobs?status=failed")
    await expect(page.locator(".job")).to_have_count(3)

    await page.keyboard.press("/")
    await page.keyboard.type("none")
    await expect(page.locator(".job")).to_have_count(len(doomed))
    await page.get_by_label("Select all").check()
    await page.get_by_role("group", name="Selected jobs").get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    await expect(page.locator(".said")).to_contain_text("2 jobs deleted")
    await page.locator("#search").fill("")
    await expect(page.locator(".job")).to_have_count(1)
    await expect(page.locator(".job")).to_have_attribute("data-job", kept)


async def test_work_under_way_is_lost_after_a_question_only(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    held = await submitted(process.url, sample_source.url("held/full_frame.mp4"))
    await page.get_by_role("link", name="Jobs", exact=True).click()
    row = page.locator(f"[data-job='{held}']")
    await expect(row).to_contain_text("running")

    await row.get_by_role("button", name="Cancel").click()
    await page.get_by_role("dialog").get_by_role("button", name="Keep it running").click()
    await expect(row).to_contain_text("running")
    await row.get_by_role("button", name="Cancel").click()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()

    await expect(row).to_contain_text("cancelled")
    sample_source.released.set()


async def test_what_a_key_is_not_good_for_is_not_offered(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    async def for_a_reader(route: Route) -> None:
        told = await (await route.fetch()).json()
        await route.fulfill(json=told | {"caller": {"scopes": ["read"], "signedIn": True}})

    job = await submitted(process.url, sample_source.url("media/none.mp4"))
    await page.get_by_role("link", name="Jobs", exact=True).click()
    retry = page.locator(f"[data-job='{job}']").get_by_role("button", name="Retry")
    await expect(retry).to_be_visible()
    await page.route("**/system", for_a_reader)

    await page.reload()

    await expect(page.locator(f"[data-job='{job}']")).to_contain_text("failed")
    await expect(retry).to_be_hidden()
    await expect(page.get_by_label("Select all")).to_be_hidden()
    await page.goto(f"{process.url}/jobs/{job}")
    await expect(page.locator(".job-head")).to_contain_text("failed")
    await expect(page.get_by_role("button", name="Delete")).to_be_hidden()


async def test_who_declined_to_sign_in_is_asked_once_and_finds_the_way_on_the_list(visitor: Page) -> None:
    declined = asyncio.Event()

    async def late(route: Route) -> None:
        await declined.wait()
        await route.continue_()

    await visitor.get_by_role("button", name="Not now").click()
    await visitor.route("**/events?*", late)
    await visitor.get_by_role("link", name="Jobs", exact=True).click()
    await visitor.get_by_role("button", name="Not now").click()
    await expect(visitor.locator(".notice")).to_contain_text("asks for a key")
    declined.set()
    await expect(visitor.locator("#connection")).to_be_hidden()

    await visitor.get_by_role("button", name="Sign in").click()
    await sign_in(visitor)

    await expect(visitor.get_by_role("heading", name="No jobs yet")).to_be_visible()


async def test_the_keyboard_alone_gets_everywhere(page: Page, process: ServiceProcess, sample_source: Source) -> None:
    jobs = [await submitted(process.url, sample_source.url(f"media/none{n}.mp4")) for n in range(2)]
    await page.locator("h1").focus()
    await page.keyboard.press("g")
    await page.keyboard.press("j")
    await expect(page.locator(".job")).to_have_count(2)

    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{process.url}/jobs/{jobs[0]}")
    await page.go_back()
    await expect(page.locator(".job")).to_have_count(2)
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("Next job")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()
    await page.keyboard.press("n")
    await page.keyboard.type("vimeo:1")
    await expect(page.locator("#draft")).to_have_value("vimeo:1")


async def test_eight_tabs_do_not_block_each_other(
    page: Page, browser: Browser, watched: Watched, process: ServiceProcess, sample_source: Source
) -> None:
    async with await browser.new_context(storage_state=await page.context.storage_state()) as context:
        tabs = [watched.watch(await context.new_page()) for _ in range(8)]
        for tab in tabs:
            await tab.goto(f"{process.url}/jobs")

        job = await submitted(process.url, sample_source.url("media/none.mp4"))

        for tab in tabs:
            await expect(tab.locator(f"[data-job='{job}']")).to_contain_text("failed")


async def test_the_list_goes_on_after_the_service_was_gone(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    before = await submitted(process.url, sample_source.url("held/full_frame.mp4"))
    await page.get_by_role("link", name="Jobs", exact=True).click()
    await expect(page.locator(f"[data-job='{before}']")).to_contain_text("running")

    await process.restart()
    sample_source.released.set()
    after = await submitted(process.url, sample_source.url("media/none.mp4"))

    await expect(page.locator(f"[data-job='{before}']")).to_contain_text("completed")
    await expect(page.locator(f"[data-job='{after}']")).to_contain_text("failed")
    await expect(page.locator(".pill.live")).to_be_visible()

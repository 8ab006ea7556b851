"""The screen of a job in a real browser: what each of its tabs promises, on real results."""

import asyncio
import json
import re
import signal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from playwright.async_api import Browser, Page, Route, expect

from integration.loopback import Source
from integration.page.browsing import KEY, SLOW_MS, TURN_AWAY, Watched, grave_faults, portraits, sign_in, submitted
from integration.service import ServiceProcess, service

LINES = 50_000
TICKS = """() => Object.fromEntries(["button", "p"].map((name) => {
    const made = document.body.appendChild(document.createElement(name));
    made.className = "said";
    const { content } = getComputedStyle(made, "::after");
    made.remove();
    return [name, content];
}))"""


async def asked(process: ServiceProcess, method: str, path: str, **body: Any) -> Any:
    key = {"X-API-Key": KEY}
    async with (
        aiohttp.ClientSession(process.url, headers=key) as session,
        session.request(method, path, **body) as answer,
    ):
        assert answer.ok, await answer.text()
        return await answer.json()


async def ended(process: ServiceProcess, job_id: str) -> Any:
    async with asyncio.timeout(SLOW_MS / 1000):
        while not (job := await asked(process, "GET", f"/status/{job_id}?wait=5&tail=0"))["finishedAt"]:
            pass
    return job


async def done(process: ServiceProcess, source: Source, *names: str, **options: Any) -> str:
    job_id = await submitted(process.url, *(source.url(f"media/{name}") for name in names), options=options)
    await ended(process, job_id)
    return job_id


async def test_frames_are_shown_though_the_manifest_is_of_a_form_that_only_its_program_knows(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job_id = await done(process, sample_source, "letterbox_reel.mp4")
    await page.route("**/candidates", lambda route: route.fulfill(status=409, json={"code": "foreign_record"}))

    await page.goto(f"{process.url}/jobs/{job_id}?tab=frames")

    await expect(page.locator(".grid img")).to_have_count(9)


async def test_the_timeline_tells_what_was_considered_and_another_threshold_what_would_change(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job_id = await done(process, sample_source, "letterbox_reel.mp4")
    await page.goto(f"{process.url}/jobs/{job_id}")

    await expect(page.locator(".mark.kept")).to_have_count(9)
    await expect(page.locator(".mark.dropped")).to_have_count(4)
    await expect(page.locator(".filmstrip img").first).to_have_js_property("naturalWidth", 540)
    await expect(page.locator(".filmstrip .unsaved").first).to_have_attribute("title", re.compile("dropped: "))
    twins = page.locator(".candidates button")
    await expect(twins).to_have_count(13)
    await twins.filter(has_text="same picture").first.click()
    await expect(page.locator(".candidate-detail")).to_contain_text(re.compile(r"same picture as 0:\d\d"))
    await page.keyboard.press("]")
    await expect(page.locator(".candidate-detail")).not_to_contain_text("same picture as 0:00")
    await page.locator(".graph").dispatch_event("click")
    await expect(twins.first).to_have_attribute("aria-current", "true")

    await page.get_by_label("Threshold of a cut").fill("0.85")

    await expect(page.locator(".again")).to_contain_text(re.compile(r"10 shots instead of 13, about \d+ frames"))
    await expect(page.locator(".again")).to_contain_text("downloaded again")
    before = await page.locator(".again [role=status]").inner_text()
    await page.get_by_role("tab", name="Crop").click()
    await expect(page.locator(".crop-panel .again")).to_contain_text("10 shots instead of 13")
    await page.get_by_role("button", name="Run again with these").click()
    await page.wait_for_url(lambda url: job_id not in url)
    await expect(page.locator(".job-head .badge.completed")).to_be_visible()
    again = page.url.split("/jobs/")[1].split("?")[0]
    job = await ended(process, again)
    assert again != job_id
    assert job["options"] == {"frames": {"threshold": 0.85}}
    assert int(re.search(r"about (\d+) frames", before)[1]) == job["items"][0]["frames"]  # type: ignore[index]


async def test_frames_are_seen_filtered_and_gone_through_by_keyboard(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job_id = await done(process, sample_source, "letterbox_reel.mp4")
    await page.goto(f"{process.url}/jobs/{job_id}?tab=frames")

    pictures = page.locator(".grid img")
    await expect(pictures).to_have_count(9)
    await expect(pictures.first).to_have_js_property("naturalWidth", 540)
    await page.locator(".toolbar select").first.select_option("1")
    await expect(pictures).to_have_count(1)
    await page.locator(".toolbar select").first.select_option("")

    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.locator(".grid .picture").nth(2).focus()
    await page.keyboard.press("Enter")
    shown = page.locator(".lightbox figcaption")
    await expect(shown).to_contain_text("3 of 9")
    await page.keyboard.press("ArrowRight")
    await expect(shown).to_contain_text("4 of 9")
    async with page.expect_download() as download:
        await page.locator(".lightbox a[download]").click()
    assert re.fullmatch(r"00004_.*\.jpg", (await download.value).suggested_filename)
    await page.locator(".lightbox").get_by_role("button", name="Copy link").click()
    await expect(page.locator("button.said")).to_have_text("Copy link")
    assert await page.evaluate(TICKS) == {"button": '"✓"', "p": "none"}
    link = await page.evaluate("navigator.clipboard.readText()")
    await page.keyboard.press("Escape")
    await expect(page.locator(".lightbox")).to_be_hidden()

    await page.goto(link)
    await expect(shown).to_contain_text("4 of 9")


async def test_the_crop_is_drawn_on_the_real_picture_and_another_one_beside_it(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job_id = await done(process, sample_source, "pillarbox.mp4")
    await page.goto(f"{process.url}/jobs/{job_id}?tab=crop")

    box = page.locator(".crop-figure .box").first
    drawn = [await box.get_attribute(name) for name in ("x", "y", "width", "height")]
    assert drawn == ["160", "0", "960", "720"]
    await expect(page.locator(".crop-panel")).to_contain_text("left 160, right 160, above 0, below 0")
    numbers = page.locator(".crop-panel .facts").first
    for told in (r"Confidence0\.\d", "left160 px, colour", "right160 px, colour"):
        await expect(numbers).to_have_text(re.compile(told))
    href = await page.locator(".crop-figure image").get_attribute("href")
    assert href is not None
    assert href.endswith("/uncropped.jpg")
    await page.get_by_label("How much of the picture").fill("25")
    await expect(page.locator(".split")).to_have_attribute("x1", "320")

    await page.get_by_label("Crop").last.select_option("16:9")
    await expect(page.locator(".box.tried")).to_have_attribute("height", "540")
    await expect(page.locator(".again")).to_contain_text("downloaded again")
    await page.get_by_label("Crop").last.select_option("auto")
    await expect(page.locator(".again")).to_contain_text("Nothing is changed")
    await page.get_by_label("Crop").last.select_option("16:9")
    await page.get_by_role("button", name="Run again with these").click()
    await page.wait_for_url(lambda url: job_id not in url)
    await expect(page.locator(".job-head .badge.completed")).to_be_visible()
    item = await asked(process, "GET", f"/jobs/{page.url.split('/jobs/')[1].split('?')[0]}/items/0")
    assert (item["crop"]["width"], item["crop"]["height"]) == (960, 540)


async def test_who_has_gone_elsewhere_is_not_taken_to_the_new_run(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job_id = await done(process, sample_source, "full_frame.mp4")
    await page.goto(f"{process.url}/jobs/{job_id}?tab=crop")
    left = asyncio.Event()

    async def late(route: Route) -> None:
        await left.wait()
        await route.fulfill(status=202, json={"jobId": job_id})

    await page.route("**/process", late)
    await page.locator(".again select").select_option("none")
    await page.get_by_role("button", name="Run again with these").click()
    await page.get_by_role("link", name="All jobs").click()
    async with page.expect_response("**/process") as answer:
        left.set()
    await (await answer.value).finished()
    await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")

    assert page.url == f"{process.url}/jobs"
    await expect(page.get_by_role("heading", name="Jobs")).to_be_visible()


async def test_of_two_new_runs_the_last_one_is_shown_though_the_first_is_answered_later(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job_id = await done(process, sample_source, "full_frame.mp4", "pillarbox.mp4")
    await page.goto(f"{process.url}/jobs/{job_id}?tab=crop")
    late = asyncio.Queue[Route]()
    await page.route("**/process", late.put, times=1)
    again = page.get_by_role("button", name="Run again with these")
    await page.locator(".again select").select_option("none")
    await again.click()
    first = await late.get()

    await page.keyboard.press("j")
    await page.locator(".again select").select_option("none")
    await again.click()
    await page.wait_for_url(lambda url: job_id not in url)
    shown = page.url.split("?")[0]
    async with page.expect_response("**/process") as answer:
        await first.fulfill(status=202, json={"jobId": job_id})
    await (await answer.value).finished()
    await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")

    assert page.url.split("?")[0] == shown


async def test_sheet_and_details_show_what_there_is_and_how_to_do_it_again(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job_id = await done(process, sample_source, "full_frame.mp4", frames={"max": 4}, crop="none")
    await page.goto(f"{process.url}/jobs/{job_id}?tab=sheet")
    await expect(page.locator(".sheet img")).not_to_have_js_property("naturalWidth", 0)

    await page.get_by_role("tab", name="Details").click()

    seconds = page.locator(".details-panel .card").filter(has_text="Seconds per stage")
    await expect(seconds).to_contain_text(re.compile(r"analyse\s*\d+\.\d\d"))
    await expect(page.locator(".details-panel")).to_contain_text("yt-dlp")
    curl, line = await page.locator(".command pre").all_inner_texts()
    assert line.endswith("media/full_frame.mp4 --max 4 --crop none")
    body = json.loads(curl.split("-d '")[1].removesuffix("'"))
    assert body["options"] == {"frames": {"max": 4}, "crop": "none"}
    again = (await asked(process, "POST", "/process?plan=1", json=body))["items"][0]
    assert (again["options"]["frames"]["max"], again["options"]["crop"]) == (4, "none")


async def long_log(route: Route) -> None:
    """A page of a log of 50,000 lines: a job that writes so many takes longer than a test should."""
    query = parse_qs(urlsplit(route.request.url).query)
    after, limit = int(query["after"][0]), int(query["limit"][0])
    numbers = range(after + 1, min(after + limit, LINES) + 1)
    logs = [
        {"seq": n, "ts": "2026-11-22T09:00:12.480Z", "level": "INFO", "event": "tested", "msg": text}
        for n in numbers
        for text in [f"line {n} with a needle in it" if n % 5000 == 77 else f"line {n} says nothing of note, at length"]
    ]
    await route.fulfill(json={"logs": logs, "nextAfter": numbers[-1], "more": numbers[-1] < LINES})


async def test_fifty_thousand_lines_are_followed_found_and_linked_to_with_few_rows(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job_id = await done(process, sample_source, "pillarbox.mp4")
    await page.route("**/logs?*", long_log)
    await page.goto(f"{process.url}/jobs/{job_id}?tab=log")
    rows, log = page.locator(".log .row"), page.locator("[role=log]")
    await expect(log).to_contain_text("line 50000 ")
    assert await rows.count() < 60

    await page.keyboard.press("/")
    await page.keyboard.type("NEEDLE")
    await expect(rows).to_have_count(10)
    await expect(page.get_by_label("Find")).to_have_value("NEEDLE")
    await rows.filter(has_text="line 10077 with a needle").locator(".number").click()
    assert page.url.endswith("#L10077")
    await page.get_by_label("Find").fill("")
    await expect(page.locator(".row.picked .number")).to_have_text("10077")
    await expect(page.locator(".row.picked")).to_be_in_viewport()
    assert await rows.count() < 60

    await page.reload()
    await expect(page.locator(".row.picked .number")).to_have_text("10077")
    await expect(page.locator(".row.picked")).to_be_in_viewport()
    await expect(page.locator(".line-detail")).to_contain_text("needle")
    await page.get_by_role("tab", name="Details").click()
    await page.get_by_role("tab", name="Log").click()
    await expect(page.locator(".row.picked")).to_be_in_viewport()
    await page.set_viewport_size({"width": 320, "height": 900})
    await expect(page.locator(".row time").first).to_be_visible()
    assert await rows.count() < 60
    await page.get_by_role("button", name="go to the end").click()
    await expect(log).to_contain_text("line 50000 ")
    await expect(page.locator(".log")).to_be_focused()
    await page.keyboard.press("p")
    await expect(page.get_by_role("button", name="to the end")).to_be_visible()
    await page.keyboard.press("f")
    await expect(page.get_by_role("button", name="to the end")).to_be_hidden()


async def test_all_that_is_typed_after_the_key_for_find_is_looked_for_where_frames_come_late(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job_id = await done(process, sample_source, "pillarbox.mp4")
    await page.goto(f"{process.url}/jobs/{job_id}?tab=details")
    await expect(page.locator(".details-panel")).to_contain_text("yt-dlp")
    await page.evaluate("() => { window.requestAnimationFrame = (act) => setTimeout(act, 500); }")

    await page.keyboard.press("/")
    await page.keyboard.type("downloading")

    await expect(page.get_by_label("Find")).to_have_value("downloading")
    await expect(page.locator(".log .row")).to_have_count(1)


async def test_the_page_goes_on_after_a_kill_without_a_gap_or_a_repeat(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job_id = await submitted(process.url, *[sample_source.url("media/letterbox_reel.mp4")] * 3)
    await page.goto(f"{process.url}/jobs/{job_id}?tab=log")
    await expect(page.locator("[role=log]")).to_contain_text("downloading")

    await process.restart()

    await expect(page.locator(".job-head .badge.completed")).to_be_visible()
    await page.get_by_label("Level").select_option("DEBUG")
    written = (await asked(process, "GET", f"/jobs/{job_id}/logs"))["logs"]
    assert await numbers_shown(page) == [line["seq"] for line in written]
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download").click()
    assert len((await (await download.value).path()).read_text().splitlines()) == len(written)
    await expect(page.locator(".track").first).to_have_attribute("aria-label", re.compile("publish completed"))


async def numbers_shown(page: Page) -> list[int]:
    """The numbers of all lines of the log, read from its top to its end."""
    log, seen = page.locator(".log"), list[int]()
    await log.evaluate("box => { box.scrollTop = 0; }")
    while True:
        await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        shown = [int(text) for text in await page.locator(".row .number").all_inner_texts()]
        fresh = [number for number in shown if number > (seen[-1] if seen else 0)]
        assert not seen or not fresh or seen[-1] in shown, "a gap between what is seen on two steps"
        seen += fresh
        before = await log.evaluate("box => box.scrollTop")
        if await log.evaluate("box => { box.scrollTop += 200; return box.scrollTop; }") == before:
            return seen


async def test_a_failed_video_says_why_in_its_lane_and_is_run_again(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job_id = await submitted(process.url, sample_source.url("media/full_frame.mp4"), sample_source.url("status/404"))
    await ended(process, job_id)
    await page.goto(f"{process.url}/jobs/{job_id}?item=2&t=1")
    await expect(page.locator(".panel")).to_contain_text("gave no frames")
    await page.keyboard.press("k")
    await expect(page.locator(".mark.kept").first).to_be_visible()
    await expect(page.locator(".lightbox")).to_be_hidden()

    await expect(page.locator(".job-head .badge.partly")).to_have_text("partly failed")
    lane = page.locator(".lane").nth(1)
    await expect(lane).to_contain_text("404")
    await expect(lane.locator(".step.failed")).to_have_text("fetch")
    await page.keyboard.press("j")
    await expect(page.locator(".panel")).to_contain_text("gave no frames")
    await page.keyboard.press("e")
    await expect(page.locator(".row.picked.ERROR")).to_be_in_viewport()
    async with page.expect_response("**/retry"):
        await page.get_by_role("button", name="Retry").click()
    assert (await ended(process, job_id))["items"][1]["attempt"] == 2
    await expect(page.locator(".job-head .badge.partly")).to_be_visible()
    await page.get_by_label("Level").select_option("DEBUG")
    written = (await asked(process, "GET", f"/jobs/{job_id}/logs"))["logs"]
    await expect(page.locator("[role=log]")).to_contain_text(written[-1]["msg"])
    assert await numbers_shown(page) == [line["seq"] for line in written]

    await page.get_by_role("button", name="Delete").click()
    await page.locator("#question").get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()


async def test_running_work_is_cancelled_after_a_question_and_says_how_far_it_came(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job_id = await submitted(process.url, sample_source.url("held/full_frame.mp4"))
    await page.goto(f"{process.url}/jobs/{job_id}")
    await expect(page.locator(".step.now")).to_have_text("fetch")
    cancel, question = page.locator(".job-head .danger"), page.get_by_role("dialog")

    await cancel.click()
    await expect(question).to_contain_text("0 of 1 video")
    await question.get_by_role("button", name="Keep it running").click()
    await process.end(signal.SIGKILL)
    await cancel.click()
    await question.get_by_role("button", name="Cancel").click()
    await expect(page.locator(".job-head .fault")).to_contain_text("cannot be reached")

    await process.restart()

    await expect(page.locator(".pill.live")).to_be_visible()
    await expect(page.locator(".job-head .fault")).to_be_hidden()
    await expect(page.locator(".figures")).to_have_text(re.compile(r"^[1-9]\d* %"))
    await cancel.click()
    await question.get_by_role("button", name="Cancel").click()
    await expect(page.locator(".step.cancelled")).to_have_text("fetch")
    await expect(page.locator(".figures")).to_have_text(re.compile(r"^at [1-9]\d* %"))
    sample_source.released.set()
    await page.get_by_role("button", name="Retry").click()
    await expect(page.locator(".job-head .badge.completed")).to_be_visible()
    await expect(page.locator(".job-head")).to_contain_text("ended")  # what passed before the retry is not told as work


async def test_a_job_that_was_deleted_elsewhere_is_not_shown_as_if_it_were_there(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job_id = await submitted(process.url, sample_source.url("media/none.mp4"))
    await page.goto(f"{process.url}/jobs/{job_id}")
    await expect(page.locator(".job-head .badge.failed")).to_be_visible()
    await expect(page.locator("[role=log]")).to_contain_text("404")
    asked_for = list[str]()
    page.on("request", lambda request: asked_for.append(request.url))
    await page.route("**/status/*", lambda route: route.fulfill(status=502))
    async with page.expect_response("**/status/*"):
        await page.evaluate(f"({TURN_AWAY})(false); window.dispatchEvent(new Event('focus'))")
    await page.unroute("**/status/*")
    await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    await expect(page.locator(".job-head .badge.failed")).to_be_visible()
    assert len(asked_for) == 1
    async with aiohttp.ClientSession(process.url, headers={"X-API-Key": KEY}) as session:
        await (await session.delete(f"/jobs/{job_id}")).read()

    await page.evaluate("window.dispatchEvent(new Event('focus'))")

    await expect(page.get_by_role("heading", name="There is no such job")).to_be_visible()


async def test_everything_is_reached_by_keyboard_and_nothing_runs_out_at_the_sides(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job_id = await done(process, sample_source, "pillarbox.mp4")
    await page.goto(f"{process.url}/jobs/{job_id}")

    await page.get_by_role("tab", name="Timeline").focus()
    for name in ("Frames", "Sheet", "Crop", "Log", "Details"):
        await page.keyboard.press("ArrowRight")
        tab = page.get_by_role("tab", name=name)
        await expect(tab).to_be_focused()
        await expect(tab).to_have_attribute("aria-selected", "true")
        await expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
        for width in (320, 2560):
            await page.set_viewport_size({"width": width, "height": 800})
            over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert over <= 0, f"{name} is {over} px too wide for {width} px"
    await page.keyboard.press("?")
    await expect(page.locator("#help")).to_contain_text("Next candidate on the timeline")
    await page.set_viewport_size({"width": 320, "height": 3000})
    await page.goto(f"{process.url}/jobs/{job_id}?tab=details")
    await expect(page.get_by_role("tab", name="Details")).to_be_in_viewport(ratio=1)


async def test_no_tab_shuts_anybody_out_in_either_theme(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    job_id = await submitted(
        process.url, sample_source.url("media/letterbox_reel.mp4"), sample_source.url("status/404")
    )
    await ended(process, job_id)
    await page.goto(f"{process.url}/jobs/{job_id}")

    for tab in ("Timeline", "Frames", "Sheet", "Crop", "Log", "Details"):
        await page.get_by_role("tab", name=tab).click()
        await expect(page.locator(f".{tab.lower()}-panel > *").first).to_be_visible()
        await portraits(page, f"job-{tab.lower()}")
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            assert await grave_faults(page) == []


async def test_below_a_path_everything_is_found_and_a_lane_counts_down_to_the_next_try(
    browser: Browser, tmp_path: Path, sample_source: Source
) -> None:
    settings = {"VXPIPE_ROOT_PATH": "/vx", "VXPIPE_ALLOW_HOSTS": sample_source.address}
    async with service(tmp_path, API_KEY=KEY, **settings) as process:
        url = f"{process.url}/vx"
        links = (sample_source.url("media/full_frame.mp4"), sample_source.url("status/503"))
        job_id = await submitted(url, *links)
        watched = Watched(url)
        page = watched.watch(await browser.new_page())
        await page.goto(f"{url}/jobs/{job_id}?tab=frames")
        await sign_in(page)

        await expect(page.locator(".lane").nth(1)).to_contain_text(
            re.compile(r"Will be tried again in \d s \(attempt \d\).*503")
        )
        await expect(page.locator(".grid img").first).to_have_js_property("naturalWidth", 640)
        await page.get_by_role("button", name="Cancel").click()
        await expect(page.locator(".job-head .badge.cancelled")).to_be_visible()
        assert watched.troubles == []

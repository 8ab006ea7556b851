"""The screen where videos are handed in: each line understood or explained by the service, nothing sent twice."""

import asyncio
import json
from typing import Any

from playwright.async_api import Page, Request, Route, expect

from integration.loopback import Source
from integration.page.browsing import SLOW_MS, grave_faults, portraits
from integration.service import ServiceProcess


def verdict(page: Page, place: int) -> Any:
    return page.locator(".verdict").nth(place)


async def test_each_line_is_understood_or_explained_as_it_is_typed(page: Page, sample_source: Source) -> None:
    lines = ["https://youtu.be/aqz-KE-bpKQ", "vimeo:76979871", "youtube:aqz-KE-bpKQ", "hello", "youtube:short"]
    await page.locator("#draft").fill("\n".join([*lines, "twitter,1234567890", sample_source.url("media/a.mp4")]))

    await expect(verdict(page, 0)).to_contain_text("YouTube aqz-KE-bpKQ")
    await expect(verdict(page, 1)).to_contain_text("Vimeo 76979871")
    await expect(verdict(page, 2)).to_contain_text("same as line 1")
    await expect(verdict(page, 3)).to_contain_text("no link, and no platform:code")
    await expect(verdict(page, 4)).to_contain_text("is not a code of YouTube")
    await expect(verdict(page, 5)).to_contain_text("X (Twitter) 1234567890")
    await expect(verdict(page, 6)).to_contain_text("Direct link")
    await expect(page.get_by_role("button", name="Process 4 videos")).to_be_enabled()
    assert await grave_faults(page) == []
    await portraits(page, "submit")
    await page.locator("details.options summary").click()
    await portraits(page, "submit-options")
    await page.emulate_media(color_scheme="dark")
    assert await grave_faults(page) == []


async def test_json_is_taken_as_the_api_takes_it(page: Page) -> None:
    batch = {"items": [{"platform": "vimeo", "code": "56015672"}, {"platform": "no-such", "code": "1"}]}

    await page.locator("#draft").fill(json.dumps(batch, indent=2))

    await expect(verdict(page, 0)).to_contain_text("Vimeo 56015672")
    await expect(verdict(page, 1)).to_contain_text("no-such")
    await expect(page.get_by_role("button", name="Process 1 video")).to_be_enabled()


async def test_what_is_ready_is_sent_and_what_is_not_stays(page: Page, sample_source: Source) -> None:
    link = sample_source.url("media/full_frame.mp4")
    await page.locator("#draft").fill(f"hello\n{link}\n{link}")
    await expect(page.get_by_role("button", name="Process 1 video")).to_be_enabled()

    await page.locator("#draft").press("Control+Enter")

    await expect(page.locator(".job-head")).to_contain_text("1 video", timeout=SLOW_MS)
    await page.get_by_role("link", name="Submit").click()
    await expect(page.locator("#draft")).to_have_value("hello")


async def test_what_is_typed_while_the_draft_is_sent_stays(page: Page, sample_source: Source) -> None:
    sending, going = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        sending.set()
        await going.wait()
        await route.continue_()

    await page.route("**/process", hold)
    link = sample_source.url("media/full_frame.mp4")
    await page.locator("#draft").fill(f"{link} https://youtu.be/short\nhello")
    await expect(verdict(page, 1)).to_contain_text("names no single video")
    await page.get_by_role("button", name="Process 1 video").click()
    await sending.wait()
    await page.locator("#draft").press("Control+End")
    await page.locator("#draft").type("\nvimeo:1\nvimeo:2")
    going.set()

    await expect(page.locator(".job-head")).to_contain_text("1 video", timeout=SLOW_MS)
    await page.get_by_role("link", name="Submit").click()
    await expect(page.locator("#draft")).to_have_value("https://youtu.be/short\nhello\nvimeo:1\nvimeo:2")


async def test_an_answer_that_breaks_off_leaves_the_draft_and_the_button(page: Page, sample_source: Source) -> None:
    await page.route("**/process", lambda route: route.fulfill(status=202, body='{"jobId":'), times=1)
    await page.locator("#draft").fill(sample_source.url("media/full_frame.mp4"))
    button = page.get_by_role("button", name="Process 1 video")
    await button.click()
    await expect(page.get_by_role("alert")).to_contain_text("sending them again is safe")

    await button.click()

    await expect(page.locator(".job-head")).to_contain_text("1 video", timeout=SLOW_MS)


async def test_a_draft_sent_twice_over_a_bad_line_is_one_job(
    page: Page, process: ServiceProcess, sample_source: Source
) -> None:
    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/process", lose_the_answer, times=1)
    await page.locator("#draft").fill(sample_source.url("media/full_frame.mp4"))
    await page.get_by_role("button", name="Process 1 video").click()
    await expect(page.get_by_role("alert")).to_contain_text("sending them again is safe")

    await page.reload()
    await page.get_by_role("button", name="Process 1 video").click()

    await expect(page.locator(".job-head")).to_be_visible()
    await page.goto(f"{process.url}/jobs")
    await expect(page.locator(".job")).to_have_count(1)


async def test_options_say_what_they_mean_and_are_sent_as_far_as_they_were_changed(page: Page) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "plan=1" in request.url else None)
    await page.locator("#draft").fill("vimeo:56015672")
    await page.locator("details.options summary").click()
    await page.locator("#mode").select_option("count")
    await page.locator("#count").fill("9000")

    await expect(page.locator("#count-fault")).to_contain_text("2000")
    await page.locator("#count").fill("9")
    await expect(page.locator("#count-fault")).to_have_text("")
    await expect(page.locator("#count")).to_be_focused()
    await expect(page.locator(".in-words")).to_contain_text("9 frames, evenly over the time")
    await expect(verdict(page, 0)).to_contain_text("Vimeo")
    options = json.loads(asked[-1].post_data or "")["options"]
    assert options == {"frames": {"mode": "count", "count": 9, "min": 3, "max": 2000}}


async def test_a_dropped_file_of_links_becomes_lines(page: Page) -> None:
    await page.locator("#draft").fill("vimeo:56015672")

    await page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(["vimeo:56015672\\nvimeo:2\\n"], "links.txt", { type: "text/plain" }));
            document.querySelector("form").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
        }"""
    )

    await expect(page.locator("#draft")).to_have_value("vimeo:56015672\nvimeo:2")


async def test_the_draft_can_be_sent_from_a_terminal_as_well(page: Page, process: ServiceProcess) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.locator("#draft").fill("vimeo:56015672")
    await page.get_by_role("button", name="Copy as curl").click()

    await expect(page.get_by_text("in your clipboard")).to_be_visible()
    command = str(await page.evaluate("navigator.clipboard.readText()"))
    assert f"curl -s {process.url}/process" in command
    assert '-H "X-API-Key: $API_KEY"' in command
    assert '"platform": "vimeo"' in command


DRAFTS = {
    "see https://youtu.be/aqz-KE-bpKQ, and https://vimeo.com/1.": [
        {"url": "https://youtu.be/aqz-KE-bpKQ"},
        {"url": "https://vimeo.com/1"},
    ],
    "youtu.be/aqz-KE-bpKQ": [{"url": "https://youtu.be/aqz-KE-bpKQ"}],
    'platform,code\nvimeo,1\n"vimeo";"2"\nvimeo\t3': [{"platform": "vimeo", "code": str(n)} for n in (1, 2, 3)],
    "# a remark\n\nvimeo : 1": [{"platform": "vimeo", "code": "1"}],
    '["vimeo:1", {"url": "https://x.com/1"}]': [{"platform": "vimeo", "code": "1"}, {"url": "https://x.com/1"}],
    '{"platform":"vimeo","code":"1"}\n{"platform":"vimeo","code":"2"}': [
        {"platform": "vimeo", "code": "1"},
        {"platform": "vimeo", "code": "2"},
    ],
}


async def test_a_draft_may_have_any_of_the_usual_forms(page: Page) -> None:
    read = """async (draft) => {
        const main = document.querySelector("script[type=module]").src;
        const { parseLines } = await import(main.replace("main.js", "submit/lines.js"));
        return parseLines(draft).map(({ item }) => item);
    }"""

    assert {draft: await page.evaluate(read, draft) for draft in DRAFTS} == DRAFTS


async def test_more_lines_than_a_request_may_hold_are_judged_all_the_same(page: Page) -> None:
    await page.locator("#draft").fill("\n".join(["youtube:short", *(f"vimeo:{12345 + n}" for n in range(100))]))

    await expect(verdict(page, 100)).to_contain_text("Vimeo 12444")
    await expect(verdict(page, 0)).to_contain_text("is not a code of YouTube")
    await page.locator("#draft").press("End")
    await page.locator("#draft").type("\nvimeo:99999")
    await expect(page.get_by_role("alert")).to_contain_text("one request may hold 100")

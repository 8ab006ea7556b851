"""The screen where videos are handed in: each line understood or explained by the service, nothing sent twice."""

import asyncio
import json
from typing import Any

from playwright.async_api import Page, Request, Route, expect

from integration.loopback import Source
from integration.page.browsing import grave_faults, portraits, sign_in
from integration.service import ServiceProcess
from vxpipe.recipe import Clip, Recipe


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


async def test_a_batch_in_json_goes_out_with_all_that_it_says(page: Page) -> None:
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/process") else None)
    items = [{"platform": "vimeo", "code": "56015672"}, {"platform": "no-such", "code": "1"}]
    batch = {"items": items, "options": {"frames": {"max": 2}}, "labels": {"p": "x"}}
    await page.locator("#draft").fill(json.dumps(batch, indent=2))

    await expect(verdict(page, 0)).to_contain_text("Vimeo 56015672")
    await expect(verdict(page, 1)).to_contain_text("unknown platform 'no-such'")
    await expect(page.get_by_text("Your JSON brings options, labels")).to_be_visible()
    await page.get_by_role("button", name="Process 1 video").click()

    await expect(page.locator(".job-head")).to_be_visible()
    assert json.loads(sent[0].post_data or "") == {**batch, "items": items[:1]}
    await page.get_by_role("link", name="Submit", exact=True).click()
    await expect(page.locator("#draft")).to_have_value('{"platform": "no-such", "code": "1"}')


async def test_what_is_ready_is_sent_and_what_is_not_stays(page: Page, sample_source: Source) -> None:
    link = sample_source.url("media/full_frame.mp4")
    await page.locator("#draft").fill(f"hello\n{link}\n{link}")
    await expect(page.get_by_role("button", name="Process 1 video")).to_be_enabled()

    await page.locator("#draft").press("Control+Enter")

    await expect(page.locator(".job-head")).to_contain_text("1 video")
    await page.get_by_role("link", name="Submit", exact=True).click()
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

    await expect(page.locator(".job-head")).to_contain_text("1 video")
    await page.get_by_role("link", name="Submit", exact=True).click()
    await expect(page.locator("#draft")).to_have_value("https://youtu.be/short\nhello\nvimeo:1\nvimeo:2")


async def test_who_left_while_the_draft_was_sent_is_not_taken_away_from_what_they_write(
    page: Page, sample_source: Source
) -> None:
    sending, going = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        sending.set()
        await going.wait()
        await route.continue_()

    await page.route("**/process", hold)
    await page.locator("#draft").fill(sample_source.url("media/full_frame.mp4"))
    await page.get_by_role("button", name="Process 1 video").click()
    await sending.wait()
    await page.get_by_role("link", name="Jobs", exact=True).click()
    await page.get_by_role("link", name="Submit", exact=True).click()
    await page.locator("#draft").press("Control+End")
    await page.locator("#draft").type("\nvimeo:12345")
    going.set()

    await expect(page.locator("#draft")).to_have_value("vimeo:12345")
    await expect(page.locator(".verdict")).to_have_count(1)
    await expect(page.get_by_role("heading", name="Submit videos")).to_be_visible()


async def test_who_declines_to_sign_in_may_type_on(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/drafts") else None)
    await expect(page.locator("details.options")).to_be_visible()
    await page.context.clear_cookies()
    await page.locator("#draft").fill("vimeo:560156")
    await page.get_by_role("button", name="Not now").click()
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()

    await page.locator("#draft").fill("vimeo:56015672")
    await expect(page.locator(".gutter span")).to_have_count(1)
    await page.get_by_role("button", name="Sign in").click()
    await sign_in(page)

    await expect(verdict(page, 0)).to_contain_text("Vimeo 56015672")
    await expect(page.get_by_role("alert")).to_have_count(0)
    assert len(asked) <= 4


async def test_an_answer_that_breaks_off_leaves_the_draft_and_the_button(page: Page, sample_source: Source) -> None:
    await page.route("**/process", lambda route: route.fulfill(status=202, body='{"jobId":'), times=1)
    await page.locator("#draft").fill(sample_source.url("media/full_frame.mp4"))
    button = page.get_by_role("button", name="Process 1 video")
    await button.click()
    await expect(page.get_by_role("alert")).to_contain_text("sending them again is safe")

    await button.click()

    await expect(page.locator(".job-head")).to_contain_text("1 video")


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


async def test_options_that_change_before_the_page_is_drawn_again_all_count(page: Page) -> None:
    await page.locator("details.options summary").click()
    await page.evaluate("""() => {
        for (const [id, value] of [["frames-min", "50"], ["frames-max", "10"]]) {
            const input = document.getElementById(id);
            input.value = value;
            input.dispatchEvent(new Event("input", { bubbles: true }));
        }
    }""")

    await expect(page.locator("summary .changed")).to_contain_text("at least 50 · at most 10")


async def test_options_say_what_they_mean_and_are_sent_as_far_as_they_were_changed(page: Page) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.url.endswith("/drafts") else None)
    await page.locator("#draft").fill("vimeo:56015672")
    await page.locator("details.options summary").click()
    await page.locator("#frames-min").fill("50")
    await page.locator("#frames-max").fill("10")

    await expect(page.locator("#frames-min-fault")).to_contain_text("min (50) is larger than max (10)")
    await expect(page.get_by_role("alert")).to_contain_text("At least: min (50)")
    await expect(page.get_by_role("button", name="Process 1 video")).to_be_disabled()
    await expect(verdict(page, 0)).to_contain_text("Vimeo")
    await page.get_by_label("Which").select_option("timestamps")
    await page.locator("#frames-at").fill("1:10, x")
    await expect(page.locator("#frames-at-fault")).to_contain_text("expected a number")
    await page.locator("#frames-at").fill("1:10, 80.5")
    await expect(page.locator("#frames-at-fault")).to_have_text("")
    await expect(page.locator("#frames-at")).to_be_focused()
    await expect(page.get_by_role("button", name="Process 1 video")).to_be_enabled()
    options = json.loads(asked[-1].post_data or "")["options"]
    assert options == {"frames": {"mode": "timestamps", "at": [70, 80.5]}}
    await page.reload()
    await expect(page.locator("summary .changed")).to_contain_text("At given times · times 1:10, 80.5 ·")
    await page.get_by_role("button", name="Back to the defaults").click()
    await expect(page.locator(".changed")).to_have_count(0)
    await expect(page.locator("h1")).to_be_focused()


async def test_the_form_is_made_of_the_schema_of_the_service(page: Page) -> None:
    read = """async () => {
        const main = document.querySelector("script[type=module]").src;
        const { fieldsOf, Form } = await import(main.replace("main.js", "submit/recipe.js"));
        const fields = fieldsOf(await (await fetch("/options")).json());
        const recipe = (changed) => new Form(fields, changed).recipe();
        return {
            paths: fields.map(({ path }) => path),
            wordless: fields.filter((field) => field.choices?.some((each) => !field["x-words"][each])),
            standard: recipe({}),
            box: recipe({ crop: "Rectangle", "crop.x": "8", "frames.mode": "interval" }),
            clip: recipe({ clip: true, "clip.quality": "30" }),
            hidden: recipe({ "frames.count": "5", "clip.encoder": "libx264", "crop.aspect": "1:1" }),
        };
    }"""

    found = await page.evaluate(read)

    assert leaves(Recipe()) | {"crop.aspect", "crop.x", "crop.y", "crop.width", "crop.height"} == set(found["paths"])
    assert ([], {}, {}) == (found["wordless"], found["standard"], found["hidden"])
    assert found["box"] == {
        "crop": {"x": 8, "y": 0, "width": 1280, "height": 720},
        "frames": {"mode": "interval", "every": 5},
    }
    assert found["clip"] == {"clip": {"quality": 30}}


def leaves(recipe: Recipe) -> set[str]:
    """The paths of what a recipe holds where a clip is asked for."""
    whole = recipe.model_dump(mode="json", by_alias=True)
    parts = {name: part for name, part in whole.items() if isinstance(part, dict)}
    below = {
        f"{name}.{inner}"
        for name, part in (parts | {"clip": Clip().model_dump(by_alias=True)}).items()
        for inner in part
    }
    return below | (whole.keys() - parts.keys())


async def test_a_clip_is_asked_for_with_its_encoder_and_one_that_is_not_here_is_told(page: Page) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.url.endswith("/drafts") else None)
    await page.locator("#draft").fill("vimeo:56015672")
    await page.locator("details.options summary").click()
    await expect(page.get_by_label("Encoder of the clip")).to_have_count(0)

    await page.get_by_label("The cropped video as a clip").check()
    await page.get_by_label("Encoder of the clip").select_option(label="AV1, by an NVIDIA GPU")

    await expect(page.locator("#clip-encoder-fault")).to_contain_text("av1_nvenc")
    await page.get_by_label("Encoder of the clip").select_option(label="H.264, by the CPU")
    await expect(page.locator("#clip-encoder-fault")).to_have_text("")
    await expect(page.get_by_role("button", name="Process 1 video")).to_be_enabled()
    assert json.loads(asked[-1].post_data or "")["options"] == {"clip": {"encoder": "libx264"}}
    await page.get_by_role("combobox", name="Crop").select_option(label="Cut to a ratio")
    await page.locator("#crop-aspect").fill("abc")
    await expect(page.locator("#crop-aspect-fault")).to_contain_text("expected a ratio")
    await expect(page.get_by_role("alert")).to_contain_text("Width : height: expected a ratio")


async def test_a_dropped_file_of_links_becomes_lines_and_one_of_a_video_is_told_what_takes_it(page: Page) -> None:
    await page.locator("#draft").fill("vimeo:56015672")

    await page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(["vimeo:56015672\\nvimeo:2\\n"], "links.txt", { type: "text/plain" }));
            data.items.add(new File(["x"], "film.mp4", { type: "video/mp4" }));
            document.querySelector("form").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
        }"""
    )

    await expect(page.locator("#draft")).to_have_value("vimeo:56015672\nvimeo:56015672\nvimeo:2")
    await expect(verdict(page, 1)).to_contain_text("same as line 1")
    await expect(page.get_by_text("film.mp4 is no list of links")).to_contain_text("vxpipe run FILE")


async def test_text_that_is_moved_within_the_draft_is_moved_by_the_browser(page: Page) -> None:
    taken = await page.evaluate(
        """() => ["#draft", ".verdict-frame"].map((place) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.setData("text/plain", "vimeo:1");
            const drop = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
            document.querySelector(place).dispatchEvent(drop);
            return drop.defaultPrevented;
        })"""
    )

    assert [False, True] == taken
    await expect(page.locator("#draft")).to_have_value("vimeo:1")


async def test_the_draft_can_be_sent_from_a_terminal_as_well(page: Page, process: ServiceProcess) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.locator("#draft").fill("vimeo:56015672")
    await page.get_by_role("button", name="Copy as curl").click()

    await expect(page.get_by_text("in your clipboard")).to_be_visible()
    command = str(await page.evaluate("navigator.clipboard.readText()"))
    assert f"curl -s {process.url}/process" in command
    assert '-H "X-API-Key: $API_KEY"' in command
    assert '"platform": "vimeo"' in command
    await page.evaluate(
        "navigator.clipboard.writeText = () => Promise.reject(new Error()); document.execCommand = () => false"
    )
    await page.get_by_role("button", name="Copy as curl").click()
    await expect(page.get_by_text("did not let it be copied")).to_be_visible()


async def test_more_lines_than_a_request_may_hold_are_judged_all_the_same(page: Page) -> None:
    await page.locator("#draft").fill("\n".join(["youtube:short", *(f"vimeo:{12345 + n}" for n in range(100))]))

    await expect(verdict(page, 100)).to_contain_text("Vimeo 12444")
    await expect(verdict(page, 0)).to_contain_text("is not a code of YouTube")
    await page.locator("#draft").press("End")
    await page.locator("#draft").type("\nvimeo:99999")
    await expect(page.get_by_role("alert")).to_contain_text("one request may hold 100")
    await expect(page.get_by_role("button", name="Process 101 videos")).to_be_disabled()


async def test_a_service_that_was_away_is_asked_again(page: Page) -> None:
    await page.locator("#draft").fill("youtube:aqz-KE-bpKQ")
    await expect(verdict(page, 0)).to_contain_text("YouTube")
    await page.route("**/drafts", lambda route: route.abort())
    await page.locator("#draft").fill("vimeo:56015672")
    await expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    await expect(page.locator(".verdict")).to_have_count(0)

    await page.unroute("**/drafts")

    await expect(verdict(page, 0)).to_contain_text("Vimeo 56015672")
    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(page.get_by_text("The service is ready again.")).to_be_visible()

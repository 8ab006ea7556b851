"""What the screen of a job works out without a service: requests, lines of a log. Asked of its own modules."""

import json
import shlex
from typing import Any

from playwright.async_api import Page, expect


async def test_what_meant_nothing_to_a_run_cannot_be_tried(ask: Any) -> None:
    dedupe = {"enabled": True, "distance": 6}
    interval = {"frames": {"mode": "interval", "threshold": 0.3}, "dedupe": dedupe | {"enabled": False}}
    scenes = {"frames": {"mode": "scenes", "threshold": 0.3}, "dedupe": dedupe}
    count = {"frames": {"mode": "count", "threshold": 0.3}, "dedupe": dedupe}

    assert await ask("job/again", "figuresOf", {"options": interval}) == {}
    assert await ask("job/again", "figuresOf", {"options": count}) == {}
    assert await ask("job/again", "figuresOf", {"options": scenes}) == {"threshold": 0.3, "distance": 6}
    assert await ask("job/again", "figuresOf", None) == {}


async def test_a_video_is_asked_for_again_with_the_options_it_was_run_with(ask: Any) -> None:
    job = {"options": {"sheet": False, "crop": "none"}}
    named = {"platform": "fake", "code": "x", "url": "https://fake.example/x"}
    link = {"platform": "direct", "code": "x", "url": "https://a.example/x.mp4", "options": {"crop": "auto"}}

    assert await ask("job/again", "requestOf", job, named, {"crop": "auto"}) == {
        "items": [{"platform": "fake", "code": "x"}],
        "options": {"sheet": False, "crop": "auto"},
    }
    assert await ask("job/again", "requestOf", job, link) == {
        "items": [{"url": "https://a.example/x.mp4"}],
        "options": {"sheet": False, "crop": "auto"},
    }


async def test_a_request_comes_through_a_shell_as_it_is_meant(ask: Any) -> None:
    body = {"items": [{"url": "https://a.example/it's;rm -rf $HOME.mp4"}], "options": {"sheet": False}}

    words = shlex.split(await ask("lib/curl", "curl", body))

    assert json.loads(words[words.index("-d") + 1]) == body
    assert "X-API-Key: $API_KEY" in words


async def test_a_job_that_runs_again_is_not_said_to_last_as_long_as_before(modules: Page) -> None:
    left = await modules.evaluate("""async () => {
        const { apply } = await import("./lib/state.js");
        const job = { status: "running", updatedAt: "", eta: 90, items: [], counts: {} };
        apply(job, "status", { status: "failed", progress: 20 });
        return job.eta;
    }""")

    assert left is None


_LOG = """async () => {
    const line = (seq) => ({ seq, ts: "2026-11-22T09:00:12.480Z", level: "INFO", msg: `line ${seq}` });
    const logs = [line(1), line(2)];
    window.asked = 0;
    window.fetch = async () => {
        window.asked += 1;
        if (asked < 3) throw new Error();
        return Response.json({ logs, more: false });
    };
    window.matchMedia = () => (window.narrow = { matches: false, onchange: null });
    const { JobLog } = await import("http://page.test/assets/0/job/log.js");
    window.tab = new JobLog("1", "");
    document.body.append(tab.of({ status: "running", items: [] }));
    await tab.load();
    tab.add(line(2));
    tab.add(line(3));
}"""


async def test_a_log_that_could_not_be_read_is_read_after_pauses_and_lets_go_in_the_end(blank: Page) -> None:
    await blank.evaluate(_LOG)
    await blank.clock.run_for(20)
    await expect(blank.locator(".fault")).to_contain_text("cannot be reached")
    assert await blank.evaluate("asked") == 1  # whatever lines come

    await blank.clock.run_for(1000)
    await blank.wait_for_function("asked === 2")
    await blank.clock.run_for(1000)
    assert await blank.evaluate("asked") == 2
    await blank.clock.run_for(1100)

    await expect(blank.locator(".msg")).to_have_text(["line 1", "line 2"])
    await expect(blank.locator(".fault")).to_be_empty()
    assert await blank.evaluate("typeof narrow.onchange") == "function"
    await blank.evaluate("tab.remove()")
    assert await blank.evaluate("narrow.onchange") is None


async def test_a_log_that_is_closed_is_not_asked_for_again(blank: Page) -> None:
    await blank.evaluate(_LOG)

    await blank.evaluate("tab.close()")
    await blank.clock.run_for(120_000)

    assert await blank.evaluate("asked") == 1


_BAD = """async () => {
    document.body.innerHTML = '<p id="announcer"></p>';
    const levels = { 40: "WARNING", 900: "ERROR", 910: "DEBUG", 1500: "ERROR" };
    window.line = (seq) => ({ seq, ts: "2026-11-22T09:00:12.480Z", level: levels[seq] ?? "INFO", msg: `line ${seq}` });
    const logs = Array.from({ length: 2000 }, (_, index) => line(index + 1));
    window.fetch = async () => Response.json({ logs, more: false });
    const { JobLog } = await import("http://page.test/assets/0/job/log.js");
    window.tab = new JobLog("1", "");
    document.body.append(tab.of({ status: "running", items: [] }));
    tab.querySelector(".log").style = "height: 220px; overflow: auto; line-height: 22px";
    await tab.load();
}"""


async def test_the_log_goes_from_one_error_or_warning_to_the_next_and_round(blank: Page) -> None:
    await blank.evaluate(_BAD)
    picked = blank.locator(".row.picked .number")

    for seq in ("40", "900", "1500", "40"):
        await blank.evaluate("tab.nextError()")
        await blank.clock.run_for(50)
        await expect(picked).to_have_text(seq)
        await expect(picked).to_be_in_viewport()
        await expect(blank.locator("#announcer")).to_have_text(f"line {seq}")
        assert blank.url.endswith(f"#L{seq}")

    await blank.get_by_label("Level").select_option("ERROR")
    await blank.evaluate("tab.nextError()")
    await expect(picked).to_have_text("900")


async def test_a_log_without_an_error_says_so_and_stays(blank: Page) -> None:
    await blank.evaluate(_BAD)
    await blank.get_by_label("Find").fill("line 7")

    await blank.evaluate("tab.nextError()")
    await blank.clock.run_for(50)

    await expect(blank.locator("#announcer")).to_have_text("No warnings or errors here")
    await expect(blank.locator(".row.picked")).to_have_count(0)
    assert await blank.get_by_label("Follow").is_checked()


async def test_a_log_that_is_not_followed_stays_until_it_is(blank: Page) -> None:
    await blank.evaluate(_BAD)
    add = "(seq) => { tab.add(line(seq)); tab.of({ status: 'running', items: [] }); }"
    last, jump = blank.locator(".number").last, blank.locator(".jump")
    await blank.clock.run_for(50)
    await expect(last).to_have_text("2000")

    await blank.evaluate("tab.follow(false)")
    place = await blank.evaluate("tab.querySelector('.log').scrollTop")
    await blank.evaluate(add, 2001)
    await blank.clock.run_for(50)
    await expect(jump).to_have_text("1 new line, go to the end")
    assert await blank.evaluate("tab.querySelector('.log').scrollTop") == place
    assert not await blank.get_by_label("Follow").is_checked()

    await blank.evaluate("tab.follow(true)")
    await blank.evaluate(add, 2002)
    await blank.clock.run_for(50)
    await expect(last).to_have_text("2002")
    await expect(last).to_be_in_viewport()
    await expect(jump).to_have_count(0)


async def test_a_log_forgets_its_oldest_lines(modules: Page) -> None:
    told = await modules.evaluate("""async () => {
        const { LogLines } = await import("./job/log-lines.js");
        const lines = new LogLines(10);
        const line = (seq) => ({ seq, level: seq % 2 ? "INFO" : "DEBUG", msg: `line ${seq}` });
        for (let seq = 1; seq <= 12; seq += 1) lines.add([line(seq)]);
        const shown = (filters) => (lines.filter(filters), lines.shown.map(({ seq }) => seq));
        return [shown({ text: "line 1" }), shown({ level: "DEBUG", text: "" }), lines.lastSeq];
    }""")

    assert told == [[11], list(range(3, 13)), 12]

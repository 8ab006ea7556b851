"""What the screen of a job works out without a service: requests, reasons, lines of a log. Asked of its own modules."""

import json
import shlex
from typing import Any

import pytest
from playwright.async_api import Page, expect

HASH = "00000000000000ff"


def row(index: int, t: float, **more: Any) -> dict[str, Any]:
    return {"index": index, "t": t, "kept": True, "reason": "shot", "dhash": f"{index:016x}", "distance": None} | more


async def test_what_meant_nothing_to_a_run_cannot_be_tried(ask: Any) -> None:
    dedupe = {"enabled": True, "distance": 6}
    interval = {"frames": {"mode": "interval", "threshold": 0.3}, "dedupe": dedupe | {"enabled": False}}
    scenes = {"frames": {"mode": "scenes", "threshold": 0.3}, "dedupe": dedupe}

    assert await ask("job/again", "figuresOf", {"options": interval}) == {}
    assert await ask("job/again", "figuresOf", {"options": scenes}) == {"threshold": 0.3, "distance": 6}
    assert await ask("job/again", "figuresOf", None) == {}


async def test_a_video_is_asked_for_again_with_the_options_it_was_run_with(ask: Any) -> None:
    job = {"options": {"sheet": False, "crop": "none"}}
    link = {"platform": "direct", "code": "x", "url": "https://a.example/x.mp4", "options": {"crop": "auto"}}

    assert await ask("job/told", "requestOf", job, {"platform": "fake", "code": "x", "url": "u"}, {"crop": "auto"}) == {
        "items": [{"platform": "fake", "code": "x"}],
        "options": {"sheet": False, "crop": "auto"},
    }
    assert await ask("job/told", "requestOf", job, link) == {
        "items": [{"url": "https://a.example/x.mp4"}],
        "options": {"sheet": False, "crop": "auto"},
    }


@pytest.mark.parametrize(
    ("reason", "distance", "told"),
    [
        ("duplicate", 3, "Shows the same picture as 0:00.500, 3 bits apart as compared, 6 are allowed."),
        ("duplicate", 8, "Shows the same picture as 0:00.500, 8 bits apart as compared, but alike in all else."),
        (
            "resumed",
            9,
            "Goes on with the shot of 0:00.500 after an insert or a flash, 9 bits apart as compared, 12 are allowed.",
        ),
        ("blank", None, "One flat colour."),
    ],
)
async def test_a_reason_names_the_rule_that_decided(ask: Any, reason: str, distance: int | None, told: str) -> None:
    twin = row(0, 0.5, file="frames/1.jpg")
    dropped = row(1, 4.5, kept=False, reason=reason, distance=distance, duplicateOf="frames/1.jpg")

    assert await ask("job/told", "reason", dropped, [twin, dropped], 6) == told


async def test_what_goes_on_names_the_shot_before_the_insert_though_that_was_a_repeat(ask: Any) -> None:
    kept = row(0, 0.5, file="frames/1.jpg")
    repeat, resumed = (
        row(index, t, kept=False, reason=reason, distance=2, duplicateOf="frames/1.jpg")
        for index, t, reason in ((1, 8.5, "duplicate"), (2, 10.1, "resumed"))
    )

    told = await ask("job/told", "reason", resumed, [kept, repeat, resumed], 6)

    assert told.startswith("Goes on with the shot of 0:08.500 after an insert or a flash,")


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
    await expect(blank.locator(".fault")).to_have_count(0)
    assert await blank.evaluate("typeof narrow.onchange") == "function"
    await blank.evaluate("tab.remove()")
    assert await blank.evaluate("narrow.onchange") is None


async def test_a_log_that_is_closed_is_not_asked_for_again(blank: Page) -> None:
    await blank.evaluate(_LOG)

    await blank.evaluate("tab.close()")
    await blank.clock.run_for(120_000)

    assert await blank.evaluate("asked") == 1


async def test_a_log_forgets_its_oldest_lines_and_says_how_many_of_those_shown(page: Page) -> None:
    told = await page.evaluate("""async () => {
        const main = document.querySelector("script[type=module]").src;
        const { LogLines } = await import(new URL("job/log-lines.js", main).href);
        const lines = new LogLines(10);
        const line = (seq) => ({ seq, level: seq % 2 ? "INFO" : "DEBUG", msg: `line ${seq}` });
        const gone = Array.from({ length: 12 }, (_, place) => lines.add([line(place + 1)]));
        lines.filter({ text: "line 1" });
        return { gone, length: lines.length, shown: lines.shown.map(({ seq }) => seq) };
    }""")

    assert told == {"gone": [0] * 11 + [1], "length": 10, "shown": [11]}

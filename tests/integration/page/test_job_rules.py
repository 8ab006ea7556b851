"""What the screen of a job works out without a DOM: estimates, commands, lines of a log. Asked of its own modules."""

import json
import shlex
from typing import Any

import pytest
from playwright.async_api import Page

HASH = "00000000000000ff"


def row(index: int, t: float, **more: Any) -> dict[str, Any]:
    return {"index": index, "t": t, "kept": True, "reason": "shot", "dhash": f"{index:016x}", "distance": None} | more


ROWS = [
    row(0, 0.5, reason="opening_shot", dhash="0000000000000000"),
    row(1, 2.5, dhash=HASH),
    row(2, 4.5, kept=False, reason="duplicate", dhash="0000000000000007", distance=3),
    row(3, 6.5, dhash="ffffffff00000000"),
]
CUTS = [
    {"t": t, "score": score, "thresholds": [[low, score]]}
    for t, score, low in ((1.0, 0.1, 0.05), (2.0, 0.4, 0.05), (4.0, 0.9, 0.05), (6.0, 0.8, 0.2))
]
USED = {"threshold": 0.3, "distance": 6}


async def test_an_estimate_says_which_frames_may_go_and_come(ask: Any) -> None:
    async def told(**wanted: float) -> Any:
        return await ask("job/estimate", "estimate", ROWS, CUTS, USED, USED | wanted)

    same, strict, lax = await told(), await told(threshold=0.5), await told(threshold=0.05)
    wide, narrow = await told(distance=8), await told(distance=2)

    assert same == {
        "shots": {"now": 4, "then": 4},
        "frames": {"now": 3, "least": 3, "most": 3},
        "goes": [],
        "comes": [],
    }
    assert (strict["shots"]["then"], strict["goes"], strict["frames"]["most"]) == (3, [1], 2)
    # The fourth cut gives way to the dissolve that it lies in, where that is enough of one.
    assert (lax["shots"]["then"], lax["frames"]) == (4, {"now": 3, "least": 3, "most": 3})
    assert (wide["goes"], wide["frames"]) == ([1], {"now": 3, "least": 2, "most": 3})
    assert (narrow["comes"], narrow["frames"]) == ([2], {"now": 3, "least": 3, "most": 4})


async def test_what_meant_nothing_to_a_run_cannot_be_tried(ask: Any) -> None:
    dedupe = {"enabled": True, "distance": 6}
    interval = {"frames": {"mode": "interval", "threshold": 0.3}, "dedupe": dedupe | {"enabled": False}}
    scenes = {"frames": {"mode": "scenes", "threshold": 0.3}, "dedupe": dedupe}

    assert await ask("job/estimate", "figuresOf", {"options": interval}) == {"threshold": None, "distance": None}
    assert await ask("job/estimate", "figuresOf", {"options": scenes}) == {"threshold": 0.3, "distance": 6}
    assert await ask("job/estimate", "figuresOf", None) == {"threshold": None, "distance": None}
    assert await ask(
        "job/estimate", "optionsOf", {"options": {"sheet": False, "crop": "none"}}, {"options": {"crop": "auto"}}
    ) == {
        "sheet": False,
        "crop": "auto",
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


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [(HASH, HASH, 0), (HASH, "0" * 16, 8), ("f" * 16, "0" * 16, 64), ("8000000000000000", "0" * 16, 1)],
)
async def test_bits_between_hashes_are_counted_to_the_last(ask: Any, one: str, other: str, apart: int) -> None:
    assert await ask("job/estimate", "bits", one, other) == apart


async def test_a_request_comes_through_a_shell_as_it_is_meant(ask: Any) -> None:
    body = {"items": [{"url": "https://a.example/it's;rm -rf $HOME.mp4"}], "options": {"sheet": False}}

    words = shlex.split(await ask("lib/curl", "curl", body))

    assert json.loads(words[words.index("-d") + 1]) == body
    assert "X-API-Key: $API_KEY" in words


@pytest.mark.parametrize(
    ("crop", "word"),
    [
        ("auto", "auto"),
        ({"aspect": "9:16"}, "9:16"),
        ({"x": 0, "y": 8, "width": 0, "height": 720}, "0 × 720 at 0, 8"),
    ],
)
async def test_a_crop_is_told_in_words_also_while_its_box_is_being_typed(ask: Any, crop: Any, word: str) -> None:
    assert await ask("job/told", "cropWord", crop) == word


async def test_a_job_that_runs_again_is_not_said_to_last_as_long_as_before(modules: Page) -> None:
    left = await modules.evaluate("""async () => {
        const { apply } = await import("./lib/state.js");
        const job = { status: "running", updatedAt: "", eta: 90, items: [], counts: {} };
        apply(job, "status", { status: "failed", progress: 20 });
        return job.eta;
    }""")

    assert left is None


async def test_an_estimate_is_made_once_however_often_it_is_drawn(modules: Page) -> None:
    reads = await modules.evaluate("""async () => {
        const { toldOf } = await import("./job/again.js");
        let reads = 0;
        const hash = () => ((reads += 1), "00000000000000ff");
        const row = (index) => ({ index, t: index, kept: true, get dhash() { return hash(); } });
        const options = { dedupe: { enabled: true, distance: 6 } };
        const view = { found: { rows: [row(0), row(1)], facts: { options } }, ui: { tried: { distance: 8 } } };
        const after = [toldOf, toldOf].map((told) => [told(view).frames.least, reads]);
        view.ui = { tried: { distance: 6 } };
        return [...after, toldOf(view).frames.least];
    }""")

    first, second, other = reads
    assert first[0] == 1
    assert second == first
    assert other == 2


async def test_a_log_that_could_not_be_read_is_read_with_the_next_line_and_lets_go_in_the_end(modules: Page) -> None:
    told = await modules.evaluate("""async () => {
        const asked = [];
        const own = { matchMedia: window.matchMedia, fetch: window.fetch };
        window.matchMedia = () => asked[asked.push({ matches: false }) - 1];
        const line = (seq) => ({ seq, ts: "2026-11-22T09:00:12.480Z", level: "INFO", msg: `line ${seq}` });
        const logs = [line(1), line(2)];
        const answers = [() => Promise.reject(new Error()), () => Response.json({ logs, more: false })];
        window.fetch = async () => answers.shift()();
        const { LogTab } = await import("./job/log.js");
        const tab = new LogTab("1", "");
        document.body.append(tab.template({ status: "running", items: [] }));
        const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        const said = () => document.querySelector(".fault")?.innerText ?? "";
        const shown = () => [...document.querySelectorAll(".msg")].map((each) => each.innerText);
        await tab.load();
        await drawn();
        const before = { said: said(), shown: shown() };
        await tab.add(line(2));
        await drawn();
        const after = { said: said(), shown: shown() };
        tab.close();
        document.body.replaceChildren();
        Object.assign(window, own);
        return { before, after, heard: asked.map(({ onchange }) => typeof onchange) };
    }""")

    assert "cannot be reached" in told["before"]["said"]
    assert told["after"] == {"said": "", "shown": ["line 1", "line 2"]}
    assert set(told["heard"]) <= {"object"}  # null: nobody is told any more


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

"""What the page's modules make of the answers of a service: streams and bodies in pieces, late, or not at all."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

_EVENTS = """async (pieces) => {
    const { events } = await import("http://page.test/assets/0/lib/sse.js");
    const body = new ReadableStream({
        start(on) {
            pieces.forEach((piece) => on.enqueue(new TextEncoder().encode(piece)));
            on.close();
        },
    });
    const found = [];
    for await (const event of events(body)) found.push(event);
    return found;
}"""
_FEED = """async (status) => {
    const told = (window.told = []);
    window.fetch = async () => Response.json({ detail: "It is said so." }, { status });
    const { Feed } = await import("http://page.test/assets/0/lib/feed.js");
    const feed = await new Promise((done) => {
        const made = new Feed({
            path: "/events",
            resumes: false,
            onEvent() {},
            onState: (state, retryAt, why) => told.push(state, why) && retryAt && done(made),
            onRefused: ({ message }) => told.push("refused", message) && done(made),
        });
    });
    feed.close();
    return told;
}"""
_SILENT_STREAM = """async () => {
    const told = (window.told = []);
    const silent = new ReadableStream({ start: (on) => (window.stream = on) });
    window.fetch = async (_, { signal }) => {
        signal.onabort = () => stream.error(signal.reason);
        return new Response(silent);
    };
    const { Feed } = await import("http://page.test/assets/0/lib/feed.js");
    new Feed({ path: "/events", resumes: false, onEvent() {}, onState: (state) => told.push(state), onRefused() {} });
}"""
_STALLED = """async () => {
    window.fetch = async () => new Response(new ReadableStream({ start: (on) => (window.body = on) }));
    const { get } = await import("http://page.test/assets/0/lib/api.js");
    get("/system").then(JSON.stringify, ({ message }) => message).then((ended) => (window.ended = ended));
}"""
_SERVICE = """([count, page]) => {
    document.body.innerHTML = "<i id=connection></i><i id=banner></i><i id=announcer></i><main></main>";
    const job = (n) => ({ jobId: `job-${n}`, createdAt: `2026-11-22T09:00:00.${String(n).padStart(3, "0")}Z`, items: [],
        updatedAt: "1", status: "completed", progress: 100, options: {}, counts: { total: 0, success: 0 } });
    window.all = Array.from({ length: page }, (_, n) => job(n));
    window.asked = [];
    const frame = (kind, data) => `event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
    window.say = (kind, data) => stream.enqueue(new TextEncoder().encode(frame(kind, data)));
    window.grow = () => {
        for (let n = page; n < page + count; n += 1) {
            all.push(job(n));
            say("status", { ...job(n), ts: "2" });
        }
    };
    window.fetch = async (url) => {
        asked.push(url);
        if (url.includes("/events")) return new Response(new ReadableStream({ start: (on) => (window.stream = on) }));
        const one = /status.job-([0-9]+)/.exec(url);
        if (one) return Response.json(all[one[1]]);
        const status = new URL(url, location).searchParams.get("status") || "completed";
        const jobs = all.filter((each) => each.status === status).slice(-page).reverse();
        return Response.json({ jobs, nextCursor: jobs.length ? "more" : null, counts: { completed: all.length } });
    };
}"""
_LIST = """async (query) => {
    const { jobsScreen } = await import("http://page.test/assets/0/jobs/screen.js");
    jobsScreen(document.querySelector("main"), { query: new URLSearchParams(query) });
    ({ known: window.known } = await import("http://page.test/assets/0/lib/jobs.js"));
}"""
_TICKS = """async () => {
    document.body.innerHTML = "<i id=connection></i><i id=banner></i>";
    const tick = (jobId) => say("progress", { jobId, index: 0, progress: 1, ts: "2" });
    const job = { jobId: "new", status: "running", progress: 0, updatedAt: "1", counts: {}, items: [] };
    const frame = (kind, data) => `event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
    const say = (kind, data) => stream.enqueue(new TextEncoder().encode(frame(kind, data)));
    let [stream, answer, asked, done] = [null, null, 0, null];
    window.fetch = async (url) => {
        if (url.includes("/events")) {
            setTimeout(() => tick("new"));
            return new Response(new ReadableStream({ start: (on) => (stream = on) }));
        }
        if (url.includes("end")) done(asked);
        if (!url.includes("new")) {
            answer(Response.json(job));
            return Response.json({}, { status: 404 });
        }
        asked += 1;
        tick("new");
        tick(`heard-${asked}`);
        return new Promise((resolve) => (answer = resolve));
    };
    const { follow } = await import("http://page.test/assets/0/lib/jobs.js");
    return new Promise((resolve) => {
        done = resolve;
        follow({ changed: (told) => told && asked < 3 && tick(`end-${asked}`), missed() {} });
    });
}"""
_PIECE = "(text) => window.body.enqueue(new TextEncoder().encode(text))"


@pytest.mark.parametrize(
    "pieces",
    [
        ['event: item\ndata: {"title":"a\u2028b\u2029"}\n\n: here\n\n'],
        ["event: item\nda", 'ta: {"title":"a\u2028b\u2029"}', "\n", "\n", ": here", "\n\n"],
        ['event: item\ndata: {"title":"a\u2028b\u2029"}\n', "\n: here\n\n"],
    ],
)
async def test_an_event_is_whole_whatever_separators_and_pieces_it_comes_in(blank: Page, pieces: list[str]) -> None:
    found = await blank.evaluate(_EVENTS, pieces)

    assert found == [{"kind": "item", "data": {"title": "a\u2028b\u2029"}}, {"kind": "", "data": None}]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (403, ["connecting", None, "refused", "It is said so."]),
        (429, ["connecting", None, "connecting", "It is said so."]),
    ],
)
async def test_a_service_that_answers_is_not_said_to_be_away(blank: Page, status: int, expected: list[Any]) -> None:
    assert await blank.evaluate(_FEED, status) == expected


async def test_a_stream_that_says_nothing_from_its_start_is_lost(blank: Page) -> None:
    await blank.evaluate(_SILENT_STREAM)
    await blank.wait_for_function("told.includes('live')")

    await blank.clock.run_for(26_000)

    await blank.wait_for_function("told.includes('stale')")


async def test_a_body_that_stalls_breaks_off_and_one_that_is_slow_does_not(blank: Page) -> None:
    await blank.evaluate(_STALLED)
    await blank.wait_for_function("window.body")
    for piece in ('{"slow"', ": ", "true"):
        await blank.evaluate(_PIECE, piece)
        await blank.clock.run_for(10_000)
    assert await blank.evaluate("window.ended") is None

    await blank.clock.run_for(10_000)

    await blank.wait_for_function("window.ended === 'The answer of the service broke off.'")


async def test_a_new_job_is_read_once_however_much_progress_it_makes_meanwhile(blank: Page) -> None:
    assert await blank.evaluate(_TICKS) == 1


async def test_a_list_that_grew_by_itself_begins_anew(blank: Page) -> None:
    await blank.evaluate(_SERVICE, [240, 50])
    await blank.evaluate(_LIST, "")
    await expect(blank.locator(".job")).to_have_count(50)

    await blank.evaluate("grow()")

    await blank.wait_for_function("asked.filter((url) => url.includes('limit=50')).length > 1")
    await blank.wait_for_function("asked.some((url) => url.includes('job-289'))")
    await blank.wait_for_function("document.querySelectorAll('.job').length < 100")
    await expect(blank.locator(".job").first).to_have_attribute("data-job", "job-289")


async def test_a_list_of_one_state_does_not_keep_what_ends_in_another(blank: Page) -> None:
    await blank.evaluate(_SERVICE, [240, 50])
    await blank.evaluate(_LIST, "status=failed")
    await expect(blank.locator(".notice")).to_be_visible()

    await blank.evaluate("grow()")

    await blank.wait_for_function("asked.some((url) => url.includes('job-289'))")
    await blank.wait_for_function("known.size < 100")

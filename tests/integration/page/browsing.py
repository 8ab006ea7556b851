"""A real Chromium on the real service, for every test of the page."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

CHROMIUM = Path(os.environ.get("VXPIPE_TEST_CHROMIUM", "/usr/bin/chromium"))
QUIET = [
    f"--{flag}"
    for flag in (
        "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
        "disable-background-networking", "disable-component-update", "disable-sync",
    )
]  # fmt: skip
SLOW_MS = 60_000
KEY = "key-one"
ALBUM = Path(__file__).parents[3] / "build" / "screenshots"
_GRAVE = {"serious", "critical"}


TURN_AWAY = """(isHidden) => {
    Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""
_TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll(".job, .card")]
    .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.outerHTML.slice(0, 200))"""


class Watched:
    """What went wrong in the pages of a browser: script errors, violations of the policy, requests to others."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.troubles: list[str] = []

    def watch(self, page: Page) -> Page:
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda said: self._note("Content Security Policy" in said.text, said.text))
        page.on("request", lambda asked: self._note(not asked.url.startswith((self.url, "data:", "blob:")), asked.url))
        return page

    def _note(self, is_trouble: bool, text: str) -> None:
        if is_trouble:
            self.troubles.append(text)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser."""
    assert CHROMIUM.exists(), f"CI needs a browser at {CHROMIUM}"
    async with async_playwright() as playwright:
        expect.set_options(timeout=SLOW_MS)
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield browser
        await browser.close()


async def sign_in(page: Page) -> None:
    """Give the key to the dialog that asks for it."""
    await page.locator("#api-key").fill(KEY)
    await page.locator("#api-key").press("Enter")
    await expect(page.locator("#login")).to_be_hidden()


async def submitted(url: str, *links: str, **more: object) -> str:
    """Hand a batch over beside the page; the id of the job."""
    body = {"items": [{"url": link} for link in links], **more}
    async with (
        aiohttp.ClientSession(headers={"X-API-Key": KEY}) as session,
        session.post(f"{url}/process", json=body) as answer,
    ):
        assert answer.status == 202, await answer.text()
        return str((await answer.json())["jobId"])


async def grave_faults(page: Page) -> list[str]:
    """What axe finds that shuts somebody out."""
    found = await Axe().run(page)
    return [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for each in found.response["violations"]
        if each["impact"] in _GRAVE
        for node in each["nodes"]
    ]


async def portraits(page: Page, name: str) -> None:
    """Keep pictures of a screen, at four widths and in both themes; and see that nothing runs out at the sides."""
    ALBUM.mkdir(parents=True, exist_ok=True)
    for width, scheme in ((320, "dark"), (768, "light"), (1280, "dark"), (1280, "light"), (2560, "light")):
        await page.set_viewport_size({"width": width, "height": 900})
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await page.screenshot(path=ALBUM / f"{name}-{width}-{scheme}.png")
        too_wide = await page.evaluate(_TOO_WIDE)
        assert too_wide == [], f"{name} runs out at the sides at {width} px"
    print(f"screenshots: {ALBUM}/{name}-*.png")

"""What the screen of a job works out without a DOM: estimates, commands, lines of a log. Asked of its own modules."""

import json
import shlex
from typing import Any

import pytest
from playwright.async_api import Page

HASH = "00000000000000ff"


@pytest.fixture
async def ask(page: Page) -> Any:
    """Calls a function of a module of the page; its arguments go there as JSON."""

    async def asked(module: str, name: str, *given: Any) -> Any:
        return await page.evaluate(
            """async ([module, name, given]) => {
                const main = document.querySelector("script[type=module]").src;
                const found = (await import(new URL(`${module}.js`, main).href))[name](...given);
                return JSON.parse(JSON.stringify(found, (_, value) => (value instanceof Set ? [...value] : value)));
            }""",
            [module, name, given],
        )

    return asked


def row(index: int, t: float, **more: Any) -> dict[str, Any]:
    return {"index": index, "t": t, "kept": True, "reason": "shot", "dhash": f"{index:016x}", "distance": None} | more


ROWS = [
    row(0, 0.5, reason="opening_shot", dhash="0000000000000000"),
    row(1, 2.5, dhash=HASH),
    row(2, 4.5, kept=False, reason="duplicate", dhash="0000000000000007", distance=3),
    row(3, 6.5, dhash="ffffffff00000000"),
]
CUTS = [{"t": 1.0, "score": 0.1}, {"t": 2.0, "score": 0.4}, {"t": 4.0, "score": 0.9}, {"t": 6.0, "score": 0.8}]
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
    assert (lax["shots"]["then"], lax["frames"]) == (5, {"now": 3, "least": 3, "most": 4})
    assert (wide["goes"], wide["frames"]) == ([1], {"now": 3, "least": 2, "most": 3})
    assert (narrow["comes"], narrow["frames"]) == ([2], {"now": 3, "least": 3, "most": 4})


async def test_what_meant_nothing_to_a_run_cannot_be_tried(ask: Any) -> None:
    options = {"frames": {"mode": "interval", "every": 2}, "dedupe": {"enabled": False}}

    assert await ask("job/estimate", "figuresOf", options) == {"threshold": None, "distance": None}
    assert await ask("job/estimate", "figuresOf", {}) == {"threshold": 0.3, "distance": 6}
    assert await ask(
        "job/estimate", "optionsOf", {"options": {"sheet": False, "crop": "none"}}, {"options": {"crop": "auto"}}
    ) == {
        "sheet": False,
        "crop": "auto",
    }


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [(HASH, HASH, 0), (HASH, "0" * 16, 8), ("f" * 16, "0" * 16, 64), ("8000000000000000", "0" * 16, 1)],
)
async def test_bits_between_hashes_are_counted_to_the_last(ask: Any, one: str, other: str, apart: int) -> None:
    assert await ask("job/estimate", "bits", one, other) == apart


async def test_commands_come_through_a_shell_as_they_are_meant(ask: Any) -> None:
    item = {"platform": "direct", "code": "x", "url": "https://a.example/it's;rm -rf $HOME.mp4"}
    options = {
        "frames": {"mode": "count", "count": 7},
        "crop": {"x": 1, "y": 2, "width": 30, "height": 40},
        "dedupe": {"enabled": False},
        "image": {"maxWidth": 640},
        "sheet": False,
    }

    line = shlex.split(await ask("job/commands", "cli", item, options))
    curl = shlex.split(await ask("lib/curl", "curl", {"items": [{"url": item["url"]}], "options": options}, True))

    assert line[:3] == ["vxpipe", "run", item["url"]]
    assert line[3:] == [
        "--mode",
        "count",
        "--count",
        "7",
        "--max-width",
        "640",
        "--crop",
        "1,2,30,40",
        "--no-dedupe",
        "--no-sheet",
    ]
    assert "X-API-Key: $API_KEY" in curl
    assert json.loads(curl[curl.index("-d") + 1]) == {"items": [{"url": item["url"]}], "options": options}
    platform = {"platform": "vimeo", "code": "76979871", "url": "https://vimeo.com/76979871"}
    assert await ask("job/commands", "cli", platform, {}) == "vxpipe run vimeo:76979871"

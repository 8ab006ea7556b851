"""`GET /jobs/{id}/items/{n}/forecast`: what other figures would change, in figures and in words."""

import json
from pathlib import Path
from typing import Any

import pytest

from asking import ended, publishing, submitted
from house import House

ROWS = [
    {"t": t, "kept": kept, "reason": reason, "dhash": f"{bits:016x}", "distance": distance}
    for t, kept, reason, bits, distance in ((0.5, True, "shot", 0, None), (2.5, False, "duplicate", 7, 3))
]
FACTS = {
    "options": {"frames": {"mode": "scenes", "threshold": 0.3}, "dedupe": {"enabled": True, "distance": 6}},
    "cuts": [{"t": 2.0, "score": 0.4, "thresholds": [[0.05, 0.4]]}],
}


@pytest.fixture
async def path(home: House, tmp_path: Path) -> str:
    manifest = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
    files = [("manifest.jsonl", manifest), ("item.json", json.dumps(FACTS).encode())]
    home.work.scripts = {"abc": publishing(home, tmp_path, files)}
    job_id = await submitted(home)
    await ended(home, job_id)
    return f"/jobs/{job_id}/items/0/forecast"


async def foreseen(home: House, path: str) -> Any:
    return await (await home.client.get(path)).json()


async def test_a_forecast_tells_what_would_change_in_figures_and_in_words(home: House, path: str) -> None:
    assert await foreseen(home, f"{path}?threshold=0.5&distance=2") == {
        "shots": {"now": 2, "then": 1},
        "frames": {"now": 1, "least": 1, "most": 2},
        "cached": False,
        "summary": "1 shot instead of 2, about 1 to 2 frames instead of 1. The video will be downloaded again.",
    }


@pytest.mark.parametrize(
    ("asked", "told"),
    [("", ""), ("?distance=6", "about 1 frame instead of 1. "), ("?threshold=", "")],
)
async def test_only_what_would_be_other_is_told(home: House, path: str, asked: str, told: str) -> None:
    assert (await foreseen(home, path + asked))["summary"] == f"{told}The video will be downloaded again."


@pytest.mark.parametrize("asked", ["threshold=2", "threshold=nan", "distance=65", "distance=1.5", "crop=none"])
async def test_a_figure_that_no_recipe_has_is_refused(home: House, path: str, asked: str) -> None:
    answer = await home.client.get(f"{path}?{asked}")

    assert (answer.status, (await answer.json())["code"]) == (400, "bad_query")


async def test_what_has_no_manifest_has_no_forecast(home: House) -> None:
    job_id = await submitted(home)
    await ended(home, job_id)

    codes = [
        (await foreseen(home, f"/jobs/{job}/items/{n}/forecast"))["code"]
        for job, n in ((job_id, 0), (job_id, 1), ("x", 0))
    ]

    assert codes == ["artifact_not_found", "item_not_found", "job_not_found"]

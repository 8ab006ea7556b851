"""What the run of an item has stored: `/candidates` with reasons in words, `/forecast` of other figures."""

import json
from pathlib import Path
from typing import Any

import pytest

from asking import ended, publishing, submitted
from house import House
from vxpipe.handlers import candidates

REST = {"scene": 0, "score": 1.0, "sharpness": 9.5, "luma": 99.0}
ROWS = [
    REST
    | {"t": t, "kept": kept, "reason": reason, "dhash": f"{bits:016x}", "distance": distance}
    | {"file": "frames/1.jpg" if kept else None, "duplicateOf": None if kept else "frames/1.jpg"}
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


async def test_candidates_are_the_rows_of_the_manifest_with_reasons_in_words(home: House, path: str) -> None:
    found = await foreseen(home, path.replace("forecast", "candidates"))

    assert [row.pop("why") for row in found["candidates"]] == [
        "Shows its shot best.",
        "Shows the same picture as 0:00.500, 3 bits apart as compared, 6 are allowed.",
    ]
    assert found["candidates"] == ROWS


def row(t: float, reason: str, distance: int | None = None, **more: Any) -> dict[str, Any]:
    repeated = {"file": None, "duplicateOf": "1.jpg" if distance is not None else None}
    return {"t": t, "reason": reason, "distance": distance} | repeated | more


@pytest.mark.parametrize(
    ("reason", "distance", "why"),
    [
        ("duplicate", 3, "Shows the same picture as 0:00.500, 3 bits apart as compared, 6 are allowed."),
        ("duplicate", 1, "Shows the same picture as 0:00.500, 1 bit apart as compared, 6 are allowed."),
        ("duplicate", 8, "Shows the same picture as 0:00.500, 8 bits apart as compared, but alike in all else."),
        (
            "resumed",
            9,
            "Goes on with the shot of 0:00.500 after an insert or a flash, 9 bits apart as compared, 12 are allowed.",
        ),
        ("blank", None, "One flat colour."),
        ("of_tomorrow", None, "of tomorrow"),
    ],
)
def test_a_reason_names_the_rule_that_decided(reason: str, distance: int | None, why: str) -> None:
    rows = [row(0.5, "shot", file="1.jpg"), row(4.5, reason, distance)]

    assert [*candidates.told(rows, distance=6)][1]["why"] == why


def test_what_goes_on_names_the_shot_before_the_insert_though_that_was_a_repeat() -> None:
    rows = [row(0.5, "shot", file="1.jpg"), row(3668.5, "duplicate", 2), row(3670.1, "resumed", 2)]

    repeat, resumed = (each["why"] for each in [*candidates.told(rows, distance=6)][1:])

    assert repeat.startswith("Shows the same picture as 0:00.500,")
    assert resumed.startswith("Goes on with the shot of 1:01:08.500 after an insert or a flash,")


def test_a_repeat_of_what_is_not_there_is_one_of_an_earlier_frame() -> None:
    (told,) = candidates.told([row(4.5, "duplicate", 2)], distance=6)

    assert told["why"].startswith("Shows the same picture as an earlier frame, ")


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


async def test_what_has_no_manifest_has_no_forecast_and_no_candidates(home: House) -> None:
    job_id = await submitted(home)
    await ended(home, job_id)

    codes = [
        (await foreseen(home, f"/jobs/{job}/items/{n}/forecast"))["code"]
        for job, n in ((job_id, 0), (job_id, 1), ("x", 0))
    ]

    assert codes == ["artifact_not_found", "item_not_found", "job_not_found"]
    assert (await foreseen(home, f"/jobs/{job_id}/items/0/candidates"))["code"] == "artifact_not_found"

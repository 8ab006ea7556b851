"""What the run of an item has stored: `/candidates` with reasons in words, `/forecast` of other figures."""

import json
from pathlib import Path
from typing import Any

import pytest

from asking import ended, publishing, submitted
from house import House
from vxpipe.errors import NotFound
from vxpipe.handlers import candidates, records
from vxpipe.reasons import Reason

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


MANIFEST = "".join(json.dumps(row) + "\n" for row in ROWS).encode()


async def stored(home: House, folder: Path, manifest: bytes = MANIFEST, facts: Any = FACTS) -> str:
    """The forecast of an item with these records."""
    files = [("manifest.jsonl", manifest), ("item.json", json.dumps(facts).encode())]
    home.work.scripts = {"abc": publishing(home, folder, files)}
    job_id = await submitted(home)
    await ended(home, job_id)
    return f"/jobs/{job_id}/items/0/forecast"


@pytest.fixture
async def path(home: House, tmp_path: Path) -> str:
    return await stored(home, tmp_path)


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


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_told_in_words(reason: Reason) -> None:
    (told,) = candidates.told([row(4.5, reason, 2)], distance=6)

    assert told["why"].endswith(".")


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


@pytest.mark.parametrize("mode", ["interval", "count"])
async def test_a_figure_that_meant_nothing_to_the_run_is_not_told(home: House, tmp_path: Path, mode: str) -> None:
    options = {"frames": {"mode": mode, "threshold": 0.3}, "dedupe": {"enabled": mode == "count", "distance": 6}}
    path = await stored(home, tmp_path, facts={"options": options})

    summary = (await foreseen(home, f"{path}?threshold=0.5&distance=20"))["summary"]

    assert summary == "The video will be downloaded again."


HALF = MANIFEST[:-20]
TEXT_FOR_A_NUMBER = json.dumps(ROWS[0] | {"t": "soon"}).encode()
FOREIGN_MANIFESTS = [b'{"file":"a.jpg"}\n', b"plain text", HALF, MANIFEST + b"\n", b"\xff\n", b"[]", TEXT_FOR_A_NUMBER]
FOREIGN_FACTS: list[Any] = [[], {"options": None}, {"options": {"frames": {"threshold": "high"}}}, {"cuts": [{"t": 1}]}]


@pytest.mark.parametrize(
    ("manifest", "facts"),
    [*((each, FACTS) for each in FOREIGN_MANIFESTS), *((MANIFEST, each) for each in FOREIGN_FACTS)],
)
async def test_what_a_program_wrote_in_a_form_of_its_own_is_refused(
    home: House, tmp_path: Path, manifest: bytes, facts: Any
) -> None:
    home.is_sound = False  # no pipeline of ours wrote that
    path = await stored(home, tmp_path, manifest, facts)

    told = [await foreseen(home, each) for each in (path, path.replace("forecast", "candidates"))]

    assert [(each["status"], each["code"]) for each in told] == [(409, "foreign_record")] * 2


async def test_a_repeat_of_which_the_bits_are_not_known_is_told_without_them(home: House, tmp_path: Path) -> None:
    path = await stored(home, tmp_path, json.dumps(ROWS[1] | {"distance": None}).encode())

    (told,) = (await foreseen(home, path.replace("forecast", "candidates")))["candidates"]

    assert told["why"] == "duplicate"


async def test_a_manifest_that_is_too_large_is_refused_before_it_is_read(home: House, tmp_path: Path) -> None:
    home.is_sound = False  # it is no manifest
    path = await stored(home, tmp_path, b" " * ((32 << 20) + 1))

    told = [await foreseen(home, each) for each in (path, path.replace("forecast", "candidates"))]

    assert [(each["status"], each["code"]) for each in told] == [(409, "record_too_large")] * 2


async def test_the_steps_of_a_slider_read_the_records_once(home: House, path: str, tmp_path: Path) -> None:
    first = await foreseen(home, f"{path}?threshold=0.5")
    (manifest,) = tmp_path.rglob("manifest.jsonl")
    manifest.write_bytes(b"")
    home.is_sound = False  # the file is another now

    assert await foreseen(home, f"{path}?threshold=0.5") == first


def test_a_record_that_is_taken_away_before_it_is_read_is_not_found(tmp_path: Path) -> None:
    gone = records.Record(tmp_path / "item.json", "0" * 64)

    with pytest.raises(NotFound):
        records.facts(gone)
    with pytest.raises(NotFound):
        next(records.rows(gone))


async def test_what_has_no_manifest_has_no_forecast_and_no_candidates(home: House) -> None:
    job_id = await submitted(home)
    await ended(home, job_id)

    codes = [
        (await foreseen(home, f"/jobs/{job}/items/{n}/forecast"))["code"]
        for job, n in ((job_id, 0), (job_id, 1), ("x", 0))
    ]

    assert codes == ["artifact_not_found", "item_not_found", "job_not_found"]
    assert (await foreseen(home, f"/jobs/{job_id}/items/0/candidates"))["code"] == "artifact_not_found"

"""What a program may say on its standard output."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.said import Line, Progress, Wrong, output_file, understood
from vxpipe.ports import OutputFile


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fetching", Line("info", "fetching")),
        ('{"progress": 42}', Progress(0.42)),
        ('{"progress": 99.5, "stage": "x"}', Progress(0.995)),
        ('{"artifact": "frames/1.jpg"}', OutputFile(kind="frame", name="frames/1.jpg")),
        ('{"artifact": {"path": "a.bin", "kind": "model", "t": 1.5}}', OutputFile(kind="model", name="a.bin", t=1.5)),
        ('{"artifact": "manifest.jsonl"}', OutputFile(kind="manifest", name="manifest.jsonl")),
        ('{"level": "warn", "msg": "careful"}', Line("warning", "careful")),
        ('{"item_done": 1}', Line("info", '{"item_done": 1}')),
        ('{"progress": ', Line("info", '{"progress": ')),
        ("[1]", Line("info", "[1]")),
    ],
)
def test_a_line_is_text_or_what_it_says_in_json(line: str, said: object) -> None:
    assert said == understood(line)


@pytest.mark.parametrize(
    "said",
    [
        {"progress": -1},
        {"progress": 101},
        {"progress": "half"},
        {"progress": True},
        {"progress": float("nan")},
        {"progress": float("inf")},
        {"progress": 10**400},
        {"artifact": "../secret"},
        {"artifact": "/etc/passwd"},
        {"artifact": "a//b"},
        {"artifact": "./a"},
        {"artifact": "a/../../b"},
        {"artifact": ".hidden"},
        {"artifact": "a b"},
        {"artifact": "a\x00"},
        {"artifact": ""},
        {"artifact": 7},
        {"artifact": {"path": "a", "kind": "No Kind"}},
        {"artifact": {"path": "a", "width": "10"}},
        {"artifact": {"path": "a", "width": -1}},
        {"artifact": {"path": "a", "width": 10**400}},
        {"artifact": {"path": "a", "t": float("nan")}},
        {"artifact": {"path": "a", "t": float("inf")}},
        {"artifact": {"path": "a", "id": "x"}},
    ],
)
def test_what_cannot_be_is_wrong(said: object) -> None:
    assert isinstance(understood(json.dumps(said)), Wrong)


@given(st.text())
def test_no_name_leads_out_of_the_output_folder(name: str) -> None:
    file = output_file(name)

    assert isinstance(file, Wrong) or not ({"..", ".", ""} & set(name.split("/")))


@given(st.text())
def test_every_line_is_something(line: str) -> None:
    assert isinstance(understood(line), Line | Progress | OutputFile | Wrong)

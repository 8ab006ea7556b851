"""Drafts: every line is judged beside the others, by the rules of a real request."""

import json
from typing import Any

import pytest

from fakes import FakeTargets
from vxpipe.handlers import requests
from vxpipe.handlers.drafts import DraftIn, Judged, judged

BOUNDS = requests.Bounds(max_items=3)


def draft(text: str, options: dict[str, Any] | None = None, bounds: requests.Bounds = BOUNDS) -> Judged:
    return judged(DraftIn(text=text, options=options or {}), FakeTargets(), bounds)


def test_a_wrong_line_hides_no_right_one() -> None:
    found = draft("fake:abc\nhello\nfake:1\nhttps://fake.example/def\nother:x")

    assert [line.state for line in found.lines] == ["ready", "wrong", "wrong", "ready", "wrong"]
    assert [line.entry.fault and line.entry.fault[:15] for line in found.lines] == [
        None, "no link, and no", "'1' is not a co", None, "unknown platfor",
    ]  # fmt: skip
    assert [wish.target.code for wish in found.batch.wishes] == ["abc", "def"]
    assert found.faults == ()


def test_a_line_that_asks_for_the_same_as_an_earlier_one_is_sent_once() -> None:
    own = json.dumps({"platform": "fake", "code": "abc", "options": {"sheet": False}})
    found = draft(f'["fake:abc", "https://fake.example/abc", {own}]')

    assert [line.same_as and line.same_as.place for line in found.lines] == [None, "1.1", None]
    assert [line.state for line in found.lines] == ["ready", "double", "ready"]
    assert len(found.batch.wishes) == 2


def test_options_of_the_list_go_part_by_part_before_those_of_the_form() -> None:
    batch = {"items": ["fake:abc"], "options": {"frames": {"max": 2}}, "labels": {"p": "x"}, "priority": 3}

    found = draft(json.dumps(batch), {"sheet": False, "frames": {"max": 9}})

    assert found.besides == {
        "options": {"sheet": False, "frames": {"max": 2}}, "labels": {"p": "x"}, "priority": 3,
    }  # fmt: skip
    assert "brings options, labels, priority" in found.notes[0]
    assert (found.recipe.sheet, found.recipe.frames.max) == (False, 2)


@pytest.mark.parametrize(
    ("batch", "place"),
    [
        ({"options": {"image": {"maxWidth": -5}}}, "options.image.maxWidth: "),
        ({"options": "fast"}, "options: "),
        ({"options": None}, "options: "),
        ({"labels": 3}, "labels: "),
        ({"webhook": {"url": "https://hooks.example"}}, "webhook: "),
        ({"colour": "red"}, "colour: "),
    ],
)
def test_what_is_wrong_with_a_batch_in_json_leaves_its_lines_judged(batch: dict[str, Any], place: str) -> None:
    found = draft(json.dumps({"items": ["fake:abc"], **batch}))

    (fault,) = found.faults
    assert (fault.pointer, fault.detail.startswith(f"in your JSON, {place}")) == ("#/text", True)
    assert found.lines[0].is_ready


def test_what_is_wrong_with_the_options_beside_the_text_is_told_by_its_place() -> None:
    (fault,) = draft("fake:abc", {"image": {"maxWidth": -5}}).faults

    assert (fault.pointer, fault.detail) == ("#/options/image/maxWidth", "expected 16 or more, not -5")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("fake:abc\nfake:def", ""),
        ("# mine\nfake:abc\nhello\n\nfake:abc", "# mine\nhello\n"),
        ("title,url\nx,https://fake.example/abc\ny,nothing", "title,url\ny,nothing"),
        ("https://fake.example/abc https://other.example/x\nhello", "https://other.example/x\nhello"),
        ('url,title\nhttps://fake.example/abc,"a\nb"\nbad,x', "url,title\nbad,x"),
        ('url,title\nhttps://other.example/abc,"a\nb"\nfake:abc', 'url,title\nhttps://other.example/abc,"a\nb"'),
        ("fake:abc\rhello\r\nfake:1", "hello\nfake:1"),
        ('[{"url": "https://fake.example/abc"},\nfake:abc]', '[{"url": "https://fake.example/abc"},\nfake:abc]'),
        ('{"items": {}}', '{"items": {}}'),
        (f'["{"x" * 20_000}"]', f'"{"x" * 20_000}"'),
        ('{"platform":"fake","code":"abc"}\n{"code":\nfake:def', '{"code":'),
        ('["fake:abc", {"platform": "other", "code": "x"}]', '{"platform": "other", "code": "x"}'),
        ('{"url": "https://fake.example/abc"},\n{"url": "x"},\n', '{"url": "x"},\n'),
    ],
)
def test_what_cannot_be_sent_is_what_stays(text: str, rest: str) -> None:
    assert draft(text).rest == rest


def test_what_is_wrong_within_an_item_is_told_with_its_name() -> None:
    (line,) = draft('[{"platform": "fake", "code": "abc", "options": {"sheet": "off"}}]').lines

    assert line.entry.fault == "options.sheet: expected true or false"


def test_too_many_videos_are_told_and_doubles_are_not_counted() -> None:
    assert draft("fake:a\nfake:a\nfake:b\nfake:c").faults == ()
    (fault,) = draft("fake:a\nfake:b\nfake:c\nfake:d").faults

    assert (fault.pointer, fault.detail) == ("#/text", "4 videos, but one request may hold 3")


def test_videos_whose_encoder_is_not_to_be_had_are_not_too_many() -> None:
    own = [{"platform": "fake", "code": code, "options": {"clip": {"encoder": "av1_nvenc"}}} for code in "abcd"]
    found = draft(json.dumps(own))

    assert {"av1_nvenc"} == set(found.encoders)
    assert 1 == len(found.faults)
    assert () == found.without({"av1_nvenc": "no GPU"}).faults


def test_an_endless_list_is_looked_at_up_to_a_bound() -> None:
    found = draft("fake:a\n" * 100_000)

    assert len(found.lines) == 1000
    assert "only the first 1000 were looked at" in found.faults[0].detail


@pytest.mark.parametrize("line", ["id", "#", "", '{"'])
def test_of_endless_lines_so_many_are_looked_at(line: str) -> None:
    found = draft(f"fake:a\n{line}\n" + f"{line}\n" * 50_000 + "fake:b")

    assert ["a"] == [wish.target.code for wish in found.batch.wishes]
    assert "were looked at" in found.faults[0].detail
    assert found.rest.endswith("fake:b")


def test_of_an_endless_list_in_json_what_was_not_looked_at_stays() -> None:
    many = [f"fake:{'x' * length}" for length in range(1, 1201)]

    found = draft(json.dumps(["hello", *many]))

    assert ["hello", *many[999:]] == json.loads(found.rest)


def test_several_on_a_line_are_told_apart_by_their_places() -> None:
    found = draft("fake:abc\nhttps://fake.example/abc https://fake.example/def")

    assert ["1", "2.1", "2.2"] == [line.place for line in found.lines]
    assert [1, 2, 2] == [line.entry.line for line in found.lines]


def test_a_code_before_its_platform_is_taken_in_a_table_without_a_header() -> None:
    found = draft("abc,fake\nfake,def\nabc,nowhere\n1;fake\nabc:fake")

    faults = [(line.entry.fault or "")[:15] for line in found.lines]
    assert ["", "", "unknown platfor", "'1' is not a co", "unknown platfor"] == faults
    assert [wish.target.code for wish in found.batch.wishes] == ["abc", "def"]
    assert found.lines[0].entry.item == {"platform": "fake", "code": "abc"}


def test_a_number_that_is_wrong_is_told_as_it_was_written() -> None:
    (line,) = draft('[{"platform": 76979871, "code": "abc"}]').lines

    assert line.entry.fault == 'platform: expected a text, not 76979871: write "76979871"'

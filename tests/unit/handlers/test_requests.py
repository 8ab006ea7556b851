"""Bodies in: every fault is named at its place."""

import json
from typing import Any

import pytest

from fakes import FakeTargets
from vxpipe import recipe
from vxpipe.errors import BadRequest, Invalid
from vxpipe.handlers import requests
from vxpipe.recipe import Aspect, Mode, Rectangle

ITEM = {"platform": "fake", "code": "abc"}


def parse(body: Any) -> Any:
    return requests.parse_process(json.dumps(body).encode(), FakeTargets(), requests.Bounds(max_items=3))


def test_codes_and_links_become_targets() -> None:
    batch = parse({"items": [ITEM, {"url": "https://fake.example/def"}]})

    assert [wish.target.code for wish in batch.wishes] == ["abc", "def"]
    assert batch.recipe.frames.mode is Mode.SCENES


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"frames": {"mode": "nonsense"}}, "#/options/frames/mode"),
        ({"frames": {"mode": "interval"}}, "#/options/frames/every"),
        ({"frames": {"min": 9, "max": 3}}, "#/options/frames/min"),
        ({"frames": {"min": 501}}, "#/options/frames/min"),
        ({"frames": {"mode": "count", "count": 3, "min": 9, "max": 3}}, "#/options/frames/min"),
        ({"frames": {"threshold": 1.5}}, "#/options/frames/threshold"),
        ({"frames": {"at": [1, -1], "mode": "timestamps"}}, "#/options/frames/at/1"),
        ({"image": {"format": "gif"}}, "#/options/image/format"),
        ({"image": {"quality": 0}}, "#/options/image/quality"),
        ({"crop": "some"}, "#/options/crop"),
        ({"crop": {"x": 1, "y": 2, "width": 3}}, "#/options/crop/height"),
        ({"crop": {"aspect": "9/16"}}, "#/options/crop/aspect"),
        ({"dedupe": {"distance": 65}}, "#/options/dedupe/distance"),
        ({"colour": "red"}, "#/options/colour"),
        ({"sheet": "off"}, "#/options/sheet"),
        ({"image": {"max_width": 100}}, "#/options/image/max_width"),
        ({"frames": {"every": 5}}, "#/options/frames/every"),
        ({"frames": {"mode": "count", "count": 3, "at": [1]}}, "#/options/frames/at"),
        ({"dedupe": {"enabled": "yes"}}, "#/options/dedupe/enabled"),
        ({"frames": {"max": "9"}}, "#/options/frames/max"),
        ({"clip": {"encoder": "guess"}}, "#/options/clip/encoder"),
        ("fast", "#/options"),
    ],
)
def test_a_wrong_option_is_named_by_its_pointer(options: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse({"items": [ITEM], "options": options})

    assert pointer in [fault.pointer for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("item", "pointer"),
    [
        ({"platform": "fake"}, "#/items/0"),
        ({}, "#/items/0"),
        ({"platform": "fake", "code": 7}, "#/items/0/code"),
        ({"platform": "fake", "code": "../x"}, "#/items/0/code"),
        ({"platform": "other", "code": "abc"}, "#/items/0/platform"),
        ({"url": "https://other.example/abc"}, "#/items/0/url"),
        ({"url": "https://fake.example/abc", "code": "abc"}, "#/items/0"),
        ({**ITEM, "quality": "high"}, "#/items/0/quality"),
        ("abc", "#/items/0"),
    ],
)
def test_a_wrong_item_is_named_by_its_pointer(item: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse({"items": [item]})

    assert [fault.pointer for fault in caught.value.faults] == [pointer]


def test_every_wrong_item_is_named_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        parse({"items": [{"platform": "x", "code": "a"}, ITEM, {"platform": "fake", "code": "1"}]})

    assert [fault.pointer for fault in caught.value.faults] == ["#/items/0/platform", "#/items/2/code"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (3, 'expected an object like {"items": [{"url": "https://youtu.be/aqz-KE-bpKQ"}]}'),
        ({"items": ["fake:abc"]}, 'expected an object like {"url": "https://youtu.be/aqz-KE-bpKQ"} or {"platform": '),
        ({"items": [ITEM], "options": {"clip": True}}, 'expected an object like {"quality": 23}'),
        ({"items": [ITEM], "options": {"frames": {"max": "9"}}}, "expected a whole number"),
        ({"items": [ITEM], "options": {"frames": {"max": 9000}}}, "expected 2000 or less, not 9000"),
        ({"items": [ITEM], "options": {"image": {"format": "gif"}}}, "expected 'jpg', 'png' or 'webp'"),
        ({"items": [ITEM], "options": {"crop": {"aspect": "9x16"}}}, 'such as "9:16"'),
        ({"items": [ITEM], "options": {"image": {"max_width": 90}}}, "did you mean maxWidth?"),
        ({"items": [ITEM], "colour": "red"}, "nothing of this name is known here"),
        (
            {"items": [{"path": "/films/a.mp4"}]},
            "nothing of this name is known here; known are platform, code, url, options",
        ),
        ({"items": [{"platfrom": "vimeo", "code": "76979871"}]}, "did you mean platform?"),
        ({"items": [{"url": "https://youtu.be/a", "options": {"frames": {"evry": 3}}}]}, "did you mean every?"),
        ({"items": [{"platform": "vimeo", "code": 76979871}]}, 'expected a text, not 76979871: write "76979871"'),
        ({"items": [{"platform": "x", "code": "a"}]}, "GET /platforms tells of all"),
        ({}, "this is missing"),
    ],
)
def test_what_was_expected_is_told_in_plain_words(body: Any, detail: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(body)

    assert detail in caught.value.faults[0].detail


@pytest.mark.parametrize("name", requests.OBJECTS)
def test_the_example_of_an_object_is_one(name: str) -> None:
    model = getattr(recipe, name)

    assert model.model_validate_json(requests.OBJECTS[name], by_alias=True, by_name=False)


@pytest.mark.parametrize("digits", [20, 400, 4000])
def test_a_number_of_any_length_is_told_by_its_place(digits: int) -> None:
    number = int("9" * digits)

    with pytest.raises(Invalid) as caught:
        parse({"items": [ITEM], "priority": number, "options": {"frames": {"max": number}}})

    assert [fault.pointer for fault in caught.value.faults] == ["#/options/frames/max", "#/priority"]


def test_what_is_wrong_with_the_shape_hides_no_wrong_item() -> None:
    items = [{"platform": "x", "code": "a"}, {"code": 10**30}, {"platform": "fake", "code": "1"}]

    with pytest.raises(Invalid) as caught:
        parse({"items": items, "options": {"crop": "9:16"}})

    assert [fault.pointer for fault in caught.value.faults] == [
        "#/items/1/code", "#/options/crop", "#/items/0/platform", "#/items/2/code",
    ]  # fmt: skip
    assert '{"aspect": "9:16"}' in caught.value.faults[1].detail


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b"\xff", "bad_json"),
        (b'{"items": []}', "no_items"),
        (json.dumps({"items": [ITEM] * 4}).encode(), "too_many_items"),
    ],
)
def test_a_request_that_makes_no_sense_is_a_bad_one(body: bytes, code: str) -> None:
    with pytest.raises(BadRequest) as caught:
        requests.parse_process(body, FakeTargets(), requests.Bounds(max_items=3))

    assert caught.value.code == code


@pytest.mark.parametrize("body", [[], None, 3, {}, {"items": {}}, {"items": None}, {"items": [ITEM], "more": 1}])
def test_the_wrong_shape_is_invalid(body: Any) -> None:
    with pytest.raises(Invalid):
        parse(body)


def test_a_ceiling_below_the_usual_least_number_of_frames_is_fine() -> None:
    recipe = parse({"items": [ITEM], "options": {"frames": {"max": 2}}}).recipe

    assert recipe.frames.max == 2


@pytest.mark.parametrize("named", [{"mode": "count", "count": 1000}, {"mode": "timestamps", "at": [1]}])
def test_what_is_named_is_bounded_by_no_default(named: dict[str, Any]) -> None:
    recipe = parse({"items": [ITEM], "options": {"frames": {**named, "min": 600}}}).recipe

    assert recipe.frames.most == 2000


def test_what_is_wrong_with_a_crop_is_said_of_its_form_alone() -> None:
    with pytest.raises(Invalid) as caught:
        parse({"items": [ITEM], "options": {"crop": {"aspect": "9x16"}}})

    assert [fault.pointer for fault in caught.value.faults] == ["#/options/crop/aspect"]


@pytest.mark.parametrize(
    ("crop", "expected"),
    [
        ("none", "none"),
        ({"x": 1, "y": 2, "width": 100, "height": 50}, Rectangle(x=1, y=2, width=100, height=50)),
        ({"aspect": "9:16"}, Aspect(aspect="9:16")),
    ],
)
def test_every_form_of_crop_is_understood(crop: Any, expected: Any) -> None:
    recipe = parse({"items": [ITEM], "options": {"crop": crop}}).recipe

    assert recipe.crop == expected


def test_of_very_many_unknown_names_the_first_are_told_and_the_others_counted() -> None:
    unknown = {f"frmes{number}": 1 for number in range(5000)}

    with pytest.raises(Invalid) as caught:
        parse({"items": [ITEM], **unknown})

    *told, last = caught.value.faults
    assert 1000 == len(told)
    assert ("#", "4000 more are wrong") == (last.pointer, last.detail)
    assert 10 == sum("did you mean frames?" in fault.detail for fault in told)


def test_no_name_is_guessed_for_one_that_is_longer_than_any() -> None:
    with pytest.raises(Invalid) as caught:
        parse({"items": [ITEM], "options": {"maxWidth" + "h" * 100: 1, "x" * 300_000: 1}})

    assert {"nothing of this name is known here"} == {fault.detail for fault in caught.value.faults}

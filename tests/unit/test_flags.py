"""Flags become the same recipe that a request would."""

import pytest
from typer.main import get_group

from vxpipe import commands, flags
from vxpipe.cli import cli
from vxpipe.errors import ConfigError
from vxpipe.options import Options
from vxpipe.recipe import Aspect, Clip, Mode, Recipe, Rectangle

NONE = {"mode": None, "every": None, "count": None, "at": None}


def test_no_flags_are_the_default_recipe() -> None:
    assert flags.recipe(frames=NONE, crop=None, dedupe={"enabled": None}, sheet=None, clip=None) == Recipe()


@pytest.mark.parametrize(
    ("figure", "value", "mode"),
    [("every", 2.0, Mode.INTERVAL), ("count", 4, Mode.COUNT), ("at", [1.0], Mode.TIMESTAMPS)],
)
def test_a_figure_of_one_mode_asks_for_that_mode(figure: str, value: object, mode: Mode) -> None:
    assert flags.recipe(frames={**NONE, figure: value}, crop=None).frames.mode is mode


def test_every_part_reaches_the_recipe() -> None:
    made = flags.recipe(
        frames={**NONE, "max": 9},
        crop={"aspect": "9:16"},
        dedupe={"enabled": False, "distance": 3},
        drop={"blank": False, "blurry": True},
        image={"format": "png", "maxWidth": 640},
        sheet=False,
        clip={},
    )

    assert (made.frames.max, made.crop, made.dedupe.enabled, made.dedupe.distance) == (
        9,
        Aspect(aspect="9:16"),
        False,
        3,
    )
    assert (made.drop.blank, made.drop.blurry, made.image.format, made.image.max_width) == (False, True, "png", 640)
    assert made.sheet is False
    assert made.clip is not None


def test_the_help_shows_what_holds_where_a_flag_is_not_given() -> None:
    """Switches and what has no default show none."""
    parts = {**Recipe().model_dump(), "clip": Clip().model_dump()}
    holds = {commands.flag("", "crop"): parts.pop("crop")}
    for part in ("frames", "dedupe", "drop", "image", "clip"):
        for name, value in parts[part].items():
            if not isinstance(value, bool | None):
                holds[commands.flag(part, name)] = str(value)

    options = get_group(cli).commands["run"].params
    shown = {option.opts[0]: option.show_default for option in options if isinstance(option.show_default, str)}

    assert holds == {flag: told.partition(";")[0] for flag, told in shown.items()}


def test_a_named_encoder_asks_for_a_clip() -> None:
    clips = [Options(**flags).recipe().clip for flags in ({"encoder": "hevc_nvenc"}, {"clip": True}, {})]

    assert [Clip(encoder="hevc_nvenc"), Clip(), None] == clips


def test_a_figure_of_the_clip_asks_for_one() -> None:
    clips = (Options(clip_quality=30).recipe().clip, Options(clip_max_height=720, quality=80).recipe().clip)

    assert (Clip(quality=30), Clip(max_height=720)) == clips


def test_a_wrong_figure_of_the_clip_is_told_apart_from_that_of_the_frames() -> None:
    with pytest.raises(ConfigError) as raised:
        Options(quality=0, clip_quality=90, clip_max_height=1, encoder="x265").recipe()

    flags_of_faults = [fault.partition(":")[0] for fault in str(raised.value).split("; ")]
    assert ["--quality", "--encoder", "--clip-quality", "--clip-max-height"] == flags_of_faults


@pytest.mark.parametrize(
    ("frames", "flag"),
    [
        ({"every": 0.001}, "--every"),
        ({"mode": "some"}, "--mode"),
        ({"mode": "interval"}, "every"),
        ({"max": 0}, "--max"),
    ],
)
def test_a_wrong_figure_names_its_flag(frames: dict[str, object], flag: str) -> None:
    with pytest.raises(ConfigError, match=flag):
        flags.recipe(frames=NONE | frames, crop=None)


@pytest.mark.parametrize("given", [("1.5,3,9",), ("1.5", "3", "9"), ("1.5,3", "9")])
def test_times_come_with_commas_or_flag_by_flag(given: tuple[str, ...]) -> None:
    assert [1.5, 3, 9] == flags.seconds("--at", *given)


@pytest.mark.parametrize(
    ("text", "cure"),
    [("1:02", ": write 62"), ("3.5,1:00:02.25", ": write 3.5,3602.25"), ("soon", "'soon'"), ("1:2:3:4", "'1:2:3:4'")],
)
def test_times_of_a_clock_are_told_in_seconds(text: str, cure: str) -> None:
    with pytest.raises(ConfigError, match="--at must be times in seconds") as raised:
        flags.seconds("--at", text)

    assert str(raised.value).endswith(cure)


@pytest.mark.parametrize(
    ("ratio", "cure"),
    [
        ("2.35:1", ': write "47:20"'),
        ("1:1.5", ': write "2:3"'),
        ("2.3501:1", ', such as "9:16"'),
        ("0.0:1", ', such as "9:16"'),
        ("16/9", ', such as "9:16"'),
    ],
)
def test_a_ratio_of_decimals_is_told_in_whole_numbers(ratio: str, cure: str) -> None:
    with pytest.raises(ConfigError, match=f"in whole numbers{cure}"):
        flags.recipe(frames=NONE, crop={"aspect": ratio})


def test_no_times_are_no_list() -> None:
    assert flags.seconds("--at") is None


def test_crop_comes_in_all_its_forms() -> None:
    assert flags.crop("none") == "none"
    assert flags.crop("9:16") == {"aspect": "9:16"}
    assert Rectangle.model_validate(flags.crop("1,2,30,40")) == Rectangle(x=1, y=2, width=30, height=40)


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "1,2,3,-4", "some", "1;2;3;4"])
def test_a_wrong_crop_says_what_is_wanted(text: str) -> None:
    with pytest.raises(ConfigError, match="--crop must be"):
        flags.crop(text)


def test_job_input_names_the_targets() -> None:
    text = '[{"platform": "x", "code": "123"}, {"url": "https://youtu.be/aqz-KE-bpKQ"}]'

    assert flags.job_input(text) == [{"platform": "x", "code": "123"}, {"url": "https://youtu.be/aqz-KE-bpKQ"}]


WRONG_INPUTS = [None, "", "x:123", "{}", "[]", "{}x", "3", '[{"platform": "x"}]', "[3]", "[" * 9999]
WRONG_INPUTS += ['[{"platform": "x", "code": 3}]', '[{"platform": "x", "code": "1", "more": 1}]']


@pytest.mark.parametrize("text", WRONG_INPUTS)
def test_a_wrong_job_input_says_what_is_wanted(text: str | None) -> None:
    with pytest.raises(ConfigError, match="JOB_INPUT"):
        flags.job_input(text)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ('{"platform": "vimeo"}', "item 1 lacks code"),
        ("{}", "item 1 lacks code and platform"),
        ('{"url": "https://vimeo.com/1", "options": {}}', "item 1 has options, which is not taken here: options are"),
        ('{"url": "https://vimeo.com/1", "code": "1"}', "item 1 has url and code: give one or the other"),
        ('{"platform": "x", "code": 3}', "item 1 has no string as code"),
        ("[]", "item 1 is no object"),
    ],
)
def test_a_wrong_item_of_job_input_is_told_by_what_is_wrong_with_it(item: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        flags.job_input(f'[{{"url": "https://youtu.be/aqz-KE-bpKQ"}}, {item}]')

    assert said in str(raised.value)


def test_every_wrong_item_of_job_input_is_told_of_many_the_first() -> None:
    with pytest.raises(ConfigError) as raised:
        flags.job_input(f"[{', '.join(['{}'] * 30)}]")

    said = str(raised.value)
    assert "; item 0 lacks code and platform; item 1 lacks" in said
    assert said.endswith("item 19 lacks code and platform; and 10 more")


def test_what_is_wrong_is_said_once_with_what_came() -> None:
    with pytest.raises(ConfigError) as raised:
        flags.recipe(frames={"at": [-1.0]}, crop=None)

    assert "--at: expected 0 or more, not -1" == str(raised.value)


def test_figures_of_two_modes_are_refused_by_their_flags() -> None:
    with pytest.raises(ConfigError, match="--every and --count"):
        flags.recipe(frames={"every": 1.0, "count": 3}, crop=None)


def test_a_wrong_figure_of_a_crop_is_told_by_its_name() -> None:
    with pytest.raises(ConfigError) as raised:
        flags.recipe(frames=NONE, crop=flags.crop("0,0,99999,10"))

    assert "--crop: width: expected 16384 or less, not 99999; --crop: height: expected 16 or more, not 10" == str(
        raised.value
    )

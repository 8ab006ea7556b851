"""Decisions from facts: crops, sizes, limits, damage."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media import plan
from vxpipe.engine.media.changes import Changes
from vxpipe.engine.media.packets import WHOLE, Flags, PacketMap
from vxpipe.errors import VxError
from vxpipe.model import Crop, MediaInfo
from vxpipe.recipe import Aspect, Clip, Image, Recipe, Rectangle

INFO = MediaInfo(container="mp4", codec="h264", width=1280, height=720, fps=25, duration=10.0, frames=250)
PILLAR = Crop(x=160, y=0, width=960, height=720, confidence=0.9)


@pytest.mark.parametrize(("duration", "wall"), [(1.0, 60), (10.0, 200), (None, 3600)])
def test_the_wall_limit_grows_with_the_film(duration: float | None, wall: float) -> None:
    assert wall == plan.plan_extraction(replace(INFO, duration=duration), Recipe()).wall_seconds


def test_borders_of_a_long_film_are_looked_for_by_seeking() -> None:
    times = plan.plan_extraction(replace(INFO, duration=3600.0), Recipe()).border_times

    assert sorted(times) == list(times)
    assert 0 < times[0]
    assert times[-1] < 3600
    assert () == plan.plan_extraction(INFO, Recipe()).border_times


@pytest.mark.parametrize("crop", ["none", Rectangle(x=0, y=0, width=16, height=16)])
def test_borders_are_not_looked_for_when_nobody_asks(crop: object) -> None:
    recipe = Recipe.model_validate({"crop": crop})

    assert not plan.plan_extraction(INFO, recipe).detect_borders


@pytest.mark.parametrize(("x", "y", "width", "height"), [(1, 0, 1280, 720), (0, 700, 100, 21), (1280, 0, 16, 16)])
def test_a_crop_beyond_the_picture_is_refused(x: int, y: int, width: int, height: int) -> None:
    recipe = Recipe(crop=Rectangle.model_construct(x=x, y=y, width=width, height=height))

    with pytest.raises(VxError) as failure:
        plan.plan_extraction(INFO, recipe)

    assert "bad_crop" == failure.value.code


def test_a_fixed_crop_is_taken_as_it_is() -> None:
    crop = plan.crop_for(INFO, Recipe(crop=Rectangle(x=3, y=5, width=101, height=51)), PILLAR)

    assert Crop(x=3, y=5, width=101, height=51, confidence=1.0) == crop


@pytest.mark.parametrize(
    ("aspect", "inside", "expected"),
    [
        ("9:16", None, (437, 0, 405, 720)),
        ("1:1", PILLAR, (280, 0, 720, 720)),
        ("16:9", PILLAR, (160, 90, 960, 540)),
        ("16:9", None, None),
    ],
)
def test_an_aspect_is_cut_from_the_middle_of_the_picture(
    aspect: str, inside: Crop | None, expected: tuple[int, int, int, int] | None
) -> None:
    crop = plan.crop_for(INFO, Recipe(crop=Aspect(aspect=aspect)), inside)

    assert expected == (crop and (crop.x, crop.y, crop.width, crop.height))


@given(
    st.integers(16, 8000), st.integers(16, 8000), st.integers(1, 9999), st.integers(1, 9999),
    st.sampled_from([0.5, 1.0, 16 / 15, 2.0]),
)  # fmt: skip
def test_an_aspect_never_leaves_the_picture(width: int, height: int, across: int, down: int, sar: float) -> None:
    info = replace(INFO, width=width, height=height, sar=sar)

    crop = plan.crop_for(info, Recipe(crop=Aspect(aspect=f"{across}:{down}")), None)

    if crop is not None:
        assert 0 <= crop.x
        assert 0 <= crop.y
        assert 1 <= crop.width <= width - crop.x
        assert 1 <= crop.height <= height - crop.y


@pytest.mark.parametrize(
    ("image", "sar", "expected"),
    [
        (Image(), 1.0, (960, 720)),
        (Image(), 4 / 3, (1280, 720)),
        (Image(max_width=480), 1.0, (480, 360)),
        (Image(max_height=100, max_width=480), 1.0, (133, 100)),
        (Image(max_width=5000), 1.0, (960, 720)),
    ],
)
def test_frames_have_square_pixels_and_are_only_ever_shrunk(
    image: Image, sar: float, expected: tuple[int, int]
) -> None:
    assert expected == plan.frame_size(replace(INFO, sar=sar), PILLAR, image)


@given(st.integers(16, 8192), st.integers(16, 4320), st.integers(16, 4000), st.integers(16, 4000))
def test_a_frame_keeps_its_shape_within_the_limits(width: int, height: int, most_width: int, most_height: int) -> None:
    info = replace(INFO, width=width, height=height)

    across, down = plan.frame_size(info, None, Image(max_width=most_width, max_height=most_height))

    assert 1 <= across <= min(width, most_width)
    assert 1 <= down <= min(height, most_height)
    assert abs(across - down * width / height) <= max(1.0, width / height)


@given(st.integers(16, 4000), st.integers(16, 4000))
def test_a_clip_has_even_sides(width: int, height: int) -> None:
    across, down = plan.clip_size(replace(INFO, width=width, height=height), None, Clip())

    assert (0, 0) == (across % 2, down % 2)
    assert width - across in {0, 1}
    assert height - down in {0, 1}


@given(st.integers(1, 2000))
def test_a_sheet_holds_every_shown_frame_and_stays_small(frames: int) -> None:
    sheet = plan.sheet_of(frames, (640, 360))
    shown = -(-frames // sheet.step)

    assert shown <= sheet.columns * sheet.rows <= 100
    assert sheet.columns * (sheet.rows - 1) < shown
    assert abs(sheet.columns - sheet.rows) <= 1 or sheet.rows <= sheet.columns


@pytest.mark.parametrize(
    ("frame", "cell", "size"),
    [((640, 360), (240, 135), (736, 282)), ((90, 160), (135, 240), (421, 492)), ((4000, 3), (240, 1), (736, 14))],
)
def test_a_cell_holds_its_frame_whole(frame: tuple[int, int], cell: tuple[int, int], size: tuple[int, int]) -> None:
    sheet = plan.sheet_of(5, frame)

    assert (3, 2) == (sheet.columns, sheet.rows)
    assert cell == sheet.cell
    assert size == sheet.size


def test_frames_are_found_again_by_their_pts() -> None:
    assert plan.Picks("pts", (-512, 700)) == plan.picks(np.array([-512, 0, 700]), [0, 2])


@pytest.mark.parametrize("pts", [[0, 1, 1], [0, 5, 3]])
def test_frames_are_counted_where_pts_do_not_tell_them_apart(pts: list[int]) -> None:
    assert plan.Picks("n", (0, 2)) == plan.picks(np.array(pts), [0, 2])


@pytest.mark.parametrize(
    ("frames", "seconds", "errors", "damaged"),
    [
        (250, 10.0, 0, False),
        (250, 10.0, 7, False),
        (240, 9.6, 0, False),  # short by less than half a second
        (200, 8.0, 0, True),
        (200, 10.0, 0, False),  # fewer frames without a complaint: an edit list
        (200, 10.0, 3, True),
    ],
)
def test_noticeable_loss_is_told(frames: int, seconds: float, errors: int, damaged: bool) -> None:
    warning = plan.damage_warning(INFO, frames=frames, seconds=seconds, errors=errors)

    assert damaged == (warning is not None)
    if warning:
        assert ("damaged_source", frames, 250) == (
            warning["code"], warning["decodedFrames"], warning["promisedFrames"],
        )  # fmt: skip


def test_a_film_of_unknown_length_is_not_called_damaged() -> None:
    info = replace(INFO, duration=None, frames=None)

    assert plan.damage_warning(info, frames=3, seconds=0.1, errors=0) is None


def _packets(seconds: float, group: int, *, fps: int = 25, others: int = 10) -> PacketMap:
    """A film whose keyframes take 1000 bytes, and its other frames `others`."""
    frames = np.arange(int(seconds * fps))
    keys = frames % group == 0
    return PacketMap(
        pts=frames, sizes=np.where(keys, 1000, others), keys=keys,
        hidden=np.zeros(len(frames), np.bool_), unit=Fraction(1, fps),
    )  # fmt: skip


SHORT_GROUPS = _packets(60, 50)
LIVELY = 600


@pytest.mark.parametrize(
    ("info", "packets", "look"),
    [
        (INFO, None, plan.Look.EVERYTHING),
        (replace(INFO, interlaced=True), SHORT_GROUPS, plan.Look.EVERYTHING),
        (INFO, SHORT_GROUPS, plan.Look.CHANGES),
        (INFO, _packets(240, 250), plan.Look.CHANGES),
        (INFO, _packets(240, 250, others=LIVELY), plan.Look.REFERENCES),
        (INFO, _packets(10, 250), plan.Look.REFERENCES),
        (INFO, _packets(60, 1), plan.Look.REFERENCES),  # all of them keyframes
        (INFO, _packets(240, 40, fps=4, others=LIVELY), plan.Look.EVERYTHING),  # what is referred to lies too far apart
        (replace(INFO, codec="vp9"), SHORT_GROUPS, plan.Look.CHANGES),
        (replace(INFO, codec="vp9"), _packets(240, 250, others=LIVELY), plan.Look.EVERYTHING),
    ],
)
def test_scenes_decode_as_little_as_codec_and_groups_allow(
    info: MediaInfo, packets: PacketMap | None, look: plan.Look
) -> None:
    assert look == plan.plan_extraction(info, Recipe(), packets).look


def test_frames_nobody_needs_are_told_apart_where_much_is_decoded() -> None:
    recipe = Recipe.model_validate_json('{"frames": {"mode": "interval", "every": 1}}')
    layered = np.arange(1500) + np.tile([0, 1, -1], 500)  # every third frame is shown before the one in front of it
    film = replace(SHORT_GROUPS, pts=np.append(0, layered[:-1] + 1))

    assert plan.plan_extraction(INFO, recipe, film).lean
    assert not plan.plan_extraction(replace(INFO, codec="vp9"), recipe, film).lean
    assert not plan.plan_extraction(INFO, recipe, SHORT_GROUPS).lean  # all of them are references


def test_what_may_go_unseen_is_bounded_and_told() -> None:
    half = _changes(np.arange(len(SHORT_GROUPS)) < len(SHORT_GROUPS) // 2)
    chosen = plan.plan_extraction(INFO, Recipe(), SHORT_GROUPS)

    narrow = plan.narrowed(chosen, SHORT_GROUPS, half)

    assert (plan.Look.CHANGES, 2.0) == (narrow.look, narrow.unseen_seconds)
    assert "2.00 s" in narrow.reason
    assert plan.Look.REFERENCES == plan.narrowed(chosen, SHORT_GROUPS, _changes(half.needed | True)).look


def _changes(needed: Flags) -> Changes:
    nowhere = np.zeros(len(SHORT_GROUPS.starts), np.bool_)
    return Changes(needed=needed, entered=nowhere, may_cut=nowhere)


def test_named_frames_that_are_references_need_no_others() -> None:
    recipe = Recipe.model_validate_json('{"frames": {"mode": "keyframes"}}')

    chosen = plan.plan_extraction(INFO, recipe, SHORT_GROUPS)

    assert (plan.Look.NAMED, 30, True, True) == (
        chosen.look, len(chosen.named), chosen.references_only, chosen.save_at_once
    )  # fmt: skip
    needed = SHORT_GROUPS.needed_for(np.array(chosen.named))
    assert 30 == len(plan.reading(chosen, needed).keep or ())


@pytest.mark.parametrize(("seconds", "look", "named"), [(360, plan.Look.NAMED, 9000), (440, plan.Look.EVERYTHING, 0)])
def test_thousands_of_frames_are_named_and_still_more_are_found_by_decoding_all(
    seconds: int, look: plan.Look, named: int
) -> None:
    recipe = Recipe.model_validate_json('{"frames": {"mode": "interval", "every": 0.04}}')

    chosen = plan.plan_extraction(INFO, recipe, _packets(seconds, 50))

    assert (look, named) == (chosen.look, len(chosen.named))


def test_a_plan_that_failed_gives_way_to_one_that_trusts_nothing() -> None:
    chosen = plan.thorough(plan.plan_extraction(INFO, Recipe(), SHORT_GROUPS), because="the decoder complained")

    assert plan.Look.EVERYTHING == chosen.look
    assert WHOLE == plan.reading(chosen)
    assert (WHOLE,) == plan.readings_for(chosen, SHORT_GROUPS, plan.Picks("pts", (3,)))
    assert "complained" in chosen.reason


def test_a_chosen_frame_is_decoded_from_its_keyframe_and_else_from_everything() -> None:
    chosen = plan.plan_extraction(INFO, Recipe(), SHORT_GROUPS)

    first, last = plan.readings_for(chosen, SHORT_GROUPS, plan.Picks("pts", (3, 60)))

    assert ((0, 3), (50, 60)) == first.keep
    assert (None, True) == (last.keep, last.exact)

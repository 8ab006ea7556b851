"""Crops, sizes of frames and clips, the shape of the sheet."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media import framing
from vxpipe.model import Crop, MediaInfo
from vxpipe.recipe import Aspect, Clip, Frames, Image, Mode, Recipe, Rectangle

INFO = MediaInfo(container="mp4", codec="h264", width=1280, height=720, fps=25, duration=10.0, frames=250)
PILLAR = Crop(x=160, y=0, width=960, height=720, confidence=0.9)


def test_a_fixed_crop_is_taken_as_it_is() -> None:
    crop = framing.crop_for(INFO, Recipe(crop=Rectangle(x=3, y=5, width=101, height=51)), PILLAR)

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
    crop = framing.crop_for(INFO, Recipe(crop=Aspect(aspect=aspect)), inside)

    assert expected == (crop and (crop.x, crop.y, crop.width, crop.height))


@pytest.mark.parametrize("detected", [PILLAR, None])
@pytest.mark.parametrize(
    ("frames", "by_shots"),
    [
        (Frames(), True),
        (Frames(mode=Mode.COUNT, count=9, pick="diverse"), True),
        (Frames(mode=Mode.COUNT, count=9), False),
        (Frames(mode=Mode.INTERVAL, every=2), False),
    ],
)
def test_shots_are_looked_for_within_the_borders_whatever_ratio_is_saved(
    frames: Frames, by_shots: bool, detected: Crop | None
) -> None:
    recipe = Recipe(frames=frames, crop=Aspect(aspect="9:16"))
    saved = framing.crop_for(INFO, recipe, detected)

    assert (detected if by_shots else saved) == framing.judged_crop(recipe, saved, detected)


def test_what_is_saved_is_judged_where_somebody_named_it() -> None:
    recipe = Recipe(crop=Rectangle(x=3, y=5, width=101, height=51))
    saved = framing.crop_for(INFO, recipe, None)

    assert saved == framing.judged_crop(recipe, saved, None)


@given(
    st.integers(16, 8000), st.integers(16, 8000), st.integers(1, 9999), st.integers(1, 9999),
    st.sampled_from([0.5, 1.0, 16 / 15, 2.0]),
)  # fmt: skip
def test_an_aspect_never_leaves_the_picture(width: int, height: int, across: int, down: int, sar: float) -> None:
    info = replace(INFO, width=width, height=height, sar=sar)

    crop = framing.crop_for(info, Recipe(crop=Aspect(aspect=f"{across}:{down}")), None)

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
    assert expected == framing.frame_size(replace(INFO, sar=sar), PILLAR, image)


@given(st.integers(16, 8192), st.integers(16, 4320), st.integers(16, 4000), st.integers(16, 4000))
def test_a_frame_keeps_its_shape_within_the_limits(width: int, height: int, most_width: int, most_height: int) -> None:
    info = replace(INFO, width=width, height=height)

    across, down = framing.frame_size(info, None, Image(max_width=most_width, max_height=most_height))

    assert 1 <= across <= min(width, most_width)
    assert 1 <= down <= min(height, most_height)
    assert abs(across - down * width / height) <= max(1.0, width / height)


@given(st.integers(16, 4000), st.integers(16, 4000))
def test_a_clip_has_even_sides(width: int, height: int) -> None:
    across, down = framing.clip_size(replace(INFO, width=width, height=height), None, Clip())

    assert (0, 0) == (across % 2, down % 2)
    assert width - across in {0, 1}
    assert height - down in {0, 1}


@pytest.mark.parametrize(
    ("size", "clip", "made"),
    [
        ((1280, 720), Clip(), None),
        ((101, 50), Clip(), {"width": 100, "height": 50}),
        ((102, 51), Clip(), {"width": 102, "height": 50}),
        ((101, 51), Clip(max_height=60), {"width": 100, "height": 50}),
        ((1280, 720), Clip(max_height=480), None),
    ],
)
def test_a_clip_that_is_smaller_than_its_picture_says_so(
    size: tuple[int, int], clip: Clip, made: dict[str, int] | None
) -> None:
    warning = framing.evened_warning(INFO, Crop(x=1, y=1, width=size[0], height=size[1], confidence=1.0), clip)

    assert made == (warning and warning["made"])
    assert warning is None or "clip_evened" == warning["code"]


@given(st.integers(1, 2000))
def test_a_sheet_holds_every_shown_frame_and_stays_small(frames: int) -> None:
    sheet = framing.sheet_of([(640, 360)] * frames)
    shown = -(-frames // sheet.step)

    assert shown <= sheet.columns * sheet.rows <= 100
    assert sheet.columns * (sheet.rows - 1) < shown
    assert abs(sheet.columns - sheet.rows) <= 1 or sheet.rows <= sheet.columns


@pytest.mark.parametrize(
    ("frame", "cell", "size"),
    [((640, 360), (240, 135), (736, 282)), ((90, 160), (135, 240), (421, 492)), ((4000, 3), (240, 1), (736, 14))],
)
def test_a_cell_holds_its_frame_whole(frame: tuple[int, int], cell: tuple[int, int], size: tuple[int, int]) -> None:
    sheet = framing.sheet_of([frame] * 5)

    assert (3, 2) == (sheet.columns, sheet.rows)
    assert cell == sheet.cell
    assert size == sheet.size

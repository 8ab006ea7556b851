"""What the encoders of a clip are told."""

import pytest

from vxpipe.engine.media import presets, trials
from vxpipe.engine.media.presets import CLIPS

NVENC = {"h264_nvenc": 51, "hevc_nvenc": 51, "av1_nvenc": 63}


def figures(encoder: str) -> list[float]:
    return [float(CLIPS[encoder].options(quality)["cq"]) for quality in range(52)]


@pytest.mark.parametrize(("encoder", "roughest"), NVENC.items())
def test_every_quality_is_one_that_the_encoder_knows(encoder: str, roughest: float) -> None:
    """To NVENC 0 is no quality: it would take the one it likes."""
    assert min(figures(encoder)) >= 1
    assert max(figures(encoder)) == roughest
    assert figures(encoder) == sorted(figures(encoder))


def test_the_encoders_of_gpus_are_those_that_are_tried() -> None:
    assert trials.ENCODERS == presets.NVENC


def test_the_default_quality_is_that_of_libx264_as_others_tell_it() -> None:
    assert {encoder: figures(encoder)[23] for encoder in NVENC} == {
        "h264_nvenc": 24, "hevc_nvenc": 26, "av1_nvenc": 32,
    }  # fmt: skip
    assert CLIPS["libx264"].options(23)["crf"] == "23"


def test_libx264_looks_ahead_in_no_thread_of_its_own_which_gave_other_bytes_now_and_then() -> None:
    assert CLIPS["libx264"].options(23)["x264-params"] == "sync-lookahead=0"


@pytest.mark.parametrize("encoder", CLIPS)
def test_an_encoder_is_told_its_name_and_nothing_in_its_way(encoder: str) -> None:
    options = CLIPS[encoder].options(23)

    assert options["c:v"] == encoder
    assert options.get("b:v", "0") == "0", "a bit rate would go before the quality"


@pytest.mark.parametrize(
    ("encoder", "size", "taken"),
    [
        ("h264_nvenc", (146, 146), True),
        ("h264_nvenc", (144, 1080), False),
        ("h264_nvenc", (1920, 144), False),
        ("h264_nvenc", (4096, 4096), True),
        ("h264_nvenc", (4098, 2160), False),
        ("hevc_nvenc", (4098, 2160), True),
        ("av1_nvenc", (160, 1080), False),
        ("libx264", (2, 2), True),
    ],
)
def test_pictures_of_sizes_that_an_encoder_does_not_take_are_not_given_to_it(
    encoder: str, size: tuple[int, int], taken: bool
) -> None:
    assert CLIPS[encoder].takes(size) == taken

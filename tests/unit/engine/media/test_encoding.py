"""Which encoders a clip is tried with."""

from dataclasses import replace

import pytest

from vxpipe.engine.media.encoding import Encode, cpu_seconds, encoders, refusal
from vxpipe.engine.media.ladder import Accel
from vxpipe.facts import Ability, Gpu

NVENC = ("h264_nvenc", "hevc_nvenc", "av1_nvenc")
L4 = Gpu(usable=Ability("NVIDIA L4"), context_seconds=0.4, abilities=tuple(map(Ability, NVENC)))
NO_NVENC = tuple(Ability(name, "it has none", "NVENC_NOT_ON_GPU") for name in NVENC)
H200 = replace(L4, usable=Ability("NVIDIA H200"), abilities=NO_NVENC)
BROKEN = Gpu(usable=Ability("NVIDIA L4", "the driver is too old", "DRIVER_TOO_OLD"))
MINUTE = Encode(wanted="auto", size=(1920, 1080), frames=1800, threads=2)


def told(
    encode: Encode, gpu: Gpu | None, accel: Accel = "auto", *, is_resting: bool = False
) -> tuple[tuple[str, ...], dict[str, str]]:
    found = encoders(encode, gpu, accel, is_resting=is_resting)
    return found.encoders, {name: reason.code for name, reason in found.left_out.items()}


def test_by_itself_a_clip_is_encoded_by_a_gpu_that_can() -> None:
    assert told(MINUTE, L4) == (("h264_nvenc", "libx264"), {})


@pytest.mark.parametrize(
    ("gpu", "resting", "accel", "code"),
    [
        (None, False, "auto", "GPU_ABSENT"),
        (BROKEN, False, "auto", "DRIVER_TOO_OLD"),
        (H200, False, "auto", "NVENC_NOT_ON_GPU"),
        (H200, False, "require", "NVENC_NOT_ON_GPU"),
        (L4, True, "auto", "RESTING"),
        (L4, False, "off", "SWITCHED_OFF"),
    ],
)
def test_where_the_gpu_does_not_encode_the_cpu_does_and_the_reason_is_told(
    gpu: Gpu | None, resting: bool, accel: Accel, code: str
) -> None:
    assert told(MINUTE, gpu, accel, is_resting=resting) == (("libx264",), {"h264_nvenc": code})


def test_what_the_cpu_has_done_before_a_gpu_is_open_is_the_cpus() -> None:
    """Three openings of 0.4 s; a second of 1080p is 0.5 s of two cores."""
    second = replace(MINUTE, frames=30)

    assert cpu_seconds(second) == pytest.approx(0.53, abs=0.01)
    assert told(second, L4) == (("libx264",), {"h264_nvenc": "NOT_WORTH_IT"})
    assert told(replace(second, wanted="h264_nvenc"), L4)[0] == ("h264_nvenc", "libx264")
    assert told(second, L4, "require") == (("h264_nvenc",), {})


def test_pictures_too_small_for_the_gpu_are_the_cpus() -> None:
    assert told(replace(MINUTE, size=(1920, 140)), L4) == (("libx264",), {"h264_nvenc": "OTHER_SIZE"})


@pytest.mark.parametrize("name", NVENC)
def test_a_named_encoder_is_tried_and_the_cpu_stands_in_for_it(name: str) -> None:
    assert told(replace(MINUTE, wanted=name), L4) == ((name, "libx264"), {})
    assert told(replace(MINUTE, wanted=name), H200) == (("libx264",), {name: "NVENC_NOT_ON_GPU"})


def test_where_gpus_are_required_the_cpu_stands_in_for_no_encoder_that_is_there_or_named() -> None:
    named = replace(MINUTE, wanted="hevc_nvenc")

    assert told(MINUTE, L4, "require") == (("h264_nvenc",), {})
    assert told(named, L4, "require") == (("hevc_nvenc",), {})
    assert told(named, H200, "require") == ((), {"hevc_nvenc": "NVENC_NOT_ON_GPU"})
    assert told(replace(MINUTE, wanted="libx264"), L4, "require") == (("libx264",), {})


def test_where_gpus_are_required_the_cpu_does_not_stand_in_for_an_encoder_that_may_be_had_soon() -> None:
    busy = Gpu(usable=Ability("NVIDIA L4", "it is busy", "GPU_BUSY"))

    assert told(MINUTE, L4, "require", is_resting=True) == ((), {"h264_nvenc": "RESTING"})
    assert told(MINUTE, busy, "require") == ((), {"h264_nvenc": "GPU_BUSY"})
    assert told(MINUTE, H200, "require", is_resting=True) == (("libx264",), {"h264_nvenc": "NVENC_NOT_ON_GPU"})


def test_the_cpu_alone_may_be_wanted() -> None:
    assert told(replace(MINUTE, wanted="libx264"), L4) == (("libx264",), {})


def test_an_encoder_that_is_not_there_is_refused_with_the_reason_and_those_that_are() -> None:
    found = (Ability("h264_nvenc"), Ability("av1_nvenc", "this GPU cannot do this codec", "CODEC_NOT_ON_GPU"))

    assert refusal("av1_nvenc", found, "auto") == (
        "av1_nvenc is not to be had on this machine: this GPU cannot do this codec (CODEC_NOT_ON_GPU); "
        "there are auto, h264_nvenc, hevc_nvenc, libx264"
    )
    assert [refusal(name, found, "auto") for name in ("h264_nvenc", "libx264", "auto")] == [None] * 3


def test_an_encoder_that_may_be_had_soon_is_not_refused() -> None:
    busy = (Ability("h264_nvenc", "no further video may be encoded", "SESSION_LIMIT"),)

    assert refusal("h264_nvenc", busy, "auto") is None


def test_where_gpus_are_switched_off_their_encoders_are_refused() -> None:
    assert refusal("h264_nvenc", tuple(map(Ability, NVENC)), "off") == (
        "h264_nvenc is not to be had on this machine: GPUs are not used: VXPIPE_ACCEL is off; there are auto, libx264"
    )
    assert refusal("libx264", tuple(map(Ability, NVENC)), "off") is None

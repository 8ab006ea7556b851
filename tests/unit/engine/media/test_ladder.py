"""On which rungs a decode is tried, and why not on others."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media import hardware, trials
from vxpipe.engine.media.hardware import Code
from vxpipe.engine.media.ladder import BY_CPU, Accel, Decode, Ladder, Rung, ladder, may_pay, told_bounds, way
from vxpipe.engine.media.obstacles import GATES, Gate
from vxpipe.engine.media.smaller import Smaller, for_averages, for_image
from vxpipe.facts import Ability, DecoderBounds, Gpu
from vxpipe.model import MediaInfo

INFO = MediaInfo(
    container="mov,mp4", codec="h264", profile="High", pixel_format="yuv420p", width=1920, height=1080, duration=60.0
)
DEEP = {"codec": "hevc", "profile": "Main 10", "pixel_format": "yuv420p10le"}
H200 = Gpu(
    usable=Ability("NVIDIA H200"),
    uuid="GPU-a",
    context_seconds=0.3,
    abilities=tuple(Ability(each.name) for each in trials.trials()),
)
SMALLER = Smaller(((480, 270),))
ALL = (Rung.CUDA, Rung.NVDEC, Rung.SOFTWARE)


def lacking(*names: str, code: Code) -> Gpu:
    obstacle = hardware.SENTENCES[code]
    return replace(
        H200,
        abilities=tuple(
            Ability(each.name, obstacle, code.value) if each.name in names else each for each in H200.abilities
        ),
    )


def decode(packets: int = 1800, smaller: Smaller | Gate = SMALLER, **facts: Any) -> Decode:
    return Decode(info=replace(INFO, **facts), packets=packets, smaller=smaller)


def codes(found: Ladder) -> dict[Rung, str]:
    return {rung: reason.code for rung, reason in found.left_out.items()}


def test_what_a_gpu_takes_is_tried_there_first_and_by_the_cpu_last() -> None:
    found = ladder(decode(), H200)

    assert (found.rungs, found.left_out) == (ALL, {})


@pytest.mark.parametrize(
    ("gpu", "code"),
    [
        (None, "GPU_ABSENT"),
        (Gpu(usable=Ability("nvidia", "no card", "GPU_ABSENT")), "GPU_ABSENT"),
        (Gpu(usable=Ability("NVIDIA L4", "it hangs", "TIMED_OUT")), "TIMED_OUT"),
        (lacking("h264_nvdec", code=Code.DRIVER_LIB_MISSING), "DRIVER_LIB_MISSING"),
        (lacking("h264_nvdec", code=Code.PARITY_FAILED), "PARITY_FAILED"),
        (Gpu(usable=Ability("NVIDIA L4")), "OTHER_FORMAT"),
    ],
)
def test_what_is_wrong_with_the_gpu_is_the_reason(gpu: Gpu | None, code: str) -> None:
    found = ladder(decode(), gpu)

    assert found.rungs == (Rung.SOFTWARE,)
    assert codes(found) == {Rung.CUDA: code, Rung.NVDEC: code}


@pytest.mark.parametrize(
    ("facts", "gate"),
    [
        ({"pixel_format": "yuv420p10le", "profile": "High 10"}, Gate.OTHER_FORMAT),
        ({"pixel_format": "yuv422p", "profile": "High 4:2:2"}, Gate.OTHER_FORMAT),
        ({"pixel_format": "yuvj420p"}, Gate.OTHER_FORMAT),
        ({"pixel_format": None}, Gate.OTHER_FORMAT),
        ({"profile": "Extended"}, Gate.OTHER_FORMAT),
        ({"codec": "vp9", "profile": "Profile 2", "pixel_format": "yuv420p10le"}, Gate.OTHER_FORMAT),
        ({"codec": "prores"}, Gate.OTHER_FORMAT),
        ({"codec": "hevc", "profile": "Rext"}, Gate.OTHER_FORMAT),
        ({"width": 46}, Gate.OTHER_SIZE),
        ({"height": 14}, Gate.OTHER_SIZE),
        ({"width": 4098}, Gate.OTHER_SIZE),
        ({"height": 4098}, Gate.OTHER_SIZE),
        ({"codec": "hevc", "profile": "Main", "width": 128}, Gate.OTHER_SIZE),
        ({"rotation": 90}, Gate.ROTATED),
    ],
)
def test_a_film_that_nobody_tried_stays_with_the_cpu(facts: dict[str, Any], gate: Gate) -> None:
    found = ladder(decode(packets=1_000_000, **facts), H200)

    assert found.rungs == (Rung.SOFTWARE,)
    assert codes(found) == {Rung.CUDA: gate, Rung.NVDEC: gate}


@pytest.mark.parametrize(
    "facts",
    [
        {"profile": None},
        {"codec": "hevc", "profile": "Main"},
        {"codec": "vp9", "profile": "Profile 0"},
        {"codec": "av1", "profile": "Main"},
    ],
)
def test_every_codec_that_was_tried_is_taken(facts: dict[str, Any]) -> None:
    assert ladder(decode(packets=10_000, **facts), H200).rungs == ALL


def test_frames_that_are_not_told_by_their_times_stay_with_the_cpu() -> None:
    found = ladder(replace(decode(), is_regular=False), H200)

    assert codes(found) == {Rung.CUDA: "IRREGULAR", Rung.NVDEC: "IRREGULAR"}


def test_the_bounds_that_the_driver_tells_hold_before_ours() -> None:
    bounds = {"h264_420_8": DecoderBounds(min_size=(48, 16), max_size=(8192, 8192), max_macroblocks=8159)}
    told = replace(H200, bounds=bounds)

    assert codes(ladder(decode(), told)) == {Rung.CUDA: "OTHER_SIZE", Rung.NVDEC: "OTHER_SIZE"}
    assert ladder(decode(width=7680, height=256), told).rungs == ALL


@pytest.mark.parametrize(("packets", "rungs"), [(173, (Rung.SOFTWARE,)), (174, ALL)])
def test_a_gpu_is_opened_where_the_cpu_would_take_three_times_as_long_as_that(
    packets: int, rungs: tuple[Rung, ...]
) -> None:
    found = ladder(decode(packets=packets), H200)

    assert found.rungs == rungs
    assert set(codes(found).values()) == ({"NOT_WORTH_IT"} if len(rungs) == 1 else set())


def test_more_threads_of_the_cpu_make_a_gpu_worth_less() -> None:
    alone, shared = decode(packets=200), replace(decode(packets=200), threads=2)

    assert len(ladder(alone, H200).rungs) > len(ladder(shared, H200).rungs)


def test_nobody_looks_for_a_gpu_that_could_not_pay() -> None:
    assert (may_pay(decode(packets=30)), may_pay(decode(packets=3000))) == (False, True)


@pytest.mark.parametrize(
    ("smaller", "gpu", "code"),
    [
        (Gate.NOTHING_SMALLER, H200, "NOTHING_SMALLER"),
        (Gate.CPU_FILTERS, H200, "CPU_FILTERS"),
        (Smaller(((480, 270),)), lacking("scale_cuda", code=Code.FILTER_MISSING), "FILTER_MISSING"),
        (Smaller(((480, 270),), (0, 4, 64, 64)), lacking("crop_scale_cuda", code=Code.PARITY_FAILED), "PARITY_FAILED"),
    ],
)
def test_where_the_gpu_makes_nothing_smaller_it_decodes_all_the_same(
    smaller: Smaller | Gate, gpu: Gpu, code: str
) -> None:
    found = ladder(decode(smaller=smaller), gpu)

    assert found.rungs == (Rung.NVDEC, Rung.SOFTWARE)
    assert codes(found) == {Rung.CUDA: code}


def test_a_lost_crop_is_no_reason_against_scaling_without_one() -> None:
    assert ladder(decode(), lacking("crop_scale_cuda", code=Code.PARITY_FAILED)).rungs == ALL


def test_deep_pictures_are_decoded_by_the_gpu_and_made_smaller_by_the_cpu() -> None:
    found = ladder(decode(packets=10_000, **DEEP), H200)

    assert (found.rungs, codes(found)) == ((Rung.NVDEC, Rung.SOFTWARE), {Rung.CUDA: "OTHER_FORMAT"})


def test_a_gpu_that_rests_is_left_alone() -> None:
    found = ladder(decode(), H200, is_resting=True)

    assert codes(found) == {Rung.CUDA: "RESTING", Rung.NVDEC: "RESTING"}


def test_a_gpu_is_said_to_rest_only_where_it_would_have_done_it() -> None:
    lacks = ladder(decode(), lacking("h264_nvdec", code=Code.CODEC_NOT_ON_GPU), is_resting=True)
    irregular = ladder(replace(decode(), is_regular=False), H200, "require", is_resting=True)

    assert codes(lacks)[Rung.NVDEC] == "CODEC_NOT_ON_GPU"
    assert (irregular.rungs, codes(irregular)[Rung.NVDEC]) == ((Rung.SOFTWARE,), "IRREGULAR")


def test_switched_off_nothing_is_tried() -> None:
    found = ladder(decode(), H200, "off")

    assert (found.rungs, set(codes(found).values())) == ((Rung.SOFTWARE,), {"SWITCHED_OFF"})


def test_where_a_gpu_is_required_the_cpu_is_no_rung_and_no_price_counts() -> None:
    assert ladder(decode(packets=1), H200, "require").rungs == (Rung.CUDA, Rung.NVDEC)
    assert ladder(decode(), None, "require").rungs == ()


@given(
    st.integers(1, 100_000),
    st.integers(1, 9000),
    st.integers(1, 9000),
    st.sampled_from(["h264", "hevc", "vp9", "av1", "mpeg4"]),
    st.sampled_from(["auto", "off", "require"]),
)
def test_every_rung_is_tried_or_has_its_reason(packets: int, width: int, height: int, codec: str, accel: Accel) -> None:
    found = ladder(decode(packets=packets, width=width, height=height, codec=codec, profile=None), H200, accel)

    rungs = {*found.rungs, *found.left_out} | ({Rung.SOFTWARE} if accel == "require" else set())
    assert rungs == set(Rung)
    assert not set(found.rungs) & set(found.left_out)


@pytest.mark.parametrize(
    ("size", "least", "sizes"),
    [
        ((1920, 1080), (64, 64), ((960, 540), (480, 270))),
        ((1920, 1080), (600, 400), ((960, 540),)),
        ((3840, 2160), (64, 64), ((1920, 1080), (960, 540), (480, 270))),
        ((1366, 768), (64, 64), None),
        ((640, 360), (64, 200), None),
    ],
)
def test_pictures_are_halved_while_that_is_exact_and_leaves_enough(
    size: tuple[int, int], least: tuple[int, int], sizes: tuple[tuple[int, int], ...] | None
) -> None:
    assert for_averages(size, least) == (Smaller(sizes) if sizes else Gate.NOTHING_SMALLER)


@pytest.mark.parametrize(
    ("box", "size", "expected"),
    [
        (None, (480, 270), Smaller(((960, 540),))),
        ((240, 0, 1440, 1080), (180, 135), Smaller(((720, 540), (360, 270)), (240, 0, 1440, 1080))),
        (None, (640, 360), Gate.NOTHING_SMALLER),
        (None, (1920, 1080), Gate.NOTHING_SMALLER),
        ((0, 1, 1440, 1080), (180, 135), Gate.CPU_FILTERS),
        ((0, 0, 1441, 1080), (180, 135), Gate.NOTHING_SMALLER),
    ],
)
def test_an_image_is_cut_and_halved_down_to_twice_its_size(
    box: tuple[int, int, int, int] | None, size: tuple[int, int], expected: Smaller | Gate
) -> None:
    assert for_image((1920, 1080), box, size, is_corrected=False) == expected
    assert for_image((1920, 1080), box, size, is_corrected=True) is Gate.CPU_FILTERS


def test_a_way_tells_what_the_gpu_hands_over() -> None:
    assert way(decode(), Rung.CUDA).smaller == SMALLER
    assert way(decode(), Rung.NVDEC).smaller is None
    assert way(decode(), Rung.NVDEC).expected == (1920, 1080)
    assert way(decode(**DEEP), Rung.SOFTWARE) == BY_CPU
    assert (way(decode(), Rung.NVDEC).is_deep, way(decode(**DEEP), Rung.NVDEC).is_deep) == (False, True)


def test_what_the_driver_prints_of_its_decoders_is_read() -> None:
    told = {"decoders": 7, "min_width": 48, "min_height": 16, "max_width": 4096, "max_height": 4080}

    bounds = told_bounds(json.dumps({"h264_420_8": {**told, "max_macroblocks": 65536}}))

    found = DecoderBounds(min_size=(48, 16), max_size=(4096, 4080), max_macroblocks=65536, decoders=7)
    assert bounds == {"h264_420_8": found}


@pytest.mark.parametrize("code", Gate)
def test_every_gate_says_what_it_means(code: Gate) -> None:
    assert len(GATES[code].split()) >= 4

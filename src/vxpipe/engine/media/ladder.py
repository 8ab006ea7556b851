"""On which rungs a decode may be tried, the quickest first, and why each other one is left out. Pure."""

import json
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Literal

from vxpipe.engine.media.obstacles import Gate, Obstacle, gate, is_passing
from vxpipe.engine.media.smaller import Size, Smaller
from vxpipe.facts import DecoderBounds, Gpu
from vxpipe.model import MediaInfo
from vxpipe.values import frozen

Accel = Literal["auto", "off", "require"]
"""Whether GPUs are used: where it pays, never, or always, so that a film none of them takes fails."""


class Rung(StrEnum):
    """Who decodes, and who makes pictures smaller: the GPU both, the GPU and the CPU, the CPU both."""

    CUDA = "cuda"
    NVDEC = "nvdec"
    SOFTWARE = "software"


@frozen
class Way:
    """How a decode is run: on which rung; from a GPU pictures come as `smaller` says, with 10 bits where `is_deep`.

    Of another size than `expected` no GPU shows any: it cuts off less than the CPU where a stream wants that done on
    its left or above.
    """

    rung: Rung = Rung.SOFTWARE
    expected: Size | None = None
    is_deep: bool = False
    smaller: Smaller | None = None


BY_CPU = Way()


@frozen
class Decode:
    """A decode that is to be run: of how many packets, with how many threads where the CPU does it.

    `smaller` is what a GPU could spare the CPU besides, or what keeps it from that. `is_regular`: every frame is told
    by its pts, and all have one size.
    """

    info: MediaInfo
    packets: int
    threads: int = 1
    smaller: Smaller | Gate = Gate.NOTHING_SMALLER
    is_regular: bool = True


@frozen
class Ladder:
    """The rungs to try, one after the other, and the reason for each that is left out."""

    rungs: tuple[Rung, ...]
    left_out: Mapping[Rung, Obstacle]


WORTH_CONTEXTS = 3.0
"""A GPU is used where the CPU would take so many times as long as opening the GPU does."""

# What was tried, by codec and pixel format (see trials.CLIPS). Full range (yuvj420p) was not.
_TRIED = {
    ("h264", "yuv420p"): "h264_nvdec",
    ("hevc", "yuv420p"): "hevc_nvdec",
    ("hevc", "yuv420p10le"): "hevc_10bit_nvdec",
    ("vp9", "yuv420p"): "vp9_nvdec",
    ("av1", "yuv420p"): "av1_nvdec",
}
_PROFILES = {
    "h264": frozenset({"Constrained Baseline", "Main", "High", "Constrained High", "Progressive High"}),
    "hevc": frozenset({"Main", "Main 10"}),
    "vp9": frozenset({"Profile 0"}),
    "av1": frozenset({"Main"}),
}
_DEEP = frozenset({"yuv420p10le"})
_SIDE_OF_MACROBLOCK = 16

# Where the driver does not tell: what every card since Turing takes (NVIDIA's application note on NVDEC).
BOUNDS = {
    "h264": DecoderBounds(min_size=(48, 16), max_size=(4096, 4096), max_macroblocks=65536),
    "hevc": DecoderBounds(min_size=(144, 144), max_size=(8192, 8192), max_macroblocks=262144),
    "vp9": DecoderBounds(min_size=(128, 128), max_size=(8192, 8192), max_macroblocks=262144),
    "av1": DecoderBounds(min_size=(128, 128), max_size=(8192, 8192), max_macroblocks=262144),
}

# Of one core for a million pixels: testsrc2 in 1080p with noise at 4 to 5 Mbit/s, user time of ffmpeg 9.0.2 with
# `-benchmark -threads 1 -f null -`.
_CPU_SECONDS = {"h264": 0.0025, "hevc": 0.003, "vp9": 0.0025, "av1": 0.0016}
_LEAST_CONTEXT_SECONDS = 0.1  # no GPU was ever opened quicker


def ladder(
    decode: Decode, gpu: Gpu | None, accel: Accel = "auto", *, is_resting: bool = False, tired: Collection[Rung] = ()
) -> Ladder:
    """The rungs for a decode on this GPU (None: there is none); `is_resting`: its breaker is open, `tired`: a rung's.

    With `require` what a GPU costs does not matter, and the CPU is a rung only for a film that is not in order, which
    often shows only when the GPU has decoded it.
    """
    against_all = _against_the_gpu(decode, gpu, accel) or (gate(Gate.RESTING) if is_resting else None)
    against = {Rung.CUDA: against_all or _against_scaling(decode, gpu), Rung.NVDEC: against_all}
    against |= {rung: against[rung] or gate(Gate.RESTING) for rung in tired}
    by_gpu = tuple(rung for rung, reason in against.items() if reason is None)
    with_cpu = accel != "require" or against_all == gate(Gate.IRREGULAR)
    return Ladder(
        rungs=(*by_gpu, Rung.SOFTWARE) if with_cpu else by_gpu,
        left_out={rung: reason for rung, reason in against.items() if reason is not None},
    )


def barred(code: Gate) -> Ladder:
    """The ladder of the CPU alone."""
    return Ladder(rungs=(Rung.SOFTWARE,), left_out=dict.fromkeys((Rung.CUDA, Rung.NVDEC), gate(code)))


def without_cards(found: Sequence[Ladder]) -> Ladder:
    """Of the ladders on all cards the one that tells what is done if none of them does it.

    It is one by which the CPU may do it; if there is none, one whose card may be of use soon.
    """

    def is_hopeless(each: Ladder) -> tuple[bool, bool]:
        return Rung.SOFTWARE not in each.rungs, not any(map(is_passing, each.left_out.values()))

    return min(found, key=is_hopeless)


def resting(found: Ladder) -> Ladder:
    """What is left of it where the cards that could have done it were found to rest after all."""
    left_out = dict.fromkeys((Rung.CUDA, Rung.NVDEC), gate(Gate.RESTING))
    return Ladder(rungs=tuple(rung for rung in found.rungs if rung is Rung.SOFTWARE), left_out=left_out)


def told_bounds(text: str) -> Mapping[str, DecoderBounds]:
    """The bounds in what nvdec_caps prints, by codec, chroma and depth; none in what is anything else.

    A library of the driver may print there too.
    """
    try:
        return {name: _bounds(told) for name, told in json.loads(text).items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def _bounds(told: Mapping[str, int]) -> DecoderBounds:
    return DecoderBounds(
        min_size=(told["min_width"], told["min_height"]),
        max_size=(told["max_width"], told["max_height"]),
        max_macroblocks=told["max_macroblocks"],
        decoders=told["decoders"],
    )


def may_pay(decode: Decode) -> bool:
    """Whether a GPU could be worth it at all: to be asked before anybody looks for one."""
    return is_worth(cpu_seconds(decode), None)


def is_worth(cpu_seconds: float, gpu: Gpu | None) -> bool:
    """Whether to open this GPU pays where the CPU takes so long; one whose price nobody knows costs the least one."""
    return cpu_seconds > WORTH_CONTEXTS * ((gpu and gpu.context_seconds) or _LEAST_CONTEXT_SECONDS)


def cpu_seconds(decode: Decode) -> float:
    """About how long the CPU would decode."""
    megapixels = decode.info.width * decode.info.height / 1e6
    return decode.packets * megapixels * _CPU_SECONDS.get(decode.info.codec, 0.0) / decode.threads


def closed(gpu: Gpu | None, accel: Accel) -> Obstacle | None:
    """Why nothing at all is done by this GPU, whatever it is; None: it may be used."""
    if accel == "off":
        return gate(Gate.SWITCHED_OFF)
    if gpu is None:
        return Obstacle("GPU_ABSENT", "no NVIDIA GPU is visible here")
    return Obstacle(gpu.usable.code or "UNKNOWN", gpu.usable.obstacle) if gpu.usable.obstacle else None


def lacking(gpu: Gpu, name: str) -> Obstacle | None:
    """Why the GPU does not have an ability; None: it has."""
    found = next((each for each in gpu.abilities if each.name == name), None)
    if found is None:
        return gate(Gate.OTHER_FORMAT)
    return Obstacle(found.code or "UNKNOWN", found.obstacle) if found.obstacle else None


def way(decode: Decode, rung: Rung) -> Way:
    """How a decode is run on a rung."""
    if rung is Rung.SOFTWARE:
        return BY_CPU
    smaller = decode.smaller if rung is Rung.CUDA and isinstance(decode.smaller, Smaller) else None
    size, is_deep = (decode.info.width, decode.info.height), decode.info.pixel_format in _DEEP
    return Way(rung=rung, expected=size, is_deep=is_deep, smaller=smaller)


def _against_the_gpu(decode: Decode, gpu: Gpu | None, accel: Accel) -> Obstacle | None:
    """Why nothing of it would be done by this GPU; None: its decoder takes it."""
    reason = closed(gpu, accel)
    if gpu is None or reason:
        return reason
    return _against_the_film(decode.info, gpu, is_regular=decode.is_regular) or _against_the_price(decode, gpu, accel)


def _against_the_film(info: MediaInfo, gpu: Gpu, *, is_regular: bool) -> Obstacle | None:
    tried = _TRIED.get((info.codec, info.pixel_format or ""))
    if tried is None or (info.profile and info.profile not in _PROFILES[info.codec]):
        return gate(Gate.OTHER_FORMAT)
    if reason := lacking(gpu, tried):
        return reason
    if not _fits(info, gpu):
        return gate(Gate.OTHER_SIZE)
    if info.rotation:
        return gate(Gate.ROTATED)
    return None if is_regular else gate(Gate.IRREGULAR)


def _against_the_price(decode: Decode, gpu: Gpu, accel: Accel) -> Obstacle | None:
    return None if accel == "require" or is_worth(cpu_seconds(decode), gpu) else gate(Gate.NOT_WORTH_IT)


def _against_scaling(decode: Decode, gpu: Gpu | None) -> Obstacle | None:
    """Why the GPU makes nothing smaller that it decodes."""
    if isinstance(decode.smaller, Gate):
        return gate(decode.smaller)
    if decode.info.pixel_format in _DEEP:
        return gate(Gate.OTHER_FORMAT)
    return lacking(gpu, "crop_scale_cuda" if decode.smaller.box else "scale_cuda") if gpu else None


def _fits(info: MediaInfo, gpu: Gpu) -> bool:
    depth = 10 if info.pixel_format in _DEEP else 8
    bounds = gpu.bounds.get(f"{info.codec}_420_{depth}", BOUNDS[info.codec])
    width, height = info.width, info.height
    blocks = -(-width // _SIDE_OF_MACROBLOCK) * -(-height // _SIDE_OF_MACROBLOCK)
    (least_width, least_height), (most_width, most_height) = bounds.min_size, bounds.max_size
    is_within = least_width <= width <= most_width and least_height <= height <= most_height
    return is_within and blocks <= bounds.max_macroblocks

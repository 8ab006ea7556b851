"""The command lines that use a GPU: strict routes, and the trials that tell whether they work. Pure, Python alone.

A strict route fails where the GPU does not take a video; `-hwaccel cuda` alone would go on with the CPU and end with 0.
"""

from collections.abc import Mapping
from typing import NamedTuple

QUIET = ("-nostdin", "-hide_banner", "-nostats", "-loglevel", "warning")
# One thread: each further one asks for more surfaces, and beyond 32 NVDEC may fail.
STRICT_INPUT = ("-hwaccel", "cuda", "-hwaccel_device", "0", "-hwaccel_output_format", "cuda", "-threads", "1")
# Smooth, so that scalers agree on it, and nowhere the same, so that a wrong crop shows.
CARD = ("-f", "lavfi", "-i", "testsrc2=s=256x256:r=30,gblur=sigma=6", "-frames:v", "6")
_RAW = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1")
OPEN_DEVICE = ("-init_hw_device", "cuda=cu:0", "-f", "lavfi", "-i", "color=s=64x64", "-frames:v", "1", *_RAW)
"""Opens the GPU and writes a picture of the CPU's: how long that takes is the price of a CUDA context."""

CLIPS: Mapping[str, tuple[str, ...]] = {
    "h264": ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"),
    "hevc": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-pix_fmt", "yuv420p"),
    "hevc_10bit": (
        *("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"),
        *("-pix_fmt", "yuv420p10le"),
    ),
    "vp9": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-crf", "30", "-b:v", "0"),
    "av1": ("-c:v", "libsvtav1", "-preset", "11"),
}
"""How the CPU makes a clip of the test card for each codec that the GPU is tried with."""

ENCODERS = ("h264_nvenc", "hevc_nvenc", "av1_nvenc")
_DEEP = frozenset({"hevc_10bit"})


class Box(NamedTuple):
    """What a picture is cut to."""

    width: int
    height: int
    x: int = 0
    y: int = 0


class Trial(NamedTuple):
    """One thing that a GPU may be able to do: how it is told to, and how the CPU does the same.

    `clip` is the codec of the clip that is read; None: there is none. Where the GPU writes a file, `shown` makes
    pictures of it; else it writes the pictures itself.
    """

    name: str
    clip: str | None
    arguments: tuple[str, ...]
    reference: tuple[str, ...]
    shown: tuple[str, ...] = ()


def on_cpu(crop: Box | None, size: tuple[int, int]) -> str:
    """The filters that cut and scale without a GPU."""
    return ",".join((*_cut(crop), "scale=w={}:h={}:flags=bicubic".format(*size)))


def on_gpu(crop: Box | None, size: tuple[int, int]) -> str:
    """The same on the GPU, then the download.

    There `crop` only notes what is wanted. The scaler of ffmpeg 9 keeps to it where it really scales, that of 5.1 does
    not: nothing may be cut so before the trial of this very ffmpeg has worked.
    """
    scale = "scale_cuda=w={}:h={}:format=nv12:passthrough=0".format(*size)
    return ",".join((*_cut(crop), scale, downloaded()))


def downloaded(*, deep: bool = False) -> str:
    """The filters that bring a picture from the GPU, of 10 bits where it is deep."""
    return f"hwdownload,format={'p010le' if deep else 'nv12'}"


def read(clip: str, filters: str, *, strict: bool) -> tuple[str, ...]:
    """Arguments that write what filters make of a clip as raw pictures; `strict`: the GPU decodes it or nobody does."""
    return (*(STRICT_INPUT if strict else ()), "-i", clip, "-vf", filters, *_RAW)


def made(codec: str, clip: str) -> tuple[str, ...]:
    """Arguments that make the clip for the trials of a codec."""
    return (*CARD, *CLIPS[codec], "-y", clip)


def clip_of(codec: str) -> str:
    """The name of the clip of a codec, in the working folder."""
    return f"{codec}.mkv"


def trials() -> tuple[Trial, ...]:
    """All that is tried of a GPU that can be opened."""
    return (*map(_decoding, CLIPS), *_scaling(), *map(_encoding, ENCODERS))


def _decoding(codec: str) -> Trial:
    clip = clip_of(codec)
    return Trial(
        name=f"{codec}_nvdec",
        clip=codec,
        arguments=read(clip, downloaded(deep=codec in _DEEP), strict=True),
        reference=read(clip, "null", strict=False),
    )


def _scaling() -> tuple[Trial, ...]:
    clip, size = clip_of("h264"), (96, 96)
    crops = {"scale_cuda": None, "crop_scale_cuda": Box(160, 128, 64, 32)}
    return tuple(
        Trial(
            name=name,
            clip="h264",
            arguments=read(clip, on_gpu(crop, size), strict=True),
            reference=read(clip, on_cpu(crop, size), strict=False),
        )
        for name, crop in crops.items()
    )


def _encoding(encoder: str) -> Trial:
    written = f"{encoder}.mkv"
    return Trial(
        name=encoder,
        clip=None,
        arguments=(*CARD, "-pix_fmt", "yuv420p", "-c:v", encoder, "-b:v", "4M", "-y", written),
        reference=(*CARD, *_RAW),
        shown=read(written, "null", strict=False),
    )


def _cut(crop: Box | None) -> tuple[str, ...]:
    return () if crop is None else (f"crop=w={crop.width}:h={crop.height}:x={crop.x}:y={crop.y}",)

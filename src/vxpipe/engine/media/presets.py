"""Tables of encoder settings. Pure, and Python alone: tools/gpu_check.py takes them without an installation."""

from collections.abc import Callable, Mapping
from typing import NamedTuple


class ImageKind(NamedTuple):
    """How one image format is written: the encoder, its pixel format and what `quality` (1..100) means to it.

    `matrix` and `range` are those of the YUV that readers of the format assume whatever the video used; None: the
    format holds RGB.
    """

    pixel_format: str
    matrix: str | None
    range: str | None
    options: Callable[[int], Mapping[str, str]]


def _jpeg(quality: int) -> dict[str, str]:
    """The mjpeg quantiser q scales its tables to about 12.5 q percent; libjpeg's quality means the same percentages."""
    percent = 200 - 2 * quality if quality >= 50 else 5000 / quality
    return {"c:v": "mjpeg", "q:v": str(min(31, max(1, round(percent / 12.5)))), "qmin": "1"}


def _png(_quality: int) -> dict[str, str]:
    return {"c:v": "png", "pred": "mixed"}


def _webp(quality: int) -> dict[str, str]:
    # libwebp_anim, the default for .webp, would write one animation instead of pictures.
    return {"c:v": "libwebp", "quality": str(quality)}


IMAGES: dict[str, ImageKind] = {
    "jpg": ImageKind("yuvj420p", "smpte170m", "pc", _jpeg),
    "png": ImageKind("rgb24", None, None, _png),
    "webp": ImageKind("yuv420p", "smpte170m", "tv", _webp),
}


_EVERY_KEYFRAME = "250"  # frames at most from one to the next, which is libx264's own habit


class ClipKind(NamedTuple):
    """How one encoder writes the clip: what `quality` (0..51, libx264's crf) means to it, and the sizes it takes."""

    options: Callable[[int], Mapping[str, str]]
    least: tuple[int, int] = (2, 2)
    most: tuple[int, int] = (16384, 16384)

    def takes(self, size: tuple[int, int]) -> bool:
        """Whether pictures of this width and height are within its bounds."""
        return all(low <= side <= high for low, side, high in zip(self.least, size, self.most, strict=True))


def _x264(quality: int) -> dict[str, str]:
    """Without the thread that looks ahead: with it 8 of 96 encodes of one small film had other bytes (ffmpeg 9.0.2)."""
    return {"c:v": "libx264", "preset": "veryfast", "crf": str(quality), "x264-params": "sync-lookahead=0"}


def _nvenc(encoder: str, quality: float, **more: str) -> dict[str, str]:
    """A quality that is kept at any bit rate (`b:v` 0); 0 would leave it to the encoder."""
    wanted = {"rc": "vbr", "cq": f"{max(1.0, quality):g}", "b:v": "0"}
    return {"c:v": encoder, "preset": "p4", "tune": "hq", **wanted, "g": _EVERY_KEYFRAME, **more}


def _h264_nvenc(quality: int) -> dict[str, str]:
    return _nvenc("h264_nvenc", min(51, quality + 1))


def _hevc_nvenc(quality: int) -> dict[str, str]:
    return _nvenc("hevc_nvenc", min(51, quality + 3), **{"tag:v": "hvc1"})  # the tag that Apple's players want


def _av1_nvenc(quality: int) -> dict[str, str]:
    """Its scale ends at 63."""
    return _nvenc("av1_nvenc", round(min(51, quality + 3) * 63 / 51))


# The least sizes: 145x145 works with h264_nvenc and 144x144 does not (trac.ffmpeg.org #9251); hevc_nvenc takes 130, and
# for av1_nvenc 128 and 192 are told. The most: NVIDIA's application note on NVENC.
CLIPS: dict[str, ClipKind] = {
    "h264_nvenc": ClipKind(options=_h264_nvenc, least=(146, 146), most=(4096, 4096)),
    "hevc_nvenc": ClipKind(options=_hevc_nvenc, least=(146, 146), most=(8192, 8192)),
    "av1_nvenc": ClipKind(options=_av1_nvenc, least=(192, 192), most=(8192, 8192)),
    "libx264": ClipKind(options=_x264),
}
"""The encoders of a clip. That their figures of quality give pictures alike is what others tell (docs/gpu.md)."""

NVENC = tuple(name for name in CLIPS if name.endswith("_nvenc"))
"""Those of NVIDIA's GPUs."""

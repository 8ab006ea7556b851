"""Tables of encoder settings. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageKind:
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

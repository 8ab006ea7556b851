"""What makes a decoded picture look as its makers meant it: deinterlacing, tone mapping, the right matrix. Pure."""

from collections.abc import Mapping
from typing import Any

from vxpipe.model import MediaInfo
from vxpipe.values import frozen


@frozen(kw_only=False)
class Filter:
    """One ffmpeg filter by name, with its options."""

    name: str
    options: Mapping[str, Any]


@frozen
class Correction:
    """Filters for all frames, which keep number and pts, and filters for the chosen ones.

    `matrix` is that of the YUV after them. It is turned into the one that the image format's readers assume; where it
    is not told, nobody knows, and it is saved as it is.
    """

    of_all: tuple[Filter, ...] = ()
    of_chosen: tuple[Filter, ...] = ()
    matrix: str | None = None

    @property
    def has_filters(self) -> bool:
        """Whether anything is put right but the matrix."""
        return bool(self.of_all or self.of_chosen)


# Those that both ffmpeg's scaler and its filter colorspace know.
_MATRICES = frozenset({"bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "bt2020nc"})
# Those that only zscale knows. ICtCp is one of HDR alone: with another curve the tag is wrong.
_CONVERTED = frozenset({"ycgco", "bt2020c", "chroma-derived-nc", "chroma-derived-c"})
_HDR = frozenset({"smpte2084", "arib-std-b67"})
_HDR_MATRICES = _MATRICES | _CONVERTED | {"ictcp"}
_SDR_MATRIX = "bt709"
_WHITE_NITS = 203  # what HDR shows as plain white (ITU-R BT.2408); brighter is highlight
_LINEAR_UP_TO = 0.7  # light is left as it is up to this share of white; what is brighter is squeezed in above


def correction_for(info: MediaInfo) -> Correction:
    """How the frames of a video are put right before they are cropped and saved."""
    of_chosen = _tone_mapped(info) if info.transfer in _HDR else _converted(info)
    matrix = _SDR_MATRIX if of_chosen or guesses_colours(info) else info.matrix
    return Correction(
        of_all=_DEINTERLACED if info.interlaced else (),
        of_chosen=of_chosen,
        matrix=matrix if matrix in _MATRICES else None,
    )


def guesses_colours(info: MediaInfo) -> bool:
    """Whether the video tells a matrix of which nobody knows how to read it: then it is taken for BT.709."""
    known = _HDR_MATRICES if info.transfer in _HDR else _MATRICES | _CONVERTED
    return info.matrix is not None and info.matrix not in known | {"gbr"}


# bwdif counts its pts in halves of the time base, even with one picture out for each in: settb undoes that exactly.
_DEINTERLACED = (
    Filter("bwdif", {"mode": "send_frame", "deint": "interlaced"}),
    Filter("settb", {"expr": "intb*2"}),
)


def _converted(info: MediaInfo) -> tuple[Filter, ...]:
    """To BT.709 from a matrix that only zscale knows; it asks for a curve, which all SDR video shares."""
    if info.matrix not in _CONVERTED:
        return ()
    tags = {"color_trc": "bt709", "color_primaries": info.primaries or "bt709", "colorspace": info.matrix}
    return (
        Filter("format", {"pix_fmts": "yuv444p16le"}),
        Filter("setparams", tags),
        Filter("zscale", {"matrix": _SDR_MATRIX}),
        Filter("format", {"pix_fmts": "yuv444p"}),
    )


def _tone_mapped(info: MediaInfo) -> tuple[Filter, ...]:
    """PQ or HLG to SDR BT.709; what a file does not tell of its colours is taken as BT.2020, which HDR always is."""
    tags = {
        "color_trc": info.transfer,
        "color_primaries": info.primaries or "bt2020",
        "colorspace": info.matrix if info.matrix in _HDR_MATRICES else "bt2020nc",
    }
    return (
        Filter("format", {"pix_fmts": "yuv444p16le"}),  # zscale refuses odd sizes with shared chroma
        Filter("setparams", tags),  # options of zscale would do, but for frames that lack two of the three tags
        Filter("zscale", {"transfer": "linear", "npl": _WHITE_NITS}),
        Filter("format", {"pix_fmts": "gbrpf32le"}),
        Filter("zscale", {"primaries": "bt709"}),
        Filter("tonemap", {"tonemap": "mobius", "param": _LINEAR_UP_TO, "desat": 0}),
        Filter("zscale", {"transfer": "bt709", "matrix": _SDR_MATRIX, "range": "tv"}),
        Filter("format", {"pix_fmts": "yuv444p"}),
    )
